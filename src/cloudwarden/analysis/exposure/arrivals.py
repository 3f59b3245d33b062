"""How the internet comes to load balancers: by their own addresses, and by what is in front."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cloudwarden.analysis.exposure.entrances import Entrance, Entrances
from cloudwarden.analysis.exposure.facts import Balancer, Listener
from cloudwarden.analysis.exposure.internet import Internet
from cloudwarden.analysis.exposure.points import Point, point_of, somewhere_in
from cloudwarden.analysis.exposure.regions import NONE, Bounds, Gap
from cloudwarden.analysis.exposure.verdicts import Exposure, closed, combine, judge, undecided

_FACING = "internet-facing"


@dataclass(frozen=True, slots=True)
class Entry:
    """Who comes in by one listener at one node of a load balancer."""

    listener: Listener
    node: Point
    family: int
    clients: Bounds
    keeps: bool = True


@dataclass(frozen=True, slots=True)
class Way:
    """Exposure by one entrance, and who comes in by which listeners."""

    exposure: Exposure
    entries: tuple[Entry, ...] = ()


class Arrivals:
    """Ways to the load balancers of one network; those beside their addresses by `entrances`."""

    def __init__(self, internet: Internet, entrances: Entrances | None = None) -> None:
        self._internet = internet
        self.network = internet.network
        self._entrances = entrances
        self._known: dict[str, tuple[Way, ...]] = {}

    def ways(self, balancer: Balancer) -> tuple[Way, ...]:
        """Every way to it that is open, or else the one by its own address."""
        if balancer.id not in self._known:
            direct = self._directly(balancer)
            entries = tuple(self._enter(balancer)) if direct.possible else ()
            others = self._others(balancer)
            own = (Way(direct, entries),) if direct.possible or not others else ()
            self._known[balancer.id] = (*own, *others, *self._unknown(balancer, direct))
        return self._known[balancer.id]

    def exposure(self, balancer: Balancer) -> Exposure:
        """Whether the internet reaches any of its listeners."""
        return combine(way.exposure for way in self.ways(balancer))

    def node(self, balancer: Balancer, subnet_id: str) -> Point:
        """The load balancer's own interfaces in a subnet, as one end of a conversation."""
        own = [
            one
            for one in self.network.interfaces_by_balancer.get(balancer.arn, ())
            if one.subnet == subnet_id
        ]
        if own and self.network.readings.gap("AWSNetworkInterface", balancer.place) is None:
            private = tuple(text for one in own for text in one.private)
            version6 = tuple(text for one in own for text in one.version6)
            card = replace(own[0], id=balancer.name, groups=balancer.groups, gaps=())
            return point_of(replace(card, private=private, version6=version6))
        subnet = self.network.subnets.get(subnet_id)
        if subnet is None:
            return Point(balancer.name, balancer.vpc, subnet_id, balancer.groups, {})
        return somewhere_in(subnet, balancer.groups, balancer.name)

    def gaps(self, balancer: Balancer) -> tuple[Gap, ...]:
        """Why it may be, or listen, otherwise than is known."""
        listed = self.listed(balancer.label, balancer)
        return (*balancer.gaps, *listed, *self.listed("AWSELBV2Listener", balancer))

    def listed(self, label: str, balancer: Balancer) -> tuple[Gap, ...]:
        """Why what belongs to it may not be all known, as things of a label."""
        if balancer.type == "elb" and label != balancer.label:
            return ()
        gap = self.network.readings.gap(label, balancer.place)
        return (gap,) if gap else ()

    def _directly(self, balancer: Balancer) -> Exposure:
        name = balancer.name
        if balancer.type == "gateway":
            return closed(f"{name} is a gateway load balancer, which has no public address")
        if balancer.scheme != _FACING:
            return closed(f"{name} is internal")
        gaps = self.gaps(balancer)
        if gaps:
            return undecided("direct", gaps)
        if not balancer.listeners:
            return closed(f"{name} has no listener")
        if not balancer.subnets:
            return undecided("direct", (Gap(f"no subnet of {name} is known"),))
        ports = tuple(
            (protocol, listener.port, listener.port)
            for listener in balancer.listeners
            for protocol in listener.protocols
        )
        first = f"{name} is {_FACING}"
        found = [
            self._internet.place(subnet, balancer.groups, balancer.families, only=ports)
            for subnet in balancer.subnets
        ]
        verdict = combine(found)
        if not verdict.possible:
            return closed(first, found[0].steps[-1])
        return replace(verdict, steps=(first, *verdict.steps))

    def _others(self, balancer: Balancer) -> tuple[Way, ...]:
        """The ways in that do not lead by its own address on the internet."""
        entrances = self._entrances
        if entrances is None:
            return ()
        return tuple(self._by(balancer, one, entrances) for one in entrances.of(balancer))

    def _unknown(self, balancer: Balancer, direct: Exposure) -> tuple[Way, ...]:
        """The way that there may be, where what could lead to it was not read."""
        if self._entrances is None or direct.exposed or balancer.type in ("elb", "gateway"):
            return ()
        gaps = self._entrances.unread(balancer)
        return (Way(undecided("", gaps, *direct.steps)),) if gaps else ()

    def _by(self, balancer: Balancer, entrance: Entrance, entrances: Entrances) -> Way:
        """Who comes in by an entrance, and by which listeners."""
        gaps = self.gaps(balancer)
        if gaps:
            return Way(undecided(entrance.type, gaps, *entrance.steps))
        entries: list[Entry] = []
        passing: dict[int, Bounds] = {}
        for subnet in balancer.subnets:
            node = self.node(balancer, subnet)
            for family in balancer.families:
                for listener in balancer.listeners:
                    clients = entrances.clients(entrance, balancer, listener, node, family)
                    if clients.possible:
                        entries.append(Entry(listener, node, family, clients, entrance.keeps))
                        passing[family] = passing.get(family, NONE) | clients
        found = judge(passing, entrance.type, self.network.list_names)
        if not found.possible:
            what = f"no listener of {balancer.name} lets it in"
            return Way(closed(*entrance.steps, what))
        return Way(replace(found, steps=entrance.steps), tuple(entries))

    def _enter(self, balancer: Balancer) -> Iterator[Entry]:
        for subnet in balancer.subnets:
            node = self.node(balancer, subnet)
            for family in balancer.families:
                clients = self._internet.passing(subnet, balancer.groups, family)
                if clients.possible:
                    for listener in balancer.listeners:
                        yield Entry(listener, node, family, clients)
