"""From a completed document to an asset: properties, tags, relations, and what was not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudwarden.providers.aws.declarations import UnreadableError
from cloudwarden.providers.aws.flatten import flatten, plain
from cloudwarden.providers.aws.plan import KindPlan, RelationPlan
from cloudwarden.providers.aws.tags import read_tags
from cloudwarden.schema.records import Asset, Failure, Relation, Scope


@dataclass(slots=True)
class Item:
    """One thing on its way to becoming an asset.

    `document` is everything read of it so far; `unread` the operations that failed for it.
    """

    document: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    unread: dict[str, Failure] = field(default_factory=dict)
    parts: list[list[Item]] = field(default_factory=list)
    answered: bool = False
    vanished: bool = False


def identity(plan: KindPlan, item: Item, variables: Mapping[str, str]) -> str | None:
    """The asset's id; None where the document does not hold it."""
    found = plan.id(item.document, variables) if plan.id else None
    return None if found is None or found == "" else str(found)


def build(
    plan: KindPlan,
    item: Item,
    id_: str,
    scope: Scope,
    variables: Mapping[str, str],
    relations: tuple[Relation, ...] = (),
) -> Asset:
    """The asset that an item has become; `relations` are added to those of its plan.

    Its `unread` are the item's, and the operations whose answers said nothing that can be told.
    """
    document, unread = item.document, item.unread
    unreadable: dict[str, Failure] = {}
    properties: dict[str, Any] = {}
    flatten(document, plan.tree, properties)
    for computed in plan.computed:
        if unread and computed.operation in unread:
            properties.pop(computed.name, None)
            continue
        try:
            value = computed.function(document)
        except UnreadableError as error:
            unreadable[computed.operation] = error.failure
            continue
        if value is not None:
            properties[computed.name] = computed.convert(value)
    if plan.arn is not None:
        arn = plan.arn(document, variables)
        if arn:
            properties["arn"] = arn
    name = plan.name(document, variables) if plan.name is not None else None
    region = plan.region(document, variables) if plan.region is not None else None
    tags = item.tags
    for find in plan.tags:
        own = read_tags(find(document))
        tags = {**own, **tags} if tags else own
    if plan.relations:
        edges = list(relations)
        for relation in plan.relations:
            if not (unread and relation.needs & unread.keys()):
                edges.extend(_edges(relation, document, variables))
        relations = tuple(edges)
    return Asset(
        plan.label,
        id_,
        scope.account,
        region or scope.region,
        None if name is None else str(name),
        properties,
        tags,
        relations,
        {**unread, **unreadable} if unreadable else unread,
    )


def _edges(
    plan: RelationPlan, document: dict[str, Any], variables: Mapping[str, str]
) -> Iterator[Relation]:
    found = plan.by(document, variables)
    if not found:
        return
    seen: set[str] = set()
    for value in found if found.__class__ is list else (found,):
        target = value if plan.transform is None else plan.transform(value, document)
        if not target or isinstance(target, dict | list | bool) or str(target) in seen:
            continue
        target = str(target)
        seen.add(target)
        properties: dict[str, Any] = {}
        implied: dict[str, Any] | None = None
        if plan.properties or plan.implied is not None:
            context = {**variables, "target": target}
            properties = _values(plan.properties, document, context)
            if plan.implied is not None:
                implied = _values(plan.implied, document, context)
        yield Relation(
            plan.type, plan.target, target, properties, plan.incoming, implied, plan.found_by
        )


def _values(pairs: Any, document: Any, variables: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: plain(value)
        for name, find in pairs
        if (value := find(document, variables)) is not None
    }
