"""Inside and outside: the zone that is looked after, and where those outside it may be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ZoneName(StrEnum):
    """What counts as inside."""

    ACCOUNT = "account"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class Zone:
    """The accounts that are inside.

    `members` are the accounts that are known to be; of a zone of an organization an account that
    is not among them counts as outside. `organization` is the account's, None where it has none
    or where it is not known.
    """

    name: ZoneName
    account: str
    organization: str | None
    members: frozenset[str]

    def holds_account(self, account: str) -> bool:
        """Whether an account is inside."""
        return account in self.members

    def holds_organization(self, organization: str) -> bool:
        """Whether all accounts of an organization are inside."""
        return self.name is ZoneName.ORGANIZATION and organization == self.organization


def zones(account: str, organization: str | None, known: frozenset[str]) -> tuple[Zone, ...]:
    """The zones to ask about: the account, and its organization if it has one.

    `known` are accounts of the same organization.
    """
    own = Zone(ZoneName.ACCOUNT, account, organization, frozenset({account}))
    if organization is None:
        return (own,)
    return own, Zone(ZoneName.ORGANIZATION, account, organization, known | {account})


@dataclass(frozen=True, slots=True)
class Place:
    """Where an outsider is: an account, and the organization and path that this is in, if any.

    `named` says that the policy names the account; `named_organization` likewise.
    """

    account: str
    organization: str | None = None
    path: str | None = None
    named: bool = False
    named_organization: bool = False
