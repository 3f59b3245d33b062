"""From what passes to whether it is exposed: the answer, how certain it is, and how it is put.

Exposed to the internet is what most of it (three quarters) can reach: a few that an ACL keeps out
make no difference. Where only some addresses can, that is `conditional` on coming from there;
where something was not read that could change the answer, it is `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cloudwarden.analysis.exposure.addresses import INTERNET, NAMED, to_text
from cloudwarden.analysis.exposure.regions import (
    ICMP,
    ICMP6,
    OTHERS,
    PORTS,
    TCP,
    UDP,
    Bounds,
    Gap,
    Region,
)
from cloudwarden.analysis.exposure.spans import Spans
from cloudwarden.schema.derived import Certainty

_NAMES = {TCP: "tcp", UDP: "udp", ICMP: "icmp", ICMP6: "icmpv6"}
_WORLD = {family: INTERNET[family] | NAMED[family] for family in INTERNET}
_MOST_OF = {family: addresses.size * 3 // 4 for family, addresses in INTERNET.items()}


@dataclass(frozen=True, slots=True)
class Exposure:
    """Whether the internet reaches something.

    `exposed` is None where that is not known. `types` is how: `direct`, `elb`, `elbv2`… `ports`
    and `sources` are those of the answer; `steps` the reasons in order, of which the last is what
    is in the way where it is not exposed. `unknown` is what was not read, `condition` what the
    answer depends on.
    """

    exposed: bool | None
    certainty: Certainty = Certainty.SURE
    types: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    condition: str | None = None

    @property
    def possible(self) -> bool:
        """Whether anything may come through at all."""
        return self.exposed is not False or self.certainty is not Certainty.SURE


def closed(*steps: str) -> Exposure:
    """Nothing reaches it, and that is sure."""
    return Exposure(exposed=False, steps=steps)


def opened(type_: str, ports: Iterable[str], *steps: str) -> Exposure:
    """All the internet reaches it, and that is sure."""
    return Exposure(exposed=True, types=(type_,), ports=tuple(ports), steps=steps)


def undecided(type_: str, gaps: Iterable[Gap], *steps: str, ports: Iterable[str] = ()) -> Exposure:
    """Nobody can say, for what `gaps` tell: unread, or (if all are such) on conditions."""
    told = tuple(gaps)
    missing = tuple(gap.text for gap in told if not gap.condition)
    conditions = "; ".join(gap.text for gap in told if gap.condition)
    return Exposure(
        None,
        Certainty.UNKNOWN if missing or not conditions else Certainty.CONDITIONAL,
        (type_,),
        tuple(ports),
        steps=steps,
        unknown=missing,
        condition=conditions or None,
    )


def provided(exposure: Exposure, condition: str) -> Exposure:
    """The same on a condition that does not hold now; what is closed stays so."""
    if exposure.exposed is False:
        return exposure
    both = f"{exposure.condition}; {condition}" if exposure.condition else condition
    exposed = False if exposure.exposed else None
    certainty = Certainty.CONDITIONAL if exposure.exposed else exposure.certainty
    return replace(exposure, exposed=exposed, certainty=certainty, condition=both)


def judge(bounds: Mapping[int, Bounds], type_: str, names: tuple[str, ...] = ()) -> Exposure:
    """The verdict on what passes from the internet, by family of addresses; without steps."""
    certain = {f: _worldly(one.certain, f) for f, one in bounds.items() if one.possible}
    broad = {f: one.spread(_most(f), f) for f, one in certain.items()}
    if any(broad.values()):
        return Exposure(exposed=True, types=(type_,), ports=ports_of(broad.values()))
    possible = {
        f: certain[f] if bounds[f].settled else _worldly(bounds[f].possible, f) for f in certain
    }
    gaps = [gap for one in bounds.values() for gap in one.gaps]
    if any(one.spread(_most(f), f) for f, one in possible.items()) or (
        any(possible.values()) and not any(certain.values())
    ):
        return undecided(type_, gaps, ports=ports_of(possible.values()))
    if not any(certain.values()):
        return closed()
    sources = tuple(
        dict.fromkeys(
            text
            for family, region in certain.items()
            for addresses in region.kinds()
            for text in to_text(addresses, family, names)
        )
    )
    return Exposure(
        exposed=False,
        certainty=Certainty.CONDITIONAL,
        types=(type_,),
        ports=ports_of(certain.values()),
        sources=sources,
        condition=f"from {', '.join(sources)}",
    )


def combine(exposures: Iterable[Exposure]) -> Exposure:
    """The verdict on what has several ways in: the surest one stands."""
    found = list(exposures)
    for wanted in (
        [one for one in found if one.exposed],
        [one for one in found if one.certainty is Certainty.UNKNOWN],
        [one for one in found if one.certainty is Certainty.CONDITIONAL],
        found,
    ):
        if wanted:
            return _merged(wanted)
    return closed()


def _merged(found: list[Exposure]) -> Exposure:
    if len(found) == 1:
        return found[0]
    conditions = [one.condition for one in found if one.condition]
    exposed = found[0].exposed
    if any(one.exposed is None for one in found):
        exposed = None
    return Exposure(
        exposed,
        found[0].certainty,
        _union(one.types for one in found),
        _union(one.ports for one in found),
        _union(one.sources for one in found),
        _union(one.steps for one in found),
        _union(one.unknown for one in found),
        "; or ".join(dict.fromkeys(conditions)) or None,
    )


def _union(texts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for some in texts for text in some))


def _worldly(region: Region, family: int) -> Region:
    return region.within(_WORLD[family])


class _Most:
    """Whether addresses are most of the internet's."""

    def __init__(self, family: int) -> None:
        self._family = family

    def __call__(self, addresses: Spans) -> bool:
        if not addresses or addresses.runs[-1][1] - addresses.runs[0][0] < _MOST_OF[self._family]:
            return False
        return (addresses & INTERNET[self._family]).size > _MOST_OF[self._family]


