"""What lint finds, and the walk over a syntax tree that finds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any

from cloudwarden.graph.cypher.errors import CypherError


class Severity(StrEnum):
    """An `ERROR` makes a query useless; a `WARNING` is worth a look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; `line` and `column` count from 1, 0 where it has no place."""

    rule: str
    severity: Severity
    message: str
    line: int = 0
    column: int = 0
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A problem at an offset of the text."""

    rule: str
    severity: Severity
    message: str
    at: int
    hint: str = ""


def error(rule: str, at: int, message: str) -> Found:
    """A problem whose message may end in a question, which becomes its hint."""
    before, _, question = message.partition("; ")
    return Found(rule, Severity.ERROR, before, at, question)


def placed(text: str, found: Found) -> Problem:
    """The problem with its line and column."""
    place = CypherError(found.message, text, found.at)
    return Problem(found.rule, found.severity, found.message, place.line, place.column, found.hint)


def walk(node: Any) -> Iterator[Any]:
    """Everything in a syntax tree, subqueries included."""
    if isinstance(node, tuple):
        for child in node:
            yield from walk(child)
    elif is_dataclass(node):
        yield node
        for spec in fields(node):
            yield from walk(getattr(node, spec.name))
