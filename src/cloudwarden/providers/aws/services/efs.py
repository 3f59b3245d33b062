"""Amazon EFS: file systems, their mount targets and access points."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Part, Path, Resource, points_to
from cloudwarden.providers.aws.resource_policies import anonymous

RESOURCES = (
    Resource(
        label="AWSEfsFileSystem",
        aliases=("EfsFileSystem",),
        groups=("FileStorage",),
        description="A shared file system.",
        list=Call("efs:DescribeFileSystems", items="FileSystems[]"),
        details=(
            Call("efs:DescribeFileSystemPolicy", into="Resource", absent=("PolicyNotFound",)),
        ),
        id="FileSystemId",
        arn="FileSystemArn",
        name="Name",
        names={
            "LifeCycleState": "lifecycle_state",
            "FileSystemProtection.ReplicationOverwriteProtection": "file_system_protection",
            "Resource.Policy": "policy",
        },
        omit=(
            # Metered sizes and the moment of metering change by themselves.
            "SizeInBytes.Timestamp",
            "SizeInBytes.ValueInIA",
            "SizeInBytes.ValueInStandard",
            "SizeInBytes.ValueInArchive",
            "Resource.FileSystemId",
        ),
        volatile=("SizeInBytes.Value",),
        computed=anonymous("efs:DescribeFileSystemPolicy", by="Resource.Policy"),
        relations=(points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsKeyId"),),
        parts=(
            Part(
                label="AWSEfsMountTarget",
                aliases=("EfsMountTarget",),
                description="Where a subnet reaches a file system.",
                list=Call(
                    "efs:DescribeMountTargets",
                    items="MountTargets[]",
                    parameters={"FileSystemId": Path("FileSystemId")},
                ),
                id="MountTargetId",
                name="MountTargetId",
                parent_relation="ATTACHED_TO",
                names={"LifeCycleState": "lifecycle_state", "FileSystemId": "file_system_id"},
                relations=(
                    points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="SubnetId"),
                    points_to("AWSNetworkInterface", "NETWORK_INTERFACE", by="NetworkInterfaceId"),
                ),
            ),
        ),
    ),
    Resource(
        label="AWSEfsAccessPoint",
        aliases=("EfsAccessPoint",),
        description="An entry to a file system with a user and a root of its own.",
        list=Call("efs:DescribeAccessPoints", items="AccessPoints[]"),
        id="AccessPointArn",
        arn="AccessPointArn",
        name="Name",
        names={
            "LifeCycleState": "lifecycle_state",
            "PosixUser.Uid": "posix_uid",
            "PosixUser.Gid": "posix_gid",
        },
        omit=("ClientToken",),
        relations=(points_to("AWSEfsFileSystem", "ACCESS_POINT_OF", by="FileSystemId"),),
    ),
)
