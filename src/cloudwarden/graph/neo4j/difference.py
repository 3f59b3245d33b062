"""What differs between two lists in order of key, each read once and a little at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cloudwarden.graph.neo4j.contents import Item


@dataclass(frozen=True, slots=True)
class Held:
    """A node or relation that the server holds; `labels` are those that we gave it."""

    key: str
    hash: str = ""
    labels: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: dict[str, Any]) -> Held:
        """From a row of a page."""
        return cls(row["key"], row["hash"] or "", tuple(row.get("labels") or ()))


@dataclass(frozen=True, slots=True)
class Pair:
    """What both sides have under one key; one of them may have nothing."""

    key: str
    wanted: Item | None
    held: Held | None


def paired(wanted: Iterable[Item], held: Iterable[Held]) -> Iterator[Pair]:
    """Everything on either side, in order of key. Both must be in that order, without doubles."""
    ours, theirs = iter(wanted), iter(held)
    item, other = next(ours, None), next(theirs, None)
    while item is not None or other is not None:
        if other is None or (item is not None and item.key < other.key):
            assert item is not None
            yield Pair(item.key, item, None)
            item = next(ours, None)
        elif item is None or other.key < item.key:
            yield Pair(other.key, None, other)
            other = next(theirs, None)
        else:
            yield Pair(item.key, item, other)
            item, other = next(ours, None), next(theirs, None)
