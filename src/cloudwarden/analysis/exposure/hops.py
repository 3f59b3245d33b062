"""Who gets from a load balancer to a target, whose filters see the balancer or the client."""

from __future__ import annotations

from dataclasses import dataclass

from cloudwarden.analysis.exposure.addresses import WHOLE
from cloudwarden.analysis.exposure.facts import Balancer, TargetGroup, is_ordinary
from cloudwarden.analysis.exposure.internet import Internet
from cloudwarden.analysis.exposure.passages import Passages
from cloudwarden.analysis.exposure.points import Point
from cloudwarden.analysis.exposure.regions import (
    EMPTY,
    EVERYTHING,
    NONE,
    UDP,
    Bounds,
    Gap,
    Region,
    exactly,
    traffic,
)
from cloudwarden.analysis.exposure.spans import NOTHING, Spans
from cloudwarden.analysis.exposure.verdicts import in_words

#: A target group of load balancers, whose nodes are in zones of their own.
_CHAINED = "alb"


@dataclass(frozen=True, slots=True)
class Hop:
    """Who comes through to one port of a target, and how; or what is in the way."""

    clients: Bounds
    steps: tuple[str, ...] = ()
    obstacle: str | None = None


class Hops:
    """The way from load balancers to their targets in one network."""

    def __init__(self, internet: Internet, passages: Passages) -> None:
        self._internet = internet
        self._network = internet.network
        self._passages = passages

    def hop(
        self,
        balancer: Balancer,
        group: TargetGroup,
        node: Point,
        target: Point,
        family: int,
        protocol: int,
        port: int,
        *,
        keeps: bool = True,
    ) -> Hop:
        """Which clients of a family the target lets in on a port, coming by a node.

        Clients that came without addresses of their own (not `keeps`) have none to show.
        """
        if group.kind != _CHAINED and self._is_idle(balancer, target):
            why = f"{target.id} is in a zone that {balancer.name} is not enabled for"
            return Hop(NONE, obstacle=why)
        only = exactly(traffic(protocol, port, port, WHOLE[group.family]))
        passage = self._passages.passage(node, target, group.family, only)
        clients = _for_all(passage.bounds, group.family, family)
        if balancer.type == "network" and keeps:
            clients = self._seen(balancer, group, node, target, family, protocol, port, clients)
        if clients.possible:
            steps = passage.steps or self._lines(target, family, clients.possible)
            return Hop(clients, steps)
        what = in_words(protocol, port, port)
        return Hop(
            clients,
            (),
            passage.obstacle or f"{target.id} does not let {balancer.name} in on {what}",
        )

    def _is_idle(self, balancer: Balancer, target: Point) -> bool:
        """Whether a target surely gets nothing, for the load balancer is not in its zone.

        Addresses outside the load balancer's own VPC are in every zone.
        """
        own = self._network.subnets.get(target.subnet)
        if balancer.type == "elb" or own is None or own.vpc != balancer.vpc or own.zone is None:
            return False
        subnets = [self._network.subnets.get(id_) for id_ in balancer.subnets]
        zones = [subnet.zone if subnet is not None else None for subnet in subnets]
        plain = all(zone is not None and is_ordinary(zone) for zone in (own.zone, *zones))
        return bool(zones) and plain and own.zone not in zones

    def _lines(self, target: Point, family: int, passes: Region) -> tuple[str, ...]:
        return tuple(self._internet.reasons.group_lines(target.groups, passes, family))

    def _seen(
        self,
        balancer: Balancer,
        group: TargetGroup,
        node: Point,
        target: Point,
        family: int,
        protocol: int,
        port: int,
        as_balancer: Bounds,
    ) -> Bounds:
        """A network load balancer may let its targets see the clients' own addresses.

        That is the default for instances and load balancers; it can be set otherwise, so where
        it is not known and would make a difference nothing is certain.
        """
        if group.keeps_clients is False and protocol != UDP:
            return as_balancer
        as_client = self._as_client(balancer, node, target, family) & exactly(
            traffic(protocol, port, port, WHOLE[family])
        )
        if group.keeps_clients or protocol == UDP or as_client == as_balancer:
            return as_client
        gap = Gap(f"whether targets of {group.name} see clients' own addresses was not read")
        both, either = as_client & as_balancer, as_client | as_balancer
        return Bounds(both.certain, either.possible, (*either.gaps, gap))

    def _as_client(self, balancer: Balancer, node: Point, target: Point, family: int) -> Bounds:
        """Which clients the target's filters let in by their own addresses."""
        if target.gaps:
            return Bounds(EMPTY, EVERYTHING, target.gaps)
        filters = self._internet.filters
        allowed = filters.groups(target.groups, family, outbound=False)
        # A rule that names the balancer's group lets its clients in, whatever their addresses.
        for id_ in sorted(target.groups or ()):
            for rule in filters.rules(id_, outbound=False):
                if balancer.groups and not balancer.groups.isdisjoint(rule.groups):
                    allowed = allowed | exactly(
                        traffic(rule.protocol, rule.first, rule.last, WHOLE[family])
                    )
        subnet = self._network.subnets.get(target.subnet)
        if subnet is None or target.subnet == node.subnet:
            return allowed
        back = filters.acl(subnet, family, outbound=True).answered(family)
        return allowed & filters.acl(subnet, family, outbound=False) & back


def moved(clients: Bounds, protocol: int, port: int, to_protocol: int, to: int) -> Bounds:
    """Those who come on one port, as those who come on another."""
    certain, possible = (
        traffic(to_protocol, to, to, _on(region, protocol, port))
        for region in (clients.certain, clients.possible)
    )
    return Bounds(certain, possible, () if certain == possible else clients.gaps)


def _on(region: Region, protocol: int, port: int) -> Spans:
    for low, high, addresses in region.of(protocol):
        if low <= port <= high:
            return addresses
    return NOTHING


def _for_all(bounds: Bounds, family: int, to: int) -> Bounds:
    """Bounds that are about all addresses or none, said of another family's."""
    if family == to:
        return bounds
    certain, possible = (region.spread(bool, to) for region in (bounds.certain, bounds.possible))
    return Bounds(certain, possible, bounds.gaps)
