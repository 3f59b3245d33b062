"""Aggregate functions over the values of a group; nulls do not count."""

from __future__ import annotations

import math
from typing import Any

from tests.support.cypher.arithmetic import fitting
from tests.support.cypher.meaning import EvaluationError, is_number, order_key, sameness

NAMES = frozenset(
    {"count", "collect", "sum", "avg", "min", "max", "stdev", "stdevp",
     "percentilecont", "percentiledisc"}
)  # fmt: skip


def aggregated(name: str, values: list[Any], *, distinct: bool, share: Any = None) -> Any:
    """The value of an aggregate; `share` is the second argument of a percentile."""
    held = [value for value in values if value is not None]
    if distinct:
        held = list({sameness(value): value for value in reversed(held)}.values())[::-1]
    match name:
        case "count":
            return len(held)
        case "collect":
            return held
        case "min":
            return min(held, key=order_key, default=None)
        case "max":
            return max(held, key=order_key, default=None)
    if not all(is_number(value) for value in held):
        raise EvaluationError(f"{name}() needs numbers")
    match name:
        case "sum":
            return _sum(held)
        case "avg":
            return sum(held) / len(held) if held else None
        case "stdev":
            return _deviation(held, len(held) - 1)
        case "stdevp":
            return _deviation(held, len(held))
    return _percentile(name, sorted(held), share)


def _sum(held: list[Any]) -> Any:
    total = sum(held)
    return total if isinstance(total, float) else fitting(total)


def _deviation(held: list[Any], divisor: int) -> float:
    if divisor < 1:
        return 0.0
    mean = sum(held) / len(held)
    return math.sqrt(sum((value - mean) ** 2 for value in held) / divisor)


def _percentile(name: str, held: list[Any], share: Any) -> Any:
    if not is_number(share) or not 0 <= share <= 1:
        raise EvaluationError("a percentile is between 0 and 1")
    if not held:
        return None
    if name == "percentiledisc":
        return held[max(math.ceil(share * len(held)) - 1, 0)]
    place = share * (len(held) - 1)
    low, high = math.floor(place), math.ceil(place)
    if held[low] == held[high]:
        return float(held[low])
    return held[low] + (held[high] - held[low]) * (place - low)
