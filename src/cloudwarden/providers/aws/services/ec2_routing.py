"""Amazon EC2: route tables and network access control lists, with their entries as assets."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import (
    Call,
    Computed,
    Document,
    Naming,
    Part,
    Resource,
    points_to,
)
from cloudwarden.providers.aws.ec2.identifiers import NAME_TAG, starting_with
from cloudwarden.schema.labels import PropertyType

_DESTINATIONS = "DestinationCidrBlock || DestinationIpv6CidrBlock || DestinationPrefixListId"

#: What a route may lead to, in the order in which AWS fills them in: an instance's route names
#: its network interface as well.
_ROUTE_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "InstanceId",
    "NetworkInterfaceId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "OdbNetworkArn",
)


def _route_target(route: Document) -> str | None:
    return next((route[member] for member in _ROUTE_TARGETS if route.get(member)), None)


def _association_target(association: Document) -> str | None:
    return association.get("SubnetId") or association.get("GatewayId")


def _acl_id(entry: Document) -> str:
    return str(entry["parent"]["NetworkAclId"])


def _is_main(table: Document) -> bool:
    return any(association.get("Main") for association in table.get("Associations") or ())


_ROUTE = Part(
    label="AWSEC2Route",
    aliases=("EC2Route",),
    path="Routes[]",
    id=f"{{parent.RouteTableId}}|{{{_DESTINATIONS}}}",
    parent_relation="ROUTE",
    parent_incoming=True,
    computed=(
        Computed(
            "target",
            PropertyType.STRING,
            _route_target,
            "ec2:DescribeRouteTables",
            "Where the traffic goes: a gateway, an instance, an interface, or `local`.",
        ),
    ),
    relations=(
        points_to(
            "AWSInternetGateway",
            "ROUTES_TO_GATEWAY",
            by="GatewayId",
            transform=starting_with("igw-"),
        ),
        points_to(
            "AWSVpcEndpoint",
            "ROUTES_TO_VPC_ENDPOINT",
            by="GatewayId",
            transform=starting_with("vpce-"),
        ),
        points_to("AWSNatGateway", "ROUTES_TO_NAT_GATEWAY", by="NatGatewayId"),
        points_to("AWSEC2Instance", "ROUTES_TO_INSTANCE", by="InstanceId"),
        points_to("AWSNetworkInterface", "ROUTES_TO_NETWORK_INTERFACE", by="NetworkInterfaceId"),
        points_to("AWSTransitGateway", "ROUTES_TO_TGW", by="TransitGatewayId"),
        points_to("AWSPeeringConnection", "ROUTES_TO_PEERING", by="VpcPeeringConnectionId"),
        points_to(
            "AWSEgressOnlyInternetGateway",
            "ROUTES_TO_GATEWAY",
            by="EgressOnlyInternetGatewayId",
        ),
        points_to("AWSManagedPrefixList", "DESTINED_FOR", by="DestinationPrefixListId"),
    ),
    description="One line of a route table.",
)

_ASSOCIATION = Part(
    label="AWSEC2RouteTableAssociation",
    aliases=("EC2RouteTableAssociation",),
    path="Associations[]",
    id="RouteTableAssociationId",
    parent_relation="ASSOCIATION",
    parent_incoming=True,
    names={
        "AssociationState.State": "association_state",
        "AssociationState.StatusMessage": "association_state_message",
    },
    computed=(
        Computed(
            "target",
            PropertyType.STRING,
            _association_target,
            "ec2:DescribeRouteTables",
            "The subnet or gateway whose traffic the table rules; none for the VPC's main one.",
        ),
    ),
    relations=(
        points_to("AWSEC2Subnet", "ASSOCIATED_SUBNET", by="SubnetId"),
        points_to("AWSInternetGateway", "ASSOCIATED_IGW_FOR_INGRESS", by="GatewayId"),
    ),
    description="What a route table applies to.",
)

_ENTRY = Part(
    label="AWSEC2NetworkAclRule",
    aliases=("EC2NetworkAclRule",),
    path="Entries[]",
    id="{parent.NetworkAclId}/{(Egress && 'egress') || 'inbound'}/{RuleNumber}",
    parent_relation="MEMBER_OF_NACL",
    naming=Naming.SQUASHED,
    names={"PortRange.From": "fromport", "PortRange.To": "toport"},
    computed=(
        Computed(
            "network_acl_id",
            PropertyType.STRING,
            _acl_id,
            "ec2:DescribeNetworkAcls",
            "The list that the line is in.",
        ),
    ),
    description="One line of a network ACL; the lowest number that matches decides.",
)

RESOURCES = (
    Resource(
        label="AWSEC2RouteTable",
        aliases=("EC2RouteTable",),
        list=Call("ec2:DescribeRouteTables", items="RouteTables[]"),
        id="RouteTableId",
        arn="arn:{partition}:ec2:{region}:{OwnerId}:route-table/{RouteTableId}",
        name=NAME_TAG,
        omit=("Routes", "Associations"),
        computed=(
            Computed(
                "main",
                PropertyType.BOOLEAN,
                _is_main,
                "ec2:DescribeRouteTables",
                "Whether it rules the subnets of the VPC that name no other.",
            ),
        ),
        relations=(
            points_to("AWSVpc", "MEMBER_OF_AWS_VPC", by="VpcId"),
            points_to("AWSEC2Subnet", "ROUTES_FOR", by="Associations[].SubnetId"),
        ),
        parts=(_ROUTE, _ASSOCIATION),
        description="Where traffic that leaves a subnet goes.",
    ),
    Resource(
        label="AWSEC2NetworkAcl",
        aliases=("EC2NetworkAcl",),
        list=Call("ec2:DescribeNetworkAcls", items="NetworkAcls[]"),
        id="NetworkAclId",
        arn="arn:{partition}:ec2:{region}:{OwnerId}:network-acl/{NetworkAclId}",
        name=NAME_TAG,
        omit=("Associations", "Entries"),
        relations=(
            points_to("AWSVpc", "MEMBER_OF_AWS_VPC", by="VpcId"),
            points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="Associations[].SubnetId"),
        ),
        parts=(_ENTRY,),
        description="A stateless filter at the edge of subnets.",
    ),
)
