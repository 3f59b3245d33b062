"""The chain of reasons in words: which rule lets traffic through, or is the first to stop it."""

from __future__ import annotations

from collections.abc import Iterator

from cloudwarden.analysis.exposure.addresses import INTERNET, NAMED
from cloudwarden.analysis.exposure.facts import AclRule, GroupRule
from cloudwarden.analysis.exposure.filters import Filters, deciding
from cloudwarden.analysis.exposure.gates import Gate
from cloudwarden.analysis.exposure.network import Network
from cloudwarden.analysis.exposure.regions import (
    EPHEMERAL,
    OTHERS,
    TCP,
    UDP,
    Bounds,
    Region,
)
from cloudwarden.analysis.exposure.verdicts import in_words

#: As many different ways in are put into words; more would not be read.
_WITNESSES = 4
_RULES = 8
Witness = tuple[int, int, int, int]


class Reasons:
    """Puts into words what one network's filters decide."""

    def __init__(self, network: Network, filters: Filters) -> None:
        self._network = network
        self._filters = filters

    def ways(self, gate: Gate, passes: Region, groups: frozenset[str] | None) -> tuple[str, ...]:
        """How traffic of a region comes through a gate and these groups."""
        lines = dict.fromkeys(self._acl_lines(gate, passes))
        return (*gate.steps, *lines, *self.group_lines(groups, passes, gate.family))

    def obstacle(self, gate: Gate, bounds: Bounds, groups: frozenset[str] | None) -> str:
        """What is first in the way; `bounds` is what the groups allow of the internet."""
        if gate.obstacle:
            return gate.obstacle
        world = INTERNET[gate.family] | NAMED[gate.family]
        allowed = bounds.possible.within(world)
        names = ", ".join(sorted(groups or ()))
        if not allowed:
            return f"no rule of {names} lets the internet in" if names else "it has no groups"
        reached = allowed & gate.route.possible
        if not reached:
            return f"{gate.subnet} does not answer those whom {names} lets in by the gateway"
        acl = gate.acl.id if gate.acl else f"the network ACL of {gate.subnet}"
        arriving = reached & gate.inbound.possible
        witness = next(_witnesses(arriving or reached), None)
        if witness is None or gate.acl is None:
            return f"{acl} lets nothing through"
        protocol, low, high, address = witness
        what = in_words(protocol, low, high)
        if not arriving:
            rule = deciding(gate.acl, gate.family, protocol, low, address, outbound=False)
            return f"network ACL {acl} {_denying(rule)} {what} in"
        port = EPHEMERAL[0] if protocol in (TCP, UDP) else 0
        rule = deciding(gate.acl, gate.family, protocol, port, address, outbound=True)
        return f"network ACL {acl} {_denying(rule)} answers to {what} out"

    def group_lines(self, groups: frozenset[str] | None, passes: Region, family: int) -> list[str]:
        """The rules of groups that let some of a region in."""
        if groups is None:
            return ["no security group filters it"]
        found = [
            f"{group} allows {rule_in_words(rule, self._network, family)}"
            for group in sorted(groups)
            for rule in self._filters.rules(group, outbound=False)
            if self._filters.rule(rule, family).possible & passes
        ]
        return found[:_RULES]

    def _acl_lines(self, gate: Gate, passes: Region) -> Iterator[str]:
        if gate.acl is None:
            return
        back = self._filters.acl(
            self._network.subnets[gate.subnet], gate.family, outbound=True
        ).possible
        for count, (protocol, low, _high, address) in enumerate(_witnesses(passes)):
            if count == _WITNESSES:
                return
            rule = deciding(gate.acl, gate.family, protocol, low, address, outbound=False)
            port = _answer_port(back, protocol, address)
            answer = deciding(gate.acl, gate.family, protocol, port, address, outbound=True)
            if rule is None or answer is None:
                continue
            yield (
                f"network ACL {gate.acl.id} rule {rule.number} allows {_acl_words(rule)} in, "
                f"rule {answer.number} allows {_acl_words(answer)} out"
            )


def rule_in_words(rule: GroupRule, network: Network, family: int) -> str:
    """A security group's rule: what it allows from which blocks and lists of a family."""
    sources = [block.text for block in rule.blocks if block.family == family]
    for id_ in rule.lists:
        known = network.lists.get(id_)
        sources.append(known.name if known else id_)
    return f"{in_words(rule.protocol, rule.first, rule.last)} from {', '.join(sources)}"


def _witnesses(region: Region) -> Iterator[Witness]:
    """One address for each run of ports of a region, the best known protocols first."""
    protocols = [p for p in sorted(region.parts, key=lambda p: (p == OTHERS, p)) if region.of(p)]
    for protocol in protocols:
        for low, high, addresses in region.of(protocol):
            yield protocol, low, high, addresses.runs[0][0]


def _answer_port(back: Region, protocol: int, address: int) -> int:
    first, last = EPHEMERAL if protocol in (TCP, UDP) else (0, 65535)
    for low, high, addresses in back.of(protocol):
        if low <= last and high >= first and address in addresses:
            return max(low, first)
    return first


def _acl_words(rule: AclRule) -> str:
    return in_words(rule.protocol, rule.first, rule.last)


def _denying(rule: AclRule | None) -> str:
    return "has no rule that allows" if rule is None else f"rule {rule.number} denies"
