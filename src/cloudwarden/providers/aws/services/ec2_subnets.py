"""Amazon EC2: subnets, internet, NAT and egress-only gateways, and flow logs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cloudwarden.providers.aws.declarations import (
    Call,
    Computed,
    Document,
    Naming,
    Resource,
    points_to,
)
from cloudwarden.providers.aws.ec2.identifiers import NAME_TAG, starting_with
from cloudwarden.schema.labels import PropertyType


def _log_group(value: Any, _document: Document) -> str | None:
    """A flow log's destination as a log group's ARN, which it spells with a trailing `:*`."""
    return str(value).removesuffix(":*") if ":logs:" in str(value) else None


def _bucket(value: Any, _document: Document) -> str | None:
    """The bucket in a flow log's destination, which may go on with a folder."""
    return str(value).split(":::", 1)[1].split("/")[0] if ":s3:::" in str(value) else None


def _subnet_id(subnet: Document) -> str:
    return str(subnet["SubnetId"])


def _first_address(member: str) -> Callable[[Document], str | None]:
    """A member of a NAT gateway's primary address, or of its only one."""

    def find(gateway: Document) -> str | None:
        entries = gateway.get("NatGatewayAddresses") or ()
        primary = [entry for entry in entries if entry.get("IsPrimary")] or entries
        return primary[0].get(member) if primary else None

    return find


_NAT_ADDRESS = tuple(
    Computed(name, PropertyType.STRING, _first_address(member), "ec2:DescribeNatGateways")
    for name, member in (
        ("allocation_id", "AllocationId"),
        ("network_interface_id", "NetworkInterfaceId"),
        ("private_ip", "PrivateIp"),
        ("public_ip", "PublicIp"),
    )
)

RESOURCES = (
    Resource(
        label="AWSEC2Subnet",
        volatile=("AvailableIpAddressCount",),
        aliases=("EC2Subnet",),
        groups=("Subnet",),
        list=Call("ec2:DescribeSubnets", items="Subnets[]"),
        id="SubnetId",
        arn="SubnetArn",
        name=NAME_TAG,
        names={
            "SubnetId": "subnetid",
            "AssignIpv6AddressOnCreation": "assignipv6addressoncreation",
        },
        computed=(
            Computed(
                "subnet_id",
                PropertyType.STRING,
                _subnet_id,
                "ec2:DescribeSubnets",
                "As `subnetid`: the ecosystem has both.",
            ),
        ),
        relations=(points_to("AWSVpc", "MEMBER_OF_AWS_VPC", by="VpcId"),),
        description="A range of a VPC's addresses in one availability zone.",
    ),
    Resource(
        label="AWSInternetGateway",
        list=Call("ec2:DescribeInternetGateways", items="InternetGateways[]"),
        id="InternetGatewayId",
        arn="arn:{partition}:ec2:{region}:{OwnerId}:internet-gateway/{InternetGatewayId}",
        name=NAME_TAG,
        naming=Naming.SQUASHED,
        relations=(points_to("AWSVpc", "ATTACHED_TO", by="Attachments[].VpcId"),),
        description="A VPC's door to the internet, in both directions.",
    ),
    Resource(
        label="AWSEgressOnlyInternetGateway",
        list=Call("ec2:DescribeEgressOnlyInternetGateways", items="EgressOnlyInternetGateways[]"),
        id="EgressOnlyInternetGatewayId",
        arn=(
            "arn:{partition}:ec2:{region}:{account}"
            ":egress-only-internet-gateway/{EgressOnlyInternetGatewayId}"
        ),
        name=NAME_TAG,
        relations=(points_to("AWSVpc", "ATTACHED_TO", by="Attachments[].VpcId"),),
        description="A VPC's way out to the internet over IPv6.",
    ),
    Resource(
        label="AWSNatGateway",
        # A deleted gateway is listed for about an hour; it is gone.
        list=Call("ec2:DescribeNatGateways", items="NatGateways[?State!='deleted']"),
        id="NatGatewayId",
        arn="arn:{partition}:ec2:{region}:{account}:natgateway/{NatGatewayId}",
        name=NAME_TAG,
        computed=_NAT_ADDRESS,
        relations=(
            points_to("AWSVpc", "ATTACHED_TO", by="VpcId"),
            points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="SubnetId"),
            points_to(
                "AWSElasticIPAddress", "ASSOCIATED_WITH", by="NatGatewayAddresses[].PublicIp"
            ),
            points_to(
                "AWSNetworkInterface",
                "NETWORK_INTERFACE",
                by="NatGatewayAddresses[].NetworkInterfaceId",
            ),
        ),
        description="A way out to the internet for subnets without public addresses.",
    ),
    Resource(
        label="AWSVpcFlowLog",
        list=Call("ec2:DescribeFlowLogs", items="FlowLogs[]"),
        id="FlowLogId",
        arn="arn:{partition}:ec2:{region}:{account}:vpc-flow-log/{FlowLogId}",
        name=NAME_TAG,
        relations=(
            points_to(
                "AWSVpc", "LOGS_TRAFFIC_OF", by="ResourceId", transform=starting_with("vpc-")
            ),
            points_to(
                "AWSEC2Subnet",
                "LOGS_TRAFFIC_OF",
                by="ResourceId",
                transform=starting_with("subnet-"),
            ),
            points_to(
                "AWSNetworkInterface",
                "LOGS_TRAFFIC_OF",
                by="ResourceId",
                transform=starting_with("eni-"),
            ),
            points_to(
                "AWSTransitGateway",
                "LOGS_TRAFFIC_OF",
                by="ResourceId",
                transform=starting_with("tgw-"),
            ),
            points_to(
                "AWSCloudWatchLogGroup",
                "SENDS_LOGS_TO_CLOUDWATCH",
                by="LogDestination",
                transform=_log_group,
            ),
            # Logs to the account's own log groups may be named by the group alone.
            points_to(
                "AWSCloudWatchLogGroup",
                "SENDS_LOGS_TO_CLOUDWATCH",
                by="arn:{partition}:logs:{region}:{account}:log-group:{LogGroupName}",
            ),
            points_to("AWSS3Bucket", "SENDS_LOGS_TO_S3", by="LogDestination", transform=_bucket),
            points_to("AWSRole", "ASSUMES", by="DeliverLogsPermissionArn"),
        ),
        description="A record of the traffic of a VPC, subnet, network interface or gateway.",
    ),
)
