"""`cloudwarden query`: Cypher over the graph, ad hoc or from packs."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudwarden.cli.options import AccountOption, AsOfOption, pairs, split
from cloudwarden.cli.output import AnswerOutput, Output, print_rows, say
from cloudwarden.cli.query_answers import (
    Asking,
    Question,
    parameter_value,
    print_answer,
    print_answers,
    print_plan,
)
from cloudwarden.cli.workspace import Workspace, workspace
from cloudwarden.core.errors import UsageError

if TYPE_CHECKING:
    from cloudwarden.graph.packs import PackedQuery


def query(
    ctx: typer.Context,
    text: Annotated[
        str | None,
        typer.Argument(help="A Cypher query; - reads it from standard input.", show_default=False),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Run this query of a pack.", show_default=False)
    ] = None,
    tags: Annotated[
        str | None,
        typer.Option("--tags", help="Run every query that has all these tags.", show_default=False),
    ] = None,
    pack: Annotated[
        Path | None,
        typer.Option(
            help="A pack file or folder instead of the built-in ones.", show_default=False
        ),
    ] = None,
    account: AccountOption = None,
    param: Annotated[
        list[str],
        typer.Option("--param", "-p", help="key=value, value as JSON or text; repeatable."),
    ] = [],  # noqa: B006  typer copies it
    as_of: AsOfOption = None,
    timeout: Annotated[
        float | None, typer.Option(help="Give up after so many seconds.", show_default=False)
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many rows.", show_default=False)
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="List the packs' queries; run none.")
    ] = False,
    count: Annotated[
        bool, typer.Option("--count", help="How many queries the packs hold.")
    ] = False,
    all_tags: Annotated[
        bool, typer.Option("--all-tags", help="The packs' tags and counts.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what would be done, in words and SQL.")
    ] = False,
    output: Annotated[
        AnswerOutput, typer.Option("--output", "-o", help="How to print the answer.")
    ] = AnswerOutput.TABLE,
) -> None:
    """Ask the graph a question in Cypher (reading only), or run queries of a pack.

    On a terminal, without a query, it asks for one after another. The output `graph` is the nodes
    and edges of the answer as JSON, `arrow` an Arrow IPC stream.
    """
    with workspace(ctx) as work:
        if list_ or count or all_tags:
            listed = _choose(work, pack, None, tags)
            _list(listed, output.of_listing(), count=count, all_tags=all_tags)
            return
        if output is AnswerOutput.ARROW and sys.stdout.isatty():
            raise UsageError("an Arrow stream is not for a terminal; send it to a file or program")
        given = sum(one is not None for one in (text, name, tags))
        interactive = not given and not explain and sys.stdin.isatty() and sys.stdout.isatty()
        if given != 1 and not interactive:
            raise UsageError(
                "give one of a query, --name or --tags; `cloudwarden query --list` shows the packs"
            )
        questions = _questions(work, text, name, tags, pack)
        asking = Asking(
            work.graph(as_of),
            parameters=_parameters(param),
            account=account,
            timeout=timeout or work.settings.query_timeout,
            max_rows=limit or work.settings.query_max_rows,
        )
        if interactive:
            from cloudwarden.cli.query_shell import Shell

            Shell(asking, output, work.settings.data_dir).run()
        elif explain:
            for question in questions:
                print_plan(asking, question, output.of_listing())
        elif tags is None:
            print_answer(asking, questions[0], output)
        else:
            print_answers(asking, questions, output)


def _questions(
    work: Workspace, text: str | None, name: str | None, tags: str | None, pack: Path | None
) -> list[Question]:
    if text is not None:
        return [Question(sys.stdin.read() if text == "-" else text, {})]
    if name is None and tags is None:
        return []
    return [Question.packed(query, work.clock) for query in _choose(work, pack, name, tags)]


def _choose(
    work: Workspace, pack: Path | None, name: str | None, tags: str | None
) -> list[PackedQuery]:
    from cloudwarden.graph.packs import load_queries

    folders = [*work.settings.packs, work.settings.data_dir / "packs"]
    queries = load_queries([pack] if pack else [], extra=[] if pack else folders)
    if name is not None:
        found = [q for q in queries if q.name == name]
        if not found:
            from difflib import get_close_matches

            close = get_close_matches(name, [q.name for q in queries], 3, 0.5)
            hint = f"; did you mean {' or '.join(close)}?" if close else "."
            raise UsageError(f"no query is called {name!r}{hint} See `cloudwarden query --list`")
        return found
    if tags is not None:
        wanted = set(split(tags))
        found = [q for q in queries if wanted <= set(q.tags)]
        if not found:
            known = sorted({tag for q in queries for tag in q.tags})
            raise UsageError(f"no query has the tags {tags}; there are {', '.join(known)}")
        return found
    return queries


def _list(queries: list[PackedQuery], output: Output, *, count: bool, all_tags: bool) -> None:
    for q in queries:
        if not q.description:
            say(f"warning: {q.where}: {q.name} has no description")
    if count:
        sys.stdout.write(f"{len(queries)}\n")
        return
    if all_tags:
        counted = Counter(tag for q in queries for tag in q.tags)
        rows = [{"tag": tag, "queries": n} for tag, n in sorted(counted.items())]
        print_rows(rows, ["tag", "queries"], output)
        return
    rows = [
        {"name": q.name, "tags": list(q.tags), "description": q.description, "pack": q.pack}
        for q in queries
    ]
    print_rows(rows, ["name", "tags", "description"], output)


def _parameters(texts: list[str]) -> dict[str, Any]:
    return {key: parameter_value(text) for key, text in pairs(texts, "--param").items()}
