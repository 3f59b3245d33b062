"""Who may grant a request: the caller's own policies, the resource's, or both together."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from cloudwarden.analysis.iam.decisions import Match
from cloudwarden.analysis.iam.layers import Layer, Layers
from cloudwarden.analysis.iam.matching import Found, Matcher, strongest
from cloudwarden.analysis.iam.principals import PrincipalMatch
from cloudwarden.analysis.iam.requests import PrincipalType, Request
from cloudwarden.analysis.iam.truth import Truth

#: Allows that are final within an account: the caller itself is named, or everybody.
_FINAL = frozenset({PrincipalMatch.ANY, PrincipalMatch.NOT_NAMED, PrincipalMatch.EXACT})
#: Allows that name what is behind the caller, whose boundary and session policy still limit.
_BEHIND = frozenset({PrincipalMatch.ROLE, PrincipalMatch.USER})
_ACCOUNT = frozenset({PrincipalMatch.ACCOUNT})


@dataclass(frozen=True, slots=True)
class Grant:
    """Whether somebody grants; which layer does, or is missing; the statements that bear on it."""

    truth: Truth
    layer: Layer
    statements: list[Match]


@dataclass(frozen=True, slots=True)
class Side:
    """What the caller's and the resource's policies say. None: there is no such policy.

    `needs_identity` is false for a root user, who may do everything that nothing else forbids.
    """

    identity: Found | None
    boundary: Found | None
    session: Found | None
    resource: Found | None
    behind: Found | None
    needs_identity: bool
    unread: Collection[Layer]

    @classmethod
    def of(
        cls,
        request: Request,
        matcher: Matcher,
        layers: Layers,
        *,
        has_identity: bool,
        bounded: bool,
        unread: Collection[Layer],
    ) -> Side:
        """Collect the statements. `bounded` says whether a boundary limits the caller."""
        resource = request.matched_resource
        identity = boundary = session = on_resource = behind = None
        if has_identity:
            identity = matcher.find(layers.identity, Layer.IDENTITY, resource)
            if layers.session:
                session = matcher.find(layers.session, Layer.SESSION, resource)
        if bounded and layers.boundary is not None:
            boundary = matcher.find([layers.boundary], Layer.BOUNDARY, resource)
        if layers.resource is not None:
            on_resource = matcher.find([layers.resource], Layer.RESOURCE, resource)
        if request.behind is not None:
            policies = [] if layers.behind is None else [layers.behind]
            behind = matcher.find(policies, Layer.RESOURCE, request.behind)
        needs_identity = request.principal.type is not PrincipalType.ROOT
        return cls(identity, boundary, session, on_resource, behind, needs_identity, unread)

    def denies(self) -> Iterator[Match]:
        """Every statement that denies."""
        for found in (self.resource, self.behind, self.identity, self.boundary, self.session):
            if found is not None:
                yield from found.denies

    def identity_allows(self) -> Truth:
        """Whether the caller's own policies allow, before what limits them."""
        if not self.needs_identity:
            return Truth.SURE
        return self._allows(Layer.IDENTITY, self.identity, Truth.NEVER)

    def boundary_allows(self) -> Truth:
        """Whether the boundary, if any, allows."""
        return self._allows(Layer.BOUNDARY, self.boundary, Truth.SURE)

    def session_allows(self) -> Truth:
        """Whether the session policy, if any, allows."""
        return self._allows(Layer.SESSION, self.session, Truth.SURE)

    def resource_allows(
        self, kinds: Collection[PrincipalMatch] = frozenset(PrincipalMatch)
    ) -> Truth:
        """Whether the resource's policy allows the caller, named in one of these ways."""
        truth = strongest(_named(self.resource, kinds))
        if Layer.RESOURCE in self.unread:
            truth = max(truth, Truth.MAYBE)
        if self.behind is not None:
            truth = min(truth, strongest(_named(self.behind, kinds)))
        return truth

    def resource_statements(
        self, kinds: Collection[PrincipalMatch] = frozenset(PrincipalMatch)
    ) -> list[Match]:
        """The statements of the resource's policy that do."""
        return [*_named(self.resource, kinds), *_named(self.behind, kinds)]

    def statements(self, *layers: Layer) -> list[Match]:
        """The allowing statements of some of the caller's layers."""
        founds = {
            Layer.IDENTITY: self.identity,
            Layer.BOUNDARY: self.boundary,
            Layer.SESSION: self.session,
        }
        return [
            match
            for layer in layers
            if (found := founds[layer]) is not None
            for match in found.allows
        ]

    def _allows(self, layer: Layer, found: Found | None, without: Truth) -> Truth:
        truth = without if found is None else found.allow
        if layer not in self.unread:
            return truth
        return Truth.MAYBE if found is None else max(truth, Truth.MAYBE)


