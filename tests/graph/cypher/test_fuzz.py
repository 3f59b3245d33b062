"""Whatever is asked, only our own errors come back."""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cloudwarden.core.errors import QueryError
from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.cypher.parser import parse
from cloudwarden.graph.graph import Graph

WORDS = """
    MATCH OPTIONAL WHERE RETURN WITH AS UNWIND ORDER BY SKIP LIMIT UNION ALL CALL EXISTS COUNT
    COLLECT CASE WHEN THEN ELSE END AND OR NOT XOR IN IS NULL STARTS CONTAINS DISTINCT any all
    reduce collect count size labels n a.name r x :A :B :R * .. 1 0 -1 2.5 'a' "b" $p null true
    ( ) [ ] { } | , . - -> <- --> = <> < > <= + - / % ^ =~ & ! ; ` /* // (n) (n:A) -[r]-> -[*]-
    (a)-[:R]->(b) {k:1} shortestPath( datetime() CREATE SET DELETE LOAD
"""
PIECES = st.sampled_from(WORDS.split())
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=20).map(" ".join))


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        parse(text)
    except CypherError as error:
        if text.strip() and not error.caret:
            raise


EXPRESSIONS = st.recursive(
    st.sampled_from(
        ["1", "0", "2.5", "'a'", "null", "true", "[]", "[1, null]", "[1, 'a']", "{k: 1}", "n", "r",
         "n.name", "n.x", "n.l", "r.w", "n.nope", "$p", "$l", "p", "date('2020-01-01')",
         "labels(n)", "type(r)", "nodes(p)", "m", "m.name", "[n, 1]"]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "%", "^", "=", "<>", "<", ">=", "IN",
                                          "AND", "OR", "STARTS WITH", "=~"]), inner)
        .map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["NOT", "-"]), inner).map(lambda t: f"({t[0]} {t[1]})"),
        inner.map(lambda e: f"({e} IS NULL)"),
        st.tuples(st.sampled_from(["size", "head", "toString", "toInteger", "toUpper", "abs",
                                   "properties", "keys", "coalesce", "reverse", "count", "collect",
                                   "sum", "max", "id", "startNode"]), inner)
        .map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"{t[0]}[{t[1]}]"),
        st.tuples(inner, inner).map(lambda t: f"[v IN {t[0]} WHERE {t[1]} | v]"),
        st.tuples(inner, inner).map(lambda t: f"any(v IN {t[0]} WHERE v = {t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"CASE WHEN {t[0]} THEN {t[1]} ELSE 1 END"),
        st.tuples(inner, inner).map(lambda t: f"[{t[0]}, {t[1]}]"),
        st.tuples(inner, inner).map(lambda t: f"{{a: {t[0]}, b: {t[1]}}}.b"),
        inner.map(lambda e: f"EXISTS {{ MATCH (n)-->(z) WHERE z.name = {e} }}"),
        inner.map(lambda e: f"[(n)-->(z) | {e}]"),
        inner.map(lambda e: f"reduce(s = 0, v IN [1, 2] | s + {e})"),
    ),
    max_leaves=6,
)  # fmt: skip
FRAMES = st.sampled_from(
    [
        "MATCH p = (n:A)-[r]->(m) WHERE {0} RETURN n.name AS name LIMIT 3",
        "MATCH p = (n)-[r]->(m) RETURN {0} AS value LIMIT 3",
        "MATCH p = (n)-[r]->(m) WITH {0} AS value, n RETURN value, n ORDER BY value LIMIT 3",
        "MATCH p = (n)-[r]->(m) UNWIND [{0}] AS value RETURN DISTINCT value",
        "MATCH p = (n:B)-[r]->() OPTIONAL MATCH (n)-[:S]->(m) WHERE {0} RETURN m",
    ]
)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(FRAMES, EXPRESSIONS)
@example("MATCH p = (n)-[r]->(m) RETURN {0} AS value", "{a: n, b: [n, 1]}.b")
def test_any_expression_has_a_value_or_one_of_our_errors(
    graph: Graph, frame: str, expression: str
) -> None:
    text = frame.replace("{0}", expression)
    try:
        graph.query(text, {"p": 1, "l": [1, "a"]}, timeout=20, max_rows=50).rows()
    except QueryError as error:
        if "please report" in str(error):
            raise
