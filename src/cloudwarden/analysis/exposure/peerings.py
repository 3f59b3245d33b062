"""The rules that a VPC peering makes effective: what each side lets the other in by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from cloudwarden.analysis.exposure.addresses import FAMILIES, addresses_of, to_text
from cloudwarden.analysis.exposure.facts import GroupRule, Peering, Place
from cloudwarden.analysis.exposure.filters import Filters
from cloudwarden.analysis.exposure.network import Network
from cloudwarden.analysis.exposure.regions import Gap
from cloudwarden.analysis.exposure.routing import sent
from cloudwarden.analysis.exposure.spans import NOTHING, Spans
from cloudwarden.analysis.exposure.verdicts import in_words
from cloudwarden.schema.derived import Certainty


@dataclass(frozen=True, slots=True)
class EffectiveRule:
    """An inbound rule of the `local` VPC that lets in something of the `remote` one.

    `sources` are the addresses and groups of the remote VPC that it names; `gaps` is what was not
    read that could make it ineffective.
    """

    peering: str
    rule: str
    group: str
    local: str
    remote: str
    remote_account: str | None
    sources: tuple[str, ...]
    ports: str
    gaps: tuple[Gap, ...] = ()

    @property
    def certainty(self) -> Certainty:
        """`unknown` where something was not read."""
        return Certainty.UNKNOWN if self.gaps else Certainty.SURE


class Peerings:
    """Effective rules of every active peering of one network."""

    def __init__(self, network: Network, filters: Filters) -> None:
        self._network = network
        self._filters = filters

    def rules(self) -> Iterator[EffectiveRule]:
        """Every inbound rule that lets a peered VPC in, over routes that lead both ways."""
        groups: dict[str, list[str]] = defaultdict(list)
        for group in self._network.groups.values():
            groups[group.vpc].append(group.id)
        for peering in self._network.peerings.values():
            if not peering.active:
                continue
            for local, remote in ((0, 1), (1, 0)):
                yield from self._side(peering, local, remote, groups[peering.vpcs[local]])

    def _side(
        self, peering: Peering, local: int, remote: int, groups: list[str]
    ) -> Iterator[EffectiveRule]:
        sources: dict[int, Spans] = {}
        gaps: list[Gap] = []
        for family in FAMILIES:
            answered, missing = self._routed(peering, local, remote, family)
            reached, lacking = self._routed(peering, remote, local, family)
            gaps += [*missing, *lacking]
            if answered and reached:
                sources[family] = answered
        if not sources:
            return
        for group in groups:
            for rule in self._filters.rules(group, outbound=False):
                named = self._named(rule, sources, peering, remote)
                if named:
                    gap = self._network.group_gap(group)
                    yield EffectiveRule(
                        peering.id,
                        rule.id,
                        group,
                        peering.vpcs[local],
                        peering.vpcs[remote],
                        peering.accounts[remote],
                        named,
                        in_words(rule.protocol, rule.first, rule.last),
                        tuple(dict.fromkeys((*gaps, *((gap,) if gap else ())))),
                    )

    def _routed(
        self, peering: Peering, near: int, far: int, family: int
    ) -> tuple[Spans, tuple[Gap, ...]]:
        """The far side's addresses that some table of the near side sends over the peering."""
        own = self._blocks(peering, far, family)
        if not own:
            return NOTHING, ()
        vpc = self._network.vpcs.get(peering.vpcs[near])
        place = vpc.owner if vpc else _place(peering, near)
        gap = self._network.readings.gap("AWSEC2RouteTable", place)
        if gap is not None:
            return own, (gap,)
        found = NOTHING
        for table in self._network.tables_by_vpc.get(peering.vpcs[near], ()):
            for one in sent(table.routes, family):
                if one.line.target == peering.id and one.line.active:
                    found = found | (one.possible & own)
        return found, ()

    def _blocks(self, peering: Peering, side: int, family: int) -> Spans:
        vpc = self._network.vpcs.get(peering.vpcs[side])
        blocks = (*peering.blocks[side], *(vpc.blocks if vpc else ()))
        return addresses_of([block.text for block in blocks], family)

    def _named(
        self, rule: GroupRule, sources: dict[int, Spans], peering: Peering, remote: int
    ) -> tuple[str, ...]:
        found: list[str] = []
        for family, addresses in sources.items():
            region = self._filters.rule(rule, family).possible
            found += to_text(region.addresses() & addresses, family)
        # Groups of peered VPCs may name each other only within a region.
        if peering.regions[0] == peering.regions[1]:
            for id_ in rule.groups:
                known = self._network.groups.get(id_)
                if known is not None and known.vpc == peering.vpcs[remote]:
                    found.append(id_)
        return tuple(found)


def _place(peering: Peering, side: int) -> Place:
    return Place(peering.accounts[side] or "", peering.regions[side] or "")
