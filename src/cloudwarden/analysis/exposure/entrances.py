"""Other ways to load balancers than their own addresses on the internet.

API Gateway comes by VPC links, CloudFront by VPC origins, Global Accelerator by addresses of its
own: each reaches balancers that have no address on the internet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from cloudwarden.analysis.exposure import accelerators, apis, distributions
from cloudwarden.analysis.exposure.accelerators import Accelerators
from cloudwarden.analysis.exposure.apis import Apis
from cloudwarden.analysis.exposure.distributions import Distributions
from cloudwarden.analysis.exposure.facts import Balancer, Listener
from cloudwarden.analysis.exposure.internet import Internet, Ports, on_ports
from cloudwarden.analysis.exposure.passages import Passages
from cloudwarden.analysis.exposure.points import Point, somewhere_in
from cloudwarden.analysis.exposure.privately import privately
from cloudwarden.analysis.exposure.readings import everywhere
from cloudwarden.analysis.exposure.regions import (
    EMPTY,
    NONE,
    TCP,
    Bounds,
    Gap,
)
from cloudwarden.analysis.exposure.verdicts import Exposure

#: What may lead to load balancers beside their addresses, by where it is listed.
_EVERYWHERE = ("AWSGlobalAcceleratorEndpointGroup", "AWSCloudFrontVpcOrigin")
_HERE = (
    "AWSAPIGatewayIntegration",
    "AWSAPIGatewayVpcLink",
    "AWSAPIGatewayV2Integration",
    "AWSAPIGatewayV2VpcLink",
)


@dataclass(frozen=True, slots=True)
class Entrance:
    """A way in, by what is in front, with the reasons so far.

    Traffic comes from `points` within a network; without any, by PrivateLink (`private`) or from
    clients' own addresses. `ports` are those of the balancer it comes to, None for all. Targets
    see clients' addresses only if it `keeps` them. `gaps` is what it depends on.
    """

    type: str
    steps: tuple[str, ...]
    points: tuple[Point, ...] = ()
    private: bool = False
    ports: Ports = None
    listeners: tuple[str, ...] = ()
    keeps: bool = False
    gaps: tuple[Gap, ...] = ()


class Entrances:
    """The ways to the load balancers of one network."""

    def __init__(self, internet: Internet, passages: Passages, found: Apis) -> None:
        self._internet = internet
        self._network = internet.network
        self._estate = internet.network.estate
        self._passages = passages
        self._apis = found
        self._accelerators = Accelerators(self._estate)
        self._distributions = Distributions(internet, passages)

    def of(self, balancer: Balancer) -> tuple[Entrance, ...]:
        """Every other way to a load balancer."""
        found = self._by_balancer
        return (*found.get(balancer.arn, ()), *found.get(balancer.id, ()))

    def unread(self, balancer: Balancer) -> tuple[Gap, ...]:
        """Why there may be other ways that nobody knows of: what was not read."""
        places = ((_EVERYWHERE, everywhere(balancer.place.account)), (_HERE, balancer.place))
        return tuple(
            gap
            for labels, place in places
            for label in labels
            if (gap := self._network.readings.failed(label, place)) is not None
        )

    def clients(
        self, entrance: Entrance, balancer: Balancer, listener: Listener, node: Point, family: int
    ) -> Bounds:
        """Who comes to a listener by an entrance, at one node of the load balancer."""
        if entrance.listeners and listener.id not in entrance.listeners:
            return NONE
        ports = tuple((one, listener.port, listener.port) for one in listener.protocols)
        asked = on_ports(ports, family) & on_ports(entrance.ports, family)
        if not asked.possible:
            return NONE
        found = asked & self._let_in(entrance, balancer, node, family)
        if entrance.gaps and found.possible:
            return Bounds(EMPTY, found.possible, (*entrance.gaps, *found.gaps))
        return found

    def _let_in(self, entrance: Entrance, balancer: Balancer, node: Point, family: int) -> Bounds:
        if entrance.type == distributions.TYPE:
            return self._distributions.let_in(node) if family == 4 else NONE
        if entrance.points:
            found = NONE
            for point in entrance.points:
                found = found | self._passages.passage(point, node, 4).bounds
            return found
        if entrance.private:
            return privately(self._internet, balancer, family)
        return self._internet.beside_routes(node.subnet, balancer.groups, family)

    @cached_property
    def _by_balancer(self) -> dict[str, list[Entrance]]:
        found: dict[str, list[Entrance]] = defaultdict(list)
        for name, entrance in (*self._from_apis(), *self._from_accelerators()):
            found[name].append(entrance)
        for name, entrance in self._from_distributions():
            found[name].append(entrance)
        return found

    def _from_apis(self) -> Iterator[tuple[str, Entrance]]:
        owners = {
            listener.id: balancer.arn
            for balancer in self._network.balancers.values()
            for listener in balancer.listeners
        }
        for one in self._apis.integrations:
            if not one.exposure.possible or not (one.balancers or one.listeners):
                continue
            gaps = _gaps_of(one.exposure)
            steps = (*one.exposure.steps, one.line)
            points, missing = self._link_points(one.links)
            gaps = (*gaps, *missing)
            for arn in one.balancers:
                ports = ((TCP, one.port, one.port),) if one.port else None
                yield arn, Entrance(apis.TYPE, steps, points, not points, ports, gaps=gaps)
            for id_ in one.listeners:
                if id_ in owners:
                    yield (
                        owners[id_],
                        Entrance(apis.TYPE, steps, points, not points, None, (id_,), gaps=gaps),
                    )

    def _link_points(self, links: tuple[str, ...]) -> tuple[tuple[Point, ...], tuple[Gap, ...]]:
        """Where VPC links of the newer kind come from; the older ones come by PrivateLink."""
        points: list[Point] = []
        gaps: list[Gap] = []
        for id_ in links:
            link = self._estate.asset("AWSAPIGatewayV2VpcLink", id_)
            if link is None:
                if self._estate.asset("AWSAPIGatewayVpcLink", id_) is None:
                    gaps.append(Gap(f"VPC link {id_} is not among what was read"))
                continue
            groups = frozenset(link.targets("MEMBER_OF_EC2_SECURITY_GROUP"))
            for subnet_id in link.targets("PART_OF_SUBNET"):
                subnet = self._network.subnets.get(subnet_id)
                if subnet is None:
                    gaps.append(Gap(f"subnet {subnet_id} is not among what was read"))
                else:
                    points.append(somewhere_in(subnet, groups or None, link.name or id_))
        return tuple(points), tuple(gaps)

    def _from_accelerators(self) -> Iterator[tuple[str, Entrance]]:
        for endpoint, ways in self._accelerators.by_endpoint.items():
            for one in ways:
                yield (
                    endpoint,
                    Entrance(
                        accelerators.TYPE,
                        (one.line,),
                        ports=one.ports,
                        keeps=one.keeps,
                    ),
                )

    def _from_distributions(self) -> Iterator[tuple[str, Entrance]]:
        for id_, ways in self._distributions.by_origin.items():
            for one in ways:
                yield id_, Entrance(distributions.TYPE, (one.line,), ports=one.ports)


def _gaps_of(exposure: Exposure) -> tuple[Gap, ...]:
    """What an API's own exposure depends on."""
    if exposure.exposed:
        return ()
    gaps = [Gap(text) for text in exposure.unknown]
    gaps += [Gap(exposure.condition, condition=True)] if exposure.condition else []
    return tuple(gaps)
