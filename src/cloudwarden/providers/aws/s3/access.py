"""What anybody may do with a bucket: its policy, its ACL, and what blocks them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudwarden.providers.aws.iam.policies import as_list, statements_of
from cloudwarden.providers.aws.resource_policies import anonymous_actions

Document = Mapping[str, Any]

#: Groups of grantees that anybody belongs to: everyone, and everyone with some AWS account.
_ANYBODY = ("/groups/global/AllUsers", "/groups/global/AuthenticatedUsers")

#: What each permission of a bucket's ACL allows.
_ACL_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "READ": ("s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"),
    "WRITE": ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
}


def is_public_grant(grant: Document) -> bool:
    """Whether an ACL's grant is to anybody."""
    return str((grant.get("Grantee") or {}).get("URI") or "").endswith(_ANYBODY)


def bucket_anonymous_actions(
    policy: Any, acl: Document, block: Document, ownership: str | None
) -> list[str]:
    """The actions open to anybody, sorted.

    `block` is the bucket's public access block: it silences ACLs (`IgnorePublicAcls`) and public
    policies (`RestrictPublicBuckets`); an owner-enforced bucket has no ACLs in force at all.
    """
    actions: set[str] = set()
    if not block.get("RestrictPublicBuckets"):
        actions.update(anonymous_actions(policy))
    if not block.get("IgnorePublicAcls") and ownership != "BucketOwnerEnforced":
        for grant in acl.get("Grants") or ():
            if is_public_grant(grant):
                actions.update(_acl_actions(str(grant.get("Permission"))))
    return sorted(actions)


def denies_without_tls(policy: Any) -> bool:
    """Whether a bucket's policy denies everybody every request that is not encrypted on the way."""
    return any(
        statement.get("Effect") == "Deny"
        and _is_everybody(statement.get("Principal"))
        and any(action in ("*", "s3:*") for action in as_list(statement.get("Action")))
        and _only_without_tls(statement.get("Condition") or {})
        for statement in statements_of(policy)
    )


def _is_everybody(principal: Any) -> bool:
    return principal == "*" or (
        isinstance(principal, Mapping) and "*" in as_list(principal.get("AWS"))
    )


def _only_without_tls(condition: Mapping[str, Any]) -> bool:
    """One test alone: with a second one some requests without TLS would pass."""
    tests = [
        (operator.lower(), key.lower(), [str(value).lower() for value in as_list(values)])
        for operator, keys in condition.items()
        for key, values in keys.items()
    ]
    return tests == [("bool", "aws:securetransport", ["false"])]


def _acl_actions(permission: str) -> tuple[str, ...]:
    if permission == "FULL_CONTROL":
        return tuple(action for actions in _ACL_ACTIONS.values() for action in actions)
    return _ACL_ACTIONS.get(permission, ())
