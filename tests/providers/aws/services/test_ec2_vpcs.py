"""VPCs, their address blocks and peerings."""

from __future__ import annotations

from typing import Any

from tests.support.live import declared, edges, read_live
from tests.support.moto import Aws
from tests.support.reading import ACCOUNT, REGION, denied, read_resource

from cloudwarden.schema.records import Verdict

VPC = declared("ec2_vpcs", "AWSVpc")
FOREIGN = "999988887777"

HOME = {
    "VpcId": "vpc-1",
    "CidrBlock": "10.0.0.0/16",
    "IsDefault": False,
    "OwnerId": ACCOUNT,
    "State": "available",
    "DhcpOptionsId": "dopt-1",
    "InstanceTenancy": "default",
    "CidrBlockAssociationSet": [
        {
            "AssociationId": "assoc-1",
            "CidrBlock": "10.0.0.0/16",
            "CidrBlockState": {"State": "associated"},
        },
        {"CidrBlock": "10.9.0.0/16", "CidrBlockState": {"State": "disassociated"}},
    ],
    "Ipv6CidrBlockAssociationSet": [
        {"Ipv6CidrBlock": "2001:db8::/56", "Ipv6CidrBlockState": {"State": "associated"}}
    ],
    "Tags": [{"Key": "Name", "Value": "main"}],
}


def side(vpc: str, block: str, owner: str) -> dict[str, Any]:
    return {"VpcId": vpc, "CidrBlock": block, "OwnerId": owner, "Region": REGION}


def peering(code: str = "active") -> dict[str, Any]:
    return {
        "VpcPeeringConnectionId": "pcx-1",
        "Status": {"Code": code, "Message": code.title()},
        "RequesterVpcInfo": side("vpc-9", "10.1.0.0/16", FOREIGN),
        "AccepterVpcInfo": side("vpc-1", "10.0.0.0/16", ACCOUNT),
    }


def read(connections: Any) -> Any:
    return read_resource(
        VPC,
        {
            "ec2:DescribeVpcs": {"Vpcs": [HOME]},
            "ec2:DescribeVpcPeeringConnections": connections,
        },
    )


def test_a_vpc_has_its_properties_and_blocks() -> None:
    found = read({"VpcPeeringConnections": []}).assets
    assert set(found) == {"vpc-1", "vpc-1|10.0.0.0/16", "vpc-1|2001:db8::/56"}
    vpc = found["vpc-1"]
    assert (vpc.name, vpc.tags) == ("main", {"Name": "main"})
    assert vpc.properties == {
        "vpcid": "vpc-1",
        "primary_cidr_block": "10.0.0.0/16",
        "is_default": False,
        "owner_id": ACCOUNT,
        "state": "available",
        "dhcp_options_id": "dopt-1",
        "instance_tenancy": "default",
        "arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-1",
    }
    four, six = found["vpc-1|10.0.0.0/16"], found["vpc-1|2001:db8::/56"]
    assert (four.label, six.label) == ("AWSIpv4CidrBlock", "AWSIpv6CidrBlock")
    assert edges(four) == {("<BLOCK_ASSOCIATION", "vpc-1")}
    assert four.properties["block_state"] == "associated"


def test_a_peering_points_to_both_sides_though_one_is_foreign() -> None:
    found = read({"VpcPeeringConnections": [peering()]}).only("AWSPeeringConnection")
    assert found.properties["status_code"] == "active"
    assert found.properties["requester_owner_id"] == FOREIGN
    assert edges(found) == {
        ("REQUESTER_VPC", "vpc-9"),
        ("REQUESTER_ACCOUNT", FOREIGN),
        ("REQUESTER_CIDR", "vpc-9|10.1.0.0/16"),
        ("ACCEPTER_VPC", "vpc-1"),
        ("ACCEPTER_ACCOUNT", ACCOUNT),
        ("ACCEPTER_CIDR", "vpc-1|10.0.0.0/16"),
    }


def test_peered_blocks_are_joined_from_requester_to_accepter() -> None:
    block = read({"VpcPeeringConnections": [peering()]}).assets["vpc-1|10.0.0.0/16"]
    (edge,) = (one for one in block.relations if one.type == "VPC_PEERING")
    assert (edge.target, edge.incoming) == ("vpc-9|10.1.0.0/16", True)
    assert edge.properties == {"connection_id": "pcx-1", "status_code": "active"}
    assert edge.implied == {"cidr_block": "10.1.0.0/16", "vpcid": "vpc-9"}


def test_blocks_are_joined_to_blocks_of_their_own_family() -> None:
    found = read({"VpcPeeringConnections": [peering()]}).assets["vpc-1|2001:db8::/56"]
    assert edges(found) == {("<BLOCK_ASSOCIATION", "vpc-1")}


def test_a_deleted_peering_is_gone() -> None:
    found = read({"VpcPeeringConnections": [peering("deleted")]}).assets
    assert "pcx-1" not in found
    assert edges(found["vpc-1|10.0.0.0/16"]) == {("<BLOCK_ASSOCIATION", "vpc-1")}


def test_denied_peerings_are_unknown_to_the_blocks() -> None:
    result = read(denied())
    assert result.reading.verdict is Verdict.PARTIAL
    block = result.assets["vpc-1|10.0.0.0/16"]
    assert block.unread["ec2:DescribeVpcPeeringConnections"].verdict is Verdict.DENIED
    assert "vpc-1" in result.assets


def test_vpcs_of_a_moto_account(aws: Aws) -> None:
    ec2 = aws.client("ec2")
    one, other = (
        ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in ("10.0.0.0/16", "10.1.0.0/16")
    )
    made = ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=other)["VpcPeeringConnection"]
    found = read_live(aws, VPC).assets
    assert found[made["VpcPeeringConnectionId"]].label == "AWSPeeringConnection"
    assert ("VPC_PEERING", f"{other}|10.1.0.0/16") in edges(found[f"{one}|10.0.0.0/16"])
    assert ("<VPC_PEERING", f"{one}|10.0.0.0/16") in edges(found[f"{other}|10.1.0.0/16"])
