"""How rows are printed: a table for people, JSON, CSV or NDJSON for machines. Data go to stdout."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import IO, Any

from cloudwarden.core.errors import UsageError
from cloudwarden.core.json import dumps, pretty

Row = Mapping[str, Any]


class Output(StrEnum):
    """The formats every listing has."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    NDJSON = "ndjson"


class AnswerOutput(StrEnum):
    """The formats of a query's answer: those of every listing, and two for other programs."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    NDJSON = "ndjson"
    ARROW = "arrow"
    GRAPH = "graph"

    def of_listing(self) -> Output:
        """The same format for what is no answer. Raises `UsageError` where listings lack it."""
        if self in {AnswerOutput.ARROW, AnswerOutput.GRAPH}:
            raise UsageError(
                f"--output {self} is for the answer of a query; "
                f"this one is printed as {', '.join(Output)}"
            )
        return Output(self.value)


def print_rows(
    rows: Iterable[Row],
    columns: Sequence[str],
    output: Output,
    *,
    title: str = "",
    empty: str = "Nothing found.",
    stream: IO[str] | None = None,
) -> int:
    """Print `rows` and return how many there were; `columns` orders tables and CSV.

    An empty table is told on stderr by the sentence `empty`; in JSON it is `[]`.
    """
    stream = stream or sys.stdout
    if output is Output.NDJSON:
        return _ndjson(rows, stream)
    if output is Output.CSV:
        return _csv(rows, columns, stream)
    found = list(rows)
    if output is Output.JSON:
        stream.write(pretty(found) + "\n")
    elif found:
        _table(found, columns, title, stream)
    else:
        say(empty)
    return len(found)


def print_value(value: Any, stream: IO[str] | None = None) -> None:
    """Print one JSON value."""
    (stream or sys.stdout).write(pretty(value) + "\n")


def say(text: str) -> None:
    """A sentence for the person at the terminal, on stderr."""
    sys.stderr.write(text + "\n")


def cell(value: Any) -> str:
    """A value as one cell of a table or a CSV file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return dumps(value)


def _ndjson(rows: Iterable[Row], stream: IO[str]) -> int:
    count = 0
    for row in rows:
        stream.write(dumps(row) + "\n")
        count += 1
    return count


def _csv(rows: Iterable[Row], columns: Sequence[str], stream: IO[str]) -> int:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        count += 1
        writer.writerow([cell(row.get(column)) for column in columns])
    return count


def _table(rows: Sequence[Row], columns: Sequence[str], title: str, stream: IO[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=stream, highlight=False)
    if not console.is_terminal:
        # A pipe has no width: every cell gets the room it needs.
        console = Console(file=stream, highlight=False, width=_UNBOUNDED)
    table = Table(
        title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, expand=False
    )
    for column in columns:
        numeric = all(isinstance(row.get(column), int | float | None) for row in rows) and not all(
            isinstance(row.get(column), bool | None) for row in rows
        )
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(
            *(Text(cell(row.get(column)), style=_style(column, row)) for column in columns)
        )
    console.print(table)


_UNBOUNDED = 100_000

_STYLES = {
    "fail": "bold red",
    "critical": "bold red",
    "high": "red",
    "failed": "red",
    "denied": "red",
    "gone": "red",
    "medium": "yellow",
    "unknown": "yellow",
    "partial": "yellow",
    "throttled": "yellow",
    "changed": "yellow",
    "pass": "green",
    "complete": "green",
    "new": "green",
}


def _style(column: str, row: Row) -> str:
    if column in {"status", "severity", "verdict", "change"}:
        return _STYLES.get(str(row.get(column)), "")
    return ""
