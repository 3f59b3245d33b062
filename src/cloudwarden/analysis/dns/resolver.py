"""What takeover analysis asks of the DNS, and what it is told; tests replace whoever answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Resolution(StrEnum):
    """How a question to the DNS ended.

    `MISSING` is a name that does not exist (NXDOMAIN), `EMPTY` one without records of the type
    asked for. `LAME` is a server that does not answer for the zone; `FAILED` tells nothing.
    """

    FOUND = "found"
    MISSING = "missing"
    EMPTY = "empty"
    LAME = "lame"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question; `values` are in the DNS's spelling, without a closing dot."""

    resolution: Resolution
    values: tuple[str, ...] = ()
    reason: str = ""


class Resolver(Protocol):
    """Whoever can be asked. Answers never raise: what went wrong is `FAILED` with a reason."""

    def resolve(self, name: str, record_type: str) -> Answer:
        """The records of `record_type` (`A`, `CNAME`, `NS`) that `name` has."""
        ...

    def serves(self, server: str, zone: str) -> Answer:
        """Whether a name server answers for a zone: `FOUND`, `LAME`, `MISSING` or `FAILED`."""
        ...
