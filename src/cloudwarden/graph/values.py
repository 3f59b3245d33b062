"""Values that queries return and Python has no type for: nodes, relationships, paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from cloudwarden.graph.temporal_printing import text
from cloudwarden.graph.temporal_values import Duration, Far, stored


@dataclass(frozen=True, slots=True)
class Node:
    """A node as it is in the graph; equal to another of the same `element_id`."""

    element_id: str
    labels: tuple[str, ...] = field(compare=False)
    properties: Mapping[str, Any] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Relationship:
    """A relationship; `start` and `end` are the `element_id`s of its nodes."""

    element_id: str
    type: str = field(compare=False)
    start: str = field(compare=False)
    end: str = field(compare=False)
    properties: Mapping[str, Any] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Path:
    """A walk through the graph: `len(nodes) == len(relationships) + 1`."""

    nodes: tuple[Node, ...]
    relationships: tuple[Relationship, ...]


def to_json(value: Any) -> Any:
    """A value of a query's answer as plain data for JSON."""
    if isinstance(value, Node):
        return {
            "element_id": value.element_id,
            "labels": list(value.labels),
            "properties": to_json(value.properties),
        }
    if isinstance(value, Relationship):
        return {
            "element_id": value.element_id,
            "type": value.type,
            "start": value.start,
            "end": value.end,
            "properties": to_json(value.properties),
        }
    if isinstance(value, Path):
        return {
            "nodes": [to_json(node) for node in value.nodes],
            "relationships": [to_json(relationship) for relationship in value.relationships],
        }
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, date | time | timedelta | Duration | Far):
        return text(*stored(value))
    return value
