"""Single questions about access: can this principal, and who can?

Who can is found by the bulk engine over all principals; every answer is the strict evaluator's,
with the statements that made it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from cloudwarden.analysis.iam.bulk.actors import actors_of
from cloudwarden.analysis.iam.bulk.answers import Answers
from cloudwarden.analysis.iam.bulk.labels import Label
from cloudwarden.analysis.iam.bulk.organizations import Organization
from cloudwarden.analysis.iam.bulk.rules import ActionBits, Documents
from cloudwarden.analysis.iam.bulk.universe import Universe
from cloudwarden.analysis.iam.decisions import Decision, Outcome
from cloudwarden.analysis.iam.evaluator import evaluate
from cloudwarden.analysis.iam.explain import explain
from cloudwarden.analysis.iam.layers import Layer
from cloudwarden.analysis.iam.policies import PolicyCompiler, PolicyError, PolicyKind
from cloudwarden.analysis.iam.principals import PrincipalSet
from cloudwarden.analysis.iam.questions import Asked, Question, load_questions
from cloudwarden.analysis.iam.world import UNREAD, ResourceRow, Resources, Unread, World
from cloudwarden.analysis.iam.world_requests import (
    Asking,
    WorldRequests,
    account_of,
    may_have_policy,
    resource_at,
)
from cloudwarden.core.errors import UsageError
from cloudwarden.schema.derived import Certainty

#: The label of what no label is known of.
_OTHER = "other"


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a principal can do something, and why."""

    asking: Asking
    decision: Decision

    def explain(self) -> list[str]:
        """The answer in words, a line for each statement that mattered."""
        return explain(self.asking.request, self.asking.layers, self.decision)


@dataclass(frozen=True, slots=True)
class Capable:
    """A user or role that can do what was asked, or of which that is not known.

    `whole` is unset where it can only with some of what is in the resource. `answer` is the strict
    evaluator's, for the action and ARN that were asked, or for one of the question's actions.
    """

    principal: str
    certainty: Certainty
    condition: str | None
    whole: bool
    answer: Answer


@dataclass(frozen=True, slots=True)
class WhoCan:
    """Who can do something to a resource.

    `outsiders` are those whom the resource's own policy lets in and who are no users or roles of
    the world: everybody, services, accounts that nobody reads. `unknown` says in sentences what
    was not read, so that there may be more.
    """

    resource: str
    actions: tuple[str, ...]
    found: tuple[Capable, ...]
    outsiders: tuple[str, ...]
    unknown: tuple[str, ...]


