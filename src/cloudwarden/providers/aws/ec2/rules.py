"""Rules of security groups as assets, with the ranges, groups and prefix lists that they name.

A rule here is one element of `IpPermissions`: AWS gathers under it everything with the same
protocol and ports. Its identity is that of the ecosystem's graph, `group/direction/ports and
protocol`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cloudwarden.schema.records import Asset, Relation, Scope

Document = Mapping[str, Any]

INBOUND = "AWSIpPermissionInbound"
EGRESS = "AWSIpPermissionEgress"
RANGE = "AWSIpRange"

_DIRECTIONS = (("IpPermissions", INBOUND), ("IpPermissionsEgress", EGRESS))
_ALL_PORTS = (0, 65535)


def rules_of(group: Document, scope: Scope) -> Iterator[Asset]:
    """The rules of one security group, as `ec2:DescribeSecurityGroups` gives it."""
    for member, label in _DIRECTIONS:
        taken: set[str] = set()
        for permission in sorted(group.get(member) or (), key=_order):
            rule_id = _rule_id(group["GroupId"], member, permission, taken)
            taken.add(rule_id)
            yield Asset(
                label=label,
                id=rule_id,
                account=scope.account,
                region=scope.region,
                properties=_properties(rule_id, group, permission),
                relations=(
                    Relation(
                        "MEMBER_OF_EC2_SECURITY_GROUP", "AWSEC2SecurityGroup", group["GroupId"]
                    ),
                    *_peers(permission),
                ),
            )


def sources_of(group: Document) -> tuple[str, ...]:
    """The groups whose members the group lets in, each once."""
    return tuple(
        sorted(
            {
                pair["GroupId"]
                for permission in group.get("IpPermissions") or ()
                for pair in permission.get("UserIdGroupPairs") or ()
                if pair.get("GroupId")
            }
        )
    )


def _order(permission: Document) -> tuple[str, int, int]:
    return (
        permission.get("IpProtocol") or "",
        permission.get("FromPort", -1),
        permission.get("ToPort", -1),
    )


def _rule_id(group: str, member: str, permission: Document, taken: set[str]) -> str:
    """Ports 1 to 123 and 11 to 23 run together to the same text; the later is then set apart."""
    first, last = permission.get("FromPort"), permission.get("ToPort")
    protocol = permission.get("IpProtocol")
    plain = f"{group}/{member}/{first}{last}{protocol}"
    return plain if plain not in taken else f"{group}/{member}/{first}-{last}-{protocol}"


def _properties(rule_id: str, group: Document, permission: Document) -> dict[str, Any]:
    """AWS gives no ports where every protocol is meant; then every port is meant as well."""
    everything = permission.get("IpProtocol") in (None, "-1")
    first, last = _ALL_PORTS if everything else (None, None)
    properties = {
        "ruleid": rule_id,
        "groupid": group["GroupId"],
        "protocol": "all" if everything else permission["IpProtocol"],
        "fromport": permission.get("FromPort", first),
        "toport": permission.get("ToPort", last),
    }
    return {name: value for name, value in properties.items() if value is not None}


def _peers(permission: Document) -> Iterator[Relation]:
    ranges = {r["CidrIp"] for r in permission.get("IpRanges") or ()}
    ranges |= {r["CidrIpv6"] for r in permission.get("Ipv6Ranges") or ()}
    for cidr in sorted(ranges):
        yield Relation("MEMBER_OF_IP_RULE", RANGE, cidr, incoming=True, implied={"range": cidr})
    for pair in permission.get("UserIdGroupPairs") or ():
        if pair.get("GroupId"):
            yield Relation(
                "MEMBER_OF_IP_RULE", "AWSEC2SecurityGroup", pair["GroupId"], incoming=True
            )
    for entry in permission.get("PrefixListIds") or ():
        yield Relation(
            "MEMBER_OF_IP_RULE", "AWSManagedPrefixList", entry["PrefixListId"], incoming=True
        )
