"""Breadth-first searches over arrays, a whole frontier at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cloudwarden.graph.adjacency import Adjacency, Numbers, Side
from cloudwarden.graph.catalog import ROW_BITS

Mask = NDArray[np.bool_]

#: With more than one in so many edges before it, a frontier is spread over all nodes at once.
_DENSE = 16


@dataclass(frozen=True, slots=True)
class Steps:
    """What one step from some nodes leads to: place among those nodes, node reached, edge taken."""

    origins: Numbers
    nodes: Numbers
    edges: Numbers


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths of one length: a row each of its nodes, and of its edges."""

    nodes: Numbers
    edges: Numbers


class Explorer:
    """A graph as seen by a search: along (`>`), against (`<`) or either way (`-`), by some types.

    `types` are numbers of relation tables; None for all.
    """

    def __init__(self, adjacency: Adjacency, direction: str, types: tuple[int, ...] | None) -> None:
        self.adjacency = adjacency
        self._forward = _sides(adjacency, direction)
        self._backward = _sides(adjacency, {">": "<", "<": ">", "-": "-"}[direction])
        self._allowed: Mask | None = None
        if types is not None:
            self._allowed = np.zeros(max(types, default=0) + 2, dtype=np.bool_)
            self._allowed[list(types)] = True

    def steps(self, nodes: Numbers, *, back: bool = False) -> Steps:
        """Every step from these nodes, or every one that leads to them."""
        found = []
        for number, side in enumerate(self._backward if back else self._forward):
            begin = side.starts[nodes]
            counts = side.starts[nodes + 1] - begin
            origins = np.repeat(np.arange(len(nodes)), counts)
            places = _ranges(begin, counts)
            reached = side.nodes[places].astype(np.int64)
            edges = places if side.edges is None else side.edges[places].astype(np.int64)
            keep = self._allows(edges)
            if number:
                # A loop is one step, not one each way.
                loops = reached == nodes[origins]
                keep = ~loops if keep is None else keep & ~loops
            if keep is not None:
                origins, reached, edges = origins[keep], reached[keep], edges[keep]
            found.append((origins, reached, edges))
        return Steps(*(np.concatenate(parts) for parts in zip(*found, strict=True)))

    def reached(self, starts: Numbers, high: int | None, *, zero: bool) -> Numbers:
        """The nodes at the end of ways of at most `high` steps from any of some nodes.

        With `zero`, those nodes as well; else only if a step, or some, lead to them: where steps go
        either way, none of them by the way they came (see `returning`).
        """
        either = len(self._forward) > 1
        seen: Mask = np.zeros(self.adjacency.nodes, dtype=np.bool_)
        frontier = np.unique(starts)
        if zero or either:
            seen[frontier] = True
        depth = 0
        while len(frontier) and (high is None or depth < high):
            frontier = self._spread(frontier, seen)
            depth += 1
        if either and not zero:
            begun = np.unique(starts)
            seen[begun] = self.returning(begun, high)
        return np.flatnonzero(seen)

    def _spread(self, frontier: Numbers, seen: Mask) -> Numbers:
        """What was not seen and is one step away; it is seen from now on."""
        edges = sum(int((s.starts[frontier + 1] - s.starts[frontier]).sum()) for s in self._forward)
        if edges * _DENSE > len(self.adjacency.relations):
            there: Mask = np.zeros(len(seen), dtype=np.bool_)
            there[frontier] = True
            fresh: Mask = np.zeros(len(seen), dtype=np.bool_)
            for side in self._backward:
                fresh |= self._has_neighbour(side, there)
            fresh &= ~seen
            seen |= fresh
            return np.flatnonzero(fresh)
        nodes = self.steps(frontier).nodes
        nodes = np.unique(nodes[~seen[nodes]])
        seen[nodes] = True
        return nodes

    def _has_neighbour(self, side: Side, there: Mask) -> Mask:
        """For each node, whether one of its neighbours on a side is there."""
        hits = there[side.nodes]
        if self._allowed is not None:
            edges = np.arange(len(hits)) if side.edges is None else side.edges
            hits &= self._allows(edges)
        found: Mask = np.zeros(len(side.starts) - 1, dtype=np.bool_)
        some = side.starts[1:] > side.starts[:-1]
        if some.any():
            found[some] = np.logical_or.reduceat(hits, side.starts[:-1][some])
        return found

    def returning(self, starts: Numbers, high: int | None) -> Mask:
        """Which of these different nodes are come to in at most `high` steps either way.

        From another of them, or from themselves without taking an edge twice. Each node is labelled
        by the start that is nearest and the first edge from there. Ways to two nodes of different
        labels share no edge, so that an edge between them closes a circle or joins two starts; and
        the least such circles and ways are all found so.
        """
        count = self.adjacency.nodes
        depth: NDArray[np.int32] = np.full(count, -1, dtype=np.int32)
        start: NDArray[np.int32] = np.zeros(count, dtype=np.int32)
        first: Numbers = np.full(count, -1, dtype=np.int64)
        depth[starts], start[starts] = 0, np.arange(len(starts))
        found: Mask = np.zeros(len(starts), dtype=np.bool_)
        frontier, length = starts, 0
        while len(frontier) and not found.all() and (high is None or 2 * length < high):
            steps = self.steps(frontier)
            came = frontier[steps.origins]
            fresh = np.flatnonzero(depth[steps.nodes] < 0)
            nodes, places = np.unique(steps.nodes[fresh], return_index=True)
            chosen = fresh[places]
            depth[nodes] = length + 1
            start[nodes] = start[came[chosen]]
            first[nodes] = np.where(length == 0, steps.edges[chosen], first[came[chosen]])
            # A start has no first edge: there an edge counts as its own.
            mine = np.where(depth[came] == 0, steps.edges, first[came])
            yours = np.where(depth[steps.nodes] == 0, steps.edges, first[steps.nodes])
            closes = (start[came] != start[steps.nodes]) | (mine != yours)
            closes |= came == steps.nodes if length == 0 else False
            if high is not None:
                closes &= depth[came] + depth[steps.nodes] < high
            found[start[came[closes]]] = True
            found[start[steps.nodes[closes]]] = True
            frontier, length = nodes, length + 1
        return found

    def shortest(
        self,
        start: int,
        ends: Numbers | None,
        high: int | None,
        *,
        zero: bool,
        closed: bool,
        every: bool,
    ) -> Iterator[Paths]:
        """The shortest paths from a node to each of some (or all) nodes: one, or every one.

        `zero` admits the one of no step; `closed` one that comes back to the start.
        """
        depth: NDArray[np.int32] = np.full(self.adjacency.nodes, -1, dtype=np.int32)
        if not closed:
            depth[start] = 0
        wanted: Mask | None = None
        if ends is not None:
            wanted = np.zeros(self.adjacency.nodes, dtype=np.bool_)
            wanted[ends] = True
        left = -1 if wanted is None else int(wanted.sum()) - (0 if closed else int(wanted[start]))
        frontier: Numbers = np.array([start], dtype=np.int64)
        if zero and (wanted is None or wanted[start]):
            yield Paths(frontier[:, None], np.zeros((1, 0), dtype=np.int64))
        length = 0
        while len(frontier) and left != 0 and (high is None or length < high):
            nodes = self.steps(frontier).nodes
            frontier = np.unique(nodes[depth[nodes] < 0])
            length += 1
            depth[frontier] = length
            arrived = frontier if wanted is None else frontier[wanted[frontier]]
            left -= 0 if wanted is None else len(arrived)
            if len(arrived):
                yield self._back(arrived, length, depth, start, every=every)

    def _back(
        self, ends: Numbers, length: int, depth: NDArray[Any], start: int, *, every: bool
    ) -> Paths:
        nodes: list[Numbers] = [ends]
        edges: list[Numbers] = []
        for before in range(length - 1, -1, -1):
            steps = self.steps(nodes[-1], back=True)
            nearer = depth[steps.nodes] == before if before else steps.nodes == start
            origins, came, taken = (
                part[nearer] for part in (steps.origins, steps.nodes, steps.edges)
            )
            if not every:
                # Of several ways always the same: by the edge of the least number.
                order = np.lexsort((taken, origins))
                _, firsts = np.unique(origins[order], return_index=True)
                origins, came, taken = (part[order[firsts]] for part in (origins, came, taken))
            nodes = [column[origins] for column in nodes] + [came]
            edges = [column[origins] for column in edges] + [taken]
        return Paths(np.stack(nodes[::-1], axis=1), np.stack(edges[::-1], axis=1))

    def _allows(self, edges: Any) -> Any:
        if self._allowed is None:
            return None
        types = np.minimum(self.adjacency.relations[edges] >> ROW_BITS, len(self._allowed) - 1)
        return self._allowed[types]


def _sides(adjacency: Adjacency, direction: str) -> tuple[Side, ...]:
    sides = {">": (adjacency.out,), "<": (adjacency.into,), "-": (adjacency.out, adjacency.into)}
    return sides[direction]


def _ranges(begin: Numbers, counts: Numbers) -> Numbers:
    """The numbers from each beginning on, so many of each."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(begin - ends + counts, counts) + np.arange(total)
