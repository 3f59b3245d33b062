"""Amazon EC2 Auto Scaling: groups and launch configurations.

One script for both: a group names its launch configuration, whose ARN cannot be told from that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cloudwarden.providers.aws.declarations import (
    Document,
    Naming,
    Produced,
    Resource,
    pointed_from,
    points_to,
)
from cloudwarden.providers.aws.tags import read_tags
from cloudwarden.schema.labels import PropertyType

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Steps
    from cloudwarden.schema.records import Asset

GROUPS = "autoscaling:DescribeAutoScalingGroups"
CONFIGURATIONS = "autoscaling:DescribeLaunchConfigurations"

_TOKEN = {"NextToken": "NextToken"}
_TEXT = PropertyType.STRING
_TEMPLATES = (
    "LaunchTemplate.LaunchTemplateId"
    " || MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId"
)


def read_groups(context: ReadContext) -> Steps:
    """List the launch configurations and the groups."""
    listed = yield from context.paginate(CONFIGURATIONS, tokens=_TOKEN)
    configurations = listed.items("LaunchConfigurations[]")
    groups = yield from context.paginate(GROUPS, tokens=_TOKEN)
    arns = {c["LaunchConfigurationName"]: c["LaunchConfigurationARN"] for c in configurations}
    found = [_configuration(context, configuration) for configuration in configurations]
    for group in groups.items("AutoScalingGroups[]"):
        name = group.get("LaunchConfigurationName")
        unread = {}
        if name and name not in arns and listed.failure is not None:
            unread = {CONFIGURATIONS: listed.failure}
        found.append(
            context.asset(
                "AWSAutoScalingGroup",
                {**group, "LaunchConfiguration": arns.get(name)},
                id_=group["AutoScalingGroupARN"],
                name=group["AutoScalingGroupName"],
                tags=read_tags(group.get("Tags")),
                properties={"arn": group["AutoScalingGroupARN"]},
                unread=unread,
            )
        )
    return context.reading(found)


def _configuration(context: ReadContext, configuration: Mapping[str, Any]) -> Asset:
    arn = configuration["LaunchConfigurationARN"]
    return context.asset(
        "AWSLaunchConfiguration",
        configuration,
        id_=arn,
        name=configuration["LaunchConfigurationName"],
        properties={"arn": arn},
    )


def _beside(member: str, service: str, kind: str) -> Callable[[Any, Document], str | None]:
    """Maps a name to the ARN of that kind of thing in the account and region of `member`'s ARN."""

    def transform(name: Any, document: Document) -> str | None:
        own = str(document.get(member) or "").split(":")
        return ":".join([*own[:2], service, *own[3:5], f"{kind}/{name}"]) if len(own) > 5 else None

    return transform


def _profile(name: Any, configuration: Document) -> str | None:
    """An instance profile's ARN; by name alone it lies at the root path, which most do."""
    if str(name).startswith("arn:"):
        return str(name)
    own = str(configuration.get("LaunchConfigurationARN") or "").split(":")
    return f"arn:{own[1]}:iam::{own[4]}:instance-profile/{name}" if len(own) > 5 else None


RESOURCES = (
    Resource(
        label="AWSAutoScalingGroup",
        read=read_groups,
        operations=(GROUPS, CONFIGURATIONS),
        produces=(
            Produced(
                label="AWSAutoScalingGroup",
                aliases=("AutoScalingGroup",),
                shape=(GROUPS, "AutoScalingGroups[]"),
                naming=Naming.SQUASHED,
                names={
                    "LaunchTemplate.LaunchTemplateId": "launchtemplateid",
                    "LaunchTemplate.LaunchTemplateName": "launchtemplatename",
                    "LaunchTemplate.Version": "launchtemplateversion",
                },
                omit=("AutoScalingGroupARN", "AutoScalingGroupName", "Instances"),
                volatile=("WarmPoolSize",),
                properties={"arn": (_TEXT, GROUPS)},
                relations=(
                    pointed_from(
                        "AWSEC2Instance", "MEMBER_AUTO_SCALE_GROUP", by="Instances[].InstanceId"
                    ),
                    points_to("AWSLaunchTemplate", "HAS_LAUNCH_TEMPLATE", by=_TEMPLATES),
                    points_to(
                        "AWSLaunchConfiguration", "HAS_LAUNCH_CONFIG", by="LaunchConfiguration"
                    ),
                    points_to("AWSEC2Subnet", "VPC_IDENTIFIER", by="split(VPCZoneIdentifier)"),
                    points_to("AWSELBV2TargetGroup", "REGISTERS_WITH", by="TargetGroupARNs[]"),
                    points_to(
                        "AWSLoadBalancer",
                        "REGISTERS_WITH",
                        by="LoadBalancerNames[]",
                        transform=_beside(
                            "AutoScalingGroupARN", "elasticloadbalancing", "loadbalancer"
                        ),
                    ),
                    points_to("AWSRole", "ASSUMES", by="ServiceLinkedRoleARN"),
                ),
                description="A set of instances that is kept at a size.",
            ),
            Produced(
                label="AWSLaunchConfiguration",
                aliases=("LaunchConfiguration",),
                shape=(CONFIGURATIONS, "LaunchConfigurations[]"),
                names={
                    "InstanceMonitoring.Enabled": "instance_monitoring_enabled",
                    "MetadataOptions.HttpTokens": "metadatahttptokens",
                    "MetadataOptions.HttpEndpoint": "metadatahttpendpoint",
                    "MetadataOptions.HttpPutResponseHopLimit": "metadatahttpputresponsehoplimit",
                },
                # User data often holds secrets, and the inventory must not.
                omit=("UserData", "LaunchConfigurationARN", "LaunchConfigurationName"),
                properties={"arn": (_TEXT, CONFIGURATIONS)},
                relations=(
                    points_to(
                        "AWSEC2SecurityGroup", "MEMBER_OF_EC2_SECURITY_GROUP", by="SecurityGroups[]"
                    ),
                    points_to("AWSEC2Image", "USES_IMAGE", by="ImageId"),
                    points_to(
                        "AWSInstanceProfile",
                        "INSTANCE_PROFILE",
                        by="IamInstanceProfile",
                        transform=_profile,
                    ),
                ),
                description="How a group's instances are started; older than a launch template.",
            ),
        ),
        description="A set of instances that is kept at a size.",
    ),
)
