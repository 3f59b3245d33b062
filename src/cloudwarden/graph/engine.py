"""DuckDB as we let queries see it: read-only, closed to the outside, bounded, interruptible."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from cloudwarden.core.errors import GraphError, QueryError
from cloudwarden.graph.cypher.emitter.macros import macro_statement, macros_in
from cloudwarden.graph.cypher.errors import CypherError, TimeLimitError

_OURS = re.compile(r"cypher: (.*)")
_SETTINGS = (
    # GLOBAL, or cursors would keep the machine's zone.
    "SET GLOBAL TimeZone = 'UTC'",
    "SET enable_external_access = false",
    "SET allow_community_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
)


class Cursor:
    """Runs one statement at a time. Macros that a statement uses are made before it runs."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._macros: set[str] = set()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Cursor:
        """Run a statement. Raises `duckdb.Error`."""
        for name in macros_in(sql):
            if name not in self._macros:
                self._connection.execute(macro_statement(name))
                self._macros.add(name)
        if parameters:
            self._connection.execute(sql, parameters)
        else:
            self._connection.execute(sql)
        return self

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        """The next rows; none at the end. Raises `duckdb.Error`."""
        return self._connection.fetchmany(size)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows that are left. Raises `duckdb.Error`."""
        return self._connection.fetchall()

    def interrupt(self) -> None:
        """Stop the statement that another thread runs here."""
        self._connection.interrupt()

    def close(self) -> None:
        """Let it go."""
        self._connection.close()


class Engine:
    """A database and cursors of it. Safe to use from several threads."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, memory_limit: str) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._idle: list[Cursor] = []
        self._closed = False
        if not _is_locked(connection):
            for setting in _SETTINGS:
                connection.execute(setting)
            connection.execute("SET memory_limit = ?", [memory_limit])
            connection.execute("SET lock_configuration = true")

    @classmethod
    def open(cls, path: Path, memory_limit: str) -> Engine:
        """A sealed database file. Raises `GraphError` if it cannot be opened."""
        try:
            return cls(duckdb.connect(str(path), read_only=True), memory_limit)
        except duckdb.Error as error:
            raise GraphError(
                f"the graph in {path} cannot be opened: {_first_line(error)}"
            ) from error

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

    def _give_back(self, cursor: Cursor) -> None:
        with self._lock:
            if self._closed:
                cursor.close()
            else:
                self._idle.append(cursor)

    def close(self) -> None:
        """Let the database go. Answers still being read end with an error."""
        with self._lock:
            self._closed = True
            for cursor in self._idle:
                cursor.close()
            self._idle.clear()
            self._connection.close()


def _is_locked(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether we locked this database before: a process opens a file once, whoever else asks."""
    row = connection.execute("SELECT current_setting('lock_configuration')").fetchone()
    return row is not None and bool(row[0])


class Stopwatch:
    """Interrupts a cursor when its time is over."""

    def __init__(self, cursor: Cursor, seconds: float | None) -> None:
        self.expired = False
        self.seconds = seconds
        self._cursor = cursor
        self._timer: threading.Timer | None = None
        if seconds is not None:
            self._timer = threading.Timer(seconds, self._expire)
            self._timer.daemon = True
            self._timer.start()

    def _expire(self) -> None:
        self.expired = True
        self._cursor.interrupt()

    def stop(self) -> None:
        """The work is done."""
        if self._timer is not None:
            self._timer.cancel()


def translated(error: duckdb.Error, watch: Stopwatch) -> QueryError:
    """What to tell the user about a failure while a statement ran."""
    message = _first_line(error)
    ours = _OURS.search(message)
    if ours is not None:
        return CypherError(ours.group(1))
    if watch.expired or isinstance(error, duckdb.InterruptException):
        seconds = "" if watch.seconds is None else f" of {watch.seconds:g} s"
        return TimeLimitError(
            f"the query was stopped at its time limit{seconds}; narrow it, or raise the limit"
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryError("the query needs more memory than its limit; narrow it")
    if "ivision by zero" in message:
        return CypherError("division by zero")
    if isinstance(error, duckdb.OutOfRangeException):
        return CypherError("a number does not fit 64 bits")
    if isinstance(error, duckdb.ConversionException):
        return CypherError(f"a value cannot be converted: {message.split(': ', 1)[-1]}")
    if isinstance(error, duckdb.InvalidInputException | duckdb.DataError):
        return CypherError(f"the query failed on a value: {message.split(': ', 1)[-1]}")
    return CypherError(
        "not supported yet: this combination of clauses",
        hint="please report the query; the engine said: " + message,
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
