"""What collection needs of the place where readings are kept; the inventory is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from cloudwarden.schema.records import Failure, Reading, Scope, Verdict


class Counts(Protocol):
    """What storing a reading changed."""

    @property
    def seen(self) -> int:
        """Assets in the reading."""
        ...

    @property
    def new(self) -> int:
        """Assets never seen before, or seen again after they were gone."""
        ...

    @property
    def changed(self) -> int:
        """Assets that differ from what was known."""
        ...

    @property
    def gone(self) -> int:
        """Assets that are no longer there."""
        ...


class Run(Protocol):
    """A run as the store knows it."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def started_at(self) -> datetime:
        """When it began."""
        ...


class KnownReading(Protocol):
    """An earlier reading."""

    @property
    def scope(self) -> Scope:
        """What was read."""
        ...


class Store(Protocol):
    """Keeps runs and readings. Used from one thread only. Every method may raise `StoreError`."""

    def begin_run(self, parameters: Mapping[str, Any]) -> Run:
        """Open a run."""
        ...

    def store(self, run_id: int, reading: Reading) -> Counts:
        """Keep one reading, in one transaction."""
        ...

    def finish_run(self, run_id: int, verdict: Verdict, api_calls: int) -> Any:
        """Close a run."""
        ...

    def record_connection(self, account_id: str, name: str, failure: Failure | None) -> None:
        """Note that an account could be signed in to, or why not."""
        ...

    def readings(self, run_id: int | None = None) -> Sequence[KnownReading]:
        """The latest reading of every scope, or those of one run."""
        ...
