"""Every query of the upstream pack runs over a small graph with the labels it speaks of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.names import label_names
from cloudwarden.graph.cypher.parser import parse
from cloudwarden.graph.graph import Graph

FILE = Path(__file__).parents[4] / "shared" / "data" / "queries.json"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"{FILE} is not there")


def upstream() -> list[dict[str, Any]]:
    if not FILE.exists():
        return []
    queries: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return queries


def chains(text: str) -> Iterator[ast.PathPattern]:
    for clause in parse(text).parts[0].clauses:
        if isinstance(clause, ast.Match):
            yield from clause.patterns


def label_of(node: ast.NodePattern) -> str:
    return next((name.name for name in label_names(node.labels)), "Other")


@pytest.fixture(scope="module")
def schema_graph() -> Iterator[Graph]:
    """Two nodes of each label, and each relation that a pattern asks for."""
    labels: set[str] = set()
    edges: set[tuple[str, str, str]] = set()
    for query in upstream():
        for chain in chains(query["query"] + query["return"]):
            labels |= {label_of(node) for node in chain.nodes}
            for (left, right), relation in zip(pairwise(chain.nodes), chain.relations, strict=True):
                types = [name.name for name in label_names(relation.types)] or ["ANY_TYPE"]
                ends = (label_of(left), label_of(right))
                source, target = reversed(ends) if relation.direction == "<" else ends
                edges |= {(type_, source, target) for type_ in types}
    nodes = [
        {
            "id": (label, i),
            "labels": [label],
            "properties": {"id": f"{label}-{i}", "name": f"{label} {i}", "region": "r"},
        }
        for label in sorted(labels)
        for i in range(2)
    ]
    relations = [
        {"type": type_, "source": (left, i), "target": (right, i)}
        for type_, left, right in sorted(edges)
        for i in range(2)
    ]
    with Graph.from_records(nodes, relations) as graph:
        yield graph


@pytest.mark.parametrize("query", upstream(), ids=lambda query: query["name"])
def test_an_upstream_query_runs(schema_graph: Graph, query: dict[str, Any]) -> None:
    text = query["query"] + query["return"]
    result = schema_graph.query(text, {"target_date": "2024-01-01"}, timeout=60, max_rows=5000)
    rows = result.rows()
    assert all(tuple(row) == result.columns for row in rows)
    if "WHERE" not in text and "{" not in text:
        assert rows, "each pattern of the pack has a match in this graph"
    prepared = schema_graph.prepare(text)
    assert prepared.columns == result.columns
    assert prepared.labels
