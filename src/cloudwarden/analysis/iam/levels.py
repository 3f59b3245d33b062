"""The effective level of users and roles: whether their policies let them write, or only read.

The level is about actions, whatever they are on: what identity policies allow, less what denials,
permissions boundary and organization take away, with what the account's own resources grant them
by name. It counts by what AWS calls an action: reading and listing, or writing, tagging and
changing permissions. Taking on a role is none of it: it is the role's level that matters then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

from cloudwarden.analysis.iam.actions import AccessLevel, catalogue
from cloudwarden.analysis.iam.bulk.actors import Actor, actors_of
from cloudwarden.analysis.iam.bulk.organizations import Compiled, Organization
from cloudwarden.analysis.iam.bulk.rules import ActionBits, Document, Documents, Rule
from cloudwarden.analysis.iam.policies import PolicyKind, Statement
from cloudwarden.analysis.iam.truth import Truth
from cloudwarden.analysis.iam.world import Attachment, Unread, World
from cloudwarden.schema.derived import Certainty


class Level(StrEnum):
    """What somebody can do at most."""

    NONE = "none"
    READ = "read"
    WRITE = "write"


_READS: Final = frozenset({AccessLevel.LIST, AccessLevel.READ})
#: Who may only say who it is, or take on a role, has nothing yet.
_NOTHING: Final = "sts:"
_ROLES: Final = "AWSRole"


@dataclass(frozen=True, slots=True)
class ResourceGrant:
    """What a resource's own policy allows a user or role by name."""

    resource: str
    label: str
    actions: tuple[str, ...]
    conditional: bool


@dataclass(frozen=True, slots=True)
class Effective:
    """A principal's level at most, and the level that depends on nothing.

    `certainty` is UNKNOWN where something that was not read may give more, or take this away.
    """

    level: Level
    certainty: Certainty
    sure: Level
    grants: tuple[ResourceGrant, ...] = ()


class _Said(NamedTuple):
    """Actions as bits: allowed and denied, for sure and at least perhaps."""

    allow: int = 0
    perhaps_allow: int = 0
    deny: int = 0
    perhaps_deny: int = 0
    #: Whether anything may be said beside.
    unread: bool = False


class _Named(NamedTuple):
    """A rule of a resource's policy that names somebody."""

    rule: Rule
    grant: ResourceGrant
    account: str


def levels(world: World, now: datetime) -> Iterator[tuple[str, Effective]]:
    """The level of each user and role of a world, by ARN."""
    return _Levels(world, now).all()


class _Levels:
    def __init__(self, world: World, now: datetime) -> None:
        self._world = world
        self._now = now
        self._documents = Documents(ActionBits(catalogue().names))
        self._organization = Organization(world, self._documents)
        self._read, self._write = _levels_of_actions()
        self._named = _named(world, self._documents)
        self._strange: dict[str, bool] = {}

    def all(self) -> Iterator[tuple[str, Effective]]:
        for account in sorted({principal.account for principal in self._world.principals}):
            scps = self._organization.levels(account, PolicyKind.SCP)
            for actor in actors_of(self._world, account, self._documents, self._now):
                yield actor.principal.arn, self._effective(actor, scps)

    def _effective(self, actor: Actor, scps: Compiled) -> Effective:
        own = _said(actor.documents, actor)
        named = self._named.get(actor.key, ())
        direct = _said_of(
            [one.rule for one in named if one.account == actor.principal.account], actor
        )
        boundary = _limit([actor.boundary], actor) if actor.boundary else None
        limits = [] if actor.is_service_linked else self._limits(scps, actor)
        deny, perhaps_deny = own.deny, own.perhaps_deny
        for limit in (*limits, *([boundary] if boundary else [])):
            deny |= limit.deny
            perhaps_deny |= limit.perhaps_deny
        sure, perhaps = own.allow, own.perhaps_allow
        if actor.is_role:
            # A boundary bounds what a resource grants a role by its ARN, and not a user.
            sure, perhaps = sure | direct.allow, perhaps | direct.perhaps_allow
        if boundary:
            sure, perhaps = sure & boundary.allow, perhaps & boundary.perhaps_allow
        if not actor.is_role:
            sure, perhaps = sure | direct.allow, perhaps | direct.perhaps_allow
        for limit in limits:
            sure, perhaps = sure & limit.allow, perhaps & limit.perhaps_allow
        most, least = self._level(perhaps & ~deny), self._level(sure & ~perhaps_deny)
        limited = any(limit.unread for limit in limits) or (
            boundary is not None and boundary.unread
        )
        more = bool(actor.unread) or any(map(self._is_strange, actor.principal.policies))
        unknown = (more and most is not Level.WRITE) or (limited and most is not Level.NONE)
        certainty = Certainty.SURE if least is most else Certainty.CONDITIONAL
        grants = tuple(dict.fromkeys(one.grant for one in named))
        return Effective(most, Certainty.UNKNOWN if unknown else certainty, least, grants)

    def _limits(self, scps: Compiled, actor: Actor) -> list[_Said]:
        if scps is None:
            return [_ANYTHING]
        return [_limit(level, actor) for level in scps]

    def _level(self, mask: int) -> Level:
        if mask & self._write:
            return Level.WRITE
        return Level.READ if mask & self._read else Level.NONE

    def _is_strange(self, attached: Attachment) -> bool:
        """Whether a policy allows actions that the catalogue does not have: newer ones, perhaps."""
        text = attached.document
        if isinstance(text, Unread):
            return False
        known = self._strange.get(text)
        if known is None:
            readable = self._documents.compile(text, PolicyKind.IDENTITY).readable
            known = self._strange[text] = readable and any(
                one.allows and _names_something(one) and not self._documents.actions.of(one)
                for one in self._documents.compiler.compile(text, PolicyKind.IDENTITY).statements
            )
        return known


