"""Where traffic starts or ends inside a network: a subnet, groups and addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cloudwarden.analysis.exposure.addresses import FAMILIES, addresses_of
from cloudwarden.analysis.exposure.facts import Interface, Subnet
from cloudwarden.analysis.exposure.regions import Bounds, Gap
from cloudwarden.analysis.exposure.spans import NOTHING, Spans


@dataclass(frozen=True, slots=True)
class Point:
    """One end of a conversation. `groups` is None where nothing filters it.

    With `exact` the addresses are its own; else it has some of them, nobody knows which.
    """

    id: str
    vpc: str
    subnet: str
    groups: frozenset[str] | None
    addresses: Mapping[int, Spans]
    exact: bool = True
    gaps: tuple[Gap, ...] = ()

    def over(self, bounds: Bounds, family: int) -> Bounds:
        """All addresses on the ports where the bounds speak of this point's."""
        own = self.addresses.get(family, NOTHING)
        certain = bounds.certain.spread(self._surely(own), family)
        return Bounds(certain, bounds.possible.spread(_any(own), family), bounds.gaps)

    def answered(self, bounds: Bounds, family: int) -> Bounds:
        """The traffic whose answers to, or from, this point are within the bounds."""
        own = self.addresses.get(family, NOTHING)
        certain = bounds.certain.answered(self._surely(own), family)
        return Bounds(certain, bounds.possible.answered(_any(own), family), bounds.gaps)

    def _surely(self, own: Spans) -> _Any | _All:
        return _any(own) if self.exact else _All(own)


@dataclass(frozen=True, slots=True)
class _Any:
    own: Spans

    def __call__(self, addresses: Spans) -> bool:
        return bool(addresses & self.own)


@dataclass(frozen=True, slots=True)
class _All:
    own: Spans

    def __call__(self, addresses: Spans) -> bool:
        return bool(self.own) and addresses.covers(self.own)


def _any(own: Spans) -> _Any:
    return _Any(own)


def point_of(interface: Interface, address: str | None = None) -> Point:
    """An interface, or one of its addresses, as an end of a conversation."""
    texts = (address,) if address else (*interface.private, *interface.version6)
    return Point(
        interface.id,
        interface.vpc,
        interface.subnet,
        interface.groups,
        {family: addresses_of(texts, family) for family in FAMILIES},
        gaps=interface.gaps,
    )


def somewhere_in(subnet: Subnet, groups: frozenset[str] | None, id_: str) -> Point:
    """Something in a subnet whose address is not known."""
    texts = tuple(block.text for block in subnet.blocks)
    return Point(
        id_,
        subnet.vpc,
        subnet.id,
        groups,
        {family: addresses_of(texts, family) for family in FAMILIES},
        exact=False,
    )
