"""The statements of one layer that are about a request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.decisions import Match
from cloudwarden.analysis.iam.layers import Attached, Layer
from cloudwarden.analysis.iam.policies import PolicyKind, Statement
from cloudwarden.analysis.iam.requests import Principal
from cloudwarden.analysis.iam.truth import Truth


@dataclass(frozen=True, slots=True)
class Found:
    """What a layer, or one level of it, says of a request."""

    allows: list[Match] = field(default_factory=list)
    denies: list[Match] = field(default_factory=list)

    @property
    def allow(self) -> Truth:
        """Whether some statement allows."""
        return strongest(self.allows)


def strongest(matches: Iterable[Match]) -> Truth:
    """The strongest of some matches; NEVER if there are none."""
    best = Truth.NEVER
    for match in matches:
        if match.truth is Truth.SURE:
            return Truth.SURE
        best = Truth.MAYBE
    return best


@dataclass(frozen=True, slots=True)
class Matcher:
    """Finds the statements about one request. `action` is in lower case."""

    who: Principal
    action: str
    context: Context
    #: Whether the caller has a permissions boundary.
    bounded: Truth

    def find(
        self,
        attached: Iterable[Attached],
        layer: Layer,
        resource: str,
        level: int | None = None,
    ) -> Found:
        """The statements of some policies of a layer that are about the request."""
        found = Found()
        context = self.context
        for each in attached:
            for statement in each.policy.about(self.action):
                truth = statement.match_resource(resource, context)
                if truth is Truth.NEVER:
                    continue
                named = None
                if layer is Layer.RESOURCE or layer is Layer.ENDPOINT:
                    bounded = self.bounded is not Truth.NEVER
                    named = statement.match_principal(self.who, bounded=bounded)
                    if named is None and not _is_for_all(each, statement.principals is None):
                        continue
                    if self.bounded is Truth.MAYBE and statement.not_principal:
                        truth = min(truth, self._truth_if_bounded(statement))
                if statement.conditions.clauses:
                    truth = min(truth, statement.conditions.evaluate(context))
                    if truth is Truth.NEVER:
                        continue
                matches = found.allows if statement.allows else found.denies
                matches.append(Match(statement, each, layer, level, truth, named))
        return found

    def _truth_if_bounded(self, statement: Statement) -> Truth:
        """MAYBE where a statement is about the caller only if that has a boundary."""
        unbounded = statement.match_principal(self.who, bounded=False)
        return Truth.MAYBE if unbounded is None else Truth.SURE


def _is_for_all(attached: Attached, nobody_named: bool) -> bool:
    """Whether a statement binds everyone although it names nobody, as one of an endpoint does."""
    return nobody_named and attached.policy.kind is PolicyKind.ENDPOINT
