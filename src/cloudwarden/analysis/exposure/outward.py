"""What an interface reaches on the internet, and by which public address it is seen there."""

from __future__ import annotations

from dataclasses import dataclass

from cloudwarden.analysis.exposure.addresses import INTERNET, NAMED
from cloudwarden.analysis.exposure.blocking import Blocks
from cloudwarden.analysis.exposure.facts import Interface, Route, Subnet
from cloudwarden.analysis.exposure.filters import Filters
from cloudwarden.analysis.exposure.interface_assets import has_public6
from cloudwarden.analysis.exposure.network import Network
from cloudwarden.analysis.exposure.regions import (
    EMPTY,
    EVERYTHING,
    NONE,
    OTHERS,
    Bounds,
    Gap,
    traffic,
    unread,
)
from cloudwarden.analysis.exposure.routing import sent


@dataclass(frozen=True, slots=True)
class Outward:
    """What of the internet is reached, in which words, and the addresses it is seen to come from.

    `seen_as` is None where those are not known.
    """

    bounds: Bounds
    steps: tuple[str, ...] = ()
    seen_as: tuple[str, ...] | None = ()


class Outwards:
    """Ways out of one network."""

    def __init__(self, network: Network, filters: Filters) -> None:
        self._network = network
        self._filters = filters

    def way(self, interface: Interface, family: int) -> Outward:
        """What the interface reaches of the internet, by a gateway or by NAT."""
        subnet = self._network.subnets.get(interface.subnet)
        if subnet is None:
            return Outward(unread(Gap(f"subnet {interface.subnet} is not among what was read")))
        table, gap = self._network.table_of(subnet)
        if table is None:
            return Outward(unread(gap or Gap(f"no route table of {subnet.id} is known")))
        routed = NONE
        steps: list[str] = []
        seen: list[str] | None = []
        world = INTERNET[family] | NAMED[family]
        _blocks, unsure = self._network.blocks(subnet)
        for one in sent(table.routes, family):
            possible = one.possible & world
            ways = self._ways(one.line, interface, subnet, family) if possible else None
            if ways is None:
                continue
            addresses, gap = ways
            gap = gap or unsure
            certain = one.certain & world if gap is None else one.certain - one.certain
            routed = routed | Bounds(
                traffic(OTHERS, 0, 0, certain),
                traffic(OTHERS, 0, 0, possible),
                (*one.gaps, *((gap,) if gap else ())),
            )
            steps.append(
                f"route table {table.id} sends {one.line.destination} to {one.line.target}"
            )
            seen = None if seen is None or addresses is None else [*seen, *addresses]
        if interface.gaps:
            allowed = Bounds(EMPTY, EVERYTHING, interface.gaps)
        else:
            allowed = self._filters.groups(interface.groups, family, outbound=True)
        out = self._filters.acl(subnet, family, outbound=True)
        back = self._filters.acl(subnet, family, outbound=False).answered(family)
        bounds = routed & allowed & out & back
        return Outward(bounds, tuple(steps), None if seen is None else tuple(dict.fromkeys(seen)))

    def _ways(
        self, route: Route, interface: Interface, subnet: Subnet, family: int
    ) -> tuple[tuple[str, ...] | None, Gap | None] | None:
        """The addresses that a route out makes the interface appear by; None if it is none."""
        target = route.target
        if not route.active:
            return None
        if target.startswith("igw-"):
            # A connection by the gateway itself is one of the internet's, whoever begins it.
            if self._blocks(subnet) is not Blocks.NOTHING:
                return None
            attached = self._network.gateways.get(target)
            if attached is not None and subnet.vpc not in attached:
                return None
            own = interface.public if family == 4 else interface.version6
            open_ = bool(own) and (family == 4 or has_public6(interface))
            return (own, None) if open_ else None
        if target.startswith("eigw-") and family == 6:
            if self._blocks(subnet) is Blocks.BOTH:
                return None
            return (interface.version6, None) if has_public6(interface) else None
        if target.startswith("nat-"):
            gateway = self._network.estate.asset("AWSNatGateway", target)
            if gateway is None:
                return None, Gap(f"{target} is not among what was read")
            if gateway.get("connectivity_type") == "private":
                return None
            at = [self._network.subnets.get(id_) for id_ in gateway.targets("PART_OF_SUBNET")]
            if any(self._blocks(one) is Blocks.BOTH for one in at if one is not None):
                return None
            public = gateway.get("public_ip")
            return ((str(public),) if public else None), None
        if target.startswith(("vpce-", "eni-", "i-", "tgw-", "vgw-")):
            why = f"{target}, which the traffic goes through, lets it out"
            return None, Gap(why, condition=True)
        return None

    def _blocks(self, subnet: Subnet) -> Blocks:
        """How far a subnet is surely closed to the internet."""
        blocks, unsure = self._network.blocks(subnet)
        return blocks if unsure is None else Blocks.NOTHING
