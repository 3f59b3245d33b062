"""What one thing can reach of another: instances, interfaces, subnets, VPCs, addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cloudwarden.analysis.estate import Estate
from cloudwarden.analysis.exposure.addresses import (
    FAMILIES,
    INTERNET,
    NAMED,
    WHOLE,
    addresses_of,
    block,
)
from cloudwarden.analysis.exposure.facts import Interface
from cloudwarden.analysis.exposure.internet import Internet
from cloudwarden.analysis.exposure.network import Network
from cloudwarden.analysis.exposure.outward import Outwards
from cloudwarden.analysis.exposure.passages import Passage, Passages
from cloudwarden.analysis.exposure.points import Point, point_of
from cloudwarden.analysis.exposure.private_link import PrivateLinks
from cloudwarden.analysis.exposure.regions import NONE, Bounds, Gap
from cloudwarden.analysis.exposure.spans import Spans
from cloudwarden.analysis.exposure.verdicts import ports_of
from cloudwarden.core.errors import UsageError
from cloudwarden.schema.derived import Certainty

#: Anything on the internet, as the end of a question.
THE_INTERNET = "internet"


@dataclass(frozen=True, slots=True)
class Reach:
    """What the source can reach of the target. `reachable` is None where that is not known.

    `ports` may hold more than is certain where it is None. The last of `steps` is what is in the
    way where nothing is reachable.
    """

    source: str
    target: str
    reachable: bool | None
    certainty: Certainty = Certainty.SURE
    ports: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class _End:
    """Interfaces, and addresses outside of all networks that we know."""

    name: str
    interfaces: tuple[Interface, ...] = ()
    outside: tuple[tuple[int, Spans], ...] = ()
    gaps: tuple[Gap, ...] = ()


def reach(estate: Estate | Network, source: str, target: str) -> Reach:
    """What `source` can reach of `target`: ports, certainty, and the chain of reasons.

    Each is the id of an instance, interface, subnet, VPC or load balancer, an address or block,
    or `internet`. Of several interfaces any one counts. Raises `UsageError` for what is unknown.
    """
    network = estate if isinstance(estate, Network) else Network(estate)
    return Reaches(network).reach(source, target)


class Reaches:
    """Answers for one network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._internet = Internet(network)
        self._passages = Passages(network, self._internet.filters)
        self._outwards = Outwards(network, self._internet.filters)
        self._links = PrivateLinks(self._internet, self._passages)

    def reach(self, source: str, target: str) -> Reach:
        """As the function `reach`."""
        one, other = self._end(source), self._end(target)
        found = list(self._ways(one, other))
        bounds = NONE
        for passage in found:
            bounds = bounds | _whole(passage.bounds)
        gaps = (*one.gaps, *other.gaps)
        if bounds.certain:
            passing = [passage for passage in found if passage.bounds.certain]
            ports = ports_of([bounds.certain])
            return Reach(source, target, reachable=True, ports=ports, steps=_steps(passing))
        if bounds.possible or gaps:
            passing = [passage for passage in found if passage.bounds.possible]
            return _undecided(source, target, bounds, gaps, _steps(passing))
        obstacles = [passage.obstacle for passage in found if passage.obstacle]
        last = obstacles[:1] or [f"there is nothing at {source} or at {target} that could"]
        return Reach(source, target, reachable=False, steps=tuple(last))

    def _ways(self, source: _End, target: _End) -> Iterator[Passage]:
        senders, takers = _points(source.interfaces), _points(target.interfaces)
        for sender in senders:
            for taker in takers:
                if sender.id == taker.id and len(source.interfaces) == 1:
                    continue
                for family in FAMILIES:
                    if sender.addresses.get(family) and taker.addresses.get(family):
                        yield self._passages.passage(sender, taker, family)
        for interface in source.interfaces:
            for other in target.interfaces:
                yield from self._by_internet(interface, other)
            for family, addresses in target.outside:
                yield self._out(interface, family, addresses)
        for other in target.interfaces:
            for family, addresses in source.outside:
                yield self._in(other, family, addresses)
        yield from self._links.ways(source.interfaces, target.interfaces)

    def _in(self, interface: Interface, family: int, addresses: Spans) -> Passage:
        """What comes from addresses outside, over the internet or from beyond a gateway."""
        world = addresses & (INTERNET[family] | NAMED[family])
        own = interface.public if family == 4 else interface.version6
        if world:
            if not own:
                return Passage(NONE, obstacle=f"{interface.id} has no public address")
            bounds = self._internet.passing(
                interface.subnet, interface.groups, family, interface.gaps
            ).within(world)
            exposure = self._internet.interface(interface)
            steps = exposure.steps
            if not bounds.possible:
                return Passage(NONE, steps[:-1], steps[-1])
            return Passage(bounds, steps)
        return self._passages.from_beyond(point_of(interface), family, addresses)

    def _out(self, interface: Interface, family: int, addresses: Spans) -> Passage:
        way = self._outwards.way(interface, family)
        bounds = way.bounds.within(addresses)
        if not bounds.possible:
            return Passage(NONE, obstacle=f"{interface.id} has no way out there")
        return Passage(bounds, way.steps)

    def _by_internet(self, source: Interface, target: Interface) -> Iterator[Passage]:
        """From one public address to another, out of one network and into the other."""
        for family in FAMILIES:
            public = target.public if family == 4 else target.version6
            to = addresses_of(public, family) & INTERNET[family]
            if not to:
                continue
            way = self._outwards.way(source, family)
            out = way.bounds.within(to)
            if not out.possible:
                continue
            into = self._internet.passing(target.subnet, target.groups, family, target.gaps)
            if way.seen_as is None:
                gap = Gap(f"by which address {source.id} is seen on the internet was not read")
                into = Bounds(NONE.certain, into.possible, (*into.gaps, gap))
            else:
                into = into.within(addresses_of(way.seen_as, family))
            bounds = _whole(out, family) & _whole(into, family)
            if bounds.possible:
                yield Passage(bounds, (*way.steps, *self._internet.interface(target).steps))

    def _end(self, name: str) -> _End:
        if name == THE_INTERNET:
            return _End(name, outside=tuple((f, INTERNET[f]) for f in FAMILIES))
        named = block(name)
        if named is not None:
            found = self._within(named.family, named.addresses)
            world = named.addresses & (INTERNET[named.family] | NAMED[named.family])
            outside = world if found else named.addresses
            return _End(name, found, ((named.family, outside),) if outside else ())
        network = self._network
        if name in network.interfaces:
            card = network.interfaces[name]
            gap = network.readings.gap("AWSNetworkInterface", card.place)
            return _End(name, (card,), gaps=(gap,) if gap else ())
        instance = network.estate.asset("AWSEC2Instance", name)
        if instance is not None:
            cards, gaps = network.interfaces_of(instance)
            return _End(name, tuple(cards), gaps=gaps)
        if name in network.subnets:
            return self._subnets(name, [name])
        if name in network.vpcs:
            return self._subnets(name, [one.id for one in network.subnets_by_vpc.get(name, ())])
        balancer = network.balancers.get(name) or network.balancers_by_arn.get(name)
        if balancer is not None:
            own = network.interfaces_by_balancer.get(balancer.arn, [])
            cards = [replace(card, groups=balancer.groups, gaps=()) for card in own]
            missing = (Gap(f"the interfaces of {name} were not read"),) if not own else ()
            return _End(name, tuple(cards), gaps=missing)
        raise UsageError(
            f"cannot tell what {name} is: give the id of an instance, network interface, subnet, "
            "VPC or load balancer that was collected, an address or block, or `internet`"
        )

    def _subnets(self, name: str, ids: list[str]) -> _End:
        network = self._network
        cards = [card for id_ in ids for card in network.interfaces_by_subnet.get(id_, ())]
        places = {card.place for card in cards} | {network.subnets[id_].owner for id_ in ids}
        gaps = [
            gap
            for place in sorted(places, key=lambda one: (one.account, one.region))
            if (gap := network.readings.gap("AWSNetworkInterface", place)) is not None
        ]
        return _End(name, tuple(cards), gaps=tuple(gaps))

    def _within(self, family: int, addresses: Spans) -> tuple[Interface, ...]:
        """The interfaces of which one private address is among these, with that alone."""
        if addresses == WHOLE[family]:
            return ()
        found = []
        for card in self._network.interfaces.values():
            texts = card.private if family == 4 else card.version6
            own = tuple(text for text in texts if addresses_of((text,), family) & addresses)
            if own:
                four, six = (own, ()) if family == 4 else ((), own)
                found.append(replace(card, private=four, version6=six))
        return tuple(found)


