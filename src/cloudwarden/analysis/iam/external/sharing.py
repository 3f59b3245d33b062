"""Access from outside that no policy gives: what a share is, and S3 ACLs and KMS grants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cloudwarden.analysis.estate import Estate
from cloudwarden.analysis.iam.external.blocks import Block
from cloudwarden.analysis.iam.external.kinds import Kind
from cloudwarden.analysis.iam.external.reading import account_of
from cloudwarden.schema.derived import Certainty

ACL, KMS_GRANT = "AWSS3Acl", "AWSKMSGrant"
LABELS: Final = frozenset({ACL, KMS_GRANT})

#: What each permission of an ACL of a bucket allows.
ACL_ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "READ": ("s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"),
    "WRITE": ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
}
_GROUPS: Final = {
    "/groups/global/AllUsers": (Kind.ANONYMOUS, "anybody, signed in or not"),
    "/groups/global/AuthenticatedUsers": (Kind.AUTHENTICATED, "any AWS principal"),
}
ENFORCED: Final = "BucketOwnerEnforced"


@dataclass(frozen=True, slots=True)
class Share:
    """Somebody outside who is let in. `account` is the account that is named, if one is.

    `actions` is empty where what it may do is not read. `doubt` is what was not read and may keep
    it out. `organization` is the one that is named, if one is.
    """

    kind: Kind
    who: str
    account: str | None
    actions: tuple[str, ...]
    certainty: Certainty
    condition: str | None
    through: str
    doubt: str | None = None
    organization: str | None = None


def acl_shares(
    grants: Iterable[Mapping[str, Any]], block: Block, ownership: str | None
) -> Iterator[Share]:
    """What the grants of a bucket's ACL open to others, after what silences them."""
    if ownership == ENFORCED:
        return
    for grant in grants:
        actions = acl_actions(str(grant.get("permission")))
        uri = str(grant.get("uri") or "")
        group = next((found for end, found in _GROUPS.items() if uri.endswith(end)), None)
        if group is not None:
            if block.ignore_public_acls:
                continue
            certainty, doubt = Certainty.SURE, None
            if block.ignore_public_acls is None:
                certainty = Certainty.CONDITIONAL
                doubt = f"unless a public access block ignores it, but {block.unread} was not read"
            yield Share(*group, None, actions, certainty, doubt, "ACL", doubt)
        elif uri.endswith("/groups/s3/LogDelivery"):
            continue
        else:
            who = grant.get("granteeid") or grant.get("email")
            if who and who != grant.get("ownerid"):
                yield Share(
                    Kind.CANONICAL, f"canonical user {who}", None, actions, Certainty.SURE, None,
                    "ACL",
                )  # fmt: skip


def key_shares(grants: Iterable[Mapping[str, Any]], owner: str) -> Iterator[Share]:
    """The grants of a key that are to principals of other accounts."""
    for grant in grants:
        grantee = str(grant.get("grantee_principal") or "")
        account = account_of(grantee)
        if account is None or account == owner:
            continue
        limits = [
            f"{name.removeprefix('constraints_')}: {grant[name]}"
            for name in sorted(grant)
            if name.startswith("constraints_") and grant[name]
        ]
        kind = Kind.ACCOUNT if grantee.endswith((":root", account)) else Kind.PRINCIPAL
        who = f"account {account}" if kind is Kind.ACCOUNT else grantee
        actions = tuple(f"kms:{name}" for name in grant.get("operations") or ())
        yield Share(
            kind, who, account, actions, Certainty.SURE, "; ".join(limits) or None, "KMS grant"
        )


def organization_of(arn: str) -> str | None:
    """The organization, or `organization/unit`, of an ARN of either; None of any other text."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[2] != "organizations":
        return None
    kind, _, rest = parts[5].partition("/")
    return rest if kind in {"organization", "ou"} and rest else None


def grants_by(estate: Estate, label: str, relation: str) -> dict[str, list[Mapping[str, Any]]]:
    """The properties of parts by the id of what they apply to."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for asset in estate.assets(label):
        for target in asset.targets(relation):
            found[target].append(asset.properties)
    return found


def acl_actions(permission: str) -> tuple[str, ...]:
    """What a permission of an ACL of a bucket allows."""
    if permission == "FULL_CONTROL":
        return tuple(action for actions in ACL_ACTIONS.values() for action in actions)
    return ACL_ACTIONS.get(permission, ())
