"""What a generation holds, as the Cypher binder sees it: tables, columns, and their names.

Physical layout of a generation's DuckDB file (and of the in-memory one of `Graph.from_records`):

* one table per set of labels (`NodeTable`), columns `_id BIGINT` then one per property;
* one table per relation type (`RelationTable`), columns `_id, _src, _dst BIGINT` then properties;
* the spine `_nodes(_id BIGINT, _table INTEGER, id, name, account, region VARCHAR)`, one row a node.

A node's `_id` is `table number << 40 | row`, so an id alone tells its table, and each table's ids
are one range. A relation's `_id` is unique over all relation tables in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudwarden.schema.labels import PropertyType

#: How many bits of a node's or relation's `_id` count rows within its table.
ROW_BITS = 40


@dataclass(frozen=True, slots=True)
class Column:
    """A property's column: `sql` is the bare identifier (unique without regard to case).

    `type` None means that values of several types occur (only `Graph.from_records` makes such).
    """

    property: str
    sql: str
    type: PropertyType | None


@dataclass(frozen=True, slots=True)
class NodeTable:
    """Nodes that share their labels. `labels` is what `labels(n)` returns, the main one first.

    `number` is its place in the `_id`s.
    """

    number: int
    sql: str
    labels: tuple[str, ...]
    columns: Mapping[str, Column]
    count: int


@dataclass(frozen=True, slots=True)
class RelationTable:
    """Relations of one type. `pairs` counts them by (source table number, target table number)."""

    number: int
    sql: str
    type: str
    columns: Mapping[str, Column]
    count: int
    pairs: Mapping[tuple[int, int], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything the binder needs. `names` maps each label, alias and group to table numbers.

    `known_labels`, `known_types` and `known_properties` are names that the schema declares even
    where this generation holds none of them: they are empty, not misspelt.
    """

    nodes: Mapping[int, NodeTable]
    relations: Mapping[str, RelationTable]
    names: Mapping[str, frozenset[int]]
    known_labels: frozenset[str] = frozenset()
    known_types: frozenset[str] = frozenset()
    known_properties: frozenset[str] = frozenset()
    #: Whether there are temporal values among the properties; a sealed generation has none.
    temporal: bool = False

    def to_json(self) -> dict[str, Any]:
        """As plain data, for a generation's manifest."""
        return {
            "nodes": [
                {
                    "number": t.number,
                    "sql": t.sql,
                    "labels": list(t.labels),
                    "count": t.count,
                    "columns": _columns_json(t.columns),
                }
                for t in self.nodes.values()
            ],
            "relations": [
                {
                    "number": t.number,
                    "sql": t.sql,
                    "type": t.type,
                    "count": t.count,
                    "columns": _columns_json(t.columns),
                    "pairs": [[s, d, n] for (s, d), n in sorted(t.pairs.items())],
                }
                for t in self.relations.values()
            ],
            "names": {name: sorted(numbers) for name, numbers in sorted(self.names.items())},
            "known_labels": sorted(self.known_labels),
            "known_types": sorted(self.known_types),
            "known_properties": sorted(self.known_properties),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Catalog:
        """The inverse of `to_json`. Raises `KeyError` or `ValueError` on other data."""
        nodes = [
            NodeTable(t["number"], t["sql"], tuple(t["labels"]), _columns(t["columns"]), t["count"])
            for t in data["nodes"]
        ]
        relations = [
            RelationTable(
                t["number"],
                t["sql"],
                t["type"],
                _columns(t["columns"]),
                t["count"],
                {(s, d): n for s, d, n in t["pairs"]},
            )
            for t in data["relations"]
        ]
        return cls(
            nodes={t.number: t for t in nodes},
            relations={t.type: t for t in relations},
            names={name: frozenset(numbers) for name, numbers in data["names"].items()},
            known_labels=frozenset(data["known_labels"]),
            known_types=frozenset(data["known_types"]),
            known_properties=frozenset(data["known_properties"]),
        )


def _columns_json(columns: Mapping[str, Column]) -> list[list[str | None]]:
    return [[c.property, c.sql, c.type.value if c.type else None] for c in columns.values()]


def _columns(data: list[list[Any]]) -> dict[str, Column]:
    return {p: Column(p, sql, PropertyType(t) if t else None) for p, sql, t in data}
