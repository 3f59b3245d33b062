"""A compiled resource and its declaration brought together as functions, ready to read with.

Made once per resource type and process, when its first scope is read; everything that can be
worked out beforehand is, because what is left runs for every item.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cloudwarden.core.json import dumps
from cloudwarden.providers.aws.compiled import (
    CompiledCall,
    CompiledKind,
    CompiledResource,
    Paging,
    Tree,
)
from cloudwarden.providers.aws.declarations import Batch, Call, Part, Points, Resource
from cloudwarden.providers.aws.flatten import plain
from cloudwarden.providers.aws.parameters import Build, builder
from cloudwarden.providers.aws.paths import VARIABLES, Getter, Value, compile_path, compile_template
from cloudwarden.schema.labels import PropertyType

if TYPE_CHECKING:
    from cloudwarden.providers.aws.context import ReadContext
    from cloudwarden.providers.base import Steps

#: What templates of an edge's or its implied target's properties may name: the target, too.
_OF_EDGES = VARIABLES | {"target"}


@dataclass(frozen=True, slots=True)
class Pages:
    """How an answer's next page is asked for."""

    inputs: tuple[str, ...]
    outputs: tuple[Getter, ...]
    more: Getter | None

    def following(self, document: Any) -> dict[str, Any] | None:
        """The parameters that ask for the page after `document`; None after the last."""
        if self.more is not None and not self.more(document):
            return None
        tokens = {
            name: token
            for name, find in zip(self.inputs, self.outputs, strict=True)
            if (token := find(document))
        }
        return tokens or None


@dataclass(frozen=True, slots=True)
class CallPlan:
    """A call, ready to be made for a document."""

    operation: str
    parameters: Build
    items: Getter | None
    bind: str
    into: str
    tags: Getter | None
    absent: frozenset[str]
    when: Value | None
    region: Value | None
    batch: Batch | None
    by: Value | None
    match: Getter | None
    pages: Pages | None
    needs: tuple[str, ...]

    @property
    def merges(self) -> bool:
        """Whether the answer has members to keep, not tags alone."""
        return self.items is not None or self.tags is None


@dataclass(frozen=True, slots=True)
class ComputedPlan:
    """A property that a function makes, with its conversion to what properties hold."""

    name: str
    operation: str
    function: Callable[[Any], Any]
    convert: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class RelationPlan:
    """An edge, ready to be looked for in a document."""

    type: str
    target: str
    by: Value
    incoming: bool
    transform: Callable[[Any, Any], str | None] | None
    properties: tuple[tuple[str, Value], ...]
    implied: tuple[tuple[str, Value], ...] | None
    found_by: str
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class KindPlan:
    """How documents of one label are completed and become assets. `waves` are steps of details."""

    label: str
    tree: Tree
    id: Value | None
    name: Value | None
    arn: Value | None
    region: Value | None
    tags: tuple[Getter, ...]
    computed: tuple[ComputedPlan, ...]
    relations: tuple[RelationPlan, ...]
    waves: tuple[tuple[CallPlan, ...], ...]
    parts: tuple[PartPlan, ...]
    identity: tuple[str, ...]
    operations: frozenset[str]


