"""Macros over temporal values whose type is only known row by row.

Inside a VARIANT such a value is an object with one key that tells its type, `~date`, `~time`,
`~localtime`, `~datetime`, `~localdatetime` or `~duration`, and the stored value under it.
"""

from __future__ import annotations

from collections.abc import Mapping

from cloudwarden.graph.cypher.emitter.chain import chain
from cloudwarden.graph.cypher.types import Kind, Type, sql_type

#: How each type is stored, by the name of the function that makes it.
STORED: Mapping[str, str] = {
    kind.value.lower(): sql_type(Type(kind))
    for kind in (
        Kind.DATE, Kind.LOCALTIME, Kind.TIME, Kind.LOCALDATETIME, Kind.DATETIME, Kind.DURATION
    )
}  # fmt: skip
#: Their names in `valueType()`.
_NAMES = {
    "date": "DATE",
    "localtime": "LOCAL TIME",
    "time": "ZONED TIME",
    "localdatetime": "LOCAL DATETIME",
    "datetime": "ZONED DATETIME",
    "duration": "DURATION",
}
_WITH_PARTS = tuple(name for name in STORED if name != "duration")

#: A component's SQL over the parts `p` of a value, and which of them it needs.
COMPONENTS: Mapping[str, tuple[str, str]] = {
    "year": ("d", "cw_year(p.d)"),
    "quarter": ("d", "quarter(cw_cycle_day(p.d))"),
    "month": ("d", "month(cw_cycle_day(p.d))"),
    "week": ("d", "weekofyear(cw_cycle_day(p.d))"),
    "weekYear": ("d", "cw_week_year(p.d)"),
    "day": ("d", "day(cw_cycle_day(p.d))"),
    "ordinalDay": ("d", "dayofyear(cw_cycle_day(p.d))"),
    "weekDay": ("d", "isodow(cw_cycle_day(p.d))"),
    "dayOfWeek": ("d", "isodow(cw_cycle_day(p.d))"),
    "dayOfQuarter": ("d", "cw_quarter_day(p.d)"),
    "hour": ("t", "p.t // 3600000000000"),
    "minute": ("t", "p.t // 60000000000 % 60"),
    "second": ("t", "p.t // 1000000000 % 60"),
    "millisecond": ("t", "p.t // 1000000 % 1000"),
    "microsecond": ("t", "p.t // 1000 % 1000000"),
    "nanosecond": ("t", "p.t % 1000000000"),
    "timezone": ("u", "CASE WHEN p.z = '' THEN cw_offset_text(p.u) ELSE p.z END"),
    "offset": ("u", "cw_offset_text(p.u)"),
    "offsetMinutes": ("u", "p.u // 60"),
    "offsetSeconds": ("u", "p.u"),
    "epochSeconds": ("dtu", "p.d * 86400 + p.t // 1000000000 - p.u"),
    "epochMillis": ("dtu", "p.d * 86400000 + p.t // 1000000 - p.u * 1000"),
}
#: Components that are texts; all others are integers.
TEXT_COMPONENTS = frozenset({"timezone", "offset"})

#: A duration's components, over the duration `p`.
DURATION_COMPONENTS: Mapping[str, str] = {
    "years": "p.m // 12",
    "quarters": "p.m // 3",
    "months": "p.m",
    "weeks": "p.d // 7",
    "days": "p.d",
    "hours": "p.s // 3600",
    "minutes": "p.s // 60",
    "seconds": "p.s",
    "milliseconds": "p.s * 1000 + p.b // 1000000",
    "microseconds": "p.s * 1000000 + p.b // 1000",
    "nanoseconds": "p.s * 1000000000 + p.b",
    "quartersOfYear": "p.m // 3 % 4",
    "monthsOfYear": "p.m % 12",
    "monthsOfQuarter": "p.m % 3",
    "daysOfWeek": "p.d % 7",
    "minutesOfHour": "p.s // 60 % 60",
    "secondsOfMinute": "p.s % 60",
    "millisecondsOfSecond": "p.b // 1000000",
    "microsecondsOfSecond": "p.b // 1000",
    "nanosecondsOfSecond": "p.b",
}


def _per_type(template: str, names: tuple[str, ...] = tuple(STORED)) -> str:
    return "\n    ".join(
        template.format(name=name, sql=STORED[name], shown=_NAMES[name]) for name in names
    )


def _own_macros() -> str:
    macros = []
    for name, sql in STORED.items():
        shown = _NAMES[name].lower()
        macros.append(
            f"cw_{name}_in(v) AS\n    (CAST(variant_extract(v, '~{name}') AS {sql}))\n\n"
            f"cw_as_{name}(v) AS\n    (cw_{name}_in(CASE WHEN v IS NULL OR "
            f"variant_typeof(v) = 'OBJECT(~{name})' THEN v\n    ELSE "
            f"CAST(cw_fail('expected a {shown}, found ' || cw_kind(v)) AS VARIANT) END))\n\n"
            f'cw_tagged_{name}(x) AS\n    (CAST(struct_pack("~{name}" := x) AS VARIANT))'
        )
    for name in _WITH_PARTS:
        macros.append(
            f"cw_any_{name}(v) AS\n    (list_transform([v], lambda p: CASE WHEN p IS NULL "
            f"THEN NULL\n    WHEN cw_is_string(p) THEN cw_text_{name}(CAST(p AS VARCHAR))\n"
            f"    ELSE cw_make_{name}(cw_parts_any(p)) END)[1])"
        )
    return "\n\n".join(macros)


