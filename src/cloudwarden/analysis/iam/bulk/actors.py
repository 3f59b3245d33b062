"""Principals as the bulk engine asks for them: their documents compiled, their facts at hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cloudwarden.analysis.iam import requests
from cloudwarden.analysis.iam.bulk.rules import Document, Documents, Rule
from cloudwarden.analysis.iam.facts import Facts
from cloudwarden.analysis.iam.policies import PolicyKind
from cloudwarden.analysis.iam.truth import Truth
from cloudwarden.analysis.iam.world import Levels, Principal, PrincipalKind, Unread, World
from cloudwarden.core.clock import format_moment

#: Documents at each level; None where the levels were not read.
Compiled = tuple[tuple[Document, ...], ...] | None


class Actor:
    """A user or a role that may ask for something.

    `unread` names its policies that were not read, or could not be understood.
    """

    __slots__ = ("_truths", "boundary", "documents", "facts", "principal", "unread", "who")

    def __init__(self, principal: Principal, facts: Facts, documents: Documents) -> None:
        self.principal = principal
        self.facts = facts
        self.who = requests.principal(principal.arn, principal.kind.value)
        compiled = [
            documents.compile(attached.document, PolicyKind.IDENTITY)
            for attached in principal.policies
        ]
        self.documents = tuple(dict.fromkeys(compiled))
        self.unread = tuple(
            attached.policy
            for attached, document in zip(principal.policies, compiled, strict=True)
            if not document.readable
        )
        boundary = None if principal.is_service_linked else principal.boundary
        self.boundary = (
            documents.compile(boundary.document, PolicyKind.BOUNDARY) if boundary else None
        )
        self._truths: dict[Rule, Truth] = {}

    @property
    def is_role(self) -> bool:
        """Whether it is a role, asked for as any session of it."""
        return self.principal.kind is PrincipalKind.ROLE

    def truth(self, rule: Rule) -> Truth:
        """Whether a rule's conditions hold for its requests; for rules not `by_resource`."""
        if not rule.statement.conditions:
            return Truth.SURE
        truth = self._truths.get(rule)
        if truth is None:
            truth = self._truths[rule] = rule.statement.conditions.evaluate(self.facts)
        return truth


def actors_of(world: World, account: str, documents: Documents, now: datetime) -> list[Actor]:
    """The users and roles of an account, in the order of the world."""
    home = world.account(account)
    moment, epoch = format_moment(now), int(now.timestamp())
    return [
        Actor(principal, Facts(principal, home, moment, epoch), documents)
        for principal in world.of_account(account)
    ]


def compiled_levels(levels: Levels | Unread, kind: PolicyKind, documents: Documents) -> Compiled:
    """An organization's policies at each level."""
    if isinstance(levels, Unread):
        return None
    return tuple(_level([a.document for a in level], kind, documents) for level in levels)


def _level(
    texts: Sequence[str | Unread], kind: PolicyKind, documents: Documents
) -> tuple[Document, ...]:
    return tuple(dict.fromkeys(documents.compile(text, kind) for text in texts))
