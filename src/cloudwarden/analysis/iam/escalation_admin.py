"""Who is an administrator already: by what it may do, never by what its policy is called.

An administrator is granted everything on everything, and boundary, denials and organization leave
it free to change what anybody may do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from cloudwarden.analysis.iam.action_patterns import ActionPattern
from cloudwarden.analysis.iam.bulk.actors import Actor
from cloudwarden.analysis.iam.bulk.rules import Document
from cloudwarden.analysis.iam.escalation_reach import AccountReach
from cloudwarden.analysis.iam.escalation_standing import Masks, Standing
from cloudwarden.analysis.iam.policies import Statement
from cloudwarden.analysis.iam.techniques import Requirement
from cloudwarden.analysis.iam.truth import Truth

#: Each of these lets whoever may do it to anything new give out every right.
_PROBES: Final = (
    Requirement("iam:PutRolePolicy", "new role"),
    Requirement("iam:AttachRolePolicy", "new role"),
    Requirement("iam:PutUserPolicy", "new user"),
    Requirement("iam:AttachUserPolicy", "new user"),
    Requirement("iam:CreatePolicyVersion", "new policy"),
)

#: The actions that have to be known beside those of techniques.
PROBED: Final = frozenset(one.action for one in _PROBES)


class Administrator(NamedTuple):
    """Whether somebody is one; `condition` goes with MAYBE, `unknown` with NEVER."""

    truth: Truth
    condition: str = ""
    unknown: str = ""


_NO: Final = Administrator(Truth.NEVER)


class Administration:
    """Answers for the actors of one account."""

    def __init__(self, reach: AccountReach) -> None:
        self._reach = reach
        self._unlimited: dict[object, Masks] = {}

    def of(self, standing: Standing) -> Administrator:
        """Whether an actor is an administrator, on what condition, and why that is not known."""
        if standing.principal.is_service_linked:
            return _NO
        actor = self._reach.actor(standing)
        if actor.boundary is not None and not actor.boundary.readable:
            return Administrator(Truth.NEVER, unknown="its permissions boundary was not read")
        wide = everything(actor.documents, actor)
        if actor.boundary is not None:
            wide = min(wide, everything((actor.boundary,), actor))
        if wide is Truth.NEVER:
            return _NO
        perhaps = unknown = ""
        for probe in _PROBES:
            table = self._reach.table_of(probe, new=True)
            masks = self._reach.masks(standing, probe, table, None)
            if masks.sure and wide is Truth.SURE:
                return Administrator(Truth.SURE)
            if masks.perhaps and not perhaps:
                perhaps = self._words(standing, probe, masks.perhaps)
            elif masks.unknown and not unknown:
                unknown = self._words(standing, probe, masks.unknown)
        if perhaps:
            return Administrator(Truth.MAYBE, perhaps)
        return Administrator(Truth.NEVER, unknown=unknown)

    def _words(self, standing: Standing, probe: Requirement, mask: int) -> str:
        table = self._reach.table_of(probe, new=True)
        parts = self._reach.words(standing, probe, table, None, mask & -mask)
        words = [word for _, said in parts for word in said]
        return "; ".join(dict.fromkeys(words)) or "if its policies' conditions hold"

    def unlimited(self, table: str, standing: Standing) -> Masks:
        """The rows of principals whose boundary leaves them everything that they are granted."""
        key = table, standing.unbounded and standing.key
        known = self._unlimited.get(key)
        if known is None:
            rows: dict[Truth | None, int] = {}
            for i, arn in enumerate(self._reach.arns(table)):
                free = standing.unbounded and arn == standing.principal.arn
                truth = Truth.SURE if free else self._bounded(arn)
                rows[truth] = rows.get(truth, 0) | 1 << i
            sure = rows.get(Truth.SURE, 0)
            known = Masks(sure, sure | rows.get(Truth.MAYBE, 0), rows.get(None, 0))
            self._unlimited[key] = known
        return known

    def _bounded(self, arn: str) -> Truth | None:
        """Whether a principal's boundary leaves it everything; None where it was not read."""
        principal = self._reach.whole.world.principal(arn)
        if principal is None or principal.boundary is None:
            return Truth.SURE
        actor = self._reach.actor(Standing(principal))
        if actor.boundary is None:
            return Truth.SURE
        return everything((actor.boundary,), actor) if actor.boundary.readable else None


def everything(documents: Sequence[Document], actor: Actor) -> Truth:
    """Whether policies together allow everything on everything.

    One statement does, or one that allows all but some actions, and others that allow these.
    """
    wide = [
        (rule.statement, actor.truth(rule))
        for document in documents
        for rule in document.rules
        if rule.allows and _is_on_everything(rule.statement)
    ]
    best = Truth.NEVER
    for statement, truth in wide:
        if not statement.not_action:
            if any(one.everything for one in statement.actions):
                best = max(best, truth)
            continue
        lacking = (
            max((held for other, held in wide if _allows(other, one)), default=Truth.NEVER)
            for one in statement.actions
        )
        best = max(best, min((truth, *lacking)))
    return best


def _is_on_everything(statement: Statement) -> bool:
    if statement.not_resource:
        return False
    return statement.resources is None or any(one.everything for one in statement.resources)


def _allows(statement: Statement, wanted: ActionPattern) -> bool:
    """Whether a statement allows all that a pattern is about, as far as texts tell."""
    if wanted.everything:
        return False
    texts = {one.text.lower() for one in statement.actions}
    if statement.not_action:
        return wanted.service is not None and not any(
            one.everything or one.service in {None, wanted.service} for one in statement.actions
        )
    return not texts.isdisjoint({"*", wanted.text.lower(), f"{wanted.service}:*"})
