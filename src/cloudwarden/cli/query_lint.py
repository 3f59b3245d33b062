"""`cloudwarden query lint`: what is wrong with queries, without running any."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudwarden.cli.options import OutputOption
from cloudwarden.cli.output import Output, print_rows, say
from cloudwarden.cli.workspace import Workspace, workspace
from cloudwarden.core.errors import UsageError

if TYPE_CHECKING:
    from cloudwarden.graph.packs import PackedQuery

_COLUMNS = ["record", "query", "rule", "severity", "line", "column", "message", "hint"]

#: Files that hold the text of one query; others are packs.
_TEXTS = frozenset({".cypher", ".cql", ".cyp"})
_PACKS = frozenset({".json", ".yaml", ".yml"})

#: What a query that is in no file is called.
_ARGUMENT = "argument"
_STANDARD_INPUT = "standard input"


def lint(
    ctx: typer.Context,
    queries: Annotated[
        list[str],
        typer.Argument(
            help="Queries, files of a query or of a pack, folders of packs; "
            "- reads a query from standard input.",
            metavar="[QUERY | FILE | -]...",
            show_default=False,
        ),
    ] = [],  # noqa: B006  typer copies it
    pack: Annotated[
        list[Path],
        typer.Option("--pack", help="A pack file or folder; repeatable.", show_default=False),
    ] = [],  # noqa: B006  typer copies it
    rules: Annotated[bool, typer.Option("--rules", help="List the rules; lint nothing.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for warnings, too.")] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Find what is wrong with queries: by default those of the built-in packs and your own.

    Lines and columns count within a query. Nothing needs to have been collected. Exits 1 if there
    are errors.
    """
    if rules:
        _print_rules(output)
        return
    from cloudwarden.graph.pack_lint import lint_queries

    with workspace(ctx) as work:
        chosen = _chosen(work, queries, pack)
        problems = lint_queries(chosen, work.registry)
    rows = [
        {
            "record": found.where,
            "query": found.query,
            "rule": found.problem.rule,
            "severity": found.problem.severity.value,
            "line": found.problem.line or None,
            "column": found.problem.column or None,
            "message": found.problem.message,
            "hint": found.problem.hint,
        }
        for found in problems
    ]
    said = _counted(len(chosen), "query", "queries")
    print_rows(rows, _COLUMNS, output, empty=f"Nothing is wrong with {said}.")
    counted = Counter(row["severity"] for row in rows)
    if rows:
        errors = _counted(counted["error"], "error", "errors")
        warnings = _counted(counted["warning"], "warning", "warnings")
        say(f"{errors} and {warnings} in {said}")
    if counted["error"] or (strict and rows):
        raise typer.Exit(1)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _print_rules(output: Output) -> None:
    from cloudwarden.graph.pack_lint import RULES

    rows: list[dict[str, Any]] = [{"rule": rule, "finds": finds} for rule, finds in RULES.items()]
    print_rows(rows, ["rule", "finds"], output)


def _chosen(work: Workspace, targets: list[str], packs: list[Path]) -> list[PackedQuery]:
    """The queries to lint. Raises `UsageError`, and `DeclarationError` for what is no pack."""
    from cloudwarden.graph.packs import read_queries

    if not targets and not packs:
        return read_queries(extra=[*work.settings.packs, work.settings.data_dir / "packs"])
    of_targets = [query for target in targets for query in _of_target(target)]
    return [*of_targets, *(read_queries(packs) if packs else [])]


def _of_target(target: str) -> list[PackedQuery]:
    from cloudwarden.graph.packs import PackedQuery, read_queries

    if target == "-":
        return [PackedQuery(_STANDARD_INPUT, sys.stdin.read(), where=_STANDARD_INPUT)]
    path = Path(target)
    if not _is_there(path):
        if path.suffix.lower() in _TEXTS | _PACKS:
            raise UsageError(f"there is no file {target}")
        return [PackedQuery(_ARGUMENT, target, where=_ARGUMENT)]
    if path.suffix.lower() not in _TEXTS:
        return read_queries([path])
    try:
        return [PackedQuery(path.stem, path.read_text(encoding="utf-8"), where=target)]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{target} cannot be read: {error}") from error


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        # A query may be too long for a name, or hold what no name can.
        return False
