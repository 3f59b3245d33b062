"""What one thing can reach of another: instances, interfaces, subnets, VPCs, addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cloudwarden.analysis.estate import Estate
from cloudwarden.analysis.exposure.addresses import FAMILIES, INTERNET, NAMED, addresses_of
from cloudwarden.analysis.exposure.ends import THE_INTERNET, End, Ends
from cloudwarden.analysis.exposure.facts import Interface
from cloudwarden.analysis.exposure.interface_assets import has_public6
from cloudwarden.analysis.exposure.internet import Internet, Ports, on_ports
from cloudwarden.analysis.exposure.network import Network
from cloudwarden.analysis.exposure.outward import Outward, Outwards
from cloudwarden.analysis.exposure.passages import Passage, Passages
from cloudwarden.analysis.exposure.points import Point, point_of
from cloudwarden.analysis.exposure.private_link import PrivateLinks
from cloudwarden.analysis.exposure.regions import NONE, Bounds, Gap
from cloudwarden.analysis.exposure.relays import Relays
from cloudwarden.analysis.exposure.spans import Spans
from cloudwarden.analysis.exposure.verdicts import ports_of
from cloudwarden.schema.derived import Certainty

__all__ = ["THE_INTERNET", "Reach", "Reaches", "reach"]


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


def reach(estate: Estate | Network, source: str, target: str, ports: Ports = None) -> Reach:
    """What `source` can reach of `target`: ports, certainty, and the chain of reasons.

    Each is the id, ARN or name of an instance, interface, subnet, VPC, security group, load
    balancer, database, function or task, an address or block, or `internet`. Of several
    interfaces any one counts. With `ports` it is about these alone. Raises `UsageError` for what
    is unknown.
    """
    network = estate if isinstance(estate, Network) else Network(estate)
    return Reaches(network).reach(source, target, ports)


class Reaches:
    """Answers for one network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._internet = Internet(network)
        self._passages = Passages(network, self._internet.filters)
        self._outwards = Outwards(network, self._internet.filters)
        self._relays = Relays(self._internet, self._passages)
        self._links = PrivateLinks(self._internet, self._passages, self._relays)
        self._ends = Ends(network)

    def reach(self, source: str, target: str, ports: Ports = None) -> Reach:
        """As the function `reach`."""
        one, other = self._ends.find(source), self._ends.find(target)
        wanted = other.only & on_ports(ports, 6)
        found = [_narrowed(passage, wanted) for passage in self._ways(one, other)]
        bounds = NONE
        for passage in found:
            bounds = bounds | passage.bounds
        gaps = (*one.gaps, *other.gaps)
        if bounds.certain:
            passing = [passage for passage in found if passage.bounds.certain]
            told = ports_of([bounds.certain])
            return Reach(source, target, reachable=True, ports=told, steps=_steps(passing))
        if bounds.possible or gaps:
            passing = [passage for passage in found if passage.bounds.possible]
            return _undecided(source, target, bounds, gaps, _steps(passing))
        obstacles = [passage.obstacle for passage in found if passage.obstacle]
        last = obstacles[:1] or [f"there is nothing at {source} or at {target} that could"]
        return Reach(source, target, reachable=False, steps=tuple(last))

    def _ways(self, source: End, target: End) -> Iterator[Passage]:
        senders = [*_points(source.interfaces), *source.points]
        takers = [*_points(target.interfaces), *target.points]
        for sender in senders:
            for taker in takers:
                if sender.id == taker.id and len(source.interfaces) <= 1:
                    continue
                for family in FAMILIES:
                    if sender.addresses.get(family) and taker.addresses.get(family):
                        yield self._passages.passage(sender, taker, family)
        ours, theirs = _alike(source.interfaces), _alike(target.interfaces)
        yield from self._by_internet(ours, theirs)
        senders_out = (*ours, *(_as_interface(one) for one in source.points))
        for family, addresses in target.outside:
            for interface in senders_out:
                yield self._out(interface, family, addresses)
        for family, addresses in source.outside:
            for other in theirs:
                yield self._in(other, family, addresses)
            for point in target.points:
                yield self._in_to(point, family, addresses, public=target.public)
        yield from self._relays.ways(source, senders, target)
        yield from self._links.ways(source.interfaces, target.interfaces)

    def _in(self, interface: Interface, family: int, addresses: Spans) -> Passage:
        """What comes from addresses outside, over the internet or from beyond a gateway."""
        world = addresses & (INTERNET[family] | NAMED[family])
        if world:
            steps = self._internet.interface(interface).steps
            if not _open_to(interface, family):
                return Passage(NONE, steps[:-1], steps[-1])
            bounds = self._internet.passing(
                interface.subnet, interface.groups, family, interface.gaps
            ).within(world)
            if not bounds.possible:
                return Passage(NONE, steps[:-1], steps[-1])
            return Passage(bounds, steps)
        return self._passages.from_beyond(point_of(interface), family, addresses)

    def _in_to(self, point: Point, family: int, addresses: Spans, *, public: bool) -> Passage:
        """What comes from addresses outside to what is somewhere in a subnet."""
        world = addresses & (INTERNET[family] | NAMED[family])
        if not world:
            return self._passages.from_beyond(point, family, addresses)
        if not public:
            return Passage(NONE, obstacle=f"{point.id} is not publicly accessible")
        found = self._internet.place(point.subnet, point.groups, (family,), point.gaps)
        bounds = self._internet.passing(point.subnet, point.groups, family, point.gaps)
        bounds = bounds.within(world)
        if not bounds.possible:
            return Passage(NONE, found.steps[:-1], found.steps[-1])
        return Passage(bounds, found.steps)

    def _out(self, interface: Interface, family: int, addresses: Spans) -> Passage:
        way = self._outwards.way(interface, family)
        bounds = way.bounds.within(addresses)
        if not bounds.possible:
            return Passage(NONE, obstacle=f"{interface.id} has no way out there")
        return Passage(bounds, way.steps)

    def _by_internet(self, sources: list[Interface], targets: list[Interface]) -> Iterator[Passage]:
        """From one public address to another, out of one network and into the other."""
        for family in FAMILIES:
            ways = [(one, self._outwards.way(one, family)) for one in sources]
            ways = [(one, way) for one, way in ways if way.bounds.possible]
            for target in targets if ways else ():
                to = addresses_of(_open_to(target, family), family) & INTERNET[family]
                if not to:
                    continue
                passing = self._internet.passing(target.subnet, target.groups, family, target.gaps)
                steps = self._internet.interface(target).steps
                for source, way in ways if passing.possible else ():
                    out = way.bounds.within(to)
                    if not out.possible:
                        continue
                    into = _seen(passing, source, way, family)
                    bounds = _whole(out, family) & _whole(into, family)
                    if bounds.possible:
                        yield Passage(bounds, (*way.steps, *steps))


