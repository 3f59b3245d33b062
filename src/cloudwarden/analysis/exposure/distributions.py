"""CloudFront by VPC origins: distributions that serve from load balancers and instances in VPCs.

CloudFront has interfaces of its own in the origin's subnets; groups let it in by its addresses
there, by the group it gives to those interfaces, or by its list of addresses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from cloudwarden.analysis.exposure.addresses import WHOLE
from cloudwarden.analysis.exposure.blocking import Blocks
from cloudwarden.analysis.exposure.facts import Interface
from cloudwarden.analysis.exposure.internet import Internet, on_ports
from cloudwarden.analysis.exposure.network_assets import json_list
from cloudwarden.analysis.exposure.passages import Passages
from cloudwarden.analysis.exposure.points import Point, point_of, somewhere_in
from cloudwarden.analysis.exposure.regions import EMPTY, NONE, TCP, Bounds, exactly, traffic
from cloudwarden.analysis.exposure.verdicts import Exposure, closed, judge

TYPE = "cloudfront"
#: The group that CloudFront gives to its own interfaces in a VPC, and its list of addresses.
_SERVICE_GROUP = "CloudFront-VPCOrigins-Service-SG"
_LIST = "cloudfront.origin-facing"


@dataclass(frozen=True, slots=True)
class Served:
    """A distribution that serves from something in a VPC, on these ports."""

    line: str
    ports: tuple[tuple[int, int, int], ...]


class Distributions:
    """The VPC origins of enabled distributions, and whether they are let in."""

    def __init__(self, internet: Internet, passages: Passages) -> None:
        self._internet = internet
        self._network = internet.network
        self._estate = internet.network.estate
        self._passages = passages

    @cached_property
    def by_origin(self) -> Mapping[str, list[Served]]:
        """The distributions that serve from each load balancer (by ARN) and instance (by id)."""
        origins = {one.id: one for one in self._estate.assets("AWSCloudFrontVpcOrigin")}
        found: dict[str, list[Served]] = defaultdict(list)
        for asset in self._estate.assets("AWSCloudFrontDistribution"):
            if asset.get("enabled") is False:
                continue
            for told in json_list(asset.get("origins")):
                origin = origins.get(str(told.get("vpc_origin")))
                for id_ in origin.targets("LEADS_TO") if origin is not None else ():
                    line = f"CloudFront distribution {asset.name or asset.id} serves from {id_}"
                    found[id_].append(Served(line, tuple(_ports(told))))
        return found

    def let_in(self, node: Point) -> Bounds:
        """What a point lets CloudFront's interfaces in its own subnet in on, over IPv4."""
        subnet = self._network.subnets.get(node.subnet)
        if subnet is None:
            return self._internet.beside_routes(node.subnet, node.groups, 4, node.gaps)
        blocks, unsure = self._network.blocks(subnet)
        if blocks is not Blocks.NOTHING and unsure is None:
            return NONE
        service = somewhere_in(subnet, self._service_groups(subnet.vpc), "CloudFront")
        found = self._passages.arriving(service, node, 4, members=True)
        for group in sorted(node.groups or ()):
            for rule in self._internet.filters.rules(group, outbound=False):
                if any(self._is_its_list(id_) for id_ in rule.lists):
                    found = found | exactly(traffic(rule.protocol, rule.first, rule.last, WHOLE[4]))
        return found if unsure is None else Bounds(EMPTY, found.possible, (*found.gaps, unsure))

    def instance(self, card: Interface, served: Served) -> Exposure:
        """The exposure of an instance's interface by a distribution that serves from it."""
        bounds = self.let_in(point_of(card)) & on_ports(served.ports, 4)
        found = judge({4: bounds}, TYPE, self._network.list_names)
        if not found.possible:
            return closed(served.line, f"{card.id} does not let CloudFront in")
        return replace(found, steps=(served.line, *found.steps))

    def _service_groups(self, vpc: str) -> frozenset[str]:
        return frozenset(
            asset.id
            for asset in self._estate.assets("AWSEC2SecurityGroup")
            if asset.get("vpcid") == vpc and asset.name == _SERVICE_GROUP
        )

    def _is_its_list(self, id_: str) -> bool:
        known = self._network.lists.get(id_)
        return known is not None and known.index is not None and known.name.endswith(_LIST)


def _ports(told: Mapping[str, Any]) -> Iterator[tuple[int, int, int]]:
    """The ports that an origin is asked on; with `match-viewer` either."""
    policy = told.get("protocols")
    http, https = told.get("http_port") or 80, told.get("https_port") or 443
    for wanted, port in (("http-only", http), ("https-only", https)):
        if policy in (None, "match-viewer", wanted):
            yield TCP, int(port), int(port)
