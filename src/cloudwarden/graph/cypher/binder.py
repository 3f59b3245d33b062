"""Binds a query: clauses in turn, each with the names it sees, to a plan and what it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bind_projections import ProjectionBinder
from cloudwarden.graph.cypher.bound import (
    BoundClause,
    BoundQuery,
    CallStep,
    Choose,
    ListOf,
    Op,
    Ref,
    UnwindStep,
    Variable,
)
from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.cypher.names import Vocabulary
from cloudwarden.graph.cypher.operators import null
from cloudwarden.graph.cypher.scope import Scope
from cloudwarden.graph.cypher.types import ANY, BOOLEAN, Kind, list_of, unify


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


class Binder(ProjectionBinder):
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
                made, scope, columns = self.project(clause, scope)
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

    def _expect_new(self, name: str, at: int, scope: Scope) -> None:
        if scope.get(name) is not None:
            raise self.error(f"variable {name} is already defined", at)


def _variable(name: str) -> ast.Variable:
    return ast.Variable(at=0, name=name)
