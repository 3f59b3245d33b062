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
from typing import Any, Final

from cloudwarden.analysis.iam.bulk.arns import positions
from cloudwarden.analysis.iam.bulk.rules import Document
from cloudwarden.analysis.iam.escalation_graph import Graph, Key, Node
from cloudwarden.analysis.iam.escalation_moves import Move
from cloudwarden.analysis.iam.escalation_reach import AccountReach
from cloudwarden.analysis.iam.escalation_standing import Masks
from cloudwarden.analysis.iam.escalation_tables import ROLES
from cloudwarden.analysis.iam.policies import PolicyKind
from cloudwarden.analysis.iam.principals import PrincipalMatch
from cloudwarden.analysis.iam.techniques import ANYTHING, SELF, Outcome, Requirement
from cloudwarden.analysis.iam.truth import Truth

_TRUST: Final = "trust policy"
_OWN: Final = "resource policy"
_ASSUME: Final = "sts:AssumeRole"

#: With more grants, not every one is tried; with more than a few, not every set.
_MOST_TRIED: Final = 200
_MOST_SETS: Final = 14

#: So many moves onto one node are told apart for each of its sources.
_MOST_ALIKE: Final = 40


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One statement of a policy where it is attached: to a principal, a group, a thing, a role."""

    holder: str
    policy: str
    statement: int
    sid: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "attached_to": self.holder,
            "policy": self.policy,
            "statement": self.statement,
            "sid": self.sid or None,
        }


#: Grants of which one suffices.
Clause = frozenset[Grant]


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


def grants_of(graph: Graph, node: Node, move: Move, row: int) -> Iterator[Clause]:
    """The clauses of a move: of each, one grant has to be left."""
    # What no grant can be found for, a policy that was not read may give: nothing to take away.
    return (clause for clause in _clauses(graph, node, move, row) if clause)


def _clauses(graph: Graph, node: Node, move: Move, row: int) -> Iterator[Clause]:
    technique, reach = move.technique, graph.reaches[node.account]
    through = technique.through
    if technique.outcome is Outcome.GAINS_GROUP:
        through = "group"
    elif technique.outcome is Outcome.GAINS_VERSION:
        through = "policy"
    for one in technique.requires:
        if one.only_undenied:
            continue
        new = one.is_new
        table = reach.table_of(one, new=new)
        if one.target == SELF:
            table = move.table
        if one.target == through:
            mask = 1 << move.things.get(row, row)
        elif one.target == ANYTHING:
            mask = -1
        else:
            mask = move.bound.get(one.target, Masks(-1, -1, 0)).possible
            if not mask:
                # Of a kind that was not read: whatever there may be.
                new, table, mask = True, reach.table_of(one, new=True), -1
        service = technique.passed_to_service
        identity = _identity_grants(reach, node, one, table, service, mask)
        if one.action == _ASSUME and table == ROLES:
            yield from _assuming(graph, reach, node, row, identity)
        elif one.target in graph.techniques.kinds and not new:
            yield from _on_things(reach, node, one, table, mask, identity)
        else:
            yield identity
    if technique.passed_to_service is not None and move.table == ROLES:
        yield _service_trust(graph, reach, row, technique.passed_to_service)


def _identity_grants(reach: AccountReach, node: Node, requirement: Requirement, table: str,
                     service: str | None, mask: int) -> Clause:  # fmt: skip
    """The statements of an actor's policies that meet a requirement on some of the rows."""
    principal = node.standing.effective()
    by_document: dict[Document, list[int]] = defaultdict(list)
    documents = reach.whole.documents
    for i, attached in enumerate(principal.policies):
        by_document[documents.compile(attached.document, PolicyKind.IDENTITY)].append(i)
    found: set[Grant] = set()
    for rule, document in reach.granting(node.standing, requirement, table, service, mask):
        for i in by_document[document]:
            attached = principal.policies[i]
            holder = principal.arn
            if attached.through.startswith("group "):
                name = attached.through.removeprefix("group ")
                holder = next((g for g in principal.groups if g.rpartition("/")[2] == name), holder)
            found.add(
                Grant(holder, attached.policy, rule.statement.index, rule.statement.sid or "")
            )
    return frozenset(found)


def _on_things(reach: AccountReach, node: Node, requirement: Requirement, table: str, mask: int,
               identity: Clause) -> Iterator[Clause]:  # fmt: skip
    """Things that have policies of their own: within an account either side grants, else both."""
    named: set[Grant] = set()
    others: set[Grant] = set()
    for arn, match, rule in reach.let_in_by(node.standing, requirement, table, mask):
        grant = Grant(arn, _OWN, rule.statement.index, rule.statement.sid or "")
        if arn.split(":")[4] != node.account:
            others.add(grant)
        elif match is not PrincipalMatch.ACCOUNT:
            named.add(grant)
    if others and not mask & reach.own(table):
        yield identity
        yield frozenset(others)
    else:
        yield identity | named


def _assuming(graph: Graph, reach: AccountReach, node: Node, row: int,
              identity: Clause) -> Iterator[Clause]:  # fmt: skip
    """Assuming a role: it names the actor, or leaves it to an account whose policies allow it."""
    role = graph.whole.world.principal(reach.arns(ROLES)[row])
    if role is None or role.trust is None:
        yield identity
        return
    actor = reach.actor(node.standing)
    document = graph.whole.documents.compile(role.trust, PolicyKind.TRUST)
    bit = 1 << graph.whole.documents.actions.index[_ASSUME.lower()]
    named: set[Grant] = set()
    left_to: set[Grant] = set()
    for rule in document.rules:
        if not rule.allows or not rule.actions & bit or actor.truth(rule) is Truth.NEVER:
            continue
        match = rule.statement.match_principal(actor.who, bounded=actor.boundary is not None)
        if match is None:
            continue
        grant = Grant(role.arn, _TRUST, rule.statement.index, rule.statement.sid or "")
        (left_to if match is PrincipalMatch.ACCOUNT else named).add(grant)
    if role.account == node.account:
        yield frozenset(named) | identity
        yield frozenset(named | left_to)
    else:
        yield identity
        yield frozenset(named | left_to)


def _service_trust(graph: Graph, reach: AccountReach, row: int, service: str) -> Clause:
    role = graph.whole.world.principal(reach.arns(ROLES)[row])
    if role is None or role.trust is None:
        return frozenset()
    document = graph.whole.documents.compile(role.trust, PolicyKind.TRUST)
    return frozenset(
        Grant(role.arn, _TRUST, rule.statement.index, rule.statement.sid or "")
        for rule in document.rules
        if rule.allows
        and rule.statement.principals is not None
        and (
            service in {name.lower() for name in rule.statement.principals.services}
            or service in rule.statement.principals.federated
            or rule.statement.principals.anybody
        )
    )
