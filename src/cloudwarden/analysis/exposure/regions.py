"""Which traffic is meant: protocol, ports and addresses at once, with the algebra on it.

A `Region` is of one family of addresses. `Bounds` say of a region that is not wholly known what
is in it for certain and what may be, so that every answer can be sure or say what it lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from cloudwarden.analysis.exposure.addresses import WHOLE
from cloudwarden.analysis.exposure.spans import NOTHING, Spans

TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
#: Every protocol that is not spoken of by its number.
OTHERS = -1
PORTS = (0, 65535)
#: The types of ICMP that ask for an answer, in order, and the type that is one.
_REPLIES = {ICMP: {8: 0, 13: 14, 15: 16, 17: 18}, ICMP6: {128: 129}}
#: What a client may choose as the port that answers go to.
EPHEMERAL = (1024, 65535)

#: Ports (for ICMP: types) from the first to the last, and the addresses meant on them.
Segment = tuple[int, int, Spans]
Combine = Callable[[Spans, Spans], Spans]


@dataclass(frozen=True, slots=True)
class Region:
    """A set of (protocol, port, address). Protocols that `parts` lacks are as `OTHERS` are."""

    parts: Mapping[int, tuple[Segment, ...]] = field(default_factory=dict)

    def of(self, protocol: int) -> tuple[Segment, ...]:
        """The segments of one protocol, ascending and disjoint."""
        found = self.parts.get(protocol)
        return found if found is not None else self.parts.get(OTHERS, ())

    def __bool__(self) -> bool:
        return any(self.parts.values())

    def __or__(self, other: Region) -> Region:
        if not other or self is other:
            return self
        return self._with(other, Spans.__or__) if self else other

    def __and__(self, other: Region) -> Region:
        if self is other or other is EVERYTHING:
            return self
        if self is EVERYTHING:
            return other
        return _region(
            {
                protocol: _shared(self.of(protocol), other.of(protocol))
                for protocol in {*self.parts, *other.parts, OTHERS}
            }
        )

    def __sub__(self, other: Region) -> Region:
        return self._with(other, Spans.__sub__) if self and other else self

    def within(self, addresses: Spans) -> Region:
        """The part of it that is about these addresses."""
        return self._mapped(lambda found: found & addresses)

    def spread(self, enough: Callable[[Spans], bool], family: int) -> Region:
        """Every address, on the ports where `enough` holds of the addresses there."""
        whole = WHOLE[family]
        return self._mapped(lambda found: whole if enough(found) else NOTHING)

    def answered(self, enough: Callable[[Spans], bool] | None, family: int) -> Region:
        """The traffic whose answers are in this region, which is that of answers.

        Answers go to a port that the client chose; one that passes is enough. A request of ICMP
        is answered by the type that replies to it, anything else of ICMP by any. With `enough` all
        addresses are answered or none, else each by itself.
        """
        whole = WHOLE[family]

        def told(found: Spans) -> Spans:
            return found if enough is None else whole if enough(found) else NOTHING

        parts: dict[int, tuple[Segment, ...]] = {}
        for protocol in {*self.parts, OTHERS, TCP, UDP}:
            first, last = EPHEMERAL if protocol in (TCP, UDP) else PORTS
            found = told(self._on(protocol, first, last))
            parts[protocol] = ((*PORTS, found),) if found else ()
            if protocol in _REPLIES and self.of(protocol) != self.parts.get(OTHERS):
                parts[protocol] = self._replied(protocol, found, told)
        return _region(parts)

    def _on(self, protocol: int, first: int, last: int) -> Spans:
        """All addresses on any of these ports."""
        found = NOTHING
        for low, high, addresses in self.of(protocol):
            if low <= last and high >= first:
                found = found | addresses
        return found

    def _replied(
        self, protocol: int, others: Spans, told: Callable[[Spans], Spans]
    ) -> tuple[Segment, ...]:
        """The types of ICMP that are answered, where not all types are alike."""
        found: list[Segment] = []
        start = PORTS[0]
        for request, reply in _REPLIES[protocol].items():
            found.append((start, request - 1, others))
            found.append((request, request, told(self._on(protocol, reply, reply))))
            start = request + 1
        return _joined((*found, (start, PORTS[1], others)))

    def addresses(self) -> Spans:
        """All addresses in it, on whatever ports."""
        found = NOTHING
        for segments in self.parts.values():
            for _low, _high, addresses in segments:
                found = found | addresses
        return found

    def kinds(self) -> tuple[Spans, ...]:
        """The different sets of addresses in it, as they come with its ports."""
        return tuple(
            dict.fromkeys(
                addresses for segments in self.parts.values() for _low, _high, addresses in segments
            )
        )

    def _mapped(self, change: Callable[[Spans], Spans]) -> Region:
        return _region(
            {
                protocol: _joined((low, high, change(found)) for low, high, found in segments)
                for protocol, segments in self.parts.items()
            }
        )

    def _with(self, other: Region, combine: Combine) -> Region:
        return _region(
            {
                protocol: _combined(self.of(protocol), other.of(protocol), combine)
                for protocol in {*self.parts, *other.parts, OTHERS}
            }
        )


def traffic(protocol: int, first: int, last: int, addresses: Spans) -> Region:
    """Traffic of one protocol (`OTHERS` here: of every one) on these ports, these addresses."""
    if not addresses or first > last:
        return EMPTY
    if protocol == OTHERS:
        return Region({OTHERS: ((*PORTS, addresses),)})
    return Region({OTHERS: (), protocol: ((first, last, addresses),)})


def _region(parts: dict[int, tuple[Segment, ...]]) -> Region:
    rest = parts.get(OTHERS, ())
    kept = {p: found for p, found in parts.items() if p != OTHERS and found != rest}
    if not rest and not kept:
        return EMPTY
    return Region({OTHERS: rest, **kept})


def _joined(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    found: list[Segment] = []
    for low, high, addresses in segments:
        if not addresses:
            continue
        if found and found[-1][1] + 1 == low and found[-1][2] == addresses:
            found[-1] = (found[-1][0], high, addresses)
        else:
            found.append((low, high, addresses))
    return tuple(found)


def _shared(one: tuple[Segment, ...], other: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """What both have: two ascending lists walked side by side."""
    found: list[Segment] = []
    i = j = 0
    while i < len(one) and j < len(other):
        low, high = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if low <= high:
            found.append((low, high, one[i][2] & other[j][2]))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return _joined(found)


def _combined(
    one: tuple[Segment, ...], other: tuple[Segment, ...], combine: Combine
) -> tuple[Segment, ...]:
    if len(one) == 1 and len(other) == 1 and one[0][:2] == other[0][:2]:
        return _joined([(*one[0][:2], combine(one[0][2], other[0][2]))])
    edges = sorted(
        {e for low, high, _ in one for e in (low, high + 1)}
        | {e for low, high, _ in other for e in (low, high + 1)}
    )
    found: list[Segment] = []
    i = j = 0
    for low, after in pairwise(edges):
        while i < len(one) and one[i][1] < low:
            i += 1
        while j < len(other) and other[j][1] < low:
            j += 1
        here = one[i][2] if i < len(one) and one[i][0] <= low else NOTHING
        there = other[j][2] if j < len(other) and other[j][0] <= low else NOTHING
        found.append((low, after - 1, combine(here, there)))
    return _joined(found)


EMPTY = Region()
#: All traffic of either family: no address of version 6 is higher than its whole.
EVERYTHING = Region({OTHERS: ((*PORTS, WHOLE[6]),)})


@dataclass(frozen=True, slots=True)
class Gap:
    """Why a region is not wholly known: something was not read, or (`condition`) is not ours."""

    text: str
    condition: bool = False


@dataclass(frozen=True, slots=True)
class Bounds:
    """A region of which `certain` is known to be in it, and nothing outside `possible` is."""

    certain: Region
    possible: Region
    gaps: tuple[Gap, ...] = ()

    def __and__(self, other: Bounds) -> Bounds:
        if self.settled and other.settled:
            return exactly(self.certain & other.certain)
        return _bounds(self.certain & other.certain, self.possible & other.possible, self, other)

    def __or__(self, other: Bounds) -> Bounds:
        if self.settled and other.settled:
            return exactly(self.certain | other.certain)
        return _bounds(self.certain | other.certain, self.possible | other.possible, self, other)

    @property
    def settled(self) -> bool:
        """Whether the region is wholly known."""
        return self.certain is self.possible

    def within(self, addresses: Spans) -> Bounds:
        """The part of it that is about these addresses."""
        return _bounds(self.certain.within(addresses), self.possible.within(addresses), self)

    def answered(self, family: int) -> Bounds:
        """The traffic whose answers are within these bounds, each address by itself."""
        return _bounds(
            self.certain.answered(None, family), self.possible.answered(None, family), self
        )


def exactly(region: Region) -> Bounds:
    """A region that is wholly known."""
    return Bounds(region, region)


def unread(gap: Gap, at_most: Region = EVERYTHING) -> Bounds:
    """Nothing is known of it but that it is within `at_most`."""
    return Bounds(EMPTY, at_most, (gap,))


def _bounds(certain: Region, possible: Region, *of: Bounds) -> Bounds:
    if not possible or certain == possible:
        return Bounds(possible, possible) if possible else NONE
    return Bounds(certain, possible, tuple(dict.fromkeys(gap for one in of for gap in one.gaps)))


ALL = exactly(EVERYTHING)
NONE = exactly(EMPTY)
