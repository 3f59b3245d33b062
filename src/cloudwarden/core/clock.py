"""The one source of time. Domain code is given a `Clock`; nothing else reads the system's."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Protocol

from cloudwarden.core.errors import UsageError


class Clock(Protocol):
    """Tells the time; a test passes its own."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        return time.monotonic()


class FixedClock:
    """A clock that stands where it is put, for tests and for `CLOUDWARDEN_NOW`."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The moment it was put at."""
        return self._at

    def monotonic(self) -> float:
        """Real elapsed seconds: pacing must go on while the calendar stands still."""
        return time.monotonic()

    def set(self, at: datetime) -> None:
        """Put the clock at another moment."""
        self._at = at.astimezone(UTC)


def clock_from_environment() -> Clock:
    """The clock the process runs on: the system's, or one fixed at `CLOUDWARDEN_NOW` (ISO 8601).

    Raises `UsageError` if the variable is set and is not a moment.
    """
    text = os.environ.get("CLOUDWARDEN_NOW")
    return FixedClock(parse_moment(text)) if text else SystemClock()


def parse_moment(text: str) -> datetime:
    """Read an ISO 8601 date or date-time; without a zone it is UTC. Raises `UsageError`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a moment; write it as 2026-01-31 or 2026-01-31T12:00:00Z"
        ) from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def format_moment(moment: datetime) -> str:
    """The one spelling of time in properties and output: `2026-01-31T12:00:00Z`, in UTC.

    Microseconds are kept only where there are any, so texts of whole seconds sort as moments do.
    """
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
