"""What a question about reach may name: interfaces, what has them, addresses, the internet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cloudwarden.analysis.estate import EstateAsset
from cloudwarden.analysis.exposure.addresses import (
    FAMILIES,
    INTERNET,
    NAMED,
    WHOLE,
    addresses_of,
    block,
)
from cloudwarden.analysis.exposure.facts import Balancer, Interface
from cloudwarden.analysis.exposure.internet import on_ports
from cloudwarden.analysis.exposure.network import Network
from cloudwarden.analysis.exposure.network_assets import json_list
from cloudwarden.analysis.exposure.points import Point, somewhere_in
from cloudwarden.analysis.exposure.readings import place_of
from cloudwarden.analysis.exposure.regions import ALL, TCP, Bounds, Gap
from cloudwarden.analysis.exposure.spans import Spans
from cloudwarden.core.errors import UsageError

#: Anything on the internet, as the end of a question.
THE_INTERNET = "internet"
_GROUPS = "MEMBER_OF_EC2_SECURITY_GROUP"
#: Labels that an end may be named by, by id, ARN or name, and in what order to look.
_NAMED = (
    "AWSEC2Instance",
    "AWSNetworkInterface",
    "AWSEC2Subnet",
    "AWSVpc",
    "AWSEC2SecurityGroup",
    "AWSLoadBalancerV2",
    "AWSLoadBalancer",
    "AWSRDSInstance",
    "AWSRedshiftCluster",
    "AWSLambda",
    "AWSECSTask",
    "AWSAutoScalingGroup",
)


@dataclass(frozen=True, slots=True)
class End:
    """Interfaces, points whose addresses are not known, and addresses outside all our networks.

    `only` is the traffic that it answers, and with `public` its points have public addresses.
    `gaps` say why there may be more of it.
    """

    name: str
    interfaces: tuple[Interface, ...] = ()
    points: tuple[Point, ...] = ()
    outside: tuple[tuple[int, Spans], ...] = ()
    gaps: tuple[Gap, ...] = ()
    only: Bounds = ALL
    public: bool = False


class Ends:
    """Finds ends in one network."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def find(self, name: str) -> End:
        """The end of that name. Raises `UsageError` for what nobody knows, or what is several."""
        if name == THE_INTERNET:
            return End(name, outside=tuple((f, INTERNET[f]) for f in FAMILIES))
        named = block(name)
        if named is not None:
            found = self._within(named.family, named.addresses)
            world = named.addresses & (INTERNET[named.family] | NAMED[named.family])
            outside = world if found else named.addresses
            return End(name, found, outside=((named.family, outside),) if outside else ())
        asset = self._asset(name)
        make = {
            "AWSEC2Instance": self._instance,
            "AWSNetworkInterface": self._interface,
            "AWSEC2SecurityGroup": self._group,
            "AWSRDSInstance": self._database,
            "AWSRedshiftCluster": self._warehouse,
            "AWSLambda": self._function,
            "AWSECSTask": self._task,
            "AWSAutoScalingGroup": self._scaling,
        }.get(asset.label)
        if make is not None:
            return make(name, asset)
        if asset.label == "AWSEC2Subnet":
            return self._subnets(name, [asset.id])
        if asset.label == "AWSVpc":
            own = self._network.subnets_by_vpc.get(asset.id, ())
            return self._subnets(name, [one.id for one in own])
        return self._balancer(name, self._network.balancers[asset.id])

    def _asset(self, name: str) -> EstateAsset:
        estate = self._network.estate
        for label in _NAMED:
            known = estate.asset(label, name)
            if known is not None:
                return known
        found: dict[tuple[str, str], EstateAsset] = {}
        for label in _NAMED:
            for asset in estate.assets(label):
                if name in (asset.get("arn"), asset.name):
                    found[label, asset.id] = asset
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            ids = ", ".join(id_ for _label, id_ in list(found)[:8])
            raise UsageError(f"several are called {name!r}: {ids}; give an id")
        raise UsageError(
            f"cannot tell what {name} is: give the id, ARN or name of an instance, network "
            "interface, subnet, VPC, security group, load balancer, database, function or task "
            "that was collected (`cloudwarden assets list`), an address or block, or `internet`"
        )

    def _instance(self, name: str, asset: EstateAsset) -> End:
        cards, gaps = self._network.interfaces_of(asset)
        return End(name, tuple(cards), gaps=gaps)

    def _interface(self, name: str, asset: EstateAsset) -> End:
        card = self._network.interfaces[asset.id]
        gap = self._network.readings.gap("AWSNetworkInterface", card.place)
        return End(name, (card,), gaps=(gap,) if gap else ())

    def _task(self, name: str, asset: EstateAsset) -> End:
        card = self._network.interfaces.get(str(asset.get("network_interface_id")))
        if card is None:
            return End(name, gaps=(Gap(f"the network interface of {asset.id} was not read"),))
        return End(name, (card,))

    def _group(self, name: str, asset: EstateAsset) -> End:
        """Every interface that is in the security group."""
        cards = [
            card for card in self._network.interfaces.values() if asset.id in (card.groups or ())
        ]
        gap = self._network.readings.gap("AWSNetworkInterface", place_of(asset))
        return End(name, tuple(cards), gaps=(gap,) if gap else ())

    def _scaling(self, name: str, asset: EstateAsset) -> End:
        cards: list[Interface] = []
        gaps: list[Gap] = []
        for id_ in asset.targets("MEMBER_AUTO_SCALE_GROUP", incoming=True):
            instance = self._network.estate.asset("AWSEC2Instance", id_)
            if instance is None:
                gaps.append(Gap(f"{id_} is not among what was read"))
                continue
            some, missing = self._network.interfaces_of(instance)
            cards += some
            gaps += missing
        return End(name, tuple(cards), gaps=tuple(dict.fromkeys(gaps)))

    def _balancer(self, name: str, balancer: Balancer) -> End:
        own = self._network.interfaces_by_balancer.get(balancer.arn, [])
        cards = [replace(card, groups=balancer.groups, gaps=()) for card in own]
        missing = (Gap(f"the interfaces of {name} were not read"),) if not own else ()
        return End(name, tuple(cards), gaps=missing)

    def _database(self, name: str, asset: EstateAsset) -> End:
        """An RDS instance: in one of the subnets of its group in its zone, on its port."""
        zone = asset.get("availability_zone")
        zone = self._network.zones.get((asset.account, str(zone)), zone)
        subnets: list[str] = []
        for id_ in asset.targets("MEMBER_OF_DB_SUBNET_GROUP"):
            group = self._network.estate.asset("AWSDBSubnetGroup", id_)
            for subnet in group.targets("RESOURCE") if group is not None else ():
                known = self._network.subnets.get(subnet)
                if known is None or zone is None or known.zone in (None, zone):
                    subnets.append(subnet)
        port = asset.get("endpoint_port") or asset.get("db_instance_port")
        found = self._somewhere(name, asset, subnets, port, one_of=True)
        return replace(found, public=bool(asset.get("publicly_accessible")))

    def _warehouse(self, name: str, asset: EstateAsset) -> End:
        vpc = str(asset.get("vpc_id") or "")
        cards = [
            self._network.interfaces_by_address.get((vpc, str(node.get("PrivateIPAddress"))))
            for node in json_list(asset.get("cluster_nodes"))
        ]
        known = tuple(card for card in cards if card is not None)
        gaps = () if known else (Gap(f"where the nodes of {name} are was not read"),)
        return End(name, known, gaps=gaps, only=_port(asset.get("endpoint_port")))

    def _function(self, name: str, asset: EstateAsset) -> End:
        """A function in a VPC, which asks from any of its subnets and is itself never asked."""
        subnets = asset.targets("PART_OF_SUBNET")
        if not subnets:
            raise UsageError(f"{name} is in no VPC: it reaches what the internet does")
        return self._somewhere(name, asset, subnets, None, one_of=False)

    def _somewhere(
        self, name: str, asset: EstateAsset, subnets: list[str], port: int | None, *, one_of: bool
    ) -> End:
        groups = frozenset(asset.targets(_GROUPS)) or None
        known = [self._network.subnets[id_] for id_ in subnets if id_ in self._network.subnets]
        gaps: list[Gap] = []
        if len(known) < len(subnets) or not subnets:
            gaps.append(Gap(f"the subnets of {name} were not all read"))
        if groups is None:
            gaps.append(Gap(f"no security group of {name} is known"))
        if one_of and len(known) > 1:
            some = ", ".join(one.id for one in known)
            gaps.append(Gap(f"which of {some} {name} is in was not read"))
        points = tuple(
            replace(somewhere_in(subnet, groups, name), gaps=tuple(gaps)) for subnet in known
        )
        only = _port(port) if one_of else ALL
        return End(name, points=points, gaps=() if points else tuple(gaps), only=only)

    def _subnets(self, name: str, ids: list[str]) -> End:
        network = self._network
        cards = [card for id_ in ids for card in network.interfaces_by_subnet.get(id_, ())]
        places = {card.place for card in cards} | {network.subnets[id_].owner for id_ in ids}
        gaps = [
            gap
            for place in sorted(places, key=lambda one: (one.account, one.region))
            if (gap := network.readings.gap("AWSNetworkInterface", place)) is not None
        ]
        return End(name, tuple(cards), gaps=tuple(gaps))

    def _within(self, family: int, addresses: Spans) -> tuple[Interface, ...]:
        """The interfaces of which one private address is among these, with that alone."""
        if addresses == WHOLE[family]:
            return ()
        return tuple(_only_with(self._network.interfaces.values(), family, addresses))


def _only_with(cards: Iterable[Interface], family: int, addresses: Spans) -> Iterator[Interface]:
    for card in cards:
        texts = card.private if family == 4 else card.version6
        own = tuple(text for text in texts if addresses_of((text,), family) & addresses)
        if own:
            four, six = (own, ()) if family == 4 else ((), own)
            yield replace(card, private=four, version6=six)


def _port(port: int | None) -> Bounds:
    """Traffic to one TCP port, of either family; all of it where the port is not known."""
    if not port:
        return ALL
    return on_ports(((TCP, port, port),), 6)
