"""Times, date-times and durations as queries return them: exact, and printed as Neo4j prints them.

A date is Python's `date`. Times and date-times are subclasses of Python's that know nanoseconds
and print themselves as Cypher's `toString()` does; a duration keeps months, days and seconds
apart; what lies beyond Python's years 1 to 9999 is `Far`. Comparing with Python's own values goes
by Python's rules: moments are equal whatever their zones.

Between Python and SQL every value has one stored form (`Stored`), days counted from 1970-01-01 and
times in nanoseconds: a date `d`, a local time `t`, a time `(t, o)`, a local date-time `(d, t)`, a
date-time `(d, t, o, z)`, a duration `(m, d, s, n)`. Of values with an offset `o`, in seconds, day
and time are UTC's; `z` names the zone, '' for an offset alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cloudwarden.graph.temporal_days import date_of, day_of
from cloudwarden.graph.temporal_printing import DAY, SECOND, text

Stored = int | tuple[int, int] | tuple[int, int, int, int] | tuple[int, int, int, str]
_MONTH_SECONDS = 2_629_746


class Zone(tzinfo):
    """A named time zone at one moment: an offset that the zone database at hand does not give."""

    def __init__(self, key: str, offset: int) -> None:
        self.key = key
        self._offset = timedelta(seconds=offset)

    def utcoffset(self, moment: datetime | None) -> timedelta:  # noqa: ARG002
        """The offset it was made with."""
        return self._offset

    def dst(self, moment: datetime | None) -> None:
        """Not known."""

    def tzname(self, moment: datetime | None) -> str:  # noqa: ARG002
        """The zone's name."""
        return self.key

    def __reduce__(self) -> tuple[Any, ...]:
        return Zone, (self.key, int(self._offset.total_seconds()))


class _Fine:
    """What times and date-times to the nanosecond share. `rest` is beyond the microsecond."""

    _base: ClassVar[Any]
    microsecond: Any
    rest: int

    @property
    def nanosecond(self) -> int:
        """The nanosecond of the second."""
        return int(self.microsecond) * 1000 + self.rest

    def isoformat(self, *arguments: Any, **options: Any) -> str:
        """As Cypher prints it; with arguments, what Python makes of it."""
        if arguments or options:
            return str(self._base.isoformat(self, *arguments, **options))
        return str(self)

    def __str__(self) -> str:
        name, stored_form = stored(self)
        return text(name, stored_form)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        equal: bool = self._base.__eq__(self, other)
        if equal is not True:
            return equal
        return self.rest == int(getattr(other, "rest", 0))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        own: int = self._base.__hash__(self)
        return hash((own, self.rest)) if self.rest else own

    def __lt__(self, other: Any) -> bool:
        less: bool = self._base.__lt__(self, other)
        if less is False and self._base.__eq__(self, other) is True:
            return bool(self.rest < getattr(other, "rest", 0))
        return less

    def __le__(self, other: Any) -> bool:
        return bool(self < other or self == other)

    def __gt__(self, other: Any) -> bool:
        return not self <= other

    def __ge__(self, other: Any) -> bool:
        return not self < other

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return restored, stored(self)


class Time(_Fine, time):
    """A time of day; local without `tzinfo`."""

    _base = time

    def __new__(cls, *arguments: Any, rest: int = 0, **options: Any) -> Self:  # noqa: D102
        made = time.__new__(cls, *arguments, **options)
        made.rest = rest
        return made


class DateTime(_Fine, datetime):
    """A date and time; local without `tzinfo`. Arithmetic with Python's forgets nanoseconds."""

    _base = datetime

    def __new__(cls, *arguments: Any, rest: int = 0, **options: Any) -> Self:  # noqa: D102
        made = datetime.__new__(cls, *arguments, **options)
        made.rest = rest
        return made


@dataclass(frozen=True, slots=True)
class Far:
    """A date (`name` is `date`), a date-time or a local one in a year that Python has none for."""

    name: str
    stored: Stored

    def __str__(self) -> str:
        return text(self.name, self.stored)

    def isoformat(self) -> str:
        """As Cypher prints it."""
        return str(self)