def _points(interfaces: Iterable[Interface]) -> list[Point]:
    """Interfaces as points; those that nothing tells apart but their addresses are one."""
    found: dict[tuple[object, ...], list[Interface]] = defaultdict(list)
    for card in interfaces:
        found[card.vpc, card.subnet, card.groups, card.gaps].append(card)
    points = []
    for alike in found.values():
        first = alike[0]
        points.append(
            point_of(
                replace(
                    first,
                    private=tuple(text for card in alike for text in card.private),
                    version6=tuple(text for card in alike for text in card.version6),
                )
            )
        )
    return points


def _whole(bounds: Bounds, family: int = 6) -> Bounds:
    """Bounds as of ports alone: every address where there is any."""
    certain, possible = (one.spread(bool, family) for one in (bounds.certain, bounds.possible))
    return Bounds(certain, possible, bounds.gaps)


def _steps(passages: list[Passage]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(step for passage in passages for step in passage.steps))


def _undecided(
    source: str, target: str, bounds: Bounds, gaps: tuple[Gap, ...], steps: tuple[str, ...]
) -> Reach:
    told = dict.fromkeys((*gaps, *bounds.gaps))
    missing = tuple(gap.text for gap in told if not gap.condition)
    condition = "; ".join(gap.text for gap in told if gap.condition) or None
    certainty = Certainty.UNKNOWN if missing or not condition else Certainty.CONDITIONAL
    ports = ports_of([bounds.possible])
    return Reach(source, target, None, certainty, ports, steps, missing, condition)
