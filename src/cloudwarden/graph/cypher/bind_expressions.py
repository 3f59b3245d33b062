"""Binds expressions: names to variables, operators and functions to typed SQL templates."""

from __future__ import annotations

from abc import abstractmethod

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bind_collections import membership
from cloudwarden.graph.cypher.bind_predicates import PredicateBinder
from cloudwarden.graph.cypher.bound import (
    Access,
    Bound,
    BoundQuery,
    Choose,
    Const,
    Equals,
    Field,
    ListOf,
    OfEntity,
    Op,
    Ref,
    SubqueryValue,
    Variable,
)
from cloudwarden.graph.cypher.operators import (
    TypeMismatchError,
    arithmetic,
    comparison,
    convert,
    negative,
    null,
    opposite,
    positive,
    string_predicate,
)
from cloudwarden.graph.cypher.scope import Scope
from cloudwarden.graph.cypher.temporal import TemporalError, component
from cloudwarden.graph.cypher.typed import is_typed
from cloudwarden.graph.cypher.types import (
    ANY,
    BOOLEAN,
    FLOAT,
    INTEGER,
    NULL,
    STRING,
    Kind,
    list_of,
    unify_all,
)

_LITERAL_TYPES = {
    "integer": INTEGER,
    "float": FLOAT,
    "string": STRING,
    "boolean": BOOLEAN,
    "null": NULL,
}


