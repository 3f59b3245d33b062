"""Binds expressions: names to variables, operators and functions to typed SQL templates."""

from __future__ import annotations

from abc import abstractmethod

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bind_calls import CallBinder
from cloudwarden.graph.cypher.bound import (
    Access,
    Bound,
    BoundQuery,
    Choose,
    Const,
    Equals,
    Field,
    Fold,
    InTables,
    ListOf,
    Loop,
    OfEntity,
    Op,
    Ref,
    SubqueryValue,
    Variable,
)
from cloudwarden.graph.cypher.names import label_names
from cloudwarden.graph.cypher.operators import (
    TypeMismatchError,
    arithmetic,
    comparison,
    convert,
    element_at,
    negative,
    null,
    string_predicate,
    truth,
)
from cloudwarden.graph.cypher.scope import Scope
from cloudwarden.graph.cypher.temporal import component
from cloudwarden.graph.cypher.types import (
    ANY,
    BOOLEAN,
    ENTITY,
    FLOAT,
    INTEGER,
    NULL,
    STRING,
    Kind,
    Type,
    list_of,
    unify,
    unify_all,
)

_LITERAL_TYPES = {
    "integer": INTEGER,
    "float": FLOAT,
    "string": STRING,
    "boolean": BOOLEAN,
    "null": NULL,
}


