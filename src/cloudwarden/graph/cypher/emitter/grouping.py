"""The block of grouped rows, and the SQL of aggregates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cloudwarden.graph.catalog import ROW_BITS, Catalog
from cloudwarden.graph.cypher.bound import (
    Aggregate,
    Bound,
    Const,
    GroupStep,
    OfEntity,
    Op,
    Ref,
    Variable,
)
from cloudwarden.graph.cypher.emitter.blocks import Block, Names, Place
from cloudwarden.graph.cypher.emitter.keys import key, needs_key
from cloudwarden.graph.cypher.emitter.steps import Emit
from cloudwarden.graph.cypher.types import ENTITY, INTEGER, Kind, Type, sql_type


class GroupBlock(Block):
    """Rows grouped by keys. A property of a key that is a node is a key too: it follows from it."""

    def __init__(
        self,
        catalog: Catalog,
        names: Names,
        source: Block | None,
        outer: Place | None,
        step: GroupStep,
        emit: Emit,
    ) -> None:
        super().__init__(catalog, names, source, outer)
        self._keys = dict(step.keys)
        self._aggregates = dict(step.aggregates)
        self._values: dict[Variable, str] = {}
        self._emit = emit
        self._grouped: list[str] = []
        #: What stands for the keys in comparing rows, and those that are no output themselves.
        self._identities: list[str] = []
        self._computed: list[str] = []
        #: The column that numbers the rows, and those that number them within distinct values.
        self._row: str | None = None
        self._distinct: dict[str, str] = {}
        #: What aggregates take, as columns: of an outer row's value alone, SQL would take an
        #: aggregate for the outer query's.
        self._columns: dict[str, str] = {}
        for variable, value in step.keys:
            sql = emit(value, self)
            # In a subquery, SQL could take the aggregate for the outer query's.
            table = _told_by_table(value) if outer is None else None
            if table is not None:
                # One number tells rows apart cheaper than what it stands for.
                self._identities.append(emit(table.number, self))
                self._computed.append(self._identities[-1])
                self.output(("value", variable), emit(table.value, self))
                continue
            self._identities.append(key(sql, value.type))
            if needs_key(value.type):
                self._computed.append(self._identities[-1])
                self.output(("value", variable), self._first(sql))
            else:
                self._add_key(("value", variable), sql)

    def _add_key(self, name: tuple[object, ...], sql: str) -> str:
        column = self.output(name, sql)
        if column not in self._grouped:
            self._grouped.append(column)
        return column

    def own_value(self, variable: Variable) -> str | None:
        """A key or an aggregate."""
        if variable in self._keys:
            return self.outputs["value", variable][1]
        if variable in self._aggregates:
            if variable not in self._values:
                self._values[variable] = self._aggregate(self._aggregates[variable])
            return self._values[variable]
        return None

    def own_property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """A property of a key that is a variable of the source."""
        value = self._keys.get(variable)
        if isinstance(value, Ref):
            return self.property(value.variable, name, type_)
        return None

    def exports(self, variable: Variable) -> bool:
        """Only keys and aggregates go on."""
        return variable in self._keys or variable in self._aggregates

    def export_property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """A property of a key, the same in all rows of a group."""
        if not self.exports(variable):
            return None
        sql = self.own_property(variable, name, type_)
        if sql is None:
            return None
        if needs_key(type_):
            return self.output(("property", variable, name), self._first(sql))
        return self._add_key(("property", variable, name), sql)

    def own_order(self) -> str | None:
        """Grouping ends any order."""
        return None

    def repeatable(self) -> bool:
        """Lists may be in another order the next time."""
        listed = any(aggregate.name == "collect" for aggregate in self._aggregates.values())
        return not listed and super().repeatable()

    def render(self) -> str:
        """The statement."""
        keys = [*self._places(), *self._computed]
        group = f" GROUP BY {', '.join(keys)}" if keys else ""
        return f"SELECT {self._selected()}{self.from_source()}{group}"

    def from_source(self) -> str:
        """The FROM clause, its rows numbered where a distinct aggregate needs that."""
        if not self._distinct and not self._columns and self._row is None:
            return super().from_source()
        source = "SELECT 1 AS one" if self.source is None else self.source.render()
        for level in _levels(self._columns):
            columns = ", ".join(f"{sql} AS {name}" for sql, name in level.items())
            source = f"SELECT *, {columns} FROM ({source}) {self.alias}"
        if self._row is not None:
            source = f"SELECT *, row_number() OVER () AS {self._row} FROM ({source}) {self.alias}"
        if not self._distinct:
            return f" FROM ({source}) {self.alias}"
        numbers = ", ".join(f"{sql} AS {name}" for name, sql in self._distinct.items())
        return f" FROM (SELECT *, {numbers} FROM ({source}) {self.alias}) {self.alias}"

    def _selected(self) -> str:
        if not self.outputs:
            # Without keys there is one group, even of no rows.
            return "count(*) AS one"
        return self.select_list()

    def _places(self) -> list[str]:
        # By place, so that a key which is a constant is not taken for a place itself.
        columns = [column for column, _ in self.outputs.values()]
        return [str(columns.index(column) + 1) for column in self._grouped]

    def _order(self) -> str | None:
        order = self.source.export_order() if self.source is not None else None
        return f"{self.alias}.{order}" if order else None

    def _numbered(self) -> str:
        """A column that tells which row came first."""
        place = self._order()
        if place is None:
            place = self._row = self._row or self.names.fresh("i")
        return place

    def _first(self, sql: str) -> str:
        """The value of a group's first row, of several that are taken for the same."""
        return f"first({sql} ORDER BY {self._numbered()})"

    def _first_met(self, sql: str, type_: Type) -> tuple[str, str]:
        """A condition that is true where a value is met first in its group, and the row's place."""
        place = self._numbered()
        met = self.names.fresh("d")
        # Windows take no expressions that may fail, but columns.
        partition = ", ".join(self._column(k) for k in (*self._identities, key(sql, type_)))
        self._distinct[met] = f"row_number() OVER (PARTITION BY {partition} ORDER BY {place})"
        return f"{met} = 1", place

    def _aggregate(self, node: Aggregate) -> str:
        if not node.arguments:
            return "count(*)"
        value = node.arguments[0]
        sql = self._argument(value)
        if node.name == "collect":
            return self._collect(sql, value.type, node)
        if node.name in {"min", "max"}:
            return _extreme(node.name, sql, value.type)
        distinct = "DISTINCT " if node.distinct else ""
        if node.name == "count":
            return f"count({distinct}{key(sql, value.type) if distinct else sql})"
        conditions = []
        if node.distinct and (needs_key(value.type) or value.type.kind is Kind.DURATION):
            conditions.append(self._first_met(sql, value.type)[0])
            distinct = ""
        where = f" FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""
        return _folded(node, sql, distinct, where, [self._emit(a, self) for a in node.arguments])

    def _argument(self, value: Bound) -> str:
        sql = self._emit(value, self)
        return sql if self.outer is None and "SELECT " not in sql else self._column(sql)

    def _column(self, sql: str) -> str:
        """An expression over the source as a column of it."""
        if sql in self._columns.values():
            return sql
        if sql not in self._columns:
            self._columns[sql] = self.names.fresh("g")
        return self._columns[sql]

    def _collect(self, sql: str, type_: Type, node: Aggregate) -> str:
        empty = f"CAST([] AS {sql_type(node.type)})"
        wanted = f"{sql} IS NOT NULL"
        place = self._order()
        if node.distinct:
            first, place = self._first_met(sql, type_)
            wanted = f"{first} AND {wanted}"
        by = f" ORDER BY {place}" if place else ""
        return f"coalesce(list({sql}{by}) FILTER (WHERE {wanted}), {empty})"


