"""Emits bound expressions at a place in a statement."""

from __future__ import annotations

from abc import abstractmethod

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.bound import (
    Access,
    Bound,
    BoundQuery,
    Choose,
    Const,
    Convert,
    Equals,
    Field,
    Fold,
    InTables,
    ListOf,
    Loop,
    MapOf,
    OfEntity,
    Op,
    Ref,
    SubqueryValue,
    Variable,
)
from cloudwarden.graph.cypher.emitter.blocks import Block, Names, Place
from cloudwarden.graph.cypher.emitter.conversion import converted
from cloudwarden.graph.cypher.emitter.entities import EntityEmitter
from cloudwarden.graph.cypher.emitter.equality import equality
from cloudwarden.graph.cypher.emitter.sql import constant, in_tables
from cloudwarden.graph.cypher.types import Kind, Type, sql_type


class ExpressionEmitter:
    """Turns bound expressions into SQL. One for a statement."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.names = Names()
        self.entities = EntityEmitter(catalog, self.names)
        self._loops: dict[Variable, str] = {}
        self._selects = 0

    @abstractmethod
    def chain(
        self, query: BoundQuery, part: int, outer: Place | None, *, once: bool = False
    ) -> Block:
        """The last block of one part of a query. `once`: how often a row comes does not count."""

    @abstractmethod
    def union(self, query: BoundQuery, outer: Place | None) -> str:
        """A whole query as a statement with columns `u0`, `u1`…"""

    def emit(self, node: Bound, place: Place) -> str:
        """The expression as SQL, valid at the place."""
        match node:
            case Const():
                return constant(node)
            case Ref():
                return self._variable(node.variable, place)
            case Access():
                return self._access(node, place)
            case Field(subject=subject, place=number):
                return f"({self.emit(subject, place)}).f{number}"
            case Op(template=template, arguments=arguments):
                return template.format(*(self.emit(a, place) for a in arguments))
            case Convert(operand=operand, type=wanted):
                return converted(self.emit(operand, place), operand.type, wanted)
            case Equals(left=left, right=right):
                return equality(
                    self.emit(left, place), left.type, self.emit(right, place), right.type
                )
            case ListOf(items=items):
                inner = ", ".join(self.emit(item, place) for item in items)
                return f"CAST([{inner}] AS {sql_type(node.type)})"
            case MapOf(values=values):
                return self._map(node, [self.emit(value, place) for value in values])
            case Choose():
                return self._choose(node, place)
            case Loop():
                return self._loop(node, place)
            case Fold():
                return self._fold(node, place)
            case InTables():
                return self._in_tables(node, place)
            case OfEntity():
                return self._of_entity(node, place)
            case SubqueryValue():
                return self._subquery(node, place)
        raise AssertionError(node)

    def _variable(self, variable: Variable, place: Place) -> str:
        if variable in self._loops:
            return self._loops[variable]
        value = place.value(variable)
        assert value is not None, variable.name
        return value

    def _access(self, node: Access, place: Place) -> str:
        of = node.subject.type
        if isinstance(node.subject, Ref) and node.subject.variable not in self._loops:
            found = place.property(node.subject.variable, node.name, node.type)
            if found is not None:
                return found
        subject = self.emit(node.subject, place)
        if of.kind is Kind.ANY:
            sql, selects = self.entities.dynamic_lookup(subject, node.name)
            self._selects += selects
            return sql
        self._selects += 1
        return self.entities.lookup(subject, of, node.name, node.type)

    def _map(self, node: MapOf, values: list[str]) -> str:
        if not values:
            return "struct_pack(nothing := true)"
        inner = ", ".join(f"f{i} := {value}" for i, value in enumerate(values))
        return f"CAST(struct_pack({inner}) AS {sql_type(node.type)})"

    def _choose(self, node: Choose, place: Place) -> str:
        branches = " ".join(
            f"WHEN {self.emit(test, place)} THEN {self.emit(value, place)}"
            for test, value in node.branches
        )
        return f"CASE {branches} ELSE {self.emit(node.otherwise, place)} END"

    def _loop(self, node: Loop, place: Place) -> str:
        source = self.emit(node.source, place)
        item = self.names.fresh("x")
        self._loops[node.variable] = item
        before = self._selects
        condition = None if node.condition is None else self.emit(node.condition, place)
        body = None if node.body is None else self.emit(node.body, place)
        if self._selects > before:
            # DuckDB's lambdas hold no subqueries, so the list becomes rows for a while.
            row = self.names.fresh("r")
            self._loops[node.variable] = f"{row}.x"
            condition = None if node.condition is None else self.emit(node.condition, place)
            body = None if node.body is None else self.emit(node.body, place)
            result = _by_rows(source, row, condition, body, self.names.fresh("l"))
        else:
            result = source
            if condition is not None:
                result = f"list_filter({result}, lambda {item}: {condition})"
            if body is not None:
                result = f"list_transform({result}, lambda {item}: {body})"
        del self._loops[node.variable]
        return result if node.quantifier is None else f"cw_{node.quantifier}({result})"

    def _fold(self, node: Fold, place: Place) -> str:
        source, initial = self.emit(node.source, place), self.emit(node.initial, place)
        of, element = sql_type(node.type), sql_type(node.variable.type)
        sum_, item = self.names.fresh("a"), self.names.fresh("x")
        before = self._selects
        self._loops[node.accumulator], self._loops[node.variable] = f"{sum_}.a", f"{item}.x"
        body = self.emit(node.body, place)
        if self._selects > before:
            # DuckDB's lambdas hold no subqueries, so the list is gone through row by row.
            row = self.names.fresh("r")
            self._loops[node.accumulator] = f"{row}.a"
            self._loops[node.variable] = f"({source})[{row}.i + 1]"
            body = self.emit(node.body, place)
            result = _folded_by_rows(
                source, row, f"CAST({initial} AS {of})", f"CAST({body} AS {of})"
            )
        else:
            pairs = (
                f"list_transform({source}, lambda {item}: "
                f"struct_pack(a := CAST(NULL AS {of}), x := {item}))"
            )
            first = f"struct_pack(a := CAST({initial} AS {of}), x := CAST(NULL AS {element}))"
            step = f"struct_pack(a := CAST({body} AS {of}), x := {item}.x)"
            result = f"(list_reduce({pairs}, lambda {sum_}, {item}: {step}, {first})).a"
        del self._loops[node.accumulator], self._loops[node.variable]
        return result

    def _in_tables(self, node: InTables, place: Place) -> str:
        subject = self.emit(node.subject, place)
        if node.subject.type.kind is Kind.RELATIONSHIP:
            numbers = {self.catalog.relations[name].number for name in node.relations}
        else:
            numbers = set(node.tables)
            if node.subject.type.tables <= numbers:
                return f"CASE WHEN {subject} IS NOT NULL THEN true END"
        test = in_tables(subject, numbers)
        return f"CASE WHEN {subject} IS NOT NULL THEN {test} END" if test == "false" else test

    def _of_entity(self, node: OfEntity, place: Place) -> str:
        subject = node.subject
        if node.function in {"startnode", "endnode"} and isinstance(subject, Ref):
            which = "_src" if node.function == "startnode" else "_dst"
            found = place.property(subject.variable, f"~{which}", node.type)
            if found is not None and subject.variable not in self._loops:
                return found
        sql = self.emit(subject, place)
        if node.function in {"startnode", "endnode", "properties", "keys"} and (
            subject.type.kind in {Kind.NODE, Kind.RELATIONSHIP, Kind.ANY}
        ):
            self._selects += 1
        return self.entities.function(node.function, sql, subject.type)

    def _subquery(self, node: SubqueryValue, place: Place) -> str:
        self._selects += 1
        place = _InLoops(dict(self._loops), place) if self._loops else place
        if len(node.query.parts) > 1:
            inner = self.union(node.query, place)
            value, order = "u0", ""
        else:
            block = self.chain(node.query, 0, place, once=node.kind == "EXISTS")
            value = order = ""
            if node.kind in {"COLLECT", "ONE"}:
                value = block.export(node.query.columns[0]) or ""
                column = block.export_order()
                order = f" ORDER BY {column}" if column else ""
            inner = block.render()
        if node.kind == "EXISTS":
            return f"EXISTS ({inner})"
        alias = self.names.fresh("s")
        if node.kind == "COUNT":
            return f"(SELECT count(*) FROM ({inner}) {alias})"
        if node.kind == "ONE":
            return f"(SELECT any_value({value}) FROM ({inner}) {alias})"
        return f"coalesce((SELECT list({value}{order}) FROM ({inner}) {alias}), [])"


class _InLoops(Place):
    """A place inside loops over lists: their variables come before the place's own."""

    def __init__(self, loops: dict[Variable, str], place: Place) -> None:
        self._loops = loops
        self._place = place

    def value(self, variable: Variable) -> str | None:
        """A loop's element, or what the place has."""
        return self._loops.get(variable) or self._place.value(variable)

    def property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """An element's row is not at hand; another variable's may be."""
        if variable in self._loops:
            return None
        return self._place.property(variable, name, type_)


def _by_rows(source: str, row: str, condition: str | None, body: str | None, list_: str) -> str:
    where = "" if condition is None else f" WHERE {condition}"
    value = f"{row}.x" if body is None else body
    return (
        f"CASE WHEN {source} IS NOT NULL THEN coalesce((SELECT list({list_}.y ORDER BY {list_}.i) "
        f"FROM (SELECT {value} AS y, {row}.i FROM (SELECT unnest({source}) AS x, "
        f"generate_subscripts({source}, 1) AS i) {row}{where}) {list_}), []) END"
    )


def _folded_by_rows(source: str, row: str, initial: str, body: str) -> str:
    return (
        f"CASE WHEN {source} IS NOT NULL THEN (WITH RECURSIVE {row}(i, a) AS ("
        f"SELECT CAST(0 AS BIGINT), {initial} UNION ALL "
        f"SELECT {row}.i + 1, {body} FROM {row} WHERE {row}.i < len({source})) "
        f"SELECT {row}.a FROM {row} ORDER BY {row}.i DESC LIMIT 1) END"
    )
