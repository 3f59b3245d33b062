"""SQL for functions of nodes, relations and paths, and for properties of a bare `_id`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cloudwarden.graph.catalog import ROW_BITS, Catalog, Column
from cloudwarden.graph.cypher.bound import Edges
from cloudwarden.graph.cypher.emitter.blocks import Names
from cloudwarden.graph.cypher.emitter.conversion import object_of
from cloudwarden.graph.cypher.emitter.macros_temporal import component_of_any
from cloudwarden.graph.cypher.emitter.sources import NodeSource, RelationSource
from cloudwarden.graph.cypher.emitter.sql import identifier, text
from cloudwarden.graph.cypher.types import ANY, Kind, Type, node_of, relation_of

#: Up to so many tables are told apart by a CASE.
_FEW = 3


class EntityEmitter:
    """Emits what needs the catalog beyond a pattern's own rows."""

    def __init__(self, catalog: Catalog, names: Names) -> None:
        self.catalog = catalog
        self.names = names

    def lookup(self, sql: str, of: Type, name: str, wanted: Type) -> str:
        """A property of the node or relation with this `_id`, found in its table."""
        alias = self.names.fresh("k")
        if of.kind is Kind.NODE:
            source = NodeSource(self.catalog, alias, of.tables)
            column = source.column(name, wanted)
            return f"(SELECT {column} FROM {source.render()} WHERE {alias}._id = {sql})"
        relation = RelationSource(self.catalog, alias, self._edges(of))
        column = relation.column(name, wanted)
        return f"(SELECT {column} FROM {relation.render()} WHERE {alias}._id = {sql})"

    def dynamic_lookup(self, sql: str, name: str) -> tuple[str, int]:
        """A property of a value that may be a node, a relation or a map; and how many look-ups."""
        branches = []
        tables = frozenset(n for n, table in self.catalog.nodes.items() if name in table.columns)
        if tables:
            found = self.lookup(f"cw_node_id({sql})", node_of(tables), name, ANY)
            branches.append(f"WHEN cw_is_node({sql}) THEN {found}")
        types = frozenset(t for t, table in self.catalog.relations.items() if name in table.columns)
        if types:
            found = self.lookup(f"cw_relation_id({sql})", relation_of(types), name, ANY)
            branches.append(f"WHEN cw_is_relation({sql}) THEN {found}")
        lookups = len(branches)
        temporal = component_of_any(name, sql)
        if temporal is not None:
            branches.append(f"WHEN cw_is_temporal({sql}) THEN {temporal}")
        field = f"cw_field({sql}, {text(name)})"
        if not branches:
            return field, 0
        return f"CASE {' '.join(branches)} ELSE {field} END", lookups

    def _every_node(self) -> Type:
        return node_of(frozenset(self.catalog.nodes))

    def _every_relation(self) -> Type:
        return relation_of(frozenset(self.catalog.relations))

    def function(self, name: str, sql: str, of: Type) -> str:
        """A function of an entity, a path or a map."""
        match name:
            case "id":
                return sql
            case "elementid":
                return f"CAST({sql} AS VARCHAR)"
            case "labels":
                return self._labels(sql, of)
            case "type":
                return self._type(sql, of)
            case "length":
                return f"((len({sql}) - 1) // 2)"
            case "nodes":
                return f"list_filter({sql}, lambda x, i: i % 2 = 1)"
            case "relationships":
                return f"list_filter({sql}, lambda x, i: i % 2 = 0)"
            case "startnode" | "endnode":
                return self._end("_src" if name == "startnode" else "_dst", sql, of)
            case "properties":
                return self._properties(sql, of)
            case _:
                return self._keys(sql, of)

    def _edges(self, of: Type) -> tuple[Edges, ...]:
        return tuple(
            Edges(name, frozenset(self.catalog.relations[name].pairs), frozenset())
            for name in sorted(of.relations)
        )

    def _labels(self, sql: str, of: Type) -> str:
        labels = {number: self.catalog.nodes[number].labels for number in of.tables}
        constants = {number: _texts(values) for number, values in labels.items()}
        split = _joined(labels, ":")
        lists = f"list_transform({split}, lambda t: string_split(t, ':'))" if split else None
        return _by_table(sql, constants, lists, "VARCHAR[]")

    def _type(self, sql: str, of: Type) -> str:
        types = {self.catalog.relations[name].number: name for name in of.relations}
        constants = {number: text(name) for number, name in types.items()}
        split = _joined({number: (name,) for number, name in types.items()}, "")
        return _by_table(sql, constants, split, "VARCHAR")

    def _end(self, which: str, sql: str, of: Type) -> str:
        alias = self.names.fresh("k")
        relation = RelationSource(self.catalog, alias, self._edges(of))
        column = relation.end(which)
        return f"(SELECT {column} FROM {relation.render()} WHERE {alias}._id = {sql})"

    def _tables(self, of: Type) -> list[tuple[str, Mapping[str, Column]]]:
        if of.kind is Kind.NODE:
            nodes = [self.catalog.nodes[number] for number in sorted(of.tables)]
            return [(table.sql, table.columns) for table in nodes]
        relations = [self.catalog.relations[name] for name in sorted(of.relations)]
        return [(table.sql, table.columns) for table in relations]

    def _properties(self, sql: str, of: Type) -> str:
        if of.kind is Kind.ANY:
            return self._by_kind(
                "properties", sql, "CAST(json_merge_patch('{{}}', to_json({})) AS VARIANT)", sql
            )
        if of.kind in {Kind.MAP, Kind.PROPERTIES}:
            return sql
        parts = []
        for table, columns in self._tables(of):
            packed = object_of([(c.property, identifier(c.sql)) for c in columns.values()])
            parts.append(f"SELECT _id, {packed} AS p FROM {identifier(table)}")
        if not parts:
            return "CAST(NULL AS VARIANT)"
        alias = self.names.fresh("k")
        union = " UNION ALL ".join(parts)
        return f"(SELECT {alias}.p FROM ({union}) {alias} WHERE {alias}._id = {sql})"

    def _by_kind(self, function: str, sql: str, entity: str, of_map: str) -> str:
        """A function of a node, a relation or a map, whichever the value is."""
        node = self.function(function, f"cw_node_id({sql})", self._every_node())
        relation = self.function(function, f"cw_relation_id({sql})", self._every_relation())
        return (
            f"CASE WHEN {sql} IS NULL THEN NULL WHEN cw_is_node({sql}) THEN {entity.format(node)} "
            f"WHEN cw_is_relation({sql}) THEN {entity.format(relation)} "
            f"WHEN cw_is_map({sql}) THEN {of_map} ELSE error('cypher: {function}() takes a node, "
            f"a relationship or a map, not ' || cw_kind({sql})) END"
        )

    def _keys(self, sql: str, of: Type) -> str:
        if of.kind is Kind.MAP:
            keys = ", ".join(text(key) for key, _ in of.fields)
            return f"CASE WHEN {sql} IS NOT NULL THEN CAST([{keys}] AS VARCHAR[]) END"
        if of.kind is Kind.ANY:
            return self._by_kind("keys", sql, "{}", f"variant_keys({sql})")
        if of.kind is Kind.PROPERTIES:
            return f"json_keys(json_merge_patch('{{}}', CAST({sql} AS JSON)))"
        parts = []
        for table, columns in self._tables(of):
            tests = ", ".join(
                f"CASE WHEN {identifier(c.sql)} IS NOT NULL THEN {text(c.property)} END"
                for c in columns.values()
            )
            listed = f"list_filter(CAST([{tests}] AS VARCHAR[]), lambda x: x IS NOT NULL)"
            parts.append(f"SELECT _id, {listed} AS k FROM {identifier(table)}")
        if not parts:
            return "CAST(NULL AS VARCHAR[])"
        alias = self.names.fresh("k")
        union = " UNION ALL ".join(parts)
        return f"(SELECT {alias}.k FROM ({union}) {alias} WHERE {alias}._id = {sql})"


