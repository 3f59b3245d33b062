"""What network ACLs and security groups let through, as bounds; computed once for each."""

from __future__ import annotations

from dataclasses import dataclass

from cloudwarden.analysis.exposure.addresses import WHOLE, named
from cloudwarden.analysis.exposure.facts import Acl, AclRule, GroupRule, Subnet
from cloudwarden.analysis.exposure.network import Network
from cloudwarden.analysis.exposure.regions import (
    ALL,
    EMPTY,
    EVERYTHING,
    NONE,
    OTHERS,
    Bounds,
    Gap,
    Region,
    exactly,
    traffic,
    unread,
)
from cloudwarden.analysis.exposure.spans import NOTHING, Spans


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end: the groups it is in, and its addresses."""

    groups: frozenset[str]
    addresses: Spans


class Filters:
    """The filters of one network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._acls: dict[tuple[str, bool, int], Bounds] = {}
        self._groups: dict[tuple[str, bool, int], Bounds] = {}
        self._sets: dict[tuple[frozenset[str], bool, int], Bounds] = {}

    def acl(self, subnet: Subnet, family: int, *, outbound: bool) -> Bounds:
        """What the subnet's network ACL lets in from, or out to, which addresses."""
        key = (subnet.id, outbound, family)
        if key not in self._acls:
            acl, gap = self._network.acl_of(subnet)
            self._acls[key] = (
                exactly(acl_region(acl, family, outbound=outbound))
                if acl is not None
                else unread(gap or Gap(f"no network ACL of {subnet.id} is known"))
            )
        return self._acls[key]

    def groups(
        self,
        groups: frozenset[str] | None,
        family: int,
        *,
        outbound: bool,
        peer: Peer | None = None,
    ) -> Bounds:
        """What these groups together allow; references to groups count for the `peer` alone."""
        if groups is None:
            return ALL
        key = (groups, outbound, family)
        found = self._sets.get(key)
        if found is None:
            found = NONE
            for group in sorted(groups):
                found = found | self._open(group, family, outbound=outbound)
            self._sets[key] = found
        if peer is None or not peer.addresses:
            return found
        for group in sorted(groups):
            for rule in self.rules(group, outbound=outbound):
                if not peer.groups.isdisjoint(rule.groups):
                    found = found | exactly(
                        traffic(rule.protocol, rule.first, rule.last, peer.addresses)
                    )
        return found

    def rules(self, group: str, *, outbound: bool) -> tuple[GroupRule, ...]:
        """The rules of one group in one direction; none where it is not known."""
        known = self._network.groups.get(group)
        if known is None:
            return ()
        return known.outbound if outbound else known.inbound

    def rule(self, rule: GroupRule, family: int) -> Bounds:
        """What one rule allows by addresses."""
        found = EMPTY
        gaps: list[Gap] = []
        for block in rule.blocks:
            if block.family == family:
                found = found | traffic(rule.protocol, rule.first, rule.last, block.addresses)
        for id_ in rule.lists:
            addresses, gap = self._listed(id_, family)
            found = found | traffic(rule.protocol, rule.first, rule.last, addresses)
            gaps += [gap] if gap else []
        if not gaps:
            return exactly(found)
        widest = traffic(rule.protocol, rule.first, rule.last, WHOLE[family])
        return Bounds(found, found | widest, tuple(gaps))

    def _listed(self, id_: str, family: int) -> tuple[Spans, Gap | None]:
        known = self._network.lists.get(id_)
        if known is not None and known.index is not None:
            return named(known.index, family), None
        if known is None or known.blocks is None:
            return NOTHING, Gap(f"the addresses of prefix list {id_} were not read")
        found = NOTHING
        for block in known.blocks:
            if block.family == family:
                found = found | block.addresses
        return found, None

    def _open(self, group: str, family: int, *, outbound: bool) -> Bounds:
        key = (group, outbound, family)
        found = self._groups.get(key)
        if found is None:
            gap = self._network.group_gap(group)
            if gap is not None:
                found = unread(gap)
            else:
                found = NONE
                for rule in self.rules(group, outbound=outbound):
                    found = found | self.rule(rule, family)
            self._groups[key] = found
        return found


def acl_region(acl: Acl, family: int, *, outbound: bool) -> Region:
    """What a network ACL allows: each rule decides of what no lower number has decided."""
    allowed, undecided = EMPTY, EVERYTHING
    for rule in acl.outbound if outbound else acl.inbound:
        matched = _matched(rule, family)
        if not matched:
            continue
        if rule.allows:
            allowed = allowed | (matched & undecided)
        undecided = undecided - matched
        if not undecided.within(WHOLE[family]):
            break
    return allowed


def _matched(rule: AclRule, family: int) -> Region:
    if rule.block is None or rule.block.family != family:
        return EMPTY
    return traffic(rule.protocol, rule.first, rule.last, rule.block.addresses)


def deciding(
    acl: Acl, family: int, protocol: int, port: int, address: int, *, outbound: bool
) -> AclRule | None:
    """The rule that decides of one packet; None is the last, that denies everything."""
    for rule in acl.outbound if outbound else acl.inbound:
        if (
            rule.block is not None
            and rule.block.family == family
            and rule.protocol in (OTHERS, protocol)
            and (rule.protocol == OTHERS or rule.first <= port <= rule.last)
            and address in rule.block.addresses
        ):
            return rule
    return None
