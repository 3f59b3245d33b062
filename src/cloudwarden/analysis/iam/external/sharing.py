"""Access from outside that no policy gives: S3 ACLs, KMS grants, shared snapshots and images."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam.external.blocks import Block
from cloudwarden.analysis.iam.external.kinds import Kind
from cloudwarden.analysis.iam.external.reading import account_of
from cloudwarden.schema.derived import Certainty

ACL, KMS_GRANT, SETTINGS = "AWSS3Acl", "AWSKMSGrant", "AWSEC2AccountSettings"
RAM_SHARE: Final = "AWSRAMResourceShare"
RAM_OPERATION: Final = "ram:GetResourceShareAssociations"

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
_ENFORCED: Final = "BucketOwnerEnforced"


@dataclass(frozen=True, slots=True)
class Share:
    """Somebody outside who is let in. `account` is the account that is named, if one is.

    `actions` is empty where what it may do is not read. `doubt` is what was not read and may keep
    it out.
    """

    kind: Kind
    who: str
    account: str | None
    actions: tuple[str, ...]
    certainty: Certainty
    condition: str | None
    through: str
    doubt: str | None = None


def acl_shares(
    grants: Iterable[Mapping[str, Any]], block: Block, ownership: str | None
) -> Iterator[Share]:
    """What the grants of a bucket's ACL open to others, after what silences them."""
    if ownership == _ENFORCED:
        return
    for grant in grants:
        actions = _acl_actions(str(grant.get("permission")))
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


@dataclass(frozen=True, slots=True)
class Copies:
    """How the assets of a label tell with whom they are shared."""

    label: str
    action: str
    operation: str
    accounts: str = ""
    owner: str = ""
    block: str = ""


#: RDS tells accounts; EC2 tells only whether everybody may.
COPIES: Final = (
    Copies(
        "AWSEBSSnapshot", "ec2:CreateVolume", "ec2:DescribeSnapshotAttribute",
        block="snapshot_block_public_access_state",
    ),
    Copies("AWSEC2Image", "ec2:RunInstances", "ec2:DescribeImages", owner="owner"),
    Copies(
        "AWSRDSSnapshot", "rds:RestoreDBInstanceFromDBSnapshot",
        "rds:DescribeDBSnapshotAttributes", accounts="shared_with",
    ),
    Copies(
        "AWSRDSClusterSnapshot", "rds:RestoreDBClusterFromSnapshot",
        "rds:DescribeDBClusterSnapshotAttributes", accounts="shared_with",
    ),
)  # fmt: skip

LABELS: Final = frozenset(
    {ACL, KMS_GRANT, SETTINGS, RAM_SHARE, *(copies.label for copies in COPIES)}
)


def copy_shares(
    asset: EstateAsset, copies: Copies, blocked: Mapping[tuple[str, str], Any]
) -> Iterator[Share]:
    """Whom a snapshot or image is shared with. `blocked` has EC2's settings by place."""
    if copies.owner and asset.get(copies.owner) != asset.account:
        return
    settings = blocked.get((asset.account, asset.region)) or {}
    if copies.block and settings.get(copies.block) == "block-all-sharing":
        return
    through = "sharing"
    if asset.get("ispublic"):
        yield Share(
            Kind.AUTHENTICATED, "any AWS principal", None, (copies.action,), Certainty.SURE, None,
            through,
        )  # fmt: skip
    for account in asset.get(copies.accounts) or () if copies.accounts else ():
        if account not in {"all", asset.account}:
            yield Share(
                Kind.ACCOUNT, f"account {account}", account, (copies.action,), Certainty.SURE,
                None, through,
            )  # fmt: skip


def ram_shares(asset: EstateAsset, owner: str) -> Iterator[Share]:
    """Whom outside its account a resource share is shared with; not what its permissions allow."""
    for principal in map(str, asset.get("shared_with") or ()):
        condition: str | None = None
        account = None
        parts = principal.split(":")
        if principal.endswith((".amazonaws.com", ".amazonaws.com.cn")):
            kind, who = Kind.SERVICE, principal
            condition = "unless the share, whose sources were not read, ties it to some"
        elif len(parts) > 5 and parts[2] == "organizations":
            kind, who = Kind.ORGANIZATION, parts[5].replace("/", " ", 1)
        else:
            account = account_of(principal)
            if account == owner:
                continue
            is_whole = account is not None and principal.endswith((":root", account))
            kind = Kind.ACCOUNT if is_whole else Kind.PRINCIPAL
            who = f"account {account}" if is_whole else principal
        certainty = Certainty.CONDITIONAL if condition else Certainty.SURE
        yield Share(kind, who, account, (), certainty, condition, "resource share")


def grants_by(estate: Estate, label: str, relation: str) -> dict[str, list[Mapping[str, Any]]]:
    """The properties of parts by the id of what they apply to."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for asset in estate.assets(label):
        for target in asset.targets(relation):
            found[target].append(asset.properties)
    return found


def settings_by_place(estate: Estate) -> dict[tuple[str, str], Mapping[str, Any]]:
    """EC2's settings by account and region."""
    return {(one.account, one.region): one.properties for one in estate.assets(SETTINGS)}


def _acl_actions(permission: str) -> tuple[str, ...]:
    if permission == "FULL_CONTROL":
        return tuple(action for actions in ACL_ACTIONS.values() for action in actions)
    return ACL_ACTIONS.get(permission, ())
