"""Classic load balancers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.live import declared, edges, read_live
from tests.support.moto import Aws
from tests.support.reading import ACCOUNT, REGION, denied, read_resource

from cloudwarden.schema.records import Verdict

BALANCER = declared("elb", "AWSLoadBalancer")
DNS = "shop-1.eu-west-1.elb.amazonaws.com"
CERTIFICATE = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1"

SHOP = {
    "LoadBalancerName": "shop",
    "DNSName": DNS,
    "Scheme": "internet-facing",
    "VPCId": "vpc-1",
    "Instances": [{"InstanceId": "i-1"}],
    "SecurityGroups": ["sg-1"],
    "SourceSecurityGroup": {"GroupName": "web", "OwnerAlias": ACCOUNT},
    "Subnets": ["subnet-1"],
    "ListenerDescriptions": [
        {
            "Listener": {
                "Protocol": "HTTPS",
                "LoadBalancerPort": 443,
                "InstanceProtocol": "HTTP",
                "InstancePort": 8080,
                "SSLCertificateId": CERTIFICATE,
            },
            "PolicyNames": ["ELBSecurityPolicy-2016-08"],
        }
    ],
}
ATTRIBUTES = {
    "LoadBalancerAttributes": {
        "AccessLog": {"Enabled": True, "S3BucketName": "logs"},
        "CrossZoneLoadBalancing": {"Enabled": False},
    }
}


def tags(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "TagDescriptions": [
            {"LoadBalancerName": name, "Tags": [{"Key": "team", "Value": name}]}
            for name in parameters["LoadBalancerNames"]
        ]
    }


def read(*balancers: dict[str, Any], attributes: Any = ATTRIBUTES) -> Any:
    return read_resource(
        BALANCER,
        {
            "elb:DescribeLoadBalancers": {"LoadBalancerDescriptions": list(balancers)},
            "elb:DescribeLoadBalancerAttributes": attributes,
            "elb:DescribeTags": tags,
        },
    )


def test_a_balancer_has_its_properties_tags_and_edges() -> None:
    found = read(SHOP).assets[DNS]
    assert (found.name, found.tags) == ("shop", {"team": "shop"})
    expected = {
        "dnsname": DNS,
        "scheme": "internet-facing",
        "accesslogenabled": True,
        "accesslogs3bucketname": "logs",
        "arn": f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/shop",
    }
    assert {name: found.properties.get(name) for name in expected} == expected
    assert edges(found) == {
        ("EXPOSE", "i-1"),
        ("MEMBER_OF_EC2_SECURITY_GROUP", "sg-1"),
        ("SOURCE_SECURITY_GROUP", "sg-1"),
        ("PART_OF_SUBNET", "subnet-1"),
        ("MEMBER_OF_AWS_VPC", "vpc-1"),
        ("SENDS_LOGS_TO_S3", "logs"),
    }


def test_its_listeners_are_assets() -> None:
    listener = read(SHOP).only("AWSELBListener")
    assert listener.id == f"{DNS}443HTTPS"
    assert listener.properties == {
        "port": 443,
        "protocol": "HTTPS",
        "instance_port": 8080,
        "instance_protocol": "HTTP",
        "ssl_certificate_id": CERTIFICATE,
        "policy_names": ["ELBSecurityPolicy-2016-08"],
    }
    assert edges(listener) == {("<ELB_LISTENER", DNS), ("<USED_BY", CERTIFICATE)}


def test_tags_are_asked_for_twenty_balancers_at_a_time() -> None:
    many = [{"LoadBalancerName": f"lb-{n}", "DNSName": f"lb-{n}.example"} for n in range(21)]
    result = read(*many)
    assert result.reading.operations["elb:DescribeTags"] == 2
    assert result.assets["lb-20.example"].tags == {"team": "lb-20"}


def test_denied_attributes_are_unknown_not_switched_off() -> None:
    result = read(SHOP, attributes=denied())
    found = result.assets[DNS]
    assert "accesslogenabled" not in found.properties
    assert found.unread["elb:DescribeLoadBalancerAttributes"].verdict is Verdict.DENIED
    assert result.reading.verdict is Verdict.PARTIAL


def test_a_balancer_read_again_has_its_new_instances(aws: Aws) -> None:
    elb = aws.client("elb")
    elb.create_load_balancer(
        LoadBalancerName="shop",
        AvailabilityZones=["us-east-1a"],
        Listeners=[{"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 80}],
    )

    def exposed() -> set[str]:
        found = read_live(aws, BALANCER).only("AWSLoadBalancer")
        return {target for type_, target in edges(found) if type_ == "EXPOSE"}

    one, other = {"InstanceId": "i-1"}, {"InstanceId": "i-2"}
    elb.register_instances_with_load_balancer(LoadBalancerName="shop", Instances=[one])
    assert exposed() == {"i-1"}
    elb.register_instances_with_load_balancer(LoadBalancerName="shop", Instances=[other])
    elb.deregister_instances_from_load_balancer(LoadBalancerName="shop", Instances=[one])
    assert exposed() == {"i-2"}
