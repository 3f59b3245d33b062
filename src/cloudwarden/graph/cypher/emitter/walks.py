"""Variable-length relations: a recursive statement that walks from the better anchored end.

One row a path, as in Neo4j, and no relation twice on a path, which also bounds it. A shortest
path is a breadth-first search that visits each node once a start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.bound import (
    Bound,
    Equals,
    MatchStep,
    RelationSlot,
    Variable,
    variables_in,
)
from cloudwarden.graph.cypher.emitter.blocks import Names, Place
from cloudwarden.graph.cypher.emitter.sources import RelationSource
from cloudwarden.graph.cypher.emitter.sql import in_tables
from cloudwarden.graph.cypher.types import Type

Emit = Callable[[Bound, Place], str]


def seed_side(
    catalog: Catalog, slot: RelationSlot, step: MatchStep, known: set[Variable]
) -> Variable:
    """The end to walk from: one with a value already, one with a condition, the rarer one."""

    def rank(variable: Variable) -> tuple[int, int]:
        if variable in known:
            return 0, 0
        tables = next(node.tables for node in step.nodes if node.variable is variable)
        rows = sum(catalog.nodes[table].count for table in tables)
        equal = any(
            isinstance(condition, Equals) and variables_in(condition) == {variable}
            for condition in step.conditions
        )
        return (1 if equal else 2), rows

    return slot.left if rank(slot.left) <= rank(slot.right) else slot.right


@dataclass(slots=True, eq=False)
class _Step(Place):
    """The relation being taken, for conditions on each relation of a walk."""

    slot: RelationSlot
    source: RelationSource
    outer: Place

    def value(self, variable: Variable) -> str | None:
        """The relation itself, or anything of the row that the walk belongs to."""
        return self.source.id if variable is self.slot.each else self.outer.value(variable)

    def property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """A property of the relation."""
        if variable is self.slot.each:
            return self.source.column(name, type_)
        return self.outer.property(variable, name, type_)


class WalkSource:
    """The walks that a slot may take, under an alias."""

    def __init__(
        self,
        catalog: Catalog,
        names: Names,
        slot: RelationSlot,
        emit: Emit,
        outer: Place,
        *,
        backwards: bool,
    ) -> None:
        self.slot = slot
        self.alias = names.fresh("w")
        self.seed: Callable[[], str] = lambda: "SELECT 0 AS _id WHERE false"
        self._backwards = backwards
        self._steps = RelationSource(catalog, names.fresh("e"), slot.edges)
        self._work = names.fresh("walk")
        self._wants_trail = False
        self._condition = ""
        if slot.condition is not None:
            place = _Step(slot, self._steps, outer)
            self._condition = f" AND {emit(slot.condition, place)}"

    @property
    def left(self) -> str:
        """The `_id` of the node at the left end."""
        return f"{self.alias}.{'d' if self._backwards else 's'}"

    @property
    def right(self) -> str:
        """The `_id` of the node at the right end."""
        return f"{self.alias}.{'s' if self._backwards else 'd'}"

    @property
    def relations(self) -> str:
        """The list of relations, from left to right."""
        return f"{self.alias}.r"

    @property
    def trail(self) -> str:
        """Relations and the nodes after them, from left to right, without the left end."""
        self._wants_trail = True
        return f"{self.alias}.t"

    def render(self) -> str:
        """As an item of FROM."""
        assert self.slot.length is not None
        low, high = self.slot.length
        shortest = self.slot.shortest is not None
        near, far = ("_b", "_a") if self._backwards else ("_a", "_b")
        step = self._steps.alias
        work = self._work
        grown = self._grown("w.r", f"[{step}._id]")
        # Backwards, a relation is followed, from left to right, by the node we came from.
        trail_item = f"[{step}._id, {'w.d' if self._backwards else f'{step}.{far}'}]"
        trail = f", {self._grown('w.t', trail_item)}" if self._wants_trail else ""
        empty_trail = ", CAST([] AS BIGINT[])" if self._wants_trail else ""
        column = ", t" if self._wants_trail else ""
        bound = "" if high is None else f" AND len(w.r) < {high}"
        seen = ""
        keys = ""
        union = "UNION ALL"
        unvisited = f" AND NOT list_contains(w.r, {step}._id)"
        if shortest:
            keys = " USING KEY (s, d)"
            union = "UNION"
            seen = f" LEFT JOIN recurring.{work} v ON v.s = w.s AND v.d = {step}.{far}"
            unvisited = " AND v.s IS NULL"
        ends = self._end_condition(low)
        return (
            f"(WITH RECURSIVE {work}(s, d, r{column}){keys} AS ("
            f"SELECT _id, _id, CAST([] AS BIGINT[]){empty_trail} FROM ({self.seed()}) seeds "
            f"WHERE _id IS NOT NULL {union} "
            f"SELECT w.s, {step}.{far}, {grown}{trail} FROM {work} w "
            f"JOIN {self._steps.render()} ON {step}.{near} = w.d{seen} "
            f"WHERE true{unvisited}{bound}{self._condition}) "
            f"SELECT s, d, r{column} FROM {work}{ends}) {self.alias}"
        )

    def _end_condition(self, low: int) -> str:
        tests = []
        if low > 0:
            tests.append(f"len(r) >= {low}")
        end = self.slot.left if self._backwards else self.slot.right
        if end.type.tables:
            tests.append(in_tables("d", end.type.tables))
        return f" WHERE {' AND '.join(tests)}" if tests else ""

    def _grown(self, list_: str, item: str) -> str:
        return (
            f"list_concat({item}, {list_})" if self._backwards else f"list_concat({list_}, {item})"
        )
