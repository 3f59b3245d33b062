"""`Graph`: records in, rows and small objects out, within limits."""

from __future__ import annotations

import json
import math
import pickle
import threading
from datetime import UTC, date, datetime
from pathlib import Path as FilePath
from typing import Any

import duckdb
import pytest

from cloudwarden.core.errors import GraphError
from cloudwarden.graph.cypher.errors import CypherError, TimeLimitError
from cloudwarden.graph.graph import Graph, Node, Path, Relationship, to_json


def make(*properties: dict[str, Any], label: str = "N") -> Graph:
    return Graph.from_records(
        [{"id": i, "labels": [label], "properties": p} for i, p in enumerate(properties)]
    )


@pytest.fixture
def pair() -> Graph:
    return Graph.from_records(
        [
            {"id": "a", "labels": ["X", "Y"], "properties": {"name": "a", "tags": ["t"]}},
            {"id": "b", "labels": ["Z"], "properties": {}},
        ],
        [{"type": "T", "source": "a", "target": "b", "properties": {"w": 1.5}}],
    )


def test_a_row_answers_by_name_and_by_place() -> None:
    row = make({"x": 1}).query("MATCH (n) RETURN n.x AS x, 'y' AS y").rows()[0]
    assert (row["x"], row[0], row["y"], row[1], row[-1]) == (1, 1, "y", "y", "y")
    assert row == {"x": 1, "y": "y"}


def test_columns_are_named_as_written() -> None:
    result = make({"x": 1}).query("MATCH (n) RETURN n.x, count( * ), n.x + 1 AS z")
    assert result.columns == ("n.x", "count( * )", "z")


def test_nodes_relationships_and_paths_come_as_objects(pair: Graph) -> None:
    a, r, p = pair.query("MATCH p = (a:X)-[r]->() RETURN a, r, p").rows()[0].values()
    assert isinstance(a, Node)
    assert (a.labels, a.properties) == (("X", "Y"), {"name": "a", "tags": ["t"]})
    assert isinstance(r, Relationship)
    assert (r.type, r.properties, r.start) == ("T", {"w": 1.5}, a.element_id)
    assert isinstance(p, Path)
    assert (p.nodes[0], p.relationships) == (a, (r,))
    assert (p.nodes[1].labels, p.nodes[1].properties) == (("Z",), {})


def test_objects_are_found_inside_lists_and_maps(pair: Graph) -> None:
    text = "MATCH (a:X)-[r]->(b) RETURN [a, 1] AS l, {n: b} AS m, collect(r) AS c"
    row = pair.query(text).rows()[0]
    assert isinstance(row["l"][0], Node)
    assert row["l"][1] == 1
    assert row["m"]["n"].labels == ("Z",)
    assert row["c"][0].type == "T"


def test_every_answer_has_a_json_form(pair: Graph) -> None:
    text = "MATCH p = (a:X)-[r]->() RETURN p, {x: datetime('2020-01-01T00:00:00Z')} AS m, 1.5 AS f"
    row = pair.query(text).rows()[0]
    data = json.loads(json.dumps(to_json(row)))
    assert data["m"] == {"x": "2020-01-01T00:00Z"}
    assert data["p"]["nodes"][0]["labels"] == ["X", "Y"]
    assert data["p"]["relationships"][0]["type"] == "T"


@pytest.mark.parametrize(
    "value",
    [
        1, 1.5, "s", True, "", -(2**63), 2**63 - 1, ["a", "b"], [1, 2], [1.5], [True], [],
        [1, "a", 2.5, True], datetime(2020, 1, 1, tzinfo=UTC), date(2020, 1, 1),
        datetime(2020, 1, 1),  # noqa: DTZ001
        "quote ' \" \\ \n", "🐎", 1e308, "a\0b", ["a\0", "é"], float("inf"), [float("-inf"), 1.5],
    ],
)  # fmt: skip
def test_a_property_comes_back_as_it_was_given(value: Any) -> None:
    graph = make({"v": value}, {"v": "other type"}, {})
    rows = graph.query("MATCH (n) RETURN n.v AS v, n AS n ORDER BY id(n)").rows()
    assert [row["v"] for row in rows] == [value, "other type", None]
    assert isinstance(rows[0]["v"], type(value))
    assert rows[0]["n"].properties == {"v": value}
    alone = make({"v": value})
    assert alone.query("MATCH (n) WHERE n.v = $v RETURN n.v AS v", {"v": value}).rows() == [
        {"v": value}
    ]


def test_not_a_number_comes_back_as_such() -> None:
    row = (
        make({"v": float("nan"), "l": [float("nan")]}).query("MATCH (n) RETURN n.v, n.l").rows()[0]
    )
    assert math.isnan(row["n.v"])
    assert math.isnan(row["n.l"][0])


def test_a_graph_of_many_records_keeps_every_value_in_its_place() -> None:
    count = 45_000
    graph = make(*({"x": i, "v": i % 100 if i % 2 else "even"} for i in range(count)))
    text = "MATCH (n) WHERE (n.x % 2 = 1 AND n.v = n.x % 100) OR (n.x % 2 = 0 AND n.v = 'even')"
    assert graph.query(f"{text} RETURN count(DISTINCT n.x) AS c").rows() == [{"c": count}]


@pytest.mark.parametrize("key", ["a b", "A", "select", 'q"q', "é", "_id", "x.y", "p0"])
def test_a_property_may_have_any_name(key: str) -> None:
    graph = make({key: 1, "a": 2})
    quoted = "`" + key.replace("`", "``") + "`"
    row = graph.query(f"MATCH (n) RETURN n.{quoted} AS v, n.a AS a, n AS n").rows()[0]
    assert (row["v"], row["a"], row["n"].properties) == (1, 2, {key: 1, "a": 2})