@dataclass(frozen=True, slots=True)
class Duration:
    """Months, days, seconds and nanoseconds (0 to 999,999,999), kept apart: a month has no length.

    Equal to another if all four are; ordered by average length.
    """

    months: int = 0
    days: int = 0
    seconds: int = 0
    nanoseconds: int = 0

    def __post_init__(self) -> None:
        carried, rest = divmod(self.nanoseconds, SECOND)
        object.__setattr__(self, "seconds", self.seconds + carried)
        object.__setattr__(self, "nanoseconds", rest)

    def __str__(self) -> str:
        return text("duration", (self.months, self.days, self.seconds, self.nanoseconds))

    def isoformat(self) -> str:
        """As Cypher prints it."""
        return str(self)

    def timedelta(self) -> timedelta:
        """As Python's, cut to microseconds. Raises `ValueError` if it has months."""
        if self.months:
            raise ValueError(f"{self} has months, which are of no fixed length")
        return timedelta(self.days, self.seconds, self.nanoseconds // 1000)

    def __lt__(self, other: Duration) -> bool:
        return self._order() < other._order()

    def _order(self) -> tuple[int, ...]:
        length = self.months * _MONTH_SECONDS + self.days * 86_400 + self.seconds
        return length, self.nanoseconds, self.months, self.days, self.seconds


Temporal = date | time | datetime | timedelta | Duration | Far


def stored(value: Any) -> tuple[str, Any]:
    """The name of a value's type and its stored form.

    Raises `ValueError` for a zone whose offset is no whole number of seconds, and `TypeError` for
    what is no temporal value.
    """
    match value:
        case Far():
            return value.name, value.stored
        case Duration():
            return "duration", (value.months, value.days, value.seconds, value.nanoseconds)
        case timedelta():
            return "duration", (0, value.days, value.seconds, value.microseconds * 1000)
        case datetime():
            day, clock = day_of(value), _clock(value)
            if value.tzinfo is None:
                return "localdatetime", (day, clock)
            offset = _offset(value.utcoffset())
            carried, clock = divmod(clock - offset * SECOND, DAY)
            return "datetime", (day + carried, clock, offset, getattr(value.tzinfo, "key", ""))
        case date():
            return "date", day_of(value)
        case time():
            if value.tzinfo is None:
                return "localtime", _clock(value)
            offset = _offset(value.utcoffset())
            return "time", (_clock(value) - offset * SECOND, offset)
    raise TypeError(f"{type(value).__name__} is no temporal value")


def restored(name: str, form: Any) -> Any:
    """The value of a stored form."""
    match name:
        case "duration":
            return Duration(*form)
        case "date":
            return date_of(form) or Far(name, form)
        case "localtime":
            return _time(form, None)
        case "time":
            return _time(form[0] + form[1] * SECOND, _fixed(form[1]))
        case "localdatetime":
            found = _datetime(form[0], form[1])
            return Far(name, form) if found is None else found
    day, clock, offset, zone = form
    carried, clock = divmod(clock + offset * SECOND, DAY)
    found = _datetime(day + carried, clock)
    return Far(name, form) if found is None else _in_zone(found, offset, zone)


def _clock(value: time | datetime) -> int:
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    return seconds * SECOND + value.microsecond * 1000 + getattr(value, "rest", 0)


def _offset(offset: timedelta | None) -> int:
    if offset is None:
        raise ValueError("a time zone that tells no offset")
    if offset.microseconds:
        raise ValueError(f"an offset of {offset}; whole seconds are needed")
    return int(offset.total_seconds())


def _fixed(offset: int) -> tzinfo:
    return timezone(timedelta(seconds=offset)) if offset else UTC


def _fields(clock: int) -> dict[str, int]:
    seconds, nanoseconds = divmod(clock, SECOND)
    return {
        "hour": seconds // 3600,
        "minute": seconds // 60 % 60,
        "second": seconds % 60,
        "microsecond": nanoseconds // 1000,
        "rest": nanoseconds % 1000,
    }


def _time(clock: int, zone: tzinfo | None) -> Time:
    return Time(**_fields(clock), tzinfo=zone)


def _datetime(day: int, clock: int) -> DateTime | None:
    found = date_of(day)
    if found is None:
        return None
    return DateTime(found.year, found.month, found.day, **_fields(clock))


def _in_zone(wall: DateTime, offset: int, zone: str) -> DateTime:
    tz, fold = _fixed(offset), 0
    if zone:
        tz, fold = _named(wall, offset, zone)
    return DateTime(
        wall.year, wall.month, wall.day, wall.hour, wall.minute, wall.second, wall.microsecond, tz,
        fold=fold, rest=wall.rest,
    )  # fmt: skip


def _named(wall: DateTime, offset: int, zone: str) -> tuple[tzinfo, int]:
    """Python's own zone of that name, where it knows it and gives the same offset."""
    try:
        known = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return Zone(zone, offset), 0
    for fold in (0, 1):
        if wall.replace(tzinfo=known, fold=fold).utcoffset() == timedelta(seconds=offset):
            return known, fold
    return Zone(zone, offset), 0
