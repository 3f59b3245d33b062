"""Writes a generation's edges as arrays, so that searches need not make them when asked."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from cloudwarden.graph.adjacency import Adjacency
from cloudwarden.graph.build.database import DATABASE
from cloudwarden.graph.build.work import Limits
from cloudwarden.graph.catalog import Catalog


def write_adjacency(folder: Path, catalog: Catalog, limits: Limits) -> None:
    """Make `folder/adjacency` from `folder/graph.duckdb`. Raises `duckdb.Error` and `OSError`."""
    spill = folder / ".spill"
    with duckdb.connect(
        str(folder / DATABASE), read_only=True, config=limits.config(spill)
    ) as connection:
        names = [table.sql for table in catalog.relations.values()]
        Adjacency.of(connection, names).write(folder)
    shutil.rmtree(spill, ignore_errors=True)
