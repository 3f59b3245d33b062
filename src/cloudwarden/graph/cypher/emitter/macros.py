"""SQL macros that give dynamically typed values Cypher's meaning, made when a statement uses them.

The macros themselves are data in `macros_*.py`; here they are found in a statement and created.
"""

from __future__ import annotations

import re
from functools import cache

from cloudwarden.graph.cypher.emitter import (
    macros_functions,
    macros_kinds,
    macros_order,
    macros_values,
)

_TEXTS = (
    macros_kinds.MACROS,
    macros_values.MACROS,
    macros_order.MACROS,
    macros_functions.MACROS,
)
_NAME = re.compile(r"\bcw_\w+(?=\()")


def macros_in(sql: str) -> tuple[str, ...]:
    """The macros that a statement uses, and those that they use, each after those it uses."""
    found: dict[str, None] = {}
    for name in sorted(set(_NAME.findall(sql))):
        _place(name, found)
    return tuple(found)


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
    return {macro.split("(", 1)[0]: macro for macro in macros if macro}
