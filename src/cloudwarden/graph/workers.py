"""Worker processes from the side of whoever asks: started, asked, ended, replaced."""

from __future__ import annotations

import fcntl
import os
import pickle
import select
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

from cloudwarden.core.errors import GraphError, QueryError
from cloudwarden.graph.failures import out_of_memory, out_of_time
from cloudwarden.graph.wire import (
    HEADER_BYTES,
    OUT_OF_MEMORY,
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
