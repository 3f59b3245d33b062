"""What a check rests on: the operations that provide what its query reads, and their scopes.

A check may only say pass or fail where everything that its query reads was read. The binder tells
which labels, properties and relations that is; the registry which operation provides each and
which scope brings each label.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cloudwarden.graph.graph import Prepared
from cloudwarden.schema.labels import Label
from cloudwarden.schema.registry import Registry


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What a set of prepared queries rests on.

    `operations` maps each label read to the operations that provide what is read of it;
    `scope_types` are the resource types whose readings bring those labels.
    """

    operations: Mapping[str, frozenset[str]] = field(default_factory=dict)
    scope_types: Mapping[str, str] = field(default_factory=dict)

    def of(self, label: str) -> frozenset[str]:
        """The operations that what is read of `label` rests on."""
        return self.operations.get(label, frozenset())


def dependencies(prepared: Iterable[Prepared], registry: Registry) -> Dependencies:
    """Derive what the queries rest on. Labels that only relations imply rest on those relations."""
    operations: dict[str, set[str]] = {}
    scope_types: dict[str, str] = {}
    for query in prepared:
        for name in query.labels:
            label = registry.labels.get(name)
            if label is not None:
                _label(label, operations, scope_types)
        for name, property_name in query.reads:
            label = registry.labels.get(name)
            if label is not None:
                _label(label, operations, scope_types)
                operations[name] |= _operations(label, property_name)
        _relations(query, registry, operations, scope_types)
    return Dependencies(
        {name: frozenset(found) for name, found in operations.items()}, dict(scope_types)
    )


def _operations(label: Label, property_name: str) -> set[str]:
    """What provides a property; `*` stands for all of them."""
    declared = (
        label.properties.values()
        if property_name == "*"
        else filter(None, [label.properties.get(property_name)])
    )
    return {one.operation for one in declared if one.operation}


def _label(label: Label, operations: dict[str, set[str]], scope_types: dict[str, str]) -> None:
    found = operations.setdefault(label.name, set())
    if label.operation:
        found.add(label.operation)
    if label.scope_type:
        scope_types[label.name] = label.scope_type


def _relations(
    query: Prepared,
    registry: Registry,
    operations: dict[str, set[str]],
    scope_types: dict[str, str],
) -> None:
    for kind in registry.relations:
        if kind.type not in query.relation_types:
            continue
        sources, targets = registry.resolve(kind.source), registry.resolve(kind.target)
        if not (sources & query.labels and targets & query.labels):
            continue
        # Which end carries the edge is not declared; whichever end's scope makes the call that
        # tells of it is the one whose assets can lack it.
        for name in (sources | targets) & query.labels:
            label = registry.labels[name]
            if kind.operation and label.scope_type and _reads(label, kind.operation):
                _label(label, operations, scope_types)
                operations[name].add(kind.operation)


def _reads(label: Label, operation: str) -> bool:
    return label.operation == operation or any(
        declared.operation == operation for declared in label.properties.values()
    )
