"""Macros over moments: time zones, and the parts that a temporal value of any type has.

The parts of a value are `STRUCT(d, t, u, z)`: its day, its nanosecond of the day, its offset from
UTC in seconds, the name of its time zone; what it has not is null, and an offset that is no named
zone's has the name ''. Day and nanosecond are those on the wall. A stored date-time has the same
fields, day and nanosecond being UTC's. Fields are named so that the more significant ones come
first in the alphabet: DuckDB compares objects in a VARIANT by their keys in that order.
"""

from __future__ import annotations

from cloudwarden.graph.cypher.emitter.chain import arguments, chain, macros, pack, unless_null

DAY = 86_400_000_000_000
_NO_NUMBER = "CAST(NULL AS BIGINT)"
_NO_TEXT = "CAST(NULL AS VARCHAR)"

#: From `d, t, z, o` on the wall to the moment; `o` is the offset to prefer where a zone has two.
#: Like Java: of a repeated time the first, and a skipped time moves on by what was skipped.
_MOMENT_STEPS = (
    pack("d", "t", "z", "u", i="cw_zone_micros(p.d, p.t)"),
    pack(
        "d",
        "t",
        "z",
        "u",
        "i",
        a="CASE WHEN p.z <> '' THEN cw_zone_at(p.z, p.i - 86400000000) END",
        b="CASE WHEN p.z <> '' THEN cw_zone_at(p.z, p.i + 86400000000) END",
    ),
    pack(
        "d",
        "t",
        "z",
        "i",
        plain="p.z = '' OR p.a = p.b",
        s="CASE WHEN p.z = '' THEN coalesce(p.u, 0) WHEN p.a = p.b THEN p.a "
        "WHEN cw_zone_at(p.z, p.i - p.u * 1000000) = p.u THEN p.u "
        "WHEN cw_zone_at(p.z, p.i - p.a * 1000000) <> p.a "
        "AND cw_zone_at(p.z, p.i - p.b * 1000000) = p.b THEN p.b ELSE p.a END",
    ),
    unless_null(
        "d t z",
        "struct_pack(d := p.d + cw_wall_days(p.t - p.s * 1000000000), "
        "t := cw_wall_time(p.t - p.s * 1000000000), u := CASE WHEN p.plain THEN p.s "
        "ELSE cw_zone_at(p.z, p.i - p.s * 1000000) END, z := p.z)",
    ),
)


def _parts(d: str = _NO_NUMBER, t: str = _NO_NUMBER, u: str = _NO_NUMBER, z: str = _NO_TEXT) -> str:
    return unless_null("", f"struct_pack(d := {d}, t := {t}, u := {u}, z := {z})")


_SAME = {"t": "p.t", "u": "p.u", "z": "p.z"}

MACROS = macros(
    {
        "cw_wall_days(t)": f"(t + {4 * DAY}) // {DAY} - 4",
        "cw_wall_time(t)": f"(t + {4 * DAY}) % {DAY}",
        "cw_zone_micros(d, t)": (
            "greatest(-700000, CASE WHEN d > 2900000 THEN 2056315 + (d - 10957) % 146097 "
            "ELSE d END) * 86400000000 + t // 1000"
        ),
        "cw_zone_at(z, i)": "(epoch_us(timezone(z, make_timestamptz(i))) - i) // 1000000",
        "cw_moment(d, t, z, u)": chain(arguments("d", "t", "z", "u"), *_MOMENT_STEPS),
        "cw_moment_at(d, t, z, u)": chain(
            "struct_pack(d := cw_any_day(d + cw_wall_days(t)), t := cw_wall_time(t), "
            "z := z, u := u)",
            unless_null(
                "d t z",
                "struct_pack(d := p.d, t := p.t, u := CASE WHEN p.z = '' THEN coalesce(p.u, 0) "
                "ELSE cw_zone_at(p.z, cw_zone_micros(p.d, p.t)) END, z := p.z)",
            ),
        ),
        "cw_in_zone(m, z, u)": chain(
            arguments("m", "z", "u"), "cw_moment_at(p.m.d, p.m.t, p.z, p.u)"
        ),
        "cw_agreed(m, u, what)": chain(
            arguments("m", "u", "what"),
            unless_null(
                "m",
                "struct_pack(d := CASE WHEN p.u IS NULL OR p.m.z = '' OR p.m.u = p.u THEN p.m.d "
                "ELSE cw_fail('the time zone and the offset do not agree in ' || p.what) END, "
                "t := p.m.t, u := p.m.u, z := p.m.z)",
            ),
        ),
        "cw_parts_date(x)": chain("x", _parts(d="p")),
        "cw_parts_localtime(x)": chain("x", _parts(t="p")),
        "cw_parts_time(x)": chain("x", _parts(t="p.t + p.u * 1000000000", u="p.u", z="''")),
        "cw_parts_localdatetime(x)": chain("x", _parts(d="p.d", t="p.t")),
        "cw_parts_datetime(x)": chain(
            "x",
            _parts(
                d="p.d + cw_wall_days(p.t + p.u * 1000000000)",
                t="cw_wall_time(p.t + p.u * 1000000000)",
                u="p.u",
                z="p.z",
            ),
        ),
        "cw_with_date(w)": chain(
            "w", _parts(d="coalesce(p.d, cw_fail('a time has no date'))", **_SAME)
        ),
        "cw_with_time(w)": chain(
            "w", _parts(**{**_SAME, "t": "coalesce(p.t, cw_fail('a date has no time'))"}, d="p.d")
        ),
        "cw_make_date(w)": "cw_with_date(w).d",
        "cw_make_localtime(w)": "cw_with_time(w).t",
        "cw_make_time(w)": chain(
            "cw_with_time(w)",
            unless_null(
                "",
                "struct_pack(t := p.t - coalesce(p.u, 0) * 1000000000, u := coalesce(p.u, 0))",
            ),
        ),
        "cw_make_localdatetime(w)": chain(
            "cw_with_date(w)", unless_null("", "struct_pack(d := p.d, t := coalesce(p.t, 0))")
        ),
        "cw_make_datetime(w)": chain(
            "cw_with_date(w)",
            "struct_pack(d := p.d, t := coalesce(p.t, 0), z := coalesce(p.z, ''), u := p.u)",
            *_MOMENT_STEPS,
        ),
        "cw_truncated(unit, w)": chain(
            arguments("unit", "w"),
            unless_null(
                "w",
                "struct_pack(d := CASE WHEN p.w.d IS NOT NULL "
                "THEN cw_truncated_day(p.unit, p.w.d) END, "
                "t := cw_truncated_time(p.unit, coalesce(p.w.t, 0)), u := p.w.u, z := p.w.z)",
            ),
        ),
        "cw_clock(h, m, s, n)": (
            "cw_checked(h, 0, 23, 'an hour') * 3600000000000 "
            "+ cw_checked(m, 0, 59, 'a minute') * 60000000000 "
            "+ cw_checked(s, 0, 59, 'a second') * 1000000000 "
            "+ cw_checked(n, 0, 999999999, 'the nanoseconds of a second')"
        ),
    }
)
