"""The block of grouped rows, and the SQL of aggregates."""

from __future__ import annotations

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.bound import Aggregate, Bound, GroupStep, Ref, Variable
from cloudwarden.graph.cypher.emitter.blocks import Block, Names, Place
from cloudwarden.graph.cypher.emitter.steps import Emit
from cloudwarden.graph.cypher.types import Kind, Type, sql_type


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
        self._emit = emit
        self._grouped: list[str] = []
        for variable, value in step.keys:
            self._add_key(("value", variable), emit(value, self))

    def _add_key(self, key: tuple[object, ...], sql: str) -> str:
        column = self.output(key, sql)
        if column not in self._grouped:
            self._grouped.append(column)
        return column

    def own_value(self, variable: Variable) -> str | None:
        """A key or an aggregate."""
        if variable in self._keys:
            return self.outputs["value", variable][1]
        if variable in self._aggregates:
            return self._aggregate(self._aggregates[variable])
        return None

    def own_property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """A property of a key that is a variable of the source."""
        key = self._keys.get(variable)
        if isinstance(key, Ref):
            return self.property(key.variable, name, type_)
        return None

    def exports(self, variable: Variable) -> bool:
        """Only keys and aggregates go on."""
        return variable in self._keys or variable in self._aggregates

    def export_property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """A property of a key, grouped by as well."""
        if not self.exports(variable):
            return None
        sql = self.own_property(variable, name, type_)
        return None if sql is None else self._add_key(("property", variable, name), sql)

    def own_order(self) -> str | None:
        """Grouping ends any order."""
        return None

    def render(self) -> str:
        """The statement."""
        group = f" GROUP BY {', '.join(self._expressions())}" if self._grouped else ""
        return f"SELECT {self._selected()}{self.from_source()}{group}"

    def _selected(self) -> str:
        if not self.outputs:
            # Without keys there is one group, even of no rows.
            return "count(*) AS one"
        return self.select_list()

    def _expressions(self) -> list[str]:
        # By place, so that a key which is a constant is not taken for a place itself.
        columns = [column for column, _ in self.outputs.values()]
        return [str(columns.index(column) + 1) for column in self._grouped]

    def _aggregate(self, node: Aggregate) -> str:
        if not node.arguments:
            return "count(*)"
        value = node.arguments[0]
        sql = self._emit(value, self)
        distinct = "DISTINCT " if node.distinct else ""
        match node.name:
            case "count":
                return f"count({distinct}{sql})"
            case "collect":
                return self._collect(sql, node)
            case "sum":
                return _sum(sql, value.type, distinct)
            case "avg" if value.type.kind is Kind.DURATION:
                return f"avg({distinct}{sql})"
            case "min" | "max":
                return self._extreme(node.name, sql, value)
            case "stdev":
                return f"coalesce(stddev_samp({distinct}{sql}), CAST(0 AS DOUBLE))"
            case "stdevp":
                return f"coalesce(stddev_pop({distinct}{sql}), CAST(0 AS DOUBLE))"
            case "percentilecont" | "percentiledisc":
                share = node.arguments[1]
                name = "quantile_cont" if node.name == "percentilecont" else "quantile_disc"
                return f"{name}({distinct}{sql}, {self._emit(share, self)})"
            case _:
                return f"{node.name}({distinct}{sql})"

    def _collect(self, sql: str, node: Aggregate) -> str:
        empty = f"CAST([] AS {sql_type(node.type)})"
        if node.distinct:
            # DuckDB orders a distinct list only by itself; sorted is at least the same each time.
            listed = f"list(DISTINCT {sql} ORDER BY {sql})"
        else:
            order = self.source.export_order() if self.source is not None else None
            by = f" ORDER BY {self.alias}.{order}" if order else ""
            listed = f"list({sql}{by})"
        return f"coalesce({listed} FILTER (WHERE {sql} IS NOT NULL), {empty})"

    def _extreme(self, name: str, sql: str, value: Bound) -> str:
        if value.type.kind is Kind.ANY:
            return f"arg_{name}({sql}, cw_order({sql}))"
        return f"{name}({sql})"


def _sum(sql: str, type_: Type, distinct: str) -> str:
    if type_.kind is Kind.INTEGER:
        return f"coalesce(CAST(sum({distinct}{sql}) AS BIGINT), 0)"
    if type_.kind is Kind.FLOAT:
        return f"coalesce(sum({distinct}{sql}), CAST(0 AS DOUBLE))"
    if type_.kind is Kind.DURATION:
        return f"sum({distinct}{sql})"
    number = f"cw_as_float({sql})"
    return (
        f"CASE WHEN coalesce(bool_and(cw_is_integer({sql})) FILTER (WHERE {sql} IS NOT NULL), "
        f"true) THEN CAST(coalesce(CAST(sum({distinct}cw_to_integer({sql})) AS BIGINT), 0) AS "
        f"VARIANT) ELSE CAST(sum({distinct}{number}) AS VARIANT) END"
    )
