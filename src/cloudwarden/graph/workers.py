"""Worker processes from the side of whoever asks: started, asked, ended, replaced."""

from __future__ import annotations

import atexit
import fcntl
import os
import pickle
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from typing import IO

from cloudwarden.core.errors import GraphError, QueryError
from cloudwarden.graph.failures import out_of_memory, out_of_time
from cloudwarden.graph.wire import (
    HEADER_BYTES,
    Database,
    LookUp,
    More,
    Open,
    Reply,
    Request,
    Run,
    header,
    read_exactly,
    read_header,
)

#: The status of a worker that held more memory than it may (`worker` imports DuckDB, we do not).
OUT_OF_MEMORY = 86

_START = "from cloudwarden.graph.worker import main; main()"
#: What of our environment a worker gets: nothing that is secret.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_KILLED = -9


class Worker:
    """One process. Used by one answer at a time. Raises `GraphError` if it cannot be started."""

    def __init__(self) -> None:
        with ExitStack() as undo:
            self._errors: IO[bytes] = undo.enter_context(tempfile.TemporaryFile())
            try:
                self._process = subprocess.Popen(  # noqa: S603
                    # Without `site`, whose work is done: a worker finds modules where we do.
                    [sys.executable, "-S", "-P", "-c", _START],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=self._errors,
                    bufsize=0,
                    env=_environment(),
                    # Not of the terminal's group, whose Ctrl-C is for us.
                    start_new_session=True,
                )
            except OSError as error:
                raise GraphError(
                    f"no process to run queries in can be started: {error.strerror}"
                ) from error
            undo.pop_all()
        _widen(self._process.stdout)
        #: The database that it was last asked to open.
        self.database: Database | None = None

    def open(self, database: Database) -> None:
        """Have a database opened, while we do something else."""
        self._send(Request(Open(database)), None)
        self.database = database

    def ask(
        self, what: Run | More | LookUp, seconds: float | None, grace: float
    ) -> tuple[Reply, bytearray]:
        """The reply to a request. The worker is ended wherever it gives none in time.

        Raises `QueryError` if the query failed, ran out of time or memory, or the worker ended.
        `seconds` is what is left of the query's time, `grace` how long to wait after that.
        """
        if isinstance(what, Run):
            self.database = what.database
        deadline = None if seconds is None else time.monotonic() + seconds + grace
        answered = False
        try:
            self._send(Request(what, seconds), deadline)
            kind, size = read_header(self._receive(HEADER_BYTES, deadline))
            body = self._receive(size, deadline)
            answered = True
        finally:
            # Whatever went wrong (Ctrl-C too), nobody knows what it would say next.
            if not answered:
                self.kill()
        return Reply(kind), body

    @property
    def process_id(self) -> int:
        """What the system knows it by."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def close(self) -> None:
        """Let it end by itself; it is idle."""
        self._close_pipes()
        try:
            self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it now."""
        self._process.kill()
        self._process.wait()
        self._close_pipes()

    def forget(self) -> None:
        """Let go of a process that is not our child: we are a fork of its parent."""
        self._close_pipes()
        # Its exit status is for our parent to ask for.
        self._process.returncode = 0

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            assert pipe is not None
            pipe.close()

    def _send(self, request: Request, deadline: float | None) -> None:
        assert self._process.stdin is not None
        body = pickle.dumps(request, pickle.HIGHEST_PROTOCOL)
        descriptor = self._process.stdin.fileno()
        for part in (header(b"?", len(body)), body):
            left = memoryview(part)
            while left:
                self._wait_for(descriptor, deadline, to_write=True)
                try:
                    left = left[os.write(descriptor, left[: select.PIPE_BUF]) :]
                except BrokenPipeError:
                    raise self._ended() from None

    def _receive(self, size: int, deadline: float | None) -> bytearray:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()

        def read(count: int) -> bytes:
            self._wait_for(descriptor, deadline)
            return os.read(descriptor, count)

        found = read_exactly(read, size)
        if found is None:
            raise self._ended()
        return found

    def _wait_for(self, descriptor: int, deadline: float | None, *, to_write: bool = False) -> None:
        if deadline is None:
            return
        poll = select.poll()
        poll.register(descriptor, select.POLLOUT if to_write else select.POLLIN)
        if not poll.poll(max(deadline - time.monotonic(), 0) * 1000):
            raise out_of_time(None)

    def _ended(self) -> QueryError:
        """Why the process is gone."""
        try:
            status = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        if status == OUT_OF_MEMORY:
            return out_of_memory()
        if status == _KILLED:
            return QueryError(
                "the process that ran the query was killed, as systems do that run out of memory; "
                "narrow the query, or ask again"
            )
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        said = f": {lines[-1]}" if lines else ""
        return QueryError(
            f"the process that ran the query ended unexpectedly (status {status}){said}; "
            "ask again, and please report the query if it happens again"
        )


def _widen(pipe: IO[bytes] | None) -> None:
    """Have a pipe hold more at once, where the system can: rows then come in fewer turns."""
    if pipe is None or not hasattr(fcntl, "F_SETPIPE_SZ"):
        return
    with suppress(OSError):
        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, 1 << 20)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}


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
