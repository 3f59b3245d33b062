"""A request that shows what a share lets somebody do, where no policy was searched for one."""

from __future__ import annotations

from typing import Any

from cloudwarden.analysis.iam.external.kinds import Kind
from cloudwarden.analysis.iam.external.reading import DEFAULT_PARTITION, STRANGER, partition_of
from cloudwarden.analysis.iam.external.sharing import Share
from cloudwarden.analysis.iam.requests import PrincipalType, RequestError, principal


def witness_of(share: Share, resource: str) -> dict[str, Any] | None:
    """The request; None where what may be done, or by whom, has no name in requests."""
    if not share.actions:
        return None
    partition = partition_of(resource) or DEFAULT_PARTITION
    context: dict[str, str] = {}
    type_ = PrincipalType.USER
    match share.kind:
        case Kind.ANONYMOUS:
            who, type_ = "*", PrincipalType.ANONYMOUS
        case Kind.AUTHENTICATED:
            who = f"arn:{partition}:iam::{STRANGER}:user/outsider"
        case Kind.ORGANIZATION:
            who = f"arn:{partition}:iam::{STRANGER}:user/outsider"
            context = {"aws:PrincipalOrgID": share.organization or ""}
        case Kind.ACCOUNT:
            who, type_ = f"arn:{partition}:iam::{share.account}:root", PrincipalType.ROOT
        case Kind.PRINCIPAL:
            who = share.who
            try:
                type_ = principal(who).type
            except RequestError:
                return None
        case Kind.SERVICE:
            who, type_ = share.who.partition(" ")[0], PrincipalType.SERVICE
            if share.account is not None:
                context = {"aws:SourceAccount": share.account}
        case _:
            return None
    return {
        "principal": who,
        "principal_type": str(type_),
        "action": share.actions[0],
        "resource": resource,
        "context": context,
    }
