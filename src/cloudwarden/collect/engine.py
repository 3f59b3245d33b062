"""Collecting: connects accounts, reads their scopes, hands each finished reading to the store.

The thread that calls `Collector.run` owns the store and the events; worker threads make calls and
run the providers' generators. They meet in one queue of messages.
"""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from queue import SimpleQueue
from typing import Any

from cloudwarden.collect.events import Event, OnEvent
from cloudwarden.collect.garbage import rarely_collected
from cloudwarden.collect.messages import Message, Stop
from cloudwarden.collect.result import CollectResult
from cloudwarden.collect.retry import RetryPolicy
from cloudwarden.collect.run import Run
from cloudwarden.collect.settings import CollectSettings
from cloudwarden.collect.store import Store
from cloudwarden.core.clock import Clock
from cloudwarden.core.errors import UsageError
from cloudwarden.providers.base import AccountSettings, Provider


def _ignore(event: Event) -> None:
    del event


class Collector:
    """Collects with one provider into one store, one run at a time.

    `on_event` is called in the thread that called `run`, never from two places at once.
    """

    def __init__(
        self,
        provider: Provider,
        store: Store,
        clock: Clock,
        settings: CollectSettings | None = None,
        on_event: OnEvent = _ignore,
        retry: RetryPolicy | None = None,
    ) -> None:
        self._provider = provider
        self._store = store
        self._clock = clock
        self._settings = settings or CollectSettings()
        self._on_event = on_event
        self._retry = retry or RetryPolicy(self._settings)
        self._messages: SimpleQueue[Message] = SimpleQueue()

    def stop(self) -> None:
        """Ask the run to stop, from any thread: no new work; what was read is still stored."""
        self._messages.put(Stop())

    def run(
        self,
        accounts: Sequence[AccountSettings],
        services: Sequence[str] = (),
        regions: Sequence[str] = (),
    ) -> CollectResult:
        """Read `accounts`; `services` narrows what, and `regions`, which replaces theirs, where.

        An account that cannot be read never stops the others: its scopes are stored as skipped,
        with the reason. Raises `UsageError` for an unknown service or region before anything is
        recorded, `StoreError` if the store fails, and `KeyboardInterrupt` after Ctrl-C or `stop`:
        by then the run is closed, and every scope that was not read to its end stored as skipped.
        """
        self._check(accounts, services, regions)
        if regions:
            accounts = [replace(account, regions=tuple(regions)) for account in accounts]
        self._messages = SimpleQueue()
        run = Run(
            self._provider,
            self._store,
            self._clock,
            self._settings,
            self._retry,
            self._messages,
            self._on_event,
        )
        with _interrupt_calls(self.stop), rarely_collected():
            return run.carry_out(accounts, services, regions)

    def _check(
        self, accounts: Sequence[AccountSettings], services: Sequence[str], regions: Sequence[str]
    ) -> None:
        self._provider.check(services, regions)
        for account in accounts:
            self._provider.check((), account.regions)
        twice = [key for key, times in Counter(a.id for a in accounts).items() if times > 1]
        if twice:
            raise UsageError(f"account {twice[0] or 'of the ambient credentials'} is listed twice")


@contextmanager
def _interrupt_calls(stop: Callable[[], None]) -> Iterator[None]:
    """Let the first Ctrl-C call `stop`; the second one interrupts as usual.

    Only the main thread may handle signals, and it must not be interrupted in a transaction.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, frame: Any) -> None:
        del number, frame
        signal.signal(signal.SIGINT, before)
        stop()

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
