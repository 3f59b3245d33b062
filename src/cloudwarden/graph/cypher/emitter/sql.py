"""Quoting of identifiers and literals: the only way a user's value gets into SQL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cloudwarden.graph.catalog import ROW_BITS
from cloudwarden.graph.cypher.bound import Const
from cloudwarden.graph.cypher.types import TEMPORAL, Kind, sql_type

#: The fields of temporal values that are stored as structs.
_FIELDS = {
    Kind.TIME: "tu",
    Kind.LOCALDATETIME: "dt",
    Kind.DATETIME: "dtuz",
    Kind.DURATION: "abdms",
}


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
    if const.type.kind in TEMPORAL | {Kind.DURATION}:
        return _temporal(const.type.kind, value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int) and const.type.kind is Kind.INTEGER:
        return f"CAST({value} AS BIGINT)"
    if isinstance(value, int | float):
        return f"CAST({text(repr(float(value)))} AS DOUBLE)"
    raise AssertionError(const)


def _temporal(kind: Kind, value: Any) -> str:
    """A temporal constant's stored form (`temporal_values`) as the columns hold it."""
    if isinstance(value, int):
        return f"CAST({value} AS BIGINT)"
    if kind is Kind.DURATION:
        months, days, seconds, nanoseconds = value
        average = months * 2_629_746 + days * 86_400 + seconds
        value = (average, nanoseconds, days, months, seconds)
    fields = zip(_FIELDS[kind], value, strict=True)
    return "struct_pack(" + ", ".join(
        f"{name} := {text(v) if isinstance(v, str) else f'CAST({v} AS BIGINT)'}"
        for name, v in fields
    ) + ")"  # fmt: skip


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
