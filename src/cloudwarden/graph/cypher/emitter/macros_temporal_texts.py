"""Macros that write temporal values as texts, as Neo4j prints them, and read them from texts.

What is read in a query's own text is read by `cypher/temporal_texts.py`; the two must agree.
"""

from __future__ import annotations

from cloudwarden.graph.cypher import temporal_patterns as patterns
from cloudwarden.graph.cypher.emitter.chain import chain, macros, pack, unless_null


def groups(text: str, pattern: str) -> str:
    """The named groups that a pattern finds in a whole text, as a struct; all '' if it does not."""
    parts = pattern.split("(?P<")
    names = [part.partition(">")[0] for part in parts[1:]]
    plain = "(".join([parts[0], *(part.partition(">")[2] for part in parts[1:])])
    listed = ", ".join(f"'{name}'" for name in names)
    return f"regexp_extract({text}, '^(?:{plain})$', [{listed}])"


def _number(text: str, otherwise: int) -> str:
    return f"CASE WHEN {text} = '' THEN {otherwise} ELSE CAST({text} AS BIGINT) END"


#: The parts of a date, as `_PERIOD` names them, out of the groups `g`.
_PERIOD = {
    "x": "12 * CAST(p.g.y AS BIGINT) + CASE WHEN p.g.q <> '' THEN 3 * CAST(p.g.q AS BIGINT) - 3 "
    "WHEN p.g.od = '' AND p.g.w = '' THEN " + _number("(p.g.m || p.g.bm)", 1) + " - 1 ELSE 0 END",
    "k": "CASE WHEN p.g.q <> '' THEN 3 WHEN p.g.od <> '' OR p.g.w <> '' THEN 12 ELSE 1 END",
    "w": "p.g.w <> ''",
    "n": _number("(p.g.d || p.g.bd || p.g.wd || p.g.qd || p.g.od)", 1)
    + " + CASE WHEN p.g.w <> '' THEN 7 * CAST(p.g.w AS BIGINT) - 7 ELSE 0 END",
    # What is beyond its bounds would be taken for a part of the next larger unit.
    "ok": "p.g.y <> '' AND p.g.q NOT IN ('0', '5', '6', '7', '8', '9') "
    "AND p.g.wd NOT IN ('0', '8', '9') "
    "AND CAST('0' || p.g.m || p.g.bm AS BIGINT) <= 12 AND (p.g.m || p.g.bm) NOT IN ('0', '00')",
}
_CLOCK = {
    "h": "CAST('0' || p.g.h || p.g.bh AS BIGINT)",
    "i": "CAST('0' || p.g.i || p.g.bi AS BIGINT)",
    "s": "CAST('0' || p.g.s || p.g.bs AS BIGINT)",
    "f": "CAST(rpad(p.g.f || p.g.bf, 9, '0') AS BIGINT)",
}
_OFFSET = {"o": "replace(p.g.offset, ':', '')"}
_CLOCK_OK = "p.h < 24 AND p.i < 60 AND p.s < 60"
_CLOCK_SUM = "((p.h * 60 + p.i) * 60 + p.s) * 1000000000 + p.f"
_DAY_STEPS = (
    {
        "a": "CASE WHEN p.w THEN cw_monday(cw_month_day(p.x) + 3) ELSE cw_month_day(p.x) END",
        "b": "CASE WHEN p.w THEN cw_monday(cw_month_day(p.x + p.k) + 3) "
        "ELSE cw_month_day(p.x + p.k) END",
    },
)
_DAY_OK = "p.ok AND p.n BETWEEN 1 AND p.b - p.a"
_DAY_SUM = "p.a - 1 + p.n"


def _or_not(test: str, value: str) -> str:
    """A number of a text `whole`, unless a test says that it is none of `what`."""
    return f"CASE WHEN {test} THEN {value} ELSE cw_not_a(p.whole, p.what) END"


