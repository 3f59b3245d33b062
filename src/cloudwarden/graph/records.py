"""A graph in memory from any records: the layout of a generation, made of what one has at hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import duckdb

from cloudwarden.core.errors import GraphError
from cloudwarden.graph.build.columns import SQL_TYPES
from cloudwarden.graph.catalog import ROW_BITS, Catalog, Column, NodeTable, RelationTable
from cloudwarden.graph.cypher.bind_base import scalar
from cloudwarden.graph.cypher.emitter.conversion import converted
from cloudwarden.graph.cypher.emitter.sql import constant, identifier
from cloudwarden.graph.cypher.types import ANY
from cloudwarden.graph.rows import unnested
from cloudwarden.schema.labels import PropertyType

_SCALARS: Mapping[type, PropertyType] = {
    bool: PropertyType.BOOLEAN,
    int: PropertyType.INTEGER,
    float: PropertyType.FLOAT,
    str: PropertyType.STRING,
}
_LISTS = {
    PropertyType.BOOLEAN: PropertyType.BOOLEANS,
    PropertyType.INTEGER: PropertyType.INTEGERS,
    PropertyType.FLOAT: PropertyType.FLOATS,
    PropertyType.STRING: PropertyType.STRINGS,
}
#: Rows moved at once; small enough to be nothing in memory.
_CHUNK_ROWS = 20_000
_SPINE = ("id", "name", "account", "region")

Record = Mapping[str, Any]


def load_records(
    connection: duckdb.DuckDBPyConnection,
    nodes: Iterable[Record],
    relations: Iterable[Record],
) -> Catalog:
    """Write the records into an empty database and describe what is in it.

    A node is `{"id": any hashable, "labels": [...], "properties": {...}}`, a relation
    `{"type", "source", "target", "properties"}` with its nodes' ids. Raises `GraphError` for a
    record that is malformed, repeats an id, points to a node that is not there, or has a value
    that no graph holds.
    """
    loader = _Loader(connection)
    loader.add_nodes(nodes)
    loader.add_relations(relations)
    return loader.catalog()


class _Loader:
    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._ids: dict[Hashable, int] = {}
        self._nodes: dict[int, NodeTable] = {}
        self._relations: dict[str, RelationTable] = {}
        self._names: dict[str, set[int]] = defaultdict(set)
        self._temporal = False

    def add_nodes(self, records: Iterable[Record]) -> None:
        by_labels: dict[tuple[str, ...], tuple[int, list[Mapping[str, Any]]]] = {}
        for record in records:
            labels = tuple(dict.fromkeys(record.get("labels") or ()))
            number, group = by_labels.setdefault(labels, (len(by_labels), []))
            key = _required(record, "id", "node")
            if key in self._ids:
                raise GraphError(f"two nodes have the id {key!r}")
            self._ids[key] = number << ROW_BITS | len(group)
            group.append(_properties(record))
        self._connection.execute(
            "CREATE TABLE _nodes (_id BIGINT, _table INTEGER, id VARCHAR, name VARCHAR, "
            "account VARCHAR, region VARCHAR)"
        )
        for labels, (number, rows) in by_labels.items():
            columns = _columns(rows)
            name = f"n{number}"
            ids = {"_id": [number << ROW_BITS | i for i in range(len(rows))]}
            self._write(name, ids, columns, rows)
            self._nodes[number] = NodeTable(number, name, labels, columns, len(rows))
            for label in labels:
                self._names[label].add(number)
            self._add_to_spine(number, name, columns)

    def add_relations(self, records: Iterable[Record]) -> None:
        by_type: dict[str, list[tuple[int, int, Mapping[str, Any]]]] = defaultdict(list)
        for record in records:
            ends = tuple(self._end(record, side) for side in ("source", "target"))
            by_type[_required(record, "type", "relation")].append(
                (ends[0], ends[1], _properties(record))
            )
        for number, (type_, edges) in enumerate(by_type.items()):
            rows = [properties for _, _, properties in edges]
            columns = _columns(rows)
            ids = {
                "_id": [number << ROW_BITS | i for i in range(len(rows))],
                "_src": [source for source, _, _ in edges],
                "_dst": [target for _, target, _ in edges],
            }
            name = f"r{number}"
            self._write(name, ids, columns, rows)
            pairs: dict[tuple[int, int], int] = defaultdict(int)
            for source, target, _ in edges:
                pairs[source >> ROW_BITS, target >> ROW_BITS] += 1
            self._relations[type_] = RelationTable(
                number, name, type_, columns, len(rows), dict(pairs)
            )

    def catalog(self) -> Catalog:
        return Catalog(
            nodes=self._nodes,
            relations=self._relations,
            names={name: frozenset(numbers) for name, numbers in self._names.items()},
            temporal=self._temporal,
        )

    def _end(self, record: Record, side: str) -> int:
        key = _required(record, side, "relation")
        if key not in self._ids:
            raise GraphError(f"the {side} of a {record['type']} relation, {key!r}, is no node")
        return self._ids[key]

    def _add_to_spine(self, number: int, name: str, columns: Mapping[str, Column]) -> None:
        values = ", ".join(
            identifier(columns[p].sql)
            if p in columns and columns[p].type is PropertyType.STRING
            else "NULL"
            for p in _SPINE
        )
        self._connection.execute(f"INSERT INTO _nodes SELECT _id, {number}, {values} FROM {name}")

    def _write(
        self,
        table: str,
        ids: Mapping[str, list[int]],
        columns: Mapping[str, Column],
        rows: Sequence[Mapping[str, Any]],
    ) -> None:
        types = dict.fromkeys(ids, "BIGINT")
        values: list[list[Any]] = list(ids.values())
        select = list(ids)
        try:
            for column in columns.values():
                own = [row.get(column.property) for row in rows]
                if column.type is None:
                    types[column.sql] = "BIGINT"
                    values.append(self._places(column, own))
                    select.append(_picked(column))
                else:
                    types[column.sql] = SQL_TYPES[column.type]
                    values.append(own)
                    select.append(identifier(column.sql))
            self._fill(table, types, values, select)
        except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
            reason = str(error).partition("\n")[0].rpartition("Error: ")[-1]
            raise GraphError(f"a property has a value that no graph holds: {reason}") from error

    def _fill(
        self,
        table: str,
        types: Mapping[str, str],
        values: Sequence[list[Any]],
        select: Sequence[str],
    ) -> None:
        source = f"SELECT {', '.join(select)} FROM (SELECT {unnested(types)}) records"
        verb = f"CREATE TABLE {table} AS"
        for first in range(0, len(values[0]), _CHUNK_ROWS):
            chunk = [column[first : first + _CHUNK_ROWS] for column in values]
            self._connection.execute(f"{verb} {source}", chunk)
            verb = f"INSERT INTO {table}"

    def _places(self, column: Column, values: Sequence[Any]) -> list[int]:
        """Values of several types: the distinct ones as constants, to be picked by place."""
        distinct: dict[str, int] = {}
        places = [distinct.setdefault(_as_variant(value), len(distinct) + 1) for value in values]
        self._temporal = self._temporal or any('"~' in sql for sql in distinct)
        rows = ", ".join(f"({place}, {sql})" for sql, place in distinct.items())
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_mixed(column)} AS "
            f"SELECT * FROM (VALUES {rows}) v(i, x)"
        )
        return places


def _mixed(column: Column) -> str:
    return f"mixed_{column.sql}"


def _picked(column: Column) -> str:
    name = identifier(column.sql)
    return f"(SELECT x FROM {_mixed(column)} WHERE i = records.{name}) AS {name}"


def _required(record: Record, key: str, what: str) -> Any:
    if key not in record:
        raise GraphError(f"a {what} has no {key}: {record!r:.200}")
    return record[key]


def _properties(record: Record) -> Mapping[str, Any]:
    properties = record.get("properties") or {}
    for name in properties:
        if name.startswith("~"):
            raise GraphError(f"a property's name cannot begin with ~: {name}")
    return {name: value for name, value in properties.items() if value is not None}


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, Column]:
    types: dict[str, set[PropertyType | None]] = defaultdict(set)
    holding_empty: set[str] = set()
    for row in rows:
        for name, value in row.items():
            if isinstance(value, list | tuple) and not value:
                types[name] |= set()
                holding_empty.add(name)
            else:
                types[name].add(_type_of(value))
    return {
        name: Column(name, f"p{place}", _joint(found, empty_lists=name in holding_empty))
        for place, (name, found) in enumerate(types.items())
    }


def _joint(found: set[PropertyType | None], *, empty_lists: bool) -> PropertyType | None:
    if not found:
        # Lists that are all empty are lists of nothing in particular.
        return None
    if len(found) > 1:
        return None
    (only,) = found
    # An empty list is a list of whatever the others are lists of.
    return None if empty_lists and only not in _LISTS.values() else only


def _type_of(value: Any) -> PropertyType | None:
    scalar = _SCALARS.get(type(value))
    if scalar is not None:
        return scalar
    if isinstance(value, list | tuple) and value:
        kinds = {_type_of(item) for item in value}
        (kind,) = kinds if len(kinds) == 1 else (None,)
        return _LISTS.get(kind) if kind is not None else None
    return None


def _as_variant(value: Any) -> str:
    """A property's value as SQL of type VARIANT."""
    if isinstance(value, list | tuple):
        items = ", ".join(_as_variant(item) for item in value)
        return f"CAST(CAST([{items}] AS VARIANT[]) AS VARIANT)"
    try:
        found = scalar(value)
    except ValueError as error:
        raise GraphError(f"a property cannot hold {value!r}: {error}") from error
    if found is None:
        raise GraphError(f"a property cannot hold a {type(value).__name__}: {value!r}")
    return converted(constant(found), found.type, ANY)
