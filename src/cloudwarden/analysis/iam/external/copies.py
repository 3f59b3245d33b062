"""Whom snapshots and images are shared with: accounts, organizations and their units, everybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam.external.kinds import Kind
from cloudwarden.analysis.iam.external.sharing import Share, organization_of
from cloudwarden.schema.derived import Certainty

SETTINGS: Final = "AWSEC2AccountSettings"
_SHARED, _EVERYBODY = "shared_with", "all"
_SNAPSHOT_BLOCK: Final = "snapshot_block_public_access_state"
_BLOCK_OPERATION: Final = "ec2:GetSnapshotBlockPublicAccessState"
_BLOCKING: Final = "block-all-sharing"


@dataclass(frozen=True, slots=True)
class Copies:
    """How the assets of a label tell with whom they are shared.

    `operation` tells it. `owner` is the property that holds the account that owns one, where
    those of others are collected too; `key` the one that holds the key that an encrypted one needs;
    `is_blocked` is whether EC2's settings of a region can take back what everybody may use.
    """

    label: str
    action: str
    operation: str
    owner: str = ""
    key: str = ""
    is_blocked: bool = False


COPIES: Final = (
    Copies(
        "AWSEBSSnapshot", "ec2:CreateVolume", "ec2:DescribeSnapshotAttribute",
        key="kmskeyid", is_blocked=True,
    ),
    Copies("AWSEC2Image", "ec2:RunInstances", "ec2:DescribeImageAttribute", owner="owner"),
    Copies(
        "AWSRDSSnapshot", "rds:RestoreDBInstanceFromDBSnapshot",
        "rds:DescribeDBSnapshotAttributes", key="kms_key_id",
    ),
    Copies(
        "AWSRDSClusterSnapshot", "rds:RestoreDBClusterFromSnapshot",
        "rds:DescribeDBClusterSnapshotAttributes", key="kms_key_id",
    ),
)  # fmt: skip
LABELS: Final = frozenset({SETTINGS, *(copies.label for copies in COPIES)})


def copy_shares(
    asset: EstateAsset, copies: Copies, settings: Mapping[tuple[str, str], EstateAsset]
) -> Iterator[Share]:
    """Whom a snapshot or image is shared with. `settings` has EC2's by account and region."""
    if copies.owner and asset.get(copies.owner) != asset.account:
        return
    key = asset.get(copies.key) if copies.key and asset.get("encrypted") else None
    # Whoever uses an encrypted one has to be let use its key too.
    needs = f"if key {key} lets it decrypt too" if key else None
    actions = (copies.action,)
    shared_with = [str(one) for one in asset.get(_SHARED) or ()]
    if asset.get("ispublic") or _EVERYBODY in shared_with:
        yield from _public(asset, copies, actions, settings.get((asset.account, asset.region)))
    for one in shared_with:
        certainty = Certainty.CONDITIONAL if needs else Certainty.SURE
        organization = organization_of(one)
        if organization is not None:
            yield Share(
                Kind.ORGANIZATION, f"organization {organization}", None, actions, certainty, needs,
                "sharing", organization=organization.partition("/")[0],
            )  # fmt: skip
        elif one not in {_EVERYBODY, asset.account}:
            yield Share(Kind.ACCOUNT, f"account {one}", one, actions, certainty, needs, "sharing")


def _public(
    asset: EstateAsset, copies: Copies, actions: tuple[str, ...], settings: EstateAsset | None
) -> Iterator[Share]:
    certainty, doubt = Certainty.SURE, None
    if copies.is_blocked:
        state: Any = None
        if settings is not None and _BLOCK_OPERATION not in settings.unread:
            state = settings.get(_SNAPSHOT_BLOCK)
        if state == _BLOCKING:
            return
        if state is None:
            certainty = Certainty.CONDITIONAL
            doubt = (
                f"unless account {asset.account} blocks public access to snapshots in "
                f"{asset.region}, which was not read"
            )
    yield Share(
        Kind.AUTHENTICATED, "any AWS principal", None, actions, certainty, doubt, "sharing", doubt
    )


def settings_by_place(estate: Estate) -> dict[tuple[str, str], EstateAsset]:
    """EC2's settings by account and region."""
    return {(one.account, one.region): one for one in estate.assets(SETTINGS)}
