"""Patterns: every way to lay them over the graph, found by trying all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import islice
from typing import Any

from cloudwarden.graph.cypher import ast
from tests.support.cypher.evaluation import Evaluator, Row
from tests.support.cypher.meaning import EvaluationError, conjunction, equal
from tests.support.cypher.model import NodeItem, RelationItem, Walk

Element = NodeItem | RelationItem


@dataclass(frozen=True, slots=True)
class State:
    """How far a match has come: variables, relations used, the walk so far, what to look at last.

    `pending` are conditions and property maps with the element they are about (None for a
    condition) whose variables were not all there yet.
    """

    row: Row
    used: frozenset[RelationItem]
    trail: tuple[Element, ...] = ()
    pending: tuple[tuple[Element | None, ast.Expression], ...] = ()

    def with_names(self, **names: Any) -> State:
        return replace(self, row={**self.row, **names})


class TooMuchError(Exception):
    """More ways to lay a pattern than it is worth looking at."""


#: How many steps one query may take.
MAX_STEPS = 60_000


class Matcher(Evaluator):
    """Lays patterns over the graph; no relation is used twice by the patterns of one MATCH."""

    steps_left = MAX_STEPS

    def matches(self, patterns: tuple[ast.PathPattern, ...], row: Row) -> Iterator[Row]:
        for state in self._all(patterns, State(row, frozenset())):
            if all(self._holds(subject, test, state.row) for subject, test in state.pending):
                yield state.row

    def _all(self, patterns: tuple[ast.PathPattern, ...], state: State) -> Iterator[State]:
        if not patterns:
            yield state
            return
        for after in self._pattern(patterns[0], state):
            yield from self._all(patterns[1:], after)

    def _pattern(self, pattern: ast.PathPattern, state: State) -> Iterator[State]:
        found = self._selected(pattern, self._walks(pattern, state))
        for after in found:
            if pattern.variable is not None:
                after = after.with_names(**{pattern.variable: Walk(after.trail)})  # noqa: PLW2901
            yield replace(after, trail=())

    def _walks(self, pattern: ast.PathPattern, state: State) -> Iterator[State]:
        for start in self._starts(pattern.nodes[0], state):
            for after in self._from(pattern, 0, start, replace(state, trail=(start,))):
                final = after
                if pattern.condition is not None:
                    row = after.row
                    if pattern.variable is not None:
                        row = {**row, pattern.variable: Walk(after.trail)}
                    if self.truth(pattern.condition, row) is not True:
                        continue
                yield final

    def _selected(self, pattern: ast.PathPattern, found: Iterator[State]) -> Iterator[State]:
        selector = pattern.selector
        if pattern.shortest is not None:
            selector = ast.Selector(1, groups=pattern.shortest == "all")
        if selector is None:
            yield from found
            return
        by_ends: dict[tuple[Element, Element], list[State]] = defaultdict(list)
        for state in found:
            by_ends[state.trail[0], state.trail[-1]].append(state)
        for states in by_ends.values():
            states.sort(key=lambda state: len(state.trail))
            if not selector.groups:
                yield from islice(states, selector.count)
                continue
            lengths = sorted({len(state.trail) for state in states})[: selector.count]
            yield from (state for state in states if len(state.trail) in lengths)

    def _starts(self, pattern: ast.NodePattern, state: State) -> list[NodeItem]:
        if pattern.variable is None or pattern.variable not in state.row:
            return self.graph.nodes
        bound = state.row[pattern.variable]
        if bound is None:
            return []
        if not isinstance(bound, NodeItem):
            raise EvaluationError("a node pattern is about a node")
        return [bound]

    def _from(
        self, pattern: ast.PathPattern, place: int, node: NodeItem, state: State
    ) -> Iterator[State]:
        """Every way on from a node of the walk that stands for the pattern's node at a place."""
        here = self._at_node(pattern.nodes[place], node, state)
        if here is None:
            return
        if place == len(pattern.relations):
            yield here
            return
        for after in self._hops(pattern.relations[place], node, here):
            end = after.trail[-1]
            assert isinstance(end, NodeItem)
            yield from self._from(pattern, place + 1, end, after)

    def _at_node(self, pattern: ast.NodePattern, node: NodeItem, state: State) -> State | None:
        self.steps_left -= 1
        if not self.steps_left:
            raise TooMuchError
        if pattern.labels is not None and not self.fits(pattern.labels, node.labels):
            return None
        if pattern.variable is not None:
            if pattern.variable not in state.row:
                state = state.with_names(**{pattern.variable: node})
            elif state.row[pattern.variable] is not node:
                return None
        return self._checked(node, pattern.properties, pattern.condition, state)

    def _hops(self, pattern: ast.RelationPattern, node: NodeItem, state: State) -> Iterator[State]:
        if pattern.group is not None:
            yield from self._repeated(pattern, pattern.group, node, state)
        elif pattern.length is None:
            for relation, end in self._steps(pattern, node, state):
                if pattern.variable is not None:
                    if state.row.get(pattern.variable, relation) is not relation:
                        continue
                    named = state.with_names(**{pattern.variable: relation})
                else:
                    named = state
                after = self._checked(relation, pattern.properties, pattern.condition, named)
                if after is not None:
                    yield _further(after, relation, end)
        else:
            yield from self._chain(pattern, node, state, ())

    def _chain(
        self,
        pattern: ast.RelationPattern,
        node: NodeItem,
        state: State,
        relations: tuple[RelationItem, ...],
    ) -> Iterator[State]:
        assert pattern.length is not None
        low, high = pattern.length
        if len(relations) >= low:
            if pattern.variable is None:
                yield state
            elif state.row.get(pattern.variable, list(relations)) == list(relations):
                yield state.with_names(**{pattern.variable: list(relations)})
        if high is not None and len(relations) >= high:
            return
        for relation, end in self._steps(pattern, node, state):
            after = self._checked(relation, pattern.properties, pattern.condition, state)
            if after is not None:
                further = _further(after, relation, end)
                yield from self._chain(pattern, end, further, (*relations, relation))

    def _repeated(
        self, pattern: ast.RelationPattern, group: ast.PathPattern, node: NodeItem, state: State
    ) -> Iterator[State]:
        assert pattern.length is not None
        low, high = pattern.length
        names = _group_names(group)
        outer = dict(state.row)

        def rounds(at: NodeItem, so_far: State, lists: dict[str, list[Any]]) -> Iterator[State]:
            count = len(lists["#"])
            if count >= low:
                yield replace(so_far, row={**outer, **{name: lists[name] for name in names}})
            if high is not None and count >= high:
                return
            begun = replace(so_far, row=outer)
            for after in self._from(group, 0, at, begun):
                condition = group.condition
                if condition is not None and self.truth(condition, after.row) is not True:
                    continue
                end = after.trail[-1]
                assert isinstance(end, NodeItem)
                longer = {name: [*lists[name], after.row[name]] for name in names}
                yield from rounds(end, after, longer | {"#": [*lists["#"], None]})

        yield from rounds(node, state, {name: [] for name in [*names, "#"]})

    def _steps(
        self, pattern: ast.RelationPattern, node: NodeItem, state: State
    ) -> Iterator[tuple[RelationItem, NodeItem]]:
        for relation, end in self.graph.steps(node, pattern.direction):
            fits = pattern.types is None or self.fits(pattern.types, (relation.type,))
            if fits and relation not in state.used:
                yield relation, end

    def _checked(
        self,
        subject: Element,
        properties: ast.Expression | None,
        condition: ast.Expression | None,
        state: State,
    ) -> State | None:
        pending = state.pending
        for about, test in ((subject, properties), (None, condition)):
            if test is None:
                continue
            if not all(name in state.row for name in names_in(test)):
                pending = (*pending, (about, test))
            elif not self._holds(about, test, state.row):
                return None
        return replace(state, pending=pending)

    def _holds(self, subject: Element | None, test: ast.Expression, row: Row) -> bool:
        if subject is None:
            return self.truth(test, row) is True
        wanted = self.value(test, row)
        if not isinstance(wanted, dict):
            raise EvaluationError("properties are a map")
        pairs = ((subject.properties.get(key), value) for key, value in wanted.items())
        return conjunction(equal(held, value) for held, value in pairs) is True


def _further(state: State, relation: RelationItem, end: NodeItem) -> State:
    return replace(state, used=state.used | {relation}, trail=(*state.trail, relation, end))


def _group_names(group: ast.PathPattern) -> list[str]:
    elements: list[ast.NodePattern | ast.RelationPattern] = [*group.nodes, *group.relations]
    return list(dict.fromkeys(e.variable for e in elements if e.variable is not None))


def names_in(node: object) -> set[str]:
    """The names of variables that an expression mentions, its own included."""
    if isinstance(node, ast.Variable):
        return {node.name}
    if isinstance(node, tuple):
        return set().union(*(names_in(item) for item in node))
    if is_dataclass(node):
        return set().union(*(names_in(getattr(node, spec.name)) for spec in fields(node)))
    return set()