class ExpressionBinder(PredicateBinder):
    """Binds every kind of expression; patterns and subqueries are the subclass's."""

    @abstractmethod
    def bind_pattern(
        self,
        pattern: ast.PathPattern,
        condition: ast.Expression | None,
        body: ast.Expression | None,
        scope: Scope,
    ) -> BoundQuery:
        """A pattern as a query of its own, returning `body` if there is one."""

    @abstractmethod
    def pattern_holds(self, node: ast.PatternExpression, scope: Scope) -> Bound:
        """Whether a pattern matches."""

    @abstractmethod
    def pattern_value(self, node: ast.PatternExpression, scope: Scope) -> Bound:
        """The value of a pattern that is no condition: a shortest path, or an error."""

    @abstractmethod
    def bind_query(self, query: ast.Query, scope: Scope, *, nested: bool) -> BoundQuery:
        """A whole query that sees a scope."""

    def bind(self, node: ast.Expression, scope: Scope) -> Bound:
        """The expression, typed. Raises `CypherError` at the place of what is wrong."""
        replaced = self.replacement(node, scope)
        if replaced is not None:
            return replaced
        try:
            return self._bind(node, scope)
        except TypeMismatchError as mismatch:
            raise self.error(f"type mismatch: {mismatch}", node.at) from None
        except TemporalError as error:
            raise self.error(str(error), node.at) from None

    def condition(self, node: ast.Expression, scope: Scope) -> Bound:
        """An expression that must be true or not."""
        if isinstance(node, ast.PatternExpression) and node.pattern.shortest is None:
            return self.pattern_holds(node, scope)
        return self.to(self.bind(node, scope), BOOLEAN, node.at)

    def _bind(self, node: ast.Expression, scope: Scope) -> Bound:
        match node:
            case ast.Literal(value=value, kind=kind):
                return Const(type=_LITERAL_TYPES[kind], value=value)
            case ast.Parameter():
                return self.parameter(node)
            case ast.Variable():
                variable = self.lookup(node.name, node.at, scope)
                return Ref(type=variable.type, variable=variable)
            case ast.Property(subject=subject, name=name):
                return self.property_of(self.bind(subject, scope), name, node.at)
            case ast.Index():
                return self.index(node, scope)
            case ast.Slice():
                return self.slice(node, scope)
            case ast.ListLiteral(items=items):
                return _list([self.bind(item, scope) for item in items])
            case ast.MapLiteral(entries=entries):
                return self.make_map([(k, self.bind(v, scope)) for k, v in entries], node.at)
            case ast.MapProjection():
                return self.map_projected(node, scope)
            case ast.Unary() | ast.Binary() | ast.Logical() | ast.IsNull():
                return self._operation(node, scope)
            case ast.IsTyped(operand=operand, types=types, negated=negated):
                typed = is_typed(self.bind(operand, scope), types)
                return opposite(typed) if negated else typed
            case ast.IsNormalized():
                return self.is_normalized(node, scope)
            case ast.HasLabels():
                return self.has_labels(node, scope)
            case ast.Call():
                return self.call(node, scope)
            case ast.Case():
                return self._case(node, scope)
            case ast.ListComprehension():
                return self.comprehension(node, scope)
            case ast.Quantifier():
                return self.quantifier(node, scope)
            case ast.Reduce():
                return self.reduce(node, scope)
            case _:
                return self._subquery(node, scope)

    def _operation(self, node: ast.Expression, scope: Scope) -> Bound:
        match node:
            case ast.Unary(operator="NOT", operand=operand):
                return opposite(self.condition(operand, scope))
            case ast.Unary(operator="-", operand=operand):
                return negative(self.bind(operand, scope))
            case ast.Unary(operand=operand):
                return positive(self.bind(operand, scope))
            case ast.Logical(operator=operator, operands=operands):
                return _logical(operator, [self.condition(o, scope) for o in operands])
            case ast.IsNull(operand=operand, negated=negated):
                template = "({0} IS NOT NULL)" if negated else "({0} IS NULL)"
                inner = self.bind(operand, scope)
                return Op(type=BOOLEAN, template=template, arguments=(inner,))
            case ast.Binary(operator="=~", left=left, right=right):
                pattern = self.regular_expression(self.bind(right, scope), right.at)
                return string_predicate("=~", self.bind(left, scope), pattern)
            case ast.Binary(operator=operator, left=left, right=right):
                return self._binary(operator, self.bind(left, scope), self.bind(right, scope))
        raise AssertionError(node)

    def _binary(self, operator: str, left: Bound, right: Bound) -> Bound:
        if operator == "=":
            return Equals(type=BOOLEAN, left=left, right=right)
        if operator == "<>":
            return opposite(Equals(type=BOOLEAN, left=left, right=right))
        if operator in {"<", "<=", ">", ">="}:
            return comparison(operator, left, right)
        if operator in {"STARTS WITH", "ENDS WITH", "CONTAINS"}:
            return string_predicate(operator, left, right)
        if operator == "IN":
            return membership(left, right)
        return arithmetic(operator, left, right)

    def property_of(self, subject: Bound, name: str, at: int) -> Bound:
        """`subject.name`, of whatever the subject is."""
        kind = subject.type.kind
        if isinstance(subject, OfEntity) and subject.function == "properties":
            return self.property_of(subject.subject, name, at)
        if kind is Kind.NODE:
            self.reads.property_of(subject.variable if isinstance(subject, Ref) else None, name)
            self.notice(self.vocabulary.unknown_property(name))
            found = self.vocabulary.node_property(name, subject.type.tables)
            return null() if found == NULL else Access(type=found, subject=subject, name=name)
        if kind is Kind.RELATIONSHIP:
            self.notice(self.vocabulary.unknown_property(name))
            found = self.vocabulary.relation_property(name, subject.type.relations)
            return null() if found == NULL else Access(type=found, subject=subject, name=name)
        if kind is Kind.MAP:
            for place, (key, type_) in enumerate(subject.type.fields):
                if key == name:
                    return Field(type=type_, subject=subject, place=place)
            return null()
        if kind is Kind.NULL:
            return null()
        if kind is Kind.PROPERTIES:
            entry = Const(type=STRING, value=name)
            return Op(type=ANY, template="cw_field({0}, {1})", arguments=(subject, entry))
        if kind is Kind.ANY:
            self.reads.property_of(None, name)
            return Access(type=ANY, subject=subject, name=name)
        part = component(subject, name)
        if part is None:
            raise self.error(f"type mismatch: a {subject.type} has no property {name}", at)
        return part

    def _case(self, node: ast.Case, scope: Scope) -> Bound:
        subject = None if node.subject is None else self.bind(node.subject, scope)
        tests: list[Bound] = []
        values: list[Bound] = []
        for test, value in node.branches:
            if subject is None:
                tests.append(self.condition(test, scope))
            else:
                right = self.bind(test, scope)
                tests.append(Equals(type=BOOLEAN, left=subject, right=right))
            values.append(self.bind(value, scope))
        otherwise = null() if node.otherwise is None else self.bind(node.otherwise, scope)
        joint = unify_all([*(value.type for value in values), otherwise.type])
        return Choose(
            type=joint,
            branches=tuple(
                (test, convert(value, joint)) for test, value in zip(tests, values, strict=True)
            ),
            otherwise=convert(otherwise, joint),
        )

    def _subquery(self, node: ast.Expression, scope: Scope) -> Bound:
        if isinstance(node, ast.PatternExpression):
            return self.pattern_value(node, scope)
        if isinstance(node, ast.PatternComprehension):
            query = self.bind_pattern(node.pattern, node.condition, node.body, scope)
            element = query.columns[0].type
            return SubqueryValue(type=list_of(element), kind="COLLECT", query=query)
        assert isinstance(node, ast.Subquery)
        query = self.bind_query(node.query, scope.inside(), nested=True)
        if node.kind == "EXISTS":
            return SubqueryValue(type=BOOLEAN, kind="EXISTS", query=query)
        if node.kind == "COUNT":
            return SubqueryValue(type=INTEGER, kind="COUNT", query=query)
        if len(query.columns) != 1:
            raise self.error("COLLECT needs a query that returns one column", node.at)
        return SubqueryValue(type=list_of(query.columns[0].type), kind="COLLECT", query=query)

    def lookup(self, name: str, at: int, scope: Scope) -> Variable:
        """The variable a name means, or an error."""
        variable = scope.get(name)
        if variable is None:
            known = sorted(scope.everything())
            hint = f"in reach here: {', '.join(known)}" if known else ""
            raise self.error(f"variable {name} is not defined", at, hint)
        return variable


def _list(items: list[Bound]) -> Bound:
    element = unify_all(item.type for item in items)
    return ListOf(type=list_of(element), items=tuple(convert(item, element) for item in items))


def _logical(operator: str, operands: list[Bound]) -> Bound:
    places = [f"{{{i}}}" for i in range(len(operands))]
    if operator == "XOR":
        template = places[0]
        for place in places[1:]:
            template = f"({template} <> {place})"
    else:
        template = "(" + f" {operator} ".join(places) + ")"
    return Op(type=BOOLEAN, template=template, arguments=tuple(operands))
