"""The Principal and NotPrincipal elements, and in what way they name who asks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cloudwarden.analysis.iam.requests import Principal, PrincipalType

_ACCOUNT = re.compile(r"arn:[^:]+:iam::(\d{12}):root|(\d{12})", re.ASCII)
_ROLE = re.compile(r"arn:([^:]+):iam::(\d{12}):role/(?:.*/)?([^/]+)", re.ASCII | re.DOTALL)


class PrincipalMatch(StrEnum):
    """In what way a statement's principals name the one who asks, strongest first."""

    #: As everybody.
    ANY = "any"
    #: By its own ARN or name; a role, when the question is about any session of it.
    EXACT = "exact"
    ROLE = "role-behind-session"
    USER = "user-behind-federated-session"
    #: As a member of an account.
    ACCOUNT = "account"
    #: As none of those that NotPrincipal names.
    NOT_NAMED = "not-principal"


@dataclass(frozen=True, slots=True, eq=False)
class PrincipalSet:
    """The entries of one Principal or NotPrincipal element.

    `roles` are (partition, account, name in lower case): a role's path is not compared. Entries
    that are no ARN, such as the unique id of a deleted user, name nobody.
    """

    anybody: bool
    accounts: frozenset[str]
    exact: frozenset[str]
    roles: frozenset[tuple[str, str | None, str]]
    services: frozenset[str]
    federated: frozenset[str]
    canonical: frozenset[str]
    texts: tuple[tuple[str, str], ...]

    def match(self, who: Principal) -> PrincipalMatch | None:
        """The strongest way in which an entry names this principal; None if none does."""
        if self.anybody:
            return PrincipalMatch.ANY
        match who.type:
            case PrincipalType.ANONYMOUS:
                return None
            case PrincipalType.SERVICE:
                return PrincipalMatch.EXACT if who.id in self.services else None
        if who.is_provider:
            return PrincipalMatch.EXACT if self._names_provider(who.id) else None
        if who.id in self.exact or who.canonical_id in self.canonical:
            return PrincipalMatch.EXACT
        if self.roles and who.type in {PrincipalType.ROLE, PrincipalType.SESSION}:
            if (who.partition, who.account, who.name.lower()) in self.roles:
                asked_as_role = who.type is PrincipalType.ROLE
                return PrincipalMatch.EXACT if asked_as_role else PrincipalMatch.ROLE
        elif who.type is PrincipalType.FEDERATED and self._names_user_behind(who):
            return PrincipalMatch.USER
        return PrincipalMatch.ACCOUNT if who.account in self.accounts else None

    def _names_provider(self, id_: str) -> bool:
        """Whether a provider is named: by its ARN, or by the host that issues its tokens."""
        return id_ in self.federated or any(
            entry.partition(":oidc-provider/")[2] == id_ for entry in self.federated
        )

    def _names_user_behind(self, who: Principal) -> bool:
        user = who.issuer or f"arn:{who.partition}:iam::{who.account}:user/{who.name}"
        return user in self.exact


def principal_set(element: str | Mapping[str, Sequence[str]]) -> PrincipalSet:
    """The entries of an element: `*`, or lists of identifiers by AWS, Service, Federated, …"""
    if isinstance(element, str):
        element = {"AWS": [element]}
    aws = element.get("AWS", ())
    accounts: set[str] = set()
    roles: set[tuple[str, str | None, str]] = set()
    exact: set[str] = set()
    for entry in aws:
        if account := _ACCOUNT.fullmatch(entry):
            accounts.add(account[1] or account[2])
        elif role := _ROLE.fullmatch(entry):
            roles.add((role[1], role[2], role[3].lower()))
        else:
            exact.add(entry)
    return PrincipalSet(
        anybody="*" in aws,
        accounts=frozenset(accounts),
        exact=frozenset(exact),
        roles=frozenset(roles),
        services=frozenset(name.lower() for name in element.get("Service", ())),
        federated=frozenset(element.get("Federated", ())),
        canonical=frozenset(element.get("CanonicalUser", ())),
        texts=tuple((kind, entry) for kind, entries in element.items() for entry in entries),
    )
