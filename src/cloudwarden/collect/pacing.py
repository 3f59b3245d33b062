"""How fast one account × service × region is called: a token bucket that learns its rate."""

from __future__ import annotations

#: How much a throttling narrows the rate by, and what an undisturbed second adds to it.
_NARROW = 0.5
_WIDEN = 2.0


class Pace:
    """A token bucket whose rate is halved by throttling and grows again, second by second.

    The rate stays between `floor` and `ceiling`, in calls a second, and starts at the ceiling.

    Calls that were under way together are throttled together, so only the first of them narrows
    the rate. Not safe for threads by itself. Times are monotonic seconds.
    """

    __slots__ = (
        "_ceiling",
        "_floor",
        "_narrowed_at",
        "_sent",
        "_since",
        "_tokens",
        "_updated",
        "rate",
    )

    def __init__(self, ceiling: float, floor: float) -> None:
        self._ceiling = ceiling
        self._floor = floor
        self.rate = ceiling
        self._tokens = ceiling
        self._updated = 0.0
        self._narrowed_at = float("-inf")
        self._sent = 0
        self._since = 0.0

    def wait(self, now: float) -> float:
        """Seconds until a call may be made; 0 if one may be made now."""
        self._refill(now)
        return 0.0 if self._tokens >= 1.0 else (1.0 - self._tokens) / self.rate

    def take(self, now: float) -> None:
        """Count a call made now."""
        self._refill(now)
        self._tokens -= 1.0
        if now - self._since > 1.0:
            self._sent, self._since = 0, now
        self._sent += 1

    def throttled(self, sent_at: float, now: float) -> None:
        """A call that was made at `sent_at` was refused as one too many."""
        if sent_at < self._narrowed_at:
            return
        observed = self._sent / max(now - self._since, 0.25)
        self._refill(now)
        self.rate = max(self._floor, min(self.rate, observed) * _NARROW)
        self._tokens = min(self._tokens, 0.0)
        self._narrowed_at = now

    def succeeded(self) -> None:
        """A call was answered; a second's worth of them widens the rate by one step."""
        if self.rate < self._ceiling:
            self.rate = min(self._ceiling, self.rate + _WIDEN / self.rate)

    def _refill(self, now: float) -> None:
        if now > self._updated:
            grown = self._tokens + (now - self._updated) * self.rate
            self._tokens = min(grown, max(1.0, self.rate))
            self._updated = now
