"""Global accelerators: addresses on the internet that lead to endpoints in private subnets too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.exposure.facts import Interface
from cloudwarden.analysis.exposure.internet import Internet, on_ports
from cloudwarden.analysis.exposure.network_assets import json_list
from cloudwarden.analysis.exposure.regions import TCP, UDP
from cloudwarden.analysis.exposure.verdicts import Exposure, closed, judge

TYPE = "global_accelerator"


@dataclass(frozen=True, slots=True)
class Accelerated:
    """A way from an accelerator to one endpoint: protocol, and ports there from first to last.

    With `keeps` the endpoint sees the clients' own addresses.
    """

    accelerator: str
    line: str
    ports: tuple[tuple[int, int, int], ...]
    keeps: bool = True


class Accelerators:
    """What the enabled accelerators of an estate lead to."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate

    @cached_property
    def by_endpoint(self) -> dict[str, list[Accelerated]]:
        """The ways to each endpoint, by its ARN or id."""
        listeners = {one.id: one for one in self._estate.assets("AWSGlobalAcceleratorListener")}
        enabled = {
            one.id: one
            for one in self._estate.assets("AWSGlobalAccelerator")
            if one.get("enabled") is not False
        }
        found: dict[str, list[Accelerated]] = defaultdict(list)
        for group in self._estate.assets("AWSGlobalAcceleratorEndpointGroup"):
            listener = listeners.get(group.id.partition("/endpoint-group/")[0])
            if listener is None or group.get("traffic_dial_percentage") == 0:
                continue
            accelerator = enabled.get(listener.id.partition("/listener/")[0])
            if accelerator is None:
                continue
            name = accelerator.name or accelerator.id
            ports = tuple(_ports(listener, group))
            for endpoint in json_list(group.get("endpoints")):
                if endpoint.get("weight") == 0:
                    continue
                id_ = str(endpoint.get("id"))
                line = f"accelerator {name} leads to {id_}"
                keeps = endpoint.get("keeps_clients") is not False
                found[id_].append(Accelerated(name, line, ports, keeps))
        return found


def accelerated(internet: Internet, interface: Interface, way: Accelerated) -> Exposure:
    """The exposure of an instance's interface by an accelerator that leads to the instance."""
    families = (4, 6) if interface.version6 else (4,)
    bounds = {
        family: internet.beside_routes(interface.subnet, interface.groups, family, interface.gaps)
        & on_ports(way.ports, family)
        for family in families
    }
    found = judge(bounds, TYPE, internet.network.list_names)
    if not found.possible:
        return closed(way.line, f"nothing that it leads to {interface.id} is let in")
    return replace(found, steps=(way.line, *found.steps))


def _ports(listener: EstateAsset, group: EstateAsset) -> Iterator[tuple[int, int, int]]:
    """The ports of endpoints that a listener's are led to, some perhaps to others."""
    protocol = UDP if listener.get("protocol") == "UDP" else TCP
    overrides = {
        int(one["ListenerPort"]): int(one["EndpointPort"])
        for one in json_list(group.get("port_overrides"))
        if one.get("ListenerPort") and one.get("EndpointPort")
    }
    for one in json_list(listener.get("port_ranges")):
        first, last = int(one.get("FromPort") or 0), int(one.get("ToPort") or 0)
        taken = sorted(port for port in overrides if first <= port <= last)
        for port in taken:
            yield protocol, overrides[port], overrides[port]
            if first < port:
                yield protocol, first, port - 1
            first = port + 1
        if first <= last:
            yield protocol, first, last
