"""A decision in words: which statements made it, where they are attached, what would change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from cloudwarden.analysis.iam.decisions import Decision, Match, Outcome
from cloudwarden.analysis.iam.evaluator import evaluate
from cloudwarden.analysis.iam.layers import (
    Attached,
    Layer,
    Layers,
    defers_to_account,
    identity_applies,
    words,
)
from cloudwarden.analysis.iam.near_misses import NearMiss, near_misses, policies_of
from cloudwarden.analysis.iam.policies import Statement
from cloudwarden.analysis.iam.requests import PrincipalType, Request, derived_context
from cloudwarden.analysis.iam.traps import traps
from cloudwarden.analysis.iam.wording import described
from cloudwarden.schema.derived import Certainty

#: How many statements that failed by little are told of.
_NEAR = 3
_NONE = {
    Layer.IDENTITY: "The caller has no identity policies",
    Layer.SCP: "There are no service control policies at that level",
}


def explain(request: Request, layers: Layers, decision: Decision) -> list[str]:
    """A decision on a request, line by line, for people.

    First the answer, then the statements that mattered, then what would have to change for the
    opposite, then the traps that those statements fall into.
    """
    context = request.context.with_defaults(derived_context(request))
    misses = _misses(request, layers, decision)
    lines = [_headline(request, decision)]
    if decision.reason:
        lines.append(decision.reason)
    lines += [f"- {described(match, request, context)}" for match in decision.statements]
    lines += _changes(request, layers, decision, misses)
    told = [(match.attached, match.statement) for match in decision.statements]
    lines += _notes([*told, *((miss.attached, miss.statement) for miss in misses[:_NEAR])])
    return lines


def _headline(request: Request, decision: Decision) -> str:
    who = "Anybody" if request.principal.type is PrincipalType.ANONYMOUS else request.principal.id
    what = f"{request.action} on {request.resource}"
    level = "" if decision.level is None else f", level {decision.level}"
    by = f"{words(decision.layer, request)}{level}"
    if decision.certainty is Certainty.UNKNOWN:
        return f"Whether {who} may {what} is not known."
    if decision.outcome is Outcome.EXPLICIT_DENY:
        return f"{who} may not {what}: denied by {by}."
    if decision.outcome is Outcome.IMPLICIT_DENY:
        return f"{who} may not {what}: not allowed by {by}."
    if decision.certainty is Certainty.CONDITIONAL:
        return f"{who} may {what}, under conditions; decided by {by}."
    if decision.layer is Layer.IDENTITY and request.principal.type is PrincipalType.ROOT:
        return f"{who} may {what}: root users need no policy in their own account."
    return f"{who} may {what}: allowed by {by}."


def _misses(request: Request, layers: Layers, decision: Decision) -> list[NearMiss]:
    """The statements that would have allowed but for something; none if that is not the answer."""
    if decision.outcome is not Outcome.IMPLICIT_DENY or decision.certainty is Certainty.UNKNOWN:
        return []
    found = list(near_misses(request, layers, decision.layer, decision.level))
    if decision.layer is Layer.IDENTITY and _within(request):
        found += near_misses(request, layers, Layer.RESOURCE)
    return sorted(found, key=lambda miss: len(miss.failed))


def _changes(
    request: Request, layers: Layers, decision: Decision, misses: list[NearMiss]
) -> Iterator[str]:
    if decision.layer is Layer.SERVICE:
        return
    if decision.certainty is Certainty.UNKNOWN:
        yield "To know: read what is missing, and ask again."
        return
    match decision.outcome:
        case Outcome.ALLOWED:
            yield from _to_forbid(request, layers, decision)
        case Outcome.EXPLICIT_DENY:
            yield "To allow it: narrow or remove each of these denials; then something must allow."
        case Outcome.IMPLICIT_DENY:
            yield f"To allow it: {_wanted(request, layers, decision)}."
            for miss in misses[:_NEAR]:
                label = miss.statement.sid or str(miss.statement.index)
                yield (
                    f"- Statement {label} of {miss.attached.name} nearly allows: "
                    f"{'; '.join(miss.failed)}."
                )
            if len(misses) > _NEAR:
                yield f"- So do {len(misses) - _NEAR} more."
            yield from _lacking(request, layers, decision)


def _to_forbid(request: Request, layers: Layers, decision: Decision) -> Iterator[str]:
    granting = _granting(decision)
    if not granting:
        yield "To forbid it: deny it by a service control policy or in the resource's policy."
        return
    # Within an account two layers may each allow by themselves.
    if decision.layer is Layer.IDENTITY:
        granting += _granting(evaluate(request, replace(layers, identity=())))
    elif _within(request) and defers_to_account(request):
        granting += _granting(evaluate(request, replace(layers, resource=None)))
    names = " and ".join(dict.fromkeys(match.attached.name for match in granting))
    yield f"To forbid it: remove the allow from {names}, or deny it in any layer."


def _granting(decision: Decision) -> list[Match]:
    """The statements of the deciding layer that allow."""
    return [
        match
        for match in decision.statements
        if decision.allowed and match.statement.allows and match.layer is decision.layer
    ]


def _wanted(request: Request, layers: Layers, decision: Decision) -> str:
    what = f"{request.action} on {request.resource}"
    by = words(decision.layer, request)
    match decision.layer:
        case Layer.SCP:
            return f"a service control policy at level {decision.level} must allow {what}"
        case Layer.RESOURCE if request.principal.type is PrincipalType.ANONYMOUS:
            return f"{by} must allow everybody {what}"
        case Layer.RESOURCE if not identity_applies(request):
            return f"{by} must allow {request.principal.id} {what}"
        case Layer.RESOURCE if _within(request) and not defers_to_account(request):
            return (
                f"{by} must name the caller, or name its account "
                f"and an identity policy must allow {what}"
            )
        case Layer.RESOURCE:
            return f"{by} must allow the caller, or its account, {what}"
        case Layer.IDENTITY if layers.resource is not None and _within(request):
            other = words(Layer.RESOURCE, request)
            return f"{by} must allow {what}, or {other} must name the caller in allowing it"
    return f"{by} must allow {what}"


def _lacking(request: Request, layers: Layers, decision: Decision) -> Iterator[str]:
    """That there is nothing in a layer that could have allowed."""
    policies = list(policies_of(layers, decision.layer, decision.level))
    if not policies:
        yield f"- {_NONE.get(decision.layer, 'The resource has no policy')}."
    elif not any(policy.policy.about(request.action.lower()) for policy in policies):
        yield f"- No statement there is about {request.action}."


def _within(request: Request) -> bool:
    """Whether the caller's account is the resource's."""
    return request.owner is not None and request.owner == request.principal.account


def _notes(told: Iterable[tuple[Attached, Statement]]) -> Iterator[str]:
    notes = {
        f"Beware, {attached.name}: {trap}": None
        for attached, statement in told
        for trap in traps(attached.policy, statement)
    }
    yield from notes
