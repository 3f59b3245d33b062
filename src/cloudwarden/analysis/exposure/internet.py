"""Whether the internet reaches an interface: its addresses, the gate of its subnet, its groups."""

from __future__ import annotations

from dataclasses import replace

from cloudwarden.analysis.exposure.addresses import INTERNET, NAMED, WHOLE
from cloudwarden.analysis.exposure.blocking import Blocks
from cloudwarden.analysis.exposure.facts import Interface
from cloudwarden.analysis.exposure.filters import Filters
from cloudwarden.analysis.exposure.gates import Gates
from cloudwarden.analysis.exposure.interface_assets import has_public6
from cloudwarden.analysis.exposure.network import Network
from cloudwarden.analysis.exposure.reasons import Reasons
from cloudwarden.analysis.exposure.regions import (
    ALL,
    EMPTY,
    EVERYTHING,
    NONE,
    Bounds,
    Gap,
    exactly,
    traffic,
    unread,
)
from cloudwarden.analysis.exposure.verdicts import Exposure, closed, judge

Groups = frozenset[str] | None
#: The ports that something answers on: protocol, first, last; None for all.
Ports = tuple[tuple[int, int, int], ...] | None


class Internet:
    """Answers for one network. Interfaces of one subnet and the same groups share the work."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.filters = Filters(network)
        self.gates = Gates(network, self.filters)
        self.reasons = Reasons(network, self.filters)
        self._known: dict[tuple[object, ...], Exposure] = {}

    def interface(self, interface: Interface) -> Exposure:
        """Whether the internet reaches the interface by an address of its own."""
        if interface.kind == "natgateway":
            return closed(f"{interface.id} is a NAT gateway's, which takes in only answers")
        families: list[int] = [4] if interface.public else []
        if interface.version6 and has_public6(interface):
            if interface.closed6:
                if not families:
                    return closed(f"{interface.id} is closed to internet gateways")
            else:
                families.append(6)
        if not families:
            return closed(f"{interface.id} has no public address")
        found = self.place(interface.subnet, interface.groups, tuple(families), interface.gaps)
        address = (*interface.public, *(interface.version6 if 6 in families else ()))[0]
        first = f"{interface.id} has public address {address}"
        return replace(found, steps=(first, *found.steps))

    def place(
        self,
        subnet: str,
        groups: Groups,
        families: tuple[int, ...],
        gaps: tuple[Gap, ...] = (),
        only: Ports = None,
        type_: str = "direct",
    ) -> Exposure:
        """Whether the internet reaches what has a public address in a subnet, behind groups.

        `only` is the traffic that it answers at all; `gaps` say why the groups are not known.
        """
        key = (subnet, groups, families, gaps, only, type_)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._place(subnet, groups, families, gaps, only, type_)
        return found

    def passing(
        self, subnet: str, groups: Groups, family: int, gaps: tuple[Gap, ...] = ()
    ) -> Bounds:
        """What comes from the internet through the gate of a subnet and through groups."""
        return self.gates.gate(subnet, family).through & self._allowed(groups, family, gaps)

    def beside_routes(
        self, subnet_id: str, groups: Groups, family: int, gaps: tuple[Gap, ...] = ()
    ) -> Bounds:
        """What of the internet gets in where AWS brings it into a subnet past the route tables.

        Clients are seen by their own addresses. The VPC needs an internet gateway all the same.
        """
        subnet = self.network.subnets.get(subnet_id)
        if subnet is None:
            return unread(Gap(f"subnet {subnet_id} is not among what was read"))
        blocks, unsure = self.network.blocks(subnet)
        if blocks is not Blocks.NOTHING and unsure is None:
            return NONE
        attached = any(subnet.vpc in vpcs for vpcs in self.network.gateways.values())
        gap = self.network.readings.gap("AWSInternetGateway", subnet.owner)
        if not attached and gap is None:
            return NONE
        inbound = self.filters.acl(subnet, family, outbound=False)
        back = self.filters.acl(subnet, family, outbound=True).answered(family)
        found = self._allowed(groups, family, gaps) & inbound & back
        why = unsure if attached else gap
        if why is None:
            return found
        return Bounds(EMPTY, found.possible, (*found.gaps, why))

    def _allowed(self, groups: Groups, family: int, gaps: tuple[Gap, ...]) -> Bounds:
        if gaps:
            return Bounds(EMPTY, EVERYTHING, gaps)
        return self.filters.groups(groups, family, outbound=False)

    def _place(
        self,
        subnet: str,
        groups: Groups,
        families: tuple[int, ...],
        gaps: tuple[Gap, ...],
        only: Ports,
        type_: str,
    ) -> Exposure:
        passing = {f: self.passing(subnet, groups, f, gaps) & on_ports(only, f) for f in families}
        verdict = judge(passing, type_, self.network.list_names)
        steps: dict[str, None] = {}
        for family in families:
            gate = self.gates.gate(subnet, family)
            world = INTERNET[family] | NAMED[family]
            region = passing[family]
            seen = (region.certain or region.possible).within(world)
            if verdict.possible and seen:
                steps.update(dict.fromkeys(self.reasons.ways(gate, seen, groups)))
            elif not verdict.possible:
                allowed = self._allowed(groups, family, gaps) & on_ports(only, family)
                steps[self.reasons.obstacle(gate, allowed, groups)] = None
        return replace(verdict, steps=tuple(steps))


def on_ports(ports: Ports, family: int) -> Bounds:
    """All traffic on these ports, from every address of a family."""
    if ports is None:
        return ALL
    found = EMPTY
    for protocol, first, last in ports:
        found = found | traffic(protocol, first, last, WHOLE[family])
    return exactly(found)
