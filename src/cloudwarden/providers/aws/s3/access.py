"""What anybody may do with a bucket: its policy, its ACL, and what blocks them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudwarden.providers.aws.resource_policies import anonymous_actions, requires_tls

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


def is_tls_only(policy: Any, arn: str) -> bool:
    """Whether the bucket's policy denies everybody requests without TLS."""
    return requires_tls(policy, "s3", f"{arn}/")


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


def _acl_actions(permission: str) -> tuple[str, ...]:
    if permission == "FULL_CONTROL":
        return tuple(action for actions in _ACL_ACTIONS.values() for action in actions)
    return _ACL_ACTIONS.get(permission, ())
