"""Makes a generation's DuckDB file from its Parquet files, and checks it against its catalog."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from cloudwarden.core.errors import GraphError
from cloudwarden.graph.build.naming import file_name
from cloudwarden.graph.build.work import Limits, literal, quoted
from cloudwarden.graph.catalog import ROW_BITS, Catalog, NodeTable, RelationTable

DATABASE = "graph.duckdb"


def write_database(folder: Path, catalog: Catalog, limits: Limits) -> None:
    """Make `folder/graph.duckdb` from the files in `folder/nodes` and `folder/relations`.

    Tables keep the files' order, by `_id`, so that the ranges DuckDB keeps for each block of
    rows serve for looking up ids; further indexes were measured and do not pay.
    """
    spill = folder / ".spill"
    with duckdb.connect(str(folder / DATABASE), config=limits.config(spill)) as connection:
        for table in catalog.nodes.values():
            _copy(connection, table, folder / "nodes", ["_id"])
        for relation in catalog.relations.values():
            _copy(connection, relation, folder / "relations", ["_id", "_src", "_dst"])
        parts = [
            f"SELECT _id, {table.number} AS _table, id, name, account, region FROM {table.sql}"
            for table in catalog.nodes.values()
        ]
        connection.execute(
            """CREATE TABLE _nodes (_id BIGINT, _table INTEGER, id VARCHAR, name VARCHAR,
                account VARCHAR, region VARCHAR)"""
        )
        for part in parts:
            connection.execute(f"INSERT INTO _nodes {part}")
        connection.execute("ANALYZE")
        connection.execute("CHECKPOINT")
    shutil.rmtree(spill, ignore_errors=True)


def check_database(folder: Path, catalog: Catalog) -> None:
    """Compare the sealed file with its catalog: rows of every table, and every pair of ends.

    Raises `GraphError` at the first difference.
    """
    with duckdb.connect(str(folder / DATABASE), read_only=True) as connection:

        def numbers(sql: str) -> list[tuple[int, ...]]:
            return connection.execute(sql).fetchall()

        for table in catalog.nodes.values():
            _expect(table.sql, numbers(f"SELECT count(*) FROM {table.sql}"), [(table.count,)])
        spine = [(table.number, table.count) for table in _in_order(catalog)]
        found = numbers("SELECT _table, count(*) FROM _nodes GROUP BY _table ORDER BY _table")
        _expect("_nodes", found, spine)
        for relation in catalog.relations.values():
            pairs = numbers(
                f"""SELECT (_src >> {ROW_BITS})::INTEGER, (_dst >> {ROW_BITS})::INTEGER, count(*)
                FROM {relation.sql} GROUP BY ALL ORDER BY ALL"""
            )
            _expect(relation.sql, pairs, [(*ends, n) for ends, n in sorted(relation.pairs.items())])


def _copy(
    connection: duckdb.DuckDBPyConnection,
    table: NodeTable | RelationTable,
    folder: Path,
    keys: Iterable[str],
) -> None:
    file = literal(str(folder / file_name(table)))
    columns = ", ".join([*keys, *(quoted(column.sql) for column in table.columns.values())])
    connection.execute(f"CREATE TABLE {table.sql} AS SELECT {columns} FROM read_parquet({file})")


def _in_order(catalog: Catalog) -> list[NodeTable]:
    return sorted(catalog.nodes.values(), key=lambda table: table.number)


def _expect(
    name: str, found: Sequence[tuple[int, ...]], expected: Sequence[tuple[int, ...]]
) -> None:
    if found != expected:
        raise GraphError(
            f"the graph just built is not what was written: {name} holds {found[:5]} where the "
            f"manifest says {expected[:5]}; it was not put in place"
        )
