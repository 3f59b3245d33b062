"""What gets from the internet into a subnet and back: the gateway, the routes, the network ACL."""

from __future__ import annotations

from dataclasses import dataclass

from cloudwarden.analysis.exposure.addresses import INTERNET, NAMED, addresses_of
from cloudwarden.analysis.exposure.blocking import Blocks
from cloudwarden.analysis.exposure.facts import Acl, Route, RouteTable, Subnet
from cloudwarden.analysis.exposure.filters import Filters
from cloudwarden.analysis.exposure.network import Network
from cloudwarden.analysis.exposure.regions import (
    EMPTY,
    NONE,
    OTHERS,
    Bounds,
    Gap,
    Region,
    traffic,
    unread,
)
from cloudwarden.analysis.exposure.routing import sent
from cloudwarden.analysis.exposure.spans import NOTHING, Spans

_APPLIANCES = ("vpce-", "eni-", "i-")


@dataclass(frozen=True, slots=True)
class Gate:
    """What passes between the internet and a subnet, and how.

    `route` is who the way back leads to; `inbound` and `back` are what the ACL lets in, and what
    it lets answers out for. `obstacle` says why nothing passes the routes at all.
    """

    subnet: str
    family: int
    route: Bounds
    inbound: Bounds
    back: Bounds
    through: Bounds
    steps: tuple[str, ...] = ()
    obstacle: str | None = None
    acl: Acl | None = None


class Gates:
    """The gates of all subnets, each computed once."""

    def __init__(self, network: Network, filters: Filters) -> None:
        self._network = network
        self._filters = filters
        self._known: dict[tuple[str, int], Gate] = {}

    def gate(self, subnet: str, family: int) -> Gate:
        """The gate of a subnet, for one family of addresses."""
        key = (subnet, family)
        if key not in self._known:
            self._known[key] = self._gate(subnet, family)
        return self._known[key]

    def _gate(self, id_: str, family: int) -> Gate:
        subnet = self._network.subnets.get(id_)
        if subnet is None:
            lost = unread(Gap(f"subnet {id_} is not among what was read"))
            return Gate(id_, family, lost, lost, lost, lost)
        blocks, unsure = self._network.blocks(subnet)
        if blocks is not Blocks.NOTHING and unsure is None:
            return _closed(id_, family, f"block public access of {subnet.vpc} is {blocks}")
        table, gap = self._network.table_of(subnet)
        steps: tuple[str, ...] = ()
        if table is None:
            route = unread(gap or Gap(f"no route table of {id_} is known"))
        else:
            route, steps, obstacle = self._route(subnet, table, family)
            if obstacle is not None:
                return _closed(id_, family, obstacle)
        inbound = self._filters.acl(subnet, family, outbound=False)
        back = self._filters.acl(subnet, family, outbound=True).answered(family)
        if unsure is not None:
            route = Bounds(EMPTY, route.possible, (*route.gaps, unsure))
        acl, _gap = self._network.acl_of(subnet)
        return Gate(id_, family, route, inbound, back, route & inbound & back, steps, None, acl)

    def _route(
        self, subnet: Subnet, table: RouteTable, family: int
    ) -> tuple[Bounds, tuple[str, ...], str | None]:
        """Who the subnet answers to by an internet gateway; else what is in the way."""
        bounds = NONE
        steps: list[str] = []
        else_: list[str] = []
        world = INTERNET[family] | NAMED[family]
        how = "the main route table" if self._network.is_main(table, subnet) else "route table"
        for one in sent(table.routes, family):
            possible = one.possible & world
            if not possible or not one.line.target or one.line.target == "local":
                continue
            what = f"{how} {table.id} sends {one.line.destination} to {one.line.target}"
            gateway, gap, why = self._gateway(one.line, subnet, family)
            if gateway is None:
                else_.append(why or what)
                continue
            certain = NOTHING if gap else one.certain & world
            bounds = bounds | Bounds(
                _all(certain), _all(possible), (*one.gaps, *((gap,) if gap else ()))
            )
            steps.append(what)
        if bounds.possible:
            return bounds, tuple(steps), None
        if else_:
            return NONE, (), else_[0]
        return NONE, (), f"{how} {table.id} of {subnet.id} has no route to an internet gateway"

    def _gateway(
        self, route: Route, subnet: Subnet, family: int
    ) -> tuple[str | None, Gap | None, str | None]:
        """The internet gateway that a route leads to, and on what condition; or why to none."""
        if not route.active:
            return None, None, f"the route of {subnet.id} to {route.target} is a black hole"
        if route.target.startswith("igw-"):
            attached = self._network.gateways.get(route.target)
            if attached is not None and subnet.vpc not in attached:
                why = self._network.readings.gap("AWSInternetGateway", subnet.owner)
                if why is None:
                    return None, None, f"{route.target} is not attached to {subnet.vpc}"
            appliance = self._appliance(route.target, subnet, family)
            return route.target, _passes(appliance) if appliance else None, None
        if route.target.startswith(_APPLIANCES):
            for gateway, vpcs in self._network.gateways.items():
                if subnet.vpc in vpcs and self._appliance(gateway, subnet, family):
                    return gateway, _passes(route.target), None
        return None, None, None

    def _appliance(self, gateway: str, subnet: Subnet, family: int) -> str | None:
        """What a gateway hands the subnet's traffic to first, by a route table of its own."""
        table = self._network.edge_table(gateway)
        if table is None:
            return None
        own = addresses_of([block.text for block in subnet.blocks], family)
        for one in sent(table.routes, family):
            if one.possible & own and one.line.target != "local":
                return one.line.target
        return None


def _passes(appliance: str) -> Gap:
    return Gap(f"{appliance}, which the traffic goes through, lets it pass", condition=True)


def _all(addresses: Spans) -> Region:
    return traffic(OTHERS, 0, 0, addresses) if addresses else EMPTY


def _closed(subnet: str, family: int, obstacle: str) -> Gate:
    return Gate(subnet, family, NONE, NONE, NONE, NONE, (), obstacle)
