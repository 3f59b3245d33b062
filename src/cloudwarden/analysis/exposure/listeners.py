"""Whose requests a listener hands on to a target group, by its rules."""

from __future__ import annotations

from cloudwarden.analysis.exposure.addresses import addresses_of
from cloudwarden.analysis.exposure.facts import Listener, ListenerRule
from cloudwarden.analysis.exposure.regions import (
    EMPTY,
    EVERYTHING,
    NONE,
    OTHERS,
    Bounds,
    Gap,
    Region,
    exactly,
    traffic,
)


def forwarded(listener: Listener, group: str, family: int) -> Bounds:
    """The clients of a family that get through to a target group, whatever they ask for.

    Of a rule that looks at a request's host, path, method or the like it is assumed that whoever
    asks knows what to ask for.
    """
    if listener.gaps:
        return Bounds(EMPTY, EVERYTHING, listener.gaps)
    if listener.rules is None:
        return exactly(EVERYTHING) if group in listener.groups else NONE
    certain, possible, left = EMPTY, EMPTY, EVERYTHING
    gaps: list[Gap] = []
    for rule in listener.rules:
        taken = left & _sources(rule, family)
        if group in rule.groups and taken:
            possible = possible | taken
            if rule.demands:
                gaps += [Gap(f"only {one}", condition=True) for one in rule.demands]
            else:
                certain = certain | taken
        # Who must sign in is stopped where that fails: no later rule takes over.
        if not rule.others:
            left = left - taken
    if certain == possible:
        return exactly(certain)
    return Bounds(certain, possible, tuple(dict.fromkeys(gaps)))


def limits(listener: Listener, group: str) -> str:
    """In words, where requests must come from that a listener hands on to a group."""
    rules = [rule for rule in listener.rules or () if group in rule.groups]
    blocks = [block.text for rule in rules for block in rule.blocks or ()]
    what = f"{', '.join(rule.name for rule in rules)} of listener {listener.name} {listener.port}"
    return f"{what} lets in {', '.join(blocks) or 'nobody that another rule has not taken'} alone"


def _sources(rule: ListenerRule, family: int) -> Region:
    if rule.blocks is None:
        return EVERYTHING
    own = addresses_of([block.text for block in rule.blocks], family)
    return traffic(OTHERS, 0, 0, own) if own else EMPTY
