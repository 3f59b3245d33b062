"""Subnets, gateways and flow logs."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.live import declared, edges
from tests.support.reading import ACCOUNT, REGION, denied, read_resource

from cloudwarden.schema.records import Asset, Verdict

ARN = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
NAME = [{"Key": "Name", "Value": "front"}]


def only(label: str, operation: str, member: str, item: dict[str, Any]) -> Asset:
    answers = {f"ec2:{operation}": {member: [item]}}
    return read_resource(declared("ec2_subnets", label), answers).only()


def test_a_subnet_belongs_to_its_vpc() -> None:
    found = only(
        "AWSEC2Subnet",
        "DescribeSubnets",
        "Subnets",
        {
            "SubnetId": "subnet-1",
            "SubnetArn": f"{ARN}:subnet/subnet-1",
            "VpcId": "vpc-1",
            "CidrBlock": "10.0.1.0/24",
            "MapPublicIpOnLaunch": True,
            "AvailabilityZone": "eu-west-1a",
            "Tags": NAME,
        },
    )
    assert (found.id, found.name, found.tags) == ("subnet-1", "front", {"Name": "front"})
    expected = {
        "subnetid": "subnet-1",
        "subnet_id": "subnet-1",
        "arn": f"{ARN}:subnet/subnet-1",
        "cidr_block": "10.0.1.0/24",
        "map_public_ip_on_launch": True,
        "availability_zone": "eu-west-1a",
        "vpc_id": "vpc-1",
    }
    assert {name: found.properties.get(name) for name in expected} == expected
    assert edges(found) == {("MEMBER_OF_AWS_VPC", "vpc-1")}


def test_an_internet_gateway_is_attached_to_its_vpc() -> None:
    found = only(
        "AWSInternetGateway",
        "DescribeInternetGateways",
        "InternetGateways",
        {"InternetGatewayId": "igw-1", "OwnerId": ACCOUNT, "Attachments": [{"VpcId": "vpc-1"}]},
    )
    assert found.properties["arn"] == f"{ARN}:internet-gateway/igw-1"
    assert found.properties["ownerid"] == ACCOUNT
    assert edges(found) == {("ATTACHED_TO", "vpc-1")}


def test_an_egress_only_gateway_is_attached_to_its_vpc() -> None:
    found = only(
        "AWSEgressOnlyInternetGateway",
        "DescribeEgressOnlyInternetGateways",
        "EgressOnlyInternetGateways",
        {"EgressOnlyInternetGatewayId": "eigw-1", "Attachments": [{"VpcId": "vpc-1"}]},
    )
    assert edges(found) == {("ATTACHED_TO", "vpc-1")}


def test_a_nat_gateway_shows_its_primary_address() -> None:
    found = only(
        "AWSNatGateway",
        "DescribeNatGateways",
        "NatGateways",
        {
            "NatGatewayId": "nat-1",
            "State": "available",
            "VpcId": "vpc-1",
            "SubnetId": "subnet-1",
            "NatGatewayAddresses": [
                {"PublicIp": "198.51.100.1", "IsPrimary": False},
                {"PublicIp": "198.51.100.2", "IsPrimary": True, "NetworkInterfaceId": "eni-2"},
            ],
        },
    )
    assert found.properties["public_ip"] == "198.51.100.2"
    assert edges(found) == {
        ("ATTACHED_TO", "vpc-1"),
        ("PART_OF_SUBNET", "subnet-1"),
        ("ASSOCIATED_WITH", "198.51.100.1"),
        ("ASSOCIATED_WITH", "198.51.100.2"),
        ("NETWORK_INTERFACE", "eni-2"),
    }


def test_a_deleted_nat_gateway_is_gone() -> None:
    gateway = {"NatGatewayId": "nat-1", "State": "deleted"}
    result = read_resource(
        declared("ec2_subnets", "AWSNatGateway"),
        {"ec2:DescribeNatGateways": {"NatGateways": [gateway]}},
    )
    assert result.reading.assets == ()


@pytest.mark.parametrize(
    ("resource", "destination", "expected"),
    [
        (
            "vpc-1",
            {"LogGroupName": "flow"},
            {("SENDS_LOGS_TO_CLOUDWATCH", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:flow")},
        ),
        (
            "subnet-1",
            {"LogDestination": "arn:aws:logs:eu-west-1:999988887777:log-group:flow:*"},
            {("SENDS_LOGS_TO_CLOUDWATCH", "arn:aws:logs:eu-west-1:999988887777:log-group:flow")},
        ),
        ("eni-1", {"LogDestination": "arn:aws:s3:::logs/flow/"}, {("SENDS_LOGS_TO_S3", "logs")}),
    ],
)
def test_a_flow_log_says_whose_traffic_goes_where(
    resource: str, destination: dict[str, str], expected: set[tuple[str, str]]
) -> None:
    found = only(
        "AWSVpcFlowLog",
        "DescribeFlowLogs",
        "FlowLogs",
        {"FlowLogId": "fl-1", "FlowLogStatus": "ACTIVE", "ResourceId": resource, **destination},
    )
    assert found.properties["flow_log_status"] == "ACTIVE"
    assert edges(found) == {("LOGS_TRAFFIC_OF", resource), *expected}


def test_a_denied_listing_is_a_verdict() -> None:
    subnet = declared("ec2_subnets", "AWSEC2Subnet")
    result = read_resource(subnet, {"ec2:DescribeSubnets": denied()})
    assert result.reading.verdict is Verdict.DENIED
