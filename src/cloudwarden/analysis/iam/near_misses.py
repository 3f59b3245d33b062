"""Statements that nearly bear on a request: about its action, but failing in something else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.layers import Attached, Layer, Layers, boundary_applies
from cloudwarden.analysis.iam.policies import Statement
from cloudwarden.analysis.iam.requests import Request, derived_context
from cloudwarden.analysis.iam.truth import Truth
from cloudwarden.analysis.iam.wording import failure, variables


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An allowing statement about the action. `failed` says in what it is not about the request."""

    statement: Statement
    attached: Attached
    failed: tuple[str, ...]


def near_misses(
    request: Request, layers: Layers, layer: Layer, level: int | None = None
) -> Iterator[NearMiss]:
    """Of one layer, and level of it, the statements that would have allowed but for something.

    Those that fail in least come first.
    """
    context = request.context.with_defaults(derived_context(request))
    bounded = boundary_applies(request) and layers.boundary is not None
    found = []
    for attached in policies_of(layers, layer, level):
        for statement in attached.policy.about(request.action.lower()):
            if not statement.allows:
                continue
            failed = tuple(_failed(statement, request, layer, context, bounded=bounded))
            if failed:
                found.append(NearMiss(statement, attached, failed))
    yield from sorted(found, key=lambda miss: len(miss.failed))


def policies_of(layers: Layers, layer: Layer, level: int | None = None) -> Iterable[Attached]:
    """The policies of one layer, and level of it."""
    match layer:
        case Layer.SCP:
            return layers.scps[level or 0] if layers.scps else ()
        case Layer.IDENTITY:
            return layers.identity
        case Layer.SESSION:
            return layers.session
    one = {
        Layer.RESOURCE: layers.resource,
        Layer.ENDPOINT: layers.endpoint,
        Layer.BOUNDARY: layers.boundary,
    }.get(layer)
    return () if one is None else (one,)


def _failed(
    statement: Statement, request: Request, layer: Layer, context: Context, *, bounded: bool
) -> Iterator[str]:
    if statement.match_resource(request.matched_resource, context) is Truth.NEVER:
        element = "NotResource" if statement.not_resource else "Resource"
        texts = [pattern.text for pattern in statement.resources or ()]
        yield f"its {element} is {', '.join(texts)}{variables(texts, context)}"
    if layer is Layer.RESOURCE:
        named = statement.match_principal(request.principal, bounded=bounded)
        if named is None:
            yield "it does not name the caller"
    for clause in statement.conditions:
        if clause.evaluate(context) is Truth.NEVER:
            yield failure(clause, context)
