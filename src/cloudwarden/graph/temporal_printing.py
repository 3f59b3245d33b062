"""Prints temporal values as Cypher's `toString()` does, from their stored forms.

What the stored forms are, `temporal_values` tells.
"""

from __future__ import annotations

from typing import Any

from cloudwarden.graph.temporal_days import civil

#: In nanoseconds.
SECOND = 1_000_000_000
DAY = 86_400 * SECOND


def text(name: str, form: Any) -> str:
    """What Cypher's `toString()` makes of a stored form."""
    match name:
        case "duration":
            return _duration_text(*form)
        case "date":
            return _date_text(form)
        case "localtime":
            return _clock_text(form)
        case "time":
            return _clock_text(form[0] + form[1] * SECOND) + _offset_text(form[1])
        case "localdatetime":
            return f"{_date_text(form[0])}T{_clock_text(form[1])}"
    day, clock, offset, zone = form
    carried, clock = divmod(clock + offset * SECOND, DAY)
    named = f"[{zone}]" if zone else ""
    return f"{_date_text(day + carried)}T{_clock_text(clock)}{_offset_text(offset)}{named}"


def _date_text(day: int) -> str:
    year, month, number = civil(day)
    sign = "-" if year < 0 else "+" if year > 9999 else ""
    return f"{sign}{abs(year):04}-{month:02}-{number:02}"


def _clock_text(clock: int) -> str:
    seconds, nanoseconds = divmod(clock, SECOND)
    shown = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
    if seconds % 60 or nanoseconds:
        shown += f":{seconds % 60:02}"
    if not nanoseconds:
        return shown
    digits = f"{nanoseconds:09}"
    return f"{shown}.{digits[:3] if digits.endswith('000000') else digits.removesuffix('000')}"


def _offset_text(offset: int) -> str:
    if not offset:
        return "Z"
    size = abs(offset)
    seconds = f":{size % 60:02}" if size % 60 else ""
    return f"{'-' if offset < 0 else '+'}{size // 3600:02}:{size // 60 % 60:02}{seconds}"


def _duration_text(months: int, days: int, seconds: int, nanoseconds: int) -> str:
    total = seconds * SECOND + nanoseconds
    sign = -1 if total < 0 else 1
    size, fraction = divmod(abs(total), SECOND)
    years, months = (abs(months) // 12, abs(months) % 12) if months >= 0 else (
        -(-months // 12), -(-months % 12))  # fmt: skip
    dated = "".join(f"{n}{u}" for n, u in ((years, "Y"), (months, "M"), (days, "D")) if n)
    timed = "".join(f"{sign * n}{u}" for n, u in ((size // 3600, "H"), (size // 60 % 60, "M")) if n)
    if size % 60 or fraction:
        decimals = f".{fraction:09}".rstrip("0") if fraction else ""
        timed += f"{'-' if sign < 0 else ''}{size % 60}{decimals}S"
    if not dated and not timed:
        return "PT0S"
    return f"P{dated}{'T' if timed else ''}{timed}"
