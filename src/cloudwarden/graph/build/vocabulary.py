"""What the registry says, put the way a build asks it, with the little that every graph has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from cloudwarden.core.json import content_hash
from cloudwarden.schema.common import ACCOUNT, OWNS, TAG, TAGGED, with_common
from cloudwarden.schema.labels import Label, PropertyType
from cloudwarden.schema.registry import Registry


@dataclass(frozen=True, slots=True)
class GraphRules:
    """The names of what a build adds by itself.

    `owner_properties` are those that say which account owns an asset, the surest first.
    """

    account_label: str = ACCOUNT
    tag_label: str = TAG
    owns: str = OWNS
    tagged: str = TAGGED
    owner_properties: tuple[str, ...] = ("owner_id", "ownerid", "account")


class Vocabulary:
    """Labels, types and names for one build."""

    def __init__(self, registry: Registry, rules: GraphRules) -> None:
        self.rules = rules
        # A registry made by hand may lack what a build adds.
        registry = Registry(with_common(registry.labels.values()), registry.relations)
        self._registry = registry
        self._types = registry.property_types
        self._edge_types: dict[str, dict[str, PropertyType]] = {}
        for kind in registry.relations:
            self._edge_types.setdefault(kind.type, {}).update(kind.properties)

    def resolve(self, name: str) -> frozenset[str]:
        """The labels a name stands for; a name that nobody declared stands for itself."""
        return self._registry.resolve(name) or frozenset({name})

    def declared(self, label: str) -> bool:
        """Whether the registry has the label, or we add it ourselves."""
        own = (self.rules.account_label, self.rules.tag_label)
        return label in self._registry.labels or label in own

    def labels(self, label: str) -> tuple[str, ...]:
        """Everything `labels(n)` says of a node of this label, the main one first."""
        known = self._registry.labels.get(label)
        return (label, *known.groups) if known else (label,)

    def owned(self, label: str) -> bool:
        """Whether an account points to the label's nodes as its own."""
        if label in {self.rules.account_label, self.rules.tag_label}:
            return False
        known = self._registry.labels.get(label)
        return known.owned if known else True

    def property_type(self, name: str) -> PropertyType | None:
        """The type of a node's property; None if nobody declared it."""
        return self._types.get(name)

    def edge_property_type(self, relation: str, name: str) -> PropertyType | None:
        """The type of a relation's property; None if nobody declared it."""
        return self._edge_types.get(relation, {}).get(name, self._types.get(name))

    def names(self, numbers: Mapping[str, int]) -> dict[str, frozenset[int]]:
        """Each label, alias and group of the labels present, with their table numbers."""
        found: dict[str, set[int]] = {}
        for label, number in numbers.items():
            known = self._registry.labels.get(label)
            others = (*known.aliases, *known.groups) if known else ()
            for name in (label, *others):
                found.setdefault(name, set()).add(number)
        return {name: frozenset(tables) for name, tables in found.items()}

    @property
    def known_labels(self) -> frozenset[str]:
        """Every label, alias and group that exists, present or not."""
        return self._registry.names() | {self.rules.account_label, self.rules.tag_label}

    @property
    def known_types(self) -> frozenset[str]:
        """Every relation type that exists, present or not."""
        return frozenset(self._edge_types) | {self.rules.owns, self.rules.tagged}

    @property
    def known_properties(self) -> frozenset[str]:
        """Every property of a node or relation that exists, present or not."""
        return frozenset(self._types).union(*self._edge_types.values())


def schema_hash(registry: Registry) -> str:
    """A hash of all that the registry declares about the graph's shape."""
    return content_hash(
        {
            "labels": [_label_shape(label) for label in _by_name(registry.labels.values())],
            "relations": sorted(
                [kind.type, kind.source, kind.target, sorted(kind.properties.items())]
                for kind in registry.relations
            ),
            "rules": asdict(GraphRules()),
        }
    )


def _by_name(labels: Iterable[Label]) -> list[Label]:
    return sorted(labels, key=lambda label: label.name)


def _label_shape(label: Label) -> list[object]:
    properties = sorted((name, declared.type) for name, declared in label.properties.items())
    return [label.name, label.aliases, label.groups, label.owned, properties]
