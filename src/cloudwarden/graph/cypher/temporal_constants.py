"""Sums of temporal constants and durations, over stored forms, as the macros make them of rows.

So that `datetime() - duration('P90D')` is one constant to the database.
"""

from __future__ import annotations

from typing import Any

from cloudwarden.graph.cypher.temporal_texts import duration
from cloudwarden.graph.temporal_days import FIRST_DAY, LAST_DAY, plus_months
from cloudwarden.graph.temporal_printing import DAY, SECOND

Span = tuple[int, int, int, int]


def plus(name: str, form: Any, span: Span) -> Any | None:
    """A stored value and a duration; None if it takes a time zone's rules to tell.

    Raises `ValueError` beyond the years that there are.
    """
    months, days, seconds, nanoseconds = span
    # SQL and Java divide towards zero.
    whole = int(abs(seconds) // 86_400) * (1 if seconds >= 0 else -1)
    clock = (seconds - whole * 86_400) * SECOND + nanoseconds
    match name:
        case "duration":
            return duration(*(one + other for one, other in zip(form, span, strict=True)))
        case "date":
            return _in_range(plus_months(form, months) + days + whole)
        case "localtime":
            return (form + clock) % DAY
        case "time":
            local, offset = form[0] + form[1] * SECOND, form[1]
            return (local + clock) % DAY - offset * SECOND, offset
        case "localdatetime":
            return _moved(plus_months(form[0], months) + days + whole, form[1] + clock)
    day, time, offset, zone = form
    if zone:
        return None
    local, wall = _moved(day, time + offset * SECOND)
    moved = plus_months(local, months) + days + whole
    return (*_moved(moved, wall + clock - offset * SECOND), offset, "")


def negated(span: Span) -> Span:
    """The duration the other way. Raises `ValueError` if that does not fit."""
    months, days, seconds, nanoseconds = span
    return duration(-months, -days, -seconds, -nanoseconds)


def _moved(day: int, clock: int) -> tuple[int, int]:
    more, rest = divmod(clock, DAY)
    return _in_range(day + more), rest


def _in_range(day: int) -> int:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("no date lies beyond the year 999999999")
    return day
