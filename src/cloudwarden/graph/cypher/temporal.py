"""Temporal values in expressions: components, conversions, sums, truncation, differences.

What is constant becomes a constant, unless a named time zone has a say; the rest is SQL by macros
(`emitter/macros_temporal.py` tells how values are stored).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cloudwarden.graph.cypher import temporal_constants
from cloudwarden.graph.cypher.bound import Bound, Const, Op
from cloudwarden.graph.cypher.emitter.macros_temporal import (
    COMPONENTS,
    DURATION_COMPONENTS,
    TEXT_COMPONENTS,
)
from cloudwarden.graph.cypher.temporal_texts import read
from cloudwarden.graph.cypher.types import (
    DATE,
    DATETIME,
    DURATION,
    INTEGER,
    LOCALDATETIME,
    LOCALTIME,
    STRING,
    TIME,
    Kind,
    Type,
)

#: The types that have parts (a date, a time, a zone), by the function that makes them.
CONSTRUCTORS: Mapping[str, Type] = {
    "date": DATE,
    "localtime": LOCALTIME,
    "time": TIME,
    "localdatetime": LOCALDATETIME,
    "datetime": DATETIME,
}
NAMES: Mapping[Kind, str] = {
    **{type_.kind: name for name, type_ in CONSTRUCTORS.items()},
    Kind.DURATION: "duration",
}
#: The SQL of `toString()`.
TEXTS: Mapping[Kind, str] = {
    Kind.DATE: "cw_date_text({0})",
    Kind.LOCALTIME: "cw_time_text({0})",
    Kind.DURATION: "cw_duration_text({0})",
    **{
        CONSTRUCTORS[name].kind: f"cw_parts_text(cw_parts_{name}({{0}}))"
        for name in ("time", "localdatetime", "datetime")
    },
}
_DATED = frozenset({Kind.DATE, Kind.LOCALDATETIME, Kind.DATETIME})
_TIMED = frozenset({Kind.LOCALTIME, Kind.TIME, Kind.LOCALDATETIME, Kind.DATETIME})
_ZONED = frozenset({Kind.TIME, Kind.DATETIME})
#: Which types have the parts that a component needs.
_HAVING = {"d": _DATED, "t": _TIMED, "u": _ZONED}
_DATE_UNITS = frozenset(
    {"millennium", "century", "decade", "year", "weekyear", "quarter", "month", "week", "day"}
)
_TIME_UNITS = frozenset({"day", "hour", "minute", "second", "millisecond", "microsecond"})


class TemporalError(Exception):
    """What a temporal function cannot do with what it is given."""


def parts_of(value: Bound, place: str) -> str:
    """The SQL of a value's parts; `place` is its place in the template, such as `{0}`."""
    kind = value.type.kind
    if kind is Kind.ANY:
        return f"cw_parts_any({place})"
    if kind not in _DATED | _TIMED:
        raise TemporalError(f"expected a temporal value, found {value.type}")
    return f"cw_parts_{NAMES[kind]}({place})"


def component(subject: Bound, name: str) -> Bound | None:
    """`value.year` and its like; None if there is no such component."""
    kind = subject.type.kind
    if kind is Kind.DURATION:
        sql = DURATION_COMPONENTS.get(name)
        return None if sql is None else _over(INTEGER, "{0}", sql, subject)
    if kind not in _DATED | _TIMED or name not in COMPONENTS:
        return None
    needs, sql = COMPONENTS[name]
    if any(kind not in _HAVING[part] for part in needs):
        return None
    result = STRING if name in TEXT_COMPONENTS else INTEGER
    return _over(result, parts_of(subject, "{0}"), f"CAST({sql} AS BIGINT)"
                 if result == INTEGER else sql, subject)  # fmt: skip


def from_text(result: Type, text: Bound) -> Bound:
    """A value read from a text. Raises `TemporalError` if a constant text is none."""
    name = NAMES[result.kind]
    if isinstance(text, Const) and isinstance(text.value, str):
        try:
            found = read(name, text.value)
        except ValueError as error:
            raise TemporalError(str(error)) from None
        if found is not None:
            return Const(type=result, value=found)
    return Op(type=result, template=f"cw_text_{name}({{0}})", arguments=(text,))


