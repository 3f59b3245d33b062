"""Where the targets of load balancers are on the network."""

from __future__ import annotations

from cloudwarden.analysis.exposure.facts import Interface, Target
from cloudwarden.analysis.exposure.network import Network
from cloudwarden.analysis.exposure.points import Point, point_of


class TargetPlaces:
    """Finds the interface that a load balancer sends a target's traffic to."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def card(self, target: Target) -> tuple[Interface | None, Point | None]:
        """A target's interface, and its end of the conversation; None where neither is known.

        An instance is reached by its primary interface, an address by the one that has it.
        """
        if target.label == "AWSEC2Instance":
            instance = self._network.estate.asset("AWSEC2Instance", target.id)
            if instance is None:
                return None, None
            cards, _gaps = self._network.interfaces_of(instance)
            primary = min(cards, key=lambda one: (one.index or 0, one.id), default=None)
            return primary, point_of(primary) if primary else None
        if target.label == "AWSEC2PrivateIp":
            card, _, address = target.id.partition(":")
            found = self._network.interfaces.get(card)
            if found is None:
                return None, None
            gap = self._network.readings.gap("AWSNetworkInterface", found.place)
            return (None, None) if gap else (found, point_of(found, address))
        return None, None
