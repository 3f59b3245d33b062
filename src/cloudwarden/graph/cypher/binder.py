"""Binds a query: clauses in turn, each with the names it sees, to a plan and what it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bind_aggregates import Aggregation
from cloudwarden.graph.cypher.bind_patterns import PatternBinder
from cloudwarden.graph.cypher.bound import (
    Bound,
    BoundClause,
    BoundQuery,
    CallStep,
    Choose,
    GroupStep,
    ListOf,
    Op,
    ProjectStep,
    Ref,
    UnwindStep,
    Variable,
)
from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.cypher.functions import AGGREGATES
from cloudwarden.graph.cypher.names import Vocabulary
from cloudwarden.graph.cypher.operators import convert, null
from cloudwarden.graph.cypher.scope import Scope
from cloudwarden.graph.cypher.types import ANY, BOOLEAN, INTEGER, Kind, list_of, unify


@dataclass(frozen=True, slots=True)
class Binding:
    """A bound query with its result's column names, notices and reads.

    `reads` are (label, property) pairs, with `*` for every property of a label; `labels` the
    labels that patterns match; `relation_types` the types that they go along.
    """

    query: BoundQuery
    columns: tuple[str, ...]
    notices: tuple[str, ...]
    reads: frozenset[tuple[str, str]]
    labels: frozenset[str]
    relation_types: frozenset[str]


def bind(
    text: str,
    tree: ast.Query,
    vocabulary: Vocabulary,
    parameters: Mapping[str, Any] | None,
    now: datetime,
) -> Binding:
    """Bind a parsed query. Raises `CypherError`; `parameters` None leaves their values open."""
    binder = Binder(text, vocabulary, parameters, now)
    try:
        query = binder.bind_query(tree, Scope(), nested=False)
    except RecursionError:
        raise CypherError("the query is nested too deeply", text, 0) from None
    binder.reads.finish()
    return Binding(
        query=query,
        columns=tuple(variable.name for variable in query.columns),
        notices=tuple(binder.notices),
        reads=frozenset(binder.reads.properties),
        labels=frozenset(binder.reads.labels),
        relation_types=frozenset(binder.reads.relation_types),
    )


class Binder(PatternBinder):
    """Binds clauses and queries."""

    def bind_query(self, query: ast.Query, scope: Scope, *, nested: bool) -> BoundQuery:
        """A query that starts with a scope. A nested one may lack a RETURN."""
        return self._bind_parts(query, [scope] * len(query.parts), nested=nested)

    def _bind_parts(self, query: ast.Query, scopes: list[Scope], *, nested: bool) -> BoundQuery:
        enclosing, self.aggregation = self.aggregation, None
        try:
            parts = [
                self._single(part, scope) for part, scope in zip(query.parts, scopes, strict=True)
            ]
        finally:
            self.aggregation = enclosing
        columns = [part[1] for part in parts]
        if not nested:
            for _, variables in parts:
                for variable in variables:
                    self.reads_whole(Ref(type=variable.type, variable=variable))
        if len(parts) == 1:
            return BoundQuery((parts[0][0],), query.all, columns[0], (columns[0],))
        names = [v.name for v in columns[0]]
        joint = list(columns[0])
        for part, variables in zip(query.parts[1:], columns[1:], strict=True):
            if sorted(v.name for v in variables) != sorted(names):
                raise self.error("all parts of a UNION must return the same columns", part.at)
            by_name = {v.name: v for v in variables}
            joint = [Variable(v.name, unify(v.type, by_name[v.name].type)) for v in joint]
        ordered = tuple(
            tuple(next(v for v in variables if v.name == name) for name in names)
            for variables in columns
        )
        return BoundQuery(tuple(p[0] for p in parts), query.all, tuple(joint), ordered)

    def _single(
        self, part: ast.SingleQuery, scope: Scope
    ) -> tuple[tuple[BoundClause, ...], tuple[Variable, ...]]:
        steps: list[BoundClause] = []
        columns: tuple[Variable, ...] = ()
        for clause in part.clauses:
            if isinstance(clause, ast.Projection):
                made, scope, columns = self._project(clause, scope)
                steps += made
                columns = columns if clause.final else ()
            else:
                step, scope = self._reading(clause, scope)
                steps.append(step)
        return tuple(steps), columns

    def _reading(self, clause: ast.Clause, scope: Scope) -> tuple[BoundClause, Scope]:
        if isinstance(clause, ast.Match):
            return self.bind_match(clause, scope)
        if isinstance(clause, ast.Unwind):
            return self._unwind(clause, scope)
        assert isinstance(clause, ast.CallSubquery)
        return self._call(clause, scope)

    def _unwind(self, clause: ast.Unwind, scope: Scope) -> tuple[BoundClause, Scope]:
        self._expect_new(clause.variable, clause.at, scope)
        source = self.bind(clause.source, scope)
        if source.type.kind is Kind.NULL:
            source = null(list_of(source.type))
        elif source.type.kind is Kind.ANY:
            source = Op(type=list_of(ANY), template="cw_unwind({0})", arguments=(source,))
        elif source.type.kind is not Kind.LIST:
            present = Op(type=BOOLEAN, template="({0} IS NOT NULL)", arguments=(source,))
            one = ListOf(type=list_of(source.type), items=(source,))
            source = Choose(type=one.type, branches=((present, one),), otherwise=null(one.type))
        variable = Variable(clause.variable, source.type.item)
        return UnwindStep(variable, source), scope.with_names({clause.variable: variable})

    def _call(self, clause: ast.CallSubquery, scope: Scope) -> tuple[BoundClause, Scope]:
        last = clause.query.parts[-1].clauses[-1]
        if not (isinstance(last, ast.Projection) and last.final):
            raise self.error("a CALL subquery must end with RETURN", last.at)
        if clause.imports is None:
            scopes = [self._imported(part, scope) for part in clause.query.parts]
            query = self._bind_parts(clause.query, scopes, nested=True)
            return self._called(clause, query, scope)
        if clause.imports == ("*",):
            inner = scope.inside()
        else:
            names = {name: self.lookup(name, clause.at, scope) for name in clause.imports}
            inner = Scope({}, {**scope.fixed, **names})
        query = self.bind_query(clause.query, inner, nested=True)
        return self._called(clause, query, scope)

    def _imported(self, part: ast.SingleQuery, scope: Scope) -> Scope:
        """What a part of a CALL subquery sees: with WITH as its first clause, what that names."""
        first = part.clauses[0]
        outside = Scope({}, scope.fixed)
        if not isinstance(first, ast.Projection) or first.final:
            return outside
        named = [item for item in first.items if isinstance(item.expression, ast.Variable)]
        if len(named) < len(first.items):
            return outside
        renamed = [item for item in named if item.expression != _variable(item.name)]
        if renamed or first.distinct or first.order or first.skip or first.limit or first.condition:
            raise self.error(
                "the WITH that imports variables into a subquery can do nothing else",
                renamed[0].at if renamed else first.at,
                "write a second WITH after it, or CALL (variables) { … }",
            )
        return scope

    def _called(
        self, clause: ast.CallSubquery, query: BoundQuery, scope: Scope
    ) -> tuple[BoundClause, Scope]:
        for variable in query.columns:
            self._expect_new(variable.name, clause.at, scope)
        step = CallStep(query, query.columns, clause.optional)
        return step, scope.with_names({v.name: v for v in query.columns})

    def _project(
        self, clause: ast.Projection, scope: Scope
    ) -> tuple[list[BoundClause], Scope, tuple[Variable, ...]]:
        items = self._items(clause, scope)
        grouped = any(contains_aggregate(item.expression) for item in items)
        aggregation = Aggregation(scope) if grouped else None
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
            projected = [self._item(item, inner if grouped else scope) for item in items]
            names = {variable.name: variable for variable, _ in projected}
            if grouped or clause.distinct:
                outer = scope.only(names)
                if aggregation is None:
                    aggregation = self.aggregation = Aggregation(scope, grouped=False)
                aggregation.ordering = True
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
        if clause.condition is not None:
            condition = self.condition(
                clause.condition, after if cut or grouped or clause.distinct else outer
            )
        steps.append(
            ProjectStep(
                items=tuple(projected),
                distinct=clause.distinct,
                order=order,
                skip=self._row_count(clause.skip, scope),
                limit=self._row_count(clause.limit, scope),
                condition=condition,
            )
        )
        return steps, after, tuple(variable for variable, _ in projected)

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

    def _expect_new(self, name: str, at: int, scope: Scope) -> None:
        if scope.get(name) is not None:
            raise self.error(f"variable {name} is already defined", at)


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


def _variable(name: str) -> ast.Variable:
    return ast.Variable(at=0, name=name)
