"""What lets in or keeps out beside a resource's own policy, as statements of that policy.

Grants of KMS keys and ACLs of buckets let in, and S3's public access block keeps out, without a
word in the policy. Written as statements they are weighed like all others by whoever asks, and
explained by their names. Follows "Grants in AWS KMS", "Access control list (ACL) overview" and
"Blocking public access to your Amazon S3 storage". Grants of an ACL to canonical users are left
out: whose these ids are is not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam import documents
from cloudwarden.analysis.iam.documents import PolicyError
from cloudwarden.analysis.iam.external import blocks, sharing
from cloudwarden.analysis.iam.external.blocks import Block
from cloudwarden.analysis.iam.policies import PolicyCompiler, PolicyKind
from cloudwarden.core.json import dumps

#: What is read beside the resources and their policies.
LABELS: Final = frozenset({sharing.KMS_GRANT, sharing.ACL, blocks.ACCOUNT_BLOCK})

_BUCKET, _KEY = "AWSS3Bucket", "AWSKMSKey"
_LIST_GRANTS: Final = "kms:ListGrants"
#: Operations without an encryption context, which grants therefore cannot tie to one.
_WITHOUT_CONTEXT: Final = frozenset(
    {
        "DeriveSharedSecret", "DescribeKey", "GenerateMac", "GetPublicKey", "RetireGrant", "Sign",
        "Verify", "VerifyMac",
    }
)  # fmt: skip
_ACL, _OWNERSHIP = "s3:GetBucketAcl", "s3:GetBucketOwnershipControls"
#: Stand for settings that were not read: no request's context has them, so that they are unknown.
_RESTRICTS: Final = "cloudwarden:RestrictPublicBuckets"
_IGNORES: Final = "cloudwarden:IgnorePublicAcls"


class BesidePolicies:
    """Adds to the policies of one estate's resources what counts beside them."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._grants = sharing.grants_by(estate, sharing.KMS_GRANT, "APPLIED_ON")
        self._acls = sharing.grants_by(estate, sharing.ACL, "APPLIES_TO")
        self._compiler = PolicyCompiler()

    def joined(self, asset: EstateAsset, text: str | None) -> str | None:
        """A resource's policy (None: it has none) with what counts beside it.

        As it was where nothing does.
        """
        if asset.label == _KEY:
            grants = self._grants.get(asset.id, ())
            return _with(text, [s for grant in grants for s in _of_grant(grant)])
        if asset.label == _BUCKET:
            acl = self._acls.get(asset.id, ())
            if acl or text is not None:
                block = blocks.block_in_force(self._estate, asset)
                opened = list(_of_acl(acl, block, asset))
                return _with(text, [*self._restriction(asset, text, block), *opened])
        return text

    def doubt(self, asset: EstateAsset) -> str:
        """What was not read and may let in more, in words; empty where everything was."""
        if asset.label == _KEY and _LIST_GRANTS in asset.unread:
            return "its grants were not read"
        if asset.label == _BUCKET and _ACL in asset.unread and not _is_enforced(asset):
            return "its access control list was not read"
        return ""

    def _restriction(
        self, bucket: EstateAsset, text: str | None, block: Block
    ) -> Iterator[dict[str, Any]]:
        """The denial that RestrictPublicBuckets is, where a policy is public by AWS's test."""
        if block.restrict_public_buckets is False or text is None:
            return
        if not self._is_public(bucket, text):
            return
        conditions: dict[str, dict[str, str]] = {
            "StringNotEquals": {"aws:PrincipalAccount": bucket.account},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        }
        if block.restrict_public_buckets is None:
            conditions["Bool"] = {_RESTRICTS: "true"}
        yield {
            "Sid": "public access block: RestrictPublicBuckets",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "*",
            "Resource": "*",
            "Condition": conditions,
        }

    def _is_public(self, bucket: EstateAsset, text: str) -> bool:
        told = bucket.get("policy_is_public")
        if told is not None:
            return bool(told)
        try:
            return blocks.is_public(self._compiler.compile(text, PolicyKind.RESOURCE))
        except PolicyError:
            return False


def _of_grant(grant: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A grant as statements: one for what an encryption context can limit, one for the rest."""
    grantee = str(grant.get("grantee_principal") or "")
    service = grantee.endswith((".amazonaws.com", ".amazonaws.com.cn"))
    if not (service or grantee.startswith("arn:")):
        # AWS itself, under a name of its own.
        return
    statement = {
        "Sid": f"grant {grant.get('grant_id') or grant.get('name') or ''}".strip(),
        "Effect": "Allow",
        "Principal": {"Service" if service else "AWS": grantee},
        "Resource": "*",
    }
    limits = _limits(grant)
    operations = [str(one) for one in grant.get("operations") or ()]
    limited = [one for one in operations if limits and one not in _WITHOUT_CONTEXT]
    free = [one for one in operations if one not in limited]
    if free:
        yield {**statement, "Action": [f"kms:{one}" for one in free]}
    if limited:
        yield {**statement, "Action": [f"kms:{one}" for one in limited], "Condition": limits}


def _of_acl(
    grants: Iterable[Mapping[str, Any]], block: Block, bucket: EstateAsset
) -> Iterator[dict[str, Any]]:
    """What an ACL opens to everybody, or to everybody with credentials of AWS."""
    if block.ignore_public_acls or _is_enforced(bucket):
        return
    for grant in grants:
        uri = str(grant.get("uri") or "")
        conditions: dict[str, dict[str, str]] = {}
        if uri.endswith("/groups/global/AuthenticatedUsers"):
            conditions["StringNotEquals"] = {"aws:PrincipalType": "Anonymous"}
        elif not uri.endswith("/groups/global/AllUsers"):
            continue
        if block.ignore_public_acls is None:
            conditions["Bool"] = {_IGNORES: "false"}
        yield {
            "Sid": f"ACL: {grant.get('permission')} to {uri.rpartition('/')[2]}",
            "Effect": "Allow",
            "Principal": "*",
            "Action": list(sharing.acl_actions(str(grant.get("permission")))),
            "Resource": "*",
            **({"Condition": conditions} if conditions else {}),
        }


def _is_enforced(bucket: EstateAsset) -> bool:
    """Whether a bucket is known to have its ACL switched off."""
    if _OWNERSHIP in bucket.unread:
        return False
    ownership: str | None = bucket.get("object_ownership")
    return ownership == sharing.ENFORCED


def _limits(grant: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    limits: dict[str, dict[str, str]] = {}
    for name in ("equals", "subset"):
        told = grant.get(f"constraints_encryption_context_{name}")
        pairs = documents.read(told) if isinstance(told, str) else told or {}
        for key, value in pairs.items():
            keys = limits.setdefault("StringEquals", {})
            keys[f"kms:EncryptionContext:{key}"] = str(value)
    source = grant.get("constraints_source_arn")
    if source:
        limits["ArnEquals"] = {"aws:SourceArn": str(source)}
    return limits


def _with(text: str | None, statements: Iterable[Mapping[str, Any]]) -> str | None:
    """The policy with more statements; one that cannot be understood stays as it is."""
    added = [one for one in statements if one["Action"]]
    if not added:
        return text
    if text is None:
        return dumps({"Version": "2012-10-17", "Statement": added})
    try:
        policy = documents.read(text)
        found = documents.statements(policy)
    except PolicyError:
        return text
    return dumps({**policy, "Statement": [*found, *added]})
