"""Amazon EC2: VPCs with their address blocks, and the peerings between them.

One script for both: a peering is also an edge between the address blocks that it joins, and only
a block can carry that edge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cloudwarden.providers.aws.declarations import Document, Produced, Resource, points_to
from cloudwarden.providers.aws.ec2.peering import block_id, block_label, is_alive, peerings_by_vpc
from cloudwarden.providers.aws.tags import read_tags
from cloudwarden.schema.labels import PropertyType
from cloudwarden.schema.records import Asset, Failure, Relation

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Steps

VPCS = "ec2:DescribeVpcs"
PEERINGS = "ec2:DescribeVpcPeeringConnections"

_TOKEN = {"NextToken": "NextToken"}
_TEXT = PropertyType.STRING


def read_vpcs(context: ReadContext) -> Steps:
    """List VPCs and peerings; without the peerings the blocks' edges are unknown, and say so."""
    vpcs = yield from context.paginate(VPCS, tokens=_TOKEN)
    peerings = yield from context.paginate(PEERINGS, tokens=_TOKEN)
    connections = [one for one in peerings.items("VpcPeeringConnections[]") if is_alive(one)]
    edges = peerings_by_vpc(connections)
    unread = {PEERINGS: peerings.failure} if peerings.failure else {}
    found = [_peering(context, connection) for connection in connections]
    for vpc in vpcs.items("Vpcs[]"):
        found += _vpc(context, vpc, edges.get(vpc["VpcId"], ()), unread)
    return context.reading(found)


def _vpc(
    context: ReadContext,
    vpc: Mapping[str, Any],
    edges: Sequence[Relation],
    unread: Mapping[str, Failure],
) -> Iterator[Asset]:
    tags = read_tags(vpc.get("Tags"))
    identity = vpc["VpcId"]
    owner = vpc.get("OwnerId") or context.account
    yield context.asset(
        "AWSVpc",
        vpc,
        id_=identity,
        name=tags.get("Name"),
        tags=tags,
        properties={"arn": f"arn:{context.partition}:ec2:{context.region}:{owner}:vpc/{identity}"},
    )
    associations = [
        *(vpc.get("CidrBlockAssociationSet") or ()),
        *(vpc.get("Ipv6CidrBlockAssociationSet") or ()),
    ]
    for association in associations:
        block = association.get("CidrBlock") or association["Ipv6CidrBlock"]
        state = association.get("CidrBlockState") or association.get("Ipv6CidrBlockState") or {}
        if state.get("State") == "disassociated":
            continue
        label = block_label(block)
        yield context.asset(
            label,
            {},
            id_=block_id(identity, block),
            name=block,
            properties={
                "cidr_block": block,
                "vpcid": identity,
                "association_id": association.get("AssociationId"),
                "block_state": state.get("State"),
                "block_state_message": state.get("StatusMessage"),
            },
            relations=(
                Relation("BLOCK_ASSOCIATION", "AWSVpc", identity, incoming=True),
                # Traffic stays within its family of addresses.
                *(edge for edge in edges if edge.target_label == label),
            ),
            unread=unread,
        )


def _peering(context: ReadContext, connection: Mapping[str, Any]) -> Asset:
    tags = read_tags(connection.get("Tags"))
    identity = connection["VpcPeeringConnectionId"]
    owner = (connection.get("RequesterVpcInfo") or {}).get("OwnerId") or context.account
    arn = f"arn:{context.partition}:ec2:{context.region}:{owner}:vpc-peering-connection/{identity}"
    return context.asset(
        "AWSPeeringConnection",
        connection,
        id_=identity,
        name=tags.get("Name"),
        tags=tags,
        properties={"arn": arn},
    )


