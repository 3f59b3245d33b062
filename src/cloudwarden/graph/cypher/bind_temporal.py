"""Binds calls of temporal functions; the table of their names is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from cloudwarden.graph.cypher import temporal, temporal_durations, temporal_parts
from cloudwarden.graph.cypher.bound import Bound, Const, Field, MapOf, Op
from cloudwarden.graph.cypher.operators import convert, null
from cloudwarden.graph.cypher.temporal import CONSTRUCTORS, TemporalError
from cloudwarden.graph.cypher.types import DATE, DATETIME, DURATION, STRING, Kind, Type
from cloudwarden.graph.temporal_values import stored

_CLOCKS = ("transaction", "statement", "realtime")
_DIFFERENCES = ("duration.between", "duration.inmonths", "duration.indays", "duration.inseconds")
_EPOCHS = {"datetime.fromepoch": "epochSeconds", "datetime.fromepochmillis": "epochMillis"}


def _counts() -> dict[str, range]:
    found = {"duration": range(1, 2), "datetime.fromepoch": range(1, 3)}
    found |= {name: range(2, 3) for name in _DIFFERENCES}
    found["datetime.fromepochmillis"] = range(1, 2)
    for name in CONSTRUCTORS:
        found[name] = range(2)
        found[f"{name}.truncate"] = range(1, 4)
        found |= {f"{name}.{clock}": range(2) for clock in _CLOCKS}
    return found


#: The temporal functions by name in lower case, and how many arguments each takes.
TEMPORAL_FUNCTIONS: Mapping[str, range] = _counts()


def temporal_call(name: str, arguments: Sequence[Bound], now: datetime) -> Bound:
    """A call of a temporal function; the present is the moment `now` for all of them.

    Raises `TemporalError` and `TypeMismatchError`.
    """
    if len(arguments) not in TEMPORAL_FUNCTIONS[name]:
        counts = TEMPORAL_FUNCTIONS[name]
        raise TemporalError(f"it takes {_either(counts)} arguments, not {len(arguments)}")
    base, _, method = name.partition(".")
    result = CONSTRUCTORS.get(base, DURATION)
    if name in _DIFFERENCES:
        result = DURATION
    if any(argument.type.kind is Kind.NULL for argument in arguments):
        return null(result)
    if name == "duration":
        return _duration(arguments[0])
    if name in _DIFFERENCES:
        return temporal.difference(name, *arguments)
    if name in _EPOCHS:
        second = arguments[1] if len(arguments) > 1 else None
        return temporal_parts.from_epoch(result, _EPOCHS[name], arguments[0], second)
    if method == "truncate":
        return _truncated(result, arguments, now)
    if not arguments or method:
        return _present(result, arguments[0] if arguments else None, now)
    (value,) = arguments
    if value.type.kind is Kind.MAP:
        parts = _parts(value)
        if set(parts) == {"timezone"}:
            return _present(result, parts["timezone"], now)
        return temporal_parts.from_parts(result, parts, now)
    return temporal.from_value(result, value)


def _duration(value: Bound) -> Bound:
    if value.type.kind is Kind.MAP:
        return temporal_durations.duration_of_parts(_parts(value))
    if value.type.kind is Kind.DURATION:
        return value
    if value.type.kind is Kind.STRING:
        return temporal.from_text(DURATION, value)
    if value.type.kind is Kind.ANY:
        return Op(type=DURATION, template="cw_any_duration({0})", arguments=(value,))
    raise TemporalError(f"cannot make a duration of a {value.type}")


def _truncated(result: Type, arguments: Sequence[Bound], now: datetime) -> Bound:
    unit, *rest = arguments
    value = rest[0] if rest else _present(result, None, now)
    parts: Mapping[str, Bound] = {}
    if len(rest) > 1:
        if rest[1].type.kind is not Kind.MAP:
            raise TemporalError(f"the parts to set are a map, not a {rest[1].type}")
        parts = _parts(rest[1])
    return temporal_parts.truncated(result, unit, value, parts, now)


def _present(result: Type, zone: Bound | None, now: datetime) -> Bound:
    _, moment = stored(now)
    day, clock, _, _ = moment
    if zone is not None:
        template = "cw_in_zone({0}, cw_zone_name({1}), cw_zone_fixed({1}))"
        there = Op(
            type=DATETIME,
            template=template,
            arguments=(Const(type=DATETIME, value=moment), convert(zone, STRING)),
        )
        return temporal.from_value(result, there)
    forms: Mapping[Kind, object] = {
        DATE.kind: day,
        Kind.LOCALTIME: clock,
        Kind.TIME: (clock, 0),
        Kind.LOCALDATETIME: (day, clock),
        Kind.DATETIME: (day, clock, 0, ""),
    }
    return Const(type=result, value=forms[result.kind])


def _parts(value: Bound) -> dict[str, Bound]:
    """The entries of a map whose keys are known."""
    if isinstance(value, MapOf):
        return {key: v for (key, _), v in zip(value.type.fields, value.values, strict=True)}
    return {
        key: Field(type=type_, subject=value, place=place)
        for place, (key, type_) in enumerate(value.type.fields)
    }


def _either(counts: range) -> str:
    return " or ".join(str(count) for count in counts)
