"""A request to AWS as its policies see it: who asks, for which action, on what, in what context."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from cloudwarden.analysis.iam.context import ABSENT, Context, State, Unknown
from cloudwarden.core.errors import UsageError

#: Role names that only AWS gives; the path of such a role cannot be told from a session.
_SERVICE_LINKED = "AWSServiceRoleFor"
_IDENTITY_CENTER = "AWSReservedSSO_"
_SERVICE_LINKED_PATH = "role/aws-service-role/"

#: An action without resource types that AWS yet asks for on an ARN: that of all buckets.
_ON_ALL_BUCKETS = "s3:listallmybuckets"

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_ARN = re.compile(
    r"arn:(?P<partition>[^:]+):(?P<service>iam|sts)::(?P<account>\d{12}):(?P<rest>.+)",
    re.ASCII | re.DOTALL,
)


class RequestError(UsageError):
    """A request that cannot be: a principal that is not what its type says, no action."""


class PrincipalType(StrEnum):
    """What kind of identity asks."""

    USER = "user"
    #: Any session of a role.
    ROLE = "role"
    #: One session of a role.
    SESSION = "session"
    #: A session of GetFederationToken, or an identity of a provider that asks to assume a role.
    FEDERATED = "federated"
    ROOT = "root"
    #: An AWS service under its own name. What it calls with a caller's credentials is the caller's.
    SERVICE = "service"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. Make one with `principal()`, which checks and completes it.

    `id` is the ARN of a user, role, session, federated session, account root or provider, the
    name of a service or web provider, or `*` for nobody in particular. `account` is None for
    services, web providers and anonymous requests. `name` is the user's, role's or federated
    session's, without path. `issuer` is the ARN of the role or user behind a session, if known:
    without it a role's path is unknown and a federated session is taken to bear its user's name.
    `canonical_id` is the name by which S3 may know the account.
    """

    type: PrincipalType
    id: str
    account: str | None = None
    partition: str = ""
    name: str = ""
    issuer: str | None = None
    canonical_id: str | None = None

    @property
    def is_provider(self) -> bool:
        """Whether this is an identity provider's, which can only ask to assume a role."""
        return self.type is PrincipalType.FEDERATED and ":federated-user/" not in self.id

    @property
    def role_arn(self) -> str | None:
        """The role, or the role behind the session, as far as its path is known."""
        if self.type is PrincipalType.ROLE:
            return self.id
        if self.type is PrincipalType.SESSION:
            return self.issuer or f"arn:{self.partition}:iam::{self.account}:role/{self.name}"
        return None

    @property
    def path_is_known(self) -> bool:
        """Whether `role_arn` has the role's path; AWS keeps its own roles under paths."""
        if self.type is not PrincipalType.SESSION or self.issuer is not None:
            return True
        return not self.name.startswith((_SERVICE_LINKED, _IDENTITY_CENTER))

    @property
    def is_service_linked(self) -> bool:
        """Whether this is a service-linked role or a session of one.

        Told by the path where it is known, else by the name that AWS gives such roles.
        """
        arn = self.role_arn
        if arn is None:
            return False
        if self.path_is_known:
            return arn.split(":", 5)[5].startswith(_SERVICE_LINKED_PATH)
        return self.name.startswith(_SERVICE_LINKED)


def principal(
    id_: str,
    type_: str | None = None,
    *,
    issuer: str | None = None,
    canonical_id: str | None = None,
) -> Principal:
    """A principal by its identifier; its type is told from that if it is not given.

    Raises `RequestError` if the identifier is not one of that type. For a root user the account's
    twelve digits do; for an anonymous request the identifier does not matter.
    """
    kind = _kind(id_) if type_ is None else _type(type_)
    if kind is PrincipalType.ANONYMOUS:
        return Principal(kind, "*")
    if kind is PrincipalType.FEDERATED and ":assumed-role/" in id_:
        # Whoever comes through a provider ends up as a session of a role like any other.
        kind = PrincipalType.SESSION
    if kind is PrincipalType.ROOT and _ACCOUNT.fullmatch(id_):
        return Principal(kind, id_, id_, "", "root", None, canonical_id)
    if kind is PrincipalType.SERVICE:
        if not id_ or ":" in id_ or re.search(r"\s", id_):
            raise _not_a(id_, kind)
        return Principal(kind, id_.lower())
    parts = _ARN.fullmatch(id_)
    if parts is None:
        if kind is PrincipalType.FEDERATED and id_ and ":" not in id_:
            return Principal(kind, id_)
        raise _not_a(id_, kind)
    name = _name(kind, parts["service"], parts["rest"])
    if name is None:
        raise _not_a(id_, kind)
    if issuer is not None:
        _check_issuer(issuer, id_, kind, f"{parts['account']}:role/", name)
    return Principal(kind, id_, parts["account"], parts["partition"], name, issuer, canonical_id)


