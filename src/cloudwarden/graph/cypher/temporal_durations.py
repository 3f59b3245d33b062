"""Durations built of maps: `duration({days: 90})`, fractions of a unit going to smaller ones."""

from __future__ import annotations

from collections.abc import Mapping

from cloudwarden.graph.cypher.bound import Bound, Const, Op
from cloudwarden.graph.cypher.emitter.chain import chain
from cloudwarden.graph.cypher.operators import TypeMismatchError, convert
from cloudwarden.graph.cypher.temporal import TemporalError
from cloudwarden.graph.cypher.temporal_texts import carried
from cloudwarden.graph.cypher.types import DURATION, FLOAT, Kind

#: Units in months, in days, and in nanoseconds.
_MONTHS = {"years": 12, "quarters": 3, "months": 1}
_DAYS = {"weeks": 7, "days": 1}
_CLOCK = {
    "hours": 3_600_000_000_000,
    "minutes": 60_000_000_000,
    "seconds": 1_000_000_000,
    "milliseconds": 1_000_000,
    "microseconds": 1000,
    "nanoseconds": 1,
}
_MONTH, _DAY = 2_629_746_000_000_000, 86_400_000_000_000


def duration_of_parts(parts: Mapping[str, Bound]) -> Bound:
    """A duration of units. Raises `TemporalError` and `TypeMismatchError`."""
    if not parts:
        raise TemporalError("a duration needs at least one unit")
    for name in parts:
        if name not in {*_MONTHS, *_DAYS, *_CLOCK}:
            raise TemporalError(f"{name} is not a unit of a duration")
    values = {name: _number(name, value) for name, value in parts.items()}
    constants = {name: v.value for name, v in values.items() if isinstance(v, Const)}
    if len(constants) == len(values) and None not in constants.values():
        return _constant(constants)
    return _computed(values)


def _number(name: str, value: Bound) -> Bound:
    kind = value.type.kind
    if kind in {Kind.INTEGER, Kind.FLOAT}:
        return value
    if kind in {Kind.ANY, Kind.NULL}:
        return convert(value, FLOAT)
    raise TypeMismatchError(f"{name}: expected a number, found {value.type}")


def _constant(values: Mapping[str, object]) -> Bound:
    def total(units: Mapping[str, int]) -> int | float:
        numbers = ((values[unit], weight) for unit, weight in units.items() if unit in values)
        return sum(number * weight for number, weight in numbers if isinstance(number, int | float))

    def split(number: int | float, unit: int) -> tuple[int, int]:
        whole = int(number)
        rest = (number - whole) * unit
        return whole, int(abs(rest) + 0.5) * (1 if rest >= 0 else -1)

    try:
        months, below_month = split(total(_MONTHS), _MONTH)
        days, below_day = split(total(_DAYS), _DAY)
        clock = 0
        for unit, size in _CLOCK.items():
            whole, rest = split(total({unit: 1}), size)
            # Less than a nanosecond is nothing.
            clock += whole * size + (rest if size > 1 else 0)
        found = carried(months, days * _DAY + below_day + below_month, clock)
    except (ValueError, OverflowError) as error:
        raise TemporalError(str(error)) from None
    return Const(type=DURATION, value=found)


def _computed(values: Mapping[str, Bound]) -> Bound:
    floats = {name for name, value in values.items() if value.type.kind is Kind.FLOAT}

    def total(units: Mapping[str, int]) -> str:
        terms = [f"p.{unit} * {weight}" for unit, weight in units.items() if unit in values]
        return " + ".join(terms) or "0"

    def split(units: Mapping[str, int], unit: int) -> tuple[str, str]:
        sql = f"({total(units)})"
        if not floats & units.keys():
            return f"CAST({sql} AS HUGEINT)", "0"
        rest = f"CAST(round(({sql} - trunc({sql})) * {unit}.0) AS HUGEINT)" if unit > 1 else "0"
        return f"CAST(trunc({sql}) AS HUGEINT)", rest

    months, below_month = split(_MONTHS, _MONTH)
    days, below_day = split(_DAYS, _DAY)
    clock = ["0"]
    for unit, size in _CLOCK.items():
        if unit in values:
            whole, rest = split({unit: 1}, size)
            clock.append(f"{whole} * {size} + {rest}")
    packed = ", ".join(f"{name} := {{{place}}}" for place, name in enumerate(values))
    template = chain(
        f"struct_pack({packed})",
        f"cw_carried({months}, {days} * {_DAY} + {below_day} + {below_month}, {' + '.join(clock)})",
    )
    return Op(type=DURATION, template=template, arguments=tuple(values.values()))
