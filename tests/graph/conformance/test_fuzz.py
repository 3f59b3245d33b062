"""Whatever is asked: rows or an error of ours, never one of the engine's, and one statement."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.cypher.comparing import FAULT
from tests.support.cypher.mutations import spoilt
from tests.support.cypher.random_graphs import small_graph

from cloudwarden.core.errors import QueryError
from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.cypher.parser import parse
from cloudwarden.graph.graph import Graph

SEEDS = Path(__file__).parent / "seeds"
HOSTILE = (
    "'", '"', "`", "``", "a`b", "\\", "\\'", "';--", "' OR '1'='1", "\"; DROP TABLE _nodes; --",
    "n); DELETE FROM n0; --", "/*", "*/", "--", "$1", "?", ":x", "{0}", "{a}", "%s", "%", "_",
    "\0", "\n", "\r\n", "\t", "", " ", "é\u0301", "\U0001f600", "\u202e", "u0", "_id", "rowid",
    "select", "NULL", "true", "p0", "cw_key", "main._nodes", "x" * 5000,
)  # fmt: skip
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))
#: Names of keys that begin with ~ are refused: that is how values hide what they are.
NAMES = TEXTS.filter(lambda text: text and not text.startswith("~"))


@pytest.fixture(scope="module")
def graph() -> Any:
    records = small_graph(Random(7))
    with Graph.from_records(records.nodes, records.relations) as made:
        yield made


def failure(graph: Graph, text: str, parameters: dict[str, Any]) -> QueryError | None:
    """The error of a query, if it has one; any other exception is a fault."""
    try:
        sql = graph.explain(text, parameters)
        assert len(duckdb.extract_statements(sql)) == 1, sql
        graph.query(text, parameters, timeout=20, max_rows=100).rows()
    except QueryError as error:
        return error
    return None


def expect_rows_or_refusal(graph: Graph, text: str, parameters: dict[str, Any]) -> None:
    error = failure(graph, text, parameters)
    assert FAULT not in str(error), f"{text}\n{error}"
    if isinstance(error, CypherError):
        assert error.offset is None or not text.strip() or error.caret, text
    elif error is not None:
        assert "limit" in str(error), f"{text}\n{error}"


def parsing_failure(text: str) -> CypherError | None:
    try:
        parse(text)
    except CypherError as error:
        return error
    return None


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@pytest.mark.parametrize("seed", range(4))
def test_spoilt_queries_have_rows_or_are_refused(graph: Graph, seed: int) -> None:
    for number in range(300):
        expect_rows_or_refusal(graph, *spoilt(Random(f"{seed}/{number}")))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_many_spoilt_queries_have_rows_or_are_refused(graph: Graph, seed: int) -> None:
    for number in range(5_000):
        expect_rows_or_refusal(graph, *spoilt(Random(f"many {seed}/{number}")))


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_once_went_wrong_does_not_again(graph: Graph, path: Path) -> None:
    for record in yaml.safe_load(path.read_text()):
        expect_rows_or_refusal(graph, record["query"], record.get("parameters") or {})


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(max_size=80))
@example("\0")
@example("MATCH (n) RETURN n.\U0001f600")
@example("RETURN '\\ud800'")
def test_any_text_parses_or_is_refused_with_its_place(text: str) -> None:
    error = parsing_failure(text)
    assert error is None or error.offset is not None
    assert error is None or 0 <= error.offset <= len(text)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(TEXTS)
def test_a_text_comes_back_as_it_went_in(graph: Graph, text: str) -> None:
    query = f"RETURN $text AS a, {literal(text)} AS b, [$text][0] AS c, {{k: $text}}.k AS d"
    expect_rows_or_refusal(graph, query, {"text": text})
    if failure(graph, query, {"text": text}) is None:
        (row,) = graph.query(query, {"text": text})
        assert list(row.values()) == [text] * 4
    else:
        assert not text.isprintable()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(NAMES)
def test_any_name_may_name_anything(graph: Graph, name: str) -> None:
    name_ = quoted(name)
    query = (
        f"UNWIND [1] AS {name_} WITH {{{name_}: {name_}}} AS m "
        f"MATCH ({name_}:{name_}) WHERE {name_}.{name_} = ${name_} RETURN m.{name_} AS {name_}"
    )
    expect_rows_or_refusal(graph, query, {name: 1})
    result = graph.query(f"UNWIND [1] AS {name_} RETURN {name_}, {{{name_}: 2}} AS m_")
    assert [list(row.values()) for row in result] == [[1, {name: 2}]]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(NAMES)
def test_any_name_may_be_in_the_graph(name: str) -> None:
    nodes = [
        {"id": 1, "labels": [name], "properties": {name: name, "k": 1}},
        {"id": 2, "labels": ["N"], "properties": {"k": 2}},
    ]
    relations = [{"type": name, "source": 1, "target": 2, "properties": {name: name}}]
    name_ = quoted(name)
    query = (
        f"MATCH (a:{name_} {{{name_}: $value}})-[r:{name_}]->(b) "
        f"RETURN a.{name_}, r.{name_}, labels(a), type(r), b.k, a[$value]"
    )
    with Graph.from_records(nodes, relations) as graph:
        (row,) = graph.query(query, {"value": name})
    key = 1 if name == "k" else name
    assert list(row.values()) == [key, name, [name], name, 2, key]


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("(", ")"), ("[", "]"), ("{a: ", "}"), ("NOT ", ""), ("- ", ""), ("size([", "])"),
        ("CASE WHEN true THEN ", " END"), ("[x IN ", " | x]"), ("COUNT { UNWIND [", "] AS q }"),
        ("COLLECT { RETURN ", " AS x }"), ("1 + ", ""), ("true AND ", ""), ("1 < ", ""),
        ("reduce(s = 0, x IN [1] | s + ", ")"), ("[0]", ""), ("'a' + ", ""), ("2 ^ ", ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("depth", [8, 60, 500, 4_000])
def test_what_is_nested_deep_has_a_value_or_is_refused(
    graph: Graph, opening: str, closing: str, depth: int
) -> None:
    text = f"RETURN {opening * depth}true{closing * depth} AS x"
    expect_rows_or_refusal(graph, text, {})


@pytest.mark.parametrize(
    "text",
    [
        "RETURN [" + "1, " * 20_000 + "1] AS l",
        "RETURN " + ", ".join(f"{n} AS c{n}" for n in range(600)),
        " UNION ALL ".join(["RETURN 1 AS x"] * 300),
        "MATCH " + ", ".join(["()"] * 20) + " RETURN 1 LIMIT 1",
        "MATCH (a)" + "-->()" * 60 + " RETURN a",
        "UNWIND [1] AS x " + "WITH x + 1 AS x " * 200 + "RETURN x",
        "MATCH (n:" + "|".join(["A"] * 500) + ") RETURN count(n)",
        "MATCH (n) WHERE n.i IN $l RETURN n",
        "RETURN '" + "a" * 1_000_000 + "' AS t",
        "MATCH (a) " + "OPTIONAL MATCH (a)-->(b) WITH a " * 20 + "RETURN a LIMIT 1",
        "MATCH (a)-[*1..1000000000]->(b) RETURN count(*)",
        "RETURN range(1, 9223372036854775807) AS l",
    ],
    ids=lambda text: text[:30],
)
def test_what_is_very_long_has_rows_or_is_refused(graph: Graph, text: str) -> None:
    expect_rows_or_refusal(graph, text, {"l": list(range(20_000))})


@pytest.mark.parametrize("forged", [{"~node": 1}, {"~path": [1, 2, 3]}, [{"a": {"~relation": 0}}]])
def test_no_entity_can_be_made_up(graph: Graph, forged: Any) -> None:
    for text in ("RETURN $m AS m", "WITH [1, $m] AS l UNWIND l AS x RETURN x"):
        assert failure(graph, text, {"m": forged}) is not None
