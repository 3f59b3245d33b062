"""What analysis adds to a graph: properties of nodes and relations between them, as columns.

Analyses find millions of relations at once, so they come as columns of equal length. Whatever is
derived says how certain it is: `sure`, `conditional` (on what `condition` says) or `unknown`,
where something it rests on was not read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cloudwarden.schema.labels import PropertyType

#: What every derived relation has beside its own properties.
DERIVED_RELATION_PROPERTIES: Mapping[str, PropertyType] = {
    "derived": PropertyType.BOOLEAN,
    "certainty": PropertyType.STRING,
    "condition": PropertyType.STRING,
}


class Certainty(StrEnum):
    """How far a derived statement can be relied on."""

    SURE = "sure"
    CONDITIONAL = "conditional"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DerivedProperties:
    """Properties of nodes of one label: `columns[name][i]` belongs to the node `ids[i]`.

    None says nothing about that node. What was collected under the same name gives way.
    """

    label: str
    ids: Sequence[str]
    columns: Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class DerivedRelations:
    """Relations `(sources[i])-[:type]->(targets[i])` between nodes of two labels.

    Ends are ids of nodes. `certainty` has a `Certainty` for each, `conditions` the condition in
    words or None. Where `implied` is set, targets exist because these relations point to them,
    with the properties given by target id.
    """

    type: str
    source_label: str
    target_label: str
    sources: Sequence[str]
    targets: Sequence[str]
    certainty: Sequence[Certainty]
    conditions: Sequence[str | None] = ()
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    implied: Mapping[str, Mapping[str, Any]] | None = None


Derived = DerivedProperties | DerivedRelations
