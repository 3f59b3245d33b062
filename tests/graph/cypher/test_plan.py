"""The plan of a query in words, and its SQL laid out."""

from __future__ import annotations

import re

import pytest

from cloudwarden.graph import CypherError, Graph
from cloudwarden.graph.cypher.signatures import EXAMPLE_NODES, EXAMPLE_RELATIONS
from cloudwarden.graph.cypher.sql_layout import laid_out

GRAPH = Graph.from_records(EXAMPLE_NODES, EXAMPLE_RELATIONS)


def words(text: str, **parameters: object) -> list[str]:
    return list(GRAPH.plan(text, parameters).lines)


def test_labels_are_scanned_joined_filtered_grouped_sorted_and_cut() -> None:
    text = """
        MATCH (a:Account)-[:OWNS]->(b:Bucket)
        WHERE b.name STARTS WITH 'l' // WHERE not
          AND b.size > $least
        RETURN a.name, count(*) AS n ORDER BY n DESC SKIP 1 LIMIT 3"""
    assert words(text, least=1) == [
        "Match (a:Account)-[:OWNS]->(b:Bucket)",
        "  Scan a: Account (1 node)",
        "  Scan b: Bucket (2 nodes)",
        "  Join a with b along OWNS (2 relations)",
        "  Keep where b.name STARTS WITH 'l' AND b.size > $least",
        "Group by a.name: count(*) AS n",
        "Sort by n DESC",
        "Skip 1",
        "Keep the first 3",
        "Return a.name, count(*) AS n",
    ]


def test_what_labels_leave_open_is_narrowed_to_what_can_be() -> None:
    assert words("MATCH (x)<-[r]-(y) RETURN r")[1:4] == [
        "  Scan x: Bucket (2 nodes)",
        "  Scan y: Account (1 node)",
        "  Join x with y along OWNS (2 relations)",
    ]


def test_what_cannot_be_is_told() -> None:
    plan = GRAPH.plan("MATCH (a:Nothing)-->(b) RETURN b")
    assert "  Scan a: nothing here fits" in plan.lines
    assert plan.notices == ("no label is called Nothing",)


def test_lengths_and_shortest_paths_are_told() -> None:
    assert words("MATCH (a:Account)-[:OWNS*1..3]-(b) RETURN b")[3].endswith(", 1 to 3 steps")
    assert words("MATCH (a:Account)-[:OWNS*]-(b) RETURN b")[3].endswith(", 1 or more steps")
    text = "MATCH p = shortestPath((:Account)-[:OWNS*]->(:Bucket)) RETURN p"
    assert words(text)[3].endswith(", one of the shortest paths")


def test_optional_matches_and_subqueries_are_told_at_their_depth() -> None:
    text = """
        MATCH (a:Account) OPTIONAL MATCH (a)-[:OWNS]->(b)
        WITH DISTINCT a, b WHERE b.size > 1
        UNWIND [1, 2] AS x
        CALL (a) { MATCH (a)-->(c) RETURN sum(c.size) AS s UNION RETURN 0 AS s }
        RETURN *, s + x AS t"""
    assert words(text) == [
        "Match (a:Account)",
        "  Scan a: Account (1 node)",
        "Match (a)-[:OWNS]->(b), keeping rows without any",
        "  Known a: Account",
        "  Scan b: Bucket (2 nodes)",
        "  Join a with b along OWNS (2 relations)",
        "Drop duplicates",
        "Keep where b.size > 1",
        "Go on with a, b",
        "A row for each element of [1, 2] AS x",
        "For each row, the rows of a subquery",
        "  Union of 2 queries, without duplicates",
        "    Query",
        "      Match (a)-->(c)",
        "        Known a: Account",
        "        Scan c: Bucket (2 nodes)",
        "        Join a with c along OWNS (2 relations)",
        "      Take all rows as one group: sum(c.size) AS s",
        "      Return sum(c.size) AS s",
        "    Query",
        "      Return 0 AS s",
        "Return *, s + x AS t",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "RETURN 1 AS where_it_is, ';' AS b, 'WHERE' AS c;",
        "MATCH (b:Bucket {name: 'LIMIT'}) RETURN b.limit, b.`ORDER` ORDER BY b.skip",
        "RETURN [x IN [1, 2] WHERE x > 1 | x] AS a, {b: 2} AS m UNION ALL RETURN [1] AS a, {} AS m",
        "UNWIND [1] AS end RETURN CASE end WHEN 1, 2 THEN 'a' ELSE 'b' END AS x, end",
        "MATCH (a) WHERE EXISTS { MATCH (a)-->(b) WHERE b.size > 1 } RETURN COLLECT { RETURN 1 }",
    ],
)
def test_words_that_look_like_clauses_are_left_alone(text: str) -> None:
    assert words(text)[-1].strip().startswith("Return ")


def test_a_query_that_is_refused_has_no_plan() -> None:
    with pytest.raises(CypherError):
        GRAPH.plan("CREATE (n)")


def test_laying_out_changes_nothing_but_blanks() -> None:
    text = "MATCH (a)-[:OWNS*1..2]-(b) WHERE b.name = ' FROM (SELECT' WITH a, b RETURN a.name, b"
    sql = GRAPH.explain(text)
    assert "' FROM (SELECT'" in laid_out(sql)
    assert re.sub(r"\s", "", laid_out(sql)) == re.sub(r"\s", "", sql)
    assert max(map(len, laid_out(sql).splitlines())) < len(sql)
