"""The blocks of WITH and RETURN: new variables, perhaps distinct, ordered, cut, filtered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.bound import Bound, Const, Ref, Variable
from cloudwarden.graph.cypher.emitter.blocks import Block, Names, Place
from cloudwarden.graph.cypher.emitter.keys import key as order_key
from cloudwarden.graph.cypher.emitter.keys import needs_key
from cloudwarden.graph.cypher.types import Type

Emit = Callable[[Bound, Place], str]


class ProjectBlock(Block):
    """WITH or RETURN without aggregates: new variables, perhaps distinct, ordered, cut."""

    def __init__(
        self,
        catalog: Catalog,
        names: Names,
        source: Block | None,
        outer: Place | None,
        items: Sequence[tuple[Variable, Bound]],
        emit: Emit,
        *,
        distinct: bool = False,
    ) -> None:
        super().__init__(catalog, names, source, outer)
        self._items = dict(items)
        self._emit = emit
        self._values: dict[Variable, str] = {}
        self._distinct = distinct
        self._order: list[tuple[str, str]] = []
        #: Expressions that are columns of the source, by their SQL.
        self._columns: dict[str, str] = {}
        self._tail = ""
        self._where = ""
        if distinct:
            for variable in self._items:
                self.export(variable)

    def own_value(self, variable: Variable) -> str | None:
        """A projected item."""
        if variable not in self._items:
            return None
        if variable not in self._values:
            sql = self._emit(self._items[variable], self)
            # What is random is asked for once, however often it is used.
            self._values[variable] = self._column(sql) if "random" in sql else sql
        return self._values[variable]

    def own_property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """A property of an item that is another variable under a new name."""
        item = self._items.get(variable)
        if isinstance(item, Ref):
            return self.property(item.variable, name, type_)
        return None

    def exports(self, variable: Variable) -> bool:
        """Only what is projected goes on."""
        return variable in self._items

    def own_order(self) -> str | None:
        """The order asked for here, or the one that the source came in."""
        if self._order:
            # Windows take no expressions that may fail or look something up, but columns.
            keys = [f"{self._column(sql)}{direction}" for sql, direction in self._order]
            return f"row_number() OVER (ORDER BY {', '.join(keys)})"
        return None if self._distinct else super().own_order()

    def order_by(self, keys: Sequence[tuple[Bound, bool]]) -> None:
        """Order the rows."""
        for key, descending in keys:
            item = self._items.get(key.variable) if isinstance(key, Ref) else key
            if isinstance(item, Const):
                continue
            sql = order_key(self._emit(key, self), key.type)
            # Null is the greatest value in Cypher.
            direction = " DESC NULLS FIRST" if descending else " ASC NULLS LAST"
            self._order.append((self._column(sql) if "SELECT " in sql else sql, direction))

    def keep_order(self) -> None:
        """Order the rows as the source's were, if they were."""
        if not self._order and not self._distinct:
            order = super().own_order()
            if order is not None:
                self._order.append((order, ""))

    def cut(self, skip: Bound | None, limit: Bound | None) -> None:
        """Leave rows out at the start or the end."""
        for word, count in (("LIMIT", limit), ("OFFSET", skip)):
            if count is not None:
                self._tail += f" {word} {_row_count(self._emit(count, self), count)}"

    def keep_where(self, condition: Bound) -> None:
        """Keep only rows for which the condition is true."""
        self._where = f" WHERE {self._emit(condition, self)}"

    def repeatable(self) -> bool:
        """Rows that are cut off may be others the next time."""
        return not self._tail and super().repeatable()

    def render(self) -> str:
        """The statement."""
        if self._distinct:
            return self._distinctly()
        keys = ", ".join(f"{sql}{direction}" for sql, direction in self._order)
        order = f" ORDER BY {keys}" if keys else ""
        return f"SELECT {self.select_list()}{self.from_source()}{self._where}{order}{self._tail}"

    def from_source(self) -> str:
        """The FROM clause, with the columns that were asked for beside the source's own."""
        if not self._columns:
            return super().from_source()
        columns = ", ".join(f"{sql} AS {name}" for sql, name in self._columns.items())
        return f" FROM (SELECT *, {columns} FROM ({self._source()}) {self.alias}) {self.alias}"

    def _source(self) -> str:
        return "SELECT 1 AS one" if self.source is None else self.source.render()

    def _column(self, sql: str) -> str:
        """An expression over the source as a column of it."""
        if sql in self._columns.values():
            return sql
        if sql not in self._columns:
            self._columns[sql] = self.names.fresh("g")
        return self._columns[sql]

    def _distinctly(self) -> str:
        keys = [
            order_key(self.outputs["value", variable][1], variable.type)
            for variable, item in self._items.items()
            # SQL would take a number for a column's place; and a constant tells no rows apart.
            if not isinstance(item, Const)
        ]
        exact = any(needs_key(variable.type) for variable in self._items)
        if not exact or not keys or self.source is None:
            return f"SELECT DISTINCT {self.select_list()}{self.from_source()}"
        # Of values that are taken for the same, the first stays.
        place = self.names.fresh("i")
        self._columns["row_number() OVER ()"] = place
        return (
            f"SELECT DISTINCT ON ({', '.join(keys)}) {self.select_list()}{self.from_source()} "
            f"ORDER BY {place}"
        )


class PassingBlock(ProjectBlock):
    """A projection of variables to themselves."""

    def own_value(self, variable: Variable) -> str | None:
        """Nothing of its own: the source's."""
        del variable
        return None

    def own_property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """Nothing of its own: the source's."""
        del variable, name, type_
        return None


def _row_count(sql: str, count: Bound) -> str:
    if isinstance(count, Const):
        return sql
    return (
        f"(CASE WHEN {sql} >= 0 THEN {sql} ELSE "
        "error('cypher: SKIP and LIMIT take a whole number that is not negative') END)"
    )
