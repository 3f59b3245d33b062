"""What is calculated of constants, of rows, and by Python's own library, agrees."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.graph import Graph
from cloudwarden.graph.temporal_values import Duration

#: How many values one query is asked of: planning it costs more than they do.
AT_ONCE = 200
EXAMPLES = settings(
    max_examples=int(os.environ.get("TEMPORAL_EXAMPLES", "4")),
    deadline=None,
    suppress_health_check=[HealthCheck.large_base_example],
)

days = st.dates()
clocks = st.times()
walls = st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29))  # noqa: DTZ001
offsets = st.integers(-18 * 3600, 18 * 3600).map(lambda s: timezone(timedelta(seconds=s)))
moments = st.builds(lambda wall, zone: wall.replace(tzinfo=zone), walls, offsets)
spans = st.builds(
    Duration,
    st.integers(-2400, 2400),
    st.integers(-40_000, 40_000),
    st.integers(-(10**9), 10**9),
    st.integers(0, 10**9 - 1),
)


def many(*strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    return st.lists(st.tuples(*strategies), min_size=AT_ONCE, max_size=AT_ONCE)


@pytest.fixture(scope="module")
def graph() -> Iterator[Graph]:
    with Graph.from_records([], []) as graph:
        yield graph


def of_rows(graph: Graph, expression: str, rows: list[Any]) -> list[Any]:
    """The expression over each `x`, calculated by the database."""
    text = f"UNWIND $rows AS x RETURN {expression} AS value"
    return [row["value"] for row in graph.query(text, {"rows": rows})]


def of_constants(graph: Graph, expression: str, rows: list[Any]) -> list[Any]:
    """The same with each `x` as a constant."""
    found = []
    for row in rows:
        (answer,) = graph.query(f"WITH 1 AS one RETURN {expression} AS value", {"x": row}).rows()
        found.append(answer["value"])
    return found


@EXAMPLES
@given(rows=many(days))
def test_a_date_has_the_parts_that_python_says(graph: Graph, rows: list[tuple[date]]) -> None:
    wanted = [
        [d.year, d.month, d.day, *d.isocalendar(), d.timetuple().tm_yday, (d.month + 2) // 3]
        for (d,) in rows
    ]
    parts = "x.year, x.month, x.day, x.weekYear, x.week, x.weekDay, x.ordinalDay, x.quarter"
    dates = [d for (d,) in rows]
    assert of_rows(graph, f"[{parts}]", dates) == wanted
    made = (
        "[date({year: x.year, month: x.month, day: x.day}), "
        "date({year: x.weekYear, week: x.week, dayOfWeek: x.weekDay}), "
        "date({year: x.year, ordinalDay: x.ordinalDay}), "
        "date({year: x.year, quarter: x.quarter, dayOfQuarter: x.dayOfQuarter})]"
    )
    assert of_rows(graph, made, dates) == [[d] * 4 for d in dates]


@EXAMPLES
@given(rows=many(moments, st.timedeltas(timedelta(-400_000), timedelta(400_000))))
def test_moments_and_what_passes_between_are_pythons(
    graph: Graph, rows: list[tuple[datetime, timedelta]]
) -> None:
    pairs = []
    for moment, passed in rows:
        try:
            later = moment + passed
            later.astimezone(UTC)
        except OverflowError:
            continue
        if 1 < later.year < 9999:
            pairs.append((moment, passed, later))
    maps = [{"m": m, "p": p, "l": later} for m, p, later in pairs]
    assert of_rows(graph, "x.m + x.p", maps) == [later for _, _, later in pairs]
    assert of_rows(graph, "x.l - x.p = x.m", maps) == [True] * len(maps)
    exact = of_rows(graph, "duration.inSeconds(x.m, x.l)", maps)
    assert [found.timedelta() for found in exact] == [passed for _, passed, _ in pairs]
    spans_ = of_rows(graph, "x.m + duration.between(x.m, x.l) = x.l", maps)
    assert spans_ == [True] * len(maps)
    assert of_rows(graph, "x.m < x.l", maps) == [m < later for m, _, later in pairs]


@EXAMPLES
@given(
    rows=many(
        st.datetimes(datetime(1971, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001
        st.sampled_from(["Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Sydney"]),
    )
)
def test_named_zones_are_at_the_offsets_that_pythons_database_says(
    graph: Graph, rows: list[tuple[datetime, str]]
) -> None:
    wanted = []
    for wall, zone in rows:
        moment = wall.replace(tzinfo=ZoneInfo(zone))
        # A time that clocks skip is the one that they go on to.
        wanted.append(moment.astimezone(UTC).astimezone(ZoneInfo(zone)).isoformat())
    maps = [{"w": wall, "z": zone} for wall, zone in rows]
    found = of_rows(graph, "datetime({datetime: x.w, timezone: x.z})", maps)
    assert [datetime.isoformat(value.astimezone(value.tzinfo)) for value in found] == wanted
    assert [value.tzinfo.key for value in found] == [zone for _, zone in rows]


@EXAMPLES
@given(rows=many(st.one_of(days, clocks, walls, moments, spans)))
def test_what_is_printed_is_read_again(graph: Graph, rows: list[tuple[Any]]) -> None:
    values = [value for (value,) in rows]
    printed = of_rows(graph, "toString(x)", values)
    back = of_rows(graph, "x", values)
    assert printed == [str(value) for value in back]
    for value, text in zip(back[:4], printed, strict=False):
        name = _function(value)
        constant = graph.query(f"RETURN {name}('{text}') AS value").rows()
        row = graph.query(f"UNWIND $texts AS x RETURN {name}(x) AS value", {"texts": [text]}).rows()
        assert constant == row == [{"value": value}]


def _function(value: Any) -> str:
    match value:
        case Duration():
            return "duration"
        case datetime():
            return "localdatetime" if value.tzinfo is None else "datetime"
        case time():
            return "localtime" if value.tzinfo is None else "time"
    return "date"


@EXAMPLES
@given(
    rows=st.lists(
        st.tuples(st.one_of(days, clocks, walls, moments, spans), spans), min_size=12, max_size=12
    )
)
def test_a_constant_sum_is_that_of_rows(graph: Graph, rows: list[tuple[Any, Duration]]) -> None:
    for operator in "+-":
        text = f"UNWIND $rows AS x RETURN toString(x.v {operator} x.s) AS value"
        found = graph.query(text, {"rows": [{"v": v, "s": s} for v, s in rows]}).rows()
        constants = [
            graph.query(f"RETURN $v {operator} $s AS value", {"v": v, "s": s}).rows()[0]["value"]
            for v, s in rows
        ]
        assert [row["value"] for row in found] == [str(value) for value in constants]


TEXTS = st.one_of(
    st.from_regex(r"-?\d{1,4}(-?W?Q?\d{1,3}){0,2}(T\d{1,2}(:?\d{1,2}){0,2}(\.\d{1,3})?)?Z?",
                  fullmatch=True),
    st.from_regex(r"[+-]?P(\d{1,2}(\.\d)?[YMWD]){0,2}(T(-?\d{1,2}(\.\d{1,3})?[HMS]){0,2})?",
                  fullmatch=True),
    st.from_regex(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:\d\d:[0-6]\d(Z|[+-]\d\d(:\d\d)?)?",
                  fullmatch=True),
)  # fmt: skip


@EXAMPLES
@given(texts=st.lists(TEXTS, min_size=4, max_size=4))
def test_a_text_is_read_alike_in_the_query_and_in_rows(graph: Graph, texts: list[str]) -> None:
    for name in ("date", "localtime", "time", "localdatetime", "datetime", "duration"):
        for text in texts:
            answers = []
            for source, parameters in ((f"'{text}'", {}), ("x", {"texts": [text]})):
                clause = "UNWIND $texts AS x " if parameters else ""
                query = f"{clause}RETURN toString({name}({source})) AS value"
                try:
                    answers.append(graph.query(query, parameters).rows()[0]["value"])
                except CypherError as error:
                    answers.append(error.reason.removeprefix(f"{name}(): "))
            assert answers[0] == answers[1], (name, text)
