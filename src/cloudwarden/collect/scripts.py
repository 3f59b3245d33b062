"""A provider's generator in progress: it asks for calls, is given their answers, and returns.

No thread belongs to a script. Whichever thread brings the last answer of a batch runs the
generator on to its next batch, so that a script runs in one thread at a time.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from cloudwarden.providers.base import Answer, Request

Result = TypeVar("Result")


class Answerable(Protocol):
    """Who a call's answer goes to."""

    def answer(self, index: int, answer: Answer) -> None:
        """Take the answer to the request with that index in the batch."""
        ...


@dataclass(slots=True, eq=False)
class Call:
    """A request on its way to being answered. `tries` of it were made, the first at `begun_at`."""

    request: Request
    script: Answerable
    index: int
    tries: int = 0
    begun_at: float = 0.0
    sent_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Result]):
    """What a script returned, or the bug that ended it; and the calls it made, by operation."""

    value: Result | None
    error: Exception | None = None
    operations: Counter[str] = field(default_factory=Counter)


class Script(Generic[Result]):
    """Carries out one generator. `enqueue` takes its calls, `finished` its outcome, once."""

    def __init__(
        self,
        steps: Generator[Sequence[Request], Sequence[Answer], Result],
        enqueue: Callable[[Sequence[Call]], None],
        finished: Callable[[Outcome[Result]], None],
    ) -> None:
        self._steps: Generator[Sequence[Request], Any, Result] = steps
        self._enqueue = enqueue
        self._finished = finished
        self._lock = threading.Lock()
        self._answers: list[Answer | None] = []
        self._missing = 0
        self._operations: Counter[str] = Counter()

    def start(self) -> None:
        """Run the generator to its first batch."""
        self._resume(None)

    def answer(self, index: int, answer: Answer) -> None:
        """Take one answer; with the last of the batch, run the generator to its next one."""
        with self._lock:
            self._answers[index] = answer
            self._operations[answer.request.operation] += 1
            self._missing -= 1
            if self._missing:
                return
            answers, self._answers = self._answers, []
        self._resume(answers)

    def _resume(self, answers: Sequence[Answer | None] | None) -> None:
        try:
            requests = self._steps.send(answers)
            while not requests:
                requests = self._steps.send(())
        except StopIteration as stop:
            self._finished(Outcome(stop.value, operations=self._operations))
            return
        # A declaration's functions may raise anything; a bug in one must cost its scope only.
        except Exception as error:  # noqa: BLE001
            self._finished(Outcome(None, error, self._operations))
            return
        self._answers = [None] * len(requests)
        self._missing = len(requests)
        self._enqueue([Call(request, self, index) for index, request in enumerate(requests)])
