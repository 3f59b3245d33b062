"""What nodes, relations, paths and maps hold, and the functions that tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.cypher.meaning import EvaluationError
from tests.support.cypher.model import NodeItem, RelationItem, Walk

FUNCTIONS = frozenset(
    {"labels", "type", "startnode", "endnode", "properties", "keys", "nodes", "relationships",
     "length"}
)  # fmt: skip


def fields_of(subject: Any) -> Mapping[str, Any]:
    """The properties of a node or relation, the entries of a map."""
    if isinstance(subject, NodeItem | RelationItem):
        return subject.properties
    if isinstance(subject, dict):
        return subject
    raise EvaluationError("only nodes, relations and maps have properties")


def field_of(subject: Any, name: str) -> Any:
    return None if subject is None else fields_of(subject).get(name)


def called_on(name: str, subject: Any) -> Any:
    match name, subject:
        case "labels", NodeItem():
            return list(subject.labels)
        case "type", RelationItem():
            return subject.type
        case "startnode", RelationItem():
            return subject.start
        case "endnode", RelationItem():
            return subject.end
        case "properties", _:
            return dict(fields_of(subject))
        case "keys", _:
            return list(fields_of(subject))
        case "nodes", Walk():
            return subject.nodes
        case "relationships", Walk():
            return subject.relations
        case "length", Walk():
            return len(subject.relations)
    raise EvaluationError(f"{name}() of this kind")
