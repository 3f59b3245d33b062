"""Narrows a pattern's nodes and relations to the label pairs that exist in the catalog.

Arc consistency: a node may be of a table only if each relation of the pattern that touches it has
a pair with that table, and the other way round, until nothing changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.bound import Edges

Pair = tuple[int, int]


@dataclass(slots=True)
class NodeDraft:
    """A node of a pattern while its tables are being narrowed."""

    tables: frozenset[int]


@dataclass(slots=True)
class RelationDraft:
    """A relation of a pattern while its pairs are being narrowed."""

    left: NodeDraft
    right: NodeDraft
    types: frozenset[str]
    direction: str
    length: tuple[int, int | None] | None
    edges: tuple[Edges, ...] = field(default=())


def narrow(catalog: Catalog, relations: Iterable[RelationDraft]) -> None:
    """Shrink tables and edges of the drafts, in place, to what can match."""
    drafts = list(relations)
    for draft in drafts:
        draft.edges = _all_edges(catalog, draft)
    changed = True
    while changed:
        changed = False
        for draft in drafts:
            changed |= _narrow_one(draft)


def _all_edges(catalog: Catalog, draft: RelationDraft) -> tuple[Edges, ...]:
    edges = []
    for name in sorted(draft.types):
        pairs = frozenset(catalog.relations[name].pairs)
        reverse = frozenset((d, s) for s, d in pairs)
        edges.append(
            Edges(
                name,
                forward=pairs if draft.direction in {">", "-"} else frozenset(),
                backward=reverse if draft.direction in {"<", "-"} else frozenset(),
            )
        )
    return tuple(edges)


def _narrow_one(draft: RelationDraft) -> bool:
    before = (draft.left.tables, draft.right.tables)
    if draft.length is None:
        allowed_left, allowed_right = draft.left.tables, draft.right.tables
    else:
        steps = {pair for edge in draft.edges for pair in edge.forward | edge.backward}
        allowed_left = _reachable(draft.left.tables, steps)
        allowed_right = _reachable(draft.right.tables, {(r, x) for x, r in steps})
    draft.edges = tuple(
        edge
        for edge in (_restricted(e, allowed_left, allowed_right) for e in draft.edges)
        if edge.forward or edge.backward
    )
    lefts = {pair[0] for edge in draft.edges for pair in edge.forward | edge.backward}
    rights = {pair[1] for edge in draft.edges for pair in edge.forward | edge.backward}
    if draft.length is not None and draft.length[0] == 0:
        # A path of no relations ends where it starts.
        lefts |= draft.right.tables
        rights |= draft.left.tables
    draft.left.tables &= lefts
    draft.right.tables &= rights
    return (draft.left.tables, draft.right.tables) != before


def _restricted(edge: Edges, lefts: frozenset[int], rights: frozenset[int]) -> Edges:
    return Edges(
        edge.type,
        frozenset(p for p in edge.forward if p[0] in lefts and p[1] in rights),
        frozenset(p for p in edge.backward if p[0] in lefts and p[1] in rights),
    )


def _reachable(start: frozenset[int], steps: set[Pair]) -> frozenset[int]:
    following: dict[int, list[int]] = defaultdict(list)
    for source, target in steps:
        following[source].append(target)
    seen = set(start)
    frontier = list(start)
    while frontier:
        for target in following[frontier.pop()]:
            if target not in seen:
                seen.add(target)
                frontier.append(target)
    return frozenset(seen)
