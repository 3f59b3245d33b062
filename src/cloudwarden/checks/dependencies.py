"""What a query rests on: the operations that provide what it reads, and the scopes of its labels.

A check may only say pass or fail where everything that its query reads was read. The query's text
tells which labels and relations that is, the binder which properties; the registry knows which
operation provides each and which scope brings each label. Where the registry does not know,
everything asked about an asset counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cloudwarden.checks.shape import QueryShape
from cloudwarden.graph.graph import Prepared
from cloudwarden.schema.labels import Label, RelationKind
from cloudwarden.schema.registry import Registry

#: Among operations: whichever was asked about the asset.
ANY = "*"

#: The relation that the graph makes of tags.
_TAGGED = "TAGGED"


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What a query rests on.

    `operations` maps each label it reads to the operations that provide what is read of it, `ANY`
    among them where that is not known. `whole` are the labels of which no asset may be missing.
    `elsewhere` are operations, with the scope type that calls them, that tell of assets which
    other scopes list; which account's scope it was cannot be told. `derived` are, by label, the
    properties that say of its nodes why what analysis tells of them is unknown.
    """

    operations: Mapping[str, frozenset[str]]
    whole: frozenset[str]
    elsewhere: frozenset[tuple[str, str]] = frozenset()
    derived: frozenset[tuple[str, str]] = frozenset()

    def of(self, label: str) -> frozenset[str]:
        """The operations that what is read of `label` rests on."""
        return self.operations.get(label, frozenset())


def dependencies(
    prepared: Prepared, shape: QueryShape, subject: str, registry: Registry
) -> Dependencies:
    """Derive what a query about `subject` rests on."""
    found: dict[str, set[str]] = defaultdict(set)
    derived = set(_derived(prepared, registry))
    for name in {*shape.labels, *prepared.labels}:
        if name in registry.labels:
            found[name]
    for name, property_name in prepared.reads:
        if name in registry.labels:
            found[name] |= _property(registry.labels[name], property_name)
    types = shape.types | prepared.relation_types
    for kind in registry.relations:
        if kind.type in types and (shape.walks or _joins(kind, set(found), registry)):
            for carrier in _carriers(kind, registry):
                if kind.unknown_by:
                    derived.add((carrier, kind.unknown_by))
                else:
                    found[carrier] |= set(kind.operations) or {ANY}
    if _TAGGED in types:
        for name in list(found):
            found[name] |= set(registry.labels[name].tag_operations) or {ANY}
    return Dependencies(
        {name: frozenset(needed) for name, needed in found.items()},
        (frozenset(found) - {subject}) | (shape.compared & {subject}),
        frozenset(
            (scope_type, operation)
            for name, needed in found.items()
            for operation, scope_type in registry.labels[name].elsewhere.items()
            if operation in needed
        ),
        frozenset(derived),
    )


def _derived(prepared: Prepared, registry: Registry) -> Iterator[tuple[str, str]]:
    """What says of nodes that a property which is read of them is unknown."""
    for name, property_name in prepared.reads:
        label = registry.labels.get(name)
        if label is None:
            continue
        for declared in label.properties.values():
            if declared.unknown_by and property_name in {"*", declared.name}:
                yield name, declared.unknown_by


def _property(label: Label, name: str) -> set[str]:
    """What provides a property; `*` stands for all of them."""
    if name == "*":
        return {one for declared in label.properties.values() for one in declared.rests_on}
    declared = label.properties.get(name)
    return set(declared.rests_on) if declared else set()


def _joins(kind: RelationKind, labels: set[str], registry: Registry) -> bool:
    sources, targets = registry.resolve(kind.source), registry.resolve(kind.target)
    return bool(sources & labels and targets & labels)


def _carriers(kind: RelationKind, registry: Registry) -> frozenset[str]:
    named = kind.carriers or (kind.source, kind.target)
    return frozenset(label for name in named for label in registry.resolve(name))
