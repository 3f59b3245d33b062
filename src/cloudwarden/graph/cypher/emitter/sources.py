"""Where a pattern's nodes and relations come from: tables, unions of tables, the spine.

A source learns which columns are wanted while the rest of the query is emitted, and is rendered
last, so that it holds nothing that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudwarden.graph.catalog import Catalog, Column
from cloudwarden.graph.cypher.bound import Edges
from cloudwarden.graph.cypher.emitter.conversion import converted
from cloudwarden.graph.cypher.emitter.sql import identifier, in_tables
from cloudwarden.graph.cypher.types import STRING, Type, property_type, sql_type

#: Properties that the spine `_nodes` holds for every node.
_SPINE = frozenset({"id", "name", "account", "region"})

#: With more tables than this, the spine is cheaper than a union of them.
_UNION_LIMIT = 8


@dataclass(slots=True)
class NodeSource:
    """The rows of some node tables, under an alias."""

    catalog: Catalog
    alias: str
    tables: frozenset[int]
    needed: bool = False
    columns: dict[str, tuple[str, Type]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The `_id` column, if the source takes part."""
        return f"{self.alias}._id"

    def column(self, name: str, type_: Type) -> str:
        """A property's column, of this type; the source takes part from now on."""
        self.needed = True
        if name not in self.columns:
            self.columns[name] = (f"p{len(self.columns)}", type_)
        return f"{self.alias}.{self.columns[name][0]}"

    def render(self) -> str:
        """As an item of FROM."""
        return f"({self.select()}) {self.alias}"

    def select(self) -> str:
        """As a statement."""
        if not self.tables:
            nothing = "".join(f", CAST(NULL AS {sql_type(t)}) AS {c}" for c, t in self._wanted())
            return f"SELECT CAST(NULL AS BIGINT) AS _id{nothing} WHERE false"
        if len(self.tables) > _UNION_LIMIT and self._spine_serves():
            columns = "".join(f", {identifier(n)} AS {c}" for n, (c, _) in self.columns.items())
            every = self.tables == frozenset(self.catalog.nodes)
            where = "" if every else f" WHERE {in_tables('_id', self.tables)}"
            return f"SELECT _id{columns} FROM _nodes{where}"
        return " UNION ALL ".join(self._table(number) for number in sorted(self.tables))

    def _wanted(self) -> list[tuple[str, Type]]:
        return list(self.columns.values())

    def _table(self, number: int) -> str:
        table = self.catalog.nodes[number]
        columns = _columns(self.columns, table.columns)
        return f"SELECT _id{columns} FROM {identifier(table.sql)}"

    def _spine_serves(self) -> bool:
        if not _SPINE.issuperset(self.columns):
            return False
        return all(
            type_ == STRING
            and all(
                column is None or property_type(column.type) == STRING
                for column in (self.catalog.nodes[t].columns.get(name) for t in self.tables)
            )
            for name, (_, type_) in self.columns.items()
        )


@dataclass(slots=True)
class RelationSource:
    """The relations that a slot may take, under an alias, with `_a` at its left end."""

    catalog: Catalog
    alias: str
    edges: tuple[Edges, ...]
    columns: dict[str, tuple[str, Type]] = field(default_factory=dict)
    ends: bool = False

    @property
    def id(self) -> str:
        """The relation's `_id`."""
        return f"{self.alias}._id"

    @property
    def left(self) -> str:
        """The `_id` of the node at the left end."""
        return f"{self.alias}._a"

    @property
    def right(self) -> str:
        """The `_id` of the node at the right end."""
        return f"{self.alias}._b"

    def end(self, which: str) -> str:
        """The `_id` of the node it starts or ends at, as stored: `_src` or `_dst`."""
        self.ends = True
        return f"{self.alias}.{which}"

    def column(self, name: str, type_: Type) -> str:
        """A property's column."""
        if name not in self.columns:
            self.columns[name] = (f"p{len(self.columns)}", type_)
        return f"{self.alias}.{self.columns[name][0]}"

    def render(self) -> str:
        """As an item of FROM."""
        return f"({self.select()}) {self.alias}"

    def select(self) -> str:
        """As a statement."""
        parts: list[str] = []
        for edge in self.edges:
            if edge.forward:
                parts.append(self._part(edge, swapped=False))
            if edge.backward:
                parts.append(self._part(edge, swapped=True))
        if parts:
            return " UNION ALL ".join(parts)
        nothing = "".join(f", CAST(NULL AS {sql_type(t)}) AS {c}" for c, t in self.columns.values())
        none = "CAST(NULL AS BIGINT)"
        ends = f", {none} AS _src, {none} AS _dst" if self.ends else ""
        return f"SELECT {none} AS _id, {none} AS _a, {none} AS _b{ends}{nothing} WHERE false"

    def _part(self, edge: Edges, *, swapped: bool) -> str:
        table = self.catalog.relations[edge.type]
        left, right = ("_dst", "_src") if swapped else ("_src", "_dst")
        pairs = edge.backward if swapped else edge.forward
        every = frozenset((d, s) for s, d in table.pairs) if swapped else frozenset(table.pairs)
        where = [
            in_tables(column, wanted)
            for column, wanted, held in (
                (left, {p[0] for p in pairs}, {p[0] for p in every}),
                (right, {p[1] for p in pairs}, {p[1] for p in every}),
            )
            if wanted != held
        ]
        if swapped and edge.forward:
            # A relation from a node to itself is there once, not once in each direction.
            where.append("_src <> _dst")
        columns = _columns(self.columns, table.columns)
        ends = ", _src, _dst" if self.ends else ""
        condition = f" WHERE {' AND '.join(where)}" if where else ""
        return (
            f"SELECT _id, {left} AS _a, {right} AS _b{ends}{columns} "
            f"FROM {identifier(table.sql)}{condition}"
        )


def _columns(wanted: Mapping[str, tuple[str, Type]], held: Mapping[str, Column]) -> str:
    return "".join(
        f", {_column(held.get(name), type_)} AS {alias}" for name, (alias, type_) in wanted.items()
    )


def _column(column: Column | None, type_: Type) -> str:
    if column is None:
        return f"CAST(NULL AS {sql_type(type_)})"
    return converted(identifier(column.sql), property_type(column.type), type_)