_MOST = {family: _Most(family) for family in INTERNET}


def _most(family: int) -> _Most:
    return _MOST[family]


def ports_of(regions: Iterable[Region]) -> tuple[str, ...]:
    """The ports of regions as text: `tcp/443`, `udp/1024-65535`, `icmp`, `all`."""
    found: dict[str, None] = {}
    for region in regions:
        if not region:
            continue
        if region.of(OTHERS):
            if all(_full(region, protocol) for protocol in (OTHERS, *region.parts)):
                found["all"] = None
                continue
            found["others"] = None
        protocols = {*region.parts, TCP, UDP} if region.of(OTHERS) else set(region.parts)
        for protocol in sorted(protocols - {OTHERS}):
            found.update(dict.fromkeys(_texts(region, protocol)))
    return ("all",) if "all" in found else tuple(found)


def _full(region: Region, protocol: int) -> bool:
    segments = region.of(protocol)
    return bool(segments) and segments[0][0] == PORTS[0] and segments[-1][1] == PORTS[1]


def _texts(region: Region, protocol: int) -> list[str]:
    runs: list[list[int]] = []
    for low, high, _addresses in region.of(protocol):
        if runs and runs[-1][1] + 1 == low:
            runs[-1][1] = high
        else:
            runs.append([low, high])
    return [in_words(protocol, low, high, "/") for low, high in runs]


def in_words(protocol: int, low: int, high: int, between: str = " ") -> str:
    """Protocol and ports as text: `tcp 443`, `tcp 1-1024`, `udp`, `all`, `protocol 50`."""
    if protocol == OTHERS:
        return "all"
    name = _NAMES.get(protocol, f"protocol{between}{protocol}")
    if (low, high) == PORTS:
        return name
    return f"{name}{between}{low}" if low == high else f"{name}{between}{low}-{high}"
