"""Macros that write temporal values as texts, as Neo4j prints them, and read them from texts.

What is read in a query's own text is read by `cypher/temporal_texts.py`; the two must agree.
"""

from __future__ import annotations

from cloudwarden.graph.cypher import temporal_patterns as patterns
from cloudwarden.graph.cypher.emitter.chain import arguments, chain, macros, pack, unless_null
from cloudwarden.graph.cypher.emitter.macros_calendar import PERIOD_STEPS


def groups(text: str, pattern: str) -> str:
    """The named groups that a pattern finds in a whole text, as a struct; all '' if it does not."""
    parts = pattern.split("(?P<")
    names = [part.partition(">")[0] for part in parts[1:]]
    plain = "(".join([parts[0], *(part.partition(">")[2] for part in parts[1:])])
    listed = ", ".join(f"'{name}'" for name in names)
    return f"regexp_extract({text}, '^(?:{plain})$', [{listed}])"


def _number(text: str, otherwise: int) -> str:
    return f"CASE WHEN {text} = '' THEN {otherwise} ELSE CAST({text} AS BIGINT) END"


_DATE_STEPS = (
    pack("whole", "what", g=groups("p.text", patterns.DATE)),
    pack(
        g="p.g",
        y="CASE WHEN p.g.y = '' THEN cw_not_a(p.whole, p.what) ELSE CAST(p.g.y AS BIGINT) END",
        m=_number("(p.g.m || p.g.bm)", 1),
        n=_number("(p.g.d || p.g.bd || p.g.wd || p.g.qd || p.g.od)", 1),
        w=_number("p.g.w", 0),
        q=_number("p.g.q", 0),
    ),
    pack(
        x="12 * p.y + CASE WHEN p.q <> 0 THEN 3 * cw_checked(p.q, 1, 4, 'a quarter') - 3 "
        "WHEN p.g.od = '' AND p.g.w = '' THEN cw_checked(p.m, 1, 12, 'a month') - 1 ELSE 0 END",
        k="CASE WHEN p.g.q <> '' THEN 3 WHEN p.g.od <> '' OR p.g.w <> '' THEN 12 ELSE 1 END",
        w="p.g.w <> ''",
        n="CASE WHEN p.g.w = '' THEN p.n ELSE 7 * cw_checked(p.w, 1, 53, 'a week') - 7 "
        "+ cw_checked(p.n, 1, 7, 'a day of the week') END",
        what="'the day in a date'",
    ),
    *PERIOD_STEPS,
)
_TIME_STEPS = (
    pack("whole", "what", g=groups("p.text", patterns.TIME)),
    unless_null(
        "g",
        "CASE WHEN p.g.h || p.g.bh = '' THEN cw_not_a(p.whole, p.what) ELSE cw_clock("
        "CAST(p.g.h || p.g.bh AS BIGINT), CAST('0' || p.g.i || p.g.bi AS BIGINT), "
        "CAST('0' || p.g.s || p.g.bs AS BIGINT), "
        "CAST(rpad(p.g.f || p.g.bf, 9, '0') AS BIGINT)) END",
    ),
)
_AMOUNT_STEPS = (
    "replace(p, ',', '.')",
    "CASE WHEN p = '' THEN CAST(0 AS HUGEINT) ELSE CAST(split_part(p, '.', 1) AS HUGEINT) "
    "* 1000000000 + CASE WHEN p[1] = '-' THEN -1 ELSE 1 END "
    "* CAST(rpad(split_part(p, '.', 2), 9, '0') AS BIGINT) END",
)


def _amounts(source: str, units: str) -> str:
    """Texts with up to nine decimals as whole numbers of thousand-millionths."""
    return ", ".join(
        f"{unit} := {chain(f'{source}.{unit}', *_AMOUNT_STEPS)}" for unit in units.split()
    )


