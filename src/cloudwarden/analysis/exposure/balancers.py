"""Whether the internet reaches load balancers, and through them what is registered with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cloudwarden.analysis.exposure.arrivals import Arrivals, Entry
from cloudwarden.analysis.exposure.facts import Balancer, Interface, Listener, Target, TargetGroup
from cloudwarden.analysis.exposure.hops import Hops, moved
from cloudwarden.analysis.exposure.listeners import forwarded, limits
from cloudwarden.analysis.exposure.regions import (
    ALL,
    NONE,
    TCP,
    Bounds,
    Gap,
)
from cloudwarden.analysis.exposure.targets import TargetPlaces
from cloudwarden.analysis.exposure.verdicts import Exposure, closed, judge, undecided

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


class Balancers:
    """Answers for the load balancers of one network."""

    def __init__(self, arrivals: Arrivals, hops: Hops) -> None:
        self._arrivals = arrivals
        self._network = arrivals.network
        self._hops = hops
        self._places = TargetPlaces(self._network)

    def exposure(self, balancer: Balancer) -> Exposure:
        """Whether the internet reaches any of its listeners, by its own address or otherwise."""
        return self._arrivals.exposure(balancer)

    def reached(self, balancer: Balancer) -> Iterator[Reached]:
        """What is registered with it, each with the exposure that it has by it.

        Where a load balancer is registered with another, it comes once itself, and then what is
        registered with it. What several ways lead to comes once for each.
        """
        own = self.exposure(balancer)
        gaps = (
            *self._arrivals.gaps(balancer),
            *self._arrivals.listed("AWSELBV2TargetGroup", balancer),
        )
        if not gaps or not own.possible:
            for way in self._arrivals.ways(balancer):
                yield from self._reached(balancer, way.entries, way.exposure)
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
        gaps = [
            *self._arrivals.gaps(balancer),
            *self._arrivals.listed("AWSELBV2TargetGroup", balancer),
        ]
        gaps += [*balancer.target_gaps, *(gap for one in balancer.targets for gap in one.gaps)]
        return tuple(dict.fromkeys(gaps))

    def _reached(
        self, balancer: Balancer, entries: tuple[Entry, ...], own: Exposure
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
        entries: tuple[Entry, ...],
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
                            balancer,
                            group,
                            entry.node,
                            point,
                            entry.family,
                            protocol,
                            port,
                            keeps=entry.keeps,
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
        entries: tuple[Entry, ...],
        own: Exposure,
    ) -> Iterator[Reached]:
        """A load balancer behind another: who comes in by the first enters by its listeners."""
        behind = self._network.balancers.get(target.id) or self._network.balancers_by_arn.get(
            target.id
        )
        gaps = (
            (Gap(f"load balancer {target.id} is not among what was read"),)
            if behind is None
            else self._arrivals.gaps(behind)
        )
        if behind is None or gaps:
            exposure = undecided(balancer.via, gaps, *own.steps)
            yield Reached(balancer, target.label, target.id, exposure)
            return
        reached: dict[int, Bounds] = {}
        inner: list[Entry] = []
        for entry in entries:
            way = self._forwards(balancer, entry.listener, group, entry.family)
            for listener in behind.listeners:
                if listener.port not in self._ports(entry.listener, target) or not way.possible:
                    continue
                port = listener.port
                clients = moved(entry.clients, TCP, entry.listener.port, TCP, port) & way
                for subnet in behind.subnets:
                    node = self._arrivals.node(behind, subnet)
                    hop = self._hops.hop(
                        balancer,
                        group,
                        entry.node,
                        node,
                        entry.family,
                        TCP,
                        port,
                        keeps=entry.keeps,
                    )
                    passing = clients & hop.clients
                    if passing.possible:
                        before = reached.get(entry.family, NONE)
                        reached[entry.family] = before | passing
                        inner.append(Entry(listener, node, entry.family, passing, entry.keeps))
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
