"""The block of a MATCH, or of a stage of one: sources joined at their ends, conditions."""

from __future__ import annotations

from collections.abc import Callable

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.bound import (
    Bound,
    MatchStep,
    NodeSlot,
    PathSlot,
    RelationSlot,
    Selection,
    Variable,
    variables_in,
)
from cloudwarden.graph.cypher.emitter.blocks import Block, Names, Place
from cloudwarden.graph.cypher.emitter.searches import Apart, Seeds, Statement
from cloudwarden.graph.cypher.emitter.sources import NodeSource, RelationSource
from cloudwarden.graph.cypher.emitter.sql import in_tables
from cloudwarden.graph.cypher.emitter.staging import rank
from cloudwarden.graph.cypher.emitter.walks import WalkSource
from cloudwarden.graph.cypher.types import Type
from cloudwarden.graph.search import Search

Emit = Callable[[Bound, Place], str]
Matcher = Callable[[MatchStep, Block | None, Place | None], Block]


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
        matcher: Matcher,
        row: Variable | None,
        *,
        once: bool,
        searches: list[Search] | None,
    ) -> None:
        super().__init__(catalog, names, source, outer)
        self._step = step
        self._emit = emit
        self._matcher = matcher
        self._row = row
        self._once = once
        self._searches = searches if outer is None else None
        self._nodes: dict[Variable, NodeSource] = {}
        self._ids: dict[Variable, str] = {}
        self._relations: dict[RelationSlot, RelationSource] = {}
        self._walks: dict[RelationSlot, WalkSource] = {}
        self._where: list[str] = []
        self._selected: list[str] = []
        self._known: set[Variable] = set()
        #: Nodes whose values are of account to others.
        self._asked: set[Variable] = set()
        #: Nodes whose own conditions are met before.
        self._settled: set[Variable] = set()
        self._shares_source = False
        self._build()

    def own_value(self, variable: Variable) -> str | None:
        """The value of a variable that the pattern introduces."""
        if variable in self._nodes:
            self._asked.add(variable)
            return self._ids[variable]
        for slot, relation in self._relations.items():
            if slot.variable is variable and not slot.bound:
                return relation.id
        for walk in self._walks.values():
            value = walk.value(variable)
            if value is not None:
                return value
        for path in self._step.paths:
            if path.variable is variable:
                return self._path(path)
        return None

    def own_property(self, variable: Variable, name: str, type_: Type) -> str | None:
        """A property of a node or relation that the pattern introduces."""
        if variable in self._nodes:
            self._asked.add(variable)
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
            if self._shares_source:
                prefix = f"WITH {self.alias}s AS MATERIALIZED ({self.source.render()}) "
                items.insert(0, f"{self.alias}s {self.alias}")
            else:
                items.insert(0, f"({self.source.render()}) {self.alias}")
        from_clause = f" FROM {', '.join(items)}" if items else ""
        condition = f" WHERE {' AND '.join(where)}" if where else ""
        selected = f" QUALIFY {' AND '.join(self._selected)}" if self._selected else ""
        return f"{prefix}SELECT {self.select_list()}{from_clause}{condition}{selected}"

    def _build(self) -> None:
        for node in self._step.nodes:
            self._place_known(node)
        for slot in self._step.relations:
            if slot.length is None:
                self._join(slot)
        for slot in self._step.relations:
            if slot.length is not None:
                self._walk(slot)
        for node in self._step.nodes:
            self._place_rest(node)
        for condition in self._step.conditions:
            named = variables_in(condition)
            if not named or named - self._settled:
                self._where.append(self._emit(condition, self))
        for selection in self._step.selections:
            self._select(selection)

    def _place_known(self, node: NodeSlot) -> None:
        if node.known is None:
            return
        self._known.add(node.variable)
        value = self._outside(node.variable) if node.value is None else self._emit(node.value, self)
        self._ids[node.variable] = value
        if node.tables != node.known or node.value is not None:
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

    def _join(self, slot: RelationSlot) -> None:
        source = RelationSource(self.catalog, self.names.fresh("e"), slot.edges)
        self._relations[slot] = source
        self._touch(slot.left, source.left)
        self._touch(slot.right, source.right)
        if slot.value is not None:
            self._where.append(f"{source.id} = {self._emit(slot.value, self)}")

    def _walk(self, slot: RelationSlot) -> None:
        ranks = {n.variable: rank(self.catalog, self._step, n) for n in self._step.nodes}
        backwards = ranks[slot.right] < ranks[slot.left]
        near, far = (slot.right, slot.left) if backwards else (slot.left, slot.right)
        walk = WalkSource(
            self.catalog, self.names, slot, self._emit, self, self._repeated, backwards=backwards
        )
        self._walks[slot] = walk
        if slot.value is not None:
            value = self._emit(slot.value, self)
            self._where.append(f"{walk.relations} = {value}")
            walk.seeds = Seeds(self._of_source(value, "l"))
        else:
            walk.once = self._once
            walk.searches = self._searches
            walk.seeds = self._seeds(near, far)
            walk.counts = lambda: (near in self._asked, far in self._asked)
        self._touch(slot.left, walk.left)
        self._touch(slot.right, walk.right)

    def _repeated(self, step: MatchStep) -> Block:
        """The block of what a quantified path repeats."""
        return self._matcher(step, None, self)

    def _seeds(self, near: Variable, far: Variable) -> Seeds:
        """Where walks between two nodes start and may end; a known node is near."""
        if far not in self._known:
            ends = self._alone(far)
            limits = bool(self._conditions_on(far))
            useful = (lambda _, end: f"{end} IN ({ends()})") if limits else None
            if near in self._known:
                ids = self._ids[near]
                return Seeds(
                    self._of_source(ids, "_id"),
                    useful,
                    lambda: _apart(self._apart(ids, "_id"), ends() if limits else None),
                )
            # What is asked of the near node is asked before walking.
            self._settled.add(near)
            starts = self._alone(near)
            return Seeds(starts, useful, lambda: Apart(starts(), ends() if limits else None, ends))
        one, other = self._ids[near], self._ids[far]
        starts = self._of_source(one, "_id")
        if self.source is None:
            return Seeds(starts, lambda start, end: f"{start} = {one} AND {end} = {other}")
        columns = f"{one} AS a, {other}"
        pairs, alias = self._of_source(columns, "b"), self.names.fresh("p")
        return Seeds(
            starts,
            lambda start, end: (
                f"EXISTS (SELECT 1 FROM ({pairs()}) {alias} "
                f"WHERE {alias}.a = {start} AND {alias}.b = {end})"
            ),
            lambda: _apart(self._apart(columns, "b"), None, pairs=True),
        )

    def _of_source(self, value: str, name: str) -> Statement:
        """The different values of an expression over the rows of the source."""
        if self.source is None:
            return lambda: f"SELECT {value} AS {name}"
        self._shares_source = True
        return lambda: f"SELECT DISTINCT {value} AS {name} FROM {self.alias}s {self.alias}"

    def _apart(self, value: str, name: str) -> str | None:
        """The same as a statement to be run before this one; None if that cannot be."""
        if self.source is None or self.outer is not None:
            return None
        source = self.source.apart()
        return source and f"SELECT DISTINCT {value} AS {name} FROM ({source}) {self.alias}"

    def _alone(self, variable: Variable) -> Statement:
        """The `_id`s of a node, by the part of the pattern that is about it only."""
        node = next(slot for slot in self._step.nodes if slot.variable is variable)
        step = MatchStep((node,), (), (), self._conditions_on(variable), optional=False)
        block = self._matcher(step, None, self.outer)
        column = block.export(variable)
        return lambda: f"SELECT {column} AS _id FROM ({block.render()}) {block.alias}"

    def _conditions_on(self, variable: Variable) -> tuple[Bound, ...]:
        return tuple(c for c in self._step.conditions if variables_in(c) == {variable})

    def _touch(self, variable: Variable, end: str) -> None:
        if variable in self._ids:
            self._asked.add(variable)
            self._where.append(f"{self._ids[variable]} = {end}")
        else:
            self._ids[variable] = end

    def _path(self, path: PathSlot) -> str:
        pieces = [f"[{self.value(path.nodes[0])}]"]
        for slot, node in zip(path.relations, path.nodes[1:], strict=True):
            if slot.trail is not None:
                pieces.append(str(self.value(slot.trail)))
            else:
                pieces.append(f"[{self.value(slot.variable)}, {self.value(node)}]")
        if len(pieces) == 1:
            return pieces[0]
        return f"list_concat({', '.join(pieces)})" if len(pieces) == 2 else _concatenated(pieces)

    def _select(self, selection: Selection) -> None:
        values = [str(self.value(slot.variable)) for slot in selection.relations]
        lengths = [
            "1" if slot.length is None else f"len({value})"
            for slot, value in zip(selection.relations, values, strict=True)
        ]
        length = " + ".join(lengths) or "0"
        per = [self.value(v) for v in selection.per]
        per += [] if self._row is None else [self.value(self._row)]
        partition = f"PARTITION BY {', '.join(map(str, per))} " if per else ""
        if selection.groups:
            window = f"dense_rank() OVER ({partition}ORDER BY {length})"
        else:
            # Among paths of one length the choice is free, but it must be the same each time.
            window = f"row_number() OVER ({partition}ORDER BY {', '.join([length, *values])})"
        self._selected.append(f"{window} <= {selection.count}")
        self._selected += [self._emit(condition, self) for condition in selection.conditions]


def _apart(starts: str | None, ends: str | None, *, pairs: bool = False) -> Apart | None:
    return None if starts is None else Apart(starts, ends, pairs=pairs)


def _concatenated(pieces: list[str]) -> str:
    return f"flatten([{', '.join(pieces)}])"
