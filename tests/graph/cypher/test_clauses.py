"""What clauses leave in reach of each other, and what they refuse: over the small graph."""

from __future__ import annotations

from typing import Any

import pytest
from tests.graph.cypher.conftest import Ask

from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.graph import Graph

ROWS: list[tuple[str, list[tuple[Any, ...]]]] = [
    # ORDER BY sees what is projected and what was there before.
    ("UNWIND [3, 1, 2] AS x WITH x, -x AS y WITH x % 2 AS m ORDER BY y LIMIT 2 RETURN m",
     [(1,), (0,)]),
    ("UNWIND [1, 2, 3] AS x WITH x % 3 AS x ORDER BY x * -1 RETURN x", [(2,), (1,), (0,)]),
    ("UNWIND [1, 2, 3] AS x RETURN x % 2 AS m, count(*) AS c ORDER BY x % 2", [(0, 1), (1, 2)]),
    ("MATCH (a:A) RETURN a.name AS n, count(*) AS c ORDER BY a.name + 'z' DESC, count(*)",
     [("a2", 1), ("a1", 1)]),
    ("UNWIND [1, 2, 2] AS x RETURN DISTINCT x + 1 AS y ORDER BY x + 1 DESC", [(3,), (2,)]),
    ("UNWIND [1, 2, 3] AS x RETURN x ORDER BY x SKIP 1 LIMIT toInteger(1.9)", [(2,)]),
    # Each part of a subquery imports for itself.
    (("MATCH (a:A {name: 'a1'}) CALL { WITH a RETURN a.x AS x UNION ALL "
      "MATCH (a:A) RETURN 0 AS x } RETURN x ORDER BY x"), [(0,), (0,), (1,)]),
    ("UNWIND [1, 2] AS i CALL { WITH i WITH i WHERE i > 1 RETURN i AS j } RETURN i, j", [(2, 2)]),
    ("UNWIND [1, 2] AS i CALL (*) { RETURN i * 2 AS j } RETURN j ORDER BY j", [(2,), (4,)]),
    # A bar ends the labels in a comprehension, or joins them.
    ("MATCH (n) WITH collect(n) AS ns RETURN [m IN ns WHERE m:A | m.name]", [(["a1", "a2"],)]),
    ("MATCH (n) WITH collect(n) AS ns RETURN [m IN ns WHERE m:A|C | m.name]",
     [(["a1", "a2", "b1"],)]),
    ("MATCH DIFFERENT RELATIONSHIPS (a)-[:R]->(b), (a)-[:R]->(c) RETURN count(*)", [(2,)]),
]  # fmt: skip

REFUSED = [
    ("MATCH (n) RETURN n.name AS x, count(*) AS c ORDER BY n.x", "grouped by"),
    ("MATCH (n) RETURN n.name AS x, min(n.x) AS c ORDER BY sum(n.x)", "that are returned"),
    ("MATCH (n) RETURN n.name ORDER BY max(n.x)", "aggregates"),
    ("MATCH (n) RETURN DISTINCT n.name AS x ORDER BY count(*)", "aggregates that are returned"),
    # What is more than a property does not stand for itself beside an aggregate.
    ("MATCH (n) RETURN n.x + 1 AS y, n.x + 1 + count(*) AS c", "neither grouped by nor aggregated"),
    ("MATCH (n) RETURN n LIMIT -1", "not negative"),
    ("MATCH (n) RETURN n LIMIT 1.5", "not negative"),
    ("MATCH (n) RETURN n LIMIT null", "not negative"),
    ("MATCH (n) RETURN n LIMIT 1 - 2", "not negative"),
    ("MATCH (n) RETURN n SKIP n.x", "n is not defined"),
    ("MATCH (n) CALL { WITH n AS m RETURN m.x AS x } RETURN x", "can do nothing else"),
    ("MATCH (n) CALL { WITH n WHERE n.x > 1 RETURN 1 AS x } RETURN x", "can do nothing else"),
    ("MATCH (n) CALL { WITH n, 1 AS one RETURN 1 AS x } RETURN x", "n is not defined"),
    ("MATCH (n) CALL (n) { RETURN 1 AS n } RETURN n", "already defined"),
    ("MATCH (n) CALL (n) { MATCH (m) } RETURN n", "must end with RETURN"),
    ("RETURN 1 AS a UNION RETURN 2 AS b", "same columns"),
    ("MATCH (a)-[r]->(b), (c)-[r]->(d) RETURN r", "twice in one pattern"),
    ("MATCH (a), a = (b)-->(c) RETURN a", "already defined"),
    ("MATCH REPEATABLE ELEMENTS (a)-->(b) RETURN a", "is refused"),
    ("MATCH (n) FILTER n.x > 1 RETURN n", "FILTER is refused"),
]


@pytest.mark.parametrize(("text", "rows"), ROWS)
def test_rows(ask: Ask, text: str, rows: list[tuple[Any, ...]]) -> None:
    assert ask(text) == rows


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_clauses_refuse(graph: Graph, text: str, reason: str) -> None:
    with pytest.raises(CypherError, match=reason):
        graph.query(text).rows()
