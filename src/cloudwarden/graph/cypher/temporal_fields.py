"""The fields that a temporal value is built of, and its time of day out of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from cloudwarden.graph.cypher.bound import Bound, Op
from cloudwarden.graph.cypher.emitter.chain import chain
from cloudwarden.graph.cypher.temporal import TemporalError
from cloudwarden.graph.cypher.types import Kind, Type

_CLOCK = ("hour", "minute", "second")
#: Parts of a second, each with its nanoseconds; the largest that is named bounds the others.
FRACTIONS = {"millisecond": 1_000_000, "microsecond": 1000, "nanosecond": 1}
TIME_FIELDS = frozenset({*_CLOCK, *FRACTIONS})
_DATED = frozenset({Kind.DATE, Kind.LOCALDATETIME, Kind.DATETIME})


@dataclass(slots=True)
class Fields:
    """The named values, as fields of `p` in the SQL that is being written."""

    result: Type
    names: set[str]
    places: dict[str, str] = field(default_factory=dict)
    arguments: list[Bound] = field(default_factory=list)

    def give(self, name: str, value: Bound, template: str = "{}") -> None:
        """Bind `p.name` to a value."""
        self.places[name] = template.replace("{}", f"{{{len(self.arguments)}}}")
        self.arguments.append(value)

    def packed(self) -> str:
        """The struct that is `p`."""
        return f"struct_pack({', '.join(f'{n} := {sql}' for n, sql in self.places.items())})"

    def build(self, *steps: str) -> Bound:
        """The value of the last step."""
        template = chain(self.packed(), *steps)
        return Op(type=self.result, template=template, arguments=tuple(self.arguments))


def part_or(names: set[str], name: str, base: str, sql: str, otherwise: str = "1") -> str:
    """A named part, or the same part of a base, or a default."""
    if name in names:
        return f"p.{name}"
    return sql.format(base) if base else otherwise


def clock_of(fields: Fields, base: str | None, unit: Bound | None = None) -> str:
    """The SQL of the nanosecond of the day."""
    names = fields.names
    named = names & TIME_FIELDS
    time = f"coalesce(p.{base}.t, CASE WHEN p.{base} IS NOT NULL THEN 0 END)" if base else ""
    if not named:
        if not base and fields.result.kind not in _DATED:
            raise TemporalError("a time needs an hour")
        return time or "0"
    if not base:
        _check_order(names)
    hour = part_or(names, "hour", time, "{} // 3600000000000", "0")
    minute = part_or(names, "minute", time, "{} // 60000000000 % 60", "0")
    second = part_or(names, "second", time, "{} // 1000000000 % 60", "0")
    return f"cw_clock({hour}, {minute}, {second}, {fraction(names, time, unit)})"


def _check_order(names: set[str]) -> None:
    missing = None
    for name in _CLOCK:
        if name in names and missing:
            raise TemporalError(f"{name} needs {missing}")
        missing = missing or (None if name in names else name)
    if missing and names & set(FRACTIONS):
        raise TemporalError(f"{min(names & set(FRACTIONS))} needs {missing}")


def fraction(names: set[str], time: str, unit: Bound | None) -> str:
    """The SQL of the nanoseconds of a second; `unit` is what the time was truncated to."""
    named = [name for name in FRACTIONS if name in names]
    if not named:
        return f"({time}) % 1000000000" if time else "0"
    terms = []
    limit = 1_000_000_000
    for name in named:
        size = FRACTIONS[name]
        terms.append(f"cw_checked(p.{name}, 0, {limit // size - 1}, 'a {name}') * {size}")
        limit = size
    if unit is not None:
        # What truncation left is added to, unless the same unit or a larger one is named.
        larger = [name for name in FRACTIONS if FRACTIONS[name] > FRACTIONS[named[0]]]
        kept = ", ".join(f"'{name}'" for name in larger)
        if kept:
            terms.append(
                f"CASE WHEN lower(p.unit) IN ({kept}) THEN ({time}) % 1000000000 ELSE 0 END"
            )
    return " + ".join(terms)
