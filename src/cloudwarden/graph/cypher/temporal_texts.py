"""Reads temporal values from texts that a query spells out, into their stored form.

The same is done for texts of rows by macros (`emitter/macros_temporal_texts.py`). Named time zones
are DuckDB's to know: a date-time in one is left to the macros.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from cloudwarden.graph.cypher import temporal_patterns as patterns
from cloudwarden.graph.temporal_days import first_monday, first_of_month
from cloudwarden.graph.temporal_values import DAY, SECOND

_DATE = re.compile(patterns.DATE, re.ASCII)
_TIME = re.compile(patterns.TIME, re.ASCII)
_ZONED_TIME = re.compile(patterns.ZONED_TIME, re.ASCII)
_MOMENT = re.compile(patterns.MOMENT, re.ASCII)
_OFFSET = re.compile(patterns.OFFSET, re.ASCII)
_DURATION = re.compile(patterns.DURATION, re.ASCII)
_DURATION_AS_DATE = re.compile(patterns.DURATION_AS_DATE, re.ASCII)
_INTEGER_RANGE = range(-(2**63), 2**63)


def read(name: str, text: str) -> Any | None:
    """A stored value of the type of that name; None if it takes a time zone's rules to tell.

    Raises `ValueError` with what is wrong.
    """
    return _READERS[name](text)


def read_offset(text: str) -> int | None:
    """An offset in seconds, if the text is one rather than a zone's name.

    Raises `ValueError` if it is too large.
    """
    if not _OFFSET.fullmatch(text):
        return None
    digits = text.replace(":", "")
    if digits in "Zz":
        return 0
    minutes = _checked(int(digits[3:5] or 0), 0, 59, "a minute")
    seconds = _checked(int(digits[5:7] or 0), 0, 59, "a second")
    offset = int(digits[1:3]) * 3600 + minutes * 60 + seconds
    offset = -offset if digits[0] == "-" else offset
    return _checked(offset, -64_800, 64_800, "an offset in seconds")


def carried(months: int, day_nanoseconds: int, nanoseconds: int) -> tuple[int, int, int, int]:
    """A duration of months, the nanoseconds of days, and those of less than a day.

    Raises `ValueError` if it is too long.
    """
    # Towards zero, as SQL divides.
    days = abs(day_nanoseconds) // DAY * (1 if day_nanoseconds >= 0 else -1)
    return duration(months, days, 0, nanoseconds + day_nanoseconds - days * DAY)


def duration(months: int, days: int, seconds: int, nanoseconds: int) -> tuple[int, int, int, int]:
    """A duration with its nanoseconds in their range. Raises `ValueError` if it is too long."""
    more, rest = divmod(nanoseconds, SECOND)
    found = (months, days, seconds + more, rest)
    average = months * 2_629_746 + days * 86_400 + seconds + more
    if any(number not in _INTEGER_RANGE for number in (*found, average)):
        raise ValueError("a duration does not fit 64 bits")
    return found


def _date(text: str, whole: str, what: str) -> int:
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{whole!r} is not {what}")
    found = match.groupdict()
    year = _checked(int(found["y"]), -999_999_999, 999_999_999, "a year")
    first, months = 12 * year, 12
    if found["w"]:
        week = _checked(int(found["w"]), 1, 53, "a week")
        number = 7 * week - 7 + _checked(int(found["wd"] or 1), 1, 7, "a day of the week")
        start, end = first_monday(year), first_monday(year + 1)
    else:
        if found["q"]:
            first += 3 * _checked(int(found["q"]), 1, 4, "a quarter") - 3
            months = 3
        elif not found["od"]:
            first += _checked(int(found["m"] or found["bm"] or 1), 1, 12, "a month") - 1
            months = 1
        number = int(found["qd"] or found["od"] or found["d"] or found["bd"] or 1)
        start, end = first_of_month(first), first_of_month(first + months)
    return start - 1 + _checked(number, 1, end - start, "the day in a date")


def _time(text: str, whole: str, what: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{whole!r} is not {what}")
    found = match.groupdict()
    hour = _checked(int(found["h"] or found["bh"]), 0, 23, "an hour")
    minute = _checked(int(found["i"] or found["bi"] or 0), 0, 59, "a minute")
    second = _checked(int(found["s"] or found["bs"] or 0), 0, 59, "a second")
    fraction = int((found["f"] or found["bf"] or "").ljust(9, "0"))
    return (hour * 3600 + minute * 60 + second) * SECOND + fraction


def _zoned_time(text: str) -> tuple[int, int]:
    match = _ZONED_TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time")
    offset = read_offset(match["offset"]) if match["offset"] else 0
    assert offset is not None
    return _time(match["time"], text, "a time") - offset * SECOND, offset


def _moment(text: str, what: str) -> tuple[int, int, int | None, str]:
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not {what}")
    clock = _time(match["time"], text, what) if match["time"] else 0
    offset = read_offset(match["offset"]) if match["offset"] else None
    return _date(match["date"], text, what), clock, offset, match["zone"] or ""


def _local_datetime(text: str) -> tuple[int, int]:
    what = "a local date and time"
    day, clock, offset, zone = _moment(text, what)
    if offset is not None or zone:
        raise ValueError(f"{text!r} is not {what}")
    return day, clock


def _datetime(text: str) -> tuple[int, int, int, str] | None:
    day, clock, offset, zone = _moment(text, "a date and time")
    if zone:
        return None
    more, rest = divmod(clock - (offset or 0) * SECOND, DAY)
    return day + more, rest, offset or 0, ""


def _duration(text: str) -> tuple[int, int, int, int]:
    match = _DURATION_AS_DATE.fullmatch(text) or _DURATION.fullmatch(text)
    found = {} if match is None else match.groupdict()
    sign = -1 if found.pop("sign", "") == "-" else 1
    if found.pop("t", "") == "T" or not any(found.values()):
        raise ValueError(f"{text!r} is not a duration such as P90D or PT12H")
    amounts = {unit: _amount(amount or "0") for unit, amount in found.items()}
    months = _weighed(amounts, {"years": 12, "months": 1})
    whole = abs(months) // SECOND * (1 if months >= 0 else -1)
    days = _weighed(amounts, {"weeks": 7, "days": 1}) * 86_400
    days += (months - whole * SECOND) * 2_629_746
    seconds = _weighed(amounts, {"hours": 3600, "minutes": 60, "seconds": 1})
    return carried(sign * whole, sign * days, sign * seconds)


def _amount(text: str) -> int:
    """A number with up to nine decimals, in thousand-millionths."""
    whole, _, decimals = text.replace(",", ".").partition(".")
    fraction = int(decimals.ljust(9, "0"))
    return int(whole) * SECOND + (-fraction if whole.startswith("-") else fraction)


def _weighed(amounts: Mapping[str, int], weights: Mapping[str, int]) -> int:
    return sum(amounts.get(unit, 0) * weight for unit, weight in weights.items())


def _checked(number: int, low: int, high: int, what: str) -> int:
    if not low <= number <= high:
        raise ValueError(f"{what} must be from {low} to {high}, not {number}")
    return number


_READERS: Mapping[str, Callable[[str], Any]] = {
    "date": lambda text: _date(text, text, "a date"),
    "localtime": lambda text: _time(text, text, "a local time"),
    "time": _zoned_time,
    "localdatetime": _local_datetime,
    "datetime": _datetime,
    "duration": _duration,
}
