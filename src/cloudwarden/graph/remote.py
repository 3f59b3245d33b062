"""Runs queries over sealed files in worker processes, and reads what they send."""

from __future__ import annotations

import time
import weakref
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cloudwarden.core.errors import GraphError
from cloudwarden.graph.answers import Rows, limited
from cloudwarden.graph.arrow import Batch, read_batches
from cloudwarden.graph.cypher.errors import TimeLimitError
from cloudwarden.graph.failures import out_of_time, translated
from cloudwarden.graph.pool import WorkerPool
from cloudwarden.graph.wire import Database, LookUp, More, Reply, Run

if TYPE_CHECKING:
    from cloudwarden.graph.cypher.compiler import Compiled


class RemoteEngine:
    """A sealed file, read by workers of a pool."""

    def __init__(self, database: Database, pool: WorkerPool) -> None:
        self._database = database
        self._pool = pool
        self._closed = False
        pool.warm(database)

    def answer(
        self,
        compiled: Compiled,
        *,
        timeout: float | None,
        max_rows: int | None,
        entities: bool = True,
    ) -> RemoteAnswer:
        """As the protocol says."""
        if self._closed:
            raise GraphError("the graph was closed")
        run = Run(self._database, limited(compiled.sql, max_rows), compiled.searches)
        return RemoteAnswer(self._pool, run, timeout, entities=entities)

    def close(self) -> None:
        """As the protocol says; answers that have all their rows can still be read."""
        self._closed = True


class RemoteAnswer:
    """An answer that a worker sends batch by batch.

    The worker is free again when the answer is closed or forgotten; without `entities` to look up,
    as soon as it has sent the last batch.
    """

    def __init__(
        self, pool: WorkerPool, run: Run, timeout: float | None, *, entities: bool = True
    ) -> None:
        self._pool = pool
        self._timeout = timeout
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._entities = entities
        self._batches: deque[Batch] = deque()
        self._row = 0
        worker = pool.acquire(run.database, timeout)
        self._worker = worker
        self._release = weakref.finalize(self, pool.release, worker)
        #: Whether the worker has sent all there is.
        self._complete = False
        self._take(self._ask(run))

    def rows(self, count: int) -> Rows:
        """As the protocol says."""
        batch = self._batch()
        if batch is None:
            return []
        found = batch.rows(self._row, count)
        self._row += len(found)
        return found

    def batches(self) -> Iterator[Any]:
        """As the protocol says."""
        while (batch := self._batch()) is not None:
            self._row = len(batch)
            yield batch.array

    def look_up(self, sql: str, ids: list[int]) -> Rows:
        """As the protocol says."""
        body = self._ask(LookUp(sql, ids))[1]
        return [row for batch in _read(body) for row in batch.rows(0, len(batch))]

    def close(self) -> None:
        """As the protocol says."""
        self._batches.clear()
        self._complete = True
        self._release()

    def _batch(self) -> Batch | None:
        """The batch whose rows are next."""
        while True:
            if self._batches and self._row < len(self._batches[0]):
                return self._batches[0]
            if self._batches:
                self._batches.popleft()
                self._row = 0
            elif self._complete:
                return None
            else:
                self._take(self._ask(More()))

    def _take(self, reply: tuple[Reply, bytearray]) -> None:
        kind, body = reply
        self._complete = kind is Reply.LAST
        self._batches.extend(_read(body))
        if self._complete and not self._entities:
            self._release()

    def _ask(self, what: Run | More | LookUp) -> tuple[Reply, bytearray]:
        """A worker's reply. Raises `QueryError`, after which the answer is closed."""
        if not self._release.alive:
            raise GraphError("the answer was closed")
        answered = False
        try:
            kind, body = self._worker.ask(what, self._left(), self._pool.grace)
            if kind is Reply.CLOSED:
                raise GraphError(body.decode())
            if kind is Reply.FAILED:
                raise translated(
                    body.decode(errors="replace"), expired=self._is_over(), seconds=self._timeout
                )
            answered = True
        except TimeLimitError:
            raise out_of_time(self._timeout) from None
        finally:
            if not answered:
                self.close()
        return kind, body

    def _left(self) -> float | None:
        if self._deadline is None:
            return None
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise out_of_time(self._timeout)
        return left

    def _is_over(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline


def _read(body: bytearray) -> list[Batch]:
    return [Batch(array) for array in read_batches(body)] if body else []
