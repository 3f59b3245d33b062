"""What one principal can do to the resources of a universe, for one action: all layers joined.

The same rules as the strict evaluator's (`evaluator`, `grants`), over masks instead of one
resource; the two are compared by tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from cloudwarden.analysis.iam import limits, requests
from cloudwarden.analysis.iam.actions import catalogue
from cloudwarden.analysis.iam.bulk.actors import Actor
from cloudwarden.analysis.iam.bulk.arns import mask_of
from cloudwarden.analysis.iam.bulk.masks import Limit, denying, limit, no_limit
from cloudwarden.analysis.iam.bulk.organizations import Compiled, Organization
from cloudwarden.analysis.iam.bulk.reading import Reader
from cloudwarden.analysis.iam.bulk.rules import Documents, Rule
from cloudwarden.analysis.iam.bulk.sides import Side, Sides
from cloudwarden.analysis.iam.bulk.slots import Slots
from cloudwarden.analysis.iam.bulk.universe import Form, Universe
from cloudwarden.analysis.iam.policies import PolicyKind
from cloudwarden.analysis.iam.questions import Asked
from cloudwarden.analysis.iam.truth import Truth

#: Services whose resources leave it to identity policies only if their own policy says so.
_ON_THEIR_OWN = {"AWSKMSKey": "kms", "AWSRole": "sts"}


class Reach(NamedTuple):
    """ARNs of a form, by how far an action on them is allowed.

    `sure` holds whatever is unknown. `perhaps` has these and what is allowed under conditions, or
    unless what was not read forbids it; `granted_unread` what only policies that were not read may
    allow. `unread` are the ARNs of which anything was not read.
    """

    sure: int
    perhaps: int
    granted_unread: int
    unread: int


NOTHING = Reach(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What organizations say of some actions, and the rules of it that differ by who asks.

    `told` has what is left, by how far the conditions of these rules hold. It is of no use where
    they differ `by_resource` as well.
    """

    scps: Compiled
    rcps: list[tuple[Compiled, int]]
    refused: int
    changing: tuple[Rule, ...]
    by_resource: bool
    told: dict[tuple[Truth, ...], Limit]


@dataclass(slots=True)
class _Group:
    """Actions that are asked together of one form of ARN, with what is the same for every actor.

    All masks are of `slots`: `own` are the account's ARNs, `deferring` those whose resources
    leave an action to identity policies by themselves. `reach` is what `actor` can do.
    """

    slots: Slots
    reader: Reader
    sides: Sides
    own: int
    deferring: int
    unlimited: Limit
    around: _Surroundings
    actor: Actor | None = None
    reach: Reach = NOTHING


class Reaching:
    """Answers for one universe. Caches what is the same for all its principals.

    `together` are the actions, in lower case, that every actor is asked for, by form of ARN: they
    are answered at once when the first of them is asked.
    """

    def __init__(
        self,
        universe: Universe,
        organization: Organization,
        documents: Documents,
        together: Mapping[str, Iterable[str]] = MappingProxyType({}),
    ) -> None:
        self._universe = universe
        self._organization = organization
        self._bits = documents.actions.index
        self._own: dict[str, int] = {}
        self._groups: dict[tuple[str, str], _Group] = {}
        self._together = together
        self._owners: dict[str, list[tuple[Compiled, int]]] = {}

    def of(self, actor: Actor, asked: Asked, action: str) -> Reach:
        """What the actor can do. `action` is one of those asked, in lower case."""
        group = self._groups.get((asked.arn, action)) or self._grouped(asked, action)
        if group.actor is not actor:
            group.actor, group.reach = actor, _evaluated(actor, group)
        sure, perhaps, granted_unread, unread = group.reach
        if not (perhaps or granted_unread):
            return NOTHING
        slots, bit = group.slots, 1 << self._bits[action]
        if slots.actions == bit:
            return group.reach
        perhaps = slots.part(perhaps, bit)
        granted_unread = slots.part(granted_unread, bit) if granted_unread else 0
        if not (perhaps or granted_unread):
            return NOTHING
        return Reach(
            slots.part(sure, bit),
            perhaps,
            granted_unread,
            slots.part(unread, bit) if unread else 0,
        )

    def _grouped(self, asked: Asked, action: str) -> _Group:
        """The group of an action, made when it is first asked for."""
        silent = self._universe.silent(action)
        actions = [
            one
            for one in dict.fromkeys((*self._together.get(asked.arn, ()), action))
            if self._universe.silent(one) is silent and (asked.arn, one) not in self._groups
        ]
        group = self._about(asked, actions, silent=silent)
        for one in actions:
            self._groups[asked.arn, one] = group
        return group

    def _about(self, asked: Asked, actions: Sequence[str], *, silent: bool) -> _Group:
        form = self._universe.form(asked)
        slots = form.reader.slots(*(1 << self._bits[action] for action in actions))
        label = self._universe.label.table.label
        deferring = 0
        for action in actions:
            if leaves_to_identity(label, action):
                deferring |= slots.lift(form.reader.arns.full, 1 << self._bits[action])
        return _Group(
            slots,
            form.reader,
            self._universe.sides(form, slots, silent=silent),
            slots.lift(self.own_arns(asked, form), slots.actions),
            deferring,
            no_limit(slots.full),
            self._surroundings(asked, form, actions, slots),
        )

    def _surroundings(
        self, asked: Asked, form: Form, actions: Sequence[str], slots: Slots
    ) -> _Surroundings:
        scps = self._organization.levels(self._universe.account, PolicyKind.SCP)
        rcps: list[tuple[Compiled, int]] = []
        bound = refused = 0
        for action in actions:
            bit = 1 << self._bits[action]
            if action.partition(":")[0] in catalogue().rcp_services:
                bound |= bit
            refused |= slots.lift(_refused(action, form.reader.arns.arns), bit)
        if bound:
            spared = form.spread(self._universe.aws_managed)
            rcps = [
                (levels, slots.lift(mask & ~spared, bound))
                for levels, mask in self.owned_levels(asked, form)
            ]
        rules = [
            rule
            for levels in (scps, *(levels for levels, _ in rcps))
            for level in levels or ()
            for document in level
            for rule in document.rules
            if rule.actions & slots.actions and not rule.fixed
        ]
        by_resource = any(rule.by_resource or rule.variables for rule in rules)
        return _Surroundings(scps, rcps, refused, tuple(dict.fromkeys(rules)), by_resource, {})

    def owned_levels(self, asked: Asked, form: Form) -> list[tuple[Compiled, int]]:
        """The resource control policies of each owner that has any, and its ARNs."""
        known = self._owners.get(asked.arn)
        if known is None:
            known = self._owners[asked.arn] = [
                (levels, form.spread(mask))
                for levels, mask in self._universe.by_rcps
                if levels != ()
            ]
        return known

    def own_arns(self, asked: Asked, form: Form) -> int:
        """The ARNs of what is the account's own."""
        own = self._own.get(asked.arn)
        if own is None:
            own = self._own[asked.arn] = form.spread(self._universe.own)
        return own