def from_value(result: Type, value: Bound) -> Bound:
    """One temporal type from another, or from whatever a row has. Raises `TemporalError`."""
    kind = value.type.kind
    name = NAMES[result.kind]
    if kind is result.kind:
        return value
    if kind is Kind.STRING:
        return from_text(result, value)
    if kind is Kind.ANY:
        return Op(type=result, template=f"cw_any_{name}({{0}})", arguments=(value,))
    needs = _DATED if result.kind in _DATED else _TIMED
    if kind not in needs:
        raise TemporalError(f"cannot make a {result} of a {value.type}")
    template = f"cw_make_{name}({parts_of(value, '{0}')})"
    return Op(type=result, template=template, arguments=(value,))


def check_truncation(result: Type, unit: Bound, value: Bound) -> None:
    """Raises `TemporalError` where a type cannot be cut down to a unit."""
    kind = value.type.kind
    if kind is not Kind.ANY and kind not in (_DATED if result.kind in _DATED else _TIMED):
        raise TemporalError(f"cannot make a {result} of a {value.type}")
    if not isinstance(unit, Const) or unit.value is None:
        return
    units = _DATE_UNITS | _TIME_UNITS
    if result.kind is Kind.DATE:
        units = _DATE_UNITS
    elif result.kind not in _DATED:
        units = _TIME_UNITS
    if str(unit.value).lower() not in units:
        raise TemporalError(f"a {result} can be truncated to {', '.join(sorted(units))}")


def difference(name: str, start: Bound, end: Bound) -> Bound:
    """`duration.between|inDays|inMonths|inSeconds(start, end)`. Raises `TemporalError`."""
    macro = "cw_span_" + name.partition(".")[2]
    if not {start.type.kind, end.type.kind} & (_ZONED | {Kind.ANY}):
        macro += "_local"
    template = f"{macro}({parts_of(start, '{0}')}, {parts_of(end, '{1}')})"
    return Op(type=DURATION, template=template, arguments=(start, end))


def plus(value: Bound, span: Bound) -> Bound:
    """A temporal value or a duration, and a duration. Raises `TemporalError`."""
    name = NAMES[value.type.kind]
    if isinstance(value, Const) and isinstance(span, Const):
        found = _constant(temporal_constants.plus, name, value.value, span.value)
        if found is not None:
            return Const(type=value.type, value=found)
    macro = "cw_durations_sum" if name == "duration" else f"cw_{name}_plus"
    return Op(type=value.type, template=f"{macro}({{0}}, {{1}})", arguments=(value, span))


def negated(span: Bound) -> Bound:
    """A duration the other way. Raises `TemporalError`."""
    if isinstance(span, Const):
        found = _constant(temporal_constants.negated, span.value)
        if found is not None:
            return Const(type=DURATION, value=found)
    return Op(type=DURATION, template="cw_negated({0})", arguments=(span,))


def scaled(span: Bound, number: Bound, operator: str) -> Bound:
    """A duration times or by a number."""
    macro = "cw_duration_divided"
    if operator == "*":
        whole = number.type.kind is Kind.INTEGER
        macro = "cw_duration_times" if whole else "cw_duration_scaled"
    return Op(type=DURATION, template=f"{macro}({{0}}, {{1}})", arguments=(span, number))


def _constant(calculate: Any, *arguments: Any) -> Any | None:
    if None in arguments:
        return None
    try:
        return calculate(*arguments)
    except ValueError as error:
        raise TemporalError(str(error)) from None


def _over(result: Type, source: str, sql: str, *subjects: Bound) -> Bound:
    template = f"list_transform([{source}], lambda p: {sql})[1]"
    return Op(type=result, template=template, arguments=subjects)


def needs_argument(arguments: Sequence[Bound]) -> bool:
    """Whether an argument is null, which makes the result null."""
    return any(argument.type.kind is Kind.NULL for argument in arguments)
