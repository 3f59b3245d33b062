"""Macros for what lies between two temporal values, given by their parts (`macros_zones`).

A value without a time is at midnight; one without a date is on the other's date, and one without
a zone is in the other's zone. Unless both have a date, nothing but the time counts. Months and
days are those on the wall in the first value's zone; the rest is time that passes.
"""

from __future__ import annotations

from cloudwarden.graph.cypher.emitter.chain import chain, macros, pack, unless_null

_WALL = "struct_pack(d := {d}, t := {t}, u := CAST(0 AS BIGINT), z := '')"
_AHEAD = (
    "CASE WHEN p.d2 > {d1} AND p.t2 < p.t1 THEN 1 WHEN p.d2 < {d1} AND p.t2 > p.t1 THEN -1 "
    "ELSE 0 END"
)
#: Both on one wall clock: `dated`, `d1`, `t1`, `d2`, `t2`; as moments, `m2`; the zone, `z` and `o`.
_COMMON = (
    unless_null(
        "a b",
        pack(
            dated="p.a.d IS NOT NULL AND p.b.d IS NOT NULL",
            z="coalesce(p.a.z, p.b.z, '')",
            u="coalesce(p.a.u, p.b.u)",
            d1="coalesce(p.a.d, p.b.d, 0)",
            t1="coalesce(p.a.t, 0)",
            d2="coalesce(p.b.d, p.a.d, 0)",
            t2="coalesce(p.b.t, 0)",
            z2="coalesce(p.b.z, p.a.z, '')",
            u2="coalesce(p.b.u, p.a.u)",
        ),
    ),
)
_ZONED = (
    *_COMMON,
    pack("dated", "z", "u", "d1", "t1", "d2", "t2", m2="cw_moment(p.d2, p.t2, p.z2, p.u2)"),
    pack("dated", "z", "u", "d1", "t1", "m2", w="cw_parts_datetime(cw_in_zone(p.m2, p.z, p.u))"),
    pack("dated", "z", "u", "d1", "t1", "m2", d2="p.w.d", t2="p.w.t"),
)
_LOCAL = (
    *_COMMON,
    pack("dated", "z", "u", "d1", "t1", "d2", "t2", m2=_WALL.format(d="p.d2", t="p.t2")),
)
_KEPT = ("dated", "z", "u", "d1", "t1", "d2", "t2", "m2")
_MONTHS = (
    pack(*_KEPT, e="p.d2 - " + _AHEAD.format(d1="p.d1")),
    pack(
        *_KEPT,
        m="CASE WHEN p.dated THEN (cw_packed_month(p.e) - cw_packed_month(p.d1)) // 32 ELSE 0 END",
    ),
)
_DAYS = (
    pack(*_KEPT, "m", d3="CASE WHEN p.m = 0 THEN p.d1 ELSE cw_plus_months(p.d1, p.m) END"),
    pack(
        *_KEPT,
        "m",
        "d3",
        k="CASE WHEN p.dated THEN p.d2 - p.d3 - " + _AHEAD.format(d1="p.d3") + " ELSE 0 END",
    ),
)


def _passed(moment: str) -> tuple[str, str]:
    return (
        pack("m", "k", "m2", m1=moment),
        "cw_duration(p.m, p.k, (p.m2.d - p.m1.d) * 86400, p.m2.t - p.m1.t)",
    )


_REST = {
    "_local": _passed(_WALL.format(d="p.d3 + p.k", t="p.t1")),
    "": _passed("cw_moment(p.d3 + p.k, p.t1, p.z, p.u)"),
}
_FIRST = "struct_pack(a := a, b := b)"
_NOTHING = pack(*_KEPT, m="CASE WHEN p.d1 IS NOT NULL THEN 0 END", k="0", d3="p.d1")


def _spans() -> dict[str, str]:
    found: dict[str, str] = {}
    for suffix, common in (("_local", _LOCAL), ("", _ZONED)):
        rest = _REST[suffix]
        found |= {
            f"cw_span_between{suffix}(a, b)": chain(_FIRST, *common, *_MONTHS, *_DAYS, *rest),
            f"cw_span_inmonths{suffix}(a, b)": chain(
                _FIRST,
                *common,
                *_MONTHS,
                "cw_duration(CASE WHEN p.d1 IS NOT NULL THEN p.m END, 0, 0, 0)",
            ),
            f"cw_span_indays{suffix}(a, b)": chain(
                _FIRST,
                *common,
                pack(*_KEPT, m="0"),
                *_DAYS,
                "cw_duration(CASE WHEN p.d1 IS NOT NULL THEN 0 END, p.k, 0, 0)",
            ),
            f"cw_span_inseconds{suffix}(a, b)": chain(_FIRST, *common, _NOTHING, *rest),
        }
    return found


MACROS = macros(
    {"cw_packed_month(d)": "cw_month_number(d) * 32 + day(cw_cycle_day(d))", **_spans()}
)