def component_of_any(name: str, sql: str) -> str | None:
    """A component of a VARIANT that is a temporal value, as one; None if no type has it."""
    if name in DURATION_COMPONENTS:
        return f"CAST({chain(f'cw_as_duration({sql})', DURATION_COMPONENTS[name])} AS VARIANT)"
    if name not in COMPONENTS:
        return None
    needs, part = COMPONENTS[name]
    lacking = " OR ".join(f"p.{field} IS NULL" for field in needs)
    kind = "VARCHAR" if name in TEXT_COMPONENTS else "BIGINT"
    step = (
        f"CASE WHEN p IS NULL THEN NULL WHEN {lacking} THEN "
        f"CAST(cw_fail('there is no {name} in ' || cw_parts_text(p)) AS {kind}) ELSE {part} END"
    )
    return f"CAST({chain(f'cw_parts_any({sql})', step)} AS VARIANT)"


#: A field that an object in a VARIANT has not is null.
_PARTS_OF_ANY = chain(
    "v",
    "struct_pack(v := p, d := CAST(variant_extract(p, '~date') AS BIGINT), "
    "t := CAST(variant_extract(p, '~localtime') AS BIGINT), "
    "i := CAST(coalesce(variant_extract(p, '~datetime'), variant_extract(p, '~localdatetime'), "
    f"variant_extract(p, '~time')) AS {STORED['datetime']}))",
    "struct_pack(there := p.v IS NOT NULL, d := CASE WHEN p.v IS NULL OR "
    "cw_is_ordered_kind(variant_typeof(p.v)) THEN coalesce(p.d, p.i.d) "
    "ELSE cw_fail('expected a temporal value, found ' || cw_kind(p.v)) END, "
    "t := coalesce(p.t, p.i.t) + coalesce(p.i.u, 0) * 1000000000, u := p.i.u, z := p.i.z)",
    "CASE WHEN p.there THEN struct_pack(d := p.d + coalesce(cw_wall_days(p.t), 0), "
    "t := cw_wall_time(p.t), u := p.u, z := CASE WHEN p.u IS NOT NULL THEN coalesce(p.z, '') END) "
    "END",
)

MACROS = f"""
cw_is_temporal(v) AS
    (variant_typeof(v) IN ({", ".join(f"'OBJECT(~{name})'" for name in STORED)}))

cw_is_ordered_kind(s) AS
    (s IN ({", ".join(f"'OBJECT(~{name})'" for name in _WITH_PARTS)}))

cw_temporal_name(v) AS
    (CASE variant_typeof(v)
    {_per_type("WHEN 'OBJECT(~{name})' THEN '{shown}'")} END)

{_own_macros()}

cw_parts_any(v) AS
    ({_PARTS_OF_ANY})

cw_any_duration(v) AS
    (list_transform([v], lambda p: CASE WHEN p IS NULL THEN NULL
    WHEN cw_is_string(p) THEN cw_text_duration(CAST(p AS VARCHAR))
    ELSE cw_as_duration(p) END)[1])

cw_temporal_text(v) AS
    (list_transform([v], lambda p: CASE WHEN variant_typeof(p) = 'OBJECT(~duration)'
    THEN cw_duration_text(cw_duration_in(p)) ELSE cw_parts_text(cw_parts_any(p)) END)[1])

cw_temporal_plus(v, x) AS
    (list_transform([struct_pack(v := v, x := x)], lambda p: CASE variant_typeof(p.v)
    {
    _per_type(
        "WHEN 'OBJECT(~{name})' THEN cw_tagged_{name}(cw_{name}_plus(cw_{name}_in(p.v), p.x))",
        _WITH_PARTS,
    )
}
    ELSE cw_tagged_duration(cw_durations_sum(cw_as_duration(p.v), p.x)) END)[1])

cw_temporal_add(a, b) AS
    (list_transform([struct_pack(a := a, b := b)], lambda p:
    CASE WHEN variant_typeof(p.b) = 'OBJECT(~duration)'
    THEN cw_temporal_plus(p.a, cw_duration_in(p.b))
    ELSE cw_temporal_plus(p.b, cw_as_duration(p.a)) END)[1])

cw_temporal_subtract(a, b) AS
    (cw_temporal_plus(a, cw_negated(cw_as_duration(b))))

cw_temporal_multiply(a, b) AS
    (list_transform([struct_pack(a := a, b := b)], lambda p: cw_tagged_duration(
    CASE WHEN NOT cw_is_temporal(p.a) THEN CASE WHEN cw_is_integer(p.a)
    THEN cw_duration_times(cw_as_duration(p.b), CAST(p.a AS BIGINT))
    ELSE cw_duration_scaled(cw_as_duration(p.b), cw_as_float(p.a)) END
    WHEN cw_is_integer(p.b) THEN cw_duration_times(cw_as_duration(p.a), CAST(p.b AS BIGINT))
    ELSE cw_duration_scaled(cw_as_duration(p.a), cw_as_float(p.b)) END))[1])

cw_temporal_divide(a, b) AS
    (cw_tagged_duration(cw_duration_divided(cw_as_duration(a), cw_as_float(b))))
"""