@dataclass(frozen=True, slots=True)
class Request:
    """One action on one resource.

    `action` is `service:name`; case does not matter and one that nobody knows is compared as
    text. `resource` is an ARN, or `*` for an action that has no resource; wildcards in either are
    literal. `resource_account` may be None where the ARN has the account. `context` has the
    condition keys; those that follow from the request itself need not be in it.

    `from_management_account` and `on_management_account` say whether the principal's and the
    resource's account is the management account of its organization, which SCPs and RCPs spare;
    `aws_managed_key` that the resource is a KMS key that AWS manages. `behind` is the ARN of what
    an S3 access point leads to, where the resource is one.
    """

    principal: Principal
    action: str
    resource: str
    resource_account: str | None = None
    context: Context = field(default_factory=Context)
    from_management_account: bool = False
    on_management_account: bool = False
    aws_managed_key: bool = False
    behind: str | None = None

    @property
    def service(self) -> str:
        """The action's service, in lower case."""
        return self.action.partition(":")[0].lower()

    @property
    def matched_resource(self) -> str:
        """What Resource elements are compared with: the resource, save for listing buckets.

        AWS's own examples allow that on `arn:aws:s3:::*`, which is no literal `*`.
        """
        if self.resource == "*" and self.action.lower() == _ON_ALL_BUCKETS:
            return f"arn:{self.principal.partition or 'aws'}:s3:::*"
        return self.resource

    @property
    def owner(self) -> str | None:
        """The account that the resource is in; None where nothing tells.

        Only S3 has resources whose ARN has no account and yet a policy of their own: for those of
        other services, and for actions without a resource, it is the caller's account.
        """
        if self.resource_account is not None:
            return self.resource_account
        parts = self.resource.split(":", 5)
        if len(parts) > 4 and _ACCOUNT.fullmatch(parts[4]):
            return parts[4]
        if len(parts) > 4 and parts[2] == "s3" and not parts[4]:
            return None
        return self.principal.account


def derived_context(request: Request) -> list[tuple[str, State]]:
    """The condition keys that follow from the request itself, in lower case.

    Where AWS sets a key to what the request does not tell (the unique id in aws:userid), it is
    there with an unknown value.
    """
    who = request.principal
    keys = _principal_keys(who, request.resource)
    owner = request.owner
    owned: State = Unknown.PRESENT if owner is None else (owner,)
    if owner is not None or who.type is not PrincipalType.ANONYMOUS:
        keys.append(("aws:resourceaccount", owned))
    if request.service == "s3":
        keys.append(("s3:resourceaccount", owned))
    if request.service == "kms" and who.account is not None:
        keys.append(("kms:calleraccount", (who.account,)))
    return keys


#: Keys that requests without a signature do not have.
_OF_SIGNED_REQUESTS: Final = (
    "aws:principalarn", "aws:principalisawsservice", "aws:principalorgid",
    "aws:principalorgpaths", "aws:username",
)  # fmt: skip


