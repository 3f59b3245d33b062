"""Whether the internet reaches load balancers, and through them what is registered with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cloudwarden.analysis.exposure.facts import Balancer, Interface, Listener, Target, TargetGroup
from cloudwarden.analysis.exposure.hops import Hops, moved
from cloudwarden.analysis.exposure.internet import Internet
from cloudwarden.analysis.exposure.listeners import forwarded, limits
from cloudwarden.analysis.exposure.passages import Passages
from cloudwarden.analysis.exposure.points import Point, point_of, somewhere_in
from cloudwarden.analysis.exposure.regions import (
    ALL,
    NONE,
    TCP,
    Bounds,
    Gap,
)
from cloudwarden.analysis.exposure.targets import TargetPlaces
from cloudwarden.analysis.exposure.verdicts import Exposure, closed, combine, judge, undecided

_FACING = "internet-facing"
_HTTPS = 443


@dataclass(frozen=True, slots=True)
class Reached:
    """A target, by label and id, and its exposure through a load balancer.

    `interface` is where it is on the network; what is nowhere there, as a function, has none.
    """

    balancer: Balancer
    label: str
    id: str
    exposure: Exposure
    interface: Interface | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    """Who comes in by one listener at one node of a load balancer."""

    listener: Listener
    node: Point
    family: int
    clients: Bounds


class Balancers:
    """Answers for the load balancers of one network."""

    def __init__(self, internet: Internet, passages: Passages) -> None:
        self._internet = internet
        self._network = internet.network
        self._hops = Hops(internet, passages)
        self._places = TargetPlaces(self._network)
        self._exposures: dict[str, Exposure] = {}
        self._entries: dict[str, tuple[_Entry, ...]] = {}

    def exposure(self, balancer: Balancer) -> Exposure:
        """Whether the internet reaches any of its listeners."""
        if balancer.id not in self._exposures:
            self._exposures[balancer.id] = self._exposure(balancer)
        return self._exposures[balancer.id]

    def reached(self, balancer: Balancer) -> Iterator[Reached]:
        """What is registered with it, each with the exposure that it has by it.

        Where a load balancer is registered with another, it comes once itself, and then what is
        registered with it.
        """
        own = self.exposure(balancer)
        gaps = (*self._gaps(balancer), *self._listed("AWSELBV2TargetGroup", balancer))
        if not gaps or not own.possible:
            yield from self._reached(balancer, self._entries_of(balancer), own)
            return
        for group in balancer.targets:
            for target in group.targets:
                card, _ = self._places.card(target)
                unknown = undecided(balancer.via, gaps, *own.steps)
                yield Reached(balancer, target.label, target.id, unknown, card)

    def unlisted(self, balancer: Balancer) -> tuple[Gap, ...]:
        """Why it may expose targets that nobody knows of; empty if it exposes none."""
        if not self.exposure(balancer).possible:
            return ()
        gaps = [*self._gaps(balancer), *self._listed("AWSELBV2TargetGroup", balancer)]
        gaps += [*balancer.target_gaps, *(gap for one in balancer.targets for gap in one.gaps)]
        return tuple(dict.fromkeys(gaps))

    def node(self, balancer: Balancer, subnet_id: str) -> Point:
        """The load balancer's own interfaces in a subnet, as one end of a conversation."""
        own = [
            one
            for one in self._network.interfaces_by_balancer.get(balancer.arn, ())
            if one.subnet == subnet_id
        ]
        if own and self._network.readings.gap("AWSNetworkInterface", balancer.place) is None:
            private = tuple(text for one in own for text in one.private)
            version6 = tuple(text for one in own for text in one.version6)
            card = replace(own[0], id=balancer.name, groups=balancer.groups, gaps=())
            return point_of(replace(card, private=private, version6=version6))
        subnet = self._network.subnets.get(subnet_id)
        if subnet is None:
            return Point(balancer.name, balancer.vpc, subnet_id, balancer.groups, {})
        return somewhere_in(subnet, balancer.groups, balancer.name)

    def _gaps(self, balancer: Balancer) -> tuple[Gap, ...]:
        """Why it may be, or listen, otherwise than is known."""
        listed = self._listed(balancer.label, balancer)
        return (*balancer.gaps, *listed, *self._listed("AWSELBV2Listener", balancer))

    def _listed(self, label: str, balancer: Balancer) -> tuple[Gap, ...]:
        if balancer.type == "elb" and label != balancer.label:
            return ()
        gap = self._network.readings.gap(label, balancer.place)
        return (gap,) if gap else ()

    def _exposure(self, balancer: Balancer) -> Exposure:
        name = balancer.name
        if balancer.type == "gateway":
            return closed(f"{name} is a gateway load balancer, which has no public address")
        if balancer.scheme != _FACING:
            return closed(f"{name} is internal")
        gaps = self._gaps(balancer)
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

    def _entries_of(self, balancer: Balancer) -> tuple[_Entry, ...]:
        if balancer.id not in self._entries:
            found: tuple[_Entry, ...] = ()
            if self.exposure(balancer).possible:
                found = tuple(self._enter(balancer))
            self._entries[balancer.id] = found
        return self._entries[balancer.id]

    def _enter(self, balancer: Balancer) -> Iterator[_Entry]:
        for subnet in balancer.subnets:
            node = self.node(balancer, subnet)
            for family in balancer.families:
                clients = self._internet.passing(subnet, balancer.groups, family)
                if clients.possible:
                    for listener in balancer.listeners:
                        yield _Entry(listener, node, family, clients)

    def _reached(
        self, balancer: Balancer, entries: tuple[_Entry, ...], own: Exposure
    ) -> Iterator[Reached]:
        for group in balancer.targets:
            for target in group.targets:
                if not own.possible:
                    card, _ = self._places.card(target)
                    why = closed(f"{balancer.name} is not exposed: {own.steps[-1]}")
                    yield Reached(balancer, target.label, target.id, why, card)
                elif target.label == "AWSLoadBalancerV2":
                    yield from self._chained(balancer, group, target, entries, own)
                else:
                    yield self._one(balancer, group, target, entries, own)

    def _one(
        self,
        balancer: Balancer,
        group: TargetGroup,
        target: Target,
        entries: tuple[_Entry, ...],
        own: Exposure,
    ) -> Reached:
        card, point = self._places.card(target)
        if point is None and target.label != "AWSLambda":
            gap = Gap(f"where {target.id} is was not read")
            exposure = undecided(balancer.via, (gap,), *own.steps)
            return Reached(balancer, target.label, target.id, exposure)
        reached: dict[int, Bounds] = {}
        steps: dict[str, None] = {}
        obstacle = f"no listener of {balancer.name} that is exposed forwards to {group.name}"
        for entry in entries:
            way = self._forwards(balancer, entry.listener, group, entry.family)
            if not way.possible:
                continue
            for protocol in entry.listener.protocols:
                for port in self._ports(entry.listener, target):
                    clients = moved(entry.clients, protocol, entry.listener.port, protocol, port)
                    if not clients.possible:
                        continue
                    clients = clients & way
                    if not clients.possible:
                        obstacle = limits(entry.listener, group.id)
                        continue
                    lines: tuple[str, ...] = ()
                    if point is not None:
                        hop = self._hops.hop(
                            balancer, group, entry.node, point, entry.family, protocol, port
                        )
                        clients = clients & hop.clients
                        if not clients.possible:
                            obstacle = hop.obstacle or obstacle
                            continue
                        lines = hop.steps
                    before = reached.get(entry.family, NONE)
                    reached[entry.family] = before | clients
                    steps[_line(entry.listener, group, target, port)] = None
                    steps.update(dict.fromkeys(lines))
        exposure = judge(reached, balancer.via, self._network.list_names)
        if not exposure.possible:
            return Reached(balancer, target.label, target.id, closed(obstacle), card)
        exposure = replace(exposure, steps=(*own.steps, *steps))
        if point is None:
            exposure = replace(exposure, ports=own.ports)
        return Reached(balancer, target.label, target.id, exposure, card)

    def _chained(
        self,
        balancer: Balancer,
        group: TargetGroup,
        target: Target,
        entries: tuple[_Entry, ...],
        own: Exposure,
    ) -> Iterator[Reached]:
        """A load balancer behind another: who comes in by the first enters by its listeners."""
        behind = self._network.balancers.get(target.id) or self._network.balancers_by_arn.get(
            target.id
        )
        gaps = (
            (Gap(f"load balancer {target.id} is not among what was read"),)
            if behind is None
            else self._gaps(behind)
        )
        if behind is None or gaps:
            exposure = undecided(balancer.via, gaps, *own.steps)
            yield Reached(balancer, target.label, target.id, exposure)
            return
        reached: dict[int, Bounds] = {}
        inner: list[_Entry] = []
        for entry in entries:
            way = self._forwards(balancer, entry.listener, group, entry.family)
            for listener in behind.listeners:
                if listener.port not in self._ports(entry.listener, target) or not way.possible:
                    continue
                port = listener.port
                clients = moved(entry.clients, TCP, entry.listener.port, TCP, port) & way
                for subnet in behind.subnets:
                    node = self.node(behind, subnet)
                    hop = self._hops.hop(balancer, group, entry.node, node, entry.family, TCP, port)
                    passing = clients & hop.clients
                    if passing.possible:
                        before = reached.get(entry.family, NONE)
                        reached[entry.family] = before | passing
                        inner.append(_Entry(listener, node, entry.family, passing))
        exposure = judge(reached, balancer.via, self._network.list_names)
        if not exposure.possible:
            exposure = closed(f"{balancer.name} does not get through to {behind.name}")
        else:
            line = f"{balancer.name} forwards to {behind.name} through {group.name}"
            exposure = replace(exposure, steps=(*own.steps, line))
        yield Reached(balancer, behind.label, behind.id, exposure)
        for one in self._reached(behind, tuple(inner), exposure):
            yield replace(one, balancer=balancer)

    def _forwards(
        self, balancer: Balancer, listener: Listener, group: TargetGroup, family: int
    ) -> Bounds:
        """Whose requests a listener hands on to a target group."""
        if balancer.type == "elb":
            return ALL
        return forwarded(listener, group.id, family)

    def _ports(self, listener: Listener, target: Target) -> tuple[int, ...]:
        if listener.instance_port:
            return (listener.instance_port,)
        if target.label == "AWSLambda":
            return (_HTTPS,)
        return target.ports or (listener.port,)


def _line(listener: Listener, group: TargetGroup, target: Target, port: int) -> str:
    what = f"listener {listener.name} {listener.port} forwards"
    if target.label == "AWSLambda":
        return f"{what} to {group.name}, which calls {target.id}"
    return f"{what} to {group.name}, where {target.id} has port {port}"