def test_ids_may_be_anything_hashable() -> None:
    ids = [1, "1", ("a", 2), None, 1.5, frozenset({3})]
    graph = Graph.from_records(
        [{"id": i, "labels": ["N"], "properties": {"r": repr(i)}} for i in ids],
        [{"type": "T", "source": ("a", 2), "target": None}],
    )
    rows = graph.query("MATCH (a)-->(b) RETURN a.r AS a, b.r AS b").rows()
    assert rows == [{"a": "('a', 2)", "b": "None"}]


def test_nothing_at_all_is_a_graph() -> None:
    graph = Graph.from_records([], [])
    assert graph.query("MATCH (n) RETURN n").rows() == []
    assert graph.query("MATCH (n)-[r]->(m) RETURN count(*) AS c").rows() == [{"c": 0}]
    assert graph.query("OPTIONAL MATCH (n)-[r]->() RETURN n, r, n.x").rows() == [
        {"n": None, "r": None, "n.x": None}
    ]


@pytest.mark.parametrize(
    ("nodes", "relations", "reason"),
    [
        ([{"id": 1}, {"id": 1}], [], "two nodes have the id 1"),
        ([{"id": 1}], [{"type": "T", "source": 1, "target": 2}], "target of a T relation, 2"),
        ([{"id": 1, "properties": {"x": {"a": 1}}}], [], "cannot hold a dict"),
        ([{"id": 1, "properties": {"x": 2**63}}], [], "no graph holds.*out of range"),
        ([{"id": 1, "properties": {"x": [2**200]}}], [], "no graph holds.*too large"),
        ([{"id": 1, "properties": {"x": ["a", 2**63]}}], [], "no graph holds.*out of range"),
        ([{"id": 1, "properties": {"x": "\ud800"}}], [], "no graph holds.*surrogate"),
        ([{"labels": ["A"]}], [], "has no id"),
    ],
)
def test_a_malformed_record_is_named(
    nodes: list[dict[str, Any]], relations: list[dict[str, Any]], reason: str
) -> None:
    with pytest.raises(GraphError, match=reason):
        Graph.from_records(nodes, relations)


def test_rows_are_cut_at_the_limit_and_it_is_said() -> None:
    graph = make(*({"x": i} for i in range(10)))
    result = graph.query("MATCH (n) RETURN n.x AS x ORDER BY x", max_rows=3)
    assert [row["x"] for row in result] == [0, 1, 2]
    assert result.truncated
    whole = graph.query("MATCH (n) RETURN n.x", max_rows=10)
    assert len(whole.rows()) == 10
    assert not whole.truncated


def test_a_query_is_stopped_at_its_time_limit() -> None:
    graph = Graph.from_records(
        [{"id": i, "labels": ["N"]} for i in range(400)],
        [
            {"type": "T", "source": i, "target": (i * 7 + j) % 400}
            for i in range(400)
            for j in (1, 2)
        ],
    )
    with pytest.raises(TimeLimitError, match=r"time limit of 0\.3 s"):
        graph.query("MATCH p = (a)-[*]->(b) RETURN count(*)", timeout=0.3).rows()
    assert graph.query("MATCH (n) RETURN count(*) AS c", timeout=30).rows() == [{"c": 400}]


def test_several_threads_may_ask_at_once() -> None:
    graph = make(*({"x": i} for i in range(100)))
    sums: list[int] = []

    def work() -> None:
        sums.extend(graph.query("MATCH (n) RETURN sum(n.x)").rows()[0].values())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sums == [4950] * 8


def test_two_answers_may_be_read_in_turns() -> None:
    graph = make(*({"x": i} for i in range(3000)))
    one = iter(graph.query("MATCH (n) RETURN n.x AS x, n ORDER BY x"))
    two = iter(graph.query("MATCH (n) RETURN n.x AS x ORDER BY x DESC"))
    for i in range(2500):
        assert next(one)["x"] == i
        assert next(two)["x"] == 2999 - i


def test_a_query_cannot_reach_beyond_the_graph(tmp_path: FilePath) -> None:
    graph = make({"x": 1})
    with graph._engine.cursor() as cursor:
        for statement in (
            f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
            "SELECT * FROM read_text('/etc/hostname')",
            f"ATTACH '{tmp_path}/other.db'",
            "INSTALL httpfs",
            "SET enable_external_access = true",
            "SELECT 1; SELECT 2",
            "CREATE TABLE t AS SELECT 1",
        ):
            with pytest.raises(duckdb.Error):
                cursor.execute(statement)
            with pytest.raises(duckdb.Error):
                cursor.relation(statement).fetchall()
    assert not list(tmp_path.iterdir())


def test_prepare_runs_nothing_and_needs_no_parameters() -> None:
    graph = make({"x": 1}, label="N")
    prepared = graph.prepare("MATCH (n:N) WHERE n.x = $x RETURN n.x AS x LIMIT $n")
    assert prepared.columns == ("x",)
    assert prepared.reads == {("N", "x")}
    with pytest.raises(CypherError, match="has no value"):
        graph.query("MATCH (n:N) WHERE n.x = $x RETURN n.x AS x")


def test_values_survive_being_pickled(pair: Graph) -> None:
    row = pair.query("MATCH p = (a:X)-[r]->() RETURN p").rows()[0]
    assert pickle.loads(pickle.dumps(row["p"])) == row["p"]


def test_a_closed_graph_says_so() -> None:
    graph = make({"x": 1})
    graph.close()
    with pytest.raises(GraphError, match="closed"):
        graph.query("RETURN 1 AS x")
