"""A graph to ask: a sealed generation, or one made in memory of any records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path as FilePath
from types import TracebackType
from typing import Any

import duckdb

from cloudwarden.core.clock import Clock, clock_from_environment
from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.binder import bind
from cloudwarden.graph.cypher.compiler import Compiled, compile_query
from cloudwarden.graph.cypher.names import Vocabulary
from cloudwarden.graph.cypher.parser import parse
from cloudwarden.graph.cypher.restrict import ACCOUNTS, restrict
from cloudwarden.graph.engine import Cursor, Engine, Stopwatch, translated
from cloudwarden.graph.hydration import Hydrator
from cloudwarden.graph.manifest import Manifest
from cloudwarden.graph.records import load_records
from cloudwarden.graph.values import Node, Path, Relationship, to_json

__all__ = ["Graph", "Node", "Path", "Prepared", "Relationship", "Result", "Row", "to_json"]

DATABASE = "graph.duckdb"
#: The label of the nodes that own others.
ACCOUNT_LABEL = "AWSAccount"
_BATCH = 2_000


class Row(dict[str, Any]):
    """A row: values by column name, and by place."""

    __slots__ = ()

    def __getitem__(self, key: str | int) -> Any:
        """The value of a column, by its name or its place."""
        if isinstance(key, int):
            return list(self.values())[key]
        return super().__getitem__(key)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a query would return and read, without running it.

    `reads` are (label, property) pairs for every property that is read; (label, "*") stands for
    all properties of a label, those included that no node has. `labels` are the concrete labels
    that patterns match, and names of the schema that nothing here has; `relation_types` the types
    gone along.
    """

    columns: tuple[str, ...]
    notices: tuple[str, ...]
    reads: frozenset[tuple[str, str]]
    labels: frozenset[str]
    relation_types: frozenset[str]


class Result:
    """Rows of an answer, read as they are iterated over, once.

    `truncated` says, once iteration has ended, that there were more rows than asked for. Raises
    `QueryError` while iterating if the query fails or runs out of time.
    """

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        compiled: Compiled,
        timeout: float | None,
        max_rows: int | None,
    ) -> None:
        self.columns = compiled.binding.columns
        self.notices = compiled.binding.notices
        self.truncated = False
        self._max_rows = max_rows
        self._stack = ExitStack()
        self._engine = engine
        self._hydrator = Hydrator(catalog, compiled.types, self._second)
        self._lookup: Cursor | None = None
        self._cursor = self._stack.enter_context(engine.cursor())
        self._watch = Stopwatch(self._cursor, timeout)
        self._stack.callback(self._watch.stop)
        try:
            self._cursor.execute(_limited(compiled.sql, max_rows))
        except duckdb.Error as error:
            self.close()
            raise translated(error, self._watch) from error
        self._rows = self._read()

    def __iter__(self) -> Iterator[Row]:
        return self._rows

    def __enter__(self) -> Result:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def rows(self) -> list[Row]:
        """All rows that are left."""
        return list(self)

    def close(self) -> None:
        """Leave the rest unread."""
        self._stack.close()

    def _read(self) -> Iterator[Row]:
        left = self._max_rows
        columns = self.columns
        try:
            while True:
                size = _BATCH if left is None else min(_BATCH, left + 1)
                batch = self._cursor.fetchmany(size)
                if not batch:
                    return
                if left is not None and len(batch) > left:
                    self.truncated = True
                    batch = batch[:left]
                for values in self._hydrator.rows(batch):
                    yield Row(zip(columns, values))  # noqa: B905
                if self.truncated:
                    return
                left = None if left is None else left - len(batch)
        except duckdb.Error as error:
            raise translated(error, self._watch) from error
        finally:
            self.close()

    def _second(self) -> Cursor:
        if self._lookup is None:
            self._lookup = self._stack.enter_context(self._engine.cursor())
        return self._lookup


