"""The grants that a move rests on: statements of policies, where they are attached.

A move is open while each of its clauses has a grant left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from cloudwarden.analysis.iam.bulk.rules import Document
from cloudwarden.analysis.iam.escalation_graph import Graph, Node
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


class Grants:
    """Finds the clauses of moves; what one actor is granted is found once for all its rows."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._node: Node | None = None
        self._identity: dict[object, list[tuple[Grant, int]]] = {}
        self._clauses: dict[object, Clause] = {}
        self._trusts: dict[object, Clause] = {}

    def of(self, node: Node, move: Move, row: int) -> Iterator[Clause]:
        """The clauses of a move onto a row: of each, one grant has to be left."""
        if node is not self._node:
            self._node, self._identity, self._clauses = node, {}, {}
        # What no grant can be found for, a policy that was not read may give: nothing to take away.
        return (clause for clause in self._of(node, move, row) if clause)

    def _of(self, node: Node, move: Move, row: int) -> Iterator[Clause]:
        graph, technique = self._graph, move.technique
        reach, service = graph.reaches[node.account], technique.passed_to_service
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
            identity = self._of_identity(reach, node, one, table, service, mask)
            if one.action == _ASSUME and table == ROLES:
                yield from _assuming(graph, reach, node, row, identity)
            elif one.target in graph.techniques.kinds and not new:
                yield from _on_things(reach, node, one, table, mask, identity)
            else:
                yield identity
        if service is not None and move.table == ROLES:
            key = node.account, row, service
            if key not in self._trusts:
                self._trusts[key] = _service_trust(graph, reach, row, service)
            yield self._trusts[key]

    def _of_identity(self, reach: AccountReach, node: Node, requirement: Requirement, table: str,
                     service: str | None, mask: int) -> Clause:  # fmt: skip
        """The statements of an actor's policies that meet a requirement on some of the rows."""
        key = requirement, table, service
        if key not in self._identity:
            self._identity[key] = list(_identity_grants(reach, node, requirement, table, service))
        granted = self._identity[key]
        serving = sum(1 << i for i, (_, rows) in enumerate(granted) if rows & mask)
        known = self._clauses.get((key, serving))
        if known is None:
            clause = frozenset(one for i, (one, _) in enumerate(granted) if serving >> i & 1)
            known = self._clauses[key, serving] = clause
        return known


def _identity_grants(reach: AccountReach, node: Node, requirement: Requirement, table: str,
                     service: str | None) -> Iterator[tuple[Grant, int]]:  # fmt: skip
    """The statements of an actor's policies that meet a requirement, each with its rows."""
    principal = node.standing.effective()
    by_document: dict[Document, list[int]] = defaultdict(list)
    documents = reach.whole.documents
    for i, attached in enumerate(principal.policies):
        by_document[documents.compile(attached.document, PolicyKind.IDENTITY)].append(i)
    for rule, document, mask in reach.granting(node.standing, requirement, table, service):
        for i in by_document[document]:
            attached = principal.policies[i]
            holder = principal.arn
            if attached.through.startswith("group "):
                name = attached.through.removeprefix("group ")
                holder = next((g for g in principal.groups if g.rpartition("/")[2] == name), holder)
            statement = rule.statement
            yield Grant(holder, attached.policy, statement.index, statement.sid or ""), mask


def _on_things(reach: AccountReach, node: Node, requirement: Requirement, table: str, mask: int,
               identity: Clause) -> Iterator[Clause]:  # fmt: skip
    """Things that have policies of their own: within an account either side grants, else both."""
    named: set[Grant] = set()
    others: set[Grant] = set()
    for arn, owner, match, rule in reach.let_in_by(node.standing, requirement, table, mask):
        grant = Grant(arn, _OWN, rule.statement.index, rule.statement.sid or "")
        if owner != node.account:
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
