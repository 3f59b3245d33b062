"""Everything that the AWS declarations bring, checked and ready to use.

Holds no botocore and imports no declaration until something is read, so that commands which only
need the vocabulary start quickly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudwarden.core.errors import UsageError
from cloudwarden.providers.aws.compiled import CompiledResource
from cloudwarden.schema.common import with_common
from cloudwarden.schema.labels import Label, Property, PropertyType, RelationKind
from cloudwarden.schema.records import Scope
from cloudwarden.schema.registry import Registry

if TYPE_CHECKING:
    from cloudwarden.providers.aws.plan import Plan
    from cloudwarden.providers.base import Steps


@dataclass(frozen=True)
class Catalogue:
    """Compiled resources by key, and the labels and relations that they bring."""

    resources: Mapping[str, CompiledResource]
    labels: Mapping[str, Label]
    relations: tuple[RelationKind, ...]
    _plans: dict[str, Plan] = field(default_factory=dict, repr=False, compare=False)

    def registry(self) -> Registry:
        """The vocabulary of these declarations. Raises `DeclarationError` where names clash."""
        return Registry(with_common(self.labels.values()), self.relations)

    def services(self) -> tuple[str, ...]:
        """Botocore's names of the services that can be read, in order."""
        return tuple(sorted({one.service for one in self.resources.values()}))

    def resource(self, key: str) -> CompiledResource:
        """The resource that scopes of type `key` read. Raises `UsageError`."""
        try:
            return self.resources[key]
        except KeyError:
            raise UsageError(f"no AWS resource type is called {key!r}") from None

    def reader(self, scope: Scope, partition: str = "aws") -> Steps:
        """The script that reads one scope. Raises `UsageError` if its type is unknown."""
        from cloudwarden.providers.aws.plan import plan_for
        from cloudwarden.providers.aws.reader import read

        plan = self._plans.get(scope.type)
        if plan is None:
            # Two threads may both make it; they make the same.
            plan = self._plans[scope.type] = plan_for(self.resource(scope.type))
        return read(plan, scope, partition)

    def to_json(self) -> dict[str, Any]:
        """As plain data, for the cache."""
        return {
            "resources": [one.to_json() for one in self.resources.values()],
            "labels": [_label_json(one) for one in self.labels.values()],
            "relations": [
                [
                    k.type, k.source, k.target, k.operation, dict(k.properties), k.description,
                    list(k.operations), list(k.carriers),
                ]
                for k in self.relations
            ],
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Catalogue:
        """The inverse of `to_json`."""
        resources = [CompiledResource.from_json(one) for one in data["resources"]]
        labels = [_label(one) for one in data["labels"]]
        relations = (
            RelationKind(
                type_, source, target, operation,
                {name: PropertyType(kind) for name, kind in properties.items()}, description,
                tuple(operations), tuple(carriers),
            )
            for type_, source, target, operation, properties, description, operations, carriers
            in data["relations"]
        )  # fmt: skip
        return cls({r.key: r for r in resources}, {x.name: x for x in labels}, tuple(relations))


def _label_json(label: Label) -> list[Any]:
    return [
        label.name,
        label.provider,
        [
            [
                p.name, p.type.value, p.operation, p.description, p.moment, p.volatile,
                list(p.operations),
            ]
            for p in label.properties.values()
        ],
        label.description,
        list(label.aliases),
        list(label.groups),
        label.owned,
        label.scope_type,
        label.operation,
        list(label.listings),
        list(label.tag_operations),
        dict(label.elsewhere),
    ]  # fmt: skip


def _label(data: list[Any]) -> Label:
    name, provider, properties, description, aliases, groups, owned, scope_type, operation = data[
        :9
    ]
    listings, tag_operations, elsewhere = data[9:]
    return Label(
        name,
        provider,
        {p[0]: _property(*p) for p in properties},
        description,
        tuple(aliases),
        tuple(groups),
        owned,
        scope_type,
        operation,
        tuple(listings),
        tuple(tag_operations),
        elsewhere,
    )


def _property(
    name: str,
    kind: str,
    operation: str | None,
    description: str,
    moment: bool,
    volatile: bool,
    operations: list[str],
) -> Property:
    return Property(name, _TYPES[kind], operation, description, moment, volatile, tuple(operations))


_TYPES = {kind.value: kind for kind in PropertyType}
