"""The database in which a generation is prepared: bounded in memory, spilling to its own folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from cloudwarden.graph.rows import unnested


@dataclass(frozen=True, slots=True)
class Limits:
    """What a build may use. `memory` is DuckDB's share in bytes; `threads` None is one a core."""

    memory: int = 768 << 20
    threads: int | None = None

    def config(self, spill: Path) -> dict[str, str | bool | int | float | list[str]]:
        """DuckDB's settings for a connection that spills into the folder `spill`."""
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{self.memory}B",
            "temp_directory": str(spill),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        if self.threads is not None:
            config["threads"] = str(self.threads)
        return config


class Work:
    """A connection to a fresh DuckDB file in `folder`; close it before removing the folder.

    Errors are DuckDB's own (`duckdb.Error`).
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._connection = duckdb.connect(
            str(folder / "work.duckdb"), config=limits.config(folder / "spill")
        )

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Carry out one statement."""
        self._connection.execute(sql, list(parameters))

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query whose answer is small."""
        return self._connection.execute(sql, list(parameters)).fetchall()

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first column of the first row."""
        return self.rows(sql, parameters)[0][0]

    def insert(
        self, table: str, columns: Mapping[str, str], values: Sequence[Sequence[Any]]
    ) -> None:
        """Append rows. `columns` are all the table's, with their types; a list of values each."""
        self.run(f"INSERT INTO {table} SELECT {unnested(columns)}", values)

    def table(self, name: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
        """Create a small table; `columns` as in `CREATE TABLE`."""
        self.run(f"CREATE TABLE {name} ({columns})")
        if rows:
            self._connection.executemany(
                f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})",
                [list(row) for row in rows],
            )

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
