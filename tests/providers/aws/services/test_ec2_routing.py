"""Route tables and network access control lists."""

from __future__ import annotations

from typing import Any

from tests.support.live import declared, edges, read_live
from tests.support.moto import Aws
from tests.support.reading import ACCOUNT, REGION, denied, read_resource

from cloudwarden.schema.records import Verdict

TABLE = declared("ec2_routing", "AWSEC2RouteTable")
ACL = declared("ec2_routing", "AWSEC2NetworkAcl")


def read_table(*routes: dict[str, Any], **more: Any) -> Any:
    table = {
        "RouteTableId": "rtb-1",
        "VpcId": "vpc-1",
        "OwnerId": ACCOUNT,
        "Routes": list(routes),
        "Tags": [{"Key": "Name", "Value": "public"}],
        **more,
    }
    return read_resource(TABLE, {"ec2:DescribeRouteTables": {"RouteTables": [table]}})


def test_a_table_has_its_routes_and_associations() -> None:
    result = read_table(
        {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"},
        {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"},
        Associations=[
            {
                "RouteTableAssociationId": "rtbassoc-1",
                "RouteTableId": "rtb-1",
                "SubnetId": "subnet-1",
                "Main": False,
                "AssociationState": {"State": "associated"},
            }
        ],
    )
    found = result.assets
    table, way_out = found["rtb-1"], found["rtb-1|0.0.0.0/0"]
    assert (table.name, table.tags) == ("public", {"Name": "public"})
    assert table.properties == {
        "route_table_id": "rtb-1",
        "vpc_id": "vpc-1",
        "owner_id": ACCOUNT,
        "main": False,
        "arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:route-table/rtb-1",
    }
    assert edges(table) == {("MEMBER_OF_AWS_VPC", "vpc-1"), ("ROUTES_FOR", "subnet-1")}
    assert way_out.properties["target"] == "igw-1"
    assert edges(way_out) == {("<ROUTE", "rtb-1"), ("ROUTES_TO_GATEWAY", "igw-1")}
    assert edges(found["rtb-1|::/0"]) == {("<ROUTE", "rtb-1"), ("ROUTES_TO_GATEWAY", "eigw-1")}
    association = found["rtbassoc-1"]
    assert association.properties["target"] == "subnet-1"
    assert association.properties["association_state"] == "associated"
    assert edges(association) == {("<ASSOCIATION", "rtb-1"), ("ASSOCIATED_SUBNET", "subnet-1")}


def test_a_route_to_an_endpoint_is_no_route_to_the_internet() -> None:
    found = read_table({"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"}).assets
    assert edges(found["rtb-1|pl-1"]) == {
        ("<ROUTE", "rtb-1"),
        ("ROUTES_TO_VPC_ENDPOINT", "vpce-1"),
        ("DESTINED_FOR", "pl-1"),
    }


def test_the_local_route_goes_nowhere_else() -> None:
    found = read_table({"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}).assets
    local = found["rtb-1|10.0.0.0/16"]
    assert local.properties["target"] == "local"
    assert edges(local) == {("<ROUTE", "rtb-1")}


def test_denied_tables_are_a_verdict() -> None:
    result = read_resource(TABLE, {"ec2:DescribeRouteTables": denied()})
    assert result.reading.verdict is Verdict.DENIED


def test_an_acl_has_its_lines_in_both_directions() -> None:
    lines = [
        {"RuleNumber": 100, "Egress": False, "Protocol": "6", "RuleAction": "allow",
         "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 22, "To": 22}},
        {"RuleNumber": 100, "Egress": True, "Protocol": "-1", "RuleAction": "deny",
         "Ipv6CidrBlock": "::/0"},
    ]  # fmt: skip
    acl = {
        "NetworkAclId": "acl-1",
        "VpcId": "vpc-1",
        "OwnerId": ACCOUNT,
        "IsDefault": True,
        "Entries": lines,
        "Associations": [{"SubnetId": "subnet-1"}],
    }
    found = read_resource(ACL, {"ec2:DescribeNetworkAcls": {"NetworkAcls": [acl]}}).assets
    assert edges(found["acl-1"]) == {("MEMBER_OF_AWS_VPC", "vpc-1"), ("PART_OF_SUBNET", "subnet-1")}
    inbound = found["acl-1/inbound/100"]
    assert edges(inbound) == {("MEMBER_OF_NACL", "acl-1")}
    assert inbound.properties == {
        "cidrblock": "0.0.0.0/0",
        "egress": False,
        "fromport": 22,
        "toport": 22,
        "protocol": "6",
        "ruleaction": "allow",
        "rulenumber": 100,
        "network_acl_id": "acl-1",
    }
    assert found["acl-1/egress/100"].properties["ipv6cidrblock"] == "::/0"


def test_routing_of_a_moto_account(aws: Aws) -> None:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    found = read_live(aws, TABLE).assets
    assert ("ROUTES_TO_GATEWAY", gateway) in edges(found[f"{table}|0.0.0.0/0"])
    assert any(a.label == "AWSEC2NetworkAclRule" for a in read_live(aws, ACL).reading.assets)
