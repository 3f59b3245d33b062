"""What gets from one point of a network to another: routes, then every filter in both directions.

The result is about ports alone: on each, every address or none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cloudwarden.analysis.exposure.addresses import WHOLE
from cloudwarden.analysis.exposure.facts import Subnet
from cloudwarden.analysis.exposure.filters import Filters, Peer
from cloudwarden.analysis.exposure.network import Network
from cloudwarden.analysis.exposure.points import Point
from cloudwarden.analysis.exposure.regions import (
    ALL,
    EMPTY,
    EVERYTHING,
    NONE,
    Bounds,
    Gap,
    Region,
    traffic,
)
from cloudwarden.analysis.exposure.roads import Road, Roads
from cloudwarden.analysis.exposure.routing import line_for, sent
from cloudwarden.analysis.exposure.spans import NOTHING, Spans
from cloudwarden.analysis.exposure.verdicts import in_words

_NOBODY: frozenset[str] = frozenset()
_RULES = 8


@dataclass(frozen=True, slots=True)
class Passage:
    """What passes, how, and (where nothing does for certain) what is first in the way."""

    bounds: Bounds
    steps: tuple[str, ...] = ()
    obstacle: str | None = None


class Passages:
    """Finds passages in one network."""

    def __init__(self, network: Network, filters: Filters) -> None:
        self._network = network
        self._filters = filters
        self._roads = Roads(network)

    def passage(self, source: Point, target: Point, family: int, only: Bounds = ALL) -> Passage:
        """What the source can reach of the target over private addresses, within `only`."""
        if not source.addresses.get(family) or not target.addresses.get(family):
            return Passage(NONE, obstacle=f"not both have an IPv{family} address")
        road = self._roads.road(source, target, family)
        if road.obstacle:
            return Passage(NONE, obstacle=road.obstacle)
        bounds = (Bounds(EMPTY, EVERYTHING, road.gaps) if road.gaps else ALL) & only
        for filtered, words in self._filtered(source, target, road, family):
            narrowed = bounds & filtered
            if not narrowed.possible:
                return Passage(NONE, road.steps, words)
            bounds = narrowed
        members = road.members is not False
        lines = self.rule_lines(source, target, bounds.possible, family, members=members)
        return Passage(bounds, (*road.steps, *lines))

    def from_beyond(self, target: Point, family: int, addresses: Spans) -> Passage:
        """What comes to the target from private addresses that no interface of ours has.

        Routes say what they would come through; whether they do is not ours to know.
        """
        subnet = self._network.subnets.get(target.subnet)
        if subnet is None:
            return Passage(Bounds(EMPTY, EVERYTHING, (_unknown(target.subnet),)))
        table, gap = self._network.table_of(subnet)
        if table is None:
            gap = gap or Gap(f"no route table of {subnet.id} is known")
            return Passage(Bounds(EMPTY, EVERYTHING, (gap,)))
        line, gaps = line_for(sent(table.routes, family), addresses)
        if line is None and not gaps:
            return Passage(NONE, obstacle=f"route table {table.id} has no route back there")
        if line is not None and (not line.active or line.target.startswith(("igw-", "nat-"))):
            return Passage(NONE, obstacle=f"{table.id} sends {line.destination} to {line.target}")
        if line is not None:
            gaps = (Gap(f"they come from {line.target}", condition=True),)
        source = Point("they", "", "", None, {family: addresses})
        bounds = Bounds(EMPTY, EVERYTHING, gaps)
        bounds = bounds & self.arriving(source, target, family, members=False)
        if not bounds.possible:
            return Passage(NONE, obstacle=f"no rule of {_names(target)} lets them in")
        back = self._filters.acl(subnet, family, outbound=True)
        bounds = bounds & source.over(self._filters.acl(subnet, family, outbound=False), family)
        bounds = bounds & source.answered(back, family)
        if not bounds.possible:
            return Passage(NONE, obstacle=f"{self._acl_name(subnet)} does not let them through")
        lines = self.rule_lines(source, target, bounds.possible, family, members=False)
        return Passage(bounds, tuple(lines))

    def arriving(
        self, source: Point, target: Point, family: int, *, members: bool | None
    ) -> Bounds:
        """What the target's groups let in from the source.

        `members` says whether rules may name the source's groups; None where nobody knows.
        """
        if members is None:
            with_, without = (
                self.arriving(source, target, family, members=one) for one in (True, False)
            )
            if with_ == without:
                return with_
            gap = Gap(f"whether rules of {_names(target)} may name groups over it was not read")
            return Bounds(without.certain, with_.possible, (*with_.gaps, gap))
        if target.gaps:
            return Bounds(EMPTY, EVERYTHING, target.gaps)
        peer = Peer(source.groups or _NOBODY, source.addresses.get(family, NOTHING))
        allowed = self._filters.groups(
            target.groups, family, outbound=False, peer=peer if members else None
        )
        return source.over(allowed, family)

    def leaving(self, source: Point, target: Point, family: int, *, members: bool) -> Bounds:
        """What the source's groups let out to the target."""
        if source.gaps:
            return Bounds(EMPTY, EVERYTHING, source.gaps)
        peer = Peer(target.groups or _NOBODY, target.addresses.get(family, NOTHING))
        allowed = self._filters.groups(
            source.groups, family, outbound=True, peer=peer if members else None
        )
        return target.over(allowed, family)

    def rule_lines(
        self, source: Point, target: Point, passes: Region, family: int, *, members: bool
    ) -> list[str]:
        """The target's rules that let the source in, in words."""
        found: list[str] = []
        own = source.addresses.get(family, NOTHING)
        for group in sorted(target.groups or ()):
            for rule in self._filters.rules(group, outbound=False):
                if not traffic(rule.protocol, rule.first, rule.last, WHOLE[family]) & passes:
                    continue
                named = [one for one in rule.groups if one in (source.groups or ()) and members]
                named += [
                    block.text
                    for block in rule.blocks
                    if block.family == family and block.addresses & own
                ]
                named += rule.lists if self._filters.rule(rule, family).possible.within(own) else ()
                if named:
                    what = in_words(rule.protocol, rule.first, rule.last)
                    found.append(f"{group} allows {what} from {', '.join(dict.fromkeys(named))}")
        return found[:_RULES]

    def _filtered(
        self, source: Point, target: Point, road: Road, family: int
    ) -> Iterator[tuple[Bounds, str]]:
        """Every filter on the way there and back, with what to say if nothing passes it."""
        yield (
            self.leaving(source, target, family, members=road.names),
            f"no rule of {_names(source)} lets {source.id} out to {target.id}",
        )
        yield (
            self.arriving(source, target, family, members=road.members),
            f"no rule of {_names(target)} lets {source.id} in",
        )
        if source.subnet == target.subnet:
            return
        there, back = road.there, road.back
        yield self._out(source, target, family, answers=False)
        yield self._into(source, target, family, there.exit_ if there else None, answers=False)
        yield self._out(target, source, family, answers=True)
        yield self._into(target, source, family, back.exit_ if back else None, answers=True)
        if there is not None:
            yield self._enters(source, there.entry, family, answers=False)
        if back is not None:
            yield self._enters(target, back.entry, family, answers=True)

    def _out(self, near: Point, far: Point, family: int, *, answers: bool) -> tuple[Bounds, str]:
        """What the ACL of a point's own subnet lets out to another."""
        return self._acl(near.subnet, far, family, outbound=True, answers=answers)

    def _into(
        self,
        near: Point,
        far: Point,
        family: int,
        exits: tuple[str, ...] | None,
        *,
        answers: bool,
    ) -> tuple[Bounds, str]:
        """What ACLs let into the far subnet: its own, and those of where a gateway hands it over.

        In a subnet of the gateway's attachment itself nothing filters what comes to it there.
        """
        own = self._acl(far.subnet, near, family, outbound=False, answers=answers)
        if exits is None:
            return own
        found: list[tuple[Bounds, str]] = []
        for id_ in exits:
            if id_ == far.subnet:
                found.append((ALL, ""))
                continue
            out = self._acl(id_, far, family, outbound=True, answers=answers)
            found.append((own[0] & out[0], out[1] if own[0].possible else own[1]))
        return _by_one_of(exits, found)

    def _enters(
        self, near: Point, entry: tuple[str, ...], family: int, *, answers: bool
    ) -> tuple[Bounds, str]:
        """What the ACL of a gateway's own subnet lets in from a point, on its way out."""
        found = [self._acl(id_, near, family, outbound=False, answers=answers) for id_ in entry]
        return _by_one_of(entry, found)

    def _acl(
        self, subnet_id: str, far: Point, family: int, *, outbound: bool, answers: bool
    ) -> tuple[Bounds, str]:
        """What a subnet's ACL lets out to (or in from) a point, and what to say if that is none."""
        subnet = self._network.subnets.get(subnet_id)
        if subnet is None:
            return Bounds(EMPTY, EVERYTHING, (_unknown(subnet_id),)), ""
        rules = self._filters.acl(subnet, family, outbound=outbound)
        name, way = self._acl_name(subnet), "out to" if outbound else "in from"
        if answers:
            return far.answered(rules, family), f"{name} does not let answers {way} {far.id}"
        return far.over(rules, family), f"{name} does not let it {way} {far.id}"

    def _acl_name(self, subnet: Subnet) -> str:
        acl, _gap = self._network.acl_of(subnet)
        return f"network ACL {acl.id}" if acl else f"the network ACL of {subnet.id}"


def _by_one_of(subnets: tuple[str, ...], found: list[tuple[Bounds, str]]) -> tuple[Bounds, str]:
    """What passes by one of some subnets, nobody knows which.

    Where none is known it may be anything; the road says why.
    """
    if not found:
        return Bounds(EMPTY, EVERYTHING), ""
    if len(found) == 1:
        return found[0]
    certain, possible = found[0][0].certain, found[0][0].possible
    for bounds, _words in found[1:]:
        certain, possible = certain & bounds.certain, possible | bounds.possible
    gaps = [gap for bounds, _words in found for gap in bounds.gaps]
    if certain != possible:
        gaps.append(Gap(f"by which of {', '.join(subnets)} it comes is not known"))
    return Bounds(certain, possible, tuple(dict.fromkeys(gaps))), found[0][1]


def _names(point: Point) -> str:
    return ", ".join(sorted(point.groups or ())) or point.id


def _unknown(subnet: str) -> Gap:
    return Gap(f"subnet {subnet} is not among what was read")
