"""Takes a MATCH apart into stages, each with at most one walk, that starts where the last ended.

A walk starts from the nodes at one of its ends. Where the rest of the pattern says which nodes
those are, it is matched first, so that the walk starts from few.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.bound import (
    Bound,
    BoundClause,
    Equals,
    GroupStep,
    MatchStep,
    NodeSlot,
    Op,
    ProjectStep,
    Ref,
    RelationSlot,
    Variable,
    mentioned,
    variables_in,
)
from cloudwarden.graph.cypher.types import BOOLEAN

Rank = tuple[int, int]


def stages(catalog: Catalog, step: MatchStep) -> list[MatchStep]:
    """The step as steps in a row; each may use what those before it introduced."""
    conditions = [*step.conditions, *distinct_relations(step)]
    walks = [slot for slot in step.relations if slot.length is not None]
    if not walks:
        return [replace(step, conditions=tuple(conditions))]
    return list(_Stager(catalog, step, conditions, walks).stages())


def rows_count_once(clauses: Sequence[BoundClause], *, once: bool) -> list[bool]:
    """For each clause, whether it makes no difference how often it brings a row.

    So it is before DISTINCT and before aggregates that do not count; `once` says it of the end.
    """
    found: list[bool] = []
    for clause in reversed(clauses):
        found.append(once)
        if isinstance(clause, ProjectStep):
            cut = clause.skip is not None or clause.limit is not None
            once = clause.distinct or (once and not cut)
        elif isinstance(clause, GroupStep):
            once = all(a.distinct or a.name in {"min", "max"} for _, a in clause.aggregates)
    return found[::-1]


def rank(catalog: Catalog, step: MatchStep, node: NodeSlot) -> Rank:
    """How good it is to start from a node: known, told apart by a condition, rare."""
    if node.known is not None:
        return 0, 0
    rows = sum(catalog.nodes[table].count for table in node.tables)
    equal = any(
        isinstance(condition, Equals) and variables_in(condition) == {node.variable}
        for condition in step.conditions
    )
    return (1 if equal else 2), rows


def distinct_relations(step: MatchStep) -> Iterator[Bound]:
    """That no relation is taken twice. A search for shortest paths is left alone, as in Neo4j."""
    for one, other in combinations(step.relations, 2):
        if one.shortest is not None or other.shortest is not None or not _overlap(one, other):
            continue
        if one.length is None and other.length is None:
            yield _test("({0} <> {1})", one, other)
        elif one.length is not None and other.length is not None:
            yield _test("(NOT list_has_any({0}, {1}))", one, other)
        else:
            walk, single = (one, other) if other.length is None else (other, one)
            yield _test("(NOT list_contains({0}, {1}))", walk, single)


def _test(template: str, *slots: RelationSlot) -> Bound:
    arguments = tuple(slot.value or Ref(type=slot.variable.type, variable=slot.variable)
                      for slot in slots)  # fmt: skip
    return Op(type=BOOLEAN, template=template, arguments=arguments)


def _overlap(one: RelationSlot, other: RelationSlot) -> bool:
    """Whether one stored relation could fill both slots."""
    stored: dict[str, set[tuple[int, int]]] = {}
    for edge in one.edges:
        stored.setdefault(edge.type, set()).update(edge.forward, ((b, a) for a, b in edge.backward))
    return any(
        not stored.get(edge.type, set()).isdisjoint(
            edge.forward | {(b, a) for a, b in edge.backward}
        )
        for edge in other.edges
    )


@dataclass(slots=True, eq=False)
class _Part:
    """Nodes joined by single relations: they are matched together."""

    nodes: list[NodeSlot] = field(default_factory=list)
    relations: list[RelationSlot] = field(default_factory=list)


class _Stager:
    """Puts a pattern's parts and walks in order."""

    def __init__(
        self,
        catalog: Catalog,
        step: MatchStep,
        conditions: list[Bound],
        walks: list[RelationSlot],
    ) -> None:
        self._step = step
        self._conditions = conditions
        self._walks = walks
        self._parts = _parts(step)
        self._of = {node.variable: part for part in self._parts for node in part.nodes}
        self._nodes = {node.variable: node for node in step.nodes}
        self._ranks = {node.variable: rank(catalog, step, node) for node in step.nodes}
        #: Variables that this MATCH brings, and those of them that earlier stages brought.
        self._brought = {path.variable for path in step.paths}
        self._brought |= {variable for part in self._parts for variable in _variables(part)}
        self._brought |= {variable for walk in walks for variable in _of_walk(walk)}
        self._there: set[Variable] = set()

    def stages(self) -> Iterator[MatchStep]:
        """The steps in turn."""
        waiting = list(self._parts)
        walks = list(self._walks)
        needed = [self._of[v] for walk in walks for v in _needs(walk) if v in self._of]
        if needed:
            waiting = [part for part in waiting if part not in needed]
            yield self._stage([part for part in self._parts if part in needed], None)
        while walks:
            walk = min(walks, key=lambda walk: min(self._order(v) for v in _ends(walk)))
            walks.remove(walk)
            near = min(_ends(walk), key=self._order)
            part = self._of[near]
            if part in waiting and part.relations:
                waiting.remove(part)
                yield self._stage([part], None)
            ends = [self._of[end] for end in _ends(walk)]
            now = [part for part in waiting if part in ends or not walks]
            waiting = [part for part in waiting if part not in now]
            yield self._stage(now, walk, last=not walks)

    def _order(self, end: Variable) -> tuple[bool, Rank]:
        return end not in self._there, self._ranks[end]

    def _stage(
        self, parts: list[_Part], walk: RelationSlot | None, *, last: bool = False
    ) -> MatchStep:
        nodes = [node for part in parts for node in part.nodes]
        relations = [slot for part in parts for slot in part.relations]
        if walk is not None:
            relations.append(walk)
            for end in dict.fromkeys(_ends(walk)):
                if self._of[end] not in parts:
                    node = self._nodes[end]
                    known = node.tables if node.known is None else node.known
                    nodes.append(replace(node, known=known))
            self._there |= set(_of_walk(walk))
        self._there |= {variable for part in parts for variable in _variables(part)}
        if last:
            self._there |= self._brought
        ready = [c for c in self._conditions if mentioned(c) & self._brought <= self._there]
        self._conditions = [c for c in self._conditions if c not in ready]
        return MatchStep(
            nodes=tuple(nodes),
            relations=tuple(relations),
            paths=self._step.paths if last else (),
            conditions=tuple(ready),
            optional=False,
            selections=self._step.selections if last else (),
        )


def _parts(step: MatchStep) -> list[_Part]:
    of = {node.variable: _Part([node]) for node in step.nodes}
    for slot in step.relations:
        if slot.length is not None:
            continue
        one, other = of[slot.left], of[slot.right]
        one.relations.append(slot)
        if one is not other:
            one.nodes += other.nodes
            one.relations += other.relations
            of.update({node.variable: one for node in other.nodes})
    return list(dict.fromkeys(of.values()))


def _ends(walk: RelationSlot) -> tuple[Variable, Variable]:
    return walk.left, walk.right


def _variables(part: _Part) -> Iterator[Variable]:
    yield from (node.variable for node in part.nodes if node.known is None)
    yield from (slot.variable for slot in part.relations if not slot.bound)


def _of_walk(walk: RelationSlot) -> Iterator[Variable]:
    if not walk.bound:
        yield walk.variable
    if walk.trail is not None:
        yield walk.trail
    if walk.group is not None:
        yield from (outside for _, outside in walk.group.lists)


def _needs(walk: RelationSlot) -> set[Variable]:
    """What the conditions on each step of a walk name."""
    group = None if walk.group is None else walk.group.step.conditions
    return mentioned((walk.condition, walk.node_condition, group))
