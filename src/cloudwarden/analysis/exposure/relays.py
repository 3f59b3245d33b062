"""What is reached through load balancers: who gets to a listener gets to what is behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from cloudwarden.analysis.exposure.addresses import FAMILIES, INTERNET, NAMED, WHOLE
from cloudwarden.analysis.exposure.arrivals import Arrivals
from cloudwarden.analysis.exposure.ends import End
from cloudwarden.analysis.exposure.facts import Balancer, Interface, Listener, Target, TargetGroup
from cloudwarden.analysis.exposure.hops import Hops
from cloudwarden.analysis.exposure.internet import Internet, on_ports
from cloudwarden.analysis.exposure.listeners import forwarded
from cloudwarden.analysis.exposure.passages import Passage, Passages
from cloudwarden.analysis.exposure.points import Point
from cloudwarden.analysis.exposure.regions import ALL, EMPTY, TCP, Bounds, Gap, traffic
from cloudwarden.analysis.exposure.spans import NOTHING, Spans
from cloudwarden.analysis.exposure.targets import TargetPlaces

_FACING = "internet-facing"
_LISTED = ("AWSLoadBalancer", "AWSLoadBalancerV2", "AWSELBV2Listener", "AWSELBV2TargetGroup")


@dataclass(frozen=True, slots=True)
class Arrived:
    """Somebody who has come to a listener at a node of a load balancer.

    `own` is their addresses, None where they have none to show; `passed` the load balancers that
    they have come through.
    """

    balancer: Balancer
    listener: Listener
    node: Point
    into: Passage
    own: Spans | None
    family: int = 4
    passed: frozenset[str] = frozenset()


class Relays:
    """The load balancers of one network as ways to what is registered with them."""

    def __init__(self, internet: Internet, passages: Passages) -> None:
        self._internet = internet
        self._network = internet.network
        self._passages = passages
        self._arrivals = Arrivals(internet)
        self._hops = Hops(internet, passages)
        self._places = TargetPlaces(internet.network)

    def ways(self, source: End, senders: list[Point], target: End) -> Iterator[Passage]:
        """From what is in a network, and from addresses outside, to interfaces of the target."""
        wanted = frozenset(card.id for card in target.interfaces)
        for balancer in self.leading_to(wanted):
            for subnet in balancer.subnets:
                node = self._arrivals.node(balancer, subnet)
                for listener in balancer.listeners:
                    for one in self._arriving(source, senders, balancer, node, listener):
                        yield from self.behind(self.as_read(one), wanted)
        for card in target.interfaces:
            yield from self._unlisted(card)

    def _arriving(
        self,
        source: End,
        senders: list[Point],
        balancer: Balancer,
        node: Point,
        listener: Listener,
    ) -> Iterator[Arrived]:
        for family in balancer.families:
            asked = on_ports(_ports_of(listener), family)
            for sender in senders if node.addresses.get(family) else ():
                own = sender.addresses.get(family, NOTHING)
                into = self._passages.passage(sender, node, family, asked)
                if own and into.bounds.possible:
                    yield Arrived(balancer, listener, node, into, own, family)
            if balancer.scheme != _FACING:
                continue
            for other, addresses in source.outside:
                world = addresses & (INTERNET[family] | NAMED[family])
                if other != family or not world:
                    continue
                passing = self._internet.passing(node.subnet, balancer.groups, family)
                bounds = passing.within(world) & asked
                if bounds.possible:
                    into = Passage(bounds, self._arrivals.exposure(balancer).steps)
                    yield Arrived(balancer, listener, node, into, world, family)

    def as_read(self, one: Arrived) -> Arrived:
        """The same, but not for certain where the load balancer may be otherwise than is known."""
        balancer, bounds = one.balancer, one.into.bounds
        targets = self._arrivals.listed("AWSELBV2TargetGroup", balancer)
        gaps = (*self._arrivals.gaps(balancer), *targets)
        if not gaps:
            return one
        doubted = Bounds(EMPTY, bounds.possible, (*bounds.gaps, *gaps))
        return replace(one, into=replace(one.into, bounds=doubted))

    def behind(self, one: Arrived, wanted: frozenset[str]) -> Iterator[Passage]:
        """From who has come to a listener, to interfaces that it hands them on to."""
        for group in one.balancer.targets:
            way = ALL
            if one.balancer.type != "elb":
                way = _whole_of(forwarded(one.listener, group.id, one.family), one)
            if not way.possible:
                continue
            for target in group.targets:
                if target.label == "AWSLoadBalancerV2":
                    yield from self._chained(one, way, group, target, wanted)
                    continue
                card, point = self._places.card(target)
                if card is not None and point is not None and card.id in wanted:
                    yield from self._to(one, way, group, target, point)

    def _to(
        self, one: Arrived, way: Bounds, group: TargetGroup, target: Target, point: Point
    ) -> Iterator[Passage]:
        line = f"{one.balancer.name} forwards {one.listener.port} to {target.id}"
        for port in _ports_at(one.listener, target):
            for protocol in one.listener.protocols:
                hop = self._hops.hop(
                    one.balancer,
                    group,
                    one.node,
                    point,
                    one.family,
                    protocol,
                    port,
                    keeps=one.own is not None,
                )
                bounds = _provided(_whole_of(hop.clients, one), way, one.into.bounds)
                yield Passage(bounds, (*one.into.steps, line, *hop.steps), hop.obstacle)

    def _chained(
        self,
        one: Arrived,
        way: Bounds,
        group: TargetGroup,
        target: Target,
        wanted: frozenset[str],
    ) -> Iterator[Passage]:
        """Through a load balancer that is registered with another."""
        inner = self._network.balancers.get(self._id_of(target))
        if inner is None or inner.id in one.passed:
            return
        passed = one.passed | {one.balancer.id}
        line = f"{one.balancer.name} forwards {one.listener.port} to {inner.name}"
        for listener in inner.listeners:
            if listener.port not in _ports_at(one.listener, target):
                continue
            for subnet in inner.subnets:
                node = self._arrivals.node(inner, subnet)
                hop = self._hops.hop(
                    one.balancer,
                    group,
                    one.node,
                    node,
                    one.family,
                    TCP,
                    listener.port,
                    keeps=one.own is not None,
                )
                bounds = _provided(_whole_of(hop.clients, one), way, one.into.bounds)
                if bounds.possible:
                    into = Passage(bounds, (*one.into.steps, line))
                    further = Arrived(inner, listener, node, into, one.own, one.family, passed)
                    yield from self.behind(further, wanted)

    def _unlisted(self, card: Interface) -> Iterator[Passage]:
        """What may come by load balancers that were not read."""
        readings = self._network.readings
        found = [readings.gap(label, card.place) for label in _LISTED]
        yield from self.doubts(card, tuple(gap for gap in found if gap is not None))

    def doubts(self, card: Interface, gaps: tuple[Gap, ...]) -> Iterator[Passage]:
        """Whatever the interface's groups let anybody in on: `gaps` say why somebody may come."""
        for family in FAMILIES if gaps else ():
            region = EMPTY
            for group in sorted(card.groups or ()):
                for rule in self._internet.filters.rules(group, outbound=False):
                    region = region | traffic(rule.protocol, rule.first, rule.last, WHOLE[family])
            if region and (card.private if family == 4 else card.version6):
                yield Passage(Bounds(EMPTY, region, gaps))

    def leading_to(self, wanted: frozenset[str]) -> list[Balancer]:
        """Load balancers that have some of these interfaces registered, however deep."""
        found = {id_ for card in wanted for id_ in self._by_card.get(card, ())}
        more = found
        while more:
            more = {
                balancer.id
                for balancer in self._network.balancers.values()
                for group in balancer.targets
                for target in group.targets
                if target.label == "AWSLoadBalancerV2" and self._id_of(target) in found
            } - found
            found |= more
        return [self._network.balancers[id_] for id_ in sorted(found)]

    def _id_of(self, target: Target) -> str:
        known = self._network.balancers_by_arn.get(target.id)
        return known.id if known is not None else target.id

    @cached_property
    def _by_card(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for balancer in self._network.balancers.values():
            for group in balancer.targets:
                for target in group.targets:
                    card, _point = self._places.card(target)
                    if card is not None:
                        found.setdefault(card.id, set()).add(balancer.id)
        return found


def _ports_of(listener: Listener) -> tuple[tuple[int, int, int], ...]:
    return tuple((one, listener.port, listener.port) for one in listener.protocols)


def _ports_at(listener: Listener, target: Target) -> tuple[int, ...]:
    """The ports of a target that a listener's traffic goes to."""
    if listener.instance_port:
        return (listener.instance_port,)
    return target.ports or (listener.port,)


def _provided(bounds: Bounds, *others: Bounds) -> Bounds:
    """Bounds that hold for certain only if there is something certain of all the others."""
    if all(one.certain for one in others):
        return bounds
    gaps: list[Gap] = [gap for one in (*others, bounds) for gap in one.gaps]
    return replace(bounds, certain=EMPTY, gaps=tuple(dict.fromkeys(gaps)))


def _whole_of(bounds: Bounds, one: Arrived) -> Bounds:
    """Bounds as of ports alone, for who has come; for anybody where they show no address."""
    about = bounds if one.own is None else bounds.within(one.own)
    certain, possible = (
        region.spread(bool, one.family) for region in (about.certain, about.possible)
    )
    return Bounds(certain, possible, () if certain == possible else about.gaps)
