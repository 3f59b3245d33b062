"""Amazon EC2: VPC endpoints, endpoint services, and managed prefix lists."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Computed, Document, Resource, points_to
from cloudwarden.providers.aws.ec2.identifiers import NAME_TAG
from cloudwarden.schema.labels import PropertyType


def _ranges(prefix_list: Document) -> list[str] | None:
    """The ranges in a list of ours; AWS's own lists are not asked for theirs."""
    entries = prefix_list.get("Entries")
    return None if entries is None else sorted(entry["Cidr"] for entry in entries)


def _allowed_principals(service: Document) -> list[str]:
    return sorted(entry["Principal"] for entry in service.get("AllowedPrincipals") or ())


RESOURCES = (
    Resource(
        label="AWSVpcEndpoint",
        list=Call("ec2:DescribeVpcEndpoints", items="VpcEndpoints[]"),
        id="VpcEndpointId",
        arn="arn:{partition}:ec2:{region}:{OwnerId}:vpc-endpoint/{VpcEndpointId}",
        name=NAME_TAG,
        omit=("Groups",),
        relations=(
            points_to("AWSVpc", "MEMBER_OF_AWS_VPC", by="VpcId"),
            points_to("AWSEC2SecurityGroup", "MEMBER_OF_SECURITY_GROUP", by="Groups[].GroupId"),
            points_to("AWSEC2RouteTable", "ROUTES_THROUGH", by="RouteTableIds[]"),
            points_to("AWSEC2Subnet", "USES_SUBNET", by="SubnetIds[]"),
            points_to("AWSNetworkInterface", "NETWORK_INTERFACE", by="NetworkInterfaceIds[]"),
        ),
        description="A private way from a VPC to a service.",
    ),
    Resource(
        label="AWSVpcEndpointService",
        list=Call("ec2:DescribeVpcEndpointServiceConfigurations", items="ServiceConfigurations[]"),
        details=(Call("ec2:DescribeVpcEndpointServicePermissions"),),
        id="ServiceId",
        arn="arn:{partition}:ec2:{region}:{account}:vpc-endpoint-service/{ServiceId}",
        name="ServiceName",
        omit=("AllowedPrincipals",),
        computed=(
            Computed(
                "allowed_principals",
                PropertyType.STRINGS,
                _allowed_principals,
                "ec2:DescribeVpcEndpointServicePermissions",
                "Who may connect; `*` is everybody.",
            ),
        ),
        relations=(
            points_to(
                "AWSLoadBalancerV2",
                "SERVED_BY",
                by="[NetworkLoadBalancerArns, GatewayLoadBalancerArns][]",
            ),
        ),
        description="A service of ours that other VPCs reach by an endpoint.",
    ),
    Resource(
        label="AWSManagedPrefixList",
        list=Call("ec2:DescribeManagedPrefixLists", items="PrefixLists[]"),
        details=(Call("ec2:GetManagedPrefixListEntries", when="OwnerId != 'AWS'"),),
        id="PrefixListId",
        arn="PrefixListArn",
        name="PrefixListName",
        names={"Version": "version_number"},
        omit=("Entries",),
        computed=(
            Computed(
                "cidrs",
                PropertyType.STRINGS,
                _ranges,
                "ec2:GetManagedPrefixListEntries",
                "The address ranges of a list of ours; unknown for AWS's own lists.",
            ),
        ),
        description="A named set of address ranges, ours or AWS's.",
    ),
)
