"""Runs compiled queries in this process, over a database in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import duckdb

from cloudwarden.core.errors import GraphError, QueryError
from cloudwarden.graph.answers import Rows, limited
from cloudwarden.graph.database import Cursor, close_off
from cloudwarden.graph.failures import translated

if TYPE_CHECKING:
    from cloudwarden.graph.cypher.compiler import Compiled


class LocalEngine:
    """A database of this process and cursors of it; a query is interrupted at its time limit."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, memory_limit: str) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._idle: list[Cursor] = []
        self._closed = False
        #: What searches keep between queries.
        self._kept: dict[Any, Any] = {}
        close_off(connection, memory_limit)

    def answer(
        self,
        compiled: Compiled,
        *,
        timeout: float | None,
        max_rows: int | None,
        entities: bool = True,  # noqa: ARG002 - of no use here
    ) -> LocalAnswer:
        """As the protocol says."""
        return LocalAnswer(self, compiled, limited(compiled.sql, max_rows), timeout)

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        """A cursor of our own for a while."""
        with self._lock:
            if self._closed:
                raise GraphError("the graph was closed")
            cursor = self._idle.pop() if self._idle else None
        if cursor is None:
            cursor = Cursor(self._connection.cursor())
        try:
            yield cursor
        finally:
            self._give_back(cursor)

    def prepare(self, cursor: Cursor, compiled: Compiled) -> None:
        """Run the searches that the statement reads the results of."""
        for search in compiled.searches:
            search.run(cursor.connection, self._kept)

    def _give_back(self, cursor: Cursor) -> None:
        with self._lock:
            if self._closed:
                cursor.close()
            else:
                self._idle.append(cursor)

    def close(self) -> None:
        """As the protocol says."""
        with self._lock:
            self._closed = True
            for cursor in self._idle:
                cursor.close()
            self._idle.clear()
            self._connection.close()


class LocalAnswer:
    """An answer read from a cursor."""

    def __init__(
        self, engine: LocalEngine, compiled: Compiled, sql: str, timeout: float | None
    ) -> None:
        self._engine = engine
        self._sql = sql
        self._stack = ExitStack()
        self._lookup: Cursor | None = None
        self._cursor = self._stack.enter_context(engine.cursor())
        self._watch = Stopwatch(self._cursor, timeout)
        self._stack.callback(self._watch.stop)
        with self._failing():
            engine.prepare(self._cursor, compiled)
            self._cursor.execute(sql)

    def rows(self, count: int) -> Rows:
        """As the protocol says."""
        with self._failing():
            return self._cursor.fetchmany(count)

    def batches(self) -> Iterator[Any]:
        """As the protocol says; the statement is run once more to give them."""
        from nanoarrow.array_stream import c_array_stream  # type: ignore[import-untyped]

        # What DuckDB says while Arrow is read comes as nanoarrow's RuntimeError.
        with (
            self._failing(RuntimeError),
            c_array_stream(self._cursor.relation(self._sql)) as stream,
        ):
            yield from stream

    def look_up(self, sql: str, ids: list[int]) -> Rows:
        """As the protocol says."""
        if self._lookup is None:
            self._lookup = self._stack.enter_context(self._engine.cursor())
        with self._failing():
            return self._lookup.execute(sql, [ids]).fetchall()

    def close(self) -> None:
        """As the protocol says."""
        self._stack.close()

    @contextmanager
    def _failing(self, *others: type[Exception]) -> Iterator[None]:
        kinds: tuple[type[Exception], ...] = (duckdb.Error, MemoryError, *others)
        try:
            yield
        except kinds as error:
            self.close()
            raise self._watch.explained(error) from error


class Stopwatch:
    """Interrupts a cursor when its time is over."""

    def __init__(self, cursor: Cursor, seconds: float | None) -> None:
        self._expired = False
        self._seconds = seconds
        self._cursor = cursor
        self._timer: threading.Timer | None = None
        if seconds is not None:
            self._timer = threading.Timer(seconds, self._expire)
            self._timer.daemon = True
            self._timer.start()

    def explained(self, error: Exception) -> QueryError:
        """The error for the user."""
        message = "Out of Memory Error: " if isinstance(error, MemoryError) else str(error)
        return translated(message, expired=self._expired, seconds=self._seconds)

    def _expire(self) -> None:
        self._expired = True
        self._cursor.interrupt()

    def stop(self) -> None:
        """The work is done."""
        if self._timer is not None:
            self._timer.cancel()
