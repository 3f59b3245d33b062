"""The addresses that an outsider can come from and that a policy's ranges can tell apart."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: A range with a shorter prefix is no limit: much of the internet is in it.
_WIDE = {4: 8, 6: 32}
_FRESH = tuple(map(ipaddress.ip_address, ("198.51.100.77", "2001:db8:77::77")))
_EXAMPLES = tuple(map(ipaddress.ip_network, (
    "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32",
)))  # fmt: skip


def addresses(ranges: Iterable[str], *, private: bool) -> Iterator[tuple[str, str | None]]:
    """Addresses in and beside each range, each with what has to hold for it, in words.

    One in a narrow range is not at everybody's will. Those that do not come from the internet are
    left out, unless it is about the addresses that outsiders have in networks of their own
    (`private`), which they can choose.
    """
    networks = list(_networks(ranges))
    for address in dict.fromkeys([*_FRESH, *_around(networks)]):
        if private:
            yield str(address), None
        elif _comes_from_the_internet(address):
            yield str(address), _needs(address, networks)


def _networks(ranges: Iterable[str]) -> Iterator[_Network]:
    for text in ranges:
        try:
            yield ipaddress.ip_network(text, strict=False)
        except ValueError:
            # What is no range is not matched by any address either.
            continue


def _around(networks: Iterable[_Network]) -> Iterator[_Address]:
    for network in networks:
        first, last = int(network[0]), int(network[-1])
        for position in dict.fromkeys((first, last, first - 1, last + 1, (first + last) // 2)):
            if 0 <= position < 1 << network.max_prefixlen:
                yield type(network[0])(position)


def _needs(address: _Address, networks: Sequence[_Network]) -> str | None:
    around = [one for one in networks if one.version == address.version and address in one]
    if not around or any(one.prefixlen < _WIDE[one.version] for one in around):
        return None
    return f"from {', '.join(map(str, around))}"


def _comes_from_the_internet(address: _Address) -> bool:
    # Addresses set aside for documentation stand for public ones.
    if any(address in network for network in _EXAMPLES):
        return True
    return address.is_global and not address.is_multicast