def _levels(columns: Mapping[str, str]) -> list[dict[str, str]]:
    """Expressions with their names, apart from those that name them: these come a level later."""
    levels: list[dict[str, str]] = []
    for sql, name in columns.items():
        named = levels and any(re.search(rf"\b{one}\b", sql) for one in levels[-1].values())
        if named or not levels:
            levels.append({})
        levels[-1][sql] = name
    return levels


def _folded(node: Aggregate, sql: str, distinct: str, where: str, arguments: list[str]) -> str:
    kind = node.arguments[0].type.kind
    match node.name:
        case "sum":
            return _sum(sql, kind, distinct, where)
        case "avg" if kind is Kind.DURATION:
            count = f"nullif(count({sql}){where}, 0)"
            return f"cw_duration_divided({_durations(sql, where)}, {count})"
        case "stdev":
            return f"coalesce(stddev_samp({distinct}{sql}){where}, CAST(0 AS DOUBLE))"
        case "stdevp":
            return f"coalesce(stddev_pop({distinct}{sql}){where}, CAST(0 AS DOUBLE))"
        case "percentiledisc" if kind is Kind.ANY:
            # One of the values as it is, be it an integer or a float.
            wanted = f"FILTER (WHERE {sql} IS NOT NULL)"
            sorted_ = f"list({distinct}{sql} ORDER BY cw_as_float({sql})) {wanted}"
            return f"cw_percentiledisc({sorted_}, first({arguments[1]}))"
        case "percentilecont" | "percentiledisc":
            if isinstance(node.arguments[1], Const):
                name = "quantile_cont" if node.name == "percentilecont" else "quantile_disc"
                return f"{name}({distinct}{sql}, {arguments[1]}){where}"
            sorted_ = f"list_sort(list({distinct}{sql}) FILTER (WHERE {sql} IS NOT NULL))"
            return f"cw_{node.name}({sorted_}, first({arguments[1]}))"
    return f"{node.name}({distinct}{sql}){where}"


