"""Auto scaling groups and launch configurations."""

from __future__ import annotations

from typing import Any

from tests.support.live import declared, edges
from tests.support.reading import ACCOUNT, REGION, denied, read_resource

from cloudwarden.schema.records import Verdict

RESOURCE = declared("autoscaling", "AWSAutoScalingGroup")
BASE = f"arn:aws:autoscaling:{REGION}:{ACCOUNT}"
GROUP_ARN = f"{BASE}:autoScalingGroup:1:autoScalingGroupName/web"
CONFIGURATION_ARN = f"{BASE}:launchConfiguration:2:launchConfigurationName/web"
TARGETS = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/web/1"

CONFIGURATION = {
    "LaunchConfigurationName": "web",
    "LaunchConfigurationARN": CONFIGURATION_ARN,
    "ImageId": "ami-1",
    "UserData": "cGFzc3dvcmQ9aHVudGVyMg==",
    "SecurityGroups": ["sg-1"],
    "IamInstanceProfile": "web",
    "AssociatePublicIpAddress": True,
    "MetadataOptions": {"HttpTokens": "optional"},
}


def group(**more: Any) -> dict[str, Any]:
    return {
        "AutoScalingGroupARN": GROUP_ARN,
        "AutoScalingGroupName": "web",
        "MinSize": 1,
        "MaxSize": 3,
        "VPCZoneIdentifier": "subnet-1,subnet-2",
        "Instances": [{"InstanceId": "i-1"}],
        "TargetGroupARNs": [TARGETS],
        "LoadBalancerNames": ["shop"],
        "Tags": [{"Key": "team", "Value": "shop", "PropagateAtLaunch": True}],
        **more,
    }


def read(one: dict[str, Any], configurations: Any = None) -> Any:
    listed = configurations or {"LaunchConfigurations": [CONFIGURATION]}
    return read_resource(
        RESOURCE,
        {
            "autoscaling:DescribeAutoScalingGroups": {"AutoScalingGroups": [one]},
            "autoscaling:DescribeLaunchConfigurations": listed,
        },
    )


def test_a_group_has_its_properties_tags_and_edges() -> None:
    found = read(group(LaunchConfigurationName="web")).assets[GROUP_ARN]
    assert (found.name, found.tags) == ("web", {"team": "shop"})
    assert (found.properties["minsize"], found.properties["maxsize"]) == (1, 3)
    assert found.properties["launchconfigurationname"] == "web"
    balancer = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/shop"
    assert edges(found) == {
        ("<MEMBER_AUTO_SCALE_GROUP", "i-1"),
        ("VPC_IDENTIFIER", "subnet-1"),
        ("VPC_IDENTIFIER", "subnet-2"),
        ("HAS_LAUNCH_CONFIG", CONFIGURATION_ARN),
        ("REGISTERS_WITH", TARGETS),
        ("REGISTERS_WITH", balancer),
    }


def test_a_group_of_mixed_instances_has_the_template_of_its_policy() -> None:
    specification = {"LaunchTemplateId": "lt-1", "Version": "$Default"}
    policy = {"LaunchTemplate": {"LaunchTemplateSpecification": specification}}
    found = read(group(MixedInstancesPolicy=policy)).assets[GROUP_ARN]
    assert ("HAS_LAUNCH_TEMPLATE", "lt-1") in edges(found)


def test_a_launch_configuration_keeps_no_user_data() -> None:
    found = read(group()).assets[CONFIGURATION_ARN]
    assert found.properties["associate_public_ip_address"] is True
    assert found.properties["metadatahttptokens"] == "optional"
    assert "cGFzc3dvcmQ9aHVudGVyMg==" not in str(found)
    assert edges(found) == {
        ("MEMBER_OF_EC2_SECURITY_GROUP", "sg-1"),
        ("USES_IMAGE", "ami-1"),
        ("INSTANCE_PROFILE", f"arn:aws:iam::{ACCOUNT}:instance-profile/web"),
    }


def test_denied_configurations_are_unknown_to_the_group() -> None:
    result = read(group(LaunchConfigurationName="web"), denied())
    found = result.assets[GROUP_ARN]
    operation = "autoscaling:DescribeLaunchConfigurations"
    assert found.unread[operation].verdict is Verdict.DENIED
    assert result.reading.verdict is Verdict.PARTIAL
    assert not result.reading.listed
