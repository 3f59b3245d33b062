"""A small graph with hubs of trouble: parallel relations, a self-loop, mixed types, no labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from cloudwarden.core.clock import FixedClock
from cloudwarden.graph.graph import Graph

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

NODES = [
    {"id": 1, "labels": ["A"], "properties": {"name": "a1", "x": 1, "l": ["p", "q"]}},
    {"id": 2, "labels": ["A"], "properties": {"name": "a2", "x": 2.5}},
    {"id": 3, "labels": ["B", "C"], "properties": {"name": "b1", "x": "s", "ok": True}},
    {"id": 4, "labels": ["B"], "properties": {"name": "b2"}},
    {"id": 5, "labels": [], "properties": {}},
]
RELATIONS = [
    {"type": "R", "source": 1, "target": 3, "properties": {"w": 1}},
    {"type": "R", "source": 1, "target": 3, "properties": {"w": 2}},
    {"type": "R", "source": 2, "target": 4},
    {"type": "S", "source": 3, "target": 4},
    {"type": "S", "source": 4, "target": 4},
    {"type": "S", "source": 4, "target": 1},
]

Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def graph() -> Iterator[Graph]:
    """The small graph."""
    with Graph.from_records(NODES, RELATIONS, clock=FixedClock(NOW)) as graph:
        yield graph


@pytest.fixture
def ask(graph: Graph) -> Ask:
    """Runs a query and gives the rows as tuples."""

    def run(text: str, **parameters: Any) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in graph.query(text, parameters)]

    return run