def leaves_to_identity(label: str, action: str) -> bool:
    """Whether resources of a label leave an action to identity policies by themselves."""
    return action.partition(":")[0] != _ON_THEIR_OWN.get(label)


def _evaluated(actor: Actor, group: _Group) -> Reach:
    reader, slots = group.reader, group.slots
    if group.sides.silent and not actor.actions & slots.actions:
        return NOTHING
    identity = reader.masks(actor.documents, slots, actor)
    side = group.sides.of(actor)
    if not (identity.perhaps_allow or identity.unread or side.perhaps_any or side.unread):
        return NOTHING
    boundary = group.unlimited
    if actor.boundary is not None:
        boundary = limit(reader.masks((actor.boundary,), slots, actor))
    around = _left(actor, group)
    sure, perhaps = _granted(identity.allow, identity.perhaps_allow, boundary, side, group)
    unread = identity.unread | side.unread | boundary.unread | around.unread
    denied = identity.deny | side.deny | boundary.denied | around.denied
    perhaps_denied = (
        identity.perhaps_deny | side.perhaps_deny
        | boundary.perhaps_denied | around.perhaps_denied
    )  # fmt: skip
    passes = around.perhaps_passes & ~denied
    perhaps &= passes
    granted = 0
    if identity.unread or side.unread:
        said_all = side._replace(
            perhaps_final=side.perhaps_final | side.unread,
            perhaps_any=side.perhaps_any | side.unread,
            perhaps_defers=side.perhaps_defers | side.unread,
        )
        grants = identity.perhaps_allow | identity.unread
        granted = _granted(0, grants, boundary, said_all, group)[1] & passes & ~perhaps
    sure &= around.passes & ~perhaps_denied & ~unread
    return Reach(sure, perhaps, granted, unread & (perhaps | granted))


def _left(actor: Actor, group: _Group) -> Limit:
    """What the organizations of the caller and of the resources leave, and AWS itself."""
    if actor.is_service_linked:
        return group.unlimited
    around = group.around
    if around.by_resource:
        return _around(actor, group)
    # What they say differs between principals only as far as these conditions hold.
    signature = tuple(map(actor.truth, around.changing))
    left = around.told.get(signature)
    if left is None:
        left = around.told[signature] = _around(actor, group)
    return left


def _around(actor: Actor, group: _Group) -> Limit:
    reader, slots, around = group.reader, group.slots, group.around
    full = slots.full
    left = group.unlimited
    if around.refused:
        left = left.then(Limit(full & ~around.refused, full & ~around.refused, 0, 0, 0))
    if around.scps is None:
        left = left.then(Limit(0, full, 0, 0, full))
    for level in around.scps or ():
        left = left.then(limit(reader.masks(level, slots, actor)))
    for levels, bound in around.rcps:
        if levels is None:
            left = left.then(Limit(full & ~bound, full, 0, 0, bound))
        for level in levels or ():
            left = left.then(denying(reader.masks(level, slots, actor), full, bound))
    return left


def _refused(action: str, arns: Sequence[str]) -> int:
    """The ARNs of those on which AWS itself refuses an action, whatever policies say."""
    if not action.startswith("iam:"):
        return 0
    requested = (requests.Request(_SOMEBODY, action, arn) for arn in arns)
    return mask_of(
        (i for i, one in enumerate(requested) if limits.refusal(one) is not None), len(arns)
    )


#: AWS refuses the same to everybody.
_SOMEBODY = requests.principal("111111111111")


def _granted(
    allow: int, perhaps_allow: int, boundary: Limit, side: Side, group: _Group
) -> tuple[int, int]:
    """What the caller's policies and the resources' own grant: for sure, and perhaps."""
    own, deferring = group.own, group.deferring
    identity, perhaps = allow & boundary.passes, perhaps_allow & boundary.perhaps_passes
    within = (identity & (deferring | side.defers)) | side.final | (side.bounded & boundary.passes)
    perhaps_within = (
        (perhaps & (deferring | side.perhaps_defers))
        | side.perhaps_final
        | (side.perhaps_bounded & boundary.perhaps_passes)
    )
    return (
        (within & own) | (identity & side.any & ~own),
        (perhaps_within & own) | (perhaps & side.perhaps_any & ~own),
    )
