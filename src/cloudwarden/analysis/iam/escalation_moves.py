"""What techniques open to one actor: moves, and in words what may be, for all that is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from cloudwarden.analysis.iam.escalation_standing import NOWHERE, Masks
from cloudwarden.analysis.iam.escalation_tables import ROLES, USERS
from cloudwarden.analysis.iam.techniques import Need, Outcome, Technique

#: So many reasons for what is unknown are told of one principal.
_MOST_REASONS: Final = 8


#: Of ways of equal length, what takes least is told.
_PLAINEST: Final = ("self", "principal", "boundary", "existing-role", "new-passrole")


_THROUGH_THINGS: Final = frozenset({"existing-role", "new-passrole"})

#: Needs for some other technique that makes the actor act as somebody, and in which table.
ACTED_AS: Final = {Need.SELF_ACTS_AS_ROLE: ROLES, Need.SELF_ACTS_AS_USER: USERS}


def plainness(technique: Technique) -> tuple[int, int]:
    """What sorts techniques by how much they take."""
    known = technique.category in _PLAINEST
    rank = _PLAINEST.index(technique.category) if known else len(_PLAINEST)
    return rank, len(technique.requires)


@dataclass(frozen=True, slots=True)
class Move:
    """What one technique opens to one actor.

    `onto` are the rows of `table` that it is about: whom the actor can act as, or, where
    `technique` makes an administrator, through whom. `conditions` hold for all of them.
    `bound` has the rows of all that it needs. Where the actor acts through things, `things` has
    the row of one for each row of `table`, which then has roles.
    """

    technique: Technique
    table: str
    onto: Masks
    conditions: tuple[str, ...] = ()
    bound: dict[str, Masks] = field(default_factory=dict)
    things: dict[int, int] = field(default_factory=dict)

    @property
    def sure(self) -> int:
        """The rows for which nothing is left open."""
        return 0 if self.conditions else self.onto.sure


@dataclass(slots=True)
class Open:
    """What is open to an actor: moves, and in words what may be, for all that is known."""

    moves: list[Move] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def acting(self, table: str) -> Iterator[Move]:
        """The moves by which the actor comes to act as users, or as roles that it cannot assume."""
        return (
            move for move in self.moves
            if move.table == table and move.technique.outcome is Outcome.ACTS_AS
            and (table != ROLES or move.technique.category in _THROUGH_THINGS)
        )  # fmt: skip

    def acted_as(self, table: str) -> Masks:
        """The rows that these moves lead to."""
        found = NOWHERE
        for move in self.acting(table):
            found = found.either(move.onto._replace(sure=move.sure))
        return found

    def doubt(self, reason: str) -> None:
        """Notes why something is not known, once."""
        if reason not in self.unknown and len(self.unknown) < _MOST_REASONS:
            self.unknown.append(reason)
