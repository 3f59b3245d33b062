"""Ways over transit gateways: from one VPC's attachment by tables and peerings to another's.

What stands in between and is not ours to follow (a firewall in a VPC of its own, a VPN, another
network) leaves the way conditional or unknown, never closed.
"""

from __future__ import annotations

from dataclasses import dataclass

from cloudwarden.analysis.exposure.facts import (
    Attachment,
    TransitGateway,
    TransitRoute,
    is_ordinary,
)
from cloudwarden.analysis.exposure.network import Network
from cloudwarden.analysis.exposure.points import Point
from cloudwarden.analysis.exposure.regions import Gap
from cloudwarden.analysis.exposure.routing import line_for, sent
from cloudwarden.analysis.exposure.spans import NOTHING, Spans

_VPC, _PEERING = "vpc", "peering"
_APPLIANCES = ("vpce-", "eni-", "i-")
#: What passes traffic on by rules of its own.
_FILTERING = frozenset({"network-function"})


@dataclass(frozen=True, slots=True)
class Transit:
    """A way over transit gateways, one way. Without `obstacle` it leads there unless `gaps`.

    It enters by one of the subnets `entry`, and leaves by one of `exit_`: which, nobody says.
    `members` says whether groups may be named across it; None where that was not read.
    """

    steps: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    obstacle: str | None = None
    entry: tuple[str, ...] = ()
    exit_: tuple[str, ...] = ()
    members: bool | None = False


@dataclass(frozen=True, slots=True)
class _Followed:
    """Where a gateway's tables lead: the last attachment, or why it is not known or not there."""

    steps: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    obstacle: str | None = None
    last: Attachment | None = None


