"""Amazon EC2: launch templates with their latest and default versions, and reserved instances."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Naming, Resource, points_to

_DATA = "LaunchTemplateData"

RESOURCES = (
    Resource(
        label="AWSLaunchTemplate",
        aliases=("LaunchTemplate",),
        list=Call("ec2:DescribeLaunchTemplates", items="LaunchTemplates[]"),
        id="LaunchTemplateId",
        arn="arn:{partition}:ec2:{region}:{account}:launch-template/{LaunchTemplateId}",
        name="LaunchTemplateName",
        description="How instances are started; the settings are in its versions.",
    ),
    Resource(
        label="AWSLaunchTemplateVersion",
        aliases=("LaunchTemplateVersion",),
        # Asked for all templates at once: older versions start nothing unless named.
        list=Call(
            "ec2:DescribeLaunchTemplateVersions",
            items="LaunchTemplateVersions[]",
            parameters={"Versions": ["$Latest", "$Default"]},
        ),
        id="{LaunchTemplateId}-{VersionNumber}",
        name="LaunchTemplateName",
        names={
            f"{_DATA}.KernelId": "kernel_id",
            f"{_DATA}.EbsOptimized": "ebs_optimized",
            f"{_DATA}.IamInstanceProfile.Arn": "iam_instance_profile_arn",
            f"{_DATA}.IamInstanceProfile.Name": "iam_instance_profile_name",
            f"{_DATA}.ImageId": "image_id",
            f"{_DATA}.InstanceType": "instance_type",
            f"{_DATA}.KeyName": "key_name",
            f"{_DATA}.Monitoring.Enabled": "monitoring_enabled",
            f"{_DATA}.RamDiskId": "ramdisk_id",
            f"{_DATA}.DisableApiTermination": "disable_api_termination",
            f"{_DATA}.InstanceInitiatedShutdownBehavior": "instance_initiated_shutdown_behavior",
            f"{_DATA}.SecurityGroupIds": "security_group_ids",
            f"{_DATA}.SecurityGroups": "security_groups",
            f"{_DATA}.BlockDeviceMappings": "block_device_mappings",
            f"{_DATA}.NetworkInterfaces": "network_interfaces",
            f"{_DATA}.MetadataOptions.HttpTokens": "metadatahttptokens",
            f"{_DATA}.MetadataOptions.HttpEndpoint": "metadatahttpendpoint",
            f"{_DATA}.MetadataOptions.HttpPutResponseHopLimit": "metadatahttpputresponsehoplimit",
        },
        # User data often holds secrets, and the inventory must not.
        omit=(f"{_DATA}.UserData",),
        relations=(
            points_to("AWSLaunchTemplate", "VERSION", by="LaunchTemplateId", incoming=True),
            points_to("AWSEC2Image", "USES_IMAGE", by=f"{_DATA}.ImageId"),
            points_to(
                "AWSEC2SecurityGroup",
                "MEMBER_OF_EC2_SECURITY_GROUP",
                by=f"[{_DATA}.SecurityGroupIds, {_DATA}.NetworkInterfaces[].Groups[]][]",
            ),
            points_to(
                "AWSInstanceProfile", "INSTANCE_PROFILE", by=f"{_DATA}.IamInstanceProfile.Arn"
            ),
        ),
        description="One version of a launch template: its latest or its default.",
    ),
    Resource(
        label="AWSEC2ReservedInstance",
        aliases=("EC2ReservedInstance",),
        list=Call("ec2:DescribeReservedInstances", items="ReservedInstances[]"),
        id="ReservedInstancesId",
        arn="arn:{partition}:ec2:{region}:{account}:reserved-instances/{ReservedInstancesId}",
        naming=Naming.SQUASHED,
        names={"InstanceCount": "count", "InstanceType": "type"},
        description="Instance capacity that was paid for ahead.",
    ),
)
