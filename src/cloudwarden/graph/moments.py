"""Dates and times as Arrow counts them, to what DuckDB's own Python client makes of them.

Infinity is the last moment that Python knows; what Python's years 1 to 9999 do not reach is text.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

_EPOCH = date(1970, 1, 1)
_MOMENT = datetime(1970, 1, 1)  # noqa: DTZ001 - local times have no zone
_ZONED = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MOMENT, _LAST_MOMENT = datetime.min, datetime.max  # noqa: DTZ901 - likewise
_FIRST = (date.min - _EPOCH).days
_LAST = (date.max - _EPOCH).days
_DAY = 86_400_000_000
_INFINITE_DATE = 2**31 - 1
_INFINITE_MOMENT = 2**63 - 1
_DAYS_OF_AN_ERA = 146_097


def date_of(days: int) -> date | str:
    """Days since 1970."""
    if _FIRST <= days <= _LAST:
        return _EPOCH + timedelta(days=days)
    if abs(days) == _INFINITE_DATE:
        return date.max if days > 0 else date.min
    return _date_text(days)


def timestamp_of(microseconds: int, *, zoned: bool = False) -> datetime | str:
    """Microseconds since 1970; `zoned` ones are in UTC."""
    days, rest = divmod(microseconds, _DAY)
    if _FIRST <= days <= _LAST:
        return (_ZONED if zoned else _MOMENT) + timedelta(microseconds=microseconds)
    if abs(microseconds) == _INFINITE_MOMENT:
        return _LAST_MOMENT if microseconds > 0 else _FIRST_MOMENT
    return f"{_date_text(days)} {_time_text(rest)}{'+00' if zoned else ''}"


def time_of(microseconds: int) -> time | str:
    """Microseconds since midnight."""
    if microseconds >= _DAY:
        return _time_text(microseconds)
    return (_MOMENT + timedelta(microseconds=microseconds)).time()


def interval_of(months: int, days: int, nanoseconds: int) -> timedelta:
    """An interval, whose months count 30 days each."""
    return timedelta(days=30 * months + days, microseconds=nanoseconds // 1000)


def _date_text(days: int) -> str:
    """A date of the proleptic Gregorian calendar: eras of 400 years, years that begin in March."""
    era, day = divmod(days + 719_468, _DAYS_OF_AN_ERA)
    year_of_era = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
    day_of_year = day - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    since_march = (5 * day_of_year + 2) // 153
    month = since_march + 3 if since_march < 10 else since_march - 9
    year = era * 400 + year_of_era + (month <= 2)
    day_of_month = day_of_year - (153 * since_march + 2) // 5 + 1
    before = year <= 0
    text = f"{1 - year if before else year:04d}-{month:02d}-{day_of_month:02d}"
    return f"{text} (BC)" if before else text


def _time_text(microseconds: int) -> str:
    seconds, rest = divmod(microseconds, 1_000_000)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{rest:06d}".rstrip("0") if rest else text
