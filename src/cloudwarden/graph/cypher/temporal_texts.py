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
from cloudwarden.graph.temporal_printing import DAY, SECOND

_DATE = re.compile(patterns.DATE, re.ASCII)
_TIME = re.compile(patterns.TIME, re.ASCII)
_ZONED_TIME = re.compile(patterns.ZONED_TIME, re.ASCII)
_MOMENT = re.compile(patterns.MOMENT, re.ASCII)
_OFFSET = re.compile(patterns.OFFSET, re.ASCII)
_DURATION = re.compile(patterns.DURATION, re.ASCII)
_DURATION_AS_DATE = re.compile(patterns.DURATION_AS_DATE, re.ASCII)
_LARGEST_OFFSET = 18 * 3600
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
    minutes, seconds = int(digits[3:5] or 0), int(digits[5:7] or 0)
    offset = int(digits[1:3]) * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or offset > _LARGEST_OFFSET:
        raise ValueError(f"'{digits}' is not an offset of up to 18 hours")
    return -offset if digits[0] == "-" else offset


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


def _date(text: str) -> int:
    match = _DATE.fullmatch(text)
    day = None if match is None else _day(match.groupdict())
    return _known(day, text, "a date")


def _time(text: str) -> int:
    match = _TIME.fullmatch(text)
    clock = None if match is None else _clock(match.groupdict())
    return _known(clock, text, "a local time")


def _zoned_time(text: str) -> tuple[int, int]:
    match = _ZONED_TIME.fullmatch(text)
    found = {} if match is None else match.groupdict()
    offset = read_offset(found["offset"]) if found.get("offset") else None
    clock = _known(_clock(found) if found else None, text, "a time")
    return clock - (offset or 0) * SECOND, offset or 0


def _local_datetime(text: str) -> tuple[int, int]:
    day, clock, offset, zone = _moment(text, "a local date and time")
    if offset is not None or zone:
        raise ValueError(f"'{text}' is not a local date and time")
    return day, clock


def _datetime(text: str) -> tuple[int, int, int, str] | None:
    day, clock, offset, zone = _moment(text, "a date and time")
    if zone:
        return None
    more, rest = divmod(clock - (offset or 0) * SECOND, DAY)
    return day + more, rest, offset or 0, ""


def _moment(text: str, what: str) -> tuple[int, int, int | None, str]:
    match = _MOMENT.fullmatch(text)
    found = {} if match is None else match.groupdict()
    offset = read_offset(found["offset"]) if found.get("offset") else None
    day = _known(_day(found) if found else None, text, what)
    return day, _known(_clock(found), text, what), offset, found["zone"] or ""


def _known(number: int | None, text: str, what: str) -> int:
    if number is None:
        # As SQL quotes it.
        raise ValueError(f"'{text}' is not {what}")
    return number


def _day(found: Mapping[str, str | None]) -> int | None:
    """The day of a date's parts; None if there is no such day."""
    year, month = int(found["y"] or 0), int(found["m"] or found["bm"] or 1)
    first, months = 12 * year, 12
    number = int(next((found[n] for n in ("d", "bd", "wd", "qd", "od") if found[n]), None) or 1)
    if found["w"]:
        if found["wd"] and not 1 <= number <= 7:
            return None
        number += 7 * int(found["w"]) - 7
        start, end = first_monday(year), first_monday(year + 1)
    else:
        if found["q"]:
            if not 1 <= int(found["q"]) <= 4:
                return None
            first, months = first + 3 * int(found["q"]) - 3, 3
        elif not found["od"]:
            if not 1 <= month <= 12:
                return None
            first, months = first + month - 1, 1
        start, end = first_of_month(first), first_of_month(first + months)
    return start - 1 + number if 1 <= number <= end - start else None


def _clock(found: Mapping[str, str | None]) -> int | None:
    """The nanosecond of the day of a time's parts; None if there is no such time."""
    hour, minute = int(found["h"] or found["bh"] or 0), int(found["i"] or found["bi"] or 0)
    second = int(found["s"] or found["bs"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    fraction = int((found["f"] or found["bf"] or "").ljust(9, "0"))
    return (hour * 3600 + minute * 60 + second) * SECOND + fraction


def _duration(text: str) -> tuple[int, int, int, int]:
    match = _DURATION_AS_DATE.fullmatch(text) or _DURATION.fullmatch(text)
    found = {} if match is None else match.groupdict()
    sign = -1 if found.pop("sign", "") == "-" else 1
    if found.pop("t", "") == "T" or not any(found.values()):
        raise ValueError(f"'{text}' is not a duration such as P90D or PT12H")
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


_READERS: Mapping[str, Callable[[str], Any]] = {
    "date": _date,
    "localtime": _time,
    "time": _zoned_time,
    "localdatetime": _local_datetime,
    "datetime": _datetime,
    "duration": _duration,
}