def granted(request: Request, side: Side, *, same_account: bool, defers: bool) -> Grant:
    """Whether the request is granted.

    `defers` says whether the resource leaves it to identity policies of its account by itself.
    """
    if side.needs_identity and side.identity is None:
        return Grant(side.resource_allows(), Layer.RESOURCE, side.resource_statements())
    if same_account:
        return _within(
            side, asked_as_role=request.principal.type is PrincipalType.ROLE, defers=defers
        )
    return _across(side)


def _across(side: Side) -> Grant:
    """Across accounts both sides must allow; the account being named is enough."""
    truths = [
        (side.identity_allows(), Layer.IDENTITY),
        (side.boundary_allows(), Layer.BOUNDARY),
        (side.session_allows(), Layer.SESSION),
        (side.resource_allows(), Layer.RESOURCE),
    ]
    own = side.statements(Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION)
    statements = [*side.resource_statements(), *own]
    truth, layer = min(truths, key=lambda each: each[0])
    return Grant(truth, layer if truth is Truth.NEVER else Layer.RESOURCE, statements)


def _within(side: Side, *, asked_as_role: bool, defers: bool) -> Grant:
    """Within an account either side may grant; a boundary limits unless the caller is named."""
    final, behind = _FINAL, _BEHIND
    if asked_as_role:
        # An ARN of a role names what is behind its sessions, not any of them.
        final, behind = final - {PrincipalMatch.EXACT}, behind | {PrincipalMatch.EXACT}
    limits = min(side.boundary_allows(), side.session_allows())
    deferred = Truth.SURE if defers else side.resource_allows(_ACCOUNT)
    own = side.statements(Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION)
    delegating = [] if defers else side.resource_statements(_ACCOUNT)
    limiting = side.statements(Layer.BOUNDARY, Layer.SESSION)
    ways = [
        Grant(min(side.identity_allows(), limits, deferred), Layer.IDENTITY, [*own, *delegating]),
        Grant(side.resource_allows(final), Layer.RESOURCE, side.resource_statements(final)),
        Grant(
            min(side.resource_allows(behind), limits),
            Layer.RESOURCE,
            [*side.resource_statements(behind), *limiting],
        ),
    ]
    best = max(ways, key=lambda way: way.truth)
    if best.truth is not Truth.NEVER:
        return best
    layer = _missing(side, side.resource_allows(behind), deferred)
    return Grant(Truth.NEVER, layer, [*own, *side.resource_statements()])


def _missing(side: Side, named_behind: Truth, deferred: Truth) -> Layer:
    """The layer whose allow would have made the difference."""
    identity = side.identity_allows()
    if max(identity, named_behind) is not Truth.NEVER:
        if side.boundary_allows() is Truth.NEVER:
            return Layer.BOUNDARY
        if side.session_allows() is Truth.NEVER:
            return Layer.SESSION
    return Layer.RESOURCE if deferred is Truth.NEVER else Layer.IDENTITY


def _named(found: Found | None, kinds: Collection[PrincipalMatch]) -> list[Match]:
    if found is None:
        return []
    return [match for match in found.allows if match.principal in kinds]
