"""A packet at a time: what the engine computes for whole regions, by the rules as they are put.

Written from the rules alone, with none of the engine's algebra, so that the two can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import ip_address, ip_network

Rule = tuple[int, str, str, str]

EDGES = (0, 8, 21, 22, 23, 79, 80, 81, 443, 1023, 1024, 1025, 32768, 60999, 61000, 65535)
EPHEMERAL = tuple(port for port in EDGES if port >= 1024)


def within(address: str, block: str) -> bool:
    network = ip_network(block)
    one = ip_address(address)
    return one.version == network.version and one in network


def matches(what: str, protocol: str, port: int) -> bool:
    """Whether a rule's `tcp/80-90`, `icmp`, `all` speaks of a packet."""
    named, _, numbers = what.partition("/")
    if named == "all":
        return True
    if named != protocol:
        return False
    if not numbers:
        return True
    first, _, last = numbers.partition("-")
    return int(first) <= port <= int(last or first)


def acl_allows(rules: Iterable[str], protocol: str, port: int, address: str) -> bool:
    """The lowest number that matches decides; nothing matching is a denial."""
    parsed = [(int(n), action, what, block) for n, action, what, block in map(str.split, rules)]
    for _number, action, what, block in sorted(parsed):
        if matches(what, protocol, port) and within(address, block):
            return action == "allow"
    return False


def group_allows(
    rules: Iterable[str],
    protocol: str,
    port: int,
    address: str,
    members: frozenset[str] = frozenset(),
    lists: dict[str, Sequence[str]] | None = None,
) -> bool:
    """Any rule that matches is enough; a peer is a block, a list, a group of the other end."""
    for rule in rules:
        what, *peers = rule.split()
        if not matches(what, protocol, port):
            continue
        for peer in peers:
            if peer.startswith("sg-"):
                if peer in members:
                    return True
            elif peer.startswith("pl-"):
                if any(within(address, block) for block in (lists or {}).get(peer, ())):
                    return True
            elif within(address, peer):
                return True
    return False


def answered(rules: Iterable[str], protocol: str, address: str, port: int) -> bool:
    """Whether the answer to some port that a client may choose gets through; an echo has one."""
    ports: Iterable[int] = EPHEMERAL if protocol in ("tcp", "udp") else EDGES
    if protocol == "icmp" and port == 8:
        ports = (0,)
    rules = list(rules)
    return any(acl_allows(rules, protocol, one, address) for one in ports)


def route(routes: dict[str, str], address: str) -> str | None:
    """The target of the longest prefix that has the address."""
    found = [
        (ip_network(block).prefixlen, target)
        for block, target in routes.items()
        if within(address, block)
    ]
    return max(found)[1] if found else None
