"""The edge to cut: which grants, taken away, close most ways to administration.

A move is open while each of its clauses has a grant left. What taking one grant away closes is what
cannot do without it: all that is on every way. Of several, the best is taken one after another,
which is greedy: where there are few grants, every set is tried instead.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from cloudwarden.analysis.iam.bulk.arns import positions
from cloudwarden.analysis.iam.escalation_grants import Clause, Grant, Grants
from cloudwarden.analysis.iam.escalation_graph import Graph, Key
from cloudwarden.analysis.iam.techniques import Outcome

#: With more grants than a few, or when that takes long, not every set is tried.
_MOST_SETS: Final = 14
_MOST_STEPS: Final = 2_000_000

#: With more moves, what to cut is not worked out.
_MOST_MOVES: Final = 600_000

#: So many different moves onto one node are told apart for each of its sources.
_MOST_ALIKE: Final = 40

#: Where a move ends that makes an administrator.
_ADMINISTRATION: Final = None

Place = Key | None


@dataclass(frozen=True, slots=True)
class Cut:
    """Grants to take away together, and the principals whose every way that closes.

    `greedy` says that the set may not be the smallest. `skipped` is the number of moves where
    there are too many of them to tell.
    """

    grants: tuple[Grant, ...]
    closes: tuple[str, ...]
    leaves: int
    greedy: bool
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class _Edge:
    """A move: its clauses as masks of grants; `alone` has those that it cannot do without."""

    source: Key
    clauses: tuple[int, ...]
    alone: int

    def without(self, gone: int) -> int | None:
        """The grants that it cannot do without once some are gone; None: it is closed."""
        alone = self.alone & ~gone
        for clause in self.clauses:
            if clause & gone:
                left = clause & ~gone
                if not left:
                    return None
                if left & (left - 1) == 0:
                    alone |= left
        return alone


class Cuts:
    """What taking grants away closes, over the ways that there are.

    `distances` has every node that gets to administration.
    """

    def __init__(self, graph: Graph, distances: Mapping[Key, int]) -> None:
        self._done = {key for key, left in distances.items() if left == 0}
        self._sources = {
            key for key in distances
            if graph.nodes[key].standing.is_itself and key not in self._done
        }  # fmt: skip
        moves = sum(
            move.onto.perhaps.bit_count()
            for key in distances.keys() - self._done
            for move in graph.nodes[key].open.moves
        )
        self._skipped = moves if moves > _MOST_MOVES else 0
        self._grants: list[Grant] = []
        self._into: dict[Place, list[_Edge]] = defaultdict(list)
        self._count = 0
        if not self._skipped:
            self._take(graph, distances)
        self._needed: Mapping[Key, int] | None = None
        self._closing: Counter[int] = Counter()

    def _take(self, graph: Graph, distances: Mapping[Key, int]) -> None:
        edges = list(_edges(graph, distances))
        self._grants = sorted({one for _, _, clauses in edges for c in clauses for one in c})
        bits = {one: 1 << i for i, one in enumerate(self._grants)}
        masks: dict[Clause, int] = {}
        for source, target, clauses in edges:
            for clause in clauses:
                if clause not in masks:
                    masks[clause] = sum(bits[one] for one in clause)
            told = tuple(masks[clause] for clause in clauses)
            alone = 0
            for mask in told:
                alone |= mask if mask & (mask - 1) == 0 else 0
            self._into[target].append(_Edge(source, told, alone))
            self._count += 1

    def _needed_without(self, gone: int) -> dict[Key, int]:
        """The grants that each node cannot do without once some are gone.

        Nodes that have no way then are left out.
        """
        needed: dict[Key, int] = {}
        queue: deque[Place] = deque([_ADMINISTRATION, *self._done])
        while queue:
            target = queue.popleft()
            beyond = 0 if target is _ADMINISTRATION else needed.get(target, 0)
            for edge in self._into.get(target, ()):
                if edge.source in self._done:
                    continue
                alone = edge.without(gone) if gone else edge.alone
                if alone is None:
                    continue
                known = needed.get(edge.source)
                told = alone | beyond if known is None else known & (alone | beyond)
                if told != known:
                    needed[edge.source] = told
                    queue.append(edge.source)
        return needed

    def closed_by(self, removed: Collection[Grant]) -> frozenset[Key]:
        """The principals that have no way any more."""
        gone = sum(1 << i for i, one in enumerate(self._grants) if one in removed)
        return frozenset(self._sources - self._needed_without(gone).keys())

    def best_for(self, key: Key) -> tuple[Grant, int] | None:
        """The one grant that closes a principal's ways, and most others'; None: none does alone."""
        if self._skipped:
            return None
        if self._needed is None:
            self._needed = self._needed_without(0)
            self._closing = self._counted(self._needed)
        closing = list(positions(self._needed.get(key, 0)))
        if not closing:
            return None
        best = min(closing, key=lambda i: (-self._closing[i], i))
        return self._grants[best], self._closing[best]

    def _counted(self, needed: Mapping[Key, int]) -> Counter[int]:
        """How many principals cannot do without each grant, by its number."""
        alike = Counter(needed[key] for key in self._sources if needed.get(key))
        found: Counter[int] = Counter()
        for mask, count in alike.items():
            for i in positions(mask):
                found[i] += count
        return found

    def best(self, most: int = 10) -> Cut:
        """The smallest set of grants that closes every way, or, of `most`, as many as it can."""
        if self._skipped:
            return Cut((), (), len(self._sources), greedy=False, skipped=self._skipped)
        number = len(self._grants)
        if number <= _MOST_SETS and self._count << number <= _MOST_STEPS:
            for size in range(1, most + 1):
                for some in combinations(self._grants, size):
                    closed = self.closed_by(some)
                    if closed == self._sources:
                        return self._cut(some, closed, greedy=False)
        chosen: list[int] = []
        needed = self._needed_without(0)
        while len(chosen) < min(most, number) and self._sources & needed.keys():
            closing = self._counted(needed)
            left = (i for i in range(number) if i not in chosen)
            best = min(left, key=lambda i: (-closing[i], i))
            chosen.append(best)
            needed = self._needed_without(sum(1 << i for i in chosen))
        closed = frozenset(self._sources - needed.keys())
        grants = [self._grants[i] for i in chosen]
        while grants and self.closed_by(grants[:-1]) == closed:
            grants.pop()
        return self._cut(grants, closed, greedy=True)

    def _cut(self, grants: Iterable[Grant], closed: frozenset[Key], *, greedy: bool) -> Cut:
        closes = tuple(sorted(key[0] for key in closed))
        return Cut(tuple(grants), closes, len(self._sources) - len(closed), greedy)


def _edges(
    graph: Graph, distances: Mapping[Key, int]
) -> Iterator[tuple[Key, Place, tuple[Clause, ...]]]:
    """Every move on some way to administration: from where, to where, with its clauses."""
    grants = Grants(graph)
    for key, left in distances.items():
        if left == 0:
            continue
        node = graph.nodes[key]
        told: dict[Place, set[frozenset[Clause]]] = defaultdict(set)
        rest: dict[Place, frozenset[Clause]] = {}
        for move in node.open.moves:
            onto: list[tuple[int, Place]] = []
            if move.technique.outcome is Outcome.ADMIN:
                onto = [(row, _ADMINISTRATION) for row in positions(move.onto.perhaps)]
            else:
                onto = [(r, k) for r, k in graph.next_of(node, move) if k in distances]
            for row, target in onto:
                known = told[target]
                clauses = frozenset(grants.of(node, move, row))
                if clauses in known:
                    continue
                if len(known) < _MOST_ALIKE:
                    known.add(clauses)
                    yield key, target, tuple(clauses)
                else:
                    rest[target] = rest.get(target, clauses) & clauses
        # Those that are not told apart are closed by what closes them all.
        for target, common in rest.items():
            yield key, target, tuple(common)
