"""Binds what chooses among paths: conditions on their parts, selectors, shortest paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bind_paths import PathBinder, conjunction
from cloudwarden.graph.cypher.bound import (
    Bound,
    Op,
    RelationSlot,
    Selection,
    Variable,
    mentioned,
)
from cloudwarden.graph.cypher.scope import Scope
from cloudwarden.graph.cypher.types import (
    BOOLEAN,
)


class SelectionBinder(PathBinder):
    """Binds conditions on walks and selections of paths."""

    def pushed(
        self,
        condition: ast.Expression,
        patterns: Sequence[ast.PathPattern],
        slots: dict[int, RelationSlot],
        scope: Scope,
        own: set[Variable],
    ) -> Iterator[Bound] | None:
        """Make `all()` or `none()` over a walk's parts a condition of each step of the walk.

        Answers the conditions that remain, or None if it is no such condition.
        """
        if not isinstance(condition, ast.Quantifier) or condition.name not in {"all", "none"}:
            return None
        found = _walk_of(condition.source, patterns)
        if found is None:
            return None
        relation, of_nodes = found
        slot = slots[id(relation)]
        element = slot.node if of_nodes else slot.each
        if slot.length is None or slot.group is not None or slot.bound or element is None:
            return None
        body = self._holds(condition, element, scope)
        if mentioned(body) & own:
            return None
        if not of_nodes:
            both = tuple(c for c in (slot.condition, body) if c is not None)
            slots[id(relation)] = replace(slot, condition=conjunction(both))
            return iter(())
        both = tuple(c for c in (slot.node_condition, body) if c is not None)
        slots[id(relation)] = replace(slot, node_condition=conjunction(both))
        return (self._holds(condition, end, scope) for end in (slot.left, slot.right))

    def _holds(self, quantifier: ast.Quantifier, element: Variable, scope: Scope) -> Bound:
        inner = scope.with_names({quantifier.variable: element})
        body = self.condition(quantifier.condition, inner)
        if quantifier.name == "all":
            return body
        return Op(type=BOOLEAN, template="(NOT {0})", arguments=(body,))

    def select(
        self,
        pattern: ast.PathPattern,
        slots: dict[int, RelationSlot],
        nodes: Sequence[Variable],
        before: Sequence[Bound],
        path: Variable | None,
    ) -> Selection | None:
        """How a path is selected, where it is not by a search for shortest paths alone.

        `nodes` are all of the MATCH, `before` conditions on the paths to select from.
        """
        relations = [slots[id(relation)] for relation in pattern.relations]
        named = {slot.variable for slot in relations} | ({path} if path is not None else set())
        named |= {v for slot in relations if slot.group for _, v in slot.group.lists}
        searched = not any(mentioned(condition) & named for condition in before)
        if pattern.selector is None:
            if searched and relations[0].length is not None:
                return None
            kept = replace(relations[0], shortest=None)
            slots[id(pattern.relations[0])] = kept
            others = [slot.variable for slot in slots.values() if slot is not kept]
            return Selection((kept,), (*nodes, *others), 1, groups=pattern.shortest == "all")
        count, groups = pattern.selector.count, pattern.selector.groups
        if searched and len(relations) == 1 and count == 1 and self._searchable(relations[0]):
            slots[id(pattern.relations[0])] = replace(
                relations[0], shortest="all" if groups else "one", closed=True
            )
            return None
        ends = (relations[0].left, relations[-1].right) if relations else tuple(nodes)
        return Selection(tuple(relations), ends, count, groups)

    def _searchable(self, slot: RelationSlot) -> bool:
        if slot.length is None or slot.length[0] > 1 or slot.bound:
            return False
        if slot.group is not None and len(slot.group.path.relations) > 1:
            return False
        # What is repeated may lead back otherwise than it led there.
        both_ways = any(edge.forward and edge.backward for edge in slot.edges)
        return slot.group is None or slot.length[0] == 0 or not both_ways


def _walk_of(
    source: ast.Expression, patterns: Sequence[ast.PathPattern]
) -> tuple[ast.RelationPattern, bool] | None:
    """The only relation of the path whose nodes (or relations) an expression lists."""
    name: str | None = None
    of_nodes = False
    if isinstance(source, ast.Variable):
        for pattern in patterns:
            for relation in pattern.relations:
                if relation.variable == source.name and relation.length is not None:
                    return relation, False
        return None
    if isinstance(source, ast.Call) and len(source.arguments) == 1:
        (argument,) = source.arguments
        if isinstance(argument, ast.Variable) and source.name.lower() in {"nodes", "relationships"}:
            name, of_nodes = argument.name, source.name.lower() == "nodes"
    for pattern in patterns:
        if pattern.variable == name and name is not None and len(pattern.relations) == 1:
            return pattern.relations[0], of_nodes
    return None
