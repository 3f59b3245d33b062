"""The registry: every label and relation that providers declared, and how names resolve to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from cloudwarden.core.errors import DeclarationError
from cloudwarden.schema.labels import COMMON_PROPERTIES, Label, PropertyType, RelationKind


class Registry:
    """An immutable vocabulary. Built once from declarations and passed to whoever needs it.

    Raises `DeclarationError` where names clash or a relation names an unknown end, and where one
    property name has two types: a property means the same over the whole schema, so that a query
    over several labels compares like with like.
    """

    def __init__(self, labels: Iterable[Label], relations: Iterable[RelationKind] = ()) -> None:
        self._labels: dict[str, Label] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._property_types: dict[str, PropertyType] = {}
        self._relations: tuple[RelationKind, ...] = tuple(relations)
        for label in labels:
            self._add(label)
        self._index_names()
        self._check_relations()

    @property
    def labels(self) -> Mapping[str, Label]:
        """Every label by name."""
        return MappingProxyType(self._labels)

    @property
    def relations(self) -> tuple[RelationKind, ...]:
        """Every declared relation."""
        return self._relations

    @property
    def property_types(self) -> Mapping[str, PropertyType]:
        """The one type of every property name."""
        return MappingProxyType(self._property_types)

    def resolve(self, name: str) -> frozenset[str]:
        """The labels that a label, alias or group name stands for; empty if it is unknown."""
        return self._names.get(name, frozenset())

    def names(self) -> frozenset[str]:
        """Every name that `resolve` knows."""
        return frozenset(self._names)

    def _add(self, label: Label) -> None:
        if label.name in self._labels:
            raise DeclarationError(f"label {label.name} is declared twice")
        self._labels[label.name] = label
        for name, declared in {**COMMON_PROPERTIES, **label.properties}.items():
            known = self._property_types.setdefault(name, declared.type)
            if not _compatible(known, declared.type):
                raise DeclarationError(
                    f"{label.name}.{name} is {declared.type}, but {name} is {known} elsewhere; "
                    "rename one of them in its declaration"
                )

    def _index_names(self) -> None:
        names: dict[str, set[str]] = {name: {name} for name in self._labels}
        for label in self._labels.values():
            for other in (*label.aliases, *label.groups):
                if other in self._labels and other != label.name:
                    raise DeclarationError(f"{other}, a name of {label.name}, is a label itself")
                names.setdefault(other, set()).add(label.name)
        self._names = {name: frozenset(found) for name, found in names.items()}

    def _check_relations(self) -> None:
        for kind in self._relations:
            for end in (kind.source, kind.target):
                if end not in self._names:
                    raise DeclarationError(
                        f"relation ({kind.source})-[:{kind.type}]->({kind.target}): "
                        f"no label is called {end}"
                    )


def _compatible(one: PropertyType, other: PropertyType) -> bool:
    text = {PropertyType.STRING, PropertyType.JSON}
    return one == other or (one in text and other in text)
