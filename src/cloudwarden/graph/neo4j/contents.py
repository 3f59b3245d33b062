"""A sealed generation's nodes and relations in order of key, a few at a time.

A key is made of what identifies: a node's label and id, a relation's type and ends. Its changing
part is hexadecimal, so that every database puts keys in the same order.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

import duckdb

from cloudwarden.core.errors import GraphError
from cloudwarden.core.json import content_hash
from cloudwarden.graph.build.work import literal
from cloudwarden.graph.catalog import Catalog, Column, NodeTable, RelationTable
from cloudwarden.graph.cypher.emitter.sql import identifier
from cloudwarden.graph.generation import Generation
from cloudwarden.graph.graph import DATABASE
from cloudwarden.graph.manifest import MANIFEST
from cloudwarden.graph.neo4j.names import HASH, KEY, LABELS, labels_of, main_label
from cloudwarden.graph.sealing import hold

_FETCH = 1_000
#: Hexadecimal digits of a key: 160 bits, which nobody makes collide by choosing names.
_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Item:
    """A node or relation to be there; a relation also has the keys of its ends."""

    key: str
    hash: str
    properties: Mapping[str, Any]
    source: str = ""
    target: str = ""


class Contents:
    """Reads one generation, holding it so that no build takes it away. Close it."""

    def __init__(self, generation: Generation, memory: str = "512MB") -> None:
        """Raises `GraphError` if the generation is gone or damaged."""
        self.catalog: Catalog = generation.manifest.catalog
        self._opened = ExitStack()
        with ExitStack() as undo:
            undo.enter_context(self._opened)
            self._connection = self._connect(generation, memory)
            undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the generation go."""
        self._opened.close()

    def nodes(self, label: str, after: str) -> Iterator[Item]:
        """The nodes of a main label whose keys come after `after`, in order."""
        for table in self._tables(label):
            labels = labels_of(table, self.catalog)
            columns = list(table.columns.values())
            for key, *values in self._rows(self._node_rows(table, columns), after):
                properties = _properties(columns, values)
                digest = content_hash([labels, properties])
                ours = {KEY: key, HASH: digest, LABELS: list(labels)}
                yield Item(key, digest, {**properties, **ours})

    def node_keys(self, label: str, after: str) -> Iterator[Item]:
        """As `nodes`, but nothing more than their keys."""
        for table in self._tables(label):
            for (key,) in self._rows(self._node_rows(table, []), after):
                yield Item(key, "", {})

    def relations(self, type_: str, after: str) -> Iterator[Item]:
        """The relations of a type whose keys come after `after`, in order."""
        table = self.catalog.relations.get(type_)
        if table is None:
            return
        columns = list(table.columns.values())
        for key, source, target, *values in self._rows(self._edge_rows(table, columns), after):
            properties = _properties(columns, values)
            digest = content_hash(properties)
            yield Item(key, digest, {**properties, KEY: key, HASH: digest}, source, target)

    def relation_keys(self, type_: str, after: str) -> Iterator[Item]:
        """As `relations`, but nothing more than their keys."""
        table = self.catalog.relations.get(type_)
        if table is not None:
            for key, *_ in self._rows(self._edge_rows(table, []), after):
                yield Item(key, "", {})

    def _tables(self, label: str) -> list[NodeTable]:
        return [table for table in self.catalog.nodes.values() if main_label(table) == label]

    def _connect(self, generation: Generation, memory: str) -> duckdb.DuckDBPyConnection:
        try:
            self._opened.callback(os.close, hold(generation.folder / MANIFEST))
        except OSError as error:
            raise GraphError(f"the graph {generation.name} is gone; build it again") from error
        generation.manifest.check(generation.folder, contents=False)
        spill = self._opened.enter_context(TemporaryDirectory(prefix="cloudwarden-publish-"))
        config: dict[str, Any] = {"memory_limit": memory, "temp_directory": spill}
        connection = duckdb.connect(":memory:", config=config)
        self._opened.callback(connection.close)
        try:
            self._prepare(connection, generation.folder / DATABASE)
        except duckdb.Error as error:
            raise _unreadable(error) from error
        return connection

    def _prepare(self, connection: duckdb.DuckDBPyConnection, file: Path) -> None:
        connection.execute(f"ATTACH {literal(str(file))} AS graph (READ_ONLY)")
        connection.execute("CREATE TABLE prefix (number INTEGER, prefix VARCHAR)")
        for table in self.catalog.nodes.values():
            row = [table.number, f"{main_label(table)}/"]
            connection.execute("INSERT INTO prefix VALUES (?, ?)", row)
        connection.execute(
            f"""CREATE TABLE node_key AS
            SELECT n._id, p.prefix || {_digest("n.id")} AS key
            FROM graph._nodes n JOIN prefix p ON p.number = n._table"""
        )

    def _node_rows(self, table: NodeTable, columns: Sequence[Column]) -> str:
        return f"""SELECT {literal(f"{main_label(table)}/")} || {_digest("t.id")} AS key
            {_selected(columns)} FROM graph.{identifier(table.sql)} t"""

    def _edge_rows(self, table: RelationTable, columns: Sequence[Column]) -> str:
        identity = f"s.key || {literal(f' {table.type} ')} || d.key"
        return f"""SELECT {_digest(identity)} AS key, s.key AS source, d.key AS target
            {_selected(columns)} FROM graph.{identifier(table.sql)} t
            JOIN node_key s ON s._id = t._src JOIN node_key d ON d._id = t._dst"""

    def _rows(self, sql: str, after: str) -> Iterator[tuple[Any, ...]]:
        try:
            cursor = self._connection.cursor()
            cursor.execute(f"SELECT * FROM ({sql}) WHERE key > ? ORDER BY key", [after])
            while rows := cursor.fetchmany(_FETCH):
                yield from rows
        except duckdb.Error as error:
            raise _unreadable(error) from error


def _digest(sql: str) -> str:
    return f"substr(sha256({sql}), 1, {_DIGITS})"


def _selected(columns: Sequence[Column]) -> str:
    # Under names of our own: a property may be called like a key.
    return "".join(f", t.{identifier(c.sql)} AS p{n}" for n, c in enumerate(columns))


def _properties(columns: Sequence[Column], values: Sequence[Any]) -> dict[str, Any]:
    pairs = zip(columns, values, strict=True)
    return {c.property: _stored(value) for c, value in pairs if value is not None}


def _stored(value: Any) -> Any:
    # Neo4j stores no list that has null in it.
    return [item for item in value if item is not None] if isinstance(value, list) else value


def _unreadable(error: duckdb.Error) -> GraphError:
    reason = str(error).strip().split("\n", 1)[0]
    return GraphError(f"the graph could not be read for publishing: {reason}")
