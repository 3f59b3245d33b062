"""The blocks of every clause but MATCH."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.bound import Bound, Const, Ref, Variable
from cloudwarden.graph.cypher.emitter.blocks import Block, Names, Place
from cloudwarden.graph.cypher.emitter.keys import key as order_key
from cloudwarden.graph.cypher.emitter.keys import needs_key
from cloudwarden.graph.cypher.types import INTEGER, Type

Emit = Callable[[Bound, Place], str]


class BareBlock(Block):
    """A block that brings no variables of its own."""

    def own_value(self, variable: Variable) -> str | None:
        """Nothing."""
        del variable
        return None

    def own_property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """Nothing."""
        del variable, name, type_
        return None


class RowsBlock(BareBlock):
    """The rows of another block, with a number each.

    Read twice where something optional is to be joined to them.
    """

    def __init__(
        self, catalog: Catalog, names: Names, source: Block | None, outer: Place | None
    ) -> None:
        super().__init__(catalog, names, source, outer)
        #: The row's number, as a variable that later blocks can ask for.
        self.number = Variable("", INTEGER)

    def own_value(self, variable: Variable) -> str | None:
        """The row's number."""
        return "row_number() OVER ()" if variable is self.number else None

    def render(self) -> str:
        """The statement."""
        return f"SELECT {self.select_list()}{self.from_source()}"


class SharedBlock(BareBlock):
    """A block under a name that is defined elsewhere in the statement."""

    def __init__(self, shared: RowsBlock, name: str) -> None:
        super().__init__(shared.catalog, shared.names, shared, None)
        self._name = name

    def completed(self, sql: str) -> str:
        """With the definition of the name."""
        assert self.source is not None
        return f"WITH {self._name} AS ({self.source.render()}) SELECT * FROM ({sql}) {self.alias}"

    def render(self) -> str:
        """The statement."""
        return f"SELECT {self.select_list()} FROM {self._name} {self.alias}"


class OptionalBlock(Block):
    """OPTIONAL MATCH: each row with each match, or once with nulls where there is none."""

    def __init__(
        self, rows: RowsBlock, inner: Block, name: str, introduced: frozenset[Variable]
    ) -> None:
        super().__init__(rows.catalog, rows.names, rows, rows.outer)
        self._inner = inner
        self._name = name
        self._row = inner.export(rows.number)
        self._introduced = introduced

    def own_value(self, variable: Variable) -> str | None:
        """The value of a variable that the optional pattern introduces."""
        if variable not in self._introduced:
            return None
        return f"{self._inner.alias}o.{self._inner.export(variable)}"

    def own_property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """A property of what the optional pattern introduces."""
        if variable not in self._introduced:
            return None
        column = self._inner.export_property(variable, name, type_)
        return None if column is None else f"{self._inner.alias}o.{column}"

    def completed(self, sql: str) -> str:
        """Nothing more: the name is defined here."""
        return sql

    def render(self) -> str:
        """The statement."""
        assert isinstance(self.source, RowsBlock)
        select = self.select_list()
        row = self.source.export(self.source.number)
        inner = f"({self._inner.render()}) {self._inner.alias}o"
        return (
            f"WITH {self._name} AS MATERIALIZED ({self.source.render()}) "
            f"SELECT {select} FROM {self._name} {self.alias} "
            f"LEFT JOIN {inner} ON {self._inner.alias}o.{self._row} = {self.alias}.{row}"
        )


class UnwindBlock(Block):
    """UNWIND: a row for each element."""

    def __init__(
        self,
        catalog: Catalog,
        names: Names,
        source: Block | None,
        outer: Place | None,
        variable: Variable,
        list_: Bound,
        emit: Emit,
    ) -> None:
        super().__init__(catalog, names, source, outer)
        self._variable = variable
        self.output(("value", variable), f"unnest({emit(list_, self)})")

    def own_value(self, variable: Variable) -> str | None:
        """The element; only as an output, since it exists once per row made."""
        return self.outputs["value", variable][1] if variable is self._variable else None

    def own_property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """An element's row is not at hand."""
        del variable, name, type_
        return None

    def render(self) -> str:
        """The statement."""
        return f"SELECT {self.select_list()}{self.from_source()}"


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


class CallBlock(Block):
    """CALL { … }: each row with each row of a query that sees it."""

    def __init__(
        self,
        catalog: Catalog,
        names: Names,
        source: Block | None,
        outer: Place | None,
        outputs: Sequence[Variable],
        *,
        optional: bool,
    ) -> None:
        super().__init__(catalog, names, source, outer)
        self._columns = {variable: f"u{place}" for place, variable in enumerate(outputs)}
        self._optional = optional
        self._called = names.fresh("s")
        self.statement = ""

    def own_value(self, variable: Variable) -> str | None:
        """A column of the called query."""
        column = self._columns.get(variable)
        return None if column is None else f"{self._called}.{column}"

    def own_property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """A column's row is not at hand."""
        del variable, name, type_
        return None

    def repeatable(self) -> bool:
        """What is called may cut its rows off."""
        return False

    def render(self) -> str:
        """The statement."""
        called = f"({self.statement}) {self._called}"
        if self.source is None:
            if self._optional:
                called = f"(SELECT 1) {self.alias} LEFT JOIN {called} ON true"
            return f"SELECT {self.select_list()} FROM {called}"
        join = "LEFT JOIN LATERAL" if self._optional else "JOIN LATERAL"
        return f"SELECT {self.select_list()}{self.from_source()} {join} {called} ON true"


def _row_count(sql: str, count: Bound) -> str:
    if isinstance(count, Const):
        return sql
    return (
        f"(CASE WHEN {sql} >= 0 THEN {sql} ELSE "
        "error('cypher: SKIP and LIMIT take a whole number that is not negative') END)"
    )
