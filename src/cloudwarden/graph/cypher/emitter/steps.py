"""The blocks of every clause but MATCH."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.bound import Bound, Variable
from cloudwarden.graph.cypher.emitter.blocks import Block, Names, Place
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
