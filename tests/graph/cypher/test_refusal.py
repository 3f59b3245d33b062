"""What is refused, and how it is said: line, column, caret, hint."""

from __future__ import annotations

import pytest

from cloudwarden.core.errors import QueryError
from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.cypher.parser import parse
from cloudwarden.graph.graph import Graph


@pytest.mark.parametrize(
    "text",
    [
        "CREATE (n)",
        "MATCH (n) CREATE (m)",
        "MERGE (n:A)",
        "MATCH (n) SET n.x = 1",
        "MATCH (n) REMOVE n.x",
        "MATCH (n) DELETE n",
        "MATCH (n) DETACH DELETE n",
        "FOREACH (x IN [1] | CREATE (n))",
        "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
        "CALL db.labels()",
        "CALL apoc.load.json('file:///etc/passwd') YIELD value RETURN value",
        "USE other MATCH (n) RETURN n",
        "PROFILE MATCH (n) RETURN n",
        "EXPLAIN MATCH (n) RETURN n",
        "SHOW DATABASES",
        "DROP INDEX i",
        "CREATE INDEX FOR (n:A) ON (n.x)",
        "MATCH (n) RETURN n; MATCH (m) DELETE m",
        "CALL { CREATE (n) } RETURN 1",
        "MATCH (n) WHERE EXISTS { MATCH (n) DELETE n } RETURN n",
        "MATCH (n) USING INDEX n:A(x) RETURN n",
        "MATCH (n) CALL (n) { RETURN 1 AS x } IN TRANSACTIONS RETURN x",
    ],
)
def test_what_is_not_a_reading_query_is_refused_where_it_stands(text: str) -> None:
    with pytest.raises(CypherError) as caught:
        parse(text)
    assert caught.value.caret.rstrip().endswith("^")


@pytest.mark.parametrize(
    "name", ["randomUUID", "rand", "apoc.load.json", "gds.graph.list", "file", "read_csv", "getenv"]
)
def test_functions_that_are_not_of_the_language_are_refused(graph: Graph, name: str) -> None:
    with pytest.raises(CypherError):
        graph.query(f"RETURN {name}('x')")


def test_an_error_points_at_its_place() -> None:
    with pytest.raises(CypherError) as caught:
        parse("MATCH (n)\nWHERE n.x >\nRETURN n")
    error = caught.value
    assert (error.line, error.column) == (3, 8)
    assert error.caret == "  RETURN n\n         ^"
    assert str(error).startswith("line 3, column 8: ")


def test_a_refused_clause_says_what_to_do_instead() -> None:
    with pytest.raises(CypherError) as caught:
        parse("MATCH (n) CALL db.labels() RETURN 1")
    assert (caught.value.line, caught.value.column) == (1, 11)
    assert "cloudwarden schema" in caught.value.hint