def _principal_keys(who: Principal, resource: str) -> list[tuple[str, State]]:
    match who.type:
        case PrincipalType.ANONYMOUS:
            return [
                ("aws:principalaccount", ("anonymous",)),
                ("aws:principaltype", ("Anonymous",)),
                ("aws:userid", ("anonymous",)),
                *((key, ABSENT) for key in _OF_SIGNED_REQUESTS),
            ]
        case PrincipalType.SERVICE:
            return [
                ("aws:principalisawsservice", ("true",)),
                ("aws:principalservicename", (who.id,)),
                ("aws:principalservicenameslist", (who.id,)),
            ]
    if who.is_provider or who.account is None:
        return []
    keys: list[tuple[str, State]] = [
        ("aws:principalaccount", (who.account,)),
        ("aws:principalisawsservice", ("false",)),
    ]
    arn, kind, user_id = _described(who, resource)
    keys += [("aws:principalarn", arn), ("aws:principaltype", (kind,)), ("aws:userid", user_id)]
    if who.type is PrincipalType.USER:
        keys.append(("aws:username", (who.name,)))
    return keys


def _described(who: Principal, resource: str) -> tuple[State, str, State]:
    """aws:PrincipalArn, aws:PrincipalType and aws:userid."""
    match who.type:
        case PrincipalType.USER:
            return (who.id,), "User", Unknown.PRESENT
        case PrincipalType.ROOT:
            return _root_arn(who, resource), "Account", (who.account or "",)
        case PrincipalType.FEDERATED:
            return (who.id,), "FederatedUser", (f"{who.account}:{who.name}",)
    arn = who.role_arn
    known: State = (arn,) if arn is not None and who.path_is_known else Unknown.PRESENT
    return known, "AssumedRole", Unknown.PRESENT


def _root_arn(who: Principal, resource: str) -> State:
    """The ARN of a root user, in the resource's partition where only the account was given."""
    if who.partition:
        return (who.id,)
    parts = resource.split(":", 2)
    return (f"arn:{parts[1]}:iam::{who.account}:root",) if len(parts) > 2 else Unknown.PRESENT


def _type(text: str) -> PrincipalType:
    try:
        return PrincipalType(text)
    except ValueError:
        raise RequestError(
            f"There is no principal type {text!r}; there are {', '.join(PrincipalType)}."
        ) from None


def _kind(id_: str) -> PrincipalType:
    """What an identifier looks like."""
    if id_ in {"*", ""}:
        return PrincipalType.ANONYMOUS
    if _ACCOUNT.fullmatch(id_):
        return PrincipalType.ROOT
    if not id_.startswith("arn:"):
        return PrincipalType.SERVICE if ".amazonaws.com" in id_ else PrincipalType.FEDERATED
    resource = id_.split(":", 5)[-1]
    kinds = {
        "user": PrincipalType.USER,
        "role": PrincipalType.ROLE,
        "assumed-role": PrincipalType.SESSION,
        "root": PrincipalType.ROOT,
    }
    return kinds.get(resource.partition("/")[0], PrincipalType.FEDERATED)


def _name(kind: PrincipalType, service: str, resource: str) -> str | None:
    """The name in the last part of an ARN; None if it is not an ARN of that kind."""
    head, _, tail = resource.partition("/")
    match kind, service, head:
        case (PrincipalType.USER, "iam", "user") | (PrincipalType.ROLE, "iam", "role"):
            return tail.rpartition("/")[2] or None
        case (PrincipalType.SESSION, "sts", "assumed-role"):
            role, _, session = tail.partition("/")
            return role if session else None
        case (PrincipalType.ROOT, "iam", "root") if not tail:
            return "root"
        case (PrincipalType.FEDERATED, "sts", "federated-user"):
            return tail or None
        case (PrincipalType.FEDERATED, "iam", "saml-provider" | "oidc-provider"):
            return tail or None
    return None


def _check_issuer(issuer: str, id_: str, kind: PrincipalType, roles: str, name: str) -> None:
    """Raises `RequestError` unless the issuer is an ARN, and of a session the role's behind it."""
    right = _ARN.fullmatch(issuer) is not None
    if kind is PrincipalType.SESSION:
        right = right and roles in issuer and issuer.rpartition("/")[2].lower() == name.lower()
    if not right:
        raise RequestError(f"The issuer {issuer!r} is not the role or user behind {id_}.")


def _not_a(id_: str, kind: PrincipalType) -> RequestError:
    return RequestError(f"{id_!r} does not identify a principal of type {kind}.")