_DATE_STEPS = (
    pack("whole", "what", g=groups("p.whole", patterns.DATE)),
    unless_null(
        "g",
        pack("whole", "what", **{**_PERIOD, "x": f"CASE WHEN p.g.y <> '' THEN {_PERIOD['x']} END"}),
    ),
    pack("whole", "what", "ok", "n", **_DAY_STEPS[0]),
    "CASE WHEN p.whole IS NOT NULL THEN " + _or_not(_DAY_OK, _DAY_SUM) + " END",
)
_TIME_STEPS = (
    pack("whole", "what", g=groups("p.whole", patterns.TIME)),
    pack("whole", "what", **_CLOCK, there="p.g.h || p.g.bh <> ''"),
    "CASE WHEN p.whole IS NOT NULL THEN "
    + _or_not(f"p.there AND {_CLOCK_OK}", _CLOCK_SUM)
    + " END",
)
_ZONED_TIME_STEPS = (
    pack("whole", "what", g=groups("p.whole", patterns.ZONED_TIME)),
    pack(
        "whole", "what", **_CLOCK, there="p.g.h || p.g.bh <> ''", u="cw_offset_of_text(p.g.offset)"
    ),
    unless_null(
        "whole",
        "struct_pack(t := "
        + _or_not(f"p.there AND {_CLOCK_OK}", _CLOCK_SUM)
        + ", u := coalesce(p.u, 0))",
    ),
)
#: To `whole, d, t, u, z`: day and time on the wall, the offset if there is one, the zone or ''.
_MOMENT_STEPS = (
    pack("whole", "what", g=groups("p.whole", patterns.MOMENT)),
    pack(
        "whole",
        "what",
        **{**_PERIOD, "x": f"CASE WHEN p.g.y <> '' THEN {_PERIOD['x']} END"},
        **_CLOCK,
        u="cw_offset_of_text(p.g.offset)",
        z="p.g.zone",
    ),
    pack("whole", "what", "ok", "n", "h", "i", "s", "f", "u", "z", **_DAY_STEPS[0]),
    unless_null(
        "whole",
        pack(
            "whole",
            "u",
            "z",
            d=_or_not(f"{_DAY_OK} AND {_CLOCK_OK}", _DAY_SUM),
            t=_CLOCK_SUM,
        ),
    ),
)
_UNITS = "years months weeks days hours minutes seconds"
_SPELT = "cw_amount(CASE WHEN p.h.years <> '' THEN p.h.{unit} ELSE p.g.{unit} END)"
_DURATION_STEPS = (
    pack("whole", t="replace(p.whole, ',', '.')"),
    pack(
        "whole",
        g=groups("p.t", patterns.DURATION),
        h=groups("p.t", patterns.DURATION_AS_DATE),
    ),
    unless_null(
        "whole",
        pack(
            k="CASE WHEN p.h.years = '' AND (p.g.t = 'T' OR "
            "p.g.years || p.g.months || p.g.weeks || p.g.days || p.g.t = '') "
            "THEN cw_not_a(p.whole, 'a duration such as P90D or PT12H') "
            "WHEN p.h.sign || p.g.sign LIKE '-%' THEN -1 ELSE 1 END",
            **{
                unit: "cw_amount(p.g.weeks)" if unit == "weeks" else _SPELT.format(unit=unit)
                for unit in _UNITS.split()
            },
        ),
    ),
    pack(
        "k",
        m="12 * p.years + p.months",
        d="7 * p.weeks + p.days",
        s="3600 * p.hours + 60 * p.minutes + p.seconds",
    ),
    (
        "cw_carried(p.k * (p.m // 1000000000), "
        "p.k * (p.m % 1000000000 * 2629746 + p.d * 86400), p.k * p.s)"
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
        "cw_not_a(text, what)": "cw_fail('''' || text || ''' is not ' || what)",
        "cw_amount(text)": (
            "coalesce(CAST(TRY_CAST(text AS DECIMAL(27, 9)) * CAST(1000000000 AS DECIMAL(10, 0)) "
            "AS HUGEINT), 0)"
        ),
        "cw_offset_of_text(text)": chain(
            "replace(text, ':', '')",
            "CASE WHEN p <> '' THEN struct_pack(o := p, h := CASE WHEN upper(p) = 'Z' THEN 0 "
            "ELSE CAST(p[2:3] AS BIGINT) END, m := CAST('0' || p[4:5] AS BIGINT), "
            "s := CAST('0' || p[6:7] AS BIGINT)) END",
            "CASE WHEN p.m > 59 OR p.s > 59 OR p.h * 3600 + p.m * 60 + p.s > 64800 "
            "THEN cw_not_a(p.o, 'an offset of up to 18 hours') "
            "ELSE (p.h * 3600 + p.m * 60 + p.s) * CASE WHEN p.o[1] = '-' THEN -1 ELSE 1 END END",
        ),
        "cw_is_offset(text)": f"regexp_full_match(text, '{patterns.OFFSET}')",
        "cw_zone_name(text)": chain("text", "CASE WHEN cw_is_offset(p) THEN '' ELSE p END"),
        "cw_zone_fixed(text)": chain(
            "text", "CASE WHEN cw_is_offset(p) THEN cw_offset_of_text(p) END"
        ),
        "cw_text_date(text)": (
            f"coalesce(TRY_CAST(CASE WHEN regexp_full_match(text, '{patterns.PLAIN_DATE}') "
            "THEN text END AS DATE) - DATE '1970-01-01', "
            + chain("struct_pack(whole := text, what := 'a date')", *_DATE_STEPS)
            + ")"
        ),
        "cw_text_localtime(text)": chain(
            "struct_pack(whole := text, what := 'a local time')", *_TIME_STEPS
        ),
        "cw_text_time(text)": chain(
            "struct_pack(whole := text, what := 'a time')",
            *_ZONED_TIME_STEPS,
            unless_null("", "struct_pack(t := p.t - p.u * 1000000000, u := p.u)"),
        ),
        "cw_text_localdatetime(text)": chain(
            "struct_pack(whole := text, what := 'a local date and time')",
            *_MOMENT_STEPS,
            unless_null(
                "",
                "struct_pack(d := CASE WHEN p.u IS NOT NULL OR p.z <> '' "
                "THEN cw_not_a(p.whole, 'a local date and time') ELSE p.d END, t := p.t)",
            ),
        ),
        "cw_text_datetime(text)": (
            f"coalesce(cw_plain_moment(epoch_ms(TRY_CAST(CASE WHEN regexp_full_match(text, "
            f"'{patterns.PLAIN_MOMENT}') THEN text END AS TIMESTAMP))), cw_full_moment(text))"
        ),
        "cw_plain_moment(ms)": chain(
            "ms + 86400000000000",
            unless_null(
                "",
                "struct_pack(d := p // 86400000 - 1000000, t := p % 86400000 * 1000000, "
                "u := CAST(0 AS BIGINT), z := '')",
            ),
        ),
        "cw_full_moment(text)": chain(
            "struct_pack(whole := text, what := 'a date and time')",
            *_MOMENT_STEPS,
            pack("whole", "u", m="cw_moment(p.d, p.t, p.z, p.u)"),
            "cw_agreed(p.m, p.u, p.whole)",
        ),
        "cw_text_duration(text)": chain("struct_pack(whole := text)", *_DURATION_STEPS),
    }
)
