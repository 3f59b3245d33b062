"""The strict evaluation of one request against every policy that bears on it.

Follows AWS's policy evaluation logic: a matching denial in any layer that applies ends it; then
organization and endpoint policies must allow; then the identity side and the resource's own
policy decide who may grant, which differs within an account and across accounts.

Three-valued throughout: with a closed context the answer is certain unless a policy was not read;
with an open one it says what holds whatever the unknown keys are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from cloudwarden.analysis.iam import limits
from cloudwarden.analysis.iam.actions import catalogue
from cloudwarden.analysis.iam.decisions import Decision, Match, Outcome
from cloudwarden.analysis.iam.grants import Grant, Side, granted
from cloudwarden.analysis.iam.layers import (
    Layer,
    Layers,
    boundary_applies,
    defers_to_account,
    identity_applies,
    rcps_apply,
    scps_apply,
    words,
)
from cloudwarden.analysis.iam.matching import Found, Matcher
from cloudwarden.analysis.iam.requests import Request, derived_context
from cloudwarden.analysis.iam.truth import Truth
from cloudwarden.schema.derived import Certainty


def evaluate(
    request: Request, layers: Layers, *, rcp_services: Collection[str] | None = None
) -> Decision:
    """The decision on a request.

    `rcp_services` are the services that resource control policies apply to; the catalogue's
    unless given. Never raises: an action that nobody knows is compared as text.
    """
    if limits.cannot_be_denied(request):
        reason = "AWS allows this action to everyone who has credentials."
        return Decision(Outcome.ALLOWED, Certainty.SURE, Layer.SERVICE, reason=reason)
    evaluation = _Evaluation.of(request, layers, rcp_services)
    refusal = limits.refusal(request)
    if refusal is not None:
        reason = f"AWS refuses this to every customer: {refusal}."
        refused = Decision(Outcome.IMPLICIT_DENY, Certainty.SURE, Layer.SERVICE, reason=reason)
        return evaluation.denied() or refused
    owner = request.owner
    if owner is not None or request.principal.account is None:
        return evaluation.decide(same_account=owner == request.principal.account)
    within, across = (evaluation.decide(same_account=same) for same in (True, False))
    if within.outcome is across.outcome and within.certainty is across.certainty:
        return within
    return Decision(
        Outcome.IMPLICIT_DENY,
        Certainty.UNKNOWN,
        across.layer,
        within.statements,
        reason="The account that the resource is in is not known.",
    )


@dataclass(frozen=True, slots=True)
class _Gate:
    """Something that must allow, beside whoever grants."""

    layer: Layer
    level: int | None
    truth: Truth
    allows: list[Match]


@dataclass(frozen=True, slots=True)
class _Evaluation:
    """What every layer says of a request."""

    request: Request
    gates: list[_Gate]
    side: Side
    denies: list[Match]
    unread: tuple[Layer, ...]
    unread_levels: Collection[tuple[Layer, int]]

    @classmethod
    def of(
        cls, request: Request, layers: Layers, rcp_services: Collection[str] | None
    ) -> _Evaluation:
        """Collect the statements of the layers that apply."""
        bounded = layers.has_boundary if boundary_applies(request) else Truth.NEVER
        matcher = Matcher(
            request.principal,
            request.action.lower(),
            request.context.with_defaults(derived_context(request)),
            bounded,
        )
        applying = frozenset(_applying(request, layers, rcp_services))
        unread = tuple(layer for layer in _unread(request, layers) if layer in applying)
        gates: list[_Gate] = []
        denies: list[Match] = []

        def gate(layer: Layer, level: int | None, found: Found) -> None:
            whole = layers.is_whole(layer, level)
            truth = found.allow if whole else max(found.allow, Truth.MAYBE)
            gates.append(_Gate(layer, level, truth, found.allows))
            denies.extend(found.denies)

        resource = request.matched_resource
        if Layer.SCP in applying:
            for level, policies in enumerate(layers.scps):
                gate(Layer.SCP, level, matcher.find(policies, Layer.SCP, resource, level))
        if Layer.RCP in applying:
            for level, policies in enumerate(layers.rcps):
                denies += matcher.find(policies, Layer.RCP, resource, level).denies
        if layers.endpoint is not None:
            gate(Layer.ENDPOINT, None, matcher.find([layers.endpoint], Layer.ENDPOINT, resource))
        side = Side.of(
            request,
            matcher,
            layers,
            has_identity=Layer.IDENTITY in applying,
            bounded=bounded is not Truth.NEVER,
            unread=unread,
        )
        denies += side.denies()
        return cls(request, gates, side, denies, unread, layers.unread_levels)

    def denied(self) -> Decision | None:
        """That a statement denies for certain, whatever else was read or not; None if none does."""
        certain = tuple(match for match in self.denies if match.truth is Truth.SURE)
        if not certain:
            return None
        first = certain[0]
        return Decision(Outcome.EXPLICIT_DENY, Certainty.SURE, first.layer, certain, first.level)

    def decide(self, *, same_account: bool) -> Decision:
        """The decision, if the caller's account is the resource's, or if it is not."""
        denied = self.denied()
        if denied is not None:
            return denied
        grant = granted(
            self.request,
            self.side,
            same_account=same_account,
            defers=defers_to_account(self.request),
        )
        closed = min(self.gates, key=lambda gate: gate.truth, default=None)
        if closed is not None and closed.truth is Truth.NEVER:
            return self._refused(closed.layer, closed.level, grant)
        if grant.truth is Truth.NEVER:
            return self._refused(grant.layer, None, grant)
        truth = grant.truth if closed is None else min(closed.truth, grant.truth)
        if self.unread or self.denies:
            truth = min(truth, Truth.MAYBE)
        return self._possible(truth, grant)

    def _possible(self, truth: Truth, grant: Grant) -> Decision:
        """Allowed, for certain or under conditions, or depending on what was not read."""
        statements = _distinct([*grant.statements, *self._gate_statements(), *self.denies])
        if truth is Truth.SURE:
            return Decision(Outcome.ALLOWED, Certainty.SURE, grant.layer, statements)
        if self.unread:
            return Decision(
                Outcome.IMPLICIT_DENY,
                Certainty.UNKNOWN,
                self.unread[0],
                statements,
                unread=self.unread,
                reason=f"Not read: {', '.join(map(self._unread_words, self.unread))}.",
            )
        return Decision(Outcome.ALLOWED, Certainty.CONDITIONAL, grant.layer, statements)

    def _unread_words(self, layer: Layer) -> str:
        levels = sorted(level for each, level in self.unread_levels if each is layer)
        name = words(layer, self.request)
        return f"{name} at level {' and '.join(map(str, levels))}" if levels else name

    def _refused(self, layer: Layer, level: int | None, grant: Grant) -> Decision:
        """Denied for want of an allow, whatever is unknown."""
        statements = _distinct([*grant.statements, *self._gate_statements()])
        return Decision(Outcome.IMPLICIT_DENY, Certainty.SURE, layer, statements, level)

    def _gate_statements(self) -> Iterator[Match]:
        for gate in self.gates:
            yield from gate.allows


def _applying(
    request: Request, layers: Layers, rcp_services: Collection[str] | None
) -> Iterator[Layer]:
    """The layers that bear on the caller and the resource, if there are such policies."""
    yield Layer.RESOURCE
    yield Layer.ENDPOINT
    if identity_applies(request):
        yield Layer.IDENTITY
        yield Layer.SESSION
    if boundary_applies(request):
        yield Layer.BOUNDARY
    if scps_apply(request):
        yield Layer.SCP
    if layers.rcps or Layer.RCP in layers.unread:
        # The catalogue is read only where there is something to ask it for.
        services = catalogue().rcp_services if rcp_services is None else rcp_services
        if rcps_apply(request, services):
            yield Layer.RCP


def _unread(request: Request, layers: Layers) -> list[Layer]:
    """The layers of which something was not read, in order."""
    unread = layers.unread | {layer for layer, _ in layers.unread_levels}
    if layers.resource is None and not defers_to_account(request):
        unread |= {Layer.RESOURCE}
    return [layer for layer in Layer if layer in unread]


def _distinct(matches: Iterable[Match]) -> tuple[Match, ...]:
    """Without repeating a match, in order."""
    return tuple({id(match): match for match in matches}.values())
