"""Whether routes lead from one point to another and back: within a VPC, by peering, by transit."""

from __future__ import annotations

from dataclasses import dataclass

from cloudwarden.analysis.exposure.facts import Attachment, Peering, Route, Subnet
from cloudwarden.analysis.exposure.network import Network
from cloudwarden.analysis.exposure.points import Point
from cloudwarden.analysis.exposure.regions import Gap
from cloudwarden.analysis.exposure.routing import Sent, line_for, sent
from cloudwarden.analysis.exposure.spans import NOTHING, Spans


@dataclass(frozen=True, slots=True)
class Road:
    """A way over routes. Without `obstacle` it leads there, if nothing in `gaps` stands against it.

    `members` says whether security groups may name each other across it.
    """

    steps: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    obstacle: str | None = None
    members: bool = True


class Roads:
    """Finds roads in one network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._tables: dict[tuple[str, int], tuple[Sent[Route], ...]] = {}

    def road(self, source: Point, target: Point, family: int) -> Road:
        """The road from source to target and back, over private addresses."""
        if source.vpc == target.vpc and source.subnet == target.subnet:
            return Road((f"both are in {source.subnet}",))
        ways = []
        for near, far in ((source, target), (target, source)):
            subnet = self._network.subnets.get(near.subnet)
            if subnet is None:
                return Road(gaps=(Gap(f"subnet {near.subnet} is not among what was read"),))
            table, gap = self._network.table_of(subnet)
            if table is None:
                return Road(gaps=(gap or Gap(f"no route table of {subnet.id} is known"),))
            addresses = far.addresses.get(family, NOTHING)
            line, gaps = line_for(self._sent(table.id, family), addresses)
            if gaps:
                return Road(gaps=gaps)
            ways.append((subnet, table.id, line))
        (one, one_table, there), (_, other_table, back) = ways
        if source.vpc == target.vpc:
            return _within(source.vpc, there, back)
        for id_, line, point in ((one_table, there, target), (other_table, back, source)):
            if line is None:
                return Road(obstacle=f"route table {id_} has no route to {point.id}")
            if not line.active:
                return Road(obstacle=f"the route of {id_} to {line.target} is a black hole")
        if there is None or back is None or there.target != back.target:
            return Road(
                obstacle=f"{one_table} and {other_table} do not lead to each other by one way"
            )
        steps = tuple(
            f"route table {id_} sends {line.destination} to {line.target}"
            for _, id_, line in ways
            if line is not None
        )
        if there.target.startswith("pcx-"):
            return self._peered(there.target, source, target, steps)
        if there.target.startswith("tgw-"):
            return self._transit(there.target, source, target, family, one, steps)
        return Road(steps, (Gap(f"what is beyond {there.target} was not read"),), members=False)

    def _sent(self, table: str, family: int) -> tuple[Sent[Route], ...]:
        key = (table, family)
        if key not in self._tables:
            self._tables[key] = sent(self._network.tables[table].routes, family)
        return self._tables[key]

    def _peered(self, id_: str, source: Point, target: Point, steps: tuple[str, ...]) -> Road:
        peering = self._network.peerings.get(id_)
        if peering is None:
            return Road(steps, (Gap(f"VPC peering {id_} is not among what was read"),))
        if {source.vpc, target.vpc} != set(peering.vpcs):
            return Road(obstacle=f"{id_} does not join {source.vpc} and {target.vpc}")
        if not peering.active:
            return Road(obstacle=f"{id_} is not active")
        # Groups of peered VPCs may name each other only within a region.
        return Road((*steps, _joins(peering)), members=peering.regions[0] == peering.regions[1])

    def _transit(
        self,
        gateway: str,
        source: Point,
        target: Point,
        family: int,
        subnet: Subnet,
        steps: tuple[str, ...],
    ) -> Road:
        found: list[Attachment] = []
        for vpc in (source.vpc, target.vpc):
            attachment = self._attachment(gateway, vpc)
            if attachment is None:
                place = subnet.owner
                why = self._network.readings.gap("AWSTransitGatewayAttachment", place)
                if why:
                    return Road(steps, (why,), members=False)
                return Road(obstacle=f"{vpc} is not attached to {gateway}")
            found.append(attachment)
        gaps: list[Gap] = []
        for near, far, point in (
            (found[0], found[1], target),
            (found[1], found[0], source),
        ):
            addresses = point.addresses.get(family, NOTHING)
            obstacle, missing = self._forwards(near, far, addresses, family)
            if obstacle:
                return Road(obstacle=obstacle)
            gaps += missing
        for attachment, point in ((found[0], source), (found[1], target)):
            if not self._has_zone(attachment, point):
                return Road(obstacle=f"{attachment.id} has no subnet in the zone of {point.subnet}")
        lines = tuple(f"{one.id} is ruled by {one.table}" for one in found if one.table)
        return Road((*steps, *lines), tuple(gaps), members=self._knows_members(gateway))

    def _attachment(self, gateway: str, vpc: str) -> Attachment | None:
        return next(
            (
                one
                for one in self._network.attachments.values()
                if one.gateway == gateway and one.resource == vpc and one.active
            ),
            None,
        )

    def _forwards(
        self, near: Attachment, far: Attachment, addresses: Spans, family: int
    ) -> tuple[str | None, tuple[Gap, ...]]:
        """Whether what comes in by one attachment goes out by the other."""
        for label in ("AWSTransitGatewayRouteTable", "AWSTransitGatewayRoute"):
            gap = self._network.readings.gap(label, near.owner)
            if gap:
                return None, (gap,)
        if near.table is None:
            return f"{near.id} is associated with no route table", ()
        lines = sent(self._network.transit_routes.get(near.table, ()), family)
        line, gaps = line_for(lines, addresses)
        if gaps:
            return None, gaps
        if line is None:
            return f"transit gateway route table {near.table} has no route there", ()
        if not line.active:
            return f"{near.table} drops {line.destination}", ()
        if far.id in line.attachments:
            return None, ()
        return f"{near.table} sends {line.destination} to {', '.join(line.attachments)}", ()

    def _has_zone(self, attachment: Attachment, point: Point) -> bool:
        zones = {
            known.zone
            for id_ in attachment.subnets
            if (known := self._network.subnets.get(id_)) is not None
        }
        own = self._network.subnets.get(point.subnet)
        return not zones or own is None or own.zone is None or own.zone in zones or None in zones

    def _knows_members(self, gateway: str) -> bool:
        asset = self._network.estate.asset("AWSTransitGateway", gateway)
        return asset is not None and (
            asset.get("options_security_group_referencing_support") == "enable"
        )


def _within(vpc: str, there: Route | None, back: Route | None) -> Road:
    """Within a VPC everything is local but what a narrower route sends through an appliance."""
    gaps = tuple(
        Gap(f"{line.target}, which the traffic goes through, lets it pass", condition=True)
        for line in (there, back)
        if line is not None and line.target != "local"
    )
    dead = next((line for line in (there, back) if line and not line.active), None)
    if dead is not None:
        return Road(obstacle=f"the route to {dead.destination} within {vpc} is a black hole")
    return Road((f"both are in {vpc}",), gaps)


def _joins(peering: Peering) -> str:
    return f"{peering.id} joins {peering.vpcs[0]} and {peering.vpcs[1]}"
