"""What load balancers expose, from their target groups and the targets registered there.

Whether a target is healthy is left out: it flaps, and each flap would be a version of the asset.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cloudwarden.schema.records import Relation

Document = Mapping[str, Any]

#: Labels by a target group's type. Targets of type `ip` are addresses, found by `Interfaces`.
_LABELS = {"instance": "AWSEC2Instance", "lambda": "AWSLambda", "alb": "AWSLoadBalancerV2"}


@dataclass(slots=True)
class Interfaces:
    """Which network interface holds a private address: `(vpc, address)` to its identity."""

    _found: dict[tuple[str, str], str] = field(default_factory=dict)
    _anywhere: dict[str, list[str]] = field(default_factory=dict)

    def add(self, page: Document) -> None:
        """Take in one answer of `ec2:DescribeNetworkInterfaces`."""
        for interface in page.get("NetworkInterfaces") or ():
            for entry in interface.get("PrivateIpAddresses") or ():
                address = entry["PrivateIpAddress"]
                identity = f"{interface['NetworkInterfaceId']}:{address}"
                self._found[interface.get("VpcId", ""), address] = identity
                self._anywhere.setdefault(address, []).append(identity)

    def find(self, vpc: str, address: str) -> str | None:
        """The address in that VPC, or in the one other VPC (a peered one) that has it."""
        if (vpc, address) in self._found:
            return self._found[vpc, address]
        elsewhere = self._anywhere.get(address, ())
        return elsewhere[0] if len(elsewhere) == 1 else None


def addresses(groups: Iterable[Document], health: Mapping[str, Sequence[Document]]) -> list[str]:
    """The private addresses registered as targets, each once."""
    found = {
        target["Target"]["Id"]
        for group in groups
        if group.get("TargetType") == "ip"
        for target in health.get(group["TargetGroupArn"], ())
    }
    return sorted(found)


def targets_of(
    group: Document, health: Sequence[Document], interfaces: Interfaces, type_: str
) -> Iterator[Relation]:
    """Edges of `type_` to what is registered in `group`, one for each target.

    A target registered on several ports makes one edge, with the lowest as `port` and all of them
    as `ports`.
    """
    ports: dict[tuple[str, str], set[int]] = {}
    for description in health:
        found = _target(group, description["Target"]["Id"], interfaces)
        if found:
            port = description["Target"].get("Port")
            ports.setdefault(found, set()).update([port] if port else [])
    for (label, target), numbers in sorted(ports.items()):
        properties: dict[str, Any] = {"target_group_arn": group["TargetGroupArn"]}
        if group.get("Protocol"):
            properties["protocol"] = group["Protocol"]
        if numbers:
            properties |= {"port": min(numbers), "ports": sorted(numbers)}
        yield Relation(type_, label, target, properties)


def exposed_by(
    groups: Iterable[Document],
    health: Mapping[str, Sequence[Document]],
    interfaces: Interfaces,
) -> dict[str, list[Relation]]:
    """For each load balancer's ARN, its `EXPOSE` edges; one for each target.

    Where two groups hold the same target the first group's edge stands, by ARN.
    """
    found: dict[str, dict[tuple[str, str], Relation]] = {}
    for group in sorted(groups, key=lambda one: str(one["TargetGroupArn"])):
        registered = health.get(group["TargetGroupArn"], ())
        for relation in targets_of(group, registered, interfaces, "EXPOSE"):
            for balancer in group.get("LoadBalancerArns") or ():
                edges = found.setdefault(balancer, {})
                edges.setdefault((relation.target_label, relation.target), relation)
    return {balancer: list(edges.values()) for balancer, edges in found.items()}


def _target(group: Document, identity: str, interfaces: Interfaces) -> tuple[str, str] | None:
    kind = group.get("TargetType", "instance")
    if kind == "ip":
        found = interfaces.find(group.get("VpcId", ""), identity)
        return ("AWSEC2PrivateIp", found) if found else None
    return (_LABELS[kind], identity) if kind in _LABELS else None
