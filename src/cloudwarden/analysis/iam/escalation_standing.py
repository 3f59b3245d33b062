"""Actors as escalation asks of them: as they are, or as they would be once something is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from cloudwarden.analysis.iam.bulk.actors import Actor
from cloudwarden.analysis.iam.context import Context, State
from cloudwarden.analysis.iam.escalation_tables import ROLES, USERS
from cloudwarden.analysis.iam.world import Attachment, Principal, PrincipalKind

#: Keys of one request, beside what is known of the actor.
Extra = tuple[tuple[str, State], ...]


class Masks(NamedTuple):
    """Rows by how far something is possible: for sure; at least perhaps; unless unread forbids.

    `perhaps` has what is `sure` in it; `unknown` has none of `perhaps`.
    """

    sure: int
    perhaps: int
    unknown: int

    def both(self, other: Masks) -> Masks:
        """Where both are possible."""
        perhaps = self.perhaps & other.perhaps
        possible = (self.perhaps | self.unknown) & (other.perhaps | other.unknown)
        return Masks(self.sure & other.sure, perhaps, possible & ~perhaps)

    def either(self, other: Masks) -> Masks:
        """Where one of them is possible."""
        perhaps = self.perhaps | other.perhaps
        return Masks(self.sure | other.sure, perhaps, (self.unknown | other.unknown) & ~perhaps)

    def within(self, mask: int) -> Masks:
        """On some rows only."""
        return Masks(self.sure & mask, self.perhaps & mask, self.unknown & mask)

    @property
    def possible(self) -> int:
        """Where it is not known to be impossible."""
        return self.perhaps | self.unknown


NOWHERE: Final = Masks(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Standing:
    """A principal as it is, or as it would be: without its boundary, with further policies."""

    principal: Principal
    unbounded: bool = False
    gained: tuple[Attachment, ...] = ()

    @property
    def key(self) -> tuple[str, bool, tuple[str, ...]]:
        """What tells it from all others."""
        told = tuple(f"{one.policy} {one.through}" for one in self.gained)
        return self.principal.arn, self.unbounded, told

    @property
    def is_itself(self) -> bool:
        """Whether nothing was changed yet."""
        return not (self.unbounded or self.gained)

    def effective(self) -> Principal:
        """The principal with what was changed."""
        if self.is_itself:
            return self.principal
        replaced = {one.policy for one in self.gained}
        kept = [one for one in self.principal.policies if one.policy not in replaced]
        return replace(
            self.principal,
            boundary=None if self.unbounded else self.principal.boundary,
            policies=(*kept, *self.gained),
        )


class Asking(Context):
    """What is known of an actor's request, with keys that the technique decides."""

    __slots__ = ("_base", "_extra")

    def __init__(self, base: Context, extra: Mapping[str, State]) -> None:
        super().__init__(closed=False)
        self._base = base
        self._extra = extra

    def state(self, key: str) -> State:
        """What is known of `key`, which is given in lower case."""
        known = self._extra.get(key)
        return self._base.state(key) if known is None else known


def may_be_granted(actor: Actor) -> int:
    """The actions that some policy of an actor allows somewhere, or may."""
    mask = 0
    for document in actor.documents:
        if not document.readable:
            return -1
        for rule in document.rules:
            if rule.allows:
                mask |= rule.actions
    return mask


def table_of_principal(principal: Principal) -> str:
    """The table that a principal is a row of."""
    return ROLES if principal.kind is PrincipalKind.ROLE else USERS
