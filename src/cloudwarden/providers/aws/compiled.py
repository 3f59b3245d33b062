"""Declarations after checking: what the reader needs beside them, as plain data for the cache.

Everything here can be written as JSON and read back; the functions of a declaration (`transform`,
`Computed.function`, `read`) stay in its module and are found there again by position.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Members of an answer and what becomes of them: `[property, conversion]`, or a tree of members.
#: A tree's member `""` is the property that the whole value makes, beside what is inside it.
Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Paging:
    """How an operation's further pages are asked for, after botocore's paginators."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    more: str = ""

    def to_json(self) -> list[Any]:
        """As plain data."""
        return [list(self.inputs), list(self.outputs), self.more]

    @classmethod
    def from_json(cls, data: list[Any]) -> Paging:
        """The inverse of `to_json`."""
        inputs, outputs, more = data
        return cls(tuple(inputs), tuple(outputs), more)


@dataclass(frozen=True, slots=True)
class CompiledCall:
    """What the model adds to a `Call`.

    `bound` are the parameters that are filled from the item by themselves, with their paths;
    `wave` is the step in which a detail is asked for; `needs` are the operations whose answers
    its parameters rest on.
    """

    operation: str
    bound: Mapping[str, str] = field(default_factory=dict)
    paging: Paging | None = None
    wave: int = 0
    needs: tuple[str, ...] = ()

    def to_json(self) -> list[Any]:
        """As plain data."""
        return [
            self.operation,
            dict(self.bound),
            self.paging and self.paging.to_json(),
            self.wave,
            list(self.needs),
        ]

    @classmethod
    def from_json(cls, data: list[Any]) -> CompiledCall:
        """The inverse of `to_json`."""
        operation, bound, paging, wave, needs = data
        return cls(
            operation,
            bound,
            paging and Paging.from_json(paging),
            wave,
            tuple(needs),
        )


@dataclass(frozen=True, slots=True)
class CompiledKind:
    """What the model adds to a `Resource`, `Part` or `Produced`: how a document becomes an asset.

    `title` is the path or template of the asset's name; `tags` are the members that hold tags.
    `identity` are the operations that `id` rests on beside the listing; `relations` those of each
    relation, in the declaration's order; `source` those that a part's `path` rests on in its
    parent. `operations` is every operation that its properties and relations rest on.
    """

    label: str
    tree: Tree = field(default_factory=dict)
    title: str = ""
    tags: tuple[str, ...] = ()
    list: CompiledCall | None = None
    details: tuple[CompiledCall, ...] = ()
    identity: tuple[str, ...] = ()
    relations: tuple[tuple[str, ...], ...] = ()
    source: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    parts: tuple[CompiledKind, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "label": self.label,
            "tree": self.tree,
            "title": self.title,
            "tags": list(self.tags),
            "list": self.list and self.list.to_json(),
            "details": [call.to_json() for call in self.details],
            "identity": list(self.identity),
            "relations": [list(operations) for operations in self.relations],
            "source": list(self.source),
            "operations": list(self.operations),
            "parts": [part.to_json() for part in self.parts],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CompiledKind:
        """The inverse of `to_json`."""
        return cls(
            label=data["label"],
            tree=data["tree"],
            title=data["title"],
            tags=tuple(data["tags"]),
            list=data["list"] and CompiledCall.from_json(data["list"]),
            details=tuple(CompiledCall.from_json(call) for call in data["details"]),
            identity=tuple(data["identity"]),
            relations=tuple(tuple(operations) for operations in data["relations"]),
            source=tuple(data["source"]),
            operations=tuple(data["operations"]),
            parts=tuple(CompiledKind.from_json(part) for part in data["parts"]),
        )


@dataclass(frozen=True, slots=True)
class CompiledResource:
    """A resource type that can be read: one scope for each account and region.

    `key` is what `Scope.type` holds; `module` and `position` say where the declaration is.
    `paging` has the listings among the operations of a `read` function.
    `service` is botocore's name of the service that lists it; `operations` every operation that
    reading it may call; `labels` every label that it brings. `is_global` None leaves it to
    botocore's partition data. `read_with` has other services that it is read with.
    """

    key: str
    module: str
    position: int
    service: str
    operations: tuple[str, ...]
    labels: tuple[str, ...]
    is_global: bool | None
    kind: CompiledKind
    produced: tuple[CompiledKind, ...] = ()
    paging: Mapping[str, Paging] = field(default_factory=dict)
    read_with: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "key": self.key,
            "module": self.module,
            "position": self.position,
            "service": self.service,
            "operations": list(self.operations),
            "labels": list(self.labels),
            "is_global": self.is_global,
            "kind": self.kind.to_json(),
            "produced": [kind.to_json() for kind in self.produced],
            "paging": {name: paging.to_json() for name, paging in self.paging.items()},
            "read_with": list(self.read_with),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CompiledResource:
        """The inverse of `to_json`."""
        return cls(
            key=data["key"],
            module=data["module"],
            position=data["position"],
            service=data["service"],
            operations=tuple(data["operations"]),
            labels=tuple(data["labels"]),
            is_global=data["is_global"],
            kind=CompiledKind.from_json(data["kind"]),
            produced=tuple(CompiledKind.from_json(kind) for kind in data["produced"]),
            paging={name: Paging.from_json(paging) for name, paging in data["paging"].items()},
            read_with=tuple(data["read_with"]),
        )
