"""Endpoints of another make (moto, LocalStack): what they lack, and what only went wrong once.

An emulator that lacks an operation answers with a web server's own error page, and so does one in
which a fault happened. An operation that it answered before is not lacking: its page is a fault,
worth another try. Of one that it never answered, one more try a process tells.
"""

from __future__ import annotations

import threading

from cloudwarden.providers.aws.errors import LACKING
from cloudwarden.providers.base import CallError
from cloudwarden.schema.records import Failure, Verdict


class Emulation:
    """What is known of an emulator's operations. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answered: set[str] = set()
        self._doubted: set[str] = set()

    def answered(self, operation: str) -> None:
        """Note that it has the operation."""
        if operation not in self._answered:
            with self._lock:
                self._answered.add(operation)

    def doubt(self, operation: str, error: CallError) -> CallError:
        """The same error, unless it says that an operation is lacking which may not be."""
        if error.failure.code != LACKING or error.failure.verdict is not Verdict.UNSUPPORTED:
            return error
        with self._lock:
            if operation in self._answered:
                words = "the endpoint answered with an error page"
                return CallError(Failure(Verdict.FAILED, "InternalError", words), retry=True)
            if operation not in self._doubted:
                self._doubted.add(operation)
                return CallError(error.failure, retry=True)
        return error
