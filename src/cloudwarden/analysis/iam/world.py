"""The world of access: accounts, principals and resources, and the policies that bind them.

What the bulk engine, escalation, external access and the access report read, whether it comes
from a collected estate or from a file. A policy is its text: equal texts are one object, and are
compiled once. What could not be read is `UNREAD`, which is neither a policy nor its absence.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final


class Unread(Enum):
    """The type of `UNREAD`."""

    UNREAD = "unread"


#: Stands for what exists, or may exist, and was not read.
UNREAD: Final = Unread.UNREAD

#: The text of a policy document, or that it was not read.
PolicyText = str | Unread


@dataclass(frozen=True, slots=True)
class Attachment:
    """One policy where it is attached.

    `policy` names it (the id of its node: an ARN, or what an inline policy is called), `through`
    says how the principal or account comes by it, for people: `inline`, `managed`,
    `group developers`, `organizational unit prod`.
    """

    policy: str
    document: PolicyText
    through: str = ""


#: The policies of one kind at each level of an organization, root first.
Levels = tuple[tuple[Attachment, ...], ...]


@dataclass(frozen=True, slots=True)
class Account:
    """An account and what its organization imposes.

    `organization` is the organization's id, None where it is known to be in none. `path` is what
    `aws:PrincipalOrgPaths` compares with (`o-1/r-1/ou-1/`), None where it is not known. Levels are
    empty where nothing binds it: no organization, its management account, policies of that kind
    not in use. `lists_principals` says that all its users, roles and groups are known.
    """

    id: str
    name: str = ""
    partition: str = "aws"
    organization: str | Unread | None = None
    path: str | None = None
    is_management: bool = False
    scps: Levels | Unread = ()
    rcps: Levels | Unread = ()
    lists_principals: bool = True


class PrincipalKind(StrEnum):
    """Who can hold policies. Groups only carry them to their members."""

    USER = "user"
    ROLE = "role"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Principal:
    """A user, a role (any session of it) or a group.

    `policies` are all identity policies that bear on it, those of a user's groups included.
    `trust` is a role's trust policy. `instance_profiles` are the ARNs of the profiles that hand
    the role to instances. `unread` says in words what of it was not read.
    """

    kind: PrincipalKind
    arn: str
    account: str
    name: str
    id: str = ""
    path: str = "/"
    tags: Mapping[str, str] = field(default_factory=dict)
    policies: tuple[Attachment, ...] = ()
    boundary: Attachment | None = None
    trust: PolicyText | None = None
    groups: tuple[str, ...] = ()
    instance_profiles: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The label of its node; the node's id is the ARN."""
        return _LABELS[self.kind]

    @property
    def is_service_linked(self) -> bool:
        """Whether a service made it for itself: no policy of an organization binds it."""
        return self.kind is PrincipalKind.ROLE and self.path.startswith("/aws-service-role/")

    @property
    def is_reserved(self) -> bool:
        """Whether AWS keeps it, as Identity Center's roles: nobody else can edit or pass it."""
        return self.kind is PrincipalKind.ROLE and self.path.startswith("/aws-reserved/")


_LABELS = {
    PrincipalKind.USER: "AWSUser",
    PrincipalKind.ROLE: "AWSRole",
    PrincipalKind.GROUP: "AWSGroup",
}


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """One resource, as `Resources` holds it in columns.

    `policy` is the text of its own policy, None where it is known to have none or cannot have
    one. `tags` is None where they are not known. `id` is the id of its node. `doubt` says in words
    what beside its policy was not read and may let in more; it is empty where everything was.
    """

    label: str
    arn: str
    id: str
    account: str
    region: str
    name: str = ""
    policy: PolicyText | None = None
    tags: Mapping[str, str] | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    doubt: str = ""


class Resources:
    """The resources of one label as columns of equal length, in the order of their ARNs."""

    __slots__ = ("accounts", "arns", "doubts", "ids", "label", "names", "policies", "properties",
                 "regions", "tags")  # fmt: skip

    def __init__(self, label: str, rows: Iterable[ResourceRow]) -> None:
        ordered = sorted(rows, key=lambda row: (row.arn, row.id))
        self.label = label
        self.arns: Sequence[str] = tuple(row.arn for row in ordered)
        self.ids: Sequence[str] = tuple(row.id for row in ordered)
        self.accounts: Sequence[str] = tuple(row.account for row in ordered)
        self.regions: Sequence[str] = tuple(row.region for row in ordered)
        self.names: Sequence[str] = tuple(row.name for row in ordered)
        self.policies: Sequence[PolicyText | None] = tuple(row.policy for row in ordered)
        self.tags: Sequence[Mapping[str, str] | None] = tuple(row.tags for row in ordered)
        #: By position; few have any.
        self.doubts: Mapping[int, str] = {
            i: row.doubt for i, row in enumerate(ordered) if row.doubt
        }
        names = {name for row in ordered for name in row.properties}
        self.properties: Mapping[str, Sequence[str]] = {
            name: tuple(row.properties.get(name, "") for row in ordered) for name in names
        }

    def __len__(self) -> int:
        return len(self.arns)

    def __iter__(self) -> Iterator[ResourceRow]:
        return (self.row(position) for position in range(len(self)))

    def row(self, position: int) -> ResourceRow:
        """The resource at a position."""
        return ResourceRow(
            self.label,
            self.arns[position],
            self.ids[position],
            self.accounts[position],
            self.regions[position],
            self.names[position],
            self.policies[position],
            self.tags[position],
            {name: column[position] for name, column in self.properties.items()},
            self.doubts.get(position, ""),
        )


class World:
    """Accounts, principals and resources by label. Immutable once made.

    An account that is only named by others is in no `accounts`; `account` then answers for one of
    which nothing was read.
    """

    def __init__(
        self,
        accounts: Iterable[Account],
        principals: Iterable[Principal] = (),
        resources: Iterable[Resources] = (),
    ) -> None:
        self.accounts: Mapping[str, Account] = MappingProxyType({a.id: a for a in accounts})
        self.principals: Sequence[Principal] = tuple(principals)
        self.resources: Mapping[str, Resources] = MappingProxyType(
            {table.label: table for table in resources}
        )

    def account(self, id_: str) -> Account:
        """An account; one of which nothing was read where the world does not have it."""
        known = self.accounts.get(id_)
        return known or Account(id_, organization=UNREAD, scps=UNREAD, rcps=UNREAD)

    def principal(self, arn: str) -> Principal | None:
        """The principal of an ARN."""
        return self._by_arn.get(arn)

    def of_account(self, account: str) -> Sequence[Principal]:
        """The users and roles of an account: those who can act."""
        return self._actors.get(account, ())

    def find(self, arn: str) -> list[ResourceRow]:
        """Every resource of an ARN. A bucket's object is not one."""
        return [table.row(i) for table in self.resources.values() for i in _found(table.arns, arn)]

    @cached_property
    def _by_arn(self) -> Mapping[str, Principal]:
        return {principal.arn: principal for principal in self.principals}

    @cached_property
    def _actors(self) -> Mapping[str, list[Principal]]:
        found: dict[str, list[Principal]] = {}
        for principal in self.principals:
            if principal.kind is not PrincipalKind.GROUP:
                found.setdefault(principal.account, []).append(principal)
        return found


def _found(arns: Sequence[str], arn: str) -> list[int]:
    return list(range(bisect_left(arns, arn), bisect_right(arns, arn)))
