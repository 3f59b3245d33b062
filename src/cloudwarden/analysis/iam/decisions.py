"""What an evaluation answers: the decision, how certain it is, and what made it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cloudwarden.analysis.iam.layers import Attached, Layer
from cloudwarden.analysis.iam.policies import Statement
from cloudwarden.analysis.iam.principals import PrincipalMatch
from cloudwarden.analysis.iam.truth import Truth
from cloudwarden.schema.derived import Certainty


class Outcome(StrEnum):
    """Whether a request is allowed; if not, whether because something denies it."""

    ALLOWED = "allowed"
    IMPLICIT_DENY = "implicit_deny"
    EXPLICIT_DENY = "explicit_deny"


@dataclass(frozen=True, slots=True)
class Match:
    """A statement that is about a request, and where it stands.

    `level` counts the levels of an organization from 0, its root; None in other layers. `truth`
    is MAYBE where the statement rests on keys that are unknown. `principal` says how a policy
    that names principals names the caller.
    """

    statement: Statement
    attached: Attached
    layer: Layer
    level: int | None
    truth: Truth
    principal: PrincipalMatch | None

    def as_json(self) -> dict[str, Any]:
        """The statement for machines."""
        return {
            "sid": self.statement.sid,
            "policy": self.attached.name,
            "attached_to": self.attached.where or None,
            "index": self.statement.index,
            "effect": self.statement.effect,
            "layer": str(self.layer),
            "level": self.level,
            "principal_match": None if self.principal is None else str(self.principal),
            "certainty": str(_CERTAINTIES[self.truth]),
            "conditions": self.statement.source.get("Condition") or {},
        }


_CERTAINTIES = {Truth.SURE: Certainty.SURE, Truth.MAYBE: Certainty.CONDITIONAL}


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one request.

    `certainty` is about access or none: SURE holds whatever is unknown; CONDITIONAL (always with
    ALLOWED) says that it depends on condition keys; UNKNOWN, that it depends on policies that
    were not read (`unread`), and `outcome` is then what follows without them, never ALLOWED.
    `layer` decided, at `level` of an organization. `statements` are those that mattered, the
    decisive first. `reason` is for what no statement says: a sentence, or empty.
    """

    outcome: Outcome
    certainty: Certainty
    layer: Layer
    statements: tuple[Match, ...] = ()
    level: int | None = None
    unread: tuple[Layer, ...] = ()
    reason: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the request is, or under its conditions may be, allowed."""
        return self.outcome is Outcome.ALLOWED

    def as_json(self) -> dict[str, Any]:
        """The decision for machines."""
        answer: dict[str, Any] = {
            "decision": str(self.outcome),
            "certainty": str(self.certainty),
            "layer": str(self.layer),
            "statements": [match.as_json() for match in self.statements],
        }
        if self.level is not None:
            answer["level"] = self.level
        if self.unread:
            answer["unread"] = [str(layer) for layer in self.unread]
        if self.reason:
            answer["reason"] = self.reason
        return answer


def together(decisions: Iterable[Decision]) -> Decision:
    """The decision of a call that needs several requests allowed: the worst of theirs.

    Raises `ValueError` if there are none.
    """
    return min(decisions, key=_rank)


def _rank(decision: Decision) -> int:
    """Denied for certain, not known, conditional, allowed for certain."""
    if decision.certainty is Certainty.SURE:
        return {Outcome.EXPLICIT_DENY: 0, Outcome.IMPLICIT_DENY: 1, Outcome.ALLOWED: 4}[
            decision.outcome
        ]
    return 2 if decision.certainty is Certainty.UNKNOWN else 3
