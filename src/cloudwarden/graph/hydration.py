"""DuckDB's values to Python's: `_id`s become nodes, relationships and paths, by batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cloudwarden.graph.catalog import ROW_BITS, Catalog, Column
from cloudwarden.graph.cypher.emitter.sql import identifier
from cloudwarden.graph.cypher.temporal import NAMES
from cloudwarden.graph.cypher.types import Kind, Type
from cloudwarden.graph.temporal_values import restored
from cloudwarden.graph.values import Node, Path, Relationship

Rows = list[tuple[Any, ...]]
LookUp = Callable[[str, list[int]], Rows]
_ENTITIES = {"~node": Kind.NODE, "~relation": Kind.RELATIONSHIP, "~path": Kind.PATH}
#: The fields of stored temporal values in the order of `temporal_values`; an integer has none.
_FIELDS = {"time": "tu", "localdatetime": "dt", "datetime": "dtuz", "duration": "mdsb"}
_TEMPORALS = {f"~{name}": name for name in NAMES.values()}


class Hydrator:
    """Turns batches of rows into Python values. `look_up` runs a statement over a list of ids."""

    def __init__(self, catalog: Catalog, types: Sequence[Type], look_up: LookUp) -> None:
        self._catalog = catalog
        self._types = types
        #: Places of columns whose values are not already what Python gets.
        self._places = [place for place, type_ in enumerate(types) if not _is_final(type_)]
        self._look_up = look_up
        self._node_tables = catalog.nodes
        self._relation_tables = {table.number: table for table in catalog.relations.values()}
        self._nodes: dict[int, Node] = {}
        self._relationships: dict[int, Relationship] = {}

    def rows(self, batch: Rows) -> Iterable[Sequence[Any]]:
        """The rows of a batch as Python values."""
        return self._converted(batch) if self._places else batch

    def _converted(self, batch: Rows) -> Iterable[Sequence[Any]]:
        nodes: set[int] = set()
        relations: set[int] = set()
        for place, type_ in enumerate(self._types):
            if may_hold_entities(type_):
                for row in batch:
                    _collect(row[place], type_, nodes, relations)
        self._fetch_nodes(nodes)
        self._fetch_relations(relations)
        for row in batch:
            values = list(row)
            for place in self._places:
                values[place] = self._value(values[place], self._types[place])
            yield values

    def _value(self, value: Any, type_: Type) -> Any:
        if value is None:
            return None
        match type_.kind:
            case Kind.NODE:
                return self._nodes[value]
            case Kind.RELATIONSHIP:
                return self._relationships[value]
            case Kind.PATH:
                return self._path(value)
            case Kind.LIST:
                return [self._value(item, type_.item) for item in value]
            case Kind.MAP:
                return {
                    key: self._value(value[f"f{place}"], inner)
                    for place, (key, inner) in enumerate(type_.fields)
                }
            case Kind.PROPERTIES:
                return {key: _plain(item) for key, item in value.items() if item is not None}
            case Kind.ANY:
                return self._dynamic(value)
            case kind if kind in NAMES:
                return _temporal(NAMES[kind], value)
        return _plain(value)

    def _dynamic(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._dynamic(item) for item in value]
        if isinstance(value, dict):
            if len(value) == 1:
                ((key, inner),) = value.items()
                if key in _ENTITIES:
                    return self._value(inner, Type(_ENTITIES[key]))
                if key in _TEMPORALS:
                    return _temporal(_TEMPORALS[key], inner)
            return {key: self._dynamic(item) for key, item in value.items()}
        return _plain(value)

    def _path(self, ids: list[int]) -> Path:
        return Path(
            tuple(self._nodes[i] for i in ids[::2]),
            tuple(self._relationships[i] for i in ids[1::2]),
        )

    def _fetch_nodes(self, ids: set[int]) -> None:
        for number, wanted in _by_table(ids - self._nodes.keys()).items():
            table = self._node_tables[number]
            columns = list(table.columns.values())
            for row in self._rows_of(table.sql, "_id", columns, wanted):
                properties = _properties(columns, row[1:])
                self._nodes[row[0]] = Node(str(row[0]), table.labels, properties)

    def _fetch_relations(self, ids: set[int]) -> None:
        for number, wanted in _by_table(ids - self._relationships.keys()).items():
            table = self._relation_tables[number]
            columns = list(table.columns.values())
            for row in self._rows_of(table.sql, "_id, _src, _dst", columns, wanted):
                self._relationships[row[0]] = Relationship(
                    str(row[0]),
                    table.type,
                    str(row[1]),
                    str(row[2]),
                    _properties(columns, row[3:]),
                )

    def _rows_of(self, table: str, keys: str, columns: list[Column], wanted: list[int]) -> Rows:
        select = "".join(f", {identifier(column.sql)}" for column in columns)
        sql = f"SELECT {keys}{select} FROM {identifier(table)} WHERE _id IN (SELECT unnest(?))"
        return self._look_up(sql, wanted)


def _by_table(ids: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for id_ in ids:
        found[id_ >> ROW_BITS].append(id_)
    return found


def _properties(columns: list[Column], values: Sequence[Any]) -> dict[str, Any]:
    return {
        column.property: _plain(value)
        for column, value in zip(columns, values, strict=True)
        if value is not None
    }


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict) and len(value) == 1:
        ((key, inner),) = value.items()
        if key in _TEMPORALS:
            return _temporal(_TEMPORALS[key], inner)
    return value


def _temporal(name: str, value: Any) -> Any:
    """A temporal value as a row or a VARIANT has it."""
    if name in _FIELDS:
        value = tuple(value[field] for field in _FIELDS[name])
    return restored(name, value)


def _is_final(type_: Type) -> bool:
    """Whether values are the same in DuckDB's answer and in ours."""
    if type_.kind is Kind.LIST:
        return _is_final(type_.item)
    return type_.kind in {Kind.BOOLEAN, Kind.INTEGER, Kind.FLOAT, Kind.STRING, Kind.NULL}


def may_hold_entities(type_: Type) -> bool:
    """Whether there may be nodes or relationships in values of a type."""
    if type_.kind is Kind.LIST:
        return may_hold_entities(type_.item)
    if type_.kind is Kind.MAP:
        return any(may_hold_entities(inner) for _, inner in type_.fields)
    return type_.kind in {Kind.NODE, Kind.RELATIONSHIP, Kind.PATH, Kind.ANY}


def _collect(value: Any, type_: Type, nodes: set[int], relations: set[int]) -> None:
    if value is None:
        return
    match type_.kind:
        case Kind.NODE:
            nodes.add(value)
        case Kind.RELATIONSHIP:
            relations.add(value)
        case Kind.PATH:
            nodes.update(value[::2])
            relations.update(value[1::2])
        case Kind.LIST:
            for item in value:
                _collect(item, type_.item, nodes, relations)
        case Kind.MAP:
            for place, (_, inner) in enumerate(type_.fields):
                _collect(value[f"f{place}"], inner, nodes, relations)
        case Kind.ANY if isinstance(value, list):
            for item in value:
                _collect(item, type_, nodes, relations)
        case Kind.ANY if isinstance(value, dict):
            for key, item in value.items():
                inner = Type(_ENTITIES[key]) if key in _ENTITIES else type_
                _collect(item, inner, nodes, relations)