def _limited(sql: str, max_rows: int | None) -> str:
    # One more than wanted tells whether there were more; knowing the bound, DuckDB sorts less.
    return sql if max_rows is None else f"SELECT * FROM ({sql}) limited LIMIT {max_rows + 1}"


class Graph:
    """Answers Cypher. Safe to use from several threads; `close` it, or let it go."""

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        clock: Clock | None = None,
        manifest: Manifest | None = None,
    ) -> None:
        self.catalog = catalog
        #: What a sealed generation says of itself; None for a graph in memory.
        self.manifest = manifest
        self._engine = engine
        self._vocabulary = Vocabulary(catalog)
        self._clock = clock or clock_from_environment()

    @classmethod
    def from_records(
        cls,
        nodes: Iterable[Mapping[str, Any]],
        relations: Iterable[Mapping[str, Any]] = (),
        *,
        clock: Clock | None = None,
        memory_limit: str = "2GB",
    ) -> Graph:
        """A graph in memory.

        A node is `{"id": any hashable, "labels": [...], "properties": {...}}`, a relation
        `{"type", "source", "target", "properties"}` between ids of nodes. Labels and properties
        may be any; a property's values may be of several types. Raises `GraphError` for a record
        that is malformed or points nowhere.
        """
        connection = duckdb.connect(":memory:")
        catalog = load_records(connection, nodes, relations)
        return cls(Engine(connection, memory_limit), catalog, clock)

    @classmethod
    def open(
        cls, folder: FilePath, *, clock: Clock | None = None, memory_limit: str = "2GB"
    ) -> Graph:
        """The sealed generation in a folder. Raises `GraphError` if it cannot be read."""
        manifest = Manifest.read(folder)
        engine = Engine.open(folder / DATABASE, memory_limit)
        return cls(engine, manifest.catalog, clock, manifest)

    def query(
        self,
        text: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
        max_rows: int | None = None,
        account: str | None = None,
    ) -> Result:
        """Run a query.

        `timeout` is in seconds, over running and reading together. `account`, an id or a name,
        narrows the answer to that account as `cypher.restrict` says; one that is unknown has no
        rows. Raises `CypherError` with the place of what is wrong in the text, and `QueryError`
        for what goes wrong while it runs.
        """
        values = dict(parameters or {})
        rewrite = None
        if account is not None:
            values[ACCOUNTS] = self._account_ids(account)
            rewrite = partial(restrict, is_account=self._is_account)
        compiled = compile_query(text, self._vocabulary, values, self._clock.now(), rewrite)
        return Result(self._engine, self.catalog, compiled, timeout, max_rows)

    def prepare(self, text: str) -> Prepared:
        """What a query would return and read, whatever its parameters. Raises `CypherError`."""
        binding = bind(text, parse(text), self._vocabulary, None, self._clock.now())
        return Prepared(
            columns=binding.columns,
            notices=binding.notices,
            reads=binding.reads,
            labels=binding.labels,
            relation_types=binding.relation_types,
        )

    def explain(self, text: str, parameters: Mapping[str, Any] | None = None) -> str:
        """The SQL that a query is compiled to. Raises `CypherError`."""
        return compile_query(text, self._vocabulary, parameters or {}, self._clock.now()).sql

    def _account_ids(self, account: str) -> list[str]:
        text = (
            f"MATCH (a:{ACCOUNT_LABEL}) WHERE a.id = $account OR a.name = $account "
            "RETURN a.id AS id"
        )
        return [row["id"] for row in self.query(text, {"account": account})]

    def _is_account(self, name: str) -> bool:
        tables = self.catalog.names.get(ACCOUNT_LABEL)
        return name == ACCOUNT_LABEL or (
            tables is not None and self.catalog.names.get(name) == tables
        )

    def close(self) -> None:
        """Let the database go."""
        self._engine.close()

    def __enter__(self) -> Graph:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
