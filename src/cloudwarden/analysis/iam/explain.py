"""A decision in words: which statements made it, where they are attached, what would change it."""

from __future__ import annotations

from collections.abc import Iterator

from cloudwarden.analysis.iam.decisions import Decision, Match, Outcome
from cloudwarden.analysis.iam.layers import Layer, Layers, defers_to_account
from cloudwarden.analysis.iam.near_misses import near_misses
from cloudwarden.analysis.iam.requests import PrincipalType, Request
from cloudwarden.analysis.iam.traps import traps
from cloudwarden.analysis.iam.truth import Truth
from cloudwarden.schema.derived import Certainty

_LAYERS = {
    Layer.SERVICE: "the service itself",
    Layer.SCP: "service control policies",
    Layer.RCP: "resource control policies",
    Layer.ENDPOINT: "the VPC endpoint's policy",
    Layer.RESOURCE: "the resource's policy",
    Layer.IDENTITY: "identity policies",
    Layer.BOUNDARY: "the permissions boundary",
    Layer.SESSION: "the session policy",
}
_NAMED = {
    "any": "names everybody",
    "exact": "names the caller",
    "role-behind-session": "names the role behind the session",
    "user-behind-federated-session": "names the user behind the session",
    "account": "names the caller's account",
    "not-principal": "does not exempt the caller",
}

#: How many statements that failed by little are told of.
_NEAR = 3


def explain(request: Request, layers: Layers, decision: Decision) -> list[str]:
    """A decision on a request, line by line, for people.

    First the answer, then the statements that mattered, then what would have to change for the
    opposite, then the traps that those statements fall into.
    """
    lines = [_headline(request, decision)]
    if decision.reason:
        lines.append(decision.reason)
    lines += [f"- {describe(match)}" for match in decision.statements]
    lines += _changes(request, layers, decision)
    lines += _notes(decision)
    return lines


def describe(match: Match) -> str:
    """One statement: what it does, in which policy, attached where, on what conditions."""
    statement, attached = match.statement, match.attached
    label = f"statement {statement.sid!r}" if statement.sid else f"statement {statement.index}"
    place = f", attached to {attached.where}" if attached.where not in {"", attached.name} else ""
    level = "" if match.level is None else f", level {match.level}"
    words = f"{statement.effect}: {label} of {attached.name}{place} ({_LAYERS[match.layer]}{level})"
    if match.principal is not None:
        words += f"; {_NAMED[match.principal]}"
    clauses = [
        f"{clause.name.text} {clause.key} {' or '.join(clause.values)}"
        for clause in statement.conditions
    ]
    if clauses:
        held = "only if" if match.truth is Truth.MAYBE else "as required:"
        words += f"; {held} {' and '.join(clauses)}"
    return words


def _headline(request: Request, decision: Decision) -> str:
    verb = {
        Outcome.ALLOWED: "may",
        Outcome.IMPLICIT_DENY: "may not",
        Outcome.EXPLICIT_DENY: "may not",
    }[decision.outcome]
    who = "Anybody" if request.principal.type is PrincipalType.ANONYMOUS else request.principal.id
    sentence = f"{who} {verb} {request.action} on {request.resource}"
    level = "" if decision.level is None else f", level {decision.level}"
    by = f"{_LAYERS[decision.layer]}{level}"
    match decision.outcome, decision.certainty:
        case Outcome.ALLOWED, Certainty.CONDITIONAL:
            return f"{sentence}, under conditions; decided by {by}."
        case _, Certainty.UNKNOWN:
            return f"Whether {sentence.replace(' may not ', ' may ')} is not known: {by}."
        case Outcome.EXPLICIT_DENY, _:
            return f"{sentence}: denied by {by}."
        case Outcome.IMPLICIT_DENY, _:
            return f"{sentence}: not allowed by {by}."
    return f"{sentence}: allowed by {by}."


def _changes(request: Request, layers: Layers, decision: Decision) -> Iterator[str]:
    if decision.layer is Layer.SERVICE:
        return
    if decision.certainty is Certainty.UNKNOWN:
        yield "To know: read what is missing, and ask again."
        return
    match decision.outcome:
        case Outcome.ALLOWED:
            yield from _to_forbid(decision)
        case Outcome.EXPLICIT_DENY:
            yield "To allow it: narrow or remove each of these denials; then something must allow."
        case Outcome.IMPLICIT_DENY:
            yield f"To allow it: {_wanted(request, decision)}."
            misses = list(near_misses(request, layers, decision.layer, decision.level))
            for miss in misses[:_NEAR]:
                label = miss.statement.sid or str(miss.statement.index)
                yield (
                    f"- Statement {label} of {miss.attached.name} nearly allows: "
                    f"{'; '.join(miss.failed)}."
                )
            if len(misses) > _NEAR:
                yield f"- So do {len(misses) - _NEAR} more."


def _to_forbid(decision: Decision) -> Iterator[str]:
    granting = [
        match.attached.name
        for match in decision.statements
        if match.statement.allows and match.layer is decision.layer
    ]
    if granting:
        names = ", ".join(dict.fromkeys(granting))
        yield f"To forbid it: remove the allow from {names}, or deny it in any layer."
    else:
        yield "To forbid it: deny it by a service control policy or in the resource's policy."


def _wanted(request: Request, decision: Decision) -> str:
    what = f"{request.action} on {request.resource}"
    match decision.layer:
        case Layer.SCP:
            return f"a service control policy at level {decision.level} must allow {what}"
        case Layer.RESOURCE if not defers_to_account(request):
            return (
                "the resource's policy must name the caller, or name its account "
                f"and an identity policy must allow {what}"
            )
        case Layer.RESOURCE:
            return f"the resource's policy must allow the caller, or its account, {what}"
    return f"{_LAYERS[decision.layer]} must allow {what}"


def _notes(decision: Decision) -> Iterator[str]:
    told = set()
    for match in decision.statements:
        for trap in traps(match.attached.policy, match.statement):
            note = f"Beware, {match.attached.name}: {trap}"
            if note not in told:
                told.add(note)
                yield note
