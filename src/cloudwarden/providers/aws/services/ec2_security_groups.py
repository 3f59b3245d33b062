"""Amazon EC2: security groups, with their rules and the ranges that those name as assets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwarden.providers.aws.declarations import (
    Naming,
    Points,
    Produced,
    Resource,
    pointed_from,
    points_to,
)
from cloudwarden.providers.aws.ec2.rules import EGRESS, INBOUND, RANGE, rules_of, sources_of
from cloudwarden.providers.aws.tags import read_tags
from cloudwarden.schema.labels import PropertyType
from cloudwarden.schema.records import Relation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Steps
    from cloudwarden.schema.records import Asset

GROUPS = "ec2:DescribeSecurityGroups"

_TEXT, _NUMBER = PropertyType.STRING, PropertyType.INTEGER


def read_security_groups(context: ReadContext) -> Steps:
    """List the groups; everything else is in them."""
    groups = yield from context.paginate(GROUPS, tokens={"NextToken": "NextToken"})
    return context.reading(
        asset for group in groups.items("SecurityGroups[]") for asset in _assets(context, group)
    )


def _assets(context: ReadContext, group: Mapping[str, Any]) -> Iterator[Asset]:
    identity = group["GroupId"]
    owner = group.get("OwnerId") or context.account
    arn = f"arn:{context.partition}:ec2:{context.region}:{owner}:security-group/{identity}"
    yield context.asset(
        "AWSEC2SecurityGroup",
        group,
        id_=identity,
        name=group.get("GroupName"),
        tags=read_tags(group.get("Tags")),
        properties={"arn": arn},
        relations=[
            Relation("ALLOWS_TRAFFIC_FROM", "AWSEC2SecurityGroup", source)
            for source in sources_of(group)
        ],
    )
    yield from rules_of(group, context.scope)


_RULE_RELATIONS: tuple[Points, ...] = (
    points_to("AWSEC2SecurityGroup", "MEMBER_OF_EC2_SECURITY_GROUP", by=""),
    pointed_from(RANGE, "MEMBER_OF_IP_RULE", by=""),
    pointed_from("AWSEC2SecurityGroup", "MEMBER_OF_IP_RULE", by=""),
    pointed_from("AWSManagedPrefixList", "MEMBER_OF_IP_RULE", by=""),
)


def _rule(label: str, alias: str, description: str) -> Produced:
    return Produced(
        label=label,
        aliases=(alias,),
        groups=("AWSIpRule", "IpRule"),
        properties={
            "ruleid": (_TEXT, GROUPS),
            "groupid": (_TEXT, GROUPS),
            "protocol": (_TEXT, GROUPS),
            "fromport": (_NUMBER, GROUPS),
            "toport": (_NUMBER, GROUPS),
        },
        relations=_RULE_RELATIONS,
        description=description,
    )


RESOURCES = (
    Resource(
        label="AWSEC2SecurityGroup",
        read=read_security_groups,
        operations=(GROUPS,),
        produces=(
            Produced(
                label="AWSEC2SecurityGroup",
                aliases=("EC2SecurityGroup",),
                groups=("NetworkAccessControl",),
                shape=(GROUPS, "SecurityGroups[]"),
                naming=Naming.SQUASHED,
                omit=("IpPermissions", "IpPermissionsEgress", "GroupName", "SecurityGroupArn"),
                properties={"arn": (_TEXT, GROUPS)},
                relations=(
                    pointed_from("AWSVpc", "MEMBER_OF_EC2_SECURITY_GROUP", by="VpcId"),
                    points_to("AWSEC2SecurityGroup", "ALLOWS_TRAFFIC_FROM", by=""),
                ),
                description="A stateful filter around network interfaces.",
            ),
            _rule(INBOUND, "IpPermissionInbound", "What a security group lets in."),
            _rule(EGRESS, "IpPermissionEgress", "What a security group lets out."),
            Produced(
                label=RANGE,
                aliases=("IpRange",),
                owned=False,
                properties={"range": (_TEXT, GROUPS)},
                description="A range of addresses that a rule names.",
            ),
        ),
        description="A stateful filter around network interfaces.",
    ),
)
