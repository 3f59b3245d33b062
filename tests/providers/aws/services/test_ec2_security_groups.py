"""Security groups, their rules and ranges."""

from __future__ import annotations

from typing import Any

from tests.support.live import declared, edges, read_live
from tests.support.moto import Aws
from tests.support.reading import ACCOUNT, REGION, denied, read_resource

from cloudwarden.schema.records import Verdict

GROUP = declared("ec2_security_groups", "AWSEC2SecurityGroup")


def group(*permissions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "GroupId": "sg-1",
        "GroupName": "web",
        "Description": "the web",
        "OwnerId": ACCOUNT,
        "VpcId": "vpc-1",
        "IpPermissions": list(permissions),
        **more,
    }


def permission(first: int | None, last: int | None, protocol: str = "tcp", **more: Any) -> Any:
    ports = {"FromPort": first, "ToPort": last}
    found = {name: port for name, port in ports.items() if port is not None}
    return {"IpProtocol": protocol, **found, **more}


def read(*groups: dict[str, Any]) -> Any:
    return read_resource(GROUP, {"ec2:DescribeSecurityGroups": {"SecurityGroups": list(groups)}})


def test_a_group_belongs_to_its_vpc_and_names_who_it_lets_in() -> None:
    pair = {"UserIdGroupPairs": [{"GroupId": "sg-2", "UserId": ACCOUNT}]}
    tags = [{"Key": "team", "Value": "shop"}]
    found = read(group(permission(443, 443, **pair), Tags=tags)).assets["sg-1"]
    assert (found.name, found.tags) == ("web", {"team": "shop"})
    assert found.properties == {
        "groupid": "sg-1",
        "description": "the web",
        "ownerid": ACCOUNT,
        "vpcid": "vpc-1",
        "arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/sg-1",
    }
    assert edges(found) == {
        ("<MEMBER_OF_EC2_SECURITY_GROUP", "vpc-1"),
        ("ALLOWS_TRAFFIC_FROM", "sg-2"),
    }


def test_a_rule_open_to_the_world_joins_range_rule_and_group() -> None:
    ranges = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
    rule = read(group(permission(22, 22, **ranges))).only("AWSIpPermissionInbound")
    assert rule.id == "sg-1/IpPermissions/2222tcp"
    assert rule.properties == {
        "ruleid": rule.id,
        "groupid": "sg-1",
        "protocol": "tcp",
        "fromport": 22,
        "toport": 22,
    }
    assert edges(rule) == {
        ("MEMBER_OF_EC2_SECURITY_GROUP", "sg-1"),
        ("<MEMBER_OF_IP_RULE", "0.0.0.0/0"),
        ("<MEMBER_OF_IP_RULE", "::/0"),
    }
    implied = {r.target: r.implied for r in rule.relations if r.target_label == "AWSIpRange"}
    assert implied == {"0.0.0.0/0": {"range": "0.0.0.0/0"}, "::/0": {"range": "::/0"}}


def test_every_protocol_means_every_port() -> None:
    rule = read(group(permission(None, None, "-1"))).only("AWSIpPermissionInbound")
    assert rule.id == "sg-1/IpPermissions/NoneNone-1"
    found = [rule.properties[name] for name in ("protocol", "fromport", "toport")]
    assert found == ["all", 0, 65535]


def test_ports_that_run_together_do_not_make_one_rule_of_two() -> None:
    found = read(group(permission(11, 23), permission(1, 123))).reading.assets
    rules = {a.id: a.properties["fromport"] for a in found if a.label == "AWSIpPermissionInbound"}
    assert rules == {"sg-1/IpPermissions/1123tcp": 1, "sg-1/IpPermissions/11-23-tcp": 11}


def test_what_is_let_out_is_another_kind_of_rule() -> None:
    out = permission(443, 443, PrefixListIds=[{"PrefixListId": "pl-1"}])
    rule = read(group(IpPermissionsEgress=[out])).only("AWSIpPermissionEgress")
    assert rule.id == "sg-1/IpPermissionsEgress/443443tcp"
    assert ("<MEMBER_OF_IP_RULE", "pl-1") in edges(rule)


def test_a_denied_listing_is_no_empty_one() -> None:
    result = read_resource(GROUP, {"ec2:DescribeSecurityGroups": denied()})
    assert result.reading.verdict is Verdict.DENIED


def test_groups_of_a_moto_account(aws: Aws) -> None:
    ec2 = aws.client("ec2")
    made = ec2.create_security_group(GroupName="ssh", Description="ssh")["GroupId"]
    world = [{"CidrIp": "0.0.0.0/0"}]
    ec2.authorize_security_group_ingress(
        GroupId=made,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": world}],
    )
    found = read_live(aws, GROUP).assets
    assert ("<MEMBER_OF_IP_RULE", "0.0.0.0/0") in edges(found[f"{made}/IpPermissions/2222tcp"])
