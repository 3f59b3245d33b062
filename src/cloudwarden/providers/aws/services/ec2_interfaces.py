"""Amazon EC2: network interfaces with their addresses, and elastic addresses."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import (
    Call,
    Computed,
    Document,
    Part,
    Resource,
    pointed_from,
    points_to,
)
from cloudwarden.schema.labels import PropertyType

_INTERFACES = "ec2:DescribeNetworkInterfaces"


def _subnet_id(interface: Document) -> str | None:
    return interface.get("SubnetId")


def _interface_id(address: Document) -> str:
    return str(address["parent"]["NetworkInterfaceId"])


_INTERFACE_ID = Computed(
    "network_interface_id",
    PropertyType.STRING,
    _interface_id,
    _INTERFACES,
    "The network interface that has the address.",
)


_PRIVATE_IP = Part(
    label="AWSEC2PrivateIp",
    aliases=("EC2PrivateIp",),
    groups=("Ip",),
    path="PrivateIpAddresses[]",
    id="{parent.NetworkInterfaceId}:{PrivateIpAddress}",
    name="PrivateIpAddress",
    parent_relation="PRIVATE_IP_ADDRESS",
    parent_incoming=True,
    names={"Association.IpOwnerId": "ip_owner_id", "Association.PublicIp": "public_ip"},
    computed=(_INTERFACE_ID,),
    relations=(points_to("AWSElasticIPAddress", "ELASTIC_IP_ADDRESS", by="Association.PublicIp"),),
    description="A private IPv4 address of a network interface.",
)

_IPV6_ADDRESS = Part(
    label="AWSEC2Ipv6Address",
    aliases=("EC2Ipv6Address",),
    groups=("Ip",),
    path="Ipv6Addresses[]",
    id="{parent.NetworkInterfaceId}:{Ipv6Address}",
    name="Ipv6Address",
    parent_relation="IPV6_ADDRESS",
    parent_incoming=True,
    names={"IsPrimaryIpv6": "primary"},
    computed=(_INTERFACE_ID,),
    description="An IPv6 address of a network interface.",
)

RESOURCES = (
    Resource(
        label="AWSNetworkInterface",
        groups=("NetworkInterface",),
        list=Call("ec2:DescribeNetworkInterfaces", items="NetworkInterfaces[]"),
        id="NetworkInterfaceId",
        arn="arn:{partition}:ec2:{region}:{OwnerId}:network-interface/{NetworkInterfaceId}",
        name="TagSet[?Key=='Name'] | [0].Value",
        names={
            "Association.PublicIp": "public_ip",
            "Attachment.AttachTime": "attach_time",
            "Attachment.DeviceIndex": "device_index",
            "Attachment.InstanceId": "instance_id",
            "SubnetId": "subnetid",
        },
        omit=("PrivateIpAddresses", "Ipv6Addresses", "Groups"),
        computed=(
            Computed(
                "subnet_id",
                PropertyType.STRING,
                _subnet_id,
                _INTERFACES,
                "As `subnetid`: the ecosystem has both.",
            ),
        ),
        relations=(
            points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="SubnetId"),
            points_to("AWSEC2SecurityGroup", "MEMBER_OF_EC2_SECURITY_GROUP", by="Groups[].GroupId"),
            points_to("AWSElasticIPAddress", "ELASTIC_IP_ADDRESS", by="Association.PublicIp"),
            # A load balancer's interfaces say so in their description alone: `ELB name` for a
            # classic one, `ELB app/name/id` for the others, which is how their ARNs end.
            pointed_from(
                "LoadBalancer",
                "NETWORK_INTERFACE",
                by=(
                    "arn:{partition}:elasticloadbalancing:{region}:{OwnerId}"
                    ":loadbalancer/{split(Description, 'ELB ')[1]}"
                ),
            ),
        ),
        parts=(_PRIVATE_IP, _IPV6_ADDRESS),
        description="A network card: of an instance, a load balancer, a function, a database.",
    ),
    Resource(
        label="AWSElasticIPAddress",
        aliases=("ElasticIPAddress",),
        groups=("Ip",),
        list=Call("ec2:DescribeAddresses", items="Addresses[]"),
        id="PublicIp",
        arn="arn:{partition}:ec2:{region}:{account}:elastic-ip/{AllocationId}",
        name="Tags[?Key=='Name'] | [0].Value",
        relations=(
            points_to("AWSEC2Instance", "ELASTIC_IP_ADDRESS", by="InstanceId", incoming=True),
        ),
        description="A public IPv4 address that the account keeps.",
    ),
)
