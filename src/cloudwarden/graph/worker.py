"""The process that runs queries over a sealed file: `python -m cloudwarden.graph.worker`.

It takes requests (`wire`) on its standard input and answers on its standard output, one query at a
time. It ends when its input does, when its parent is gone, and when it holds more memory than it
may. It has nothing but DuckDB, read-only and closed off, and what searches bring with them.
"""

from __future__ import annotations

import io
import os
import pickle
import resource
import signal
import sys
import threading
import time
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import duckdb
from nanoarrow.array_stream import c_array_stream  # type: ignore[import-untyped]
from nanoarrow.ipc import StreamWriter  # type: ignore[import-untyped]

from cloudwarden.core.errors import GraphError
from cloudwarden.graph.database import Cursor, open_sealed
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

#: What a worker may hold beyond DuckDB's limit: answers on their way, arrays of searches.
BEYOND_DUCKDB = 1 << 30

#: Seconds between looks at time and memory, while a query runs and while none does.
_TICK = 0.05
_IDLE_TICK = 5.0

#: Batches of DuckDB's are this long, but for the last ones.
_FULL = 131_072

_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}


def main() -> None:
    """Serve until the parent is gone."""
    # The terminal's Ctrl-C is for the parent, which ends us as it sees fit.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    guard = Guard(os.getppid())
    guard.start()
    Worker(guard, replies).serve(_incoming(requests))


def _incoming(requests: int) -> SimpleQueue[Request]:
    """Requests as they come in; the process ends with them."""
    queue: SimpleQueue[Request] = SimpleQueue()

    def read() -> None:
        while True:
            start = read_exactly(lambda size: os.read(requests, size), HEADER_BYTES)
            if start is None:
                os._exit(0)
            _, size = read_header(start)
            body = read_exactly(lambda size: os.read(requests, size), size)
            if body is None:
                os._exit(0)
            # From our parent, who could do anything here anyway.
            queue.put(pickle.loads(body))  # noqa: S301

    threading.Thread(target=read, daemon=True).start()
    return queue


class Guard:
    """Watches time, memory and the parent while the rest of the process is in DuckDB."""

    def __init__(self, parent: int) -> None:
        self._parent = parent
        self._limit = sys.maxsize
        self._work = threading.Event()
        self._cursor: Cursor | None = None
        self._deadline: float | None = None

    def start(self) -> None:
        """Begin watching."""
        threading.Thread(target=self._watch, daemon=True).start()

    def allow(self, memory_limit: str) -> None:
        """Hold as much memory as DuckDB may, and some more for us."""
        self._limit = size_in_bytes(memory_limit) + BEYOND_DUCKDB
        # Far above the other limit, since addresses are no memory: for one sudden allocation.
        ceiling = _memory()[0] + 2 * self._limit
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard == resource.RLIM_INFINITY or ceiling < hard:
            resource.setrlimit(resource.RLIMIT_AS, (ceiling, hard))

    def begin(self, cursor: Cursor | None, seconds: float | None) -> None:
        """Work on this cursor starts, which may take so long."""
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._cursor = cursor
        self._work.set()

    def end(self) -> None:
        """It is done."""
        self._work.clear()
        self._cursor = None

    def _watch(self) -> None:
        while True:
            if self._work.wait(_IDLE_TICK):
                time.sleep(_TICK)
            if os.getppid() != self._parent:
                os._exit(0)
            if _memory()[1] > self._limit:
                os._exit(OUT_OF_MEMORY)
            cursor, deadline = self._cursor, self._deadline
            if cursor is not None and deadline is not None and time.monotonic() > deadline:
                cursor.interrupt()


class Worker:
    """Serves one database at a time."""

    def __init__(self, guard: Guard, replies: int) -> None:
        self._guard = guard
        self._replies = replies
        self._database: Database | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._cursor: Cursor | None = None
        self._lookup: Cursor | None = None
        self._stream: Any = None
        self._ahead: Any = None
        #: What searches keep between queries on the same database.
        self._kept: dict[Any, Any] = {}

    def serve(self, requests: SimpleQueue[Request]) -> None:
        """Answer requests, for ever."""
        while True:
            request = requests.get()
            try:
                self._answer(request)
            except GraphError as error:
                if not isinstance(request.what, Open):
                    self._send(Reply.CLOSED, str(error).encode())
            except MemoryError:
                self._send(Reply.FAILED, b"Out of Memory Error: no memory is left")
            except (duckdb.Error, RuntimeError) as error:
                # What DuckDB says while Arrow is read comes as nanoarrow's RuntimeError.
                self._send(Reply.FAILED, str(error).encode(errors="replace"))
            finally:
                self._guard.end()

    def _answer(self, request: Request) -> None:
        match request.what:
            case Open(database=database):
                self._open(database)
            case Run(database=database, sql=sql, searches=searches):
                self._open(database)
                assert self._cursor is not None
                self._guard.begin(self._cursor, request.seconds)
                self._drop()
                for search in searches:
                    search.run(self._cursor.connection, self._kept)
                self._stream = c_array_stream(self._cursor.relation(sql))
                self._send_next()
            case More():
                self._guard.begin(self._cursor, request.seconds)
                self._send_next()
            case LookUp(sql=sql, ids=ids):
                assert self._connection is not None
                self._lookup = self._lookup or Cursor(self._connection.cursor())
                self._guard.begin(self._lookup, request.seconds)
                with c_array_stream(self._lookup.relation(sql, [ids])) as stream:
                    self._send(Reply.LAST, _message(stream))

    def _open(self, database: Database) -> None:
        if database == self._database:
            return
        self._drop()
        self._database = None
        self._kept.clear()
        self._lookup = None
        if self._connection is not None:
            self._connection.close()
        self._connection = open_sealed(database.path, database.memory_limit)
        self._cursor = Cursor(self._connection.cursor())
        self._guard.allow(database.memory_limit)
        self._database = database

    def _send_next(self) -> None:
        batch = self._ahead or self._next()
        self._ahead = None
        if batch is None:
            self._drop()
            self._send(Reply.LAST, b"")
            return
        # After a full batch others are likely, and looking for them may take its time.
        if len(batch) < _FULL:
            self._ahead = self._next()
        ended = len(batch) < _FULL and self._ahead is None
        if ended:
            self._drop()
        self._send(Reply.LAST if ended else Reply.SOME, _message([batch]))

    def _next(self) -> Any:
        try:
            return self._stream.get_next()
        except StopIteration:
            return None

    def _drop(self) -> None:
        """Let the answer before go: DuckDB runs no other beside it."""
        if self._stream is not None:
            self._stream.release()
        self._stream = self._ahead = None

    def _send(self, kind: Reply, body: bytes | memoryview) -> None:
        for part in (header(kind.value, len(body)), body):
            left = memoryview(part)
            while left:
                left = left[os.write(self._replies, left) :]


def _message(batches: Any) -> memoryview:
    """Record batches as an IPC stream."""
    buffer = io.BytesIO()
    with StreamWriter.from_writable(buffer) as writer:
        for batch in batches:
            writer.write_array(batch)
    return buffer.getbuffer()


def size_in_bytes(text: str) -> int:
    """DuckDB's way to write an amount of memory, such as 2GB or 512 MiB."""
    digits = text.rstrip(" abikmgtABIKMGT")
    return int(float(digits) * _UNITS[text[len(digits) :].strip().upper()])


def _memory() -> tuple[int, int]:
    """Bytes of addresses, and of memory held."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()
    except OSError:
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return held, held
    size = resource.getpagesize()
    return int(pages[0]) * size, int(pages[1]) * size


if __name__ == "__main__":
    main()
