"""Binds WITH and RETURN: items, implicit grouping, order, and what they leave in reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bind_aggregates import Aggregation, names_in
from cloudwarden.graph.cypher.bind_patterns import PatternBinder
from cloudwarden.graph.cypher.bound import (
    Bound,
    BoundClause,
    GroupStep,
    ProjectStep,
    Ref,
    Variable,
)
from cloudwarden.graph.cypher.functions import AGGREGATES
from cloudwarden.graph.cypher.operators import convert
from cloudwarden.graph.cypher.scope import Scope
from cloudwarden.graph.cypher.types import INTEGER, Kind


class ProjectionBinder(PatternBinder):
    """Binds projections."""

    def project(
        self, clause: ast.Projection, scope: Scope
    ) -> tuple[list[BoundClause], Scope, tuple[Variable, ...]]:
        """The steps of a projection, the scope after it, and its columns."""
        items = self._items(clause, scope)
        grouped = any(contains_aggregate(item.expression) for item in items)
        aggregation = Aggregation(scope, scope) if grouped else None
        steps: list[BoundClause] = []
        self.aggregation = aggregation
        try:
            bound = self._group_keys(items, scope) if aggregation else []
            inner = scope
            if aggregation is not None:
                inner = scope.only(
                    {
                        item.expression.name: variable
                        for item, (variable, _) in zip(
                            [i for i in items if not contains_aggregate(i.expression)],
                            bound,
                            strict=True,
                        )
                        if isinstance(item.expression, ast.Variable)
                    }
                )
                aggregation.reach = inner
            projected = [self._item(item, inner if grouped else scope) for item in items]
            names = {variable.name: variable for variable, _ in projected}
            if grouped or clause.distinct:
                outer = scope.only(names)
                if aggregation is None:
                    aggregation = self.aggregation = Aggregation(scope, outer, grouped=False)
                aggregation.ordering, aggregation.reach = True, outer
                aggregation.keys = [
                    (item.expression, variable)
                    for item, (variable, _) in zip(items, projected, strict=True)
                ] + (aggregation.keys if grouped and not clause.distinct else [])
            else:
                outer = scope.with_names(names)
            order = tuple(
                (self._whole(item.expression, outer), item.descending) for item in clause.order
            )
            if aggregation is not None and grouped:
                steps.append(
                    GroupStep(tuple(bound), tuple((v, a) for _, v, a in aggregation.found))
                )
        finally:
            self.aggregation = None
        cut = clause.skip is not None or clause.limit is not None
        after = scope.only(names)
        condition = None
        kept: list[tuple[Variable, Bound]] = []
        if (
            clause.condition is not None
            and cut
            and self._looks_back(clause.condition, outer, after)
        ):
            value = self.condition(clause.condition, outer)
            kept = [(Variable("", value.type), value)]
        elif clause.condition is not None and (cut or grouped or clause.distinct):
            condition = self._condition_after(clause.condition, scope, after, items)
        elif clause.condition is not None:
            condition = self.condition(clause.condition, outer)
        steps.append(
            ProjectStep(
                items=(*projected, *kept),
                distinct=clause.distinct,
                order=order,
                skip=self._row_count(clause.skip, scope),
                limit=self._row_count(clause.limit, scope),
                condition=condition,
            )
        )
        columns = tuple(variable for variable, _ in projected)
        if kept:
            # What the condition looks back at is gone once rows are cut: it was judged before.
            again = [self._again(variable) for variable in columns]
            columns = tuple(variable for variable, _ in again)
            steps.append(ProjectStep(items=tuple(again), condition=_ref(kept[0][0])))
            after = scope.only({variable.name: variable for variable in columns})
        return steps, after, columns

    @staticmethod
    def _looks_back(condition: ast.Expression, outer: Scope, after: Scope) -> bool:
        """Whether a condition names what is seen beside the projection, but not after it."""
        return any(
            outer.get(name) is not None and after.get(name) is None for name in names_in(condition)
        )

    def _again(self, variable: Variable) -> tuple[Variable, Bound]:
        renewed = Variable(variable.name, variable.type)
        self.reads.renamed(variable, renewed)
        return renewed, _ref(variable)

    def _condition_after(
        self,
        condition: ast.Expression,
        scope: Scope,
        after: Scope,
        items: list[ast.ProjectionItem],
    ) -> Bound:
        """WHERE over what a projection leaves: what was projected may be said again in full."""
        keys = [(item.expression, after.names[item.name]) for item in items]
        self.aggregation = Aggregation(scope, after, grouped=False, keys=keys, ordering=True)
        try:
            return self.condition(condition, after)
        finally:
            self.aggregation = None

    def _items(self, clause: ast.Projection, scope: Scope) -> list[ast.ProjectionItem]:
        items = list(clause.items)
        if clause.everything:
            if not scope.names and clause.final and not items:
                raise self.error("RETURN * with nothing to return", clause.at)
            items = [
                ast.ProjectionItem(
                    at=clause.at,
                    expression=ast.Variable(at=clause.at, name=name),
                    name=name,
                    aliased=True,
                )
                for name in sorted(scope.names)
            ] + items
        seen: set[str] = set()
        for item in items:
            if item.name in seen:
                raise self.error(f"two columns are called {item.name}", item.at)
            seen.add(item.name)
            plain = isinstance(item.expression, ast.Variable)
            if not (clause.final or item.aliased or plain):
                raise self.error("an expression in WITH needs a name", item.at, "add AS name")
        return items

    def _group_keys(
        self, items: list[ast.ProjectionItem], scope: Scope
    ) -> list[tuple[Variable, Bound]]:
        aggregation = self.aggregation
        assert aggregation is not None
        self.aggregation = None
        keys: list[tuple[Variable, Bound]] = []
        for item in items:
            if not contains_aggregate(item.expression):
                variable, value = self._item(item, scope)
                keys.append((variable, value))
                aggregation.keys.append((item.expression, variable))
        self.aggregation = aggregation
        return keys

    def _item(self, item: ast.ProjectionItem, scope: Scope) -> tuple[Variable, Bound]:
        value = self._whole(item.expression, scope)
        variable = Variable(item.name, value.type)
        if isinstance(value, Ref):
            self.reads.renamed(value.variable, variable)
        return variable, value

    def _whole(self, expression: ast.Expression, scope: Scope) -> Bound:
        """An item of a projection, or of its order."""
        if self.aggregation is not None:
            self.aggregation.item = expression
            self.aggregation.mixed = contains_aggregate(expression)
        return self.bind(expression, scope)

    def _row_count(self, node: ast.Expression | None, scope: Scope) -> Bound | None:
        if node is None:
            return None
        value = self.bind(node, Scope({}, {}))
        if value.type.kind not in {Kind.INTEGER, Kind.ANY}:
            raise self.error("SKIP and LIMIT take a whole number that is not negative", node.at)
        constant = getattr(value, "value", None)
        if isinstance(constant, int) and constant < 0:
            raise self.error("SKIP and LIMIT take a whole number that is not negative", node.at)
        assert scope is not None
        return convert(value, INTEGER)


def _ref(variable: Variable) -> Ref:
    return Ref(type=variable.type, variable=variable)


def contains_aggregate(node: object) -> bool:
    """Whether an aggregate is in the expression itself, not in a subquery of it."""
    if isinstance(node, ast.Call) and (node.star or node.name.lower() in AGGREGATES):
        return True
    return any(contains_aggregate(child) for child in _children(node))


def _children(node: object) -> Iterator[object]:
    if isinstance(node, tuple):
        yield from node
    elif is_dataclass(node) and not isinstance(node, ast.Subquery | ast.PatternComprehension):
        for spec in fields(node):
            child = getattr(node, spec.name)
            if isinstance(child, tuple | ast.Syntax):
                yield child
