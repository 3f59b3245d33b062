"""Amazon EC2: EBS volumes and snapshots."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import (
    Batch,
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


def _is_public(snapshot: Document) -> bool:
    """Only a snapshot that everybody can restore was asked about; the others are not public."""
    permissions = snapshot.get("CreateVolumePermissions") or ()
    return any(permission.get("Group") == "all" for permission in permissions)


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
            # Which of ours anybody may restore, 200 at a time; only those few are asked about
            # one by one, since the answer to that is the authority.
            Call(
                "ec2:DescribeSnapshots",
                items="Snapshots[]",
                into="Restorable",
                parameters={"RestorableByUserIds": ["all"]},
                batch=Batch("SnapshotIds", by="SnapshotId", match="SnapshotId", size=200),
            ),
            Call(
                _ATTRIBUTE,
                parameters={"Attribute": "createVolumePermission"},
                when="Restorable.SnapshotId",
            ),
        ),
        id="SnapshotId",
        arn="arn:{partition}:ec2:{region}:{account}:snapshot/{SnapshotId}",
        name=NAME_TAG,
        naming=Naming.SQUASHED,
        omit=("Restorable", "CreateVolumePermissions", "ProductCodes"),
        computed=(
            Computed(
                "ispublic",
                PropertyType.BOOLEAN,
                _is_public,
                _ATTRIBUTE,
                "Whether any AWS account may restore it.",
            ),
        ),
        relations=(
            points_to("AWSEBSVolume", "CREATED_FROM", by="VolumeId"),
            points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsKeyId"),
        ),
        description="A copy of a disk at a moment, owned by the account.",
    ),
)
