"""What analyses add to the schema: properties of labels that there are, new labels, relations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from cloudwarden.schema.derived import DERIVED_RELATION_PROPERTIES
from cloudwarden.schema.labels import Label, Property, RelationKind
from cloudwarden.schema.registry import Registry


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What one analysis derives. `properties` go by the label that has them.

    Give a property or relation that can be unknown its `unknown_by`: the name of a property, text,
    that says of a node why what is derived of it is unknown (null where it is known).
    """

    properties: Mapping[str, tuple[Property, ...]] = field(default_factory=dict)
    labels: tuple[Label, ...] = ()
    relations: tuple[RelationKind, ...] = ()


def extended(registry: Registry, vocabularies: Iterable[Vocabulary]) -> Registry:
    """The registry with what analyses add.

    A property that is collected under the same name keeps its operations. Labels that the registry
    lacks are left alone, so that analyses of one provider serve without another. Raises
    `DeclarationError` where names or types clash.
    """
    labels = dict(registry.labels)
    relations = list(registry.relations)
    for vocabulary in vocabularies:
        labels |= {label.name: label for label in vocabulary.labels}
        for name, properties in vocabulary.properties.items():
            if name in labels:
                labels[name] = replace(
                    labels[name], properties=_joined(labels[name].properties, properties)
                )
        relations += [
            replace(kind, properties={**DERIVED_RELATION_PROPERTIES, **kind.properties})
            for kind in vocabulary.relations
        ]
    known = {name for label in labels.values() for name in (label.name, *_other_names(label))}
    return Registry(
        labels.values(),
        [kind for kind in relations if kind.source in known and kind.target in known],
    )


def _joined(collected: Mapping[str, Property], derived: Iterable[Property]) -> dict[str, Property]:
    joined = dict(collected)
    for one in derived:
        known = joined.get(one.name)
        joined[one.name] = replace(known, unknown_by=one.unknown_by) if known else one
    return joined


def _other_names(label: Label) -> tuple[str, ...]:
    return (*label.aliases, *label.groups)
