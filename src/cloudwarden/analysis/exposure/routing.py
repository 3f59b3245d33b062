"""Where route tables send addresses: the longest prefix wins, and a CIDR wins over a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from cloudwarden.analysis.exposure.addresses import INTERNET, NAMED, WHOLE, Block
from cloudwarden.analysis.exposure.regions import Gap
from cloudwarden.analysis.exposure.spans import NOTHING, Spans


class Line(Protocol):
    """What a line of any route table has."""

    @property
    def destination(self) -> str: ...  # noqa: D102

    @property
    def blocks(self) -> tuple[Block, ...] | None: ...  # noqa: D102


L = TypeVar("L", bound=Line)


@dataclass(frozen=True, slots=True)
class Sent(Generic[L]):
    """The addresses that a line takes: for certain, and at most."""

    line: L
    certain: Spans
    possible: Spans
    gaps: tuple[Gap, ...] = ()


def sent(lines: Iterable[L], family: int) -> tuple[Sent[L], ...]:
    """What each line of a table takes of all addresses of a family.

    A line whose addresses are those of an unread list may take any, so that nothing is certain
    beside it.
    """
    known: list[tuple[int, bool, Block, L]] = []
    unknown: list[L] = []
    for line in lines:
        if line.blocks is None:
            unknown.append(line)
            continue
        listed = line.destination.startswith("pl-")
        known += [
            (-block.prefix, listed, block, line) for block in line.blocks if block.family == family
        ]
    known.sort(key=lambda one: one[:2])
    gaps = tuple(
        Gap(f"the addresses of prefix list {line.destination} were not read") for line in unknown
    )
    taken: dict[str, tuple[L, Spans]] = {}
    free = WHOLE[family] - NAMED[family]
    for _prefix, _listed, block, line in known:
        addresses = block.addresses & free
        if addresses:
            before = taken.get(line.destination, (line, NOTHING))[1]
            taken[line.destination] = (line, before | addresses)
            free = free - addresses
    if taken:
        # Where AWS's own lists lead is not known; their addresses are all over the internet.
        widest = max(taken, key=lambda one: (taken[one][1] & INTERNET[family]).size)
        line, addresses = taken[widest]
        taken[widest] = (line, addresses | NAMED[family])
    found = [
        Sent(line, NOTHING if gaps else addresses, addresses, gaps)
        for line, addresses in taken.values()
    ]
    found += [Sent(line, NOTHING, WHOLE[family], gaps) for line in unknown]
    return tuple(found)


def line_for(lines: Sequence[Sent[L]], addresses: Spans) -> tuple[L | None, tuple[Gap, ...]]:
    """The line that takes all of these addresses; None with the reasons if it is not known.

    None without a reason: no line takes them.
    """
    for one in lines:
        if one.possible.covers(addresses):
            if one.certain.covers(addresses):
                return one.line, ()
            return None, one.gaps
    some = [one.line.destination for one in lines if one.possible & addresses]
    return None, (Gap(f"only some of the addresses are in {some[0]}"),) if some else ()