def _by_table(sql: str, values: Mapping[int, str], listed: str | None, type_: str) -> str:
    """What each table says, for a node's or relation's `_id`; `listed` has all in a shorter way."""
    if not values:
        return f"CAST(NULL AS {type_})"
    if len(values) <= _FEW:
        branches = " ".join(f"WHEN {n} THEN {values[n]}" for n in sorted(values))
        return f"CASE {sql} >> {ROW_BITS} {branches} END"
    # Hundreds of branches would be tried row by row.
    if listed is None:
        items = ", ".join(values.get(number, "NULL") for number in range(max(values) + 1))
        listed = f"CAST([{items}] AS {type_}[])"
    return f"list_extract({listed}, ({sql} >> {ROW_BITS}) + 1)"


def _texts(values: Iterable[str]) -> str:
    return f"CAST([{', '.join(map(text, values))}] AS VARCHAR[])"


def _joined(values: Mapping[int, tuple[str, ...]], separator: str) -> str | None:
    """A list with each number's texts, joined, at its place: read faster than hundreds of literals.

    None where a text has a separator in it, or there are no texts to tell from an empty one.
    """
    places = range(max(values, default=0) + 1)
    texts = [name for names in values.values() for name in names]
    if not all(values.values()) or any(
        s in name for name in texts for s in ("|", separator or "|")
    ):
        return None
    joined = "|".join(separator.join(values.get(number, ())) for number in places)
    return f"string_split({text(joined)}, '|')"
