"""SQL macros that give dynamically typed values Cypher's meaning, made when a statement uses them.

The macros themselves are data in `macros_*.py`; here they are found in a statement and created.
"""

from __future__ import annotations

import re
from functools import cache

from cloudwarden.graph.cypher.emitter import (
    macros_calendar,
    macros_durations,
    macros_functions,
    macros_kinds,
    macros_order,
    macros_spans,
    macros_temporal,
    macros_temporal_texts,
    macros_values,
    macros_zones,
)

_TEXTS = (
    macros_kinds.MACROS,
    macros_values.MACROS,
    macros_order.MACROS,
    macros_functions.MACROS,
    macros_calendar.MACROS,
    macros_zones.MACROS,
    macros_durations.MACROS,
    macros_spans.MACROS,
    macros_temporal_texts.MACROS,
    macros_temporal.MACROS,
)
#: Macros over values of any type that have another form, `…_t`, which takes temporal values too.
_WITH_TEMPORALS = re.compile(r"\b(cw_(?:add|subtract|multiply|divide|to_string|string_or_null))\(")
_TEMPORAL = re.compile(
    r'"~(?:date|localtime|time|localdatetime|datetime|duration)" :=|\bcw_tagged_'
)
_NAME = re.compile(r"\bcw_\w+(?=\()")


def macros_in(sql: str) -> tuple[str, ...]:
    """The macros that a statement uses, and those that they use, each after those it uses."""
    found: dict[str, None] = {}
    for name in sorted(set(_NAME.findall(sql))):
        _place(name, found)
    return tuple(found)


def with_temporals(sql: str, *, stored: bool) -> str:
    """The statement, ready for temporal values among those of unknown type if there may be any.

    `stored` says that the graph holds some; otherwise they are in sight in the statement.
    """
    return _WITH_TEMPORALS.sub(r"\1_t(", sql) if stored or _TEMPORAL.search(sql) else sql


def macro_statement(name: str) -> str:
    """The statement that creates a macro."""
    return f"CREATE OR REPLACE TEMP MACRO {_by_name()[name]}"


def _place(name: str, found: dict[str, None]) -> None:
    if name in found:
        return
    for other in _used_by(name):
        _place(other, found)
    found[name] = None


@cache
def _used_by(name: str) -> tuple[str, ...]:
    body = _by_name()[name].split(" AS", 1)[1]
    return tuple(sorted(set(_NAME.findall(body))))


@cache
def _by_name() -> dict[str, str]:
    macros = (macro.strip() for text in _TEXTS for macro in text.split("\n\n"))
    found = {macro.split("(", 1)[0]: macro for macro in macros if macro}
    return {name: _evaluated_once(macro) for name, macro in found.items()}


def _evaluated_once(macro: str) -> str:
    """The macro with its arguments passed through a lambda, if it says ONCE.

    A macro's arguments are copied to each place that names them; a chain of calls would grow
    exponentially.
    """
    head, body = macro.split(" AS\n", 1)
    if not head.endswith(" ONCE"):
        return macro
    head = head.removesuffix(" ONCE")
    names = head[head.index("(") + 1 : -1].split(", ")
    # Every other piece is a literal of SQL, which names no argument.
    pieces = re.split(r"('[^']*')", body.strip())
    for name in names:
        pieces[::2] = [re.sub(rf"\b{name}\b(?!\s*:=)", f"q.{name}_", p) for p in pieces[::2]]
    packed = ", ".join(f"{name}_ := {name}" for name in names)
    return (
        f"{head} AS\n    (list_transform([struct_pack({packed})], lambda q: {''.join(pieces)})[1])"
    )
