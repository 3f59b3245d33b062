"""Transit gateways, attachments and route tables."""

from __future__ import annotations

from tests.support.live import declared, edges
from tests.support.reading import ACCOUNT, REGION, denied, read_resource

from cloudwarden.schema.records import Verdict

GATEWAY = declared("ec2_transit", "AWSTransitGateway")
ATTACHMENT = declared("ec2_transit", "AWSTransitGatewayAttachment")
TABLE = declared("ec2_transit", "AWSTransitGatewayRouteTable")

TABLE_LIST = {
    "TransitGatewayRouteTables": [
        {"TransitGatewayRouteTableId": "tgw-rtb-1", "TransitGatewayId": "tgw-1"}
    ]
}
MEMBER = {"TransitGatewayAttachmentId": "tgw-attach-1", "ResourceType": "vpc"}


def test_a_gateway_goes_by_the_id_that_routes_name() -> None:
    arn = f"arn:aws:ec2:{REGION}:{ACCOUNT}:transit-gateway/tgw-1"
    gateway = {"TransitGatewayId": "tgw-1", "TransitGatewayArn": arn, "OwnerId": ACCOUNT}
    answers = {"ec2:DescribeTransitGateways": {"TransitGateways": [gateway]}}
    found = read_resource(GATEWAY, answers).only()
    assert (found.id, found.properties["arn"]) == ("tgw-1", arn)
    assert (found.properties["tgw_id"], found.properties["ownerid"]) == ("tgw-1", ACCOUNT)


def test_attachments_of_vpcs_are_completed_in_one_call() -> None:
    attachments = [
        {**MEMBER, "TransitGatewayId": "tgw-1"},
        {"TransitGatewayAttachmentId": "tgw-attach-2", "ResourceType": "vpn"},
    ]
    detail = {
        "TransitGatewayAttachmentId": "tgw-attach-1",
        "VpcId": "vpc-1",
        "SubnetIds": ["subnet-1", "subnet-2"],
    }
    result = read_resource(
        ATTACHMENT,
        {
            "ec2:DescribeTransitGatewayAttachments": {"TransitGatewayAttachments": attachments},
            "ec2:DescribeTransitGatewayVpcAttachments": {"TransitGatewayVpcAttachments": [detail]},
        },
    )
    assert result.requests[1].parameters == {"TransitGatewayAttachmentIds": ["tgw-attach-1"]}
    assert edges(result.assets["tgw-attach-1"]) == {
        ("ATTACHED_TO", "tgw-1"),
        ("<RESOURCE", "vpc-1"),
        ("PART_OF_SUBNET", "subnet-1"),
        ("PART_OF_SUBNET", "subnet-2"),
    }
    assert edges(result.assets["tgw-attach-2"]) == set()


def test_options_of_vpcs_and_both_ends_of_peerings_are_told() -> None:
    peering = {"TransitGatewayAttachmentId": "tgw-attach-2", "ResourceType": "peering"}
    result = read_resource(
        ATTACHMENT,
        {
            "ec2:DescribeTransitGatewayAttachments": {
                "TransitGatewayAttachments": [MEMBER, peering]
            },
            "ec2:DescribeTransitGatewayVpcAttachments": {
                "TransitGatewayVpcAttachments": [
                    {
                        **MEMBER,
                        "Options": {"Ipv6Support": "disable", "ApplianceModeSupport": "enable"},
                    }
                ]
            },
            "ec2:DescribeTransitGatewayPeeringAttachments": {
                "TransitGatewayPeeringAttachments": [
                    {
                        **peering,
                        "RequesterTgwInfo": {"TransitGatewayId": "tgw-1", "Region": REGION},
                        "AccepterTgwInfo": {"TransitGatewayId": "tgw-2", "Region": "us-east-1"},
                    }
                ]
            },
        },
    )
    vpc = result.assets["tgw-attach-1"].properties
    assert vpc["vpc_options_ipv6_support"] == "disable"
    assert vpc["vpc_options_appliance_mode_support"] == "enable"
    joined = result.assets["tgw-attach-2"].properties
    assert joined["peering_requester_tgw_info_transit_gateway_id"] == "tgw-1"
    assert joined["peering_accepter_tgw_info_transit_gateway_id"] == "tgw-2"
    assert joined["peering_accepter_tgw_info_region"] == "us-east-1"


def test_a_table_has_routes_associations_and_propagations() -> None:
    route = {
        "DestinationCidrBlock": "10.0.0.0/8",
        "Type": "propagated",
        "State": "active",
        "TransitGatewayAttachments": [MEMBER],
    }
    found = read_resource(
        TABLE,
        {
            "ec2:DescribeTransitGatewayRouteTables": TABLE_LIST,
            "ec2:SearchTransitGatewayRoutes": {"Routes": [route]},
            "ec2:GetTransitGatewayRouteTableAssociations": {"Associations": [MEMBER]},
            "ec2:GetTransitGatewayRouteTablePropagations": {
                "TransitGatewayRouteTablePropagations": [MEMBER]
            },
        },
    ).reading.assets
    by_label = {asset.label: asset for asset in found}
    table = by_label["AWSTransitGatewayRouteTable"]
    assert edges(table) == {("<CONTAINS", "tgw-1")}
    way = by_label["AWSTransitGatewayRoute"]
    assert (way.id, way.properties["origin"]) == ("tgw-rtb-1|10.0.0.0/8", "propagated")
    assert edges(way) == {
        ("<HAS_ROUTE", "tgw-rtb-1"),
        ("ROUTES_TO_TGW_ATTACHMENT", "tgw-attach-1"),
        ("ROUTES_TO_TGW", "tgw-1"),
    }
    assert ("ASSOCIATED_WITH", "tgw-rtb-1") in edges(
        by_label["AWSTransitGatewayRouteTableAssociation"]
    )
    assert ("<PROPAGATES", "tgw-rtb-1") in edges(by_label["AWSTransitGatewayRouteTablePropagation"])


def test_denied_routes_are_not_called_gone() -> None:
    result = read_resource(
        TABLE,
        {
            "ec2:DescribeTransitGatewayRouteTables": TABLE_LIST,
            "ec2:SearchTransitGatewayRoutes": denied(),
            "ec2:GetTransitGatewayRouteTableAssociations": {"Associations": []},
            "ec2:GetTransitGatewayRouteTablePropagations": {},
        },
    )
    assert result.reading.verdict is Verdict.PARTIAL
    assert not result.reading.listed
    assert "ec2:SearchTransitGatewayRoutes" in result.assets["tgw-rtb-1"].unread