class ExpressionBinder(CallBinder):
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

    def condition(self, node: ast.Expression, scope: Scope) -> Bound:
        """An expression that must be true or not."""
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
                return self._index(node, scope)
            case ast.Slice():
                return self._slice(node, scope)
            case ast.ListLiteral(items=items):
                return _list([self.bind(item, scope) for item in items])
            case ast.MapLiteral(entries=entries):
                return self.make_map([(k, self.bind(v, scope)) for k, v in entries], node.at)
            case ast.MapProjection():
                return self._projection(node, scope)
            case ast.Unary() | ast.Binary() | ast.Logical() | ast.IsNull():
                return self._operation(node, scope)
            case ast.HasLabels():
                return self._has_labels(node, scope)
            case ast.Call():
                return self.call(node, scope)
            case ast.Case():
                return self._case(node, scope)
            case ast.ListComprehension():
                return self._comprehension(node, scope)
            case ast.Quantifier():
                return self._quantifier(node, scope)
            case ast.Reduce():
                return self._reduce(node, scope)
            case _:
                return self._subquery(node, scope)

    def _operation(self, node: ast.Expression, scope: Scope) -> Bound:
        match node:
            case ast.Unary(operator="NOT", operand=operand):
                inner = truth(self.bind(operand, scope))
                return Op(type=BOOLEAN, template="(NOT {0})", arguments=(inner,))
            case ast.Unary(operator="-", operand=operand):
                return negative(self.bind(operand, scope))
            case ast.Unary(operand=operand):
                return self.bind(operand, scope)
            case ast.Logical(operator=operator, operands=operands):
                return _logical(operator, [self.condition(o, scope) for o in operands])
            case ast.IsNull(operand=operand, negated=negated):
                template = "({0} IS NOT NULL)" if negated else "({0} IS NULL)"
                inner = self.bind(operand, scope)
                return Op(type=BOOLEAN, template=template, arguments=(inner,))
            case ast.Binary(operator=operator, left=left, right=right):
                return self._binary(operator, self.bind(left, scope), self.bind(right, scope))
        raise AssertionError(node)

    def _binary(self, operator: str, left: Bound, right: Bound) -> Bound:
        if operator == "=":
            return Equals(type=BOOLEAN, left=left, right=right)
        if operator == "<>":
            equal = Equals(type=BOOLEAN, left=left, right=right)
            return Op(type=BOOLEAN, template="(NOT {0})", arguments=(equal,))
        if operator in {"<", "<=", ">", ">="}:
            return comparison(operator, left, right)
        if operator in {"STARTS WITH", "ENDS WITH", "CONTAINS", "=~"}:
            return string_predicate(operator, left, right)
        if operator == "IN":
            return self._membership(left, right)
        return arithmetic(operator, left, right)

    def _membership(self, left: Bound, right: Bound) -> Bound:
        if right.type.kind is Kind.NULL:
            return null(BOOLEAN)
        if isinstance(right, ListOf):
            if not right.items:
                return Const(type=BOOLEAN, value=False)
            if right.type.item == left.type and left.type in {STRING, INTEGER}:
                # SQL's own IN knows three values too, and takes long lists well.
                places = ", ".join(f"{{{i}}}" for i in range(1, len(right.items) + 1))
                return Op(
                    type=BOOLEAN, template=f"({{0}} IN ({places}))", arguments=(left, *right.items)
                )
            tests: list[Bound] = [
                Equals(type=BOOLEAN, left=left, right=item) for item in right.items
            ]
            return _logical("OR", tests) if len(tests) > 1 else tests[0]
        source = convert(right, list_of(ANY)) if right.type.kind is Kind.ANY else right
        if source.type.kind is not Kind.LIST:
            raise TypeMismatchError(f"expected List, found {source.type}")
        variable = Variable("element", source.type.item)
        body = Equals(type=BOOLEAN, left=left, right=Ref(type=variable.type, variable=variable))
        return Loop(
            type=BOOLEAN,
            variable=variable,
            source=source,
            condition=None,
            body=body,
            quantifier="any",
        )

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
        if kind is Kind.ANY:
            self.reads.property_of(None, name)
            field = Const(type=STRING, value=name)
            return Op(type=ANY, template="cw_field({0}, {1})", arguments=(subject, field))
        part = component(subject, name)
        if part is None:
            raise self.error(f"type mismatch: a {subject.type} has no property {name}", at)
        return part

    def _index(self, node: ast.Index, scope: Scope) -> Bound:
        subject = self.bind(node.subject, scope)
        index = self.bind(node.index, scope)
        kind = subject.type.kind
        if Kind.NULL in (kind, index.type.kind):
            return null()
        if kind is Kind.LIST:
            return element_at(subject, index)
        if isinstance(index, Const) and index.type.kind is Kind.STRING:
            return self.property_of(subject, str(index.value), node.at)
        if kind is Kind.MAP and index.type.kind is Kind.STRING:
            return _field_by_key(subject, index)
        if kind in {Kind.MAP, Kind.ANY}:
            arguments = (convert(subject, ANY), convert(index, ANY))
            return Op(type=ANY, template="cw_at({0}, {1})", arguments=arguments)
        if kind in ENTITY:
            self.reads_whole(subject)
            raise self.error("not supported yet: a property whose name is computed", node.at)
        raise self.error(f"type mismatch: a {subject.type} has no elements", node.at)

    def _slice(self, node: ast.Slice, scope: Scope) -> Bound:
        subject = self.bind(node.subject, scope)
        if subject.type.kind is Kind.NULL:
            return null()
        if subject.type.kind is Kind.ANY:
            subject = convert(subject, list_of(ANY))
        if subject.type.kind is not Kind.LIST:
            raise TypeMismatchError(f"expected List, found {subject.type}")
        largest = Const(type=INTEGER, value=2**31)
        start: Bound = Const(type=INTEGER, value=0)
        if node.start is not None:
            start = self.to(self.bind(node.start, scope), INTEGER, node.start.at)
        end: Bound = largest
        if node.end is not None:
            end = self.to(self.bind(node.end, scope), INTEGER, node.end.at)
        return Op(type=subject.type, template="cw_slice({0}, {1}, {2})",
                  arguments=(subject, start, end))  # fmt: skip

    def _projection(self, node: ast.MapProjection, scope: Scope) -> Bound:
        subject = self.bind(node.subject, scope)
        entries = [(key, self.bind(value, scope)) for key, value in node.entries]
        if not node.everything:
            return self.make_map(entries, node.at)
        if entries:
            raise self.error(
                "not supported yet: .* beside other entries",
                node.at,
                "name the properties that are needed",
            )
        self.reads_whole(subject)
        if subject.type.kind in ENTITY:
            return OfEntity(type=Type(Kind.PROPERTIES), function="properties", subject=subject)
        return subject

    def _has_labels(self, node: ast.HasLabels, scope: Scope) -> Bound:
        subject = self.bind(node.subject, scope)
        kind = subject.type.kind
        if kind is Kind.NULL:
            return null(BOOLEAN)
        for name in label_names(node.labels):
            unknown = (
                self.vocabulary.unknown_type
                if kind is Kind.RELATIONSHIP
                else self.vocabulary.unknown_label
            )
            self.notice(unknown(name.name))
        if kind is Kind.RELATIONSHIP:
            types = self.vocabulary.types_of(node.labels)
            return InTables(type=BOOLEAN, subject=subject, relations=types)
        if kind is Kind.ANY:
            subject = convert(subject, Type(Kind.NODE, tables=self.vocabulary.all_tables))
        if subject.type.kind is not Kind.NODE:
            raise TypeMismatchError(f"expected Node, found {subject.type}")
        tables = self.vocabulary.tables_of(node.labels)
        return InTables(type=BOOLEAN, subject=subject, tables=tables)

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

    def _list_source(self, node: ast.Expression, scope: Scope) -> Bound:
        source = self.bind(node, scope)
        if source.type.kind is Kind.NULL:
            return null(list_of(NULL))
        if source.type.kind is Kind.ANY:
            return convert(source, list_of(ANY))
        if source.type.kind is not Kind.LIST:
            raise self.error(f"type mismatch: expected List, found {source.type}", node.at)
        return source

    def _comprehension(self, node: ast.ListComprehension, scope: Scope) -> Bound:
        source = self._list_source(node.source, scope)
        variable = Variable(node.variable, source.type.item)
        inner = scope.with_names({node.variable: variable})
        condition = None if node.condition is None else self.condition(node.condition, inner)
        body = None if node.body is None else self.bind(node.body, inner)
        element = variable.type if body is None else body.type
        return Loop(
            type=list_of(element),
            variable=variable,
            source=source,
            condition=condition,
            body=body,
        )

    def _quantifier(self, node: ast.Quantifier, scope: Scope) -> Bound:
        source = self._list_source(node.source, scope)
        variable = Variable(node.variable, source.type.item)
        inner = scope.with_names({node.variable: variable})
        return Loop(
            type=BOOLEAN,
            variable=variable,
            source=source,
            condition=None,
            body=self.condition(node.condition, inner),
            quantifier=node.name,
        )

    def _reduce(self, node: ast.Reduce, scope: Scope) -> Bound:
        source = self._list_source(node.source, scope)
        initial = self.bind(node.initial, scope)
        joint = unify(initial.type, source.type.item)
        for _ in range(3):
            accumulator = Variable(node.accumulator, joint)
            variable = Variable(node.variable, joint)
            inner = scope.with_names({node.accumulator: accumulator, node.variable: variable})
            body = self.bind(node.body, inner)
            if body.type == joint:
                break
            joint = unify(joint, body.type) if joint != ANY else ANY
            if joint == ANY:
                body = convert(body, ANY)
        return Fold(
            type=joint,
            at=node.at,
            accumulator=accumulator,
            initial=convert(initial, joint),
            variable=variable,
            source=convert(source, list_of(joint)),
            body=convert(body, joint),
        )

    def _subquery(self, node: ast.Expression, scope: Scope) -> Bound:
        if isinstance(node, ast.PatternExpression):
            if node.pattern.shortest is not None:
                raise self.error("not supported yet: a shortest path outside MATCH", node.at)
            for name, at in (
                *((part.variable, part.at) for part in node.pattern.nodes),
                *((part.variable, part.at) for part in node.pattern.relations),
            ):
                if name is not None and scope.get(name) is None:
                    raise self.error(
                        f"a pattern used as a condition cannot introduce {name}",
                        at,
                        "use EXISTS { MATCH … }",
                    )
            query = self.bind_pattern(node.pattern, None, None, scope)
            return SubqueryValue(type=BOOLEAN, kind="EXISTS", query=query)
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


def _field_by_key(subject: Bound, key: Bound) -> Bound:
    """`map[key]` of a map with known keys: whichever of its values the key names."""
    joint = unify_all(type_ for _, type_ in subject.type.fields)
    branches = []
    for place, (name, type_) in enumerate(subject.type.fields):
        test = Equals(type=BOOLEAN, left=key, right=Const(type=STRING, value=name))
        value = Field(type=type_, subject=subject, place=place)
        branches.append((test, convert(value, joint)))
    if not branches:
        return null()
    return Choose(type=joint, branches=tuple(branches), otherwise=null(joint))


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
