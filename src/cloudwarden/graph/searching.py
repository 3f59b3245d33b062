"""Does searches: from tables to arrays and back to tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from cloudwarden.graph.adjacency import Adjacency, Numbers
from cloudwarden.graph.catalog import ROW_BITS
from cloudwarden.graph.cypher.emitter.macros import macro_statement, macros_in
from cloudwarden.graph.frontier import Explorer, Paths
from cloudwarden.graph.search import Search

_KEY = "adjacency"
_LEFT = "left"


def search(wanted: Search, connection: duckdb.DuckDBPyConnection, kept: dict[Any, Any]) -> None:
    """Leave the tables that the search promises. Raises `duckdb.Error`."""
    adjacency = kept.get(_KEY)
    if adjacency is None:
        adjacency = kept[_KEY] = _adjacency(connection, wanted)
    if wanted.first:
        for name in kept.pop((_LEFT, id(connection)), ()):
            connection.unregister(name)
    left = kept.setdefault((_LEFT, id(connection)), [])
    for name, table in _Searcher(wanted, connection, adjacency).found():
        connection.register(name, table)
        left.append(name)


def _adjacency(connection: duckdb.DuckDBPyConnection, wanted: Search) -> Adjacency:
    row = connection.execute(
        "SELECT path FROM duckdb_databases() WHERE database_name = current_database()"
    ).fetchone()
    sealed = Adjacency.read(Path(row[0]).parent) if row is not None and row[0] else None
    return sealed or Adjacency.of(connection, wanted.relations)


class _Searcher:
    def __init__(
        self, wanted: Search, connection: duckdb.DuckDBPyConnection, adjacency: Adjacency
    ) -> None:
        self._search = wanted
        self._connection = connection
        self._adjacency = adjacency
        self._explorer = Explorer(adjacency, wanted.direction, wanted.types)

    def found(self) -> Iterator[tuple[str, dict[str, Numbers]]]:
        """The tables that the search leaves."""
        return self._reached() if self._search.kind == "reached" else self._paths()

    def _work(self) -> Iterator[tuple[Numbers, Numbers | None]]:
        """Starts, each or all at once, with the ends that are wanted."""
        numbers = self._adjacency.numbers
        if self._search.pairs:
            found = _columns(self._connection, self._search.starts)
            starts, ends = numbers(found["a"]), numbers(found["b"])
            order = np.lexsort((ends, starts))
            starts, ends = starts[order], ends[order]
            for part in np.split(np.arange(len(starts)), np.flatnonzero(np.diff(starts)) + 1):
                if len(part):
                    yield starts[part[:1]], ends[part]
            return
        starts = np.unique(numbers(_columns(self._connection, self._search.starts)["_id"]))
        wanted = None
        if self._search.ends is not None:
            wanted = np.unique(numbers(_columns(self._connection, self._search.ends)["_id"]))
        if self._search.spread:
            yield starts, wanted
            return
        for start in starts:
            yield np.array([start]), wanted

    def _reached(self) -> Iterator[tuple[str, dict[str, Numbers]]]:
        ids = self._adjacency.ids
        columns: dict[str, list[Numbers]] = {"s": [], "d": []}
        for starts, wanted in self._work():
            reached = self._explorer.reached(starts, self._search.high, zero=self._search.low == 0)
            if wanted is not None:
                reached = reached[np.isin(reached, wanted)]
            ends = self._allowed(ids(reached))
            columns["d"].append(ends)
            if not self._search.spread:
                columns["s"].append(np.repeat(ids(starts), len(ends)))
        if self._search.spread:
            del columns["s"]
        yield self._search.name, _joined(columns)

    def _paths(self) -> Iterator[tuple[str, dict[str, Numbers]]]:
        paths: dict[str, list[Numbers]] = {"s": [], "d": [], "p": []}
        steps: dict[str, list[Numbers]] = {"p": [], "i": [], "r": [], "n": []}
        count = 0
        for (start,), wanted in self._work():
            for found in self._explorer.shortest(
                int(start),
                self._within(wanted),
                self._search.high,
                zero=self._search.low == 0,
                closed=self._search.closed,
                every=self._search.kind == "all",
            ):
                count = self._add(found, count, paths, steps)
        yield self._search.name, _joined(paths)
        yield f"{self._search.name}_steps", _joined(steps)

    def _add(
        self,
        found: Paths,
        count: int,
        paths: dict[str, list[Numbers]],
        steps: dict[str, list[Numbers]],
    ) -> int:
        ids, nodes, edges = self._adjacency.ids, found.nodes, found.edges
        number = np.arange(count, count + len(nodes))
        paths["s"].append(ids(nodes[:, 0]))
        paths["d"].append(ids(nodes[:, -1]))
        paths["p"].append(number)
        if self._search.backwards:
            nodes, edges = nodes[:, ::-1], edges[:, ::-1]
        length = edges.shape[1]
        steps["p"].append(np.repeat(number, length))
        steps["i"].append(np.tile(np.arange(length), len(number)))
        steps["r"].append(self._adjacency.relations[edges.ravel()])
        steps["n"].append(ids(nodes[:, 1:].ravel()))
        return count + len(number)

    def _within(self, wanted: Numbers | None) -> Numbers | None:
        """The wanted ends, or all in the tables where walks may end."""
        if wanted is not None or self._search.ends_in is None:
            return wanted
        bounds = np.append(self._adjacency.tables, self._adjacency.nodes)
        tables = self._search.ends_in
        parts = [
            np.arange(bounds[number], bounds[number + 1])
            for number in tables
            if number + 1 < len(bounds)
        ]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)

    def _allowed(self, ids: Numbers) -> Numbers:
        tables = self._search.ends_in
        return ids if tables is None else ids[np.isin(ids >> ROW_BITS, tables)]


def _columns(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Numbers]:
    """What a statement returns, without the rows in which something is null."""
    for name in macros_in(sql):
        connection.execute(macro_statement(name))
    found = connection.execute(sql).fetchnumpy()
    there = np.ones(len(next(iter(found.values()))), dtype=np.bool_)
    for column in found.values():
        there &= ~np.ma.getmaskarray(column)
    return {name: np.ma.getdata(column)[there].astype(np.int64) for name, column in found.items()}


def _joined(columns: dict[str, list[Numbers]]) -> dict[str, Numbers]:
    nothing = np.zeros(0, dtype=np.int64)
    return {column: np.concatenate([nothing, *parts]) for column, parts in columns.items()}
