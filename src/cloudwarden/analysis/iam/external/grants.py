"""What a search finds: grants to outsiders with their witnesses, the widest told once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cloudwarden.analysis.iam.external.kinds import Kind, Outsider
from cloudwarden.analysis.iam.external.targets import ActionGroup
from cloudwarden.analysis.iam.policies import Statement
from cloudwarden.schema.derived import Certainty

_WIDER: Final = (Kind.ANONYMOUS, Kind.AUTHENTICATED)
_OF_ACCOUNTS: Final = frozenset({Kind.ORGANIZATION, Kind.ACCOUNT, Kind.PRINCIPAL, Kind.CANONICAL})


@dataclass(frozen=True, slots=True)
class Witness:
    """A request from outside that is allowed."""

    principal: str
    principal_type: str
    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Grant:
    """Actions that a statement lets one kind of outsider do.

    `witness` is None where the certainty is UNKNOWN: there were too many combinations to try.
    """

    outsider: Outsider
    statement: Statement
    actions: tuple[str, ...]
    certainty: Certainty
    notes: tuple[str, ...]
    witness: Witness | None


class Told:
    """What was said already, so that nothing narrower repeats it."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str, str], set[str]] = {}
        # By statement and account or organization: each action that all of it is let do.
        self._wholes: dict[tuple[int, str], list[tuple[str, frozenset[str]]]] = {}
        # By statement and kind: each action with what had to hold.
        self._open: dict[tuple[int, Kind], list[tuple[str, frozenset[str]]]] = {}

    def has(self, who: Outsider, allow: Statement, group: ActionGroup) -> bool:
        """Whether the same, or surely something wider, was told of these actions."""
        if set(group.texts) <= self._known.get((allow.index, who.kind, who.who), set()):
            return True
        return self._is_open(who.kind, allow.index, group.texts, frozenset())

    def covers(self, grant: Grant) -> bool:
        """Whether something wider that needs no more was told of these actions."""
        who, index, needed = grant.outsider, grant.statement.index, frozenset(grant.notes)
        whole = self._wholes.get((index, _whole_of(who) or ""), ())
        if _all_in(grant.actions, whole, needed):
            return True
        return self._is_open(who.kind, index, grant.actions, needed)

    def add(self, grant: Grant) -> None:
        """Remember what is told."""
        who, index = grant.outsider, grant.statement.index
        self._known.setdefault((index, who.kind, who.who), set()).update(grant.actions)
        if grant.witness is not None:
            needed = frozenset(grant.notes)
            opened = self._open.setdefault((index, who.kind), [])
            opened += [(action, needed) for action in grant.actions]
            name = _whole_of(who)
            if name is not None and who.who in {name, f"account {name}", f"organization {name}"}:
                whole = self._wholes.setdefault((index, name), [])
                whole += [(action, needed) for action in grant.actions]

    def _is_open(
        self, kind: Kind, index: int, actions: Sequence[str], needed: frozenset[str]
    ) -> bool:
        wider = _WIDER if kind in _OF_ACCOUNTS else _WIDER[:1]
        opened = [one for other in wider if other != kind
                  for one in self._open.get((index, other), ())]  # fmt: skip
        return _all_in(actions, opened, needed)


def _whole_of(who: Outsider) -> str | None:
    """The account, organization or service that an outsider is some or all of."""
    if who.kind is Kind.SERVICE:
        return who.principal.id
    if who.place is None:
        return None
    if who.kind in {Kind.ACCOUNT, Kind.PRINCIPAL}:
        return who.place.account
    return who.place.organization if who.kind is Kind.ORGANIZATION else None


def _all_in(
    actions: Sequence[str], opened: Sequence[tuple[str, frozenset[str]]], needed: frozenset[str]
) -> bool:
    return all(any(a == action and n <= needed for a, n in opened) for action in actions)
