"""The layers of policies that bear on a request, and which of them apply to whom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from cloudwarden.analysis.iam.policies import Policy
from cloudwarden.analysis.iam.requests import PrincipalType, Request
from cloudwarden.analysis.iam.truth import Truth


class Layer(StrEnum):
    """What can decide a request, in the order in which denials are looked for."""

    #: The service itself, whatever policies say.
    SERVICE = "service"
    SCP = "scp"
    RCP = "rcp"
    ENDPOINT = "endpoint"
    #: The resource's own policy; of a role, its trust policy.
    RESOURCE = "resource"
    IDENTITY = "identity"
    BOUNDARY = "boundary"
    SESSION = "session"


_WORDS = {
    Layer.SERVICE: "the service itself",
    Layer.SCP: "service control policies",
    Layer.RCP: "resource control policies",
    Layer.ENDPOINT: "the VPC endpoint's policy",
    Layer.IDENTITY: "identity policies",
    Layer.BOUNDARY: "the permissions boundary",
    Layer.SESSION: "the session policy",
}


def words(layer: Layer, request: Request) -> str:
    """What people call a layer where it bears on a request."""
    if layer is not Layer.RESOURCE:
        return _WORDS[layer]
    if defers_to_account(request):
        return "the resource's policy"
    return "the key's policy" if request.service == "kms" else "the role's trust policy"


@dataclass(frozen=True, slots=True)
class Attached:
    """A policy where it is attached. `name` is what people call it, `where` what it hangs on."""

    policy: Policy
    name: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Layers:
    """Every policy that may bear on a request.

    `identity` has the user's and its groups', or the role's. `scps` and `rcps` are by level, from
    the root of the organization to the account: no levels, no such policies. `boundary`, `session`
    and `endpoint` are None or empty where there is none. `resource` None says that the resource
    has no policy, save for KMS keys and roles, which always have one: theirs was then not read.
    `behind` is the policy of the bucket behind an access point. `unread` names layers of which
    something was not read, which may allow or deny anything; `unread_levels` single levels of an
    organization (of SCPs or RCPs) where the others were read whole. `bounded` says that there is
    a boundary although it was not read.
    """

    identity: tuple[Attached, ...] = ()
    boundary: Attached | None = None
    session: tuple[Attached, ...] = ()
    scps: tuple[tuple[Attached, ...], ...] = ()
    rcps: tuple[tuple[Attached, ...], ...] = ()
    resource: Attached | None = None
    behind: Attached | None = None
    endpoint: Attached | None = None
    unread: frozenset[Layer] = frozenset()
    unread_levels: frozenset[tuple[Layer, int]] = frozenset()
    bounded: bool = False

    @property
    def has_boundary(self) -> Truth:
        """Whether the caller has a permissions boundary, as far as was read."""
        if self.boundary is not None or self.bounded:
            return Truth.SURE
        return Truth.MAYBE if Layer.BOUNDARY in self.unread else Truth.NEVER

    def is_whole(self, layer: Layer, level: int | None = None) -> bool:
        """Whether a layer, or one level of it, was read whole."""
        return layer not in self.unread and (layer, level) not in self.unread_levels


#: Who has policies of its own. A root user needs none; others have none.
_WITH_IDENTITY = frozenset(
    {PrincipalType.USER, PrincipalType.ROLE, PrincipalType.SESSION, PrincipalType.FEDERATED}
)


def identity_applies(request: Request) -> bool:
    """Whether the caller has identity policies, a session policy and so on."""
    who = request.principal
    return who.type in _WITH_IDENTITY and not who.is_provider


def boundary_applies(request: Request) -> bool:
    """Whether a permissions boundary limits the caller."""
    return identity_applies(request) and not request.principal.is_service_linked


def scps_apply(request: Request) -> bool:
    """Whether the service control policies of the caller's account bind it.

    They bind users, roles and root of member accounts; not service-linked roles.
    """
    if request.from_management_account or request.principal.is_service_linked:
        return False
    return identity_applies(request) or request.principal.type is PrincipalType.ROOT


def rcps_apply(request: Request, services: Collection[str]) -> bool:
    """Whether the resource control policies of the resource's account bind the request.

    They bind everyone, outsiders included, for the services that have them.
    """
    if request.on_management_account or request.aws_managed_key:
        return False
    return not request.principal.is_service_linked and request.service in services


def defers_to_account(request: Request) -> bool:
    """Whether identity policies of the resource's own account suffice for it.

    Not for KMS keys and for assuming roles: there the resource's policy must leave it to them.
    """
    parts = request.resource.split(":", 5)
    if len(parts) < 6:
        return True
    service = request.service
    return not (
        (service == "kms" and parts[2] == "kms" and parts[5].startswith("key/"))
        or (service == "sts" and parts[2] == "iam" and parts[5].startswith("role/"))
    )
