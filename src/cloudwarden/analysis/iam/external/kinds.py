"""The kinds of outsiders, and what is fixed of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from cloudwarden.analysis.iam.external.federation import SharedProvider
from cloudwarden.analysis.iam.external.zones import Place
from cloudwarden.analysis.iam.requests import Principal


class Kind(StrEnum):
    """What an outsider is, the widest first."""

    ANONYMOUS = "anonymous"
    #: Any principal of any account.
    AUTHENTICATED = "authenticated"
    #: Any principal of any account of an organization that is named.
    ORGANIZATION = "organization"
    ACCOUNT = "account"
    #: A user, role or session that is named.
    PRINCIPAL = "principal"
    #: A service that acts for a resource of a stranger.
    SERVICE = "service"
    #: An identity of a provider that anybody can have one of.
    FEDERATED = "federated"
    #: A canonical user of S3, or an origin access identity of CloudFront.
    CANONICAL = "canonical"


#: What has to hold for a canonical user to be outside.
UNLESS_OWN: Final = "if the canonical user is not the account's own"
#: Those whom S3 keeps out of a bucket with a public policy once that is restricted.
RESTRICTED: Final = frozenset(
    {Kind.ANONYMOUS, Kind.AUTHENTICATED, Kind.ORGANIZATION, Kind.ACCOUNT, Kind.PRINCIPAL}
)


@dataclass(frozen=True, slots=True)
class Outsider:
    """One kind of caller from outside.

    `who` is for people. `fixed` are the condition keys, in lower case, that its being who it is
    decides; `source` those that a service takes from the resource it acts for. `note` is what has
    to hold, beyond what a request can choose, for it to be outside at all.
    """

    kind: Kind
    who: str
    principal: Principal
    place: Place | None = None
    fixed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    provider: SharedProvider | None = None
    note: str | None = None
