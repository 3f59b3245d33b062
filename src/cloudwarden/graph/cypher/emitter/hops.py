"""One hop of a walk: a relation, or what a quantified path repeats, with its conditions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.bound import Bound, Group, MatchStep, RelationSlot, Variable
from cloudwarden.graph.cypher.emitter.blocks import Block, Names, Place
from cloudwarden.graph.cypher.emitter.sources import NodeSource, RelationSource
from cloudwarden.graph.cypher.types import Type

Emit = Callable[[Bound, Place], str]


class Hops(ABC):
    """Where hops come from. `near` and `far` are their ends in the direction of the walk."""

    near: str
    far: str
    #: How many relations a hop has.
    per: int
    #: What must hold for a hop, beginning with AND, or nothing.
    condition: str

    @property
    @abstractmethod
    def relations(self) -> str:
        """The list of the hop's relations, from left to right."""

    @property
    @abstractmethod
    def trail(self) -> str:
        """The list of its relations, each with the node after it, from left to right."""

    @abstractmethod
    def value(self, variable: Variable) -> str:
        """A variable of what is repeated."""

    @abstractmethod
    def item(self) -> str:
        """The hops as an item of FROM."""

    def join(self, place: str | None, *, back: bool = False) -> str:
        """Joins the hops from a node on; `back` joins those that lead there, None all."""
        on = "true" if place is None else f"{self.far if back else self.near} = {place}"
        return f"JOIN {self.item()} ON {on}"


@dataclass(slots=True, eq=False)
class _Relation(Place):
    """The relation of a hop and the node it leads to, for conditions on each."""

    slot: RelationSlot
    source: RelationSource
    reached: NodeSource
    far: str
    outer: Place

    def value(self, variable: Variable) -> str | None:
        """The relation or node itself, or anything of the row that the walk belongs to."""
        if variable is self.slot.each:
            return self.source.id
        return self.far if variable is self.slot.node else self.outer.value(variable)

    def property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """A property of the relation or node."""
        if variable is self.slot.each:
            return self.source.column(name, type_)
        if variable is self.slot.node:
            return self.reached.column(name, type_)
        return self.outer.property(variable, name, type_)


class _RelationHops(Hops):
    def __init__(self, source: RelationSource, reached: NodeSource, *, backwards: bool) -> None:
        self._source = source
        self._reached = reached
        self.near, self.far = source.left, source.right
        if backwards:
            self.near, self.far = self.far, self.near
        self.per = 1
        self.condition = ""

    @property
    def relations(self) -> str:
        """The one relation."""
        return f"[{self._source.id}]"

    @property
    def trail(self) -> str:
        """The relation and the node to the right of it."""
        return f"[{self._source.id}, {self._source.right}]"

    def value(self, variable: Variable) -> str:
        """Nothing has a name inside a relation."""
        raise AssertionError(variable)

    def item(self) -> str:
        """The hops as an item of FROM."""
        return self._source.render()

    def join(self, place: str | None, *, back: bool = False) -> str:
        """Joins the hops, and the nodes they lead to if those are asked for something."""
        joined = Hops.join(self, place, back=back)
        if self._reached.needed:
            joined += f" JOIN {self._reached.render()} ON {self._reached.id} = {self.far}"
        return joined


class _GroupHops(Hops):
    def __init__(self, group: Group, block: Block, *, backwards: bool) -> None:
        self._group = group
        self._block = block
        nodes = group.path.nodes
        self.near, self.far = self.value(nodes[0]), self.value(nodes[-1])
        if backwards:
            self.near, self.far = self.far, self.near
        self.per = len(group.path.relations)
        self.condition = ""

    @property
    def relations(self) -> str:
        """The relations in order."""
        return f"[{', '.join(self.value(slot.variable) for slot in self._group.path.relations)}]"

    @property
    def trail(self) -> str:
        """Each relation and the node to the right of it."""
        path = self._group.path
        items = [
            f"{self.value(slot.variable)}, {self.value(node)}"
            for slot, node in zip(path.relations, path.nodes[1:], strict=True)
        ]
        return f"[{', '.join(items)}]"

    def value(self, variable: Variable) -> str:
        """A variable of the repeated pattern."""
        column = self._block.export(variable)
        assert column is not None, variable.name
        return f"{self._block.alias}.{column}"

    def item(self) -> str:
        """The hops as an item of FROM."""
        return f"({self._block.render()}) {self._block.alias}"


def relation_hops(
    catalog: Catalog,
    names: Names,
    slot: RelationSlot,
    emit: Emit,
    outer: Place,
    *,
    backwards: bool,
) -> Hops:
    """The hops of a variable-length relation."""
    source = RelationSource(catalog, names.fresh("e"), slot.edges)
    pairs = {pair for edge in slot.edges for pair in edge.forward | edge.backward}
    tables = frozenset(pair[0 if backwards else 1] for pair in pairs)
    reached = NodeSource(catalog, names.fresh("n"), tables)
    hops = _RelationHops(source, reached, backwards=backwards)
    place = _Relation(slot, source, reached, hops.far, outer)
    for condition in (slot.condition, slot.node_condition):
        if condition is not None:
            hops.condition += f" AND {emit(condition, place)}"
    return hops


def group_hops(
    group: Group, repeated: Callable[[MatchStep], Block], *, backwards: bool
) -> Hops:  # fmt: skip
    """The hops of a quantified path."""
    return _GroupHops(group, repeated(group.step), backwards=backwards)
