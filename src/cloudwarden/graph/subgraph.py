"""The nodes and relations of an answer as one graph, each once, for tools that draw or store it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudwarden.graph.values import Node, Path, Relationship, to_json

if TYPE_CHECKING:
    from cloudwarden.graph.graph import Graph


class Subgraph:
    """Collects what rows hold, in lists, maps and paths too; scalars are left out."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self._relationships: dict[str, Relationship] = {}

    def add(self, value: Any) -> None:
        """Take what a value, or a whole row, holds."""
        match value:
            case Node():
                self._nodes.setdefault(value.element_id, value)
            case Relationship():
                self._relationships.setdefault(value.element_id, value)
            case Path():
                self.add(value.nodes)
                self.add(value.relationships)
            case Mapping():
                for item in value.values():
                    self.add(item)
            case list() | tuple():
                for item in value:
                    self.add(item)

    def complete(self, graph: Graph, *, timeout: float | None = None) -> None:
        """Fetch the ends of relations that no row held: an edge needs both. Raises `QueryError`."""
        ends = {
            end
            for relation in self._relationships.values()
            for end in (relation.start, relation.end)
        }
        missing = sorted(ends - self._nodes.keys())
        if missing:
            text = "MATCH (n) WHERE elementId(n) IN $missing RETURN n"
            for row in graph.query(text, {"missing": missing}, timeout=timeout):
                self.add(row)

    def to_json(self) -> dict[str, Any]:
        """`nodes` and `edges` as plain data."""
        return {
            "nodes": [
                {
                    "id": node.element_id,
                    "labels": list(node.labels),
                    "properties": to_json(node.properties),
                }
                for node in self._nodes.values()
            ],
            "edges": [
                {
                    "id": relation.element_id,
                    "type": relation.type,
                    "source": relation.start,
                    "target": relation.end,
                    "properties": to_json(relation.properties),
                }
                for relation in self._relationships.values()
            ],
        }
