"""Blocks: one SELECT each, that hands columns to the next only when asked for them.

A block is built, then asked for variables (`export`) and properties of variables
(`export_property`) by the block after it, and rendered last. So a projection of twenty columns of
which one is used selects one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.bound import Variable
from cloudwarden.graph.cypher.types import Type

Key = tuple[object, ...]


@dataclass(slots=True)
class Names:
    """Fresh names, unique over one statement."""

    counter: Iterator[int] = field(default_factory=count)

    def fresh(self, prefix: str) -> str:
        """A name nobody has yet."""
        return f"{prefix}{next(self.counter)}"


class Place(ABC):
    """Somewhere in the statement where variables have values."""

    @abstractmethod
    def value(self, variable: Variable) -> str | None:
        """The variable's value here, or None if it is not in reach."""

    @abstractmethod
    def property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """A property of a node or relation variable here, or None if no row of it is at hand."""


class Block(Place):
    """A SELECT over an optional source block, correlated to an optional outer place."""

    def __init__(
        self, catalog: Catalog, names: Names, source: Block | None, outer: Place | None
    ) -> None:
        self.catalog = catalog
        self.names = names
        self.source = source
        self.outer = outer
        self.alias = names.fresh("q")
        self.outputs: dict[Key, tuple[str, str]] = {}

    @abstractmethod
    def own_value(self, variable: Variable) -> str | None:
        """The value of a variable that this block itself brings."""

    @abstractmethod
    def own_property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """A property of a variable that this block itself brings."""

    @abstractmethod
    def render(self) -> str:
        """The statement, with the columns asked for so far."""

    def apart(self) -> str | None:
        """The statement by itself, run before the rest for the same rows; None if it cannot be."""
        return self.completed(self.render()) if self.repeatable() else None

    def repeatable(self) -> bool:
        """Whether the rows depend on nothing outside, and are the same whenever asked for."""
        return self.outer is None and (self.source is None or self.source.repeatable())

    def completed(self, sql: str) -> str:
        """A statement over this block with what the block takes to be defined elsewhere."""
        return sql if self.source is None else self.source.completed(sql)

    def value(self, variable: Variable) -> str | None:
        """The variable's value inside this block."""
        own = self.own_value(variable)
        if own is not None:
            return own
        if self.source is not None:
            column = self.source.export(variable)
            if column is not None:
                return f"{self.alias}.{column}"
        return None if self.outer is None else self.outer.value(variable)

    def property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """A property of a variable inside this block."""
        own = self.own_property(variable, name, type_)
        if own is not None:
            return own
        if self.source is not None and self.own_value(variable) is None:
            column = self.source.export_property(variable, name, type_)
            if column is not None:
                return f"{self.alias}.{column}"
        if self.outer is None or self.in_reach(variable):
            return None
        return self.outer.property(variable, name, type_)

    def in_reach(self, variable: Variable) -> bool:
        """Whether this block or one it builds on brings the variable."""
        if self.own_value(variable) is not None:
            return True
        return self.source is not None and self.source.exports(variable)

    def exports(self, variable: Variable) -> bool:
        """Whether the next block can ask for the variable."""
        return self.in_reach(variable)

    def export(self, variable: Variable) -> str | None:
        """The output column that holds the variable; None if this block does not have it."""
        if not self.exports(variable):
            return None
        sql = self.value(variable)
        return None if sql is None else self.output(("value", variable), sql)

    def export_property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """The output column that holds a property of the variable, if its row is at hand."""
        key = ("property", variable, name)
        if key in self.outputs:
            return self.outputs[key][0]
        if not self.exports(variable):
            return None
        sql = self.property(variable, name, type_)
        return None if sql is None else self.output(key, sql)

    def export_order(self) -> str | None:
        """An output column that numbers rows in the order last asked for; None if there is none."""
        order = self.own_order()
        return None if order is None else self.output(("order",), order)

    def own_order(self) -> str | None:
        """The row's place in the order that holds inside this block."""
        if self.source is None:
            return None
        column = self.source.export_order()
        return None if column is None else f"{self.alias}.{column}"

    def output(self, key: Key, sql: str) -> str:
        """The column for an expression, added to the outputs if it is new."""
        if key not in self.outputs:
            self.outputs[key] = (self.names.fresh("c"), sql)
        return self.outputs[key][0]

    def select_list(self) -> str:
        """The outputs as a select list; a constant where nothing is wanted but rows."""
        if not self.outputs:
            return "1 AS one"
        return ", ".join(f"{sql} AS {column}" for column, sql in self.outputs.values())

    def from_source(self) -> str:
        """The FROM clause over the source, empty without one."""
        if self.source is None:
            return ""
        return f" FROM ({self.source.render()}) {self.alias}"
