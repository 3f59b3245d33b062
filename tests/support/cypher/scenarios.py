"""Scenarios as plain data: a graph, a query, and the rows or the error that must come of it.

A file names one of the graphs of `graphs.yaml` and lists scenarios. Rows are lists of values in
the order of the columns; nodes are written `(name)`, relations `[TYPE]`, paths as a chain of both,
temporal values as their text. Rows may come in any order unless the scenario says `ordered`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Any

import yaml

from cloudwarden.core.clock import FixedClock
from cloudwarden.graph.graph import Graph, Node, Path, Relationship, to_json

#: The moment at which scenarios take place.
NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One question with what must come of it; either `rows` or `error` is there."""

    place: str
    name: str
    graph: str
    query: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    columns: list[str] | None = None
    rows: list[list[Any]] | None = None
    ordered: bool = False
    error: Mapping[str, Any] | None = None


def scenarios(folder: FilePath) -> list[Scenario]:
    """The scenarios of all files in a folder. Raises `TypeError` for a key that means nothing."""
    return [
        Scenario(place=path.stem, **{"graph": data["graph"], **record})
        for path in sorted(folder.glob("*.yaml"))
        if path.stem != "graphs"
        for data in [yaml.safe_load(path.read_text())]
        for record in data["scenarios"]
    ]


def graphs(folder: FilePath) -> Iterator[tuple[str, Graph]]:
    """The graphs that scenarios are about, by name."""
    for name, content in yaml.safe_load((folder / "graphs.yaml").read_text()).items():
        yield name, Graph.from_records(*records(content), clock=FixedClock(NOW))


def records(content: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A graph's nodes and relations as `Graph.from_records` takes them."""
    nodes = [
        {
            "id": id_,
            "labels": held["labels"],
            "properties": {key: value for key, value in held.items() if key != "labels"},
        }
        for id_, held in content["nodes"].items()
    ]
    relations = [
        {"type": type_, "source": source, "target": target, "properties": properties}
        for source, type_, target, properties in content["relations"]
    ]
    return nodes, relations


def written(value: Any) -> Any:
    """A value of an answer as scenarios write it."""
    match value:
        case Node():
            return f"({value.properties.get('name', '')})"
        case Relationship():
            return f"[{value.type}]"
        case Path():
            text = written(value.nodes[0])
            for at, relation, to in zip(
                value.nodes, value.relationships, value.nodes[1:], strict=False
            ):
                forward = relation.start == at.element_id
                text += f"-{written(relation)}->" if forward else f"<-{written(relation)}-"
                text += written(to)
            return text
        case list():
            return [written(item) for item in value]
        case dict():
            return {key: written(item) for key, item in value.items()}
    return to_json(value)


def exactly(rows: list[list[Any]], *, ordered: bool) -> Any:
    """Rows to be compared: 1, 1.0 and true apart, NaN equal to itself, order only if it matters."""
    texts = [repr(row) for row in rows]
    return texts if ordered else Counter(texts)
