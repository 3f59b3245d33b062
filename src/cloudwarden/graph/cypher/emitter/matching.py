"""The block of a MATCH: sources joined at their ends, no relation twice, conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.bound import (
    Bound,
    MatchStep,
    NodeSlot,
    PathSlot,
    RelationSlot,
    Variable,
    variables_in,
)
from cloudwarden.graph.cypher.emitter.blocks import Block, Names, Place
from cloudwarden.graph.cypher.emitter.sources import NodeSource, RelationSource
from cloudwarden.graph.cypher.emitter.sql import in_tables
from cloudwarden.graph.cypher.emitter.walks import WalkSource, seed_side
from cloudwarden.graph.cypher.types import Type

Emit = Callable[[Bound, Place], str]


class MatchBlock(Block):
    """One way to fill the slots a row. Nodes' tables are joined only if their columns are used."""

    def __init__(
        self,
        catalog: Catalog,
        names: Names,
        source: Block | None,
        outer: Place | None,
        step: MatchStep,
        emit: Emit,
    ) -> None:
        super().__init__(catalog, names, source, outer)
        self._step = step
        self._emit = emit
        self._nodes: dict[Variable, NodeSource] = {}
        self._ids: dict[Variable, str] = {}
        self._relations: dict[RelationSlot, RelationSource] = {}
        self._walks: dict[RelationSlot, WalkSource] = {}
        self._own: dict[Variable, str] = {}
        self._where: list[str] = []
        self._known: set[Variable] = set()
        self._seeds_from_source = False
        self._build()

    def own_value(self, variable: Variable) -> str | None:
        """The value of a variable that the pattern introduces."""
        if variable in self._own:
            return self._own[variable]
        for path in self._step.paths:
            if path.variable is variable:
                return self._path(path)
        return None

    def own_property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """A property of a node or relation that the pattern introduces."""
        if variable in self._nodes and variable not in self._known:
            return self._nodes[variable].column(name, type_)
        for slot, relation in self._relations.items():
            if slot.variable is variable and not slot.bound:
                if name.startswith("~"):
                    return relation.end(name[1:])
                return relation.column(name, type_)
        return None

    def render(self) -> str:
        """The statement."""
        items = [relation.render() for relation in self._relations.values()]
        items += [walk.render() for walk in self._walks.values()]
        where = list(self._where)
        for variable, node in self._nodes.items():
            if node.needed:
                items.append(node.render())
                if self._ids[variable] != node.id:
                    where.append(f"{node.id} = {self._ids[variable]}")
        prefix = ""
        if self.source is not None:
            if self._seeds_from_source:
                prefix = f"WITH {self.alias}s AS MATERIALIZED ({self.source.render()}) "
                items.insert(0, f"{self.alias}s {self.alias}")
            else:
                items.insert(0, f"({self.source.render()}) {self.alias}")
        from_clause = f" FROM {', '.join(items)}" if items else ""
        condition = f" WHERE {' AND '.join(where)}" if where else ""
        return f"{prefix}SELECT {self.select_list()}{from_clause}{condition}"

    def _build(self) -> None:
        for node in self._step.nodes:
            self._place_known(node)
        fixed = [slot for slot in self._step.relations if slot.length is None]
        walks = [slot for slot in self._step.relations if slot.length is not None]
        for slot in fixed:
            self._join(slot)
        for slot in walks:
            self._walk(slot)
        for node in self._step.nodes:
            self._place_rest(node)
        self._where += self._distinct_relations()
        self._where += [self._emit(condition, self) for condition in self._step.conditions]

    def _place_known(self, node: NodeSlot) -> None:
        if node.known is None:
            return
        self._known.add(node.variable)
        value = self._outside(node.variable)
        self._ids[node.variable] = value
        if node.tables != node.known:
            self._where.append(in_tables(value, node.tables))

    def _outside(self, variable: Variable) -> str:
        value = super().value(variable)
        assert value is not None, variable.name
        return value

    def _place_rest(self, node: NodeSlot) -> None:
        if node.variable in self._known:
            return
        source = NodeSource(self.catalog, self.names.fresh("n"), node.tables)
        self._nodes[node.variable] = source
        if node.variable not in self._ids:
            self._ids[node.variable] = source.id
            source.needed = True
        self._own[node.variable] = self._ids[node.variable]

    def _join(self, slot: RelationSlot) -> None:
        source = RelationSource(self.catalog, self.names.fresh("e"), slot.edges)
        self._relations[slot] = source
        self._touch(slot.left, source.left)
        self._touch(slot.right, source.right)
        if slot.bound:
            self._where.append(f"{source.id} = {self._outside(slot.variable)}")
        else:
            self._own[slot.variable] = source.id

    def _walk(self, slot: RelationSlot) -> None:
        side = seed_side(self.catalog, slot, self._step, self._known)
        walk = WalkSource(
            self.catalog, self.names, slot, self._emit, self, backwards=side is slot.right
        )
        walk.seed = self._seed(side, walk)
        self._walks[slot] = walk
        self._touch(slot.left, walk.left)
        self._touch(slot.right, walk.right)
        self._own[slot.variable] = walk.relations

    def _seed(self, variable: Variable, walk: WalkSource) -> Callable[[], str]:
        """The statement that gives the `_id`s that a walk starts from."""
        if variable in self._known:
            if self.source is not None and self.source.exports(variable):
                self._seeds_from_source = True
                column = self.source.export(variable)
                return lambda: f"SELECT DISTINCT {column} AS _id FROM {self.alias}s"
            value = self._outside(variable)
            return lambda: f"SELECT {value} AS _id"
        step = self._alone(variable)
        block = MatchBlock(self.catalog, self.names, None, self.outer, step, self._emit)
        column = block.export(variable)
        assert walk.slot in self._step.relations
        return lambda: f"SELECT {column} AS _id FROM ({block.render()}) {block.alias}"

    def _alone(self, variable: Variable) -> MatchStep:
        """The part of the pattern that is about one node only."""
        node = next(slot for slot in self._step.nodes if slot.variable is variable)
        conditions = tuple(c for c in self._step.conditions if variables_in(c) == {variable})
        return MatchStep((node,), (), (), conditions, optional=False)

    def _touch(self, variable: Variable, end: str) -> None:
        if variable in self._ids:
            self._where.append(f"{self._ids[variable]} = {end}")
        else:
            self._ids[variable] = end

    def _distinct_relations(self) -> Iterator[str]:
        for one, other in combinations(self._step.relations, 2):
            if not _overlap(one, other):
                continue
            if one.length is None and other.length is None:
                yield f"{self._relations[one].id} <> {self._relations[other].id}"
            elif one.length is not None and other.length is not None:
                yield (
                    f"NOT list_has_any({self._walks[one].relations}, "
                    f"{self._walks[other].relations})"
                )
            else:
                single, walk = (one, other) if one.length is None else (other, one)
                yield (
                    f"NOT list_contains({self._walks[walk].relations}, "
                    f"{self._relations[single].id})"
                )

    def _path(self, path: PathSlot) -> str:
        pieces = [f"[{self._ids[path.nodes[0]]}]"]
        for slot, node in zip(path.relations, path.nodes[1:], strict=True):
            if slot in self._walks:
                pieces.append(self._walks[slot].trail)
            else:
                pieces.append(f"[{self._relations[slot].id}, {self._ids[node]}]")
        if len(pieces) == 1:
            return pieces[0]
        return f"list_concat({', '.join(pieces)})" if len(pieces) == 2 else _concatenated(pieces)


def _concatenated(pieces: list[str]) -> str:
    return f"flatten([{', '.join(pieces)}])"


def _overlap(one: RelationSlot, other: RelationSlot) -> bool:
    """Whether one stored relation could fill both slots."""
    stored = {edge.type: edge.forward | {(b, a) for a, b in edge.backward} for edge in one.edges}
    return any(
        stored.get(edge.type, frozenset()) & (edge.forward | {(b, a) for a, b in edge.backward})
        for edge in other.edges
    )