_UNITS = "years months weeks days hours minutes seconds"
_SPELT = "CASE WHEN p.h.years <> '' THEN p.h.{unit} ELSE p.g.{unit} END"
_DURATION_STEPS = (
    pack(
        "whole",
        g=groups("p.whole", patterns.DURATION),
        h=groups("p.whole", patterns.DURATION_AS_DATE),
    ),
    unless_null(
        "whole",
        "CASE WHEN p.h.years = '' AND (p.g.t = 'T' OR "
        "p.g.years || p.g.months || p.g.weeks || p.g.days || p.g.t = '') "
        "THEN cw_not_a(p.whole, 'a duration such as P90D or PT12H') ELSE "
        + pack(
            k="CASE WHEN p.h.sign || p.g.sign LIKE '-%' THEN -1 ELSE 1 END",
            **{
                unit: "p.g.weeks" if unit == "weeks" else _SPELT.format(unit=unit)
                for unit in _UNITS.split()
            },
        )
        + " END",
    ),
    f"struct_pack(k := p.k, {_amounts('p', _UNITS)})",
    pack(
        "k",
        m="12 * p.years + p.months",
        d="7 * p.weeks + p.days",
        s="3600 * p.hours + 60 * p.minutes + p.seconds",
    ),
    "cw_carried(p.k * (p.m // 1000000000), "
    "p.k * (p.m % 1000000000 * 2629746 + p.d * 86400), p.k * p.s)",
)
_MOMENT_STEPS = (
    pack("whole", "what", g=groups("p.whole", patterns.MOMENT)),
    unless_null(
        "whole",
        "struct_pack(whole := p.whole, d := cw_day_of_text(p.g.date, p.whole, p.what), "
        "t := CASE WHEN p.g.time = '' THEN 0 ELSE cw_time_of_text(p.g.time, p.whole, p.what) END, "
        "u := cw_offset_of_text(p.g.offset), z := p.g.zone)",
    ),
)


def _unit(number: str, unit: str) -> str:
    return f"CASE WHEN {number} = 0 THEN '' ELSE CAST({number} AS VARCHAR) || '{unit}' END"


