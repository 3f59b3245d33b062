"""Amazon EC2: EBS volumes and snapshots."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import (
    Call,
    Computed,
    Document,
    Naming,
    Path,
    Resource,
    points_to,
)
from cloudwarden.providers.aws.ec2.identifiers import NAME_TAG
from cloudwarden.schema.labels import PropertyType

_ATTRIBUTE = "ec2:DescribeSnapshotAttribute"


def _deleted_with_instance(volume: Document) -> bool | None:
    """Whether the volume goes when its instance does; of several instances, the first."""
    for attachment in volume.get("Attachments") or ():
        return bool(attachment.get("DeleteOnTermination"))
    return None


def _shared_with(snapshot: Document) -> list[str]:
    """The accounts that a snapshot was shared with; `all` is everybody."""
    permissions = snapshot.get("CreateVolumePermissions") or ()
    return sorted(str(one.get("Group") or one.get("UserId")) for one in permissions)


def _is_public(snapshot: Document) -> bool:
    return "all" in _shared_with(snapshot)


RESOURCES = (
    Resource(
        label="AWSEBSVolume",
        aliases=("EBSVolume",),
        groups=("BlockStorage",),
        list=Call("ec2:DescribeVolumes", items="Volumes[]"),
        id="VolumeId",
        arn="arn:{partition}:ec2:{region}:{account}:volume/{VolumeId}",
        name=NAME_TAG,
        naming=Naming.SQUASHED,
        names={"VolumeType": "type"},
        omit=("Attachments", "VolumeArn"),
        computed=(
            Computed(
                "deleteontermination",
                PropertyType.BOOLEAN,
                _deleted_with_instance,
                "ec2:DescribeVolumes",
                "Whether it is deleted with the instance that it is attached to.",
            ),
        ),
        relations=(
            points_to("AWSEC2Instance", "ATTACHED_TO", by="Attachments[].InstanceId"),
            points_to("AWSEBSSnapshot", "RESTORED_FROM", by="SnapshotId"),
            points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsKeyId"),
        ),
        description="A disk.",
    ),
    Resource(
        label="AWSEBSSnapshot",
        volatile=("Progress",),
        aliases=("EBSSnapshot",),
        groups=("Snapshot",),
        list=Call(
            "ec2:DescribeSnapshots",
            items="Snapshots[]",
            parameters={
                "OwnerIds": ["self"],
                "Filters": [{"Name": "owner-id", "Values": [Path("{account}")]}],
            },
        ),
        details=(
            # No listing tells whom one is shared with, but for everybody.
            Call(_ATTRIBUTE, parameters={"Attribute": "createVolumePermission"}),
        ),
        id="SnapshotId",
        arn="arn:{partition}:ec2:{region}:{account}:snapshot/{SnapshotId}",
        name=NAME_TAG,
        naming=Naming.SQUASHED,
        omit=("CreateVolumePermissions", "ProductCodes"),
        computed=(
            Computed(
                "ispublic",
                PropertyType.BOOLEAN,
                _is_public,
                _ATTRIBUTE,
                "Whether any AWS account may restore it.",
            ),
            Computed(
                "shared_with",
                PropertyType.STRINGS,
                _shared_with,
                _ATTRIBUTE,
                "Accounts that may restore it; `all` means every one.",
            ),
        ),
        relations=(
            points_to("AWSEBSVolume", "CREATED_FROM", by="VolumeId"),
            points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsKeyId"),
        ),
        description="A copy of a disk at a moment, owned by the account.",
    ),
)
