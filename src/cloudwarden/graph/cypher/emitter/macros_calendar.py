"""Macros over days counted from 1970-01-01: their calendar parts, and days made of such parts.

The Gregorian calendar repeats every 400 years, 146,097 days, weekdays included; so DuckDB's own
date functions answer for a day between 2000 and 2399, the years are set right, and any year is
exact. Before a division or remainder, a multiple of the divisor that is larger than any argument
is added: SQL rounds towards zero, and the calendar downwards. Months are counted from year 0.
"""

from __future__ import annotations

from cloudwarden.graph.cypher.emitter.chain import arguments, chain, macros, pack

#: 3,000,000 times 400 years, less the days before 2000-01-01.
_CYCLES = "438290989043"
_EPOCH = "DATE '1970-01-01'"

#: The day with a number in a period: `x` is the period's first month, `k` how many months it has;
#: with `w` it goes by weeks, from Monday of week 1. `n` counts from 1; `what` names it.
PERIOD_STEPS = (
    pack("w", "n", "what", a="cw_month_day(p.x)", b="cw_month_day(p.x + p.k)"),
    pack(
        "n",
        "what",
        a="CASE WHEN p.w THEN cw_monday(p.a + 3) ELSE p.a END",
        b="CASE WHEN p.w THEN cw_monday(p.b + 3) ELSE p.b END",
    ),
    "p.a - 1 + cw_checked(p.n, 1, p.b - p.a, p.what)",
)
_YEAR = "12 * cw_checked(y, -999999999, 999999999, 'a year')"


def _period(x: str, k: int, n: str, what: str, *, weekly: str = "false") -> str:
    first = f"struct_pack(x := {x}, k := {k}, w := {weekly}, n := {n}, what := '{what}')"
    return chain(first, *PERIOD_STEPS)


MACROS = macros(
    {
        # What fails as a conversion is no volatile function, which `error()` would be: DuckDB lets
        # it stand wherever an expression can, and looks at it once.
        "cw_fail(message)": "CAST('cypher: ' || message || ' :end' AS BIGINT)",
        "cw_checked(v, low, high, what)": (
            "CASE WHEN v IS NULL OR v BETWEEN low AND high THEN v ELSE cw_fail(what "
            "|| ' must be from ' || low || ' to ' || high || ', not ' || v) END"
        ),
        "cw_any_day(d)": (
            "CASE WHEN d IS NULL OR d BETWEEN -365243219162 AND 365241780471 THEN d "
            "ELSE cw_fail('no date lies beyond the year 999999999') END"
        ),
        "cw_cycle_day(d)": (f"DATE '2000-01-01' + CAST((d + {_CYCLES}) % 146097 AS INTEGER)"),
        "cw_year_of(f, d)": f"f + (d + {_CYCLES}) // 146097 * 400 - 1200000000",
        "cw_year(d)": "cw_year_of(year(cw_cycle_day(d)), d)",
        "cw_week_year(d)": "cw_year_of(isoyear(cw_cycle_day(d)), d)",
        "cw_month_number(d)": "month(cw_cycle_day(d)) - 1 + 12 * cw_year(d)",
        "cw_quarter_day(d)": (
            "cw_cycle_day(d) - CAST(date_trunc('quarter', cw_cycle_day(d)) AS DATE) + 1"
        ),
        "cw_month_day(x)": (
            "make_date(2000 + (x + 48000000000) % 4800 // 12, (x + 48000000000) % 12 + 1, 1) "
            f"- {_EPOCH} + 146097 * ((x + 48000000000) // 4800 - 10000005)"
        ),
        "cw_monday(d)": "d - (d + 700000000003) % 7",
        "cw_plus_months(d, n)": chain(
            arguments("d", "n"),
            pack(x="cw_month_number(p.d) + p.n", d="day(cw_cycle_day(p.d))"),
            "least(cw_month_day(p.x) + p.d, cw_month_day(p.x + 1)) - 1",
        ),
        "cw_calendar_date(y, m, n)": _period(
            f"{_YEAR} + cw_checked(m, 1, 12, 'a month') - 1", 1, "n", "the day of this month"
        ),
        "cw_clamped_date(y, m, n)": chain(
            f"struct_pack(x := {_YEAR} + cw_checked(m, 1, 12, 'a month') - 1, n := n)",
            "least(cw_month_day(p.x) + p.n, cw_month_day(p.x + 1)) - 1",
        ),
        "cw_week_date(y, w, n)": _period(
            _YEAR,
            12,
            "7 * cw_checked(w, 1, 53, 'a week') - 7 + cw_checked(n, 1, 7, 'a day of the week')",
            "the day in the weeks of this year",
            weekly="true",
        ),
        "cw_ordinal_date(y, n)": _period(_YEAR, 12, "n", "the day of this year"),
        "cw_quarter_date(y, q, n)": _period(
            f"{_YEAR} + 3 * cw_checked(q, 1, 4, 'a quarter') - 3", 3, "n", "the day of this quarter"
        ),
        "cw_quarter_moved(d, y, q)": chain(
            arguments("d", "y", "q"),
            "cw_clamped_date(p.y, 3 * cw_checked(p.q, 1, 4, 'a quarter') - 2 "
            "+ (month(cw_cycle_day(p.d)) - 1) % 3, day(cw_cycle_day(p.d)))",
        ),
        "cw_truncated_day(unit, d)": chain(
            "struct_pack(u := lower(unit), d := d)",
            pack("u", "d", y="cw_year(p.d)", c="cw_cycle_day(p.d)"),
            "CASE WHEN p.u IN ('day', 'hour', 'minute', 'second', 'millisecond', 'microsecond') "
            "THEN p.d WHEN p.u = 'week' THEN cw_monday(p.d) "
            "WHEN p.u = 'weekyear' THEN cw_monday(cw_month_day(12 * cw_week_year(p.d)) + 3) "
            "ELSE cw_month_day(12 * p.y + CASE p.u WHEN 'month' THEN month(p.c) - 1 "
            "WHEN 'quarter' THEN 3 * quarter(p.c) - 3 WHEN 'year' THEN 0 "
            "WHEN 'decade' THEN -12 * ((p.y + 1000000000) % 10) "
            "WHEN 'century' THEN -12 * ((p.y + 1000000000) % 100) "
            "WHEN 'millennium' THEN -12 * ((p.y + 1000000000) % 1000) "
            "ELSE cw_fail('there is no unit of time ' || p.u) END) END",
        ),
        "cw_truncated_time(unit, t)": chain(
            "struct_pack(u := lower(unit), t := t)",
            "p.t - p.t % CASE p.u WHEN 'hour' THEN 3600000000000 WHEN 'minute' THEN 60000000000 "
            "WHEN 'second' THEN 1000000000 WHEN 'millisecond' THEN 1000000 "
            "WHEN 'microsecond' THEN 1000 ELSE 86400000000000 END",
        ),
    }
)
