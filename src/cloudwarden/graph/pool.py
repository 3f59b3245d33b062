"""A small pool of worker processes: who has which, and who waits."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable
from functools import cache

from cloudwarden.core.errors import QueryError
from cloudwarden.graph.wire import Database
from cloudwarden.graph.workers import Worker


class WorkerPool:
    """At most `size` workers, started when there is need for them and used again and again.

    A query has one to itself until it was read or left. `grace` is how many seconds a worker has
    to stop by itself after its time limit, before it is killed; `patience` how long a query
    without a time limit waits for one to be free. Safe to use from several threads.
    """

    def __init__(
        self,
        size: int = 4,
        *,
        grace: float = 1.0,
        patience: float = 60.0,
        start: Callable[[], Worker] = Worker,
    ) -> None:
        self.grace = grace
        self._size = size
        self._patience = patience
        self._start = start
        self._free = threading.Condition()
        #: Idle ones, the one used last at the end.
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._owner = os.getpid()

    def begin(self) -> None:
        """Start a worker in the background if there is none: a query is about to be run."""
        with self._free:
            self._settle()
            if not self._idle and not self._busy:
                self._idle.append(self._start())

    def warm(self, database: Database) -> None:
        """Have a worker get ready for a database in the background, unless all are busy."""
        with self._free:
            self._settle()
            if self._idle_with(database):
                return
            worker = self._take(database)
            if worker is None:
                return
            try:
                worker.open(database)
            except QueryError:
                # It ended just now; the query that needs one will have another.
                worker.kill()
                self._busy.discard(worker)
            else:
                self._put_back(worker)

    def acquire(self, database: Database, seconds: float | None) -> Worker:
        """A worker for oneself, preferably one that has the database open.

        Raises `QueryError` if none is free for so long.
        """
        deadline = time.monotonic() + (self._patience if seconds is None else seconds)
        with self._free:
            while True:
                self._settle()
                worker = self._take(database)
                if worker is not None:
                    return worker
                if not self._free.wait(deadline - time.monotonic()):
                    raise QueryError(
                        f"{self._size} queries are being run or read already, and no more are "
                        "run at once; read those to the end or close them, or ask again later"
                    )

    def release(self, worker: Worker) -> None:
        """Give a worker back, or what is left of it."""
        with self._free:
            self._settle()
            if worker in self._busy:
                self._put_back(worker)

    def close(self) -> None:
        """End all workers; those that are busy are killed."""
        with self._free:
            self._settle()
            for worker in self._idle:
                worker.close()
            for worker in self._busy:
                worker.kill()
            self._idle.clear()
            self._busy.clear()

    def processes(self) -> set[int]:
        """The process ids of the workers there are."""
        with self._free:
            self._settle()
            return {worker.process_id for worker in (*self._idle, *self._busy)}

    def _take(self, database: Database) -> Worker | None:
        worker = self._idle_with(database) or self._idle_with(None)
        if worker is None and len(self._idle) + len(self._busy) < self._size:
            worker = self._start()
        elif worker is None and self._idle:
            worker = self._idle[0]
        if worker is None:
            return None
        if worker in self._idle:
            self._idle.remove(worker)
        self._busy.add(worker)
        return worker

    def _idle_with(self, database: Database | None) -> Worker | None:
        return next((each for each in self._idle if each.database == database), None)

    def _put_back(self, worker: Worker) -> None:
        self._busy.discard(worker)
        if worker.alive:
            self._idle.append(worker)
        else:
            worker.kill()
        self._free.notify()

    def _settle(self) -> None:
        """Bury workers that ended, and forget those of the process that we were forked from."""
        if self._owner != os.getpid():
            for worker in (*self._idle, *self._busy):
                worker.forget()
            self._idle.clear()
            self._busy.clear()
            self._owner = os.getpid()
        for worker in [each for each in self._idle if not each.alive]:
            self._idle.remove(worker)
            worker.kill()


@cache
def shared_pool() -> WorkerPool:
    """The pool of this process, for all graphs that are not given one of their own."""
    pool = WorkerPool()
    atexit.register(pool.close)
    return pool