@cache
def _levels_of_actions() -> tuple[int, int]:
    """The actions that read, and those that do more, as bits in the order of their names."""
    known = catalogue()
    bits = {level: bytearray(len(known.names) // 8 + 1) for level in (Level.READ, Level.WRITE)}
    for position, name in enumerate(known.names):
        action = known.action(name)
        if action is not None and not name.startswith(_NOTHING):
            level = Level.READ if action.level in _READS else Level.WRITE
            bits[level][position // 8] |= 1 << position % 8
    return (
        int.from_bytes(bits[Level.READ], "little"),
        int.from_bytes(bits[Level.WRITE], "little"),
    )


#: A limit that was not read: it may leave everything, or nothing.
_ANYTHING: Final = _Said(allow=0, perhaps_allow=-1, perhaps_deny=-1, unread=True)


def _names_something(statement: Statement) -> bool:
    return any(pattern.name is not None for pattern in statement.actions)


def _limit(documents: Iterable[Document], actor: Actor) -> _Said:
    """What limits leave. An allowance on some resources only may not be about what is granted."""
    found = list(documents)
    if not all(document.readable for document in found):
        return _ANYTHING
    said = _said(found, actor)
    narrow = 0
    wide = 0
    for document in found:
        for rule in document.rules:
            if rule.allows:
                if _is_about_everything(rule.statement):
                    wide |= rule.actions
                else:
                    narrow |= rule.actions
    return said._replace(allow=said.allow & ~(narrow & ~wide))


def _said(documents: Iterable[Document], actor: Actor) -> _Said:
    found = list(documents)
    said = _said_of([rule for document in found for rule in document.rules], actor)
    return said._replace(unread=not all(document.readable for document in found))


def _said_of(rules: Iterable[Rule], actor: Actor) -> _Said:
    allow = perhaps_allow = deny = perhaps_deny = 0
    for rule in rules:
        truth = actor.truth(rule)
        if truth is Truth.NEVER:
            continue
        if rule.allows:
            perhaps_allow |= rule.actions
            if truth is Truth.SURE:
                allow |= rule.actions
        else:
            perhaps_deny |= rule.actions
            if truth is Truth.SURE and _is_about_everything(rule.statement):
                deny |= rule.actions
    return _Said(allow, perhaps_allow, deny, perhaps_deny)


def _is_about_everything(statement: Statement) -> bool:
    if statement.resources is None:
        return True
    return not statement.not_resource and any(one.everything for one in statement.resources)


def _named(world: World, documents: Documents) -> Mapping[object, Sequence[_Named]]:
    """What resources' own policies say to users and roles by name, by whom they name."""
    found: dict[object, list[_Named]] = defaultdict(list)
    for table in world.resources.values():
        if table.label == _ROLES:
            continue
        rows = zip(table.arns, table.accounts, table.policies, strict=True)
        for arn, account, text in rows:
            if text is None:
                continue
            for rule in documents.compile(text, PolicyKind.RESOURCE).rules:
                principals = rule.statement.principals
                if not rule.allows or principals is None or rule.statement.not_principal:
                    continue
                for name in (*principals.exact, *principals.roles):
                    grant = ResourceGrant(
                        arn, table.label, _actions(rule.statement), bool(rule.statement.conditions)
                    )
                    found[name].append(_Named(rule, grant, account))
    return found


def _actions(statement: Statement) -> tuple[str, ...]:
    texts = tuple(pattern.text for pattern in statement.actions)
    return tuple(f"all but {text}" for text in texts) if statement.not_action else texts
