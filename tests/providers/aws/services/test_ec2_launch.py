"""Launch templates and their versions."""

from __future__ import annotations

from tests.support.live import declared, edges
from tests.support.reading import ACCOUNT, REGION, denied, read_resource

from cloudwarden.schema.records import Verdict

TEMPLATE = declared("ec2_launch", "AWSLaunchTemplate")
VERSION = declared("ec2_launch", "AWSLaunchTemplateVersion")
PROFILE = f"arn:aws:iam::{ACCOUNT}:instance-profile/web"


def test_a_template_has_its_name_and_tags() -> None:
    template = {
        "LaunchTemplateId": "lt-1",
        "LaunchTemplateName": "web",
        "LatestVersionNumber": 3,
        "Tags": [{"Key": "team", "Value": "shop"}],
    }
    answers = {"ec2:DescribeLaunchTemplates": {"LaunchTemplates": [template]}}
    found = read_resource(TEMPLATE, answers).only()
    assert (found.id, found.name, found.tags) == ("lt-1", "web", {"team": "shop"})
    assert found.properties["latest_version_number"] == 3
    assert found.properties["arn"] == f"arn:aws:ec2:{REGION}:{ACCOUNT}:launch-template/lt-1"


def test_a_version_has_its_settings_but_no_user_data() -> None:
    version = {
        "LaunchTemplateId": "lt-1",
        "LaunchTemplateName": "web",
        "VersionNumber": 3,
        "LaunchTemplateData": {
            "ImageId": "ami-1",
            "UserData": "cGFzc3dvcmQ9aHVudGVyMg==",
            "IamInstanceProfile": {"Arn": PROFILE},
            "SecurityGroupIds": ["sg-1"],
            "NetworkInterfaces": [{"Groups": ["sg-2"]}],
            "MetadataOptions": {"HttpTokens": "required"},
        },
    }
    result = read_resource(
        VERSION, {"ec2:DescribeLaunchTemplateVersions": {"LaunchTemplateVersions": [version]}}
    )
    assert result.requests[0].parameters == {"Versions": ["$Latest", "$Default"]}
    found = result.only()
    assert found.id == "lt-1-3"
    assert found.properties["image_id"] == "ami-1"
    assert found.properties["metadatahttptokens"] == "required"
    assert "cGFzc3dvcmQ9aHVudGVyMg==" not in str(found)
    assert edges(found) == {
        ("<VERSION", "lt-1"),
        ("USES_IMAGE", "ami-1"),
        ("MEMBER_OF_EC2_SECURITY_GROUP", "sg-1"),
        ("MEMBER_OF_EC2_SECURITY_GROUP", "sg-2"),
        ("INSTANCE_PROFILE", PROFILE),
    }


def test_a_reserved_instance_says_how_many_of_what() -> None:
    reserved = {"ReservedInstancesId": "ri-1", "InstanceCount": 3, "InstanceType": "t3.micro"}
    found = read_resource(
        declared("ec2_launch", "AWSEC2ReservedInstance"),
        {"ec2:DescribeReservedInstances": {"ReservedInstances": [reserved]}},
    ).only()
    assert (found.id, found.properties["count"], found.properties["type"]) == (
        "ri-1",
        3,
        "t3.micro",
    )


def test_denied_versions_are_a_verdict() -> None:
    result = read_resource(VERSION, {"ec2:DescribeLaunchTemplateVersions": denied()})
    assert result.reading.verdict is Verdict.DENIED