class Access:
    """Answers single questions about a world, as of a moment."""

    def __init__(self, world: World, now: datetime) -> None:
        self._world = world
        self._now = now
        self._compiler = PolicyCompiler()
        self._requests = WorldRequests(world, now, self._compiler)

    def can(self, principal: str, action: str, resource: str) -> Answer:
        """Whether a principal (an ARN, a service, an account, `*`) can do it.

        Raises `RequestError` for what is no principal.
        """
        asking = self._requests.make(principal, action, resource)
        return Answer(asking, _doubted(evaluate(asking.request, asking.layers), asking.resource))

    def who_can(self, what: str, resource: str) -> WhoCan:
        """Who can do something to a resource.

        `what` is an action, or the name of a question about the resource (`CAN_READ`); `resource`
        an ARN, in the world or not. Raises `UsageError` where there is no such question.
        """
        known = resource_at(self._world, resource)
        row = known or _uncollected(resource)
        question = self._question(what, resource, row)
        if row.arn != resource:
            # Not the whole bucket, but one object in it.
            row = replace(row, arn=resource)
            question = replace(question, asked=(Asked(question.actions),))
        found = sorted(
            self._capable(question, row), key=lambda one: (_ORDER[one.certainty], one.principal)
        )
        return WhoCan(
            resource,
            question.actions,
            tuple(found),
            tuple(self._outsiders(question, row)),
            tuple(self._unknown(row, collected=known is not None)),
        )

    def _question(self, what: str, resource: str, row: ResourceRow) -> Question:
        if ":" in what:
            return Question(what, row.label, what, (Asked((what,)),))
        known = [question for question in load_questions() if question.label == row.label]
        for question in known:
            if question.name == what.upper():
                return question
        names = ", ".join(question.name for question in known) or "none"
        raise UsageError(
            f"There is no question {what} about {resource}; give an action, as s3:GetObject, "
            f"or one of: {names}."
        )

    def _capable(self, question: Question, row: ResourceRow) -> Iterator[Capable]:
        table = Resources(row.label, [row])
        documents = Documents(ActionBits(question.actions), self._compiler)
        organization = Organization(self._world, documents)
        label = Label(table, documents)
        for account in sorted({p.account for p in self._world.principals}):
            actors = actors_of(self._world, account, documents, self._now)
            universe = Universe(label, account, actors, documents, organization)
            if not len(universe):
                continue
            answers = Answers(universe, organization, documents, (question,))
            for actor in actors:
                for _, found in answers.of(actor):
                    answer = self._answer(actor.principal.arn, question, universe, found.certainty)
                    yield Capable(
                        actor.principal.arn,
                        found.certainty,
                        found.condition,
                        found.whole,
                        answer,
                    )

    def _answer(
        self, principal: str, question: Question, universe: Universe, certainty: Certainty
    ) -> Answer:
        """The strict answer for one of the question's actions and ARNs: the one that decides."""
        best: Answer | None = None
        for asked in question.asked:
            for arn in universe.form(asked).reader.arns.arns:
                for action in asked.actions:
                    answer = self.can(principal, action, arn)
                    if answer.decision.certainty is certainty and (
                        answer.decision.allowed or certainty is Certainty.UNKNOWN
                    ):
                        return answer
                    best = best or answer
        assert best is not None
        return best

    def _outsiders(self, question: Question, row: ResourceRow) -> Iterator[str]:
        if row.policy is None or isinstance(row.policy, Unread):
            return
        kind = PolicyKind.TRUST if row.label == "AWSRole" else PolicyKind.RESOURCE
        try:
            policy = self._compiler.compile(row.policy, kind)
        except PolicyError:
            return
        actions = [action.lower() for action in question.actions]
        told: set[str] = set()
        for statement in policy.statements:
            if not statement.allows or statement.principals is None:
                continue
            if any(map(statement.matches_action, actions)):
                if statement.not_principal:
                    told.add("everybody but those that the policy names")
                else:
                    told |= set(self._strangers(statement.principals))
        yield from sorted(told)

    def _strangers(self, principals: PrincipalSet) -> Iterator[str]:
        if principals.anybody:
            yield "*"
        read = {account.id for account in self._world.accounts.values() if account.lists_principals}
        yield from principals.accounts - read
        yield from principals.services
        yield from principals.federated
        yield from (f"canonical user {one}" for one in principals.canonical)
        yield from (
            arn for arn in principals.exact if arn != "*" and self._world.principal(arn) is None
        )
        for partition, account, name in principals.roles:
            if account not in read:
                yield f"arn:{partition}:iam::{account}:role/{name}"

    def _unknown(self, row: ResourceRow, *, collected: bool) -> Iterator[str]:
        if not collected:
            yield "The resource is not among what was collected."
        if isinstance(row.policy, Unread):
            yield "The resource's policy was not read: it may let others in, or keep these out."
        if row.doubt:
            yield f"There may be more: {row.doubt}."
        for account in self._world.accounts.values():
            if not account.lists_principals:
                yield f"The users and roles of account {account.id} were not all read."


def _doubted(decision: Decision, row: ResourceRow | None) -> Decision:
    """The decision, where what was not read beside a resource's policy might still allow it."""
    if row is None or not row.doubt or decision.outcome is not Outcome.IMPLICIT_DENY:
        return decision
    if decision.layer not in _GRANTING or decision.certainty is not Certainty.SURE:
        return decision
    reason = f"Of {row.arn} not everything was read that may let somebody in: {row.doubt}."
    return replace(decision, certainty=Certainty.UNKNOWN, unread=(Layer.RESOURCE,), reason=reason)


#: Layers whose silence another grant can make up for.
_GRANTING = frozenset({Layer.IDENTITY, Layer.RESOURCE})

_ORDER = {Certainty.SURE: 0, Certainty.CONDITIONAL: 1, Certainty.UNKNOWN: 2}


def _uncollected(arn: str) -> ResourceRow:
    """A resource that was not collected: it may have a policy of its own."""
    parts = arn.split(":", 5)
    label = "AWSRole" if ":role/" in arn else "AWSKMSKey" if ":kms:" in arn else _OTHER
    return ResourceRow(
        label,
        arn,
        arn,
        account_of(arn) or "",
        parts[3] if len(parts) > 5 else "",
        policy=UNREAD if may_have_policy(arn) else None,
    )
