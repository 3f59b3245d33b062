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
    """A relation of a pattern while its pairs are being narrowed.

    A quantified path is one too: `steps` are its pairs, `edges` what it goes along.
    """

    left: NodeDraft
    right: NodeDraft
    types: frozenset[str]
    direction: str
    length: tuple[int, int | None] | None
    edges: tuple[Edges, ...] = field(default=())
    steps: frozenset[Pair] | None = None


def narrow(catalog: Catalog, relations: Iterable[RelationDraft]) -> None:
    """Shrink tables and edges of the drafts, in place, to what can match."""
    drafts = list(relations)
    for draft in drafts:
        if draft.steps is None:
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
        steps = _steps(draft)
        allowed_left = _reachable(draft.left.tables, steps)
        allowed_right = _reachable(draft.right.tables, {(r, x) for x, r in steps})
    if draft.steps is None:
        draft.edges = tuple(
            edge
            for edge in (_restricted(e, allowed_left, allowed_right) for e in draft.edges)
            if edge.forward or edge.backward
        )
    else:
        draft.steps = frozenset(
            p for p in draft.steps if p[0] in allowed_left and p[1] in allowed_right
        )
    steps = _steps(draft)
    lefts = {pair[0] for pair in steps}
    rights = {pair[1] for pair in steps}
    if draft.length is not None and draft.length[0] == 0:
        # A path of no relations ends where it starts.
        lefts |= draft.right.tables
        rights |= draft.left.tables
    draft.left.tables &= lefts
    draft.right.tables &= rights
    return (draft.left.tables, draft.right.tables) != before


def _steps(draft: RelationDraft) -> set[Pair]:
    if draft.steps is not None:
        return set(draft.steps)
    return {pair for edge in draft.edges for pair in edge.forward | edge.backward}


def composed(relations: Iterable[tuple[Edges, ...]]) -> frozenset[Pair]:
    """The pairs of tables at the ends of a chain of relations."""
    joined: set[Pair] | None = None
    for edges in relations:
        pairs = {pair for edge in edges for pair in edge.forward | edge.backward}
        if joined is None:
            joined = pairs
            continue
        following: dict[int, set[int]] = defaultdict(set)
        for left, right in pairs:
            following[left].add(right)
        joined = {(left, right) for left, middle in joined for right in following[middle]}
    return frozenset(joined or ())


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
