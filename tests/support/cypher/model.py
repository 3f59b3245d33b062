"""A property graph as plain objects, made of the records that `Graph.from_records` takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class NodeItem:
    """A node; itself only, whatever it holds."""

    place: int
    labels: tuple[str, ...]
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class RelationItem:
    """A relation between two nodes."""

    place: int
    type: str
    start: NodeItem
    end: NodeItem
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Walk:
    """A path: nodes and relations in turn, a node at either end."""

    items: tuple[NodeItem | RelationItem, ...]

    @property
    def nodes(self) -> list[NodeItem]:
        return [item for item in self.items if isinstance(item, NodeItem)]

    @property
    def relations(self) -> list[RelationItem]:
        return [item for item in self.items if isinstance(item, RelationItem)]


class MemoryGraph:
    """Nodes, and the relations that leave and reach each."""

    def __init__(
        self, nodes: Iterable[Mapping[str, Any]], relations: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        by_id = {
            record["id"]: NodeItem(
                place, tuple(dict.fromkeys(record.get("labels") or ())), _held(record)
            )
            for place, record in enumerate(nodes)
        }
        self.nodes = list(by_id.values())
        self.leaving: dict[NodeItem, list[RelationItem]] = defaultdict(list)
        self.reaching: dict[NodeItem, list[RelationItem]] = defaultdict(list)
        self.relations: list[RelationItem] = []
        for place, record in enumerate(relations):
            start, end = by_id[record["source"]], by_id[record["target"]]
            relation = RelationItem(place, record["type"], start, end, _held(record))
            self.relations.append(relation)
            self.leaving[start].append(relation)
            self.reaching[end].append(relation)

    def steps(self, node: NodeItem, direction: str) -> Iterable[tuple[RelationItem, NodeItem]]:
        """The relations one can go along from a node, with where they lead; a loop once."""
        if direction in {">", "-"}:
            for relation in self.leaving[node]:
                yield relation, relation.end
        if direction in {"<", "-"}:
            for relation in self.reaching[node]:
                if direction == "<" or relation.start is not relation.end:
                    yield relation, relation.start


def _held(record: Mapping[str, Any]) -> dict[str, Any]:
    properties = record.get("properties") or {}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in properties.items()
        if value is not None
    }
