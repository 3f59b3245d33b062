"""Three-valued truth: what holds for sure, what may hold, what never does."""

from __future__ import annotations

from enum import IntEnum


class Truth(IntEnum):
    """How far something holds. `min` is *and*, `max` is *or*, `negate` is *not*."""

    NEVER = 0
    MAYBE = 1
    SURE = 2


_NEGATED = (Truth.SURE, Truth.MAYBE, Truth.NEVER)


def negate(truth: Truth) -> Truth:
    """The opposite; what may hold may also not hold."""
    return _NEGATED[truth]


def truth_of(holds: object) -> Truth:
    """SURE for what Python takes for true, NEVER otherwise."""
    return Truth.SURE if holds else Truth.NEVER
