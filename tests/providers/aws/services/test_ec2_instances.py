"""Instances, reservations and images, against canned answers and a moto server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.support.live import declared, edges, read_live
from tests.support.moto import Aws
from tests.support.reading import ACCOUNT, REGION, denied, read_resource

from cloudwarden.schema.records import Verdict

INSTANCE = declared("ec2_instances", "AWSEC2Instance")


def instance(identity: str = "i-1", **more: Any) -> dict[str, Any]:
    return {
        "InstanceId": identity,
        "ImageId": "ami-foreign",
        "State": {"Name": "running", "Code": 16},
        "LaunchTime": datetime(2026, 1, 31, 12, tzinfo=UTC),
        "MetadataOptions": {"HttpTokens": "optional", "HttpPutResponseHopLimit": 2},
        "Placement": {"AvailabilityZone": "eu-west-1a", "Tenancy": "default"},
        "Tags": [{"Key": "Name", "Value": "web"}, {"Key": "team", "Value": "shop"}],
        **more,
    }


def listed(*instances: dict[str, Any]) -> dict[str, Any]:
    return {
        "Reservations": [{"ReservationId": "r-1", "OwnerId": ACCOUNT, "Instances": list(instances)}]
    }


def images(parameters: Mapping[str, Any]) -> dict[str, Any]:
    if "Owners" in parameters:
        return {"Images": [{"ImageId": "ami-own", "Name": "golden", "Public": False}]}
    asked = parameters["Filters"][0]["Values"]
    return {"Images": [{"ImageId": one, "Public": True} for one in asked if one != "ami-gone"]}


ANSWERS: dict[str, Any] = {
    "ec2:DescribeImages": images,
    "ec2:DescribeImageAttribute": {"LaunchPermissions": []},
}


def read(*instances: dict[str, Any]) -> Any:
    return read_resource(INSTANCE, {**ANSWERS, "ec2:DescribeInstances": listed(*instances)})


def test_an_instance_has_the_properties_that_the_ecosystem_reads() -> None:
    found = read(
        instance(
            PublicDnsName="web.example",
            PublicIpAddress="198.51.100.7",
            PrivateIpAddress="10.0.0.7",
            SubnetId="subnet-1",
            InstanceType="t3.micro",
            InstanceLifecycle="spot",
            Monitoring={"State": "disabled"},
            IamInstanceProfile={"Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/web"},
        )
    ).only("AWSEC2Instance")
    assert (found.name, found.tags) == ("web", {"Name": "web", "team": "shop"})
    expected = {
        "instanceid": "i-1",
        "arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-1",
        "state": "running",
        "publicdnsname": "web.example",
        "publicipaddress": "198.51.100.7",
        "privateipaddress": "10.0.0.7",
        "imageid": "ami-foreign",
        "subnetid": "subnet-1",
        "instancetype": "t3.micro",
        "iaminstanceprofile": f"arn:aws:iam::{ACCOUNT}:instance-profile/web",
        "launchtime": "2026-01-31T12:00:00Z",
        "launchtimeunix": 1769860800,
        "tenancy": "default",
        "availabilityzone": "eu-west-1a",
        "instancelifecycle": "spot",
        "monitoringstate": "disabled",
        "metadatahttptokens": "optional",
        "metadatahttpputresponsehoplimit": 2,
        "imdsaccessmode": "v1_or_v2",
        "imdsv1enabled": True,
        "imdsv2required": False,
    }
    assert {name: found.properties.get(name) for name in expected} == expected


def test_an_instance_without_metadata_options_says_nothing_about_them() -> None:
    found = read(instance(MetadataOptions={})).only("AWSEC2Instance")
    assert not {"imdsv1enabled", "imdsv2required", "imdsaccessmode"} & found.properties.keys()


def test_an_instance_points_to_what_it_is_made_of() -> None:
    profile = f"arn:aws:iam::{ACCOUNT}:instance-profile/web"
    key = f"arn:aws:ec2:{REGION}:{ACCOUNT}:key-pair/ops"
    found = read(
        instance(
            SubnetId="subnet-1",
            VpcId="vpc-1",
            KeyName="ops",
            IamInstanceProfile={"Arn": profile},
            SecurityGroups=[{"GroupId": "sg-1"}, {"GroupId": "sg-2"}],
            NetworkInterfaces=[{"NetworkInterfaceId": "eni-1"}],
            Tags=[{"Key": "kubernetes.io/cluster/shop", "Value": "owned"}],
        )
    ).only("AWSEC2Instance")
    assert edges(found) == {
        ("MEMBER_OF_EC2_RESERVATION", "r-1"),
        ("INSTANCE_PROFILE", profile),
        ("PART_OF_SUBNET", "subnet-1"),
        ("MEMBER_OF_AWS_VPC", "vpc-1"),
        ("MEMBER_OF_EC2_SECURITY_GROUP", "sg-1"),
        ("MEMBER_OF_EC2_SECURITY_GROUP", "sg-2"),
        ("NETWORK_INTERFACE", "eni-1"),
        ("USES_IMAGE", "ami-foreign"),
        ("MEMBER_OF_EKS_CLUSTER", f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/shop"),
        ("<SSH_LOGIN_TO", key),
    }
    (signing_in,) = (one for one in found.relations if one.type == "SSH_LOGIN_TO")
    assert signing_in.implied == {"keyname": "ops"}


def test_a_terminated_instance_is_gone_and_its_reservation_with_it() -> None:
    result = read(instance(State={"Name": "terminated"}))
    assert [asset.label for asset in result.reading.assets] == ["AWSEC2Image"]
    assert result.reading.verdict is Verdict.COMPLETE


def test_images_are_our_own_and_those_in_use() -> None:
    result = read(instance(), instance("i-2"), instance("i-3", ImageId="ami-own"))
    found = {a.id: a for a in result.reading.assets if a.label == "AWSEC2Image"}
    assert {name: image.properties["ispublic"] for name, image in found.items()} == {
        "ami-own": False,
        "ami-foreign": True,
    }
    assert found["ami-own"].name == "golden"
    assert result.reading.operations["ec2:DescribeImages"] == 2


UNIT = "arn:aws:organizations::222222222222:ou/o-example/ou-1"


def test_our_own_images_tell_with_whom_they_are_shared() -> None:
    permissions = [{"UserId": "999999999999"}, {"Group": "all"}, {"OrganizationalUnitArn": UNIT}]
    shared = {"ec2:DescribeImageAttribute": {"LaunchPermissions": permissions}}
    result = read_resource(
        INSTANCE, {**ANSWERS, **shared, "ec2:DescribeInstances": listed(instance())}
    )
    assert result.assets["ami-own"].properties["shared_with"] == ["999999999999", "all", UNIT]
    assert "shared_with" not in result.assets["ami-foreign"].properties
    assert result.reading.operations["ec2:DescribeImageAttribute"] == 1


def test_denied_permissions_of_an_image_are_unread_and_hide_no_instance() -> None:
    unread = {"ec2:DescribeImageAttribute": denied()}
    result = read_resource(
        INSTANCE, {**ANSWERS, **unread, "ec2:DescribeInstances": listed(instance())}
    )
    assert set(result.assets["ami-own"].unread) == {"ec2:DescribeImageAttribute"}
    assert result.reading.verdict is Verdict.PARTIAL
    assert result.reading.listed


def test_an_image_that_was_deregistered_does_not_hide_the_others() -> None:
    result = read(instance(), instance("i-2", ImageId="ami-gone"))
    assert "ami-foreign" in result.assets
    assert "ami-gone" not in result.assets
    assert result.reading.verdict is Verdict.COMPLETE


def test_denied_instances_are_not_no_instances() -> None:
    result = read_resource(
        INSTANCE,
        {**ANSWERS, "ec2:DescribeInstances": denied("UnauthorizedOperation")},
    )
    assert result.reading.verdict is Verdict.PARTIAL
    assert not result.reading.listed
    assert "ami-own" in result.assets


def test_a_lost_page_makes_the_reading_partial() -> None:
    pages = [{**listed(instance()), "NextToken": "2"}, denied("RequestLimitExceeded")]
    result = read_resource(INSTANCE, {**ANSWERS, "ec2:DescribeInstances": pages})
    assert result.reading.verdict is Verdict.PARTIAL
    assert "i-1" in result.assets
    assert result.requests[1].parameters == {"NextToken": "2"}


def test_instances_of_a_moto_account(aws: Aws) -> None:
    ec2 = aws.client("ec2")
    image = "ami-03cf127a"
    made = ec2.run_instances(ImageId=image, MinCount=3, MaxCount=3, InstanceType="t3.micro")
    ids = [one["InstanceId"] for one in made["Instances"]]
    ec2.terminate_instances(InstanceIds=ids[2:])
    result = read_live(aws, INSTANCE)
    assert result.reading.verdict is Verdict.COMPLETE
    found = {a.id for a in result.reading.assets if a.label == "AWSEC2Instance"}
    assert found == set(ids[:2])
    assert result.only("AWSEC2Image").id == image
    assert result.only("AWSEC2Reservation").id == made["ReservationId"]
