"""Whether routes lead from one point to another and back: within a VPC, by peering, by transit."""

from __future__ import annotations

from dataclasses import dataclass

from cloudwarden.analysis.exposure.facts import Peering, Route, RouteTable, Subnet
from cloudwarden.analysis.exposure.network import Network
from cloudwarden.analysis.exposure.points import Point
from cloudwarden.analysis.exposure.regions import Gap
from cloudwarden.analysis.exposure.routing import Sent, line_for, sent
from cloudwarden.analysis.exposure.spans import NOTHING
from cloudwarden.analysis.exposure.transit import Transit, Transits

_OUT = ("igw-", "eigw-", "cagw-")


@dataclass(frozen=True, slots=True)
class Road:
    """A way over routes. Without `obstacle` it leads there, if nothing in `gaps` stands against it.

    `members` says whether the target's rules may name the source's groups across it, None where
    that is not known; `names` whether the source's may name the target's. `there` and `back` are
    the transit gateways on the way, whose subnets have filters of their own.
    """

    steps: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    obstacle: str | None = None
    members: bool | None = True
    names: bool = True
    there: Transit | None = None
    back: Transit | None = None


@dataclass(frozen=True, slots=True)
class _Leg:
    """One direction of a road. `by` is what leads out of the VPC."""

    by: str = ""
    steps: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    obstacle: str | None = None
    members: bool | None = True
    names: bool = True
    transit: Transit | None = None


class Roads:
    """Finds roads in one network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._transits = Transits(network)
        self._tables: dict[tuple[str, int], tuple[Sent[Route], ...]] = {}

    def road(self, source: Point, target: Point, family: int) -> Road:
        """The road from source to target and back, over private addresses."""
        if source.vpc == target.vpc and source.subnet == target.subnet:
            return Road((f"both are in {source.subnet}",))
        there, back = self._leg(source, target, family), self._leg(target, source, family)
        for leg in (there, back):
            if leg.obstacle is not None:
                return Road(obstacle=leg.obstacle)
        gaps = (*there.gaps, *back.gaps)
        if _kind(there.by) != _kind(back.by) and there.by and back.by:
            gaps = (*gaps, Gap(f"answers come back by {back.by}, not {there.by}", condition=True))
        return Road(
            tuple(dict.fromkeys((*there.steps, *back.steps))),
            tuple(dict.fromkeys(gaps)),
            None,
            there.members,
            there.names,
            there.transit,
            back.transit,
        )

    def _leg(self, near: Point, far: Point, family: int) -> _Leg:
        subnet = self._network.subnets.get(near.subnet)
        if subnet is None:
            return _Leg(gaps=(Gap(f"subnet {near.subnet} is not among what was read"),))
        table, gap = self._network.table_of(subnet)
        if table is None:
            return _Leg(gaps=(gap or Gap(f"no route table of {subnet.id} is known"),))
        line, gaps = line_for(self._sent(table, family), far.addresses.get(family, NOTHING))
        if gaps:
            return _Leg(gaps=gaps)
        if near.vpc == far.vpc:
            return _within(near.vpc, line)
        if line is None:
            return _Leg(obstacle=f"route table {table.id} has no route to {far.id}")
        if not line.active:
            return _Leg(obstacle=f"the route of {table.id} to {line.target} is a black hole")
        step = f"route table {table.id} sends {line.destination} to {line.target}"
        return self._by(line.target, step, near, far, family, subnet)

    def _by(
        self, target: str, step: str, near: Point, far: Point, family: int, subnet: Subnet
    ) -> _Leg:
        """What a route out of the VPC leads to."""
        if target == "local":
            return _Leg(obstacle=f"{step}: they are addresses of {near.vpc} as well")
        if target.startswith(_OUT):
            return _Leg(obstacle=f"{step}, which takes no private addresses")
        if target.startswith("pcx-"):
            return self._peered(target, step, near, far, subnet)
        if target.startswith("tgw-"):
            way = self._transits.way(target, near, far, family)
            steps = (step, *way.steps)
            return _Leg(
                "tgw-", steps, way.gaps, way.obstacle, way.members, names=False, transit=way
            )
        if target.startswith("nat-") and self._only_out(target, far, family):
            return _Leg(obstacle=f"{step}, which leads to the internet alone")
        gap = Gap(f"what is beyond {target} was not read")
        return _Leg(target, (step,), (gap,), members=False, names=False)

    def _peered(self, id_: str, step: str, near: Point, far: Point, subnet: Subnet) -> _Leg:
        peering = self._network.peerings.get(id_)
        gap = self._network.readings.gap("AWSPeeringConnection", subnet.owner)
        if gap is not None:
            return _Leg(id_, (step,), (gap,), members=None)
        if peering is None:
            return _Leg(obstacle=f"{step}, which is not there")
        if {near.vpc, far.vpc} != set(peering.vpcs):
            return _Leg(obstacle=f"{id_} does not join {near.vpc} and {far.vpc}")
        if not peering.active:
            return _Leg(obstacle=f"{id_} is not active")
        # Groups of peered VPCs may name each other only within a region.
        alike = peering.regions[0] == peering.regions[1]
        return _Leg(id_, (step, _joins(peering)), (), None, alike, alike)

    def _only_out(self, id_: str, far: Point, family: int) -> bool:
        """Whether what comes to a NAT gateway for these addresses surely goes no other way."""
        gateway = self._network.estate.asset("AWSNatGateway", id_)
        subnet = None
        for subnet_id in gateway.targets("PART_OF_SUBNET") if gateway is not None else ():
            subnet = self._network.subnets.get(subnet_id)
        table = self._network.table_of(subnet)[0] if subnet is not None else None
        if table is None:
            return False
        line, gaps = line_for(self._sent(table, family), far.addresses.get(family, NOTHING))
        if gaps:
            return False
        return line is None or not line.active or line.target.startswith(_OUT)

    def _sent(self, table: RouteTable, family: int) -> tuple[Sent[Route], ...]:
        key = (table.id, family)
        if key not in self._tables:
            self._tables[key] = sent(table.routes, family)
        return self._tables[key]


def _within(vpc: str, line: Route | None) -> _Leg:
    """Within a VPC everything is local but what a narrower route sends through an appliance."""
    step = (f"both are in {vpc}",)
    if line is None or line.target == "local":
        return _Leg("", step)
    if not line.active:
        return _Leg(obstacle=f"the route to {line.destination} within {vpc} is a black hole")
    gap = Gap(f"{line.target}, which the traffic goes through, lets it pass", condition=True)
    return _Leg("", step, (gap,))


def _kind(by: str) -> str:
    return by if by.startswith("pcx-") else by.partition("-")[0]


def _joins(peering: Peering) -> str:
    return f"{peering.id} joins {peering.vpcs[0]} and {peering.vpcs[1]}"
