"""Temporal values: constructors, components, truncation and differences, as SQL templates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cloudwarden.graph.cypher.bound import Bound, Const, Op
from cloudwarden.graph.cypher.operators import TypeMismatchError, convert
from cloudwarden.graph.cypher.types import (
    DATE,
    DATETIME,
    DURATION,
    FLOAT,
    INTEGER,
    LOCALDATETIME,
    LOCALTIME,
    STRING,
    TEMPORAL,
    Kind,
    Type,
)

#: The types that `name()` makes.
CONSTRUCTORS: Mapping[str, Type] = {
    "date": DATE,
    "datetime": DATETIME,
    "localdatetime": LOCALDATETIME,
    "localtime": LOCALTIME,
}

_SQL_NAMES = {
    Kind.DATE: "DATE",
    Kind.DATETIME: "TIMESTAMP WITH TIME ZONE",
    Kind.LOCALDATETIME: "TIMESTAMP",
    Kind.LOCALTIME: "TIME",
}
_PARTS = {
    "year": "year", "quarter": "quarter", "month": "month", "week": "week", "day": "day",
    "ordinalDay": "doy", "dayOfWeek": "isodow", "weekDay": "isodow", "hour": "hour",
    "minute": "minute", "second": "second",
}  # fmt: skip
_DATE_PARTS = frozenset({"year", "quarter", "month", "week", "day", "ordinalDay", "dayOfWeek",
                         "weekDay"})  # fmt: skip
_DURATION_PARTS = {
    "years": "datepart('year', {0})",
    "months": "(datepart('year', {0}) * 12 + datepart('month', {0}))",
    "monthsOfYear": "datepart('month', {0})",
    "weeks": "(datepart('day', {0}) // 7)",
    "days": "datepart('day', {0})",
    "hours": "datepart('hour', {0})",
    "minutes": "(datepart('hour', {0}) * 60 + datepart('minute', {0}))",
    "seconds": "(datepart('hour', {0}) * 3600 + datepart('minute', {0}) * 60 + "
    "datepart('second', {0}))",
    "minutesOfHour": "datepart('minute', {0})",
    "secondsOfMinute": "datepart('second', {0})",
}
_DURATION_UNITS = {
    "years": "to_years(CAST({0} AS INTEGER))",
    "quarters": "to_months(CAST({0} * 3 AS INTEGER))",
    "months": "to_months(CAST({0} AS INTEGER))",
    "weeks": "to_days(CAST({0} * 7 AS INTEGER))",
    "days": "to_days(CAST({0} AS INTEGER))",
    "hours": "to_hours(CAST({0} AS BIGINT))",
    "minutes": "to_minutes(CAST({0} AS BIGINT))",
    "seconds": "to_seconds({0})",
    "milliseconds": "to_milliseconds({0})",
    "microseconds": "to_microseconds(CAST({0} AS BIGINT))",
}
_ISO_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<years>-?\d+)Y)?(?:(?P<months>-?\d+)M)?(?:(?P<weeks>-?\d+)W)?"
    r"(?:(?P<days>-?\d+)D)?(?:T(?:(?P<hours>-?\d+)H)?(?:(?P<minutes>-?\d+)M)?"
    r"(?:(?P<seconds>-?\d+(?:\.\d+)?)S)?)?"
)
_TRUNCATIONS = frozenset({"millennium", "century", "decade", "year", "quarter", "month", "week",
                          "day", "hour", "minute", "second"})  # fmt: skip


def component(subject: Bound, name: str) -> Bound | None:
    """`value.year` and its like; None if there is no such component."""
    kind = subject.type.kind
    if kind is Kind.DURATION:
        template = _DURATION_PARTS.get(name)
        return None if template is None else _op(INTEGER, template, subject)
    if kind not in TEMPORAL:
        return None
    if kind is not Kind.LOCALTIME and name in {"epochSeconds", "epochMillis"}:
        template = "epoch_ms({0})" if name == "epochMillis" else "CAST(floor(epoch({0})) AS BIGINT)"
        return _op(INTEGER, template, subject)
    part = _PARTS.get(name)
    if part is None or (kind is Kind.DATE and name not in _DATE_PARTS):
        return None
    if kind is Kind.LOCALTIME and name in _DATE_PARTS:
        return None
    return _op(INTEGER, f"datepart('{part}', {{0}})", subject)


def from_text(result: Type, text: Bound) -> Bound:
    """A temporal value read from an ISO 8601 text; the query fails where it is none."""
    return _op(result, f"CAST({{0}} AS {_SQL_NAMES[result.kind]})", text)


def from_temporal(result: Type, value: Bound) -> Bound:
    """One temporal type from another. Raises `TypeMismatchError` where that makes no sense."""
    kind = value.type.kind
    if kind is result.kind:
        return value
    if kind is Kind.LOCALTIME or kind not in TEMPORAL:
        raise TypeMismatchError(f"cannot make a {result} of a {value.type}")
    return _op(result, f"CAST({{0}} AS {_SQL_NAMES[result.kind]})", value)


def from_parts(result: Type, parts: Mapping[str, Bound]) -> Bound:
    """A temporal value of named parts. Raises `TypeMismatchError` on a part we do not take."""
    if result.kind is Kind.DATETIME and set(parts) in ({"epochSeconds"}, {"epochMillis"}):
        scale = "{0} * 1000000" if "epochSeconds" in parts else "{0} * 1000"
        (value,) = parts.values()
        return _op(result, f"make_timestamptz({scale})", convert(value, INTEGER))
    dates = ("year", "month", "day")
    times = ("hour", "minute", "second")
    wanted: tuple[str, ...] = dates if result.kind is Kind.DATE else times
    if result.kind in {Kind.DATETIME, Kind.LOCALDATETIME}:
        wanted = dates + times
    for name in parts:
        if name not in wanted:
            raise TypeMismatchError(f"not supported yet: {result} from {name}")
    if wanted[0] not in parts:
        raise TypeMismatchError(f"a {result} needs a {wanted[0]}")
    values = [
        convert(parts[name], INTEGER)
        if name in parts
        else Const(type=INTEGER, value=1 if name in dates else 0)
        for name in wanted
    ]
    makers = {
        Kind.DATE: "make_date({0}, {1}, {2})",
        Kind.LOCALTIME: "make_time({0}, {1}, CAST({2} AS DOUBLE))",
        Kind.LOCALDATETIME: "make_timestamp({0}, {1}, {2}, {3}, {4}, CAST({5} AS DOUBLE))",
        Kind.DATETIME: "make_timestamptz({0}, {1}, {2}, {3}, {4}, CAST({5} AS DOUBLE))",
    }
    return Op(type=result, template=makers[result.kind], arguments=tuple(values))


def duration_of_parts(parts: Mapping[str, Bound]) -> Bound:
    """`duration({days: 90})`. Raises `TypeMismatchError` on an unknown unit."""
    templates: list[str] = []
    values: list[Bound] = []
    for name, value in parts.items():
        unit = _DURATION_UNITS.get(name)
        if unit is None:
            raise TypeMismatchError(f"{name} is not a unit of a duration")
        exact = name not in {"seconds", "milliseconds"}
        templates.append(unit.replace("{0}", f"{{{len(values)}}}"))
        values.append(convert(value, INTEGER if exact else FLOAT))
    if not values:
        raise TypeMismatchError("a duration needs at least one unit")
    return Op(type=DURATION, template="(" + " + ".join(templates) + ")", arguments=tuple(values))


def duration_of_text(text: str) -> Bound:
    """`duration('P90D')`. Raises `TypeMismatchError` if it is not an ISO 8601 duration."""
    match = _ISO_DURATION.fullmatch(text)
    units = {} if match is None else {k: v for k, v in match.groupdict().items() if v}
    sign = -1 if units.pop("sign", "") else 1
    if not units:
        raise TypeMismatchError(f"{text!r} is not a duration such as P90D or PT12H")
    parts: dict[str, Bound] = {
        name: Const(type=FLOAT, value=sign * float(value))
        if name == "seconds"
        else Const(type=INTEGER, value=sign * int(value))
        for name, value in units.items()
    }
    return duration_of_parts(parts)


def difference(name: str, start: Bound, end: Bound) -> Bound:
    """`duration.between|inDays|inMonths|inSeconds(start, end)`."""
    for value in (start, end):
        if value.type.kind not in TEMPORAL or value.type.kind is Kind.LOCALTIME:
            raise TypeMismatchError(f"cannot measure from {start.type} to {end.type}")
    one, other = (from_temporal(LOCALDATETIME, value) for value in (start, end))
    templates = {
        "duration.between": "age({1}, {0})",
        "duration.indays": "to_days(CAST(trunc((epoch({1}) - epoch({0})) / 86400) AS INTEGER))",
        "duration.inmonths": "to_months(CAST(datesub('month', {0}, {1}) AS INTEGER))",
        "duration.inseconds": "to_seconds(epoch({1}) - epoch({0}))",
    }
    return Op(type=DURATION, template=templates[name], arguments=(one, other))


def truncate(result: Type, arguments: Sequence[Bound]) -> Bound:
    """`datetime.truncate('day', value)`. Raises `TypeMismatchError`."""
    unit, value = arguments
    if not isinstance(unit, Const) or unit.value not in _TRUNCATIONS or unit.type != STRING:
        raise TypeMismatchError("the unit must be one of " + ", ".join(sorted(_TRUNCATIONS)))
    name = _SQL_NAMES[result.kind]
    template = f"CAST(date_trunc('{unit.value}', {{0}}) AS {name})"
    return _op(result, template, from_temporal(result, value))


def _op(result: Type, template: str, value: Bound) -> Bound:
    return Op(type=result, template=template, arguments=(value,))
