"""Amazon EC2: transit gateways, what is attached to them, and their route tables."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Batch, Call, Part, Resource, points_to
from cloudwarden.providers.aws.ec2.identifiers import NAME_TAG

_ROUTE = Part(
    label="AWSTransitGatewayRoute",
    list=Call(
        "ec2:SearchTransitGatewayRoutes",
        items="Routes[]",
        parameters={"Filters": [{"Name": "state", "Values": ["active", "blackhole"]}]},
    ),
    id="{parent.TransitGatewayRouteTableId}|{DestinationCidrBlock || PrefixListId}",
    parent_relation="HAS_ROUTE",
    parent_incoming=True,
    names={"Type": "origin"},
    relations=(
        points_to(
            "AWSTransitGatewayAttachment",
            "ROUTES_TO_TGW_ATTACHMENT",
            by="TransitGatewayAttachments[].TransitGatewayAttachmentId",
        ),
        points_to("AWSTransitGateway", "ROUTES_TO_TGW", by="parent.TransitGatewayId"),
    ),
    description="One line of a transit gateway's route table.",
)

_ASSOCIATION = Part(
    label="AWSTransitGatewayRouteTableAssociation",
    list=Call("ec2:GetTransitGatewayRouteTableAssociations", items="Associations[]"),
    id="{parent.TransitGatewayRouteTableId}|{TransitGatewayAttachmentId}",
    parent_relation="ASSOCIATED_WITH",
    names={"TransitGatewayAttachmentId": "attachment_id"},
    relations=(
        points_to("AWSTransitGatewayAttachment", "ASSOCIATES", by="TransitGatewayAttachmentId"),
    ),
    description="An attachment whose traffic a route table rules.",
)

_PROPAGATION = Part(
    label="AWSTransitGatewayRouteTablePropagation",
    list=Call(
        "ec2:GetTransitGatewayRouteTablePropagations",
        items="TransitGatewayRouteTablePropagations[]",
    ),
    id="{parent.TransitGatewayRouteTableId}|{TransitGatewayAttachmentId}",
    parent_relation="PROPAGATES",
    parent_incoming=True,
    names={"TransitGatewayAttachmentId": "attachment_id"},
    relations=(
        points_to("AWSTransitGatewayAttachment", "PROPAGATED_BY", by="TransitGatewayAttachmentId"),
    ),
    description="An attachment that tells a route table its routes.",
)

#: Members of the answers about one kind of attachment that the list has for all kinds.
_TOLD_ABOVE = ("TransitGatewayAttachmentId", "TransitGatewayId", "State", "CreationTime", "Tags")

RESOURCES = (
    Resource(
        label="AWSTransitGateway",
        list=Call("ec2:DescribeTransitGateways", items="TransitGateways[]"),
        # Routes and attachments name the gateway by this id, whoever owns it; the ARN is `arn`.
        id="TransitGatewayId",
        arn="TransitGatewayArn",
        name=NAME_TAG,
        names={"TransitGatewayId": "tgw_id", "OwnerId": "ownerid"},
        description="A hub that joins VPCs, VPNs and other hubs.",
    ),
    Resource(
        label="AWSTransitGatewayAttachment",
        list=Call("ec2:DescribeTransitGatewayAttachments", items="TransitGatewayAttachments[]"),
        details=(
            Call(
                "ec2:DescribeTransitGatewayVpcAttachments",
                items="TransitGatewayVpcAttachments[]",
                into="Vpc",
                when="ResourceType == 'vpc'",
                batch=Batch(
                    parameter="TransitGatewayAttachmentIds",
                    by="TransitGatewayAttachmentId",
                    match="TransitGatewayAttachmentId",
                ),
            ),
            Call(
                "ec2:DescribeTransitGatewayPeeringAttachments",
                items="TransitGatewayPeeringAttachments[]",
                into="Peering",
                when="ResourceType == 'peering'",
                batch=Batch(
                    parameter="TransitGatewayAttachmentIds",
                    by="TransitGatewayAttachmentId",
                    match="TransitGatewayAttachmentId",
                ),
            ),
        ),
        id="TransitGatewayAttachmentId",
        arn=(
            "arn:{partition}:ec2:{region}:{account}"
            ":transit-gateway-attachment/{TransitGatewayAttachmentId}"
        ),
        name=NAME_TAG,
        omit=(
            *(f"Vpc.{member}" for member in _TOLD_ABOVE),
            "Vpc.VpcId",
            "Vpc.VpcOwnerId",
            "Vpc.SubnetIds",
            *(f"Peering.{member}" for member in _TOLD_ABOVE if member != "TransitGatewayId"),
            "Peering.AccepterTransitGatewayAttachmentId",
            "Peering.Status",
        ),
        relations=(
            points_to("AWSTransitGateway", "ATTACHED_TO", by="TransitGatewayId"),
            points_to("AWSVpc", "RESOURCE", by="Vpc.VpcId", incoming=True),
            points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="Vpc.SubnetIds[]"),
        ),
        description="What a transit gateway is joined to: a VPC, a VPN, another gateway.",
    ),
    Resource(
        label="AWSTransitGatewayRouteTable",
        list=Call("ec2:DescribeTransitGatewayRouteTables", items="TransitGatewayRouteTables[]"),
        id="TransitGatewayRouteTableId",
        arn=(
            "arn:{partition}:ec2:{region}:{account}"
            ":transit-gateway-route-table/{TransitGatewayRouteTableId}"
        ),
        name=NAME_TAG,
        relations=(
            points_to("AWSTransitGateway", "CONTAINS", by="TransitGatewayId", incoming=True),
        ),
        parts=(_ROUTE, _ASSOCIATION, _PROPAGATION),
        description="Where a transit gateway sends traffic.",
    ),
)
