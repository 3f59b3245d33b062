"""Expressions over a row of variables: one method for each kind of syntax."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

from cloudwarden.graph.cypher import ast
from tests.support.cypher import aggregates, entities
from tests.support.cypher.arithmetic import applied, fitting
from tests.support.cypher.library import called
from tests.support.cypher.meaning import (
    EvaluationError,
    compared,
    conjunction,
    contains,
    disjunction,
    equal,
    is_number,
    kind,
    negation,
)
from tests.support.cypher.model import MemoryGraph, NodeItem, RelationItem

Row = Mapping[str, Any]


class Evaluator:
    """Values of expressions. `group` is the rows that aggregates look at, where they may stand."""

    def __init__(self, graph: MemoryGraph, parameters: Mapping[str, Any]) -> None:
        self.graph = graph
        self.parameters = parameters
        self.group: list[Row] | None = None

    @abstractmethod
    def matches(self, patterns: tuple[ast.PathPattern, ...], row: Row) -> Iterator[Row]:
        """The row with the patterns' variables, once for each way they match."""

    @abstractmethod
    def answers(self, query: ast.Query, outer: Row) -> list[Row]:
        """The rows of a subquery that sees the variables of a row."""

    def value(self, node: ast.Expression, row: Row) -> Any:
        """The value of an expression. Raises `EvaluationError`."""
        method = getattr(self, f"_{type(node).__name__.lower()}")
        return method(node, row)

    def truth(self, node: ast.Expression, row: Row) -> bool | None:
        """The value of a condition."""
        return _truth(self.value(node, row))

    def fits(self, labels: ast.LabelExpression, held: tuple[str, ...]) -> bool:
        """Whether an element that has these labels is what the expression asks for."""
        match labels:
            case ast.LabelName(name=name):
                return name in held
            case ast.LabelAny():
                return bool(held)
            case ast.LabelNot(operand=operand):
                return not self.fits(operand, held)
            case ast.LabelAnd(operands=operands):
                return all(self.fits(operand, held) for operand in operands)
            case ast.LabelOr(operands=operands):
                return any(self.fits(operand, held) for operand in operands)
        raise NotImplementedError(labels)

    def _literal(self, node: ast.Literal, row: Row) -> Any:
        return node.value

    def _parameter(self, node: ast.Parameter, row: Row) -> Any:
        return self.parameters[node.name]

    def _variable(self, node: ast.Variable, row: Row) -> Any:
        return row[node.name]

    def _property(self, node: ast.Property, row: Row) -> Any:
        return entities.field_of(self.value(node.subject, row), node.name)

    def _index(self, node: ast.Index, row: Row) -> Any:
        subject, index = self.value(node.subject, row), self.value(node.index, row)
        if subject is None or index is None:
            return None
        if isinstance(subject, list):
            if not isinstance(index, int) or isinstance(index, bool):
                raise EvaluationError("a list's index is an integer")
            return subject[index] if -len(subject) <= index < len(subject) else None
        if not isinstance(index, str):
            raise EvaluationError("a key is a text")
        return entities.field_of(subject, index)

    def _slice(self, node: ast.Slice, row: Row) -> Any:
        subject = self.value(node.subject, row)
        bounds = [None if b is None else (self.value(b, row),) for b in (node.start, node.end)]
        if subject is None or (None,) in bounds:
            return None
        if not isinstance(subject, list):
            raise EvaluationError("only lists are sliced")
        first, last = (None if bound is None else bound[0] for bound in bounds)
        return subject[first:last]

    def _listliteral(self, node: ast.ListLiteral, row: Row) -> Any:
        return [self.value(item, row) for item in node.items]

    def _mapliteral(self, node: ast.MapLiteral, row: Row) -> Any:
        return {key: self.value(value, row) for key, value in node.entries}

    def _mapprojection(self, node: ast.MapProjection, row: Row) -> Any:
        subject = self.value(node.subject, row)
        if subject is None:
            return None
        made: dict[str, Any] = {}
        for key, value in node.entries:
            # An empty key stands for `.*`.
            made |= {key: self.value(value, row)} if key else entities.fields_of(subject)
        return made

    def _unary(self, node: ast.Unary, row: Row) -> Any:
        if node.operator == "NOT":
            return negation(self.truth(node.operand, row))
        operand = self.value(node.operand, row)
        if operand is None:
            return None
        if not is_number(operand):
            raise EvaluationError("a sign needs a number")
        if node.operator == "+":
            return operand
        return fitting(-operand) if isinstance(operand, int) else -operand

    def _binary(self, node: ast.Binary, row: Row) -> Any:
        left, right = self.value(node.left, row), self.value(node.right, row)
        match node.operator:
            case "=":
                return equal(left, right)
            case "<>":
                return negation(equal(left, right))
            case "<" | "<=" | ">" | ">=":
                return compared(node.operator, left, right)
            case "IN":
                return contains(right, left)
            case "STARTS WITH" | "ENDS WITH" | "CONTAINS" | "=~":
                return _text_predicate(node.operator, left, right)
        return applied(node.operator, left, right)

    def _logical(self, node: ast.Logical, row: Row) -> Any:
        if node.operator == "AND":
            return conjunction(self.truth(operand, row) for operand in node.operands)
        if node.operator == "OR":
            return disjunction(self.truth(operand, row) for operand in node.operands)
        truths = [self.truth(operand, row) for operand in node.operands]
        return None if None in truths else sum(map(bool, truths)) % 2 == 1

    def _isnull(self, node: ast.IsNull, row: Row) -> Any:
        return (self.value(node.operand, row) is None) is not node.negated

    def _istyped(self, node: ast.IsTyped, row: Row) -> Any:
        value = self.value(node.operand, row)
        fits = any(_is_of(value, one) for one in node.types)
        return fits is not node.negated

    def _haslabels(self, node: ast.HasLabels, row: Row) -> Any:
        subject = self.value(node.subject, row)
        if subject is None:
            return None
        if isinstance(subject, RelationItem):
            return self.fits(node.labels, (subject.type,))
        if not isinstance(subject, NodeItem):
            raise EvaluationError("only nodes and relations have labels")
        return self.fits(node.labels, subject.labels)

    def _call(self, node: ast.Call, row: Row) -> Any:
        name = node.name.lower()
        if node.star or name in aggregates.NAMES:
            return self._aggregate(node, name)
        if name == "exists" and isinstance(node.arguments[0], ast.PatternExpression):
            return self.value(node.arguments[0], row)
        arguments = [self.value(argument, row) for argument in node.arguments]
        if name in entities.FUNCTIONS:
            return None if arguments[0] is None else entities.called_on(name, arguments[0])
        return called(name, arguments)

    def _aggregate(self, node: ast.Call, name: str) -> Any:
        group, self.group = self.group, None
        if group is None:
            raise EvaluationError("an aggregate where none may stand")
        try:
            if node.star:
                return len(group)
            values = [self.value(node.arguments[0], row) for row in group]
            share = self.value(node.arguments[1], {}) if len(node.arguments) > 1 else None
        finally:
            self.group = group
        return aggregates.aggregated(name, values, distinct=node.distinct, share=share)

    def _case(self, node: ast.Case, row: Row) -> Any:
        subject = None if node.subject is None else self.value(node.subject, row)
        for test, result in node.branches:
            if node.subject is None:
                met = self.truth(test, row)
            else:
                met = equal(subject, self.value(test, row))
            if met is True:
                return self.value(result, row)
        return None if node.otherwise is None else self.value(node.otherwise, row)

    def _listcomprehension(self, node: ast.ListComprehension, row: Row) -> Any:
        items = self._items(node.source, row)
        if items is None:
            return None
        inner = [{**row, node.variable: item} for item in items]
        if node.condition is not None:
            inner = [one for one in inner if self.truth(node.condition, one) is True]
        if node.body is None:
            return [one[node.variable] for one in inner]
        return [self.value(node.body, one) for one in inner]

    def _quantifier(self, node: ast.Quantifier, row: Row) -> Any:
        items = self._items(node.source, row)
        if items is None:
            return None
        truths = [self.truth(node.condition, {**row, node.variable: item}) for item in items]
        match node.name:
            case "all":
                return conjunction(truths)
            case "any":
                return disjunction(truths)
            case "none":
                return negation(disjunction(truths))
        if truths.count(True) > 1:
            return False
        return None if None in truths else truths.count(True) == 1

    def _reduce(self, node: ast.Reduce, row: Row) -> Any:
        items = self._items(node.source, row)
        if items is None:
            return None
        total = self.value(node.initial, row)
        for item in items:
            total = self.value(node.body, {**row, node.accumulator: total, node.variable: item})
        return total

    def _items(self, source: ast.Expression, row: Row) -> list[Any] | None:
        items = self.value(source, row)
        if items is not None and not isinstance(items, list):
            raise EvaluationError("a list is needed")
        return items

    def _patternexpression(self, node: ast.PatternExpression, row: Row) -> Any:
        if node.pattern.shortest is not None:
            raise NotImplementedError("shortestPath() as an expression")
        return any(True for _ in self.matches((node.pattern,), row))

    def _patterncomprehension(self, node: ast.PatternComprehension, row: Row) -> Any:
        found = self.matches((node.pattern,), row)
        if node.condition is not None:
            found = (one for one in found if self.truth(node.condition, one) is True)
        return [self.value(node.body, one) for one in found]

    def _subquery(self, node: ast.Subquery, row: Row) -> Any:
        group, self.group = self.group, None
        try:
            rows = self.answers(node.query, row)
        finally:
            self.group = group
        if node.kind == "COLLECT":
            return [next(iter(one.values())) for one in rows]
        return len(rows) if node.kind == "COUNT" else bool(rows)


def _truth(value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise EvaluationError("a condition is a boolean")


def _is_of(value: Any, wanted: ast.TypeName) -> bool:
    if value is None:
        return wanted.nullable
    if wanted.name == "FLOAT":
        return isinstance(value, float)
    if wanted.name == "INTEGER":
        return isinstance(value, int) and not isinstance(value, bool)
    kinds = {"STRING": "string", "BOOLEAN": "boolean", "NODE": "node", "MAP": "map"}
    return kind(value) == kinds[wanted.name]


def _text_predicate(operator: str, left: Any, right: Any) -> bool | None:
    if not (isinstance(left, str) and isinstance(right, str)):
        return None
    match operator:
        case "STARTS WITH":
            return left.startswith(right)
        case "ENDS WITH":
            return left.endswith(right)
        case "CONTAINS":
            return right in left
    return re.fullmatch(right, left) is not None
