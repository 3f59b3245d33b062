"""Application, network and gateway load balancers, their listeners, groups and targets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.support.live import declared, edges, read_live
from tests.support.moto import Aws
from tests.support.reading import ACCOUNT, REGION, denied, read_resource

from cloudwarden.schema.records import Relation, Verdict

RESOURCE = declared("elbv2", "AWSLoadBalancerV2")
BASE = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
ARN = f"{BASE}:loadbalancer/app/shop/1"
GROUP = f"{BASE}:targetgroup/web/1"
LISTENER = f"{BASE}:listener/app/shop/1/1"
DNS = "shop-1.eu-west-1.elb.amazonaws.com"
CERTIFICATE = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:shop"

BALANCER = {
    "LoadBalancerArn": ARN,
    "LoadBalancerName": "shop",
    "DNSName": DNS,
    "Scheme": "internet-facing",
    "Type": "application",
    "State": {"Code": "active"},
    "VpcId": "vpc-1",
    "SecurityGroups": ["sg-1"],
    "AvailabilityZones": [{"ZoneName": "a", "SubnetId": "subnet-1"}],
}


def group(**more: Any) -> dict[str, Any]:
    return {
        "TargetGroupArn": GROUP,
        "TargetGroupName": "web",
        "TargetType": "instance",
        "Protocol": "HTTP",
        "Port": 80,
        "VpcId": "vpc-1",
        "LoadBalancerArns": [ARN],
        **more,
    }


def registered(*targets: tuple[str, int | None]) -> dict[str, Any]:
    return {
        "TargetHealthDescriptions": [
            {"Target": {"Id": identity, **({"Port": port} if port else {})}}
            for identity, port in targets
        ]
    }


def tags(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "TagDescriptions": [
            {"ResourceArn": arn, "Tags": [{"Key": "team", "Value": "shop"}]}
            for arn in parameters["ResourceArns"]
        ]
    }


def read(**replies: Any) -> Any:
    listener = {
        "ListenerArn": LISTENER,
        "LoadBalancerArn": ARN,
        "Port": 443,
        "Protocol": "HTTPS",
        "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "Certificates": [{"CertificateArn": CERTIFICATE}],
        "DefaultActions": [
            {
                "Type": "authenticate-oidc",
                "AuthenticateOidcConfig": {"ClientId": "x", "ClientSecret": "hunter2"},
            },
            {"Type": "forward", "TargetGroupArn": GROUP},
        ],
    }
    attributes = {
        "access_logs.s3.enabled": "true",
        "access_logs.s3.bucket": "logs",
        "deletion_protection.enabled": "false",
        "idle_timeout.timeout_seconds": "60",
        "something.new": "x",
    }
    answers: dict[str, Any] = {
        "DescribeLoadBalancers": {"LoadBalancers": [BALANCER]},
        "DescribeTargetGroups": {"TargetGroups": [group()]},
        "DescribeListeners": {"Listeners": [listener]},
        "DescribeLoadBalancerAttributes": {
            "Attributes": [{"Key": key, "Value": value} for key, value in attributes.items()]
        },
        "DescribeRules": {"Rules": [{"IsDefault": True, "Actions": listener["DefaultActions"]}]},
        "DescribeTargetHealth": registered(("i-1", 8080)),
        "DescribeTargetGroupAttributes": {
            "Attributes": [{"Key": "preserve_client_ip.enabled", "Value": "false"}]
        },
        "DescribeTags": tags,
        **replies,
    }
    interfaces = answers.pop("DescribeNetworkInterfaces", None)
    named = {f"elbv2:{operation}": reply for operation, reply in answers.items()}
    return read_resource(RESOURCE, {**named, "ec2:DescribeNetworkInterfaces": interfaces})


def exposed(result: Any) -> list[Relation]:
    return [edge for edge in result.assets[DNS].relations if edge.type == "EXPOSE"]


def test_a_balancer_has_its_properties_tags_and_edges() -> None:
    found = read().assets[DNS]
    assert (found.name, found.tags) == ("shop", {"team": "shop"})
    expected = {
        "arn": ARN,
        "dnsname": DNS,
        "scheme": "internet-facing",
        "type": "application",
        "state": "active",
        "access_logs_enabled": True,
        "access_logs_bucket": "logs",
        "deletion_protection_enabled": False,
        "idle_timeout_seconds": 60,
    }
    assert {name: found.properties.get(name) for name in expected} == expected
    assert edges(found) == {
        ("EXPOSE", "i-1"),
        ("MEMBER_OF_EC2_SECURITY_GROUP", "sg-1"),
        ("SUBNET", "subnet-1"),
        ("PART_OF_SUBNET", "subnet-1"),
        ("MEMBER_OF_AWS_VPC", "vpc-1"),
        ("SENDS_LOGS_TO_S3", "logs"),
    }


def test_a_listener_has_its_certificate_and_group_but_no_client_secret() -> None:
    found = read().assets[LISTENER]
    assert (found.properties["port"], found.properties["protocol"]) == (443, "HTTPS")
    assert found.properties["targetgrouparn"] == GROUP
    assert "hunter2" not in str(found)
    assert edges(found) == {
        ("<ELBV2_LISTENER", ARN),
        ("<USED_BY", CERTIFICATE),
        ("FORWARDS_TO", GROUP),
    }


def test_a_listener_forwards_where_its_rules_do() -> None:
    other = f"{BASE}:targetgroup/api/2"
    weighted = {"TargetGroups": [{"TargetGroupArn": other, "Weight": 1}]}
    rules = [
        {"Priority": "1", "Actions": [{"Type": "forward", "ForwardConfig": weighted}]},
        {"IsDefault": True, "Actions": [{"Type": "forward", "TargetGroupArn": GROUP}]},
    ]
    found = read(DescribeRules={"Rules": rules}).assets[LISTENER]
    assert {e.target for e in found.relations if e.type == "FORWARDS_TO"} == {GROUP, other}


def test_a_listeners_rules_are_kept_in_order_without_what_may_be_secret() -> None:
    header = {"HttpHeaderName": "X-Verify", "Values": ["hunter3"]}
    secret = {"Field": "http-header", "HttpHeaderConfig": header}
    query = {"QueryStringConfig": {"Values": [{"Key": "token", "Value": "hunter4"}]}}
    office = {"Field": "source-ip", "SourceIpConfig": {"Values": ["203.0.113.0/24"]}}
    signed = {"OnUnauthenticatedRequest": "allow", "ClientSecret": "hunter5"}
    rules = [
        {"IsDefault": True, "Priority": "default", "Actions": [{"Type": "fixed-response"}]},
        {
            "Priority": "20",
            "Conditions": [{"Field": "path-pattern", "Values": ["/a"]}, office],
            "Actions": [
                {"Type": "forward", "Order": 2, "TargetGroupArn": GROUP},
                {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": signed},
            ],
        },
        {
            "Priority": "3",
            "Conditions": [secret, {"Field": "query-string", **query}],
            "Actions": [
                {
                    "Type": "forward",
                    "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": GROUP, "Weight": 0}]},
                }
            ],
        },
    ]
    found = read(DescribeRules={"Rules": rules}).assets[LISTENER]
    assert "hunter" not in str(found)
    first, second, last = json.loads(found.properties["rules"])
    assert first["conditions"] == [
        {"field": "http-header", "names": ["X-Verify"]},
        {"field": "query-string", "names": ["token"]},
    ]
    assert first["forwards_to"] == [{"target_group_arn": GROUP, "weight": 0}]
    assert second["conditions"] == [
        {"field": "path-pattern", "values": ["/a"]},
        {"field": "source-ip", "values": ["203.0.113.0/24"]},
    ]
    assert second["actions"] == ["authenticate-oidc", "forward"]
    assert second["lets_strangers_pass"] is True
    assert (last["priority"], last["actions"]) == ("default", ["fixed-response"])


def test_a_network_balancers_listener_has_its_default_for_a_rule() -> None:
    balancer = {**BALANCER, "Type": "network"}
    found = read(DescribeLoadBalancers={"LoadBalancers": [balancer]}).assets[LISTENER]
    (only,) = json.loads(found.properties["rules"])
    assert (only["priority"], only["forwards_to"]) == ("default", [{"target_group_arn": GROUP}])


def test_denied_rules_are_unknown_to_their_listener() -> None:
    result = read(DescribeRules=denied())
    assert "elbv2:DescribeRules" in result.assets[LISTENER].unread
    assert "rules" not in result.assets[LISTENER].properties
    assert result.reading.verdict is Verdict.PARTIAL
    assert result.reading.listed


def test_a_network_balancers_group_says_whether_targets_see_clients() -> None:
    result = read(DescribeTargetGroups={"TargetGroups": [group(Protocol="TCP")]})
    assert result.assets[GROUP].properties["preserve_client_ip_enabled"] is False
    assert "preserve_client_ip_enabled" not in read().assets[GROUP].properties


def test_a_target_on_two_ports_is_one_edge_with_both() -> None:
    result = read(DescribeTargetHealth=registered(("i-1", 8081), ("i-1", 8080)))
    (edge,) = exposed(result)
    assert (edge.target_label, edge.target) == ("AWSEC2Instance", "i-1")
    assert edge.properties == {
        "port": 8080,
        "ports": [8080, 8081],
        "protocol": "HTTP",
        "target_group_arn": GROUP,
    }
    assert edges(result.assets[GROUP]) == {
        ("TARGETS", "i-1"),
        ("<ELBV2_TARGET_GROUP", ARN),
        ("MEMBER_OF_AWS_VPC", "vpc-1"),
    }


def test_a_function_is_exposed_without_a_port() -> None:
    result = read(
        DescribeTargetGroups={"TargetGroups": [group(TargetType="lambda", Protocol=None)]},
        DescribeTargetHealth=registered((FUNCTION, None)),
    )
    (edge,) = exposed(result)
    assert (edge.target_label, edge.target) == ("AWSLambda", FUNCTION)
    assert edge.properties == {"target_group_arn": GROUP}


def test_an_address_is_exposed_as_the_one_of_its_network() -> None:
    def interface(identity: str, vpc: str) -> dict[str, Any]:
        addresses = [{"PrivateIpAddress": "10.0.0.7"}]
        return {"NetworkInterfaceId": identity, "VpcId": vpc, "PrivateIpAddresses": addresses}

    result = read(
        DescribeTargetGroups={"TargetGroups": [group(TargetType="ip")]},
        DescribeTargetHealth=registered(("10.0.0.7", 80), ("192.0.2.1", 80)),
        DescribeNetworkInterfaces={
            "NetworkInterfaces": [interface("eni-other", "vpc-2"), interface("eni-1", "vpc-1")]
        },
    )
    (edge,) = exposed(result)
    assert (edge.target_label, edge.target) == ("AWSEC2PrivateIp", "eni-1:10.0.0.7")
    asked = next(one for one in result.requests if one.operation.startswith("ec2:"))
    assert asked.parameters["Filters"][0]["Values"] == ["10.0.0.7", "192.0.2.1"]


def test_addresses_that_could_not_be_found_are_unknown() -> None:
    result = read(
        DescribeTargetGroups={"TargetGroups": [group(TargetType="ip")]},
        DescribeTargetHealth=registered(("10.0.0.7", 80)),
        DescribeNetworkInterfaces=denied(),
    )
    assert "ec2:DescribeNetworkInterfaces" in result.assets[DNS].unread
    assert result.reading.verdict is Verdict.PARTIAL


def test_denied_health_is_unknown_to_the_group_and_its_balancer() -> None:
    result = read(DescribeTargetHealth=denied())
    for identity in (GROUP, DNS):
        failure = result.assets[identity].unread["elbv2:DescribeTargetHealth"]
        assert failure.verdict is Verdict.DENIED
    assert exposed(result) == []
    assert result.reading.verdict is Verdict.PARTIAL


def test_denied_listeners_are_not_called_gone() -> None:
    result = read(DescribeListeners=denied())
    assert not result.reading.listed
    assert "elbv2:DescribeListeners" in result.assets[DNS].unread


def test_balancers_of_a_moto_account(aws: Aws) -> None:
    ec2, elb = aws.client("ec2"), aws.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{z}")
        for n, z in enumerate("ab")
    ]
    balancer = elb.create_load_balancer(
        Name="shop", Subnets=[one["Subnet"]["SubnetId"] for one in subnets]
    )["LoadBalancers"][0]
    target = elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc)
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[
            {"Type": "forward", "TargetGroupArn": target["TargetGroups"][0]["TargetGroupArn"]}
        ],
    )
    result = read_live(aws, RESOURCE)
    assert result.reading.verdict is Verdict.COMPLETE
    assert result.only("AWSELBV2Listener").properties["port"] == 80
    assert ("<ELBV2_TARGET_GROUP", balancer["LoadBalancerArn"]) in edges(
        result.only("AWSELBV2TargetGroup")
    )
