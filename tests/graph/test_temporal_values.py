"""Temporal values in Python: what goes into a graph and what comes out of it."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cloudwarden.core.errors import GraphError
from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.graph import Graph
from cloudwarden.graph.temporal_values import DateTime, Duration, Far, Time, restored, stored
from cloudwarden.graph.values import to_json

TWO = timezone(timedelta(hours=2))
VALUES = [
    (date(2026, 2, 28), "2026-02-28"),
    (time(7, 30), "07:30"),
    (time(7, 30, 0, 1, tzinfo=TWO), "07:30:00.000001+02:00"),
    (datetime(2026, 2, 28, 7, 30), "2026-02-28T07:30"),  # noqa: DTZ001
    (datetime(2026, 2, 28, 7, 30, tzinfo=UTC), "2026-02-28T07:30Z"),
    (datetime(2026, 2, 28, 7, 30, tzinfo=TWO), "2026-02-28T07:30+02:00"),
    (datetime(2026, 7, 1, 7, tzinfo=ZoneInfo("Asia/Tokyo")), "2026-07-01T07:00+09:00[Asia/Tokyo]"),
    (timedelta(days=-1, seconds=1.5), "P-1DT1.5S"),
    (Duration(14, 3, 0, 1), "P1Y2M3DT0.000000001S"),
    (Time(7, rest=9), "07:00:00.000000009"),
    (DateTime(2026, 2, 28, 7, tzinfo=UTC, rest=9), "2026-02-28T07:00:00.000000009Z"),
    (Far("date", 10**9), "+2739877-01-03"),
    (Far("localdatetime", (-(10**9), 0)), "-2735938-12-29T00:00"),
    (Far("datetime", (10**9, 0, 7200, "")), "+2739877-01-03T02:00+02:00"),
]


@pytest.mark.parametrize(("value", "text"), VALUES)
def test_a_value_comes_back_from_a_property_a_list_and_a_parameter(value: Any, text: str) -> None:
    node = {"id": 1, "labels": ["A"], "properties": {"v": value, "l": [value, value]}}
    with Graph.from_records([node]) as graph:
        query = (
            "MATCH (n:A) RETURN n.v AS v, n.l AS l, n.v = $v AS same, $v AS p, n AS n, "
            "[1, $v] AS m, toString($v) AS t"
        )
        (row,) = graph.query(query, {"v": value}).rows()
    assert str(row["v"]) == str(row["p"]) == str(row["m"][1]) == row["t"] == text
    assert [str(item) for item in row["l"]] == [text, text]
    assert row["same"] is True
    assert str(row["n"].properties["v"]) == text
    assert json.loads(json.dumps(to_json(row)))["n"]["properties"] == {"v": text, "l": [text, text]}


@pytest.mark.parametrize(("value", "text"), [v for v in VALUES if not isinstance(v[0], Far)])
def test_a_value_that_comes_back_equals_what_went_in(value: Any, text: str) -> None:
    back = restored(*stored(value))
    if isinstance(value, timedelta):
        assert back.timedelta() == value
    else:
        assert back == value
        assert hash(back) == hash(value)
        assert isinstance(back, type(value))
    assert pickle.loads(pickle.dumps(back)) == back
    assert str(copy.deepcopy(back)) == text


def test_nanoseconds_count_in_comparisons() -> None:
    plain = datetime(2026, 1, 1, tzinfo=UTC)
    later = DateTime(2026, 1, 1, tzinfo=UTC, rest=1)
    assert later != plain
    assert plain < later
    assert later > plain
    assert not later <= plain
    assert later.nanosecond == 1
    assert sorted([later, plain]) == [plain, later]
    assert Time(1, rest=1) > time(1)
    assert later != "2026-01-01"
    assert later.isoformat(sep=" ") == "2026-01-01 00:00:00+00:00"


def test_a_duration_keeps_its_parts_and_sorts_by_average_length() -> None:
    assert Duration(0, 1) != Duration(0, 0, 86_400)
    assert Duration(0, 0, 0, -1) == Duration(0, 0, -1, 999_999_999)
    assert max(Duration(1), Duration(0, 30), Duration(0, 31)) == Duration(0, 31)
    assert Duration(0, 2, 3, 4000).timedelta() == timedelta(2, 3, 4)
    with pytest.raises(ValueError, match="no fixed length"):
        Duration(1).timedelta()


def test_an_offset_that_pythons_zone_database_has_not_stands_for_itself() -> None:
    moment = restored("datetime", (-55_315, 0, 3208, "Europe/Stockholm"))
    assert str(moment) == "1818-07-22T00:53:28+00:53:28[Europe/Stockholm]"
    assert moment.utcoffset() == timedelta(seconds=3208)
    assert moment.tzname() == "Europe/Stockholm"
    assert pickle.loads(pickle.dumps(moment)) == moment
    unknown = restored("datetime", (0, 0, 60, "Not/Here"))
    assert str(unknown) == "1970-01-01T00:01+00:01[Not/Here]"


def test_what_cypher_has_no_value_for_is_refused() -> None:
    odd = time(1, tzinfo=timezone(timedelta(microseconds=1)))
    with Graph.from_records([]) as graph, pytest.raises(CypherError, match="whole seconds"):
        graph.query("RETURN $v", {"v": odd})
    with pytest.raises(GraphError, match="whole seconds"):
        Graph.from_records([{"id": 1, "labels": [], "properties": {"v": odd}}])
    zoneless = time(1, tzinfo=ZoneInfo("Europe/Paris"))
    with Graph.from_records([]) as graph, pytest.raises(CypherError, match="tells no offset"):
        graph.query("RETURN $v", {"v": zoneless})


ROWS = [
    {
        "id": n,
        "labels": ["A"],
        "properties": {"d": date(2026, 1, day), "s": f"2026-01-0{day}T00:00:00Z"},
    }
    for n, day in enumerate([1, 2, 3, 1, 2, 3, 1])
] + [{"id": 9, "labels": ["A"], "properties": {}}]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("MATCH (n) RETURN n.d AS d, count(*) AS c ORDER BY d",
         [["2026-01-01", 3], ["2026-01-02", 2], ["2026-01-03", 2], [None, 1]]),
        ("MATCH (n) RETURN DISTINCT n.d AS d ORDER BY d DESC",
         [[None], ["2026-01-03"], ["2026-01-02"], ["2026-01-01"]]),
        ("MATCH (n) RETURN min(n.d), max(n.d), count(DISTINCT n.d)",
         [["2026-01-01", "2026-01-03", 3]]),
        ("MATCH (n) RETURN min(datetime(n.s)), max(datetime(n.s)), count(DISTINCT datetime(n.s))",
         [["2026-01-01T00:00Z", "2026-01-03T00:00Z", 3]]),
        ("MATCH (n) RETURN datetime(n.s) AS m, count(*) AS c ORDER BY m LIMIT 1",
         [["2026-01-01T00:00Z", 3]]),
        ("MATCH (n) WHERE datetime(n.s) > datetime('2026-01-01T00:00:00Z') RETURN count(*)", [[4]]),
        ("MATCH (n) WHERE n.d IN [date('2026-01-02'), date('2026-01-03')] RETURN count(*)", [[4]]),
        ("MATCH (n) WITH n ORDER BY datetime(n.s), n.d LIMIT 1 RETURN n.s",
         [["2026-01-01T00:00:00Z"]]),
        (("UNWIND [duration('P1M'), duration('P30D'), duration('PT0.5S'), null] AS d "
         "RETURN sum(d), avg(d), min(d), max(d)"),
         [["P1M30DT0.5S", "P20DT3H29M42.166666666S", "PT0.5S", "P1M"]]),
        (("UNWIND [duration('P1D'), duration('P1D'), duration('PT24H')] AS d "
         "RETURN sum(DISTINCT d), count(DISTINCT d)"), [["P1DT24H", 2]]),
        ("UNWIND [] AS d RETURN max(date(d)), collect(date(d))", [[None, "[]"]]),
        ("RETURN date('2026-01-01') AS d UNION RETURN date('2026-01-01') AS d", [["2026-01-01"]]),
        (("UNWIND [1, 'a', duration('P1D'), localtime('10:00'), time('10:00Z'), "
         "date('2026-01-01'), localdatetime('2026-01-01T00:00'), "
         "datetime('2026-01-01T00:00+01:00'), "
         "datetime('2025-12-31T23:00Z'), null] AS x RETURN x ORDER BY x"),
         [["2025-12-31T23:00Z"], ["2026-01-01T00:00+01:00"], ["2026-01-01T00:00"], ["2026-01-01"],
          ["10:00Z"], ["10:00"], ["P1D"], ["a"], [1], [None]]),
        ("UNWIND [duration('P1M'), duration('P31D'), duration('P30D')] AS x RETURN x ORDER BY x",
         [["P30D"], ["P1M"], ["P31D"]]),
        ("RETURN valueType(date()), time() IS :: ZONED TIME", [["DATE NOT NULL", True]]),
    ],
)  # fmt: skip
def test_values_of_many_rows(query: str, rows: list[list[Any]]) -> None:
    with Graph.from_records(ROWS) as graph:
        found = [list(row.values()) for row in graph.query(query)]
    plain = (bool, int, type(None))
    assert [[v if isinstance(v, plain) else str(v) for v in row] for row in found] == rows
