"""A graph to ask: a sealed generation, or one made in memory of any records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path as FilePath
from types import TracebackType
from typing import TYPE_CHECKING, Any

from cloudwarden.core.clock import Clock, clock_from_environment
from cloudwarden.core.errors import GraphError
from cloudwarden.graph.answers import Engine
from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.binder import bind
from cloudwarden.graph.cypher.compiler import Compiled, compile_query
from cloudwarden.graph.cypher.names import Vocabulary
from cloudwarden.graph.cypher.parser import parse
from cloudwarden.graph.cypher.restrict import ACCOUNTS, restrict
from cloudwarden.graph.manifest import Manifest
from cloudwarden.graph.pool import WorkerPool, shared_pool
from cloudwarden.graph.remote import RemoteEngine
from cloudwarden.graph.result import Result, Row
from cloudwarden.graph.values import Node, Path, Relationship, to_json
from cloudwarden.graph.wire import Database

if TYPE_CHECKING:
    from cloudwarden.graph.cypher.plan import Plan

__all__ = ["Graph", "Node", "Path", "Prepared", "Relationship", "Result", "Row", "to_json"]

DATABASE = "graph.duckdb"
#: The label of the nodes that own others.
ACCOUNT_LABEL = "AWSAccount"


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


class Graph:
    """Answers Cypher. Safe to use from several threads; `close` it, or let it go.

    Queries on a sealed generation run in worker processes, which are killed at the query's time
    limit and when they hold too much memory; those on a graph in memory run in this process, and
    are interrupted at their time limit.
    """

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

        Queries run in this process: `memory_limit` bounds what DuckDB holds, but a query that
        outwits it takes this process along.
        """
        import duckdb

        from cloudwarden.graph.engine import LocalEngine
        from cloudwarden.graph.records import load_records

        connection = duckdb.connect(":memory:")
        catalog = load_records(connection, nodes, relations)
        return cls(LocalEngine(connection, memory_limit), catalog, clock)

    @classmethod
    def open(
        cls,
        folder: FilePath,
        *,
        clock: Clock | None = None,
        memory_limit: str = "2GB",
        workers: WorkerPool | None = None,
    ) -> Graph:
        """The sealed generation in a folder. Raises `GraphError` if it cannot be read.

        Queries run in `workers`, by default those that all graphs of this process share.
        `memory_limit` (such as `512MB`) is what DuckDB may hold for a query; a worker that holds
        1 GiB more is ended.
        """
        manifest = Manifest.read(folder)
        try:
            database = Database.at(folder / DATABASE, memory_limit)
        except OSError as error:
            raise GraphError(
                f"the graph in {folder} cannot be opened: {error.strerror}; build it again"
            ) from error
        engine = RemoteEngine(database, workers or shared_pool())
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
        compiled = self._compiled(text, parameters, account)
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

    def plan(
        self,
        text: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        account: str | None = None,
    ) -> Plan:
        """What running a query would do, in words and in SQL. Raises as `query` does."""
        from cloudwarden.graph.cypher.plan import describe

        compiled = self._compiled(text, parameters, account)
        return describe(text, compiled, self.catalog, account)

    def _compiled(
        self, text: str, parameters: Mapping[str, Any] | None, account: str | None
    ) -> Compiled:
        values = dict(parameters or {})
        rewrite = None
        if account is not None:
            values[ACCOUNTS] = self._account_ids(account)
            rewrite = partial(restrict, is_account=self._is_account)
        return compile_query(text, self._vocabulary, values, self._clock.now(), rewrite)

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
