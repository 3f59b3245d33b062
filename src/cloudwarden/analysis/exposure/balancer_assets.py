"""Load balancers of both kinds out of assets, with listeners, target groups and targets."""

from __future__ import annotations

from collections import defaultdict

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.exposure.facts import Balancer, Listener, Target, TargetGroup
from cloudwarden.analysis.exposure.listener_assets import read_rules
from cloudwarden.analysis.exposure.readings import place_of, unread_operations
from cloudwarden.analysis.exposure.regions import TCP, UDP, Gap

_PROTOCOLS = {
    "UDP": (UDP,),
    "QUIC": (UDP,),
    "TCP_UDP": (TCP, UDP),
    "TCP_QUIC": (TCP, UDP),
}
_FAMILIES = {"dualstack": (4, 6), "dualstack-without-public-ipv4": (6,)}
_GROUPS = "MEMBER_OF_EC2_SECURITY_GROUP"
_TARGETS_REST_ON = (
    "elbv2:DescribeTargetGroups",
    "elbv2:DescribeTargetHealth",
    "ec2:DescribeNetworkInterfaces",
)


def read_balancers(estate: Estate) -> dict[str, Balancer]:
    """Load balancers of both kinds, by id."""
    found = {asset.id: asset for asset in _classic(estate)}
    return found | {asset.id: asset for asset in _newer(estate)}


def _classic(estate: Estate) -> list[Balancer]:
    listeners: dict[str, list[Listener]] = defaultdict(list)
    for asset in estate.assets("AWSELBListener"):
        port, protocol = int(asset.get("port") or 0), str(asset.get("protocol") or "TCP")
        for parent in asset.targets("ELB_LISTENER", incoming=True):
            listeners[parent].append(
                Listener((TCP,), port, protocol, instance_port=asset.get("instance_port"))
            )
    found = []
    for asset in estate.assets("AWSLoadBalancer"):
        own = tuple(listeners[asset.id] or listeners[str(asset.get("arn"))])
        ports = tuple(sorted({one.instance_port for one in own if one.instance_port}))
        targets = tuple(
            Target("AWSEC2Instance", id_, (TCP,), ports) for id_ in asset.targets("EXPOSE")
        )
        group = TargetGroup(asset.id, asset.name or asset.id, "instance", 4, targets)
        members = frozenset(asset.targets(_GROUPS))
        found.append(
            Balancer(
                asset.label,
                asset.id,
                str(asset.get("arn") or asset.id),
                asset.name or asset.id,
                "elb",
                str(asset.get("scheme") or ""),
                str(asset.get("vpcid") or ""),
                tuple(asset.targets("PART_OF_SUBNET")),
                members,
                (4,),
                place_of(asset),
                own,
                (group,),
                () if members else _no_groups(asset),
            )
        )
    return found


def _newer(estate: Estate) -> list[Balancer]:
    listeners: dict[str, list[Listener]] = defaultdict(list)
    for asset in estate.assets("AWSELBV2Listener"):
        name = str(asset.get("protocol") or "TCP")
        listeners[str(asset.get("load_balancer_arn"))].append(
            Listener(
                _PROTOCOLS.get(name, (TCP,)),
                int(asset.get("port") or 0),
                name,
                tuple(dict.fromkeys(asset.targets("FORWARDS_TO"))),
                gaps=unread_operations(asset, ("elbv2:DescribeRules",)),
                rules=read_rules(asset),
                id=asset.id,
            )
        )
    groups: dict[str, list[TargetGroup]] = defaultdict(list)
    for asset in estate.assets("AWSELBV2TargetGroup"):
        group = _target_group(asset)
        for arn in asset.targets("ELBV2_TARGET_GROUP", incoming=True):
            groups[arn].append(group)
    return [_balancer(asset, listeners, groups) for asset in estate.assets("AWSLoadBalancerV2")]


def _balancer(
    asset: EstateAsset,
    listeners: dict[str, list[Listener]],
    groups: dict[str, list[TargetGroup]],
) -> Balancer:
    arn = str(asset.get("arn") or asset.id)
    type_ = str(asset.get("type") or "application")
    members = frozenset(asset.targets(_GROUPS))
    return Balancer(
        asset.label,
        asset.id,
        arn,
        asset.name or asset.id,
        type_,
        str(asset.get("scheme") or ""),
        str(asset.get("vpcid") or ""),
        tuple(dict.fromkeys(asset.targets("PART_OF_SUBNET"))),
        # A network load balancer may have no groups; then nothing filters it.
        members if members or type_ == "application" else None,
        _FAMILIES.get(str(asset.get("ipaddresstype") or ""), (4,)),
        place_of(asset),
        tuple(listeners[arn]),
        tuple(groups[arn]),
        (
            *unread_operations(asset, ("elbv2:DescribeListeners",)),
            *(() if members or type_ != "application" else _no_groups(asset)),
        ),
        unread_operations(asset, _TARGETS_REST_ON),
    )


def _no_groups(asset: EstateAsset) -> tuple[Gap, ...]:
    """Every load balancer but a network one has security groups, the VPC's default at least."""
    return (Gap(f"no security group of {asset.name or asset.id} is known"),)


def _target_group(asset: EstateAsset) -> TargetGroup:
    protocols = _PROTOCOLS.get(str(asset.get("protocol") or "TCP"), (TCP,))
    default = asset.get("port")
    targets = []
    for relation in asset.relations:
        if relation.type != "TARGETS" or relation.incoming:
            continue
        ports = relation.properties.get("ports") or [relation.properties.get("port") or default]
        targets.append(
            Target(
                relation.target_label,
                relation.target,
                protocols,
                tuple(sorted({int(port) for port in ports if port})),
            )
        )
    gaps: tuple[Gap, ...] = unread_operations(asset, _TARGETS_REST_ON)
    return TargetGroup(
        asset.id,
        asset.name or asset.id,
        str(asset.get("target_type") or "instance"),
        6 if asset.get("ip_address_type") == "ipv6" else 4,
        tuple(targets),
        gaps,
        asset.get("preserve_client_ip_enabled"),
    )
