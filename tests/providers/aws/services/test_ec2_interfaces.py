"""Network interfaces and addresses."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.live import declared, edges
from tests.support.reading import ACCOUNT, REGION, denied, read_resource

from cloudwarden.schema.records import Verdict

INTERFACE = declared("ec2_interfaces", "AWSNetworkInterface")
ADDRESS = declared("ec2_interfaces", "AWSElasticIPAddress")


def read(**more: Any) -> Any:
    interface = {
        "NetworkInterfaceId": "eni-1",
        "OwnerId": ACCOUNT,
        "SubnetId": "subnet-1",
        "Groups": [{"GroupId": "sg-1"}],
        "TagSet": [{"Key": "Name", "Value": "front"}],
        **more,
    }
    answers = {"ec2:DescribeNetworkInterfaces": {"NetworkInterfaces": [interface]}}
    return read_resource(INTERFACE, answers)


def test_an_interface_has_its_addresses_as_assets() -> None:
    association = {"PublicIp": "198.51.100.7", "IpOwnerId": "amazon"}
    found = read(
        Association=association,
        PrivateIpAddresses=[
            {"PrivateIpAddress": "10.0.0.7", "Primary": True, "Association": association}
        ],
        Ipv6Addresses=[{"Ipv6Address": "2001:db8::7", "IsPrimaryIpv6": True}],
    ).assets
    interface = found["eni-1"]
    assert (interface.name, interface.tags) == ("front", {"Name": "front"})
    assert interface.properties["public_ip"] == "198.51.100.7"
    assert interface.properties["subnet_id"] == interface.properties["subnetid"] == "subnet-1"
    assert edges(interface) == {
        ("PART_OF_SUBNET", "subnet-1"),
        ("MEMBER_OF_EC2_SECURITY_GROUP", "sg-1"),
        ("ELASTIC_IP_ADDRESS", "198.51.100.7"),
    }
    four, six = found["eni-1:10.0.0.7"], found["eni-1:2001:db8::7"]
    assert four.properties == {
        "private_ip_address": "10.0.0.7",
        "primary": True,
        "public_ip": "198.51.100.7",
        "ip_owner_id": "amazon",
        "network_interface_id": "eni-1",
    }
    assert ("<PRIVATE_IP_ADDRESS", "eni-1") in edges(four)
    assert six.properties["primary"] is True
    assert edges(six) == {("<IPV6_ADDRESS", "eni-1")}


@pytest.mark.parametrize(
    ("description", "balancer"),
    [("ELB shop", "shop"), ("ELB app/shop/50dc6c495c0c9188", "app/shop/50dc6c495c0c9188")],
)
def test_an_interface_of_a_load_balancer_hangs_on_it(description: str, balancer: str) -> None:
    arn = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/{balancer}"
    found = read(Description=description).only("AWSNetworkInterface")
    assert ("<NETWORK_INTERFACE", arn) in edges(found)


def test_another_interface_hangs_on_no_load_balancer() -> None:
    found = read(Description="Primary network interface").only("AWSNetworkInterface")
    assert "<NETWORK_INTERFACE" not in {type_ for type_, _ in edges(found)}


def test_an_elastic_address_belongs_to_its_instance() -> None:
    address = {"PublicIp": "198.51.100.7", "AllocationId": "eipalloc-1", "InstanceId": "i-1"}
    found = read_resource(ADDRESS, {"ec2:DescribeAddresses": {"Addresses": [address]}}).only()
    assert found.id == "198.51.100.7"
    assert found.properties["arn"] == f"arn:aws:ec2:{REGION}:{ACCOUNT}:elastic-ip/eipalloc-1"
    assert edges(found) == {("<ELASTIC_IP_ADDRESS", "i-1")}


def test_denied_interfaces_are_a_verdict() -> None:
    result = read_resource(INTERFACE, {"ec2:DescribeNetworkInterfaces": denied()})
    assert result.reading.verdict is Verdict.DENIED
