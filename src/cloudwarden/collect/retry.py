"""When a call that failed is tried again: the one retry policy of the product."""

from __future__ import annotations

from collections.abc import Callable
from random import SystemRandom

from cloudwarden.collect.settings import CollectSettings
from cloudwarden.providers.base import CallError
from cloudwarden.schema.records import Verdict


class RetryPolicy:
    """Full jitter over exponential backoff, bounded by a number of tries and a deadline.

    `uniform` draws the jitter; a test passes its own.
    """

    def __init__(
        self,
        settings: CollectSettings,
        uniform: Callable[[float, float], float] | None = None,
    ) -> None:
        self._settings = settings
        self._uniform = uniform or SystemRandom().uniform

    def delay(self, error: CallError, tries: int, elapsed: float) -> float | None:
        """Seconds to wait before the next try, or None to give up.

        `tries` were made, the first of them `elapsed` seconds ago. What the provider asked for
        (`CallError.retry_after`) is the least we wait; if that is past the deadline we give up.
        """
        if not error.retry:
            return None
        settings = self._settings
        if tries >= self._attempts(error):
            return None
        ceiling = min(settings.backoff_limit, settings.backoff * 2.0 ** (tries - 1))
        wait = max(self._uniform(0.0, ceiling), error.retry_after or 0.0)
        return None if elapsed + wait > settings.deadline else wait

    def _attempts(self, error: CallError) -> int:
        if error.failure.verdict is Verdict.THROTTLED:
            return self._settings.attempts_throttled
        return self._settings.attempts_pending if error.pending else self._settings.attempts