def _block(label: str, what: str) -> Produced:
    return Produced(
        label=label,
        groups=("AWSCidrBlock",),
        # As in the ecosystem's graph, the way from an account to a block leads over its VPC.
        owned=False,
        properties={
            "cidr_block": (_TEXT, VPCS),
            "vpcid": (_TEXT, VPCS),
            "association_id": (_TEXT, VPCS),
            "block_state": (_TEXT, VPCS),
            "block_state_message": (_TEXT, VPCS),
        },
        relations=(
            points_to("AWSVpc", "BLOCK_ASSOCIATION", by="", incoming=True),
            points_to(
                "AWSCidrBlock",
                "VPC_PEERING",
                by="",
                properties={"connection_id": "{account}", "status_code": "{account}"},
            ),
        ),
        description=f"{what} address block of a VPC.",
    )


def _side(side: str, info: str) -> tuple[Any, ...]:
    """The edges from a peering to one of its sides, which may be in a foreign account."""

    def in_vpc(block: Any, connection: Document) -> str | None:
        vpc = connection[info].get("VpcId")
        return block_id(vpc, block) if vpc and block else None

    return (
        points_to("AWSVpc", f"{side}_VPC", by=f"{info}.VpcId", implied={"vpcid": f"{info}.VpcId"}),
        points_to("AWSAccount", f"{side}_ACCOUNT", by=f"{info}.OwnerId", implied={}),
        points_to(
            "AWSIpv4CidrBlock",
            f"{side}_CIDR",
            by=f"[{info}.CidrBlockSet[].CidrBlock, [{info}.CidrBlock]][]",
            transform=in_vpc,
        ),
        points_to(
            "AWSIpv6CidrBlock",
            f"{side}_CIDR",
            by=f"{info}.Ipv6CidrBlockSet[].Ipv6CidrBlock",
            transform=in_vpc,
        ),
    )


RESOURCES = (
    Resource(
        label="AWSVpc",
        read=read_vpcs,
        operations=(VPCS, PEERINGS),
        produces=(
            Produced(
                label="AWSVpc",
                groups=("VirtualNetwork",),
                shape=(VPCS, "Vpcs[]"),
                names={"VpcId": "vpcid", "CidrBlock": "primary_cidr_block"},
                omit=(
                    "CidrBlockAssociationSet",
                    "Ipv6CidrBlockAssociationSet",
                    "EncryptionControl",
                ),
                properties={"arn": (_TEXT, VPCS)},
                description="A private network.",
            ),
            _block("AWSIpv4CidrBlock", "An IPv4"),
            _block("AWSIpv6CidrBlock", "An IPv6"),
            Produced(
                label="AWSPeeringConnection",
                shape=(PEERINGS, "VpcPeeringConnections[]"),
                names={
                    "AccepterVpcInfo.Region": "accepter_region",
                    "RequesterVpcInfo.Region": "requester_region",
                    "AccepterVpcInfo.OwnerId": "accepter_owner_id",
                    "RequesterVpcInfo.OwnerId": "requester_owner_id",
                    "AccepterVpcInfo.VpcId": "accepter_vpc_id",
                    "RequesterVpcInfo.VpcId": "requester_vpc_id",
                    "AccepterVpcInfo.CidrBlock": "accepter_cidr_block",
                    "RequesterVpcInfo.CidrBlock": "requester_cidr_block",
                    # The ecosystem's names are those of the requester's side.
                    "RequesterVpcInfo.PeeringOptions": "",
                    "AccepterVpcInfo.PeeringOptions": "accepter",
                },
                omit=(
                    "AccepterVpcInfo.CidrBlockSet",
                    "AccepterVpcInfo.Ipv6CidrBlockSet",
                    "RequesterVpcInfo.CidrBlockSet",
                    "RequesterVpcInfo.Ipv6CidrBlockSet",
                ),
                properties={"arn": (_TEXT, PEERINGS)},
                relations=(
                    *_side("REQUESTER", "RequesterVpcInfo"),
                    *_side("ACCEPTER", "AccepterVpcInfo"),
                ),
                description="A road between two VPCs, perhaps of two accounts.",
            ),
        ),
        description="A private network.",
    ),
)
