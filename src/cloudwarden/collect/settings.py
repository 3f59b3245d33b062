"""How hard, how long and how widely a collection tries."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reach(StrEnum):
    """Which of the given accounts are read."""

    ALL = "all"
    #: only the account that the ambient credentials belong to
    LOCAL = "local"
    #: only the others
    REMOTE = "remote"


@dataclass(frozen=True, slots=True)
class CollectSettings:
    """Bounds of one collection. Times are in seconds, rates in calls a second.

    `threads` calls run at once; `scopes_in_flight` scopes are between their first call and the
    database, which bounds memory. `rate` is what one account × service × region gets before
    anything was throttled, and `rate_floor` the least that throttling leaves of it.

    A throttled call is tried up to `attempts_throttled` times, one whose answer is still being
    made up to `attempts_pending`, one that failed otherwise up to `attempts`, and none begins
    again more than `deadline` after its first try. Waits are random between 0 and
    `backoff` × 2^n, at most `backoff_limit`.
    """

    threads: int = 32
    scopes_in_flight: int = 64
    rate: float = 200.0
    rate_floor: float = 0.5
    attempts: int = 4
    attempts_throttled: int = 10
    attempts_pending: int = 30
    deadline: float = 300.0
    backoff: float = 0.5
    backoff_limit: float = 20.0
    reach: str = Reach.ALL
