"""Temporal functions, one question a line: what is asked, and what Cypher prints of the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from cloudwarden.core.clock import FixedClock
from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.graph import Graph

#: A fraction of a second, so that it shows where the present is cut.
NOW = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
PARIS = "datetime('2026-03-29T01:30:00.123456789+01:00[Europe/Paris]')"

Show = Callable[..., object]


@pytest.fixture(scope="module")
def graph() -> Iterator[Graph]:
    with Graph.from_records([], [], clock=FixedClock(NOW)) as graph:
        yield graph


@pytest.fixture
def show(graph: Graph) -> Show:
    """The value of an expression, temporal ones as texts."""

    def run(expression: str, **parameters: object) -> object:
        (row,) = graph.query(f"RETURN {expression} AS value", parameters).rows()
        return shown(row["value"])

    return run


def shown(value: object) -> object:
    if isinstance(value, list):
        return [shown(item) for item in value]
    return value if isinstance(value, bool | int | float | None) else str(value)


READING = [
    ("date('2026-02-28')", "2026-02-28"),
    ("date('20260228')", "2026-02-28"),
    ("date('2026-2')", "2026-02-01"),
    ("date('2026-W09-6')", "2026-02-28"),
    ("date('2026W096')", "2026-02-28"),
    ("date('2026-059')", "2026-02-28"),
    ("date('2026Q159')", "2026-02-28"),
    ("date('+12026-01-01')", "+12026-01-01"),
    ("date('-0044-03-15')", "-0044-03-15"),
    ("localtime('0730')", "07:30"),
    ("localtime('07:30:05.5')", "07:30:05.500"),
    ("time('07:30+0545')", "07:30+05:45"),
    ("time('07')", "07:00Z"),
    ("localdatetime('2026-W09T0730')", "2026-02-23T07:30"),
    ("datetime('2026-02-28')", "2026-02-28T00:00Z"),
    ("datetime('2026-07-01T12:00[America/Lima]')", "2026-07-01T12:00-05:00[America/Lima]"),
    # In the hour that clocks show twice, the offset tells which is meant; else it is the first.
    ("datetime('2026-10-25T02:30[Europe/Paris]')", "2026-10-25T02:30+02:00[Europe/Paris]"),
    ("datetime('2026-10-25T02:30+01:00[Europe/Paris]')", "2026-10-25T02:30+01:00[Europe/Paris]"),
    # The hour that clocks leave out moves on.
    ("datetime('2026-03-29T02:30[Europe/Paris]')", "2026-03-29T03:30+02:00[Europe/Paris]"),
    ("duration('P1Y14M3W2DT25H61M61.5S')", "P2Y2M23DT26H2M1.5S"),
    ("duration('-P1DT0.5S')", "P-1DT-0.5S"),
    ("duration('P0001-02-03T04:05:06.7')", "P1Y2M3DT4H5M6.7S"),
    ("duration('PT1.5H')", "PT1H30M"),
]
BUILDING = [
    ("date({year: 2026, week: 53, dayOfWeek: 7})", "2027-01-03"),
    ("date({year: 2026, quarter: 4, dayOfQuarter: 92})", "2026-12-31"),
    ("date({year: 2024, ordinalDay: 366})", "2024-12-31"),
    # What is taken from another date fits into the month that is named.
    ("date({date: date('2024-01-31'), month: 2})", "2024-02-29"),
    ("date({date: date('2024-05-31'), quarter: 1})", "2024-02-29"),
    ("date({datetime: localdatetime('2024-05-31T10:00'), day: 1})", "2024-05-01"),
    ("date({date: date('2026-01-01'), dayOfWeek: 1})", "2025-12-29"),
    ("localtime({hour: 1, minute: 2, second: 3, millisecond: 4, nanosecond: 5})",
     "01:02:03.004000005"),
    ("time({time: localtime('10:00'), timezone: '-03:30'})", "10:00-03:30"),
    ("time({time: time('10:00+01:00'), timezone: '-03:00'})", "06:00-03:00"),
    ("localdatetime({date: date('2026-01-01'), time: time('10:00+01:00')})", "2026-01-01T10:00"),
    ("datetime({date: date('2026-07-01'), time: localtime('10:00'), timezone: 'Asia/Tokyo'})",
     "2026-07-01T10:00+09:00[Asia/Tokyo]"),
    ("datetime({datetime: datetime('2026-07-01T10:00Z'), timezone: 'Asia/Tokyo'})",
     "2026-07-01T19:00+09:00[Asia/Tokyo]"),
    ("datetime({epochMillis: -1})", "1969-12-31T23:59:59.999Z"),
    ("datetime({epochSeconds: 0, nanosecond: 7, timezone: '+01:00'})",
     "1970-01-01T01:00:00.000000007+01:00"),
    ("datetime.fromEpoch(-1, 1)", "1969-12-31T23:59:59.000000001Z"),
    ("duration({years: 1.5, weeks: 1, hours: -0.5})", "P1Y6M7DT-30M"),
    ("duration({months: 0.5, nanoseconds: -1})", "P15DT5H14M32.999999999S"),
]  # fmt: skip
PRESENT = [
    ("datetime()", "2026-03-01T12:30:15.250Z"),
    ("date.statement()", "2026-03-01"),
    ("localtime.transaction()", "12:30:15.250"),
    ("time.realtime('+02:00')", "14:30:15.250+02:00"),
    ("localdatetime({timezone: 'Asia/Tokyo'})", "2026-03-01T21:30:15.250"),
    ("date.truncate('year')", "2026-01-01"),
]
TRUNCATING = [
    (f"datetime.truncate('hour', {PARIS})", "2026-03-29T01:00+01:00[Europe/Paris]"),
    (f"datetime.truncate('week', {PARIS}, {{hour: 12}})", "2026-03-23T12:00+01:00[Europe/Paris]"),
    (f"datetime.truncate('microsecond', {PARIS}, {{nanosecond: 1}})",
     "2026-03-29T01:30:00.123456001+01:00[Europe/Paris]"),
    (f"datetime.truncate('day', {PARIS}, {{timezone: '+05:00'}})", "2026-03-29T00:00+05:00"),
    (f"localtime.truncate('minute', {PARIS})", "01:30"),
    (f"time.truncate('millisecond', {PARIS})", "01:30:00.123+01:00"),
    ("date.truncate('millennium', date('-0001-05-05'))", "-1000-01-01"),
    ("date.truncate('weekYear', date('2027-01-02'))", "2025-12-29"),
    ("date.truncate('Quarter', date('2026-08-08'), {dayOfQuarter: 10})", "2026-07-10"),
    ("[u IN ['year', 'month', 'day'] | date.truncate(u, date('2026-08-08'))]",
     ["2026-01-01", "2026-08-01", "2026-08-08"]),
]  # fmt: skip
COMPONENTS = [
    (f"[x IN [{PARIS}] | [x.hour, x.nanosecond, x.timezone, x.offset, x.offsetMinutes]][0]",
     [1, 123456789, "Europe/Paris", "+01:00", 60]),
    (f"{PARIS}.epochMillis - {PARIS}.epochSeconds * 1000", 123),
    ("[date('2027-01-01').week, date('2027-01-01').weekYear, date('2027-01-01').dayOfQuarter]",
     [53, 2026, 1]),
    ("[d IN [duration('P14M10DT3661.5S')] | [d.years, d.monthsOfYear, d.daysOfWeek]][0]",
     [1, 2, 3]),
    ("duration('P14M10DT3661.5S').milliseconds", 3661500),
    ("duration('PT-0.5S').seconds", -1),
    ("datetime('1969-12-31T23:59:59.5Z').epochMillis", -500),
]  # fmt: skip
SUMS = [
    ("date('2024-01-31') + duration('P1M')", "2024-02-29"),
    ("date('2024-03-31') - duration('P1M1D')", "2024-02-28"),
    ("date('2024-01-01') + duration('PT36H')", "2024-01-02"),
    ("localtime('23:00') + duration('P7DT2H')", "01:00"),
    ("time('23:00+01:00') - duration('PT23H30M')", "23:30+01:00"),
    # A day on the calendar, and 24 hours that pass, when clocks go forward in between.
    (f"[{PARIS} + duration('P1D'), {PARIS} + duration('PT24H')]",
     ["2026-03-30T01:30:00.123456789+02:00[Europe/Paris]",
      "2026-03-30T02:30:00.123456789+02:00[Europe/Paris]"]),
    ("duration('P1M') + duration('P30D') = duration('P1M30D')", True),
    ("duration('PT1M') - duration('PT61S')", "PT-1S"),
    ("duration('P1M1DT1S') * 3", "P3M3DT3S"),
    ("0.5 * duration('P1D')", "PT12H"),
    ("duration('P3D') / 2", "P1DT12H"),
    ("-duration('P1DT0.5S')", "P-1DT-0.5S"),
    ("duration('P1D') + date('2026-01-01')", "2026-01-02"),
]  # fmt: skip
BETWEEN = [
    ("duration.between(date('2024-01-31'), date('2024-03-01'))", "P1M1D"),
    ("duration.between(date('2024-03-01'), date('2024-01-31'))", "P-1M-1D"),
    (f"duration.between({PARIS}, date('2026-03-30'))", "PT21H29M59.876543211S"),
    (f"duration.inDays({PARIS}, datetime('2026-03-31T00:00Z'))", "P2D"),
    ("duration.inSeconds(localtime('10:00'), time('09:00+05:00'))", "PT-1H"),
    ("duration.inMonths(localtime('10:00'), date('2026-01-01'))", "PT0S"),
    ("duration.inDays(date('-999999999-01-01'), date('+999999999-12-31'))", "P730484999633D"),
]
COMPARING = [
    ("datetime('2026-01-01T01:00+01:00') = datetime('2026-01-01T00:00Z')", False),
    ("datetime('2026-01-01T01:00+01:00') > datetime('2026-01-01T00:00Z')", True),
    ("time('10:00+02:00') < time('09:00Z')", True),
    ("duration('P1D') = duration('PT24H')", False),
    ("duration('P1D') < duration('P2D')", None),
    ("date('2026-01-01') < localdatetime('2026-01-01T01:00')", None),
    ("date('2026-01-01') = '2026-01-01'", False),
    ("[date('2026-01-01'), null] = [date('2026-01-01'), 1]", None),
    ("date('2026-01-02') IN [date('2026-01-01'), date('2026-01-02')]", True),
    ("[1, date('2026-01-02')][1] > date('2026-01-01')", True),
    ("[1, duration('P1D')][1] > duration('P2D')", None),
]
MAPS = [
    ("[m IN [{year: 2026, month: 2}] | date(m)]", ["2026-02-01"]),
    ("[m IN [{days: 1.5}, {days: 2}] | duration(m)]", ["P1DT12H", "P2D"]),
    ("[m IN [{day: 9}] | date.truncate('month', date('2026-02-01'), m)]", ["2026-02-09"]),
    ("[m IN [{hour: 9, minute: null}] | localtime(m)]", [None]),
]
UNKNOWN = [
    ("[1, date('2026-01-31')][1] + duration('P1M')", "2026-02-28"),
    ("[1, duration('P1D')][1] + date('2026-01-31')", "2026-02-01"),
    ("[1, localtime('10:00')][1] - [1, duration('PT11H')][1]", "23:00"),
    ("[1, time('10:00+01:00')][1] + [1, duration('PT1H')][1]", "11:00+01:00"),
    ("[1, localdatetime('2026-01-31T10:00')][1] + [1, duration('P1MT14H')][1]", "2026-03-01T00:00"),
    (f"[1, {PARIS}][1] + [1, duration('P1D')][1]",
     "2026-03-30T01:30:00.123456789+02:00[Europe/Paris]"),
    ("[1, duration('P1D')][1] * 2 + duration('P1D') / [2, 'a'][0]", "P2DT12H"),
    ("toString([1, duration('P1D')][1])", "P1D"),
    ("[1, date('2026-01-31')][1].day", 31),
    ("[1, duration('P40D')][1].weeks", 5),
    ("date([1, datetime('2026-01-31T10:00Z')][1])", "2026-01-31"),
    ("datetime([1, '2026-01-31T10:00'][1])", "2026-01-31T10:00Z"),
    ("duration.between([1, date('2026-01-01')][1], [1, localtime('10:00')][1])", "PT10H"),
    ("[1, [2]][1] + duration('P1D')", [2, "P1D"]),
    ("reduce(d = date('2026-01-01'), n IN [1, 2] | d + duration({days: n}))", "2026-01-04"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        *READING, *BUILDING, *TRUNCATING, *COMPONENTS, *SUMS, *BETWEEN, *COMPARING,
        *PRESENT, *MAPS, *UNKNOWN,
    ],
)  # fmt: skip
def test_an_expression_is(show: Show, expression: str, value: object) -> None:
    assert show(expression) == value


@pytest.mark.parametrize("function", ["date", "localtime", "time", "localdatetime", "datetime"])
@pytest.mark.parametrize("method", ["", ".transaction", ".statement", ".realtime"])
def test_null_makes_null(show: Show, function: str, method: str) -> None:
    assert show(f"{function}{method}(null)") is None


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("date('2026-02-29')", "'2026-02-29' is not a date"),
        ("date('2026-W54')", "'2026-W54' is not a date"),
        ("localtime('24:00')", "'24:00' is not a local time"),
        ("localtime('10:00Z')", "is not a local time"),
        ("datetime('2026-01-01T10:00+19:00')", "is not an offset of up to 18 hours"),
        ("duration('P')", "is not a duration such as P90D"),
        ("date({month: 2})", "a date needs a year"),
        ("date({year: 2026, day: 2})", "day needs month"),
        ("date({year: 2026, month: 2, week: 2})", "a date is counted one way"),
        ("date({year: 2026, hour: 2})", "a Date has no hour"),
        ("date({year: '2026'})", "year: expected Integer, found String"),
        ("date({})", "needs at least one part"),
        ("localtime({minute: 2})", "minute needs hour"),
        ("time({hour: 2, nanosecond: 2})", "nanosecond needs minute"),
        ("datetime({date: date(), datetime: datetime()})", "beside date or time"),
        ("localdatetime({year: 2026, time: date()})", "a Date has no time"),
        ("time(date())", "cannot make a Time of a Date"),
        ("date(1)", "cannot make a Date of a Integer"),
        ("date('2026-01-01', 1)", "it takes 0 or 1 arguments, not 2"),
        ("date.truncate('hour', date())", "a Date can be truncated to"),
        ("time.truncate('month', time())", "a Time can be truncated to"),
        ("duration({fortnights: 1})", "fortnights is not a unit"),
        ("duration({days: 9223372036854775807, weeks: 1})", "does not fit 64 bits"),
        ("date('+999999999-12-31') + duration('P1D')", "beyond the year 999999999"),
        ("date({date: date(), foo: 1})", "a Date has no foo"),
        ("date() - date()", "cannot apply - to Date and Date"),
        ("'on ' + date()", "use toString()"),
        ("date().hour", "a Date has no property hour"),
        ("duration.between(date(), 1)", "expected a temporal value, found Integer"),
    ],
)
def test_what_is_wrong_in_a_query_is_shown_at_its_place(
    graph: Graph, expression: str, reason: str
) -> None:
    with pytest.raises(CypherError) as caught:
        graph.query(f"RETURN {expression} AS value")
    assert reason in str(caught.value)
    assert caught.value.line == 1


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("date(x)", "'nonsense' is not a date"),
        ("datetime({year: 2026, timezone: x})", "there is no time zone nonsense"),
        ("datetime('2026-07-01T00:00+05:00[Europe/Paris]')", "offset do not agree"),
        ("date.truncate('decade', date('1999-05-05'), {month: size(x) - 6, day: 30})",
         "the day of this month must be from 1 to 28"),
        ("date({year: 2025, week: size(x) + 45})", "the day in the weeks of this year"),
        ("localtime({hour: size(x) * 4})", "an hour must be from 0 to 23, not 32"),
        ("[1, date()][toInteger(left('1', size(x)))].hour", "there is no hour in"),
        ("date.truncate(x, date())", "there is no unit of time nonsense"),
        ("duration('P1D') / (size(x) - 8)", "division by zero"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_row_is_an_error_too(
    graph: Graph, expression: str, reason: str
) -> None:
    with pytest.raises(CypherError) as caught:
        graph.query(f"UNWIND ['nonsense'] AS x RETURN {expression} AS value").rows()
    assert reason in str(caught.value)
    assert "please report" not in str(caught.value)


def test_a_query_is_prepared_without_knowing_its_parameters(graph: Graph) -> None:
    text = "RETURN datetime($t) - duration($d), date.truncate($u, date()), date({year: $y})"
    assert len(graph.prepare(text).columns) == 3
