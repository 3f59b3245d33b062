"""Principals as the bulk engine asks for them: their documents compiled, their facts at hand."""

from __future__ import annotations

from datetime import datetime

from cloudwarden.analysis.iam import requests
from cloudwarden.analysis.iam.bulk.rules import Documents, Rule
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.facts import Facts
from cloudwarden.analysis.iam.policies import PolicyKind
from cloudwarden.analysis.iam.truth import Truth
from cloudwarden.analysis.iam.world import Principal, PrincipalKind, World
from cloudwarden.core.clock import format_moment


class Actor:
    """A user or a role that may ask for something.

    `is_role` says that it is a role, asked for as any session of it; `key` is what policies that
    name it are found by. `actions` are those that its identity policies speak of. `unread` names
    its policies that were not read, or not understood.
    """

    __slots__ = (
        "_truths", "actions", "boundary", "documents", "facts", "is_role", "is_service_linked",
        "key", "principal", "unread", "who",
    )  # fmt: skip

    def __init__(self, principal: Principal, facts: Context, documents: Documents) -> None:
        self.principal = principal
        self.facts = facts
        who = self.who = requests.principal(principal.arn, principal.kind.value)
        self.is_service_linked = principal.is_service_linked
        self.is_role = principal.kind is PrincipalKind.ROLE
        self.key: object = (
            (who.partition, who.account, who.name.lower()) if self.is_role else principal.arn
        )
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
        self.actions = 0
        for document in self.documents:
            self.actions |= document.actions
        boundary = None if self.is_service_linked else principal.boundary
        self.boundary = (
            documents.compile(boundary.document, PolicyKind.BOUNDARY) if boundary else None
        )
        self._truths: dict[Rule, Truth] = {}

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
