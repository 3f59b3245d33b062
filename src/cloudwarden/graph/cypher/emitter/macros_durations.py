"""Macros over durations: `STRUCT(a, b, d, m, s)`, average, nanoseconds, days, months, seconds.

Months, days and seconds are kept apart, nanoseconds are from 0 to 999,999,999. The average length
in seconds, a month being 2,629,746 of them, comes first because durations sort by it; the rest
decides what is equal.
"""

from __future__ import annotations

from cloudwarden.graph.cypher.emitter.chain import arguments, chain, macros, pack, unless_null

_PLUS = arguments("x", "v")


def _rest(value: str, nanoseconds: str) -> str:
    return f"CAST(round(({value} - trunc({value})) * {nanoseconds}) AS HUGEINT)"


def _whole(value: str) -> str:
    return f"CAST(trunc({value}) AS HUGEINT)"


def _fields(template: str) -> str:
    return ", ".join(template.format(field=field) for field in "mdsb")


MACROS = macros(
    {
        "cw_duration(m, d, s, n)": chain(
            arguments("m", "d", "s", "n"),
            pack(
                m="CAST(p.m AS BIGINT)",
                d="CAST(p.d AS BIGINT)",
                c="p.n // 1000000000 - CASE WHEN p.n % 1000000000 < 0 THEN 1 ELSE 0 END",
                s="p.s",
                n="p.n",
            ),
            pack(
                "m",
                "d",
                s="CAST(p.s + p.c AS BIGINT)",
                n="CAST(p.n - p.c * 1000000000 AS BIGINT)",
            ),
            unless_null(
                "m d s",
                "struct_pack(a := p.m * 2629746 + p.d * 86400 + p.s, b := p.n, d := p.d, "
                "m := p.m, s := p.s)",
            ),
        ),
        # Months; the nanoseconds of days and of parts of months; those of less than a day.
        "cw_carried(m, d, n)": chain(
            arguments("m", "d", "n"),
            "cw_duration(p.m, p.d // 86400000000000, 0, p.n + p.d % 86400000000000)",
        ),
        "cw_negated(v)": chain("v", "cw_duration(-p.m, -p.d, -p.s, -p.b)"),
        "cw_durations_sum(x, v)": chain(
            _PLUS, f"cw_duration({_fields('p.x.{field} + p.v.{field}')})"
        ),
        "cw_duration_times(x, v)": chain(
            _PLUS, f"cw_duration({_fields('CAST(p.x.{field} AS HUGEINT) * p.v')})"
        ),
        "cw_duration_of(m, d, s, n)": chain(
            "struct_pack(m := CAST(m AS DOUBLE), d := CAST(d AS DOUBLE), "
            "s := CAST(s AS DOUBLE), n := CAST(n AS DOUBLE))",
            f"cw_carried({_whole('p.m')}, {_rest('p.m', '2629746000000000.0')} "
            f"+ {_whole('p.d')} * 86400000000000 + {_rest('p.d', '86400000000000.0')}, "
            f"{_whole('p.s')} * 1000000000 + {_rest('p.s', '1000000000.0')} + {_whole('p.n')})",
        ),
        "cw_duration_scaled(x, v)": chain(
            _PLUS, f"cw_duration_of({_fields('p.x.{field} * p.v')})"
        ),
        "cw_duration_divided(x, v)": chain(
            "struct_pack(x := x, v := CAST(v AS DOUBLE))",
            pack("x", v="CASE WHEN p.v = 0 THEN cw_fail('division by zero') ELSE p.v END"),
            f"cw_duration_of({_fields('p.x.{field} / p.v')})",
        ),
        "cw_date_plus(x, v)": chain(
            _PLUS, "cw_any_day(cw_plus_months(p.x, p.v.m) + p.v.d + p.v.s // 86400)"
        ),
        "cw_localtime_plus(x, v)": chain(
            _PLUS, "cw_wall_time(p.x + p.v.s % 86400 * 1000000000 + p.v.b)"
        ),
        "cw_time_plus(x, v)": chain(
            _PLUS,
            unless_null(
                "x v",
                "struct_pack(t := cw_wall_time(p.x.t + p.x.u * 1000000000 "
                "+ p.v.s % 86400 * 1000000000 + p.v.b) - p.x.u * 1000000000, u := p.x.u)",
            ),
        ),
        "cw_localdatetime_plus(x, v)": chain(
            _PLUS,
            pack(
                d="cw_plus_months(p.x.d, p.v.m) + p.v.d + p.v.s // 86400",
                t="p.x.t + p.v.s % 86400 * 1000000000 + p.v.b",
            ),
            unless_null(
                "d t",
                "struct_pack(d := cw_any_day(p.d + cw_wall_days(p.t)), t := cw_wall_time(p.t))",
            ),
        ),
        # Months and days move the date on the wall, the rest is time that passes.
        "cw_datetime_plus(x, v)": chain(
            _PLUS,
            pack("v", m="CASE WHEN p.v.m = 0 AND p.v.d = 0 THEN p.x ELSE "
                 "cw_datetime_moved(cw_parts_datetime(p.x), p.v) END"),
            "cw_moment_at(p.m.d + p.v.s // 86400, p.m.t + p.v.s % 86400 * 1000000000 + p.v.b, "
            "p.m.z, p.m.u)",
        ),
        "cw_datetime_moved(x, v)": chain(
            _PLUS, "cw_moment(cw_plus_months(p.x.d, p.v.m) + p.v.d, p.x.t, p.x.z, p.x.u)"
        ),
    }
)  # fmt: skip
