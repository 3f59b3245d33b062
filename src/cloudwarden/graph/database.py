"""DuckDB as we let queries see it: closed to the outside, bounded, one SELECT at a time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from cloudwarden.core.errors import GraphError
from cloudwarden.graph.cypher.emitter.macros import macro_statement, macros_in

_SETTINGS = (
    # GLOBAL, or cursors would keep the machine's zone.
    "SET GLOBAL TimeZone = 'UTC'",
    # DuckDB 2.0 packs VARIANTs in sorts, joins and groups by statistics that it gets wrong after
    # coalesce() or UNION: 2.5 comes out as 2, true and 1 as one value.
    "SET GLOBAL disabled_optimizers = 'compressed_materialization'",
    # Spilling would write beside the sealed file, and around the limit of memory.
    "SET temp_directory = ''",
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET allow_community_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
)


def open_sealed(path: Path, memory_limit: str) -> duckdb.DuckDBPyConnection:
    """A sealed database file, to read only. Raises `GraphError` if it cannot be opened."""
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise GraphError(f"the graph in {path} cannot be opened: {reason}") from error
    close_off(connection, memory_limit)
    return connection


def close_off(connection: duckdb.DuckDBPyConnection, memory_limit: str) -> None:
    """Bound a database and close it to the outside, for good."""
    row = connection.execute("SELECT current_setting('lock_configuration')").fetchone()
    if row is not None and row[0]:
        # A process opens a file once, whoever else asks: this one was closed off before.
        return
    for setting in _SETTINGS:
        connection.execute(setting)
    connection.execute("SET memory_limit = ?", [memory_limit])
    connection.execute("SET lock_configuration = true")


class Cursor:
    """Runs one SELECT at a time; the macros that it uses are made before."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._macros: set[str] = set()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Cursor:
        """Run a statement. Raises `duckdb.Error`, also if it is not one SELECT."""
        statement = self._prepared(sql)
        if parameters:
            self.connection.execute(statement, parameters)
        else:
            self.connection.execute(statement)
        return self

    def relation(self, sql: str, parameters: Sequence[Any] = ()) -> duckdb.DuckDBPyRelation:
        """What a statement would return, to be had as an Arrow stream. Raises as `execute`."""
        # One result at a time: the rest of the one before is not wanted any more.
        self.connection.abort()
        statement = self._prepared(sql)
        if parameters:
            return self.connection.sql(statement, params=parameters)
        return self.connection.sql(statement)

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        """The next rows; none at the end. Raises `duckdb.Error`."""
        return self.connection.fetchmany(size)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows that are left. Raises `duckdb.Error`."""
        return self.connection.fetchall()

    def interrupt(self) -> None:
        """Stop the statement that another thread runs here."""
        self.connection.interrupt()

    def close(self) -> None:
        """Let it go."""
        self.connection.close()

    def _prepared(self, sql: str) -> duckdb.Statement:
        statements = self.connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise duckdb.ProgrammingError(f"this is not one SELECT: {sql:.200}")
        for name in macros_in(sql):
            if name not in self._macros:
                self.connection.execute(macro_statement(name))
                self._macros.add(name)
        return statements[0]
