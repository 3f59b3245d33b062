"""Techniques by which a principal comes to more access, as data: `techniques/aws/*.yaml`.

A technique requires actions on things. A thing that several actions name is the same thing; what
is `new` is made by the actor, and what has the name of a kind (`kinds.yaml`) exists already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: Principals and policies, which every account has; the actor itself; whatever is made anew.
SELF: Final = "self"
ANYTHING: Final = "*"
IDENTITIES: Final = frozenset({SELF, "role", "user", "group", "policy", "provider"})
NEW: Final = "new "


class Need(StrEnum):
    """What must be so beside permissions, where it can be told from what was read."""

    SELF_IS_USER = "self is a user"
    SELF_IS_ROLE = "self is a role"
    SELF_IN_GROUP = "self is in group"
    SELF_IN_CENTER = "self is where Identity Center is administered"
    SELF_BOUNDED = "self has a boundary"
    SELF_ACTS_AS_ROLE = "self acts as role"
    SELF_ACTS_AS_USER = "self acts as user"
    ROLE_BOUNDED = "role has a boundary"
    ROLE_HAS_PROFILE = "role has an instance profile"
    ROLE_TRUSTS_PROVIDER = "role trusts provider"
    POLICY_OF_SELF = "policy is attached to self"
    POLICY_BOUNDS_SELF = "policy bounds self"
    POLICY_BOUNDS_ROLE = "policy bounds role"
    POLICY_OF_ROLE = "policy is attached to role"
    POLICY_HAS_VERSIONS = "policy has other versions"
    USER_HAS_FREE_KEY = "user has a free access key"
    USER_SIGNS_IN = "user has a password"
    USER_CANNOT_SIGN_IN = "user has no password"


class Outcome(StrEnum):
    """What a technique leads to."""

    #: The actor gives itself, or `through` what it can then act as, every right.
    ADMIN = "SELF_BECOMES_ADMIN"
    #: The actor can act as `through`: a role, a user, the role of an existing thing.
    ACTS_AS = "ACTS_AS"
    #: The same, and its permissions boundary is gone.
    ACTS_UNBOUNDED = "ACTS_AS without boundary"
    #: The actor's own permissions boundary is gone.
    UNBOUNDED = "SELF_LOSES boundary"
    #: The actor's rights grow by those of a group, or of another version of a policy.
    GAINS_GROUP = "SELF_GAINS group"
    GAINS_VERSION = "SELF_GAINS policy version"


@dataclass(frozen=True, slots=True)
class Requirement:
    """An action on a thing. `only_undenied` asks for no grant, only that nothing denies it.

    `resource_type` restricts what is new to one of the action's resource types.
    """

    action: str
    target: str
    only_undenied: bool = False
    resource_type: str | None = None

    @property
    def is_new(self) -> bool:
        """Whether the thing is made by the actor."""
        return self.target == ANYTHING or self.target.startswith(NEW)


@dataclass(frozen=True, slots=True)
class Kind:
    """Things that exist already, and how collected ones tell of the role that they act with.

    `role` are the relations that lead to it, `told_by` the operations that each of them rests on.
    `part` says that not all of them are collected; `fleet`, that they act on instances that their
    properties tell the tags of, and with the roles of these; `assigned`, that they are groups of
    Identity Center, with the roles that they are assigned; `code`, that they are objects that
    others run, whose kinds tell of them.
    """

    name: str
    title: str
    label: str | None = None
    role: tuple[str, ...] = ()
    told_by: tuple[tuple[str, ...], ...] = ()
    through: tuple[str, str] | None = None
    part: bool = False
    fleet: bool = False
    code: bool = False
    assigned: bool = False


@dataclass(frozen=True, slots=True)
class Technique:
    """One way to more access. `conditions` are what nobody can tell beforehand, in words.

    `beside` are kinds of which the account has to have one, on which no action is required.
    `through` is `self`, `role`, `user` or a kind, whose role it is then.
    """

    id: str
    category: str
    title: str
    requires: tuple[Requirement, ...]
    outcome: Outcome
    through: str
    passed_to_service: str | None = None
    beside: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    conditions: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    def of(self, target: str) -> Iterator[Requirement]:
        """What is required of one thing."""
        return (one for one in self.requires if one.target == target)

    @property
    def targets(self) -> tuple[str, ...]:
        """The things that it names, each once, with what it leads through."""
        named = [one.target for one in self.requires if one.target != ANYTHING]
        return tuple(dict.fromkeys([*named, self.through]))


@dataclass(frozen=True, slots=True)
class TechniqueCatalogue:
    """All techniques, and the kinds of existing things that they name."""

    techniques: tuple[Technique, ...]
    kinds: Mapping[str, Kind]

    def technique(self, id_: str) -> Technique:
        """A technique by its id. Raises `KeyError`."""
        return next(one for one in self.techniques if one.id == id_)

    @property
    def actions(self) -> frozenset[str]:
        """Every action that one of them requires."""
        return frozenset(r.action for one in self.techniques for r in one.requires)