def _seen(passing: Bounds, source: Interface, way: Outward, family: int) -> Bounds:
    """What is let in of a source, by the addresses that it is seen to come from."""
    if way.seen_as is not None:
        return passing.within(addresses_of(way.seen_as, family))
    gap = Gap(f"by which address {source.id} is seen on the internet was not read")
    return Bounds(NONE.certain, passing.possible, (*passing.gaps, gap))


def _open_to(interface: Interface, family: int) -> tuple[str, ...]:
    """The addresses by which the internet may begin a conversation with an interface."""
    if interface.kind == "natgateway":
        return ()
    if family == 4:
        return interface.public
    return () if interface.closed6 or not has_public6(interface) else interface.version6


def _alike(interfaces: Iterable[Interface]) -> list[Interface]:
    """Interfaces, those that nothing tells apart but their addresses as one with all of them."""
    found: dict[tuple[object, ...], list[Interface]] = defaultdict(list)
    for card in interfaces:
        open_ = bool(card.public), has_public6(card), card.closed6
        found[card.subnet, card.groups, card.gaps, card.kind, open_].append(card)
    return [
        alike[0]
        if len(alike) == 1
        else replace(
            alike[0],
            private=tuple(text for card in alike for text in card.private),
            public=tuple(text for card in alike for text in card.public),
            version6=tuple(text for card in alike for text in card.version6),
        )
        for alike in found.values()
    ]


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


def _as_interface(point: Point) -> Interface:
    """A point as an interface without any public address."""
    return Interface(point.id, point.vpc, point.subnet, point.groups, gaps=point.gaps)


def _whole(bounds: Bounds, family: int = 6) -> Bounds:
    """Bounds as of ports alone: every address where there is any."""
    certain, possible = (one.spread(bool, family) for one in (bounds.certain, bounds.possible))
    return Bounds(certain, possible, bounds.gaps)


def _narrowed(passage: Passage, wanted: Bounds) -> Passage:
    """A passage as of ports alone, and only those that are wanted."""
    bounds = _whole(passage.bounds)
    narrowed = bounds & wanted
    if narrowed.possible or not bounds.possible:
        return replace(passage, bounds=narrowed)
    passing = ", ".join(ports_of([bounds.possible]))
    return Passage(NONE, passage.steps, f"only {passing} gets through")


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