def _extreme(name: str, sql: str, type_: Type) -> str:
    if needs_key(type_):
        return f"arg_{name}({sql}, {key(sql, type_)})"
    return f"{name}({sql})"


def _durations(sql: str, where: str) -> str:
    sums = ", ".join(f"coalesce(sum(({sql}).{field}){where}, 0)" for field in "mdsb")
    return f"cw_duration({sums})"


def _sum(sql: str, kind: Kind, distinct: str, where: str) -> str:
    if kind is Kind.INTEGER:
        return f"coalesce(cw_whole_sum(sum({distinct}{sql}){where}), 0)"
    if kind is Kind.FLOAT:
        return f"coalesce(sum({distinct}{sql}){where}, CAST(0 AS DOUBLE))"
    if kind is Kind.DURATION:
        return _durations(sql, where)
    whole = f"coalesce(bool_and({sql} IS NULL OR cw_is_integer({sql})), true)"
    integers = f"coalesce(cw_whole_sum(sum(cw_integer_or_null({sql})){where}), 0)"
    return (
        f"CASE WHEN {whole} THEN CAST({integers} AS VARIANT) "
        f"ELSE CAST(sum(cw_as_float({sql})){where} AS VARIANT) END"
    )


@dataclass(frozen=True, slots=True)
class _ToldByTable:
    """What all nodes or relations of a table have in common, and the table's number."""

    number: Bound
    value: Bound


def _told_by_table(value: Bound) -> _ToldByTable | None:
    """For `labels` and `type`; no two tables have the same."""
    if not isinstance(value, OfEntity) or value.function not in {"labels", "type"}:
        return None
    subject = value.subject
    if subject.type.kind not in ENTITY:
        return None
    number = Op(type=INTEGER, template=f"({{0}} >> {ROW_BITS})", arguments=(subject,))
    one = Op(type=subject.type, template="any_value({0})", arguments=(subject,))
    return _ToldByTable(number, replace(value, subject=one))
