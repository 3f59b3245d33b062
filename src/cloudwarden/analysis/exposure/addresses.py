"""Addresses as numbers: blocks, what is the internet, and AWS's lists whose addresses are not told.

Each family of addresses (4 or 6) has numbers of its own. Above the real addresses lies a zone in
which every prefix list that AWS keeps for itself is one number: "everything" (`0.0.0.0/0`) takes
it in, a block never does. So a rule that names such a list admits something, but no address
that we could name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_network, summarize_address_range

from cloudwarden.analysis.exposure.spans import Spans, spans

FAMILIES = (4, 6)

_SIZE = {4: 2**32, 6: 2**128}
#: Every address of a family, and every named list.
WHOLE = {family: Spans(((0, 2 * size - 1),)) for family, size in _SIZE.items()}
#: The named lists alone.
NAMED = {family: Spans(((size, 2 * size - 1),)) for family, size in _SIZE.items()}

_PRIVATE = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3",
)
_GLOBAL = "2000::/3"


@dataclass(frozen=True, slots=True)
class Block:
    """A block of addresses as it was written."""

    text: str
    family: int
    addresses: Spans
    prefix: int


@lru_cache(maxsize=65536)
def block(text: str) -> Block | None:
    """The block that a text means (host bits are ignored); None where it means none."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    if network.prefixlen == 0:
        return Block(text, network.version, WHOLE[network.version], 0)
    runs = ((int(network.network_address), int(network.broadcast_address)),)
    return Block(text, network.version, Spans(runs), network.prefixlen)


def _internet() -> dict[int, Spans]:
    private = spans(run for text in _PRIVATE for run in _addresses(text).runs)
    return {4: WHOLE[4] - NAMED[4] - private, 6: _addresses(_GLOBAL)}


def _addresses(text: str) -> Spans:
    found = block(text)
    return found.addresses if found else Spans()


#: The addresses that anybody may come from. Ranges kept for documentation count: examples and
#: tests mean public addresses by them.
INTERNET = _internet()
_USELESS = {4: WHOLE[4] - NAMED[4] - INTERNET[4], 6: Spans()}


def is_public(address: str) -> bool:
    """Whether a text is an address (or block) of the internet."""
    found = block(address)
    return found is not None and bool(found.addresses & INTERNET[found.family])


def addresses_of(texts: tuple[str, ...] | list[str], family: int) -> Spans:
    """The addresses of one family among these texts."""
    found = [known for text in texts if (known := block(text)) and known.family == family]
    return spans(run for one in found for run in one.addresses.runs)


def named(index: int, family: int) -> Spans:
    """The number that stands for the `index`-th of AWS's own lists."""
    number = _SIZE[family] + index
    return Spans(((number, number),))


def to_text(
    addresses: Spans, family: int, names: tuple[str, ...] = (), limit: int = 8
) -> list[str]:
    """A set of addresses as blocks and names of lists; after `limit` of them, `…`."""
    if addresses.covers(INTERNET[family]):
        return ["0.0.0.0/0" if family == 4 else "::/0"]
    found: list[str] = []
    kind = IPv4Address if family == 4 else IPv6Address
    # Addresses of no use may be said or left out; blocks are then as few as they were written.
    useless = _USELESS[family]
    rounded = (addresses if addresses & useless else addresses | useless) - NAMED[family]
    for low, high in rounded.runs:
        for network in summarize_address_range(kind(low), kind(high)):
            if not _addresses(str(network)) & addresses:
                continue
            found.append(str(network))
            if len(found) > limit:
                return [*found[:limit], "…"]
    for low, high in (addresses & NAMED[family]).runs:
        found += names[low - _SIZE[family] : high - _SIZE[family] + 1]
    return found[:limit] if len(found) <= limit else [*found[:limit], "…"]
