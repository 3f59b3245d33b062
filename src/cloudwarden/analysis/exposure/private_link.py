"""PrivateLink: an endpoint in one VPC leads to a service behind a load balancer in another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

from cloudwarden.analysis.estate import EstateAsset
from cloudwarden.analysis.exposure.arrivals import Arrivals
from cloudwarden.analysis.exposure.facts import Balancer, Interface
from cloudwarden.analysis.exposure.internet import Internet, on_ports
from cloudwarden.analysis.exposure.passages import Passage, Passages
from cloudwarden.analysis.exposure.points import point_of
from cloudwarden.analysis.exposure.privately import privately
from cloudwarden.analysis.exposure.regions import EMPTY, EVERYTHING, NONE, Bounds, Gap
from cloudwarden.analysis.exposure.relays import Arrived, Relays

_LIVE = frozenset({None, "available", "Available"})


class PrivateLinks:
    """The services of one network and the endpoints that lead to them."""

    def __init__(self, internet: Internet, passages: Passages, relays: Relays) -> None:
        self._internet = internet
        self._network = internet.network
        self._passages = passages
        self._arrivals = Arrivals(internet)
        self._relays = relays

    @cached_property
    def _services(self) -> dict[str, EstateAsset]:
        return {
            str(asset.get("service_name") or asset.name): asset
            for asset in self._network.estate.assets("AWSVpcEndpointService")
        }

    @cached_property
    def _endpoints(self) -> dict[str, list[EstateAsset]]:
        """Endpoints that lead to services of ours, by the VPC that they are in."""
        found: dict[str, list[EstateAsset]] = defaultdict(list)
        for asset in self._network.estate.assets("AWSVpcEndpoint"):
            if asset.get("service_name") in self._services and asset.get("state") in _LIVE:
                found[str(asset.get("vpc_id"))].append(asset)
        return found

    def ways(self, sources: Sequence[Interface], targets: Sequence[Interface]) -> Iterator[Passage]:
        """From sources, by endpoints in their VPCs, to targets behind the services."""
        wanted = frozenset(card.id for card in targets)
        for source in sources if wanted else ():
            for endpoint in self._endpoints.get(source.vpc, ()):
                into = self._into(source, endpoint)
                if not into.bounds.possible:
                    continue
                service = self._services[str(endpoint.get("service_name"))]
                for arn in service.targets("SERVED_BY"):
                    balancer = self._network.balancers_by_arn.get(arn)
                    if balancer is not None:
                        yield from self._behind(endpoint, balancer, wanted, into)
        for card in targets:
            yield from self._relays.doubts(card, self._unread(sources, card))

    def _unread(self, sources: Sequence[Interface], card: Interface) -> tuple[Gap, ...]:
        """Why there may be services in front of an interface, or endpoints, that nobody knows."""
        readings = self._network.readings
        found: list[Gap | None] = []
        for balancer in self._relays.leading_to(frozenset((card.id,))):
            others = [source for source in sources if source.vpc != balancer.vpc]
            if balancer.type == "network" and others:
                found.append(readings.gap("AWSVpcEndpointService", balancer.place))
                found += [readings.gap("AWSVpcEndpoint", source.place) for source in others]
        return tuple(dict.fromkeys(gap for gap in found if gap is not None))

    def _into(self, source: Interface, endpoint: EstateAsset) -> Passage:
        """From the source to the endpoint's own interfaces."""
        bounds = NONE
        steps: tuple[str, ...] = ()
        for id_ in endpoint.targets("NETWORK_INTERFACE"):
            card = self._network.interfaces.get(id_)
            if card is None:
                gap = Gap(f"network interface {id_} is not among what was read")
                bounds = bounds | Bounds(EMPTY, EVERYTHING, (gap,))
                continue
            found = self._passages.passage(point_of(source), point_of(card), 4)
            bounds = bounds | found.bounds
            steps = steps or found.steps
        return Passage(bounds, steps)

    def _behind(
        self, endpoint: EstateAsset, balancer: Balancer, wanted: frozenset[str], into: Passage
    ) -> Iterator[Passage]:
        """What the load balancer reaches; it shows targets its own addresses, not the clients'."""
        line = f"{endpoint.id} leads to {balancer.name} in {balancer.vpc}"
        for listener in balancer.listeners:
            ports = tuple((one, listener.port, listener.port) for one in listener.protocols)
            taken = into.bounds & on_ports(ports, 4) & privately(self._internet, balancer, 4)
            if not taken.possible:
                continue
            entered = Passage(taken, (*into.steps, line))
            for subnet in balancer.subnets:
                node = self._arrivals.node(balancer, subnet)
                arrived = Arrived(balancer, listener, node, entered, None)
                yield from self._relays.behind(self._relays.as_read(arrived), wanted)
