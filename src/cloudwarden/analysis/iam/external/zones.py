"""Inside and outside: the zone that is looked after, and where those outside it may be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: The end of a path to a unit that no policy names.
NOWHERE: Final = "r-outs/ou-outs-00000000/"

#: The organization of an account of which nobody said whether it is in one.
ITS_OWN: Final = "o-itsown0000"


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
    colleagues: frozenset[str] = frozenset()

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
    alone = frozenset({account})
    if organization is None:
        return (Zone(ZoneName.ACCOUNT, account, None, alone),)
    together = known | alone
    return (
        Zone(ZoneName.ACCOUNT, account, organization, alone, together),
        Zone(ZoneName.ORGANIZATION, account, organization, together, together),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where an outsider is: an account, and the organization and path that this is in, if any.

    `named` says that the policy names the account; `named_organization` likewise. `supposed` says
    that nobody knows whether that account is in that organization; `alike` is a pattern of accounts
    that the account stands for.
    """

    account: str
    organization: str | None = None
    path: str | None = None
    named: bool = False
    named_organization: bool = False
    supposed: bool = False
    alike: str | None = None

    @property
    def note(self) -> str | None:
        """What is supposed, in words."""
        if self.alike is not None:
            return f"if its account is like {self.alike}"
        if not self.supposed:
            return None
        where = self.path
        if where is None or where.endswith(NOWHERE):
            where = f"organization {self.organization}"
        return f"if account {self.account} is in {where}"