MACROS = macros(
    {
        "cw_two(n)": "lpad(CAST(n AS VARCHAR), 2, '0')",
        "cw_year_text(y)": (
            "CASE WHEN y > 9999 THEN '+' || y WHEN y < -9999 THEN CAST(y AS VARCHAR) "
            "ELSE CASE WHEN y < 0 THEN '-' ELSE '' END || lpad(CAST(abs(y) AS VARCHAR), 4, '0') END"
        ),
        "cw_date_text(d)": chain(
            "struct_pack(y := cw_year(d), c := cw_cycle_day(d))",
            "cw_year_text(p.y) || strftime(p.c, '-%m-%d')",
        ),
        "cw_fraction_text(n)": (
            "CASE WHEN n = 0 THEN '' WHEN n % 1000000 = 0 THEN '.' || lpad(CAST(n // 1000000 AS "
            "VARCHAR), 3, '0') WHEN n % 1000 = 0 THEN '.' || lpad(CAST(n // 1000 AS VARCHAR), 6, "
            "'0') ELSE '.' || lpad(CAST(n AS VARCHAR), 9, '0') END"
        ),
        "cw_time_text(t)": chain(
            "t",
            "cw_two(p // 3600000000000) || ':' || cw_two(p // 60000000000 % 60) "
            "|| CASE WHEN p % 60000000000 = 0 THEN '' ELSE ':' || cw_two(p // 1000000000 % 60) "
            "|| cw_fraction_text(p % 1000000000) END",
        ),
        "cw_offset_text(u)": chain(
            "struct_pack(u := u, a := abs(u))",
            "CASE WHEN p.u = 0 THEN 'Z' ELSE CASE WHEN p.u < 0 THEN '-' ELSE '+' END "
            "|| cw_two(p.a // 3600) || ':' || cw_two(p.a // 60 % 60) "
            "|| CASE WHEN p.a % 60 = 0 THEN '' ELSE ':' || cw_two(p.a % 60) END END",
        ),
        "cw_parts_text(w)": chain(
            "w",
            unless_null(
                "",
                "coalesce(cw_date_text(p.d), '') || CASE WHEN p.d IS NOT NULL AND p.t IS NOT NULL "
                "THEN 'T' ELSE '' END || coalesce(cw_time_text(p.t), '') "
                "|| coalesce(cw_offset_text(p.u), '') "
                "|| CASE WHEN p.z <> '' THEN '[' || p.z || ']' ELSE '' END",
            ),
        ),
        "cw_duration_text(v)": chain(
            "struct_pack(m := v.m, d := v.d, s := v.s, n := v.b, "
            "l := CASE WHEN v.s < 0 AND v.b > 0 THEN 1 ELSE 0 END)",
            pack(
                y="p.m // 12",
                m="p.m % 12",
                d="p.d",
                h="(p.s + p.l) // 3600",
                i="(p.s + p.l) // 60 % 60",
                s="(p.s + p.l) % 60",
                n="p.n - p.l * 1000000000",
                t="p.s <> 0 OR p.n <> 0",
            ),
            f"CASE WHEN NOT p.t AND p.y = 0 AND p.m = 0 AND p.d = 0 THEN 'PT0S' ELSE 'P' "
            f"|| {_unit('p.y', 'Y')} || {_unit('p.m', 'M')} || {_unit('p.d', 'D')} "
            f"|| CASE WHEN p.t THEN 'T' || {_unit('p.h', 'H')} || {_unit('p.i', 'M')} "
            "|| CASE WHEN p.s = 0 AND p.n = 0 THEN '' ELSE "
            "CASE WHEN p.n < 0 AND p.s = 0 THEN '-' ELSE '' END || p.s || CASE WHEN p.n = 0 "
            "THEN '' ELSE '.' || rtrim(lpad(CAST(abs(p.n) AS VARCHAR), 9, '0'), '0') END || 'S' "
            "END ELSE '' END END",
        ),
        "cw_not_a(text, what)": "error('cypher: ''' || text || ''' is not ' || what)",
        "cw_day_of_text(text, whole, what)": chain(
            arguments("text", "whole", "what"), *_DATE_STEPS
        ),
        "cw_time_of_text(text, whole, what)": chain(
            arguments("text", "whole", "what"), *_TIME_STEPS
        ),
        "cw_offset_of_text(text)": chain(
            "replace(text, ':', '')",
            "CASE WHEN p = '' THEN NULL WHEN upper(p) = 'Z' THEN 0 ELSE cw_checked("
            "CASE WHEN p[1] = '-' THEN -1 ELSE 1 END * (CAST(p[2:3] AS BIGINT) * 3600 + "
            "cw_checked(CAST('0' || p[4:5] AS BIGINT), 0, 59, 'a minute') * 60 + "
            "cw_checked(CAST('0' || p[6:7] AS BIGINT), 0, 59, 'a second')), "
            "-64800, 64800, 'an offset in seconds') END",
        ),
        "cw_is_offset(text)": f"regexp_full_match(text, '{patterns.OFFSET}')",
        "cw_zone_name(text)": chain("text", "CASE WHEN cw_is_offset(p) THEN '' ELSE p END"),
        "cw_zone_fixed(text)": chain(
            "text", "CASE WHEN cw_is_offset(p) THEN cw_offset_of_text(p) END"
        ),
        "cw_text_date(text)": chain(
            "text",
            "CASE WHEN p LIKE '____-__-__' AND TRY_CAST(p AS DATE) IS NOT NULL "
            "THEN TRY_CAST(p AS DATE) - DATE '1970-01-01' ELSE cw_day_of_text(p, p, 'a date') END",
        ),
        "cw_text_localtime(text)": chain("text", "cw_time_of_text(p, p, 'a local time')"),
        "cw_text_time(text)": chain(
            "text",
            pack(whole="p", g=groups("p", patterns.ZONED_TIME)),
            unless_null(
                "whole",
                "struct_pack(t := cw_time_of_text(p.g.time, p.whole, 'a time'), "
                "u := coalesce(cw_offset_of_text(p.g.offset), 0))",
            ),
            unless_null("", "struct_pack(t := p.t - p.u * 1000000000, u := p.u)"),
        ),
        "cw_text_localdatetime(text)": chain(
            "struct_pack(whole := text, what := 'a local date and time')",
            *_MOMENT_STEPS,
            unless_null(
                "",
                "CASE WHEN p.u IS NOT NULL OR p.z <> '' "
                "THEN cw_not_a(p.whole, 'a local date and time') "
                "ELSE struct_pack(d := p.d, t := p.t) END",
            ),
        ),
        "cw_text_datetime(text)": chain(
            "text",
            "CASE WHEN p LIKE '____-__-__T__:__:__Z' AND p[12:13] <> '24' AND p[1] <> '0' "
            "AND TRY_CAST(p AS TIMESTAMP) IS NOT NULL THEN cw_plain_moment("
            "epoch_ms(TRY_CAST(p AS TIMESTAMP))) ELSE cw_full_moment(p) END",
        ),
        "cw_plain_moment(ms)": chain(
            "ms + 86400000000000",
            "struct_pack(d := p // 86400000 - 1000000, t := p % 86400000 * 1000000, "
            "u := CAST(0 AS BIGINT), z := '')",
        ),
        "cw_full_moment(text)": chain(
            "struct_pack(whole := text, what := 'a date and time')",
            *_MOMENT_STEPS,
            unless_null("", "cw_agreed(cw_moment(p.d, p.t, p.z, p.u), p.u, p.whole)"),
        ),
        "cw_text_duration(text)": chain("struct_pack(whole := text)", *_DURATION_STEPS),
    }
)
