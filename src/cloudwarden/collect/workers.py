"""The threads that make calls: each takes one, makes it once, and delivers or reschedules it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from cloudwarden.collect.events import CallMade
from cloudwarden.collect.queue import CallQueue
from cloudwarden.collect.retry import RetryPolicy
from cloudwarden.collect.scripts import Call
from cloudwarden.core.clock import Clock
from cloudwarden.providers.base import Answer, CallError, Transport
from cloudwarden.schema.records import Failure, Verdict

_log = logging.getLogger(__name__)


class Workers:
    """`count` threads over one queue. They are daemons: a hanging call cannot keep us alive."""

    def __init__(
        self,
        count: int,
        queue: CallQueue,
        transport: Transport,
        retry: RetryPolicy,
        clock: Clock,
        tell: Callable[[CallMade], None],
    ) -> None:
        self._queue = queue
        self._transport = transport
        self._retry = retry
        self._clock = clock
        self._tell = tell
        self._threads = [
            threading.Thread(target=self._work, name=f"collect-{number}", daemon=True)
            for number in range(count)
        ]

    def start(self) -> None:
        """Start every thread."""
        for thread in self._threads:
            thread.start()

    def stop(self, *, wait: bool) -> None:
        """Close the queue; with `wait`, until the calls under way have come to their end."""
        self._queue.close()
        for thread in self._threads if wait else ():
            thread.join()

    def _work(self) -> None:
        while (call := self._queue.take()) is not None:
            answer = self._make(call)
            if answer is not None:
                call.script.answer(call.index, answer)

    def _make(self, call: Call) -> Answer | None:
        """The answer to a call, or None if it will be made again."""
        error: CallError | None = None
        try:
            document = self._transport.call(call.request)
        except CallError as raised:
            error = raised
        # A bug in a provider must neither kill this thread nor leave its script waiting.
        except Exception as bug:  # noqa: BLE001
            _log.exception("%s in %s failed", call.request.operation, call.request.account)
            error = CallError(Failure(Verdict.FAILED, type(bug).__name__, str(bug)))
        now = self._clock.monotonic()
        delay = self._retry.delay(error, call.tries, now - call.begun_at) if error else None
        self._report(call, error, now, retried=delay is not None)
        if error is None:
            return Answer(call.request, document)
        if delay is None:
            return Answer(call.request, failure=error.failure)
        self._queue.put_later(call, delay)
        return None

    def _report(self, call: Call, error: CallError | None, now: float, *, retried: bool) -> None:
        verdict = error.failure.verdict if error else None
        self._queue.done(call, throttled=verdict is Verdict.THROTTLED)
        self._tell(
            CallMade(
                call.request.operation,
                call.request.account,
                call.request.region,
                now - call.sent_at,
                verdict,
                retried,
            )
        )
