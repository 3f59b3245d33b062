"""Macros over temporal values whose type is only known row by row.

Inside a VARIANT such a value is an object with one key that tells its type, `~date`, `~time`,
`~localtime`, `~datetime`, `~localdatetime` or `~duration`, and the stored value under it.
"""

from __future__ import annotations

from collections.abc import Mapping

from cloudwarden.graph.cypher.emitter.chain import arguments, chain, macros, pack
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
    macros: list[str] = []
    for name, sql in STORED.items():
        shown = _NAMES[name].lower()
        macros.append(
            f"cw_{name}_in(v) AS\n    (CAST(variant_extract(v, '~{name}') AS {sql}))\n\n"
            f"cw_as_{name}(v) AS\n    (cw_{name}_in(CASE WHEN v IS NULL OR "
            f"variant_typeof(v) = 'OBJECT(~{name})' THEN v\n    ELSE "
            f"CAST(cw_fail('expected a {shown}, found ' || cw_kind(v)) AS VARIANT) END))\n\n"
            f'cw_tagged_{name}(x) AS\n    (CAST(struct_pack("~{name}" := x) AS VARIANT))'
        )
    macros += [
        f"cw_any_{name}(v) AS\n    (list_transform([v], lambda p: CASE WHEN p IS NULL "
        f"THEN NULL\n    WHEN cw_is_string(p) THEN cw_text_{name}(CAST(p AS VARCHAR))\n"
        f"    ELSE cw_make_{name}(cw_parts_any(p)) END)[1])"
        for name in _WITH_PARTS
    ]
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

_DURATION = "'OBJECT(~duration)'"
#: From `v`, a value of any type, and the duration `x`, null where there is none to add, to their
#: sum `r`; null where `v` is nothing that a duration is added to. `a` and `b` are passed on.
_SUM_STEPS = (
    pack("a", "b", "v", "x", s="CASE WHEN p.x IS NOT NULL THEN variant_typeof(p.v) END"),
    pack(
        "a",
        "b",
        "v",
        "x",
        "s",
        w="CASE WHEN cw_is_ordered_kind(p.s) THEN cw_parts_any(p.v) END",
        k="p.x.s // 86400",
        n="p.x.s % 86400 * 1000000000 + p.x.b",
    ),
    pack("a", "b", "v", "x", "s", "w", "k", "n", d="cw_plus_months(p.w.d, p.x.m) + p.x.d"),
    pack(
        "a",
        "b",
        "v",
        "x",
        "s",
        "w",
        "k",
        "n",
        "d",
        m="CASE WHEN p.s <> 'OBJECT(~datetime)' THEN NULL WHEN p.x.m = 0 AND p.x.d = 0 "
        "THEN cw_datetime_in(p.v) ELSE cw_moment(p.d, p.w.t, p.w.z, p.w.u) END",
    ),
    pack(
        "a",
        "b",
        r="CASE p.s WHEN 'OBJECT(~date)' THEN cw_tagged_date(cw_any_day(p.d + p.k)) "
        "WHEN 'OBJECT(~localtime)' THEN cw_tagged_localtime(cw_wall_time(p.w.t + p.n)) "
        "WHEN 'OBJECT(~time)' THEN cw_tagged_time(struct_pack("
        "t := cw_wall_time(p.w.t + p.n) - p.w.u * 1000000000, u := p.w.u)) "
        "WHEN 'OBJECT(~localdatetime)' THEN cw_tagged_localdatetime(struct_pack("
        "d := cw_any_day(p.d + p.k + cw_wall_days(p.w.t + p.n)), "
        "t := cw_wall_time(p.w.t + p.n))) "
        "WHEN 'OBJECT(~datetime)' THEN cw_tagged_datetime("
        "cw_moment_at(p.m.d + p.k, p.m.t + p.n, p.m.z, p.m.u)) "
        f"WHEN {_DURATION} THEN cw_tagged_duration(cw_durations_sum(cw_duration_in(p.v), p.x)) "
        "END",
    ),
)
_TYPES_OF_BOTH = pack("a", "b", s="variant_typeof(p.a)", t="variant_typeof(p.b)")
#: Operators and conversions of VARIANTs in the form that takes temporal values.
_OPERATORS = macros(
    {
        "cw_add_t(a, b)": chain(
            arguments("a", "b"),
            _TYPES_OF_BOTH,
            pack(
                "a",
                "b",
                v=f"CASE WHEN p.t = {_DURATION} THEN p.a ELSE p.b END",
                x=f"CASE WHEN p.t = {_DURATION} THEN cw_duration_in(p.b) "
                f"WHEN p.s = {_DURATION} THEN cw_duration_in(p.a) END",
            ),
            *_SUM_STEPS,
            "CASE WHEN p.r IS NOT NULL THEN p.r ELSE cw_add(p.a, p.b) END",
        ),
        "cw_subtract_t(a, b)": chain(
            arguments("a", "b"),
            pack(
                "a",
                "b",
                v="p.a",
                x=f"CASE WHEN variant_typeof(p.b) = {_DURATION} "
                "THEN cw_negated(cw_duration_in(p.b)) END",
            ),
            *_SUM_STEPS,
            "CASE WHEN p.r IS NOT NULL THEN p.r ELSE cw_subtract(p.a, p.b) END",
        ),
        "cw_multiply_t(a, b)": chain(
            arguments("a", "b"),
            _TYPES_OF_BOTH,
            pack(
                "a",
                "b",
                v=f"CASE WHEN p.s = {_DURATION} THEN p.b ELSE p.a END",
                x=f"CASE WHEN p.s = {_DURATION} THEN cw_duration_in(p.a) "
                f"WHEN p.t = {_DURATION} THEN cw_duration_in(p.b) END",
            ),
            "CASE WHEN p.x IS NULL OR p.v IS NULL THEN cw_multiply(p.a, p.b) "
            "WHEN cw_is_integer(p.v) "
            "THEN cw_tagged_duration(cw_duration_times(p.x, CAST(p.v AS BIGINT))) "
            "ELSE cw_tagged_duration(cw_duration_scaled(p.x, cw_as_float(p.v))) END",
        ),
        "cw_divide_t(a, b)": chain(
            arguments("a", "b"),
            f"CASE WHEN variant_typeof(p.a) = {_DURATION} AND p.b IS NOT NULL THEN "
            "cw_tagged_duration(cw_duration_divided(cw_duration_in(p.a), cw_as_float(p.b))) "
            "ELSE cw_divide(p.a, p.b) END",
        ),
        "cw_to_string_t(v)": chain(
            "v", "CASE WHEN cw_is_temporal(p) THEN cw_temporal_text(p) ELSE cw_to_string(p) END"
        ),
        "cw_string_or_null_t(v)": chain(
            "v",
            "CASE WHEN cw_is_temporal(p) THEN cw_temporal_text(p) ELSE cw_string_or_null(p) END",
        ),
    }
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

{_OPERATORS}
"""
