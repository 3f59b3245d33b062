"""The edge to cut: which grants, taken away, close most ways to administration.

A move is open while each of its clauses has a grant left. What taking one grant away closes is
found by walking the whole graph again without it; of several, the best is taken one after another,
which is greedy: where there are few grants, every set is tried instead.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from cloudwarden.analysis.iam.bulk.arns import positions
from cloudwarden.analysis.iam.escalation_grants import Clause, Grant, grants_of
from cloudwarden.analysis.iam.escalation_graph import Graph, Key
from cloudwarden.analysis.iam.techniques import Outcome

#: With more grants, not every one is tried; with more than a few, not every set.
_MOST_TRIED: Final = 200
_MOST_SETS: Final = 14

#: So many moves onto one node are told apart for each of its sources.
_MOST_ALIKE: Final = 40


@dataclass(frozen=True, slots=True)
class Cut:
    """Grants to take away together, and the principals whose every way that closes.

    `greedy` says that the set may not be the smallest.
    """

    grants: tuple[Grant, ...]
    closes: tuple[str, ...]
    leaves: int
    greedy: bool


@dataclass(frozen=True, slots=True)
class _Edge:
    source: Key
    target: Key | None
    clauses: tuple[Clause, ...]


class Cuts:
    """What taking grants away closes, over the ways that there are.

    `distances` has every node that gets to administration.
    """

    def __init__(self, graph: Graph, distances: Mapping[Key, int]) -> None:
        self._edges = list(_edges(graph, distances))
        self._done = {key for key, left in distances.items() if left == 0}
        self._sources = {
            key for key in distances
            if graph.nodes[key].standing.is_itself and key not in self._done
        }  # fmt: skip
        self._into: dict[Key | None, list[_Edge]] = defaultdict(list)
        seen: Counter[Grant] = Counter()
        for edge in self._edges:
            self._into[edge.target].append(edge)
            seen.update({one for clause in edge.clauses for one in clause})
        self._grants = [one for one, _ in seen.most_common()]
        self._closed: dict[Grant, frozenset[Key]] | None = None

    def closed_by(self, removed: Collection[Grant]) -> frozenset[Key]:
        """The principals that have no way any more."""
        gone = frozenset(removed)
        reached: set[Key] = set(self._done)
        queue: list[Key | None] = [None, *self._done]
        while queue:
            for edge in self._into.get(queue.pop(), ()):
                if edge.source not in reached and not any(c <= gone for c in edge.clauses):
                    reached.add(edge.source)
                    queue.append(edge.source)
        return frozenset(self._sources - reached)

    def best_for(self, key: Key) -> tuple[Grant, int] | None:
        """The one grant that closes a principal's ways, and most others'; None: none does alone."""
        if self._closed is None:
            self._closed = {
                one: self.closed_by([one]) for one in self._grants[:_MOST_TRIED]
            }  # fmt: skip
        closing = [(len(keys), one) for one, keys in self._closed.items() if key in keys]
        if not closing:
            return None
        most = max(count for count, _ in closing)
        return min(one for count, one in closing if count == most), most

    def best(self, most: int = 10) -> Cut:
        """The smallest set of grants that closes every way, or, of `most`, as many as it can."""
        if len(self._grants) <= _MOST_SETS:
            for size in range(1, most + 1):
                for some in combinations(sorted(self._grants), size):
                    closed = self.closed_by(some)
                    if closed == self._sources:
                        return self._cut(some, closed, greedy=False)
        chosen: list[Grant] = []
        closed = frozenset[Key]()
        while len(chosen) < most and closed != self._sources:
            tried = {
                one: self.closed_by([*chosen, one])
                for one in self._grants[:_MOST_TRIED] if one not in chosen
            }  # fmt: skip
            if not tried:
                break
            best = min(tried, key=lambda one: (-len(tried[one]), one))
            chosen.append(best)
            closed = tried[best]
        while chosen and self.closed_by(chosen[:-1]) == closed:
            chosen.pop()
        return self._cut(chosen, closed, greedy=True)

    def _cut(self, grants: Iterable[Grant], closed: frozenset[Key], *, greedy: bool) -> Cut:
        closes = tuple(sorted(key[0] for key in closed))
        return Cut(tuple(grants), closes, len(self._sources) - len(closed), greedy)


def _edges(graph: Graph, distances: Mapping[Key, int]) -> Iterator[_Edge]:
    """Every move on some way to administration."""
    for key, left in distances.items():
        if left == 0:
            continue
        node = graph.nodes[key]
        alike: Counter[Key | None] = Counter()
        for move in node.open.moves:
            onto: list[tuple[int, Key | None]] = []
            if move.technique.outcome is Outcome.ADMIN:
                onto = [(row, None) for row in positions(move.onto.perhaps)]
            else:
                onto = [(r, k) for r, k in graph.next_of(node, move) if k in distances]
            for row, target in onto:
                alike[target] += 1
                if alike[target] <= _MOST_ALIKE:
                    yield _Edge(key, target, tuple(grants_of(graph, node, move, row)))
