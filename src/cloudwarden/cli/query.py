"""`cloudwarden query`: Cypher over the graph, ad hoc or from packs."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudwarden.cli.options import AccountOption, AsOfOption, OutputOption, pairs, split
from cloudwarden.cli.output import Output, print_rows, say
from cloudwarden.cli.workspace import Workspace, workspace
from cloudwarden.core.errors import UsageError

if TYPE_CHECKING:
    from cloudwarden.graph.graph import Graph, Result
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
    output: OutputOption = Output.TABLE,
) -> None:
    """Ask the graph a question in Cypher (reading only), or run queries of a pack."""
    with workspace(ctx) as work:
        if list_ or count or all_tags:
            _list(_choose(work, pack, None, tags), output, count=count, all_tags=all_tags)
            return
        if sum(given is not None for given in (text, name, tags)) != 1:
            raise UsageError(
                "give one of a query, --name or --tags; `cloudwarden query --list` shows the packs"
            )
        run = _Run(
            work,
            parameters=_parameters(param),
            account=account,
            timeout=timeout or work.settings.query_timeout,
            max_rows=limit or work.settings.query_max_rows,
        )
        if text is not None:
            query_text = sys.stdin.read() if text == "-" else text
            _print_one(run.text(work.graph(as_of), query_text), output)
            return
        chosen = _choose(work, pack, name, tags)
        graph = work.graph(as_of)
        if name is not None:
            _print_one(run.packed(graph, chosen[0]), output, chosen[0].headers)
        else:
            _print_many(run, graph, chosen, output)


class _Run:
    """How every query of one invocation is run."""

    def __init__(
        self,
        work: Workspace,
        *,
        parameters: dict[str, Any],
        account: str | None,
        timeout: float,
        max_rows: int,
    ) -> None:
        self.work = work
        self.parameters = parameters
        self.account = account
        self.timeout = timeout
        self.max_rows = max_rows

    def text(self, graph: Graph, text: str) -> Result:
        return graph.query(
            text,
            self.parameters,
            timeout=self.timeout,
            max_rows=self.max_rows,
            account=self.account,
        )

    def packed(self, graph: Graph, chosen: PackedQuery) -> Result:
        return graph.query(
            chosen.text,
            {**chosen.parameters(self.work.clock), **self.parameters},
            timeout=self.timeout,
            max_rows=self.max_rows,
            account=self.account,
        )


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


def _print_one(result: Result, output: Output, headers: tuple[str, ...] = ()) -> None:
    print_rows(
        _renamed(result, headers), _columns(result, headers), output, empty="No results found."
    )
    _say_notices(result)


def _columns(result: Result, headers: tuple[str, ...]) -> list[str]:
    return list(headers) if len(headers) == len(result.columns) else list(result.columns)


def _renamed(result: Result, headers: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The rows as plain data, their columns named as the pack heads them."""
    from cloudwarden.graph.graph import to_json

    columns = _columns(result, headers)
    for row in result:
        yield {name: to_json(v) for name, v in zip(columns, row.values(), strict=True)}


def _print_many(run: _Run, graph: Graph, chosen: list[PackedQuery], output: Output) -> None:
    if output in {Output.JSON, Output.NDJSON}:
        print_rows(_named_rows(run, graph, chosen), [], output)
        return
    for number, packed in enumerate(chosen, 1):
        if output is Output.TABLE:
            sys.stdout.write(f"[{number}/{len(chosen)}] {packed.name}: {packed.description}\n")
        _print_one(run.packed(graph, packed), output, packed.headers)


def _named_rows(run: _Run, graph: Graph, chosen: list[PackedQuery]) -> Iterator[dict[str, Any]]:
    """The rows of every query, each with its query's name."""
    for packed in chosen:
        result = run.packed(graph, packed)
        for row in _renamed(result, packed.headers):
            yield {"query": packed.name, **row}
        _say_notices(result)


def _say_notices(result: Result) -> None:
    for notice in result.notices:
        say(f"notice: {notice}")
    if result.truncated:
        say("notice: the rows were cut at the limit; --limit raises it")


def _parameters(texts: list[str]) -> dict[str, Any]:
    from cloudwarden.core.json import loads

    found: dict[str, Any] = {}
    for key, value in pairs(texts, "--param").items():
        try:
            found[key] = loads(value)
        except ValueError:
            found[key] = value
    return found
