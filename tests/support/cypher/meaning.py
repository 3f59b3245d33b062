"""Equality, comparison, order and sameness of values, as openCypher and Neo4j 5 define them."""

from __future__ import annotations

import math
from collections.abc import Hashable
from functools import cmp_to_key
from typing import Any

from tests.support.cypher.model import NodeItem, RelationItem, Walk


class EvaluationError(Exception):
    """A query that fails while it runs, rightly so."""


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def kind(value: Any) -> str:
    """What sort of value it is, numbers being one sort."""
    if isinstance(value, bool):
        return "boolean"
    if is_number(value):
        return "number"
    names: dict[type, str] = {
        str: "string", list: "list", dict: "map", NodeItem: "node", RelationItem: "relation",
        Walk: "path", type(None): "null",
    }  # fmt: skip
    return names[type(value)]


def conjunction(truths: Any) -> bool | None:
    """AND over truth values."""
    result: bool | None = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def disjunction(truths: Any) -> bool | None:
    """OR over truth values."""
    return negation(conjunction(negation(truth) for truth in truths))


def negation(truth: bool | None) -> bool | None:
    """NOT."""
    return None if truth is None else not truth


def equal(one: Any, other: Any) -> bool | None:
    """`one = other`: null where a null keeps it from being known."""
    if one is None or other is None:
        return None
    if kind(one) != kind(other):
        return False
    if isinstance(one, list):
        if len(one) != len(other):
            return False
        return conjunction(equal(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict):
        if one.keys() != other.keys():
            return False
        return conjunction(equal(one[key], other[key]) for key in one)
    return bool(one == other)


def contains(items: Any, wanted: Any) -> bool | None:
    """`wanted IN items`."""
    if items is None:
        return None
    if not isinstance(items, list):
        raise EvaluationError("IN needs a list")
    return disjunction(equal(item, wanted) for item in items)


def compared(operator: str, one: Any, other: Any) -> bool | None:
    """`< <= > >=`: null between kinds, false for NaN."""
    if kind(one) == kind(other) == "number" and (is_nan(one) or is_nan(other)):
        return False
    sign = _sign(one, other)
    if sign is None:
        return None
    return {"<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0}[operator]


def _sign(one: Any, other: Any) -> int | None:
    if kind(one) != kind(other):
        return None
    match kind(one):
        case "number" | "string" | "boolean":
            return int(one > other) - int(one < other)
        case "list":
            for a, b in zip(one, other, strict=False):
                sign = _sign(a, b)
                if sign != 0:
                    return sign
            return int(len(one) > len(other)) - int(len(one) < len(other))
    return None


_RANKS = {
    name: rank
    for rank, name in enumerate(
        ["map", "node", "relation", "list", "path", "string", "boolean", "number", "null"]
    )
}


def ordered(one: Any, other: Any) -> int:
    """The place of one value before (-1), with (0) or after (1) another, in ascending order."""
    ranks = _RANKS[kind(one)], _RANKS[kind(other)]
    if ranks[0] != ranks[1]:
        return -1 if ranks[0] < ranks[1] else 1
    match one:
        case None:
            return 0
        case list():
            for a, b in zip(one, other, strict=False):
                sign = ordered(a, b)
                if sign:
                    return sign
            return int(len(one) > len(other)) - int(len(one) < len(other))
        case NodeItem() | RelationItem():
            return int(one.place) - int(other.place)
        case dict() | Walk():
            raise NotImplementedError("the order of maps and paths is not ours to say")
    if is_nan(one) or is_nan(other):
        return int(is_nan(one)) - int(is_nan(other))
    return int(one > other) - int(one < other)


order_key = cmp_to_key(ordered)


def sameness(value: Any) -> Hashable:
    """A key that is equal for values that grouping and DISTINCT take for one."""
    if is_nan(value):
        return ("number", "nan")
    if isinstance(value, list):
        return ("list", tuple(sameness(item) for item in value))
    if isinstance(value, dict):
        return ("map", frozenset((key, sameness(item)) for key, item in value.items()))
    return (kind(value), value)
