"""Temporal values built of maps: `date({year: 2020, week: 7})`, `time({time: t, hour: 3})`.

The fields choose how a date is counted: by months, weeks, quarters or days of the year. A value
under `date`, `time` or `datetime` gives what is not named, and its zone; naming another zone
moves the moment there, except in truncation, where only the clock's zone is changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cloudwarden.graph.cypher.bound import Bound
from cloudwarden.graph.cypher.operators import TypeMismatchError, convert
from cloudwarden.graph.cypher.temporal import TemporalError, check_truncation, parts_of
from cloudwarden.graph.cypher.temporal_fields import (
    FRACTIONS,
    TIME_FIELDS,
    Fields,
    clock_of,
    fraction,
    part_or,
)
from cloudwarden.graph.cypher.types import INTEGER, STRING, Kind, Type
from cloudwarden.graph.temporal_values import stored

_BASES = ("date", "time", "datetime")
_CALENDAR = ("month", "day")
_WEEK = ("week", "dayOfWeek")
_ORDINAL = ("ordinalDay",)
_QUARTER = ("quarter", "dayOfQuarter")
_SYSTEMS = (_CALENDAR, _WEEK, _ORDINAL, _QUARTER)
_DATE_FIELDS = frozenset({"year", *_CALENDAR, *_WEEK, *_ORDINAL, *_QUARTER})
_EPOCHS = {"epochSeconds": 86_400, "epochMillis": 86_400_000}
_MANY_DAYS = 50_000_000_000
_DATED = frozenset({Kind.DATE, Kind.LOCALDATETIME, Kind.DATETIME})
_ZONED = frozenset({Kind.TIME, Kind.DATETIME})


def from_parts(result: Type, parts: Mapping[str, Bound], now: datetime) -> Bound:
    """A temporal value of named parts. Raises `TemporalError` and `TypeMismatchError`."""
    if not parts:
        raise TemporalError(f"a {result} needs at least one part")
    fields = _fields(result, parts)
    bases = [name for name in _BASES if name in parts]
    if "datetime" in bases and len(bases) > 1:
        raise TemporalError("datetime is given beside date or time")
    for name in bases:
        fields.give(name, parts[name], parts_of(parts[name], "{}"))
    date = next((name for name in ("date", "datetime") if name in bases), None)
    time = next((name for name in ("time", "datetime") if name in bases), None)
    _check_bases(result, parts, date, time)
    epoch = [name for name in _EPOCHS if name in parts]
    if epoch:
        return _from_epoch(fields, epoch)
    day = _day(fields, date) if result.kind in _DATED else None
    clock = None if result.kind is Kind.DATE else clock_of(fields, time)
    return _value(fields, day, clock, time, now, moves=True)


def truncated(
    result: Type, unit: Bound, value: Bound, parts: Mapping[str, Bound], now: datetime
) -> Bound:
    """`datetime.truncate(unit, value, parts)`. Raises as `from_parts` does."""
    check_truncation(result, unit, value)
    fields = _fields(result, parts)
    if fields.names & {*_BASES, *_EPOCHS}:
        raise TemporalError(f"a truncation takes parts, not {min(fields.names)}")
    fields.give("unit", convert(unit, STRING))
    fields.give("base", value, f"cw_truncated({fields.places['unit']}, {parts_of(value, '{}')})")
    day = _day(fields, "base") if result.kind in _DATED else None
    clock = None if result.kind is Kind.DATE else clock_of(fields, "base", unit)
    return _value(fields, day, clock, "base", now, moves=False)


def _fields(result: Type, parts: Mapping[str, Bound]) -> Fields:
    allowed = {"date", "datetime"} | _DATE_FIELDS if result.kind in _DATED else set()
    if result.kind is not Kind.DATE:
        allowed = allowed | {"time", "datetime"} | TIME_FIELDS
    if result.kind in _ZONED:
        allowed = allowed | {"timezone"}
    if result.kind is Kind.DATETIME:
        allowed = allowed | set(_EPOCHS)
    unknown = [name for name in parts if name not in allowed]
    if unknown:
        raise TemporalError(f"a {result} has no {unknown[0]}")
    fields = Fields(result, set(parts))
    for name, value in parts.items():
        if name in _BASES:
            continue
        try:
            fields.give(name, convert(value, STRING if name == "timezone" else INTEGER))
        except TypeMismatchError as mismatch:
            raise TemporalError(f"{name}: {mismatch}") from None
    return fields


def _check_bases(
    result: Type, parts: Mapping[str, Bound], date: str | None, time: str | None
) -> None:
    for what, name, lacking in (
        ("date", date, {Kind.LOCALTIME, Kind.TIME}),
        ("time", time, {Kind.DATE}),
    ):
        if name is None or parts[name].type.kind not in lacking or name == "datetime":
            continue
        if (what == "date") == (name == "date"):
            raise TemporalError(f"a {parts[name].type} has no {what}")
    if result.kind in _DATED and "datetime" in parts:
        kind = parts["datetime"].type.kind
        if kind in {Kind.LOCALTIME, Kind.TIME}:
            raise TemporalError(f"a {parts['datetime'].type} has no date")


def _day(fields: Fields, base: str | None) -> str:
    """The SQL of the day."""
    found = [system for system in _SYSTEMS if fields.names & set(system)]
    if len(found) > 1:
        raise TemporalError(
            "a date is counted one way: " + ", ".join(sorted(fields.names & _DATE_FIELDS))
        )
    day = f"p.{base}.d"
    if base is None and "year" not in fields.names:
        raise TemporalError("a date needs a year")
    if base is not None and not fields.names & _DATE_FIELDS:
        return day
    system = found[0] if found else _CALENDAR
    if base is None and system[-1] in fields.names and system[0] not in fields.names:
        raise TemporalError(f"{system[-1]} needs {system[0]}")
    write = {_CALENDAR: _by_months, _WEEK: _by_weeks, _ORDINAL: _by_days, _QUARTER: _by_quarters}
    return write[system](fields.names, day if base else "")


def _by_months(names: set[str], day: str) -> str:
    year = part_or(names, "year", day, "cw_year({})")
    month = part_or(names, "month", day, "month(cw_cycle_day({}))")
    if "day" in names or not day:
        return f"cw_calendar_date({year}, {month}, {'p.day' if 'day' in names else '1'})"
    return f"cw_clamped_date({year}, {month}, day(cw_cycle_day({day})))"


def _by_weeks(names: set[str], day: str) -> str:
    year = part_or(names, "year", day, "cw_week_year({})")
    week = part_or(names, "week", day, "weekofyear(cw_cycle_day({}))")
    number = part_or(names, "dayOfWeek", day, "isodow(cw_cycle_day({}))")
    return f"cw_week_date({year}, {week}, {number})"


def _by_days(names: set[str], day: str) -> str:
    return f"cw_ordinal_date({part_or(names, 'year', day, 'cw_year({})')}, p.ordinalDay)"


def _by_quarters(names: set[str], day: str) -> str:
    year = part_or(names, "year", day, "cw_year({})")
    quarter = part_or(names, "quarter", day, "quarter(cw_cycle_day({}))")
    if "dayOfQuarter" in names or not day:
        number = "p.dayOfQuarter" if "dayOfQuarter" in names else "1"
        return f"cw_quarter_date({year}, {quarter}, {number})"
    return f"cw_quarter_moved({day}, {year}, {quarter})"


def _value(
    fields: Fields, day: str | None, clock: str | None, base: str | None, now: datetime,
    *, moves: bool,
) -> Bound:  # fmt: skip
    kind = fields.result.kind
    if kind is Kind.DATE:
        return fields.build(str(day))
    if kind is Kind.LOCALTIME:
        return fields.build(str(clock))
    if kind is Kind.LOCALDATETIME:
        return fields.build(
            f"struct_pack(d := {day}, t := {clock})",
            "CASE WHEN p.d IS NOT NULL AND p.t IS NOT NULL THEN p END",
        )
    named = "timezone" in fields.names
    # Before another zone is taken, date and clock are those of the zone that the time is in.
    own_z = f"coalesce(p.{base}.z, {_missing('p', named)})" if base else _missing("p", named)
    own_o = f"p.{base}.u" if base else "CAST(NULL AS BIGINT)"
    if named and not moves:
        own_z, own_o = _missing("p", named), "CAST(NULL AS BIGINT)"
    wall = f"struct_pack(d := {day or 0}, t := {clock}, u := {own_o}, z := {own_z}"
    if named:
        wall += ", timezone := p.timezone"
    wall += ")"
    if kind is Kind.TIME:
        return _time(fields, wall, named=named, now=now)
    steps = ["cw_moment(p.d, p.t, p.z, p.u)"]
    if named:
        steps = [
            (
                "struct_pack(m := cw_moment(p.d, p.t, p.z, coalesce(p.u, "
                "cw_zone_fixed(p.timezone))), z := cw_zone_name(p.timezone), "
                "u := cw_zone_fixed(p.timezone))"
            ),
            "cw_in_zone(p.m, p.z, p.u)",
        ]
    return fields.build(wall, *steps)


def _missing(subject: str, named: bool) -> str:
    return f"cw_zone_name({subject}.timezone)" if named else "''"


def _time(fields: Fields, wall: str, *, named: bool, now: datetime) -> Bound:
    steps = [wall]
    target = "coalesce(p.u, 0)"
    if named:
        # A zone by its name is at the offset that it has at present.
        _, (day, clock, _, _) = stored(now)
        target = (
            "coalesce(cw_zone_fixed(p.timezone), cw_zone_at(cw_zone_name(p.timezone), "
            f"cw_zone_micros({day}, {clock})))"
        )
    steps += [
        f"struct_pack(t := p.t, u := p.u, w := {target})",
        (
            "CASE WHEN p.t IS NULL OR p.w IS NULL THEN NULL ELSE struct_pack(t := cw_wall_time("
            "p.t + (p.w - coalesce(p.u, p.w)) * 1000000000) - p.w * 1000000000, u := p.w) END"
        ),
    ]
    return fields.build(*steps)


def _from_epoch(fields: Fields, epoch: list[str]) -> Bound:
    others = fields.names - {*_EPOCHS, *FRACTIONS, "timezone"}
    if len(epoch) > 1 or others:
        raise TemporalError(f"{epoch[0]} stands beside no {min(others or set(epoch[1:]))}")
    per_day = _EPOCHS[epoch[0]]
    rest = fraction(fields.names, "", None)
    seconds = f"p.{epoch[0]}"
    # Divided downwards: the days added are more than any moment's before 1970.
    shifted = f"({seconds} + {per_day * _MANY_DAYS})"
    zone = "cw_zone_name(p.timezone)" if "timezone" in fields.names else "''"
    offset = "cw_zone_fixed(p.timezone)" if "timezone" in fields.names else "0"
    size = 86_400_000_000_000 // per_day
    return fields.build(
        f"struct_pack(d := {shifted} // {per_day} - {_MANY_DAYS}, "
        f"t := {shifted} % {per_day} * {size} + {rest}, z := {zone}, "
        f"u := CAST({offset} AS BIGINT))",
        "cw_moment_at(p.d, p.t, p.z, p.u)",
    )


def from_epoch(result: Type, name: str, amount: Bound, nanoseconds: Bound | None) -> Bound:
    """`datetime.fromEpoch(seconds, nanoseconds)` and `fromEpochMillis(milliseconds)`."""
    fields = Fields(result, {name})
    fields.give(name, convert(amount, INTEGER))
    if nanoseconds is not None:
        fields.names.add("nanosecond")
        fields.give("nanosecond", convert(nanoseconds, INTEGER))
    return _from_epoch(fields, [name])