@dataclass(frozen=True, slots=True)
class PartPlan:
    """Parts of an asset: where they are found and how they hang on it."""

    kind: KindPlan
    path: Getter | None
    list: CallPlan | None
    relation: str
    incoming: bool
    parent: str
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A resource type, ready to be read."""

    key: str
    list: CallPlan | None
    kind: KindPlan
    produced: Mapping[str, KindPlan]
    read: Callable[[ReadContext], Steps] | None
    pages: Mapping[str, Pages]


def plan_for(compiled: CompiledResource) -> Plan:
    """The plan of a compiled resource; imports the module that declares it."""
    declared: Resource = import_module(compiled.module).RESOURCES[compiled.position]
    return make_plan(compiled, declared)


def make_plan(compiled: CompiledResource, declared: Resource) -> Plan:
    """The plan of a compiled resource and the declaration that it was compiled from."""
    produced = {
        one.label: _kind(one, kind, ())
        for one, kind in zip(declared.produces, compiled.produced, strict=True)
    }
    return Plan(
        key=compiled.key,
        list=_call(declared.list, compiled.kind.list),
        kind=_kind(declared, compiled.kind, declared.details),
        produced=produced,
        read=declared.read,
        pages={operation: _pages(paging) for operation, paging in compiled.paging.items()},
    )


def _kind(declared: Any, compiled: CompiledKind, details: Sequence[Call]) -> KindPlan:
    waves: dict[int, list[CallPlan]] = {}
    for call, checked in zip(details, compiled.details, strict=True):
        planned = _call(call, checked)
        if planned is not None:
            waves.setdefault(checked.wave, []).append(planned)
    return KindPlan(
        label=declared.label,
        tree=compiled.tree,
        id=_optional(getattr(declared, "id", "")),
        name=_optional(compiled.title),
        arn=_optional(getattr(declared, "arn", "")),
        region=_optional(getattr(declared, "region", "")),
        tags=tuple(compile_path(path) for path in compiled.tags),
        computed=tuple(
            ComputedPlan(one.name, one.operation, one.function, _conversion(one.type))
            for one in getattr(declared, "computed", ())
        ),
        relations=tuple(
            _relation(points, needs)
            for points, needs in zip(declared.relations, compiled.relations, strict=True)
            if points.by
        ),
        waves=tuple(tuple(waves[wave]) for wave in sorted(waves)),
        parts=tuple(
            _part(part, one, declared.label)
            for part, one in zip(getattr(declared, "parts", ()), compiled.parts, strict=True)
        ),
        identity=compiled.identity,
        operations=frozenset(compiled.operations),
    )


def _part(part: Part, compiled: CompiledKind, parent: str) -> PartPlan:
    return PartPlan(
        kind=_kind(part, compiled, part.details),
        path=compile_path(part.path) if part.path else None,
        list=_call(part.list, compiled.list),
        relation=part.parent_relation,
        incoming=part.parent_incoming,
        parent=parent,
        source=compiled.source,
    )


def _relation(points: Points, needs: Sequence[str]) -> RelationPlan:
    return RelationPlan(
        type=points.type,
        target=points.target,
        by=compile_template(points.by),
        incoming=points.incoming,
        transform=points.transform,
        properties=tuple(
            (n, compile_template(path, _OF_EDGES)) for n, path in points.properties.items()
        ),
        implied=None
        if points.implied is None
        else tuple((n, compile_template(path, _OF_EDGES)) for n, path in points.implied.items()),
        found_by=points.found_by,
        needs=frozenset(needs),
    )


def _call(call: Call | None, compiled: CompiledCall | None) -> CallPlan | None:
    if call is None or compiled is None:
        return None
    paging = compiled.paging
    return CallPlan(
        operation=call.operation,
        parameters=builder(call, compiled),
        items=compile_path(call.items) if call.items else None,
        bind=call.bind,
        into=call.into,
        tags=compile_path(call.tags) if call.tags else None,
        absent=frozenset(call.absent),
        when=_optional(call.when),
        region=_optional(call.region),
        batch=call.batch,
        by=compile_template(call.batch.by) if call.batch else None,
        match=compile_path(call.batch.match) if call.batch else None,
        pages=None if paging is None else _pages(paging),
        needs=compiled.needs,
    )


def _pages(paging: Paging) -> Pages:
    return Pages(
        paging.inputs,
        tuple(compile_path(path) for path in paging.outputs),
        compile_path(paging.more) if paging.more else None,
    )


def _optional(text: str) -> Value | None:
    return compile_template(text) if text else None


def _conversion(kind: PropertyType) -> Callable[[Any], Any]:
    if kind is PropertyType.JSON:
        return lambda value: value if isinstance(value, str) else dumps(value)
    return plain