class Transits:
    """Finds ways over the transit gateways of one network."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def way(self, id_: str, near: Point, far: Point, family: int) -> Transit:
        """The way to `far` of what the table of `near`'s subnet sends to a transit gateway."""
        gateway = self._network.transit_gateways.get(id_)
        if gateway is None:
            return Transit(gaps=(Gap(f"transit gateway {id_} is not among what was read"),))
        entry, gap = self._of_vpc(gateway, near.vpc)
        if gap is not None:
            return Transit(gaps=(gap,))
        if entry is None:
            return Transit(obstacle=f"{near.vpc} is not attached to {id_}")
        if family == 6 and entry.version6 is False:
            return Transit(obstacle=f"{entry.id} does not take IPv6")
        enters, unzoned = self._in_zone_of(entry, near)
        if not enters and not unzoned:
            return Transit(obstacle=f"{entry.id} has no subnet in the zone of {near.subnet}")
        found = self._follow(gateway, entry, far, family)
        if found.obstacle is not None:
            return Transit(obstacle=found.obstacle)
        gaps = (*unzoned, *found.gaps)
        if found.last is None:
            return Transit(found.steps, gaps, entry=enters)
        last = found.last
        if family == 6 and last.version6 is False:
            return Transit(obstacle=f"{last.id} does not take IPv6")
        if family == 6 and None in (entry.version6, last.version6):
            gaps = (*gaps, Gap(f"whether {entry.id} and {last.id} take IPv6 was not read"))
        if not last.subnets:
            gaps = (*gaps, *last.gaps, Gap(f"the subnets of {last.id} were not read"))
        return Transit(
            found.steps,
            tuple(dict.fromkeys(gaps)),
            None,
            enters,
            self._leaves(entry, enters, last),
            self._knows_members(gateway, entry, last),
        )

    def _of_vpc(self, gateway: TransitGateway, vpc: str) -> tuple[Attachment | None, Gap | None]:
        """The VPC's attachment to a gateway; None without a gap where it surely has none."""
        places = [gateway.owner]
        known = self._network.place_of_vpc(vpc)
        places += [known] if known else []
        gaps = [
            self._network.readings.gap("AWSTransitGatewayAttachment", place) for place in places
        ]
        # The gateway's owner and the VPC's both see it: one of them is enough.
        if None not in gaps:
            return None, gaps[0]
        for one in self._network.attachments_of.get(gateway.id, ()):
            if one.kind == _VPC and one.resource == vpc:
                return (one if one.active else None), None
        return None, None

    def _in_zone_of(
        self, attachment: Attachment, point: Point
    ) -> tuple[tuple[str, ...], tuple[Gap, ...]]:
        """The attachment's subnets in the zone of a point, which alone may use those."""
        own = self._network.subnets.get(point.subnet)
        if own is not None and own.zone is not None and not is_ordinary(own.zone):
            # A zone apart may be joined by way of the region's zone that it belongs to.
            gap = Gap(f"how {own.zone} is joined to {attachment.id} is not told")
            return attachment.subnets, (gap,)
        if not attachment.subnets or own is None or own.zone is None:
            gap = Gap(f"the subnets of {attachment.id}, or their zones, were not read")
            return attachment.subnets, (*attachment.gaps, gap)
        found: list[str] = []
        for id_ in attachment.subnets:
            known = self._network.subnets.get(id_)
            if known is None or known.zone is None:
                gap = Gap(f"the zone of {id_}, a subnet of {attachment.id}, was not read")
                return attachment.subnets, (gap,)
            if known.zone == own.zone:
                found.append(id_)
        return tuple(found), ()

    def _leaves(
        self, entry: Attachment, enters: tuple[str, ...], last: Attachment
    ) -> tuple[str, ...]:
        """The subnets that traffic may leave by: the same zone's, unless something speaks against.

        An attachment in appliance mode spreads flows over its zones.
        """
        if entry.gateway != last.gateway or last.spreads is not False:
            return last.subnets
        zones = {known.zone for id_ in enters if (known := self._network.subnets.get(id_))}
        alike = [
            id_
            for id_ in last.subnets
            if (known := self._network.subnets.get(id_)) is not None and known.zone in zones
        ]
        return tuple(alike) if len(zones) == 1 and alike else last.subnets

    def _follow(
        self, gateway: TransitGateway, entry: Attachment, far: Point, family: int
    ) -> _Followed:
        addresses = far.addresses.get(family, NOTHING)
        steps: list[str] = []
        at, visited = entry, set()
        while True:
            if at.gateway in visited:
                return _Followed(obstacle=f"the tables of {at.gateway} lead round in a circle")
            visited.add(at.gateway)
            line, gaps, obstacle = self._line(gateway, at, addresses, family)
            if line is None or obstacle is not None:
                return _Followed(tuple(steps), gaps, obstacle)
            steps.append(f"{at.id} is ruled by {at.table}")
            found = self._attachments(gateway, line)
            arrived = [one for one in found if one.kind == _VPC and one.resource == far.vpc]
            if arrived:
                gaps = () if len(line.attachments) == 1 else (_one_of(line),)
                return _Followed(tuple(steps), gaps, None, arrived[0])
            if len(found) != 1 or len(line.attachments) != 1:
                return _Followed(tuple(steps), (_one_of(line),))
            at = found[0]
            if at.kind != _PEERING:
                return self._beyond(at, line, addresses, family, tuple(steps))
            if not at.active:
                return _Followed(obstacle=f"{at.id} is not available")
            steps.append(f"{at.id} joins {at.gateway} and {at.peer}")
            beyond = self._network.transit_gateways.get(at.peer or "")
            other = self._other_end(at)
            if beyond is None or other is None:
                gap = Gap(f"transit gateway {at.peer} is not among what was read")
                return _Followed(tuple(steps), (gap,))
            gateway, at = beyond, other

    def _line(
        self, gateway: TransitGateway, at: Attachment, addresses: Spans, family: int
    ) -> tuple[TransitRoute | None, tuple[Gap, ...], str | None]:
        """The route that takes addresses from an attachment; else the gaps, or the obstacle."""
        for label in (
            "AWSTransitGatewayRouteTable",
            "AWSTransitGatewayRouteTableAssociation",
            "AWSTransitGatewayRoute",
        ):
            gap = self._network.readings.gap(label, gateway.owner)
            if gap is not None:
                return None, (gap,), None
        if at.table is None and at.policy:
            return (
                None,
                (Gap(f"policy table {at.policy}, which rules {at.id}, was not read"),),
                None,
            )
        if at.table is None:
            return None, (), f"{at.id} is associated with no route table"
        routes = self._network.transit_routes.get(at.table, ())
        line, gaps = line_for(sent(routes, family), addresses)
        if line is None:
            missing = f"transit gateway route table {at.table} has no route there"
            return None, gaps, None if gaps else missing
        if not line.active:
            return None, (), f"{at.table} drops {line.destination}"
        return line, (), None

    def _other_end(self, at: Attachment) -> Attachment | None:
        """A peering as the gateway at its other end has it, by the same id or by one of its own."""
        ends = [
            one
            for one in self._network.attachments_of.get(at.peer or "", ())
            if one.peer == at.gateway
        ]
        alike = [one for one in ends if one.id == at.id]
        return alike[0] if alike else ends[0] if len(ends) == 1 else None

    def _attachments(self, gateway: TransitGateway, line: TransitRoute) -> list[Attachment]:
        known = self._network.attachments
        return [known[gateway.id, id_] for id_ in line.attachments if (gateway.id, id_) in known]

    def _beyond(
        self,
        at: Attachment,
        line: TransitRoute,
        addresses: Spans,
        family: int,
        steps: tuple[str, ...],
    ) -> _Followed:
        """What leads neither to the VPC nor to another gateway: an appliance may pass it on."""
        what = f"{at.table or line.destination} sends it to {at.id}"
        if at.kind in _FILTERING:
            return _Followed(steps, (_passes(f"{at.resource or at.id}"),))
        if at.kind != _VPC:
            return _Followed(steps, (Gap(f"what is beyond {at.id} ({at.kind}) was not read"),))
        gaps: dict[Gap, None] = {}
        for id_ in at.subnets:
            subnet = self._network.subnets.get(id_)
            table, gap = (
                self._network.table_of(subnet)
                if subnet is not None
                else (None, Gap(f"subnet {id_} is not among what was read"))
            )
            if table is None:
                gaps[gap or Gap(f"no route table of {id_} is known")] = None
                continue
            way, missing = line_for(sent(table.routes, family), addresses)
            gaps.update(dict.fromkeys(missing))
            if way is not None and way.active and way.target.startswith((*_APPLIANCES, "tgw-")):
                gaps[_passes(way.target if not way.target.startswith("tgw-") else at.resource)] = (
                    None
                )
        if not at.subnets:
            gaps[Gap(f"the subnets of {at.id} were not read")] = None
        if not gaps:
            return _Followed(obstacle=f"{what}, and {at.resource} does not pass it on")
        return _Followed(steps, tuple(gaps))

    def _knows_members(
        self, gateway: TransitGateway, entry: Attachment, last: Attachment
    ) -> bool | None:
        """Whether rules may name groups of the other VPC; only within one gateway they may."""
        told = (gateway.members, entry.members, last.members)
        if entry.gateway != last.gateway or False in told:
            return False
        return None if None in told else True


def _passes(appliance: str) -> Gap:
    return Gap(f"{appliance}, which the traffic goes through, lets it pass", condition=True)


def _one_of(line: TransitRoute) -> Gap:
    if not line.attachments:
        return Gap(f"the attachment that takes {line.destination} was not told")
    return Gap(f"which of {', '.join(line.attachments)} takes {line.destination} is not known")
