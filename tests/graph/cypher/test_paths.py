"""Quantified, selected and shortest paths, by hand over a small graph of numbered nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.graph import Graph

#: A circle 1, 2, 3; a short cut from 1 to 3, a loop at 3, and a way out from 2 to 4.
RELATIONS = [
    ("T", 1, 2, 1), ("T", 2, 3, 2), ("T", 3, 1, 3), ("U", 1, 3, 4), ("T", 3, 3, 5), ("T", 2, 4, 6)
]  # fmt: skip

NODES = "[i IN nodes(p) | i.n] AS ns ORDER BY ns"

QUANTIFIED: list[tuple[str, list[tuple[Any, ...]]]] = [
    ("MATCH (a:A)-[r:T]->{2}(b) RETURN [x IN r | x.w] AS w, b.n ORDER BY w",
     [([1, 2], 3), ([1, 6], 4)]),
    (f"MATCH p = (a:A)-[:T]->{{,1}}(b) RETURN {NODES}", [([1],), ([1, 2],)]),
    (f"MATCH p = (c:C)<-[:U]-+(b) RETURN {NODES}", [([3, 1],)]),
    (f"MATCH p = (c:D)<--*(:A) RETURN {NODES}",
     [([4, 2, 1],), ([4, 2, 1, 3, 1],), ([4, 2, 1, 3, 3, 1],)]),
    (("MATCH (a:A)((x)-[r:T]->(y) WHERE x.n < y.n){1,3}(b) RETURN [i IN x | i.n], "
      "[i IN r | i.w] AS ws, [i IN y | i.n], b.n ORDER BY ws"),
     [([1], [1], [2], 2), ([1, 2], [1, 2], [2, 3], 3), ([1, 2], [1, 6], [2, 4], 4)]),
    (f"MATCH p = (a:A)((x)-[:T]->(y)-[s]->(z)){{1,2}}(b) RETURN [i IN y | i.n], {NODES}",
     [([2], [1, 2, 3]), ([2, 1], [1, 2, 3, 1, 3]), ([2, 3], [1, 2, 3, 3, 1]), ([2], [1, 2, 4])]),
    ("MATCH ((x)-[r:T]->(y)){2} RETURN size(x) + size(r) + size(y) AS s, count(*)", [(6, 6)]),
    ("MATCH (a:D) OPTIONAL MATCH (a)((x)-[r]->(y))+(b) RETURN x, r, y, b",
     [(None, None, None, None)]),
    ("MATCH (a:A)((x)-[:T]->(y)){0,1}(b)-[:T]->(c) RETURN x[0].n, c.n ORDER BY c.n",
     [(None, 2), (1, 3), (1, 4)]),
]  # fmt: skip

SELECTED: list[tuple[str, list[tuple[Any, ...]]]] = [
    (f"MATCH p = ANY SHORTEST (a:A)-->+(c) RETURN {NODES}",
     [([1, 2],), ([1, 2, 4],), ([1, 3],), ([1, 3, 1],)]),
    (f"MATCH p = ALL SHORTEST (a:A)--+(c:C|D) RETURN {NODES}",
     [([1, 2, 4],), ([1, 3],), ([1, 3],)]),
    (f"MATCH p = SHORTEST 2 (a:A)-->+(c:C) RETURN {NODES}", [([1, 2, 3],), ([1, 3],)]),
    (f"MATCH p = SHORTEST 2 PATH GROUPS (a:A)-->+(c:C) RETURN {NODES}",
     [([1, 2, 3],), ([1, 3],), ([1, 3, 3],)]),
    (f"MATCH p = ANY (a:A)-[:U]->(b)-[:T]->+(c:D) RETURN {NODES}", [([1, 3, 1, 2, 4],)]),
    (f"MATCH p = ALL PATHS (a:A)-->{{1}}(c) RETURN {NODES}", [([1, 2],), ([1, 3],)]),
    # A condition outside chooses among the selected, one inside among those to select from.
    (f"MATCH p = ANY SHORTEST (a:A)-->+(c:C) WHERE length(p) > 1 RETURN {NODES}", []),
    (f"MATCH p = ANY SHORTEST ((a:A)-->+(c:C) WHERE length(p) > 1) RETURN {NODES}",
     [([1, 2, 3],)]),
    ("UNWIND [1, 1] AS k MATCH p = SHORTEST 1 (a:A)-->+(c:C) RETURN k, length(p)",
     [(1, 1), (1, 1)]),
    ("MATCH (a:A) OPTIONAL MATCH p = SHORTEST 2 (a)-[:U]->+(c:D) RETURN a.n, p", [(1, None)]),
]  # fmt: skip

SHORTEST: list[tuple[str, list[tuple[Any, ...]]]] = [
    (f"MATCH p = allShortestPaths((a:A)-[*]-(c)) RETURN {NODES}",
     [([1, 2],), ([1, 2, 4],), ([1, 3],), ([1, 3],)]),
    (f"MATCH p = allShortestPaths((a)-[*..2]-(c:D)) RETURN {NODES}",
     [([1, 2, 4],), ([2, 4],), ([3, 2, 4],)]),
    # What is said of the path takes part in the search.
    (f"MATCH p = shortestPath((a:A)-[*]->(c:C)) WHERE length(p) > 1 RETURN {NODES}",
     [([1, 2, 3],)]),
    ((f"MATCH p = shortestPath((a:A)-[*]->(c:C)) WHERE all(r IN relationships(p) WHERE r.w < 4) "
      f"RETURN {NODES}"), [([1, 2, 3],)]),
    ((f"MATCH p = shortestPath((a:A)-[*]->(c:D)) WHERE none(n IN nodes(p) WHERE n.n = 2) "
      f"RETURN {NODES}"), []),
    ("MATCH p = shortestPath((a:A)-[rs*]->(c:D)) RETURN [r IN rs | r.w]", [([1, 6],)]),
    ("MATCH p = shortestPath((a:A)-[*0..]->(c)) RETURN c.n, length(p) ORDER BY c.n",
     [(1, 0), (2, 1), (3, 1), (4, 2)]),
    ("MATCH shortestPath((a:A)-[r]->(c)) RETURN c.n, r.w ORDER BY c.n", [(2, 1), (3, 4)]),
    (("MATCH (a:A), (c) OPTIONAL MATCH p = shortestPath((a)-[:U*]->(c)) RETURN c.n, length(p) "
      "ORDER BY c.n"), [(1, None), (2, None), (3, 1), (4, None)]),
    (("MATCH (a:A), (d) RETURN d.n, length(shortestPath((a)-[*]-(d))) AS l, "
      "size(allShortestPaths((a)-[*]-(d))) AS s ORDER BY d.n"),
     [(1, None, 0), (2, 1, 1), (3, 1, 2), (4, 2, 1)]),
    ("MATCH (a:A), (d) WHERE length(shortestPath((a)-[:T*]->(d))) > 1 RETURN d.n ORDER BY d.n",
     [(3,), (4,)]),
]  # fmt: skip

LISTS: list[tuple[str, list[tuple[Any, ...]]]] = [
    ("MATCH (:A)-[rs*2]->(:D) MATCH (x)-[rs*]->(y) RETURN x.n, y.n", [(1, 4)]),
    (f"MATCH (:A)-[rs*2]->(:D) MATCH p = (x)-[rs*]-(y) RETURN {NODES}",
     [([1, 2, 4],)]),
    ("MATCH (a)-[r:T]->(b:D) WITH [r, r] AS rs MATCH (x)-[rs*]-(y) RETURN x", []),
    ("MATCH (:A)-[rs*2]->(:D) MATCH (x)-[rs*3..]->(y) RETURN x", []),
    ("MATCH (:A)-[rs*2]->(d:D) MATCH (d)-[rs*]->(y) RETURN y", []),
    ("WITH null AS rs MATCH (x)-[rs*]->(y) RETURN x", []),
    ("MATCH ()-[r:U]->() WITH [r, null][0] AS s MATCH (x)-[s]->(y) RETURN x.n, y.n", [(1, 3)]),
    ("UNWIND [1, null] AS z MATCH (a:A) WITH [a, z][z - 1] AS b MATCH (b)-->(c) RETURN count(c)",
     [(2,)]),
    ("MATCH (a:A)-[*1..2]->(b) WHERE a.nothing RETURN b", []),
    ("MATCH (a:A)-[rs:T*1..2 {w: a.n}]->(b) RETURN b.n", [(2,)]),
    ("MATCH (a)-[:U]->(), (b)-[:T*1..2 {w: a.n}]->(c) RETURN b.n, c.n", [(1, 2)]),
    ("MATCH (a:A)-[:U]->(b)-[*2]->(c)-[:T]->(d) RETURN c.n, d.n ORDER BY c.n, d.n",
     [(1, 2), (2, 3), (2, 4)]),
]  # fmt: skip


@pytest.fixture(scope="module")
def graph() -> Iterator[Graph]:
    nodes = [
        {"id": n, "labels": [label], "properties": {"n": n}} for n, label in enumerate("ABCD", 1)
    ]
    relations = [
        {"type": type_, "source": source, "target": target, "properties": {"w": w}}
        for type_, source, target, w in RELATIONS
    ]
    with Graph.from_records(nodes, relations) as graph:
        yield graph


@pytest.mark.parametrize(("text", "rows"), QUANTIFIED + SELECTED + SHORTEST + LISTS)
def test_rows(graph: Graph, text: str, rows: list[tuple[Any, ...]]) -> None:
    assert [tuple(row.values()) for row in graph.query(text)] == rows


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("MATCH (a)-[r:T]->(b) MATCH ((x)-[r]->(y)){2} RETURN x", "already defined"),
        ("MATCH (a) MATCH ((a)-[:T]->(y)){2} RETURN y", "already defined"),
        ("MATCH (x)((x)-[:T]->(y)){2} RETURN y", "twice in one pattern"),
        ("MATCH shortestPath((a)-[*2..]->(b)) RETURN a", "lower bound is 0 or 1"),
        ("MATCH shortestPath((a)-[*]->(b)-[*]->(c)) RETURN a", "exactly one relation"),
        ("MATCH (a) RETURN shortestPath((a)-[*]->(b))", "cannot introduce b"),
        ("WITH [1] AS rs MATCH (a)-[rs*]->(b) RETURN a", "a list of relationships"),
        ("WITH [[1], 'x'] AS rs UNWIND rs AS r MATCH (a)-[r]->(b) RETURN a", "expected a relation"),
        ("MATCH (a) WITH [a, 1] AS l UNWIND l AS x MATCH (x)-->(y) RETURN y", "expected a node"),
        ("MATCH (a) RETURN (a)-->()", "a condition, not a value"),
        ("MATCH (a) RETURN size((a)-->())", "a condition, not a value"),
    ],
)
def test_what_no_path_can_be_is_refused(graph: Graph, text: str, reason: str) -> None:
    with pytest.raises(CypherError, match=reason):
        graph.query(text).rows()
