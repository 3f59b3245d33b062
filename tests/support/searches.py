"""Searches that workers run in tests; a worker imports this module, so it imports nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Hog:
    """Holds more memory than it may."""

    size: int

    def run(self, connection: Any, kept: dict[Any, Any]) -> None:
        kept[self] = [bytearray(b"x") * (1 << 20) for _ in range(self.size >> 20)]


@dataclass(frozen=True)
class Counter:
    """Leaves a table that says how often a search ran in this worker on this database."""

    def run(self, connection: Any, kept: dict[Any, Any]) -> None:
        kept["runs"] = kept.get("runs", 0) + 1
        connection.execute(f"CREATE OR REPLACE TEMP TABLE runs AS SELECT {kept['runs']} AS n")


@dataclass(frozen=True)
class Loop:
    """Never ends, and DuckDB is not what it waits for."""

    def run(self, connection: Any, kept: dict[Any, Any]) -> None:
        while True:
            pass
