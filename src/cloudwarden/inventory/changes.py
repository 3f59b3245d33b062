"""What differs between two states of an asset, by name; see `records.Changes` for the names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cloudwarden.inventory.document import Document
from cloudwarden.inventory.records import Changes

_NOTHING: Document = {"properties": {}, "relations": [], "tags": {}, "unread": {}}


def compare(
    before: Document | None,
    after: Document | None,
    old_name: str | None,
    new_name: str | None,
    volatile: frozenset[str] = frozenset(),
) -> Changes:
    """Every difference, sorted by name; None for a document that there was not or is not.

    `volatile` properties differ by themselves: they are left out.
    """
    old = _flat(before or _NOTHING, volatile)
    new = _flat(after or _NOTHING, volatile)
    if old_name != new_name:
        old.setdefault("name", old_name)
        new.setdefault("name", new_name)
    return {
        name: (old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if not _same(old.get(name), new.get(name))
    }


def _flat(document: Document, volatile: frozenset[str]) -> dict[str, Any]:
    properties = document["properties"].items()
    found: dict[str, Any] = {name: value for name, value in properties if name not in volatile}
    found.update((f"tags.{key}", value) for key, value in document["tags"].items())
    found.update(_relations(document["relations"]))
    found.update(
        (f"unread.{operation}", f"{failure['verdict']}: {failure['code']}")
        for operation, failure in document["unread"].items()
    )
    return found


def _relations(relations: list[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    known: set[str] = set()
    for relation in relations:
        arrows = ("<-", "-") if relation["incoming"] else ("-", "->")
        name = f"{arrows[0]}[{relation['type']}]{arrows[1]}{relation['target']}"
        if name in known:
            # The same edge to two labels, or with other properties: still two relations.
            name = f"{name} ({relation['target_label']}, {relation['properties']})"
        known.add(name)
        yield name, relation


def _same(one: Any, other: Any) -> bool:
    """Equal and of one type: JSON tells `true` from `1`, Python does not."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)