def test_an_unknown_function_names_the_closest(graph: Graph) -> None:
    with pytest.raises(CypherError, match="there is no function toUper"):
        graph.query("RETURN toUper('a')")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("RETURN 'abc", "never closed"),
        ("RETURN `abc", "never closed"),
        ("RETURN 1 /* x", "never closed"),
        ("RETURN 9223372036854775808", "does not fit 64 bits"),
        ("RETURN '\\q'", "not an escape"),
        ("MATCH (n)", "returns nothing"),
        ("RETURN 1 RETURN 2", "nothing can follow RETURN"),
        ("RETURN 1 AS x UNION RETURN 2 AS x UNION ALL RETURN 3 AS x", "cannot be mixed"),
        ("", "expected a clause"),
        ("RETURN " + "(" * 200 + "1" + ")" * 200, "deep"),
        ("RETURN " + "[" * 5000, "deep"),
        ("RETURN " + "+".join(["1"] * 5000), "in a row"),
        ("MATCH (a){2} RETURN a", "a node cannot be quantified"),
        ("MATCH (a)-->{3,1}(b) RETURN a", "lets nothing match"),
        ("MATCH ((a)-[*]->(b)){2} RETURN a", "cannot be nested"),
        ("MATCH SHORTEST 0 (a)-->+(b) RETURN a", "1 or more"),
        ("MATCH (n:$name) RETURN n", "cannot be computed"),
    ],
)
def test_what_cannot_be_read_is_explained(graph: Graph, text: str, reason: str) -> None:
    with pytest.raises(CypherError, match=reason):
        graph.query(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("MATCH (n) RETURN m", "m is not defined"),
        ("MATCH (n) WITH n.name AS name RETURN n", "n is not defined"),
        ("MATCH (n) WITH n.name RETURN 1", "needs a name"),
        ("MATCH (n) RETURN n.name, n.name", "two columns"),
        ("MATCH (n)-[n]->() RETURN n", "n"),
        ("MATCH (n $properties) RETURN n", "cannot be one parameter"),
        ("MATCH ANY SHORTEST (a)-->+(b), (c) RETURN a", "alone in its MATCH"),
        ("MATCH (n) WHERE count(n) > 1 RETURN n", "aggregates"),
        ("MATCH (n) RETURN count(count(n))", "aggregates"),
        ("MATCH (n) RETURN n.name + count(*)", "neither grouped by nor aggregated"),
        ("MATCH (n) RETURN DISTINCT n.name ORDER BY n.x", "n is n"),
        ("RETURN 1 + true", "type mismatch"),
        ("RETURN toUpper(1)", "type mismatch"),
        ("RETURN size()", "takes 1 arguments"),
        ("MATCH (n) WHERE n.name = $who RETURN n", "parameter .who has no value"),
        ("MATCH (n) RETURN n LIMIT -1", "not negative"),
        ("MATCH (n) WHERE (n)-[:R]->(m) RETURN n", "cannot introduce m"),
        ("UNWIND [1] AS x UNWIND [2] AS x RETURN x", "already defined"),
        ("RETURN 1 AS a UNION RETURN 2 AS b", "same columns"),
        ("RETURN {`~node`: 1}", "cannot begin with ~"),
    ],
)
def test_what_makes_no_sense_is_explained(graph: Graph, text: str, reason: str) -> None:
    with pytest.raises(CypherError, match=reason):
        graph.query(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("UNWIND [0] AS x RETURN 1 / x", "division by zero"),
        ("UNWIND [9223372036854775807] AS x RETURN x + 1", "64 bits"),
        ("MATCH (n) RETURN sum(n.x)", "expected a number, found a string"),
        ("UNWIND ['a', 1] AS x RETURN toUpper(x)", "expected a string"),
        ("UNWIND ['x'] AS x RETURN datetime(x)", "'x' is not a date and time"),
    ],
)
def test_a_failure_while_running_is_ours_to_tell(graph: Graph, text: str, reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        graph.query(text).rows()


@pytest.mark.parametrize(
    "value",
    ["x' OR 1=1 --", 'x" OR 1=1 //', "'; DROP TABLE _nodes; --", "\\", "\0", "{0}", "🐎", "'||'"],
)
def test_a_value_is_a_value_however_it_is_written(graph: Graph, value: str) -> None:
    assert graph.query("RETURN $v AS v", {"v": value}).rows() == [{"v": value}]
    assert graph.query("MATCH (n:A {name: $v}) RETURN n", {"v": value}).rows() == []
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    assert graph.query(f"RETURN '{quoted}' AS v").rows() == [{"v": value}]


def test_half_a_character_is_refused(graph: Graph) -> None:
    with pytest.raises(CypherError, match="not Unicode"):
        graph.query("RETURN $v AS v", {"v": "\ud800"})
    with pytest.raises(CypherError, match="not Unicode"):
        graph.query("RETURN '\ud800' AS v")


@pytest.mark.parametrize("name", ['a"b', "a'b", "select", "a;b", "x{0}y", "a.b"])
def test_a_name_is_a_name_however_it_is_written(graph: Graph, name: str) -> None:
    text = f"MATCH (`{name}`:A) RETURN `{name}`.`{name}` AS `{name}`, {{`{name}`: 1}} AS m LIMIT 1"
    assert graph.query(text).rows() == [{name: None, "m": {name: 1}}]
