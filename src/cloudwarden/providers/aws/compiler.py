"""Checks declarations against botocore's models and gathers what they bring.

One `Compiler` takes one declaration after another and gathers labels, relations, compiled
resources, and a problem for everything that does not fit: nothing is half accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from cloudwarden.core.errors import DeclarationError
from cloudwarden.providers.aws.adding import Adding, Locate
from cloudwarden.providers.aws.compiled import CompiledResource
from cloudwarden.providers.aws.declarations import Resource
from cloudwarden.providers.aws.derive import clashes
from cloudwarden.providers.aws.shapes import Models, near
from cloudwarden.schema.labels import COMMON_PROPERTIES, Label, Property, RelationKind


@dataclass
class Compiler:
    """Everything declared so far, and what is wrong with it.

    `where` says where each label is declared; `implied` has (label, target, properties) of every
    relation that implies its target, and `lookups` (label, target, property) of every one whose
    target is looked up by a property.
    """

    models: Models = field(default_factory=Models)
    resources: dict[str, CompiledResource] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    relations: list[RelationKind] = field(default_factory=list)
    problems: list[DeclarationError] = field(default_factory=list)
    where: dict[str, str] = field(default_factory=dict)
    implied: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    lookups: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, module: str, position: int, resource: Resource, locate: Locate) -> None:
        """Check one declaration and take what it brings; problems are gathered, not raised."""
        Adding(self, module, position, locate).resource(resource)

    def finish(self) -> None:
        """Check what can be told only once everything is declared: targets and property types."""
        known = set(self.labels)
        for label in self.labels.values():
            known.update(label.aliases, label.groups)
        for kind in self.relations:
            for end in (kind.source, kind.target):
                if end not in known:
                    source = kind.source if kind.source in self.where else kind.target
                    self._problem(
                        source,
                        f"relation {kind.type} points to {end}, which is no label"
                        f"{near(end, known)}",
                    )
        for carrier, target, implied in self.implied:
            implied_label = self.labels.get(target)
            if implied_label is None:
                self._problem(carrier, f"implies {target}, which is no single label")
                continue
            for name in implied:
                if name not in implied_label.properties and name not in COMMON_PROPERTIES:
                    self._problem(carrier, f"implies {target}.{name}, which is not declared there")
        for carrier, target, name in self.lookups:
            ends = [x for x in self.labels.values() if target in (x.name, *x.aliases, *x.groups)]
            lacking = sorted(x.name for x in ends if name not in x.properties)
            if lacking:
                self._problem(carrier, f"finds {lacking[0]} by {name}, which is not declared there")
        self._find_elsewhere()
        common = {**COMMON_PROPERTIES}
        everything: list[tuple[str, Mapping[str, Property]]] = [("every label", common)]
        everything += [(f"{n} ({self.where[n]})", x.properties) for n, x in self.labels.items()]
        self.problems.extend(DeclarationError(text) for text in clashes(everything))

    def _find_elsewhere(self) -> None:
        """Note which operations of a label's properties another resource's scopes call."""
        callers: dict[str, str] = {}
        for key, resource in self.resources.items():
            for operation in resource.operations:
                callers.setdefault(operation, key)
        for name, label in self.labels.items():
            own = self.resources.get(label.scope_type or "")
            if own is None:
                continue
            needed = {one for p in label.properties.values() for one in p.rests_on}
            others = {
                one: callers[one] for one in sorted(needed - set(own.operations)) if one in callers
            }
            if others:
                self.labels[name] = replace(label, elsewhere=others)

    def _problem(self, label: str, reason: str) -> None:
        self.problems.append(DeclarationError(f"{label}: {reason}", self.where.get(label, "")))


def unique(relations: Iterable[RelationKind]) -> tuple[RelationKind, ...]:
    """Relations without repetitions: two declarations may make the same edge in two ways."""
    found: dict[tuple[str, str, str], RelationKind] = {}
    for kind in relations:
        key = (kind.type, kind.source, kind.target)
        known = found.get(key)
        if known is None:
            found[key] = kind
            continue
        both_known = known.operations and kind.operations
        told_by = (*known.operations, *kind.operations) if both_known else ()
        found[key] = RelationKind(
            *key,
            known.operation,
            {**known.properties, **kind.properties},
            known.description,
            tuple(dict.fromkeys(told_by)),
            tuple(dict.fromkeys((*known.carriers, *kind.carriers))),
        )
    return tuple(found.values())
