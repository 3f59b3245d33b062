"""Quoting of identifiers and literals: the only way a user's value gets into SQL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from cloudwarden.graph.catalog import ROW_BITS
from cloudwarden.graph.cypher.bound import Const
from cloudwarden.graph.cypher.types import Kind, sql_type


def identifier(name: str) -> str:
    """A quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A string literal. DuckDB's plain literals know no escapes but the doubled quote.

    A null character would end DuckDB's own reading of the statement, so it is spelt out.
    """
    if "\0" in value:
        return "(" + " || chr(0) || ".join(text(part) for part in value.split("\0")) + ")"
    return "'" + value.replace("'", "''") + "'"


def constant(const: Const) -> str:
    """A constant as an expression of its type."""
    value = const.value
    if value is None:
        return f"CAST(NULL AS {sql_type(const.type)})"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int) and const.type.kind is Kind.INTEGER:
        return f"CAST({value} AS BIGINT)"
    if isinstance(value, int | float):
        return f"CAST({text(repr(float(value)))} AS DOUBLE)"
    return f"CAST({text(_moment(value))} AS {sql_type(const.type)})"


def _moment(value: object) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    assert isinstance(value, timedelta)
    return f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"


def in_tables(column: str, tables: Iterable[int]) -> str:
    """Whether an `_id` belongs to one of these tables, as ranges that prune row groups."""
    ranges: list[list[int]] = []
    for number in sorted(tables):
        if ranges and ranges[-1][1] == number:
            ranges[-1][1] = number + 1
        else:
            ranges.append([number, number + 1])
    if not ranges:
        return "false"
    tests = [
        f"({column} >= {first << ROW_BITS} AND {column} < {end << ROW_BITS})"
        for first, end in ranges
    ]
    return tests[0] if len(tests) == 1 else "(" + " OR ".join(tests) + ")"
