"""Moments as the database holds them: whole microseconds since 1970 in UTC.

The same on every database, exact, and sorted as moments are; SQLite has no type for time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_number(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def to_moment(number: int) -> datetime:
    """The inverse of `to_number`, aware, in UTC."""
    return _EPOCH + timedelta(microseconds=number)


def to_optional_moment(number: int | None) -> datetime | None:
    """As `to_moment`; None stays None."""
    return None if number is None else to_moment(number)
