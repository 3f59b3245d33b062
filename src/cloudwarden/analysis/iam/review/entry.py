"""One row of the access report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cloudwarden.analysis.iam.last_accessed import ServiceUse
from cloudwarden.analysis.iam.levels import Level, ResourceGrant
from cloudwarden.analysis.iam.review.credentials import Credentials
from cloudwarden.analysis.iam.review.grants import Grant, Trust
from cloudwarden.analysis.iam.review.uses import Moments, Use


class Kind(StrEnum):
    """What a row is about. `UNREAD` stands for users and roles of an account that were not read.

    A person is a user of Identity Center.
    """

    ROOT = "root"
    USER = "user"
    ROLE = "role"
    PERSON = "person"
    EXTERNAL = "external"
    UNREAD = "unread"


class Used(StrEnum):
    """By whom a principal is meant to be used, as far as that shows."""

    HUMAN = "human"
    WORKLOAD = "workload"
    #: By the AWS service that made it for itself.
    SERVICE_LINKED = "service-linked"


#: Levels that have to do with administration, beside those of `Level`.
ADMIN, BECOMES_ADMIN = "admin", "becomes admin"

UNKNOWN, NO = "unknown", "no"


@dataclass(frozen=True, slots=True)
class Lead:
    """How far access leads: to administration at once, in some steps, or not.

    `hops` are None where no way was found; 0 is an administrator. `certainty` is that of the way;
    of none, `no`, or `unknown` where something was not read.
    """

    certainty: str
    hops: int | None = None
    path: Sequence[str] = ()
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Assumable:
    """A role that a user or role may take on."""

    role: str
    certainty: str
    condition: str | None

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {"role": self.role, "certainty": self.certainty, "condition": self.condition}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: somebody, with what they have and what of it was used.

    What is None was not read, or does not apply to rows of the kind: a role has no password.
    `unknown` says in words what was not read.
    """

    account: str
    account_name: str
    kind: Kind
    name: str | None
    arn: str | None
    read_at: str | None = None
    created: str | None = None
    used_by: Used | None = None
    level: str | None = None
    level_certainty: str = UNKNOWN
    lead: Lead | None = None
    grants: tuple[Grant, ...] | None = None
    groups: tuple[str, ...] | None = None
    boundary: str | None = None
    identity_center: str | None = None
    assigned: tuple[str, ...] | None = None
    trusted: tuple[Trust, ...] | None = None
    roles: tuple[Assumable, ...] | None = None
    resource_grants: tuple[ResourceGrant, ...] | None = None
    credentials: Credentials = field(default_factory=Credentials)
    use: Use = Use.UNKNOWN
    last_used: str | None = None
    last_used_by: str | None = None
    services: ServiceUse | None = None
    resource: str | None = None
    actions: tuple[str, ...] | None = None
    condition: str | None = None
    reason: str | None = None
    unknown: tuple[str, ...] = ()

    def to_json(self, moments: Moments) -> dict[str, Any]:
        """As plain data; every row has every key."""
        signs_in, lead = self.credentials, self.lead
        return {
            "account": self.account,
            "account_name": self.account_name,
            "kind": self.kind.value,
            "name": self.name,
            "arn": self.arn,
            "read_at": self.read_at,
            "created": self.created,
            "used_by": self.used_by.value if self.used_by else None,
            "level": self.level,
            "level_certainty": self.level_certainty,
            "admin": lead.certainty if lead else None,
            "admin_in": lead.hops if lead else None,
            "admin_path": list(lead.path) if lead else [],
            "admin_condition": lead.condition if lead else None,
            "policies": _plain(self.grants),
            "groups": _list(self.groups),
            "boundary": self.boundary,
            "identity_center": self.identity_center,
            "assigned": _list(self.assigned),
            "trusted": _plain(self.trusted),
            "roles": _plain(self.roles),
            "resource_policies": None
            if self.resource_grants is None
            else [_resource(one) for one in self.resource_grants],
            "console": signs_in.console,
            "password": signs_in.password.to_json() if signs_in.password else None,
            "mfa": signs_in.mfa,
            "mfa_type": signs_in.factor.value if signs_in.factor else None,
            "keys": _plain(signs_in.keys),
            "use": self.use.value,
            "last_used": self.last_used,
            "last_used_by": self.last_used_by,
            "services": _services(self.services, moments),
            "resource": self.resource,
            "actions": _list(self.actions),
            "condition": self.condition,
            "reason": self.reason,
            "unknown": list(self.unknown),
        }


#: How much there is to lose by each level; what is not known has to be looked at first.
RISKS = {None: 5, ADMIN: 4, BECOMES_ADMIN: 3, Level.WRITE: 2, Level.READ: 1, Level.NONE: 0}


def by_name(entry: Entry) -> tuple[Any, ...]:
    """A key that sorts rows by account, kind and name."""
    kinds = list(Kind)
    return (entry.account, kinds.index(entry.kind), entry.name or "", entry.resource or "")


def by_risk(entry: Entry) -> tuple[Any, ...]:
    """A key that sorts rows by what could be lost, the longest unused first among equals."""
    return (-RISKS[entry.level], *by_idleness(entry))


def by_idleness(entry: Entry) -> tuple[Any, ...]:
    """A key that sorts rows by when they were last used: never, unknown, then the oldest first."""
    never = entry.last_used is None and entry.use is Use.UNUSED
    return (not never, entry.last_used or "", *by_name(entry))


def _plain(found: Sequence[Any] | None) -> list[Any] | None:
    return None if found is None else [one.to_json() for one in found]


def _list(found: Sequence[str] | None) -> list[str] | None:
    return None if found is None else list(found)


def _resource(grant: ResourceGrant) -> dict[str, Any]:
    return {
        "resource": grant.resource,
        "type": grant.label,
        "actions": list(grant.actions),
        "conditional": grant.conditional,
    }


def _services(use: ServiceUse | None, moments: Moments) -> dict[str, Any] | None:
    if use is None or use.unknown is not None:
        return None
    return {
        "used": [{**one, "use": moments.use(one["last_used"]).value} for one in use.used],
        "unused": list(use.unused),
        "not_tracked": list(use.not_tracked),
        "as_of": use.as_of,
    }
