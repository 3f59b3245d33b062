"""Days counted from 1970-01-01 in any year, which Python's own dates are not.

The Gregorian calendar repeats every 400 years; a day of another 400 years than 2000 to 2399 is
looked at as the same day of those.
"""

from __future__ import annotations

from datetime import date

_CYCLE_DAYS = 146_097
_CYCLE_YEARS = 400
_EPOCH = date(1970, 1, 1).toordinal()
#: 2000-01-01.
_BASE = date(2000, 1, 1).toordinal() - _EPOCH
#: The first and the last day that Neo4j has: in the years -999,999,999 and 999,999,999.
FIRST_DAY, LAST_DAY = -365_243_219_162, 365_241_780_471


def alike(day: int) -> tuple[date, int]:
    """A date of the same month, day and weekday, and the years to add to its year."""
    cycles, rest = divmod(day - _BASE, _CYCLE_DAYS)
    return date.fromordinal(_EPOCH + _BASE + rest), cycles * _CYCLE_YEARS


def civil(day: int) -> tuple[int, int, int]:
    """Year, month and day of the month."""
    found, years = alike(day)
    return found.year + years, found.month, found.day


def first_of_month(months: int) -> int:
    """The first day of a month, counted from January of the year 0."""
    cycles, rest = divmod(months - 2000 * 12, _CYCLE_YEARS * 12)
    start = date(2000 + rest // 12, rest % 12 + 1, 1)
    return start.toordinal() - _EPOCH + cycles * _CYCLE_DAYS


def plus_months(day: int, months: int) -> int:
    """The same day of a later month, or its last day if it is shorter."""
    year, month, number = civil(day)
    target = 12 * year + month - 1 + months
    return min(first_of_month(target) + number, first_of_month(target + 1)) - 1


def first_monday(year: int) -> int:
    """The Monday of a year's first week: the week that 4 January is in."""
    fourth = first_of_month(12 * year) + 3
    return fourth - (fourth + 3) % 7


def day_of(value: date) -> int:
    """The day of a Python date."""
    return value.toordinal() - _EPOCH


def date_of(day: int) -> date | None:
    """The day as a Python date; None beyond the years 1 to 9999."""
    number = day + _EPOCH
    return date.fromordinal(number) if 1 <= number <= date.max.toordinal() else None
