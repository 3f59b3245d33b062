"""What AWS itself allows or refuses, whatever policies say."""

from __future__ import annotations

from cloudwarden.analysis.iam.requests import PrincipalType, Request

#: Actions that cannot be denied to anybody who has credentials.
_UNDENIABLE = frozenset({"sts:getcalleridentity"})

_POLICY_WRITES = frozenset(
    {
        "iam:createpolicy",
        "iam:createpolicyversion",
        "iam:deletepolicy",
        "iam:deletepolicyversion",
        "iam:setdefaultpolicyversion",
        "iam:tagpolicy",
        "iam:untagpolicy",
    }
)
_ROLE_WRITES = frozenset(
    {
        "iam:attachrolepolicy",
        "iam:deleterole",
        "iam:deleterolepermissionsboundary",
        "iam:deleterolepolicy",
        "iam:detachrolepolicy",
        "iam:passrole",
        "iam:putrolepermissionsboundary",
        "iam:putrolepolicy",
        "iam:updateassumerolepolicy",
        "iam:updaterole",
    }
)
#: Of a service-linked role these are for its account, which may create, tag and delete it.
_RESERVED_WRITES = _ROLE_WRITES | {
    "iam:createrole",
    "iam:createservicelinkedrole",
    "iam:deleteservicelinkedrole",
    "iam:tagrole",
    "iam:untagrole",
    "iam:updateroledescription",
}
_ALIAS_WRITES = frozenset({"kms:createalias", "kms:deletealias", "kms:updatealias"})

#: Actions, the start of the last part of a resource's ARN, and why AWS refuses them on those.
_REFUSALS = (
    (
        _RESERVED_WRITES,
        "role/aws-reserved/",
        "roles of IAM Identity Center are edited only through it",
    ),
    (_ROLE_WRITES, "role/aws-service-role/", "service-linked roles belong to their service"),
    (_ALIAS_WRITES, "alias/aws/", "aliases that begin with aws/ are reserved for AWS"),
)


def cannot_be_denied(request: Request) -> bool:
    """Whether the action succeeds whatever policies say."""
    return (
        request.action.lower() in _UNDENIABLE
        and request.principal.type is not PrincipalType.ANONYMOUS
    )


def refusal(request: Request) -> str | None:
    """Why AWS refuses the request to any customer; None if it does not."""
    who = request.principal
    if who.type is PrincipalType.SERVICE or who.is_service_linked:
        return None
    parts = request.resource.split(":", 5)
    if len(parts) < 6:
        return None
    action = request.action.lower()
    if parts[4] == "aws" and action in _POLICY_WRITES:
        return "policies that AWS manages cannot be changed"
    for actions, start, reason in _REFUSALS:
        if action in actions and parts[5].startswith(start):
            return reason
    return None
