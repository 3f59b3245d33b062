"""Binds expressions over lists and maps: elements, slices, projections, loops, folds."""

from __future__ import annotations

from abc import abstractmethod

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bind_calls import CallBinder
from cloudwarden.graph.cypher.bound import (
    Bound,
    Choose,
    Const,
    Equals,
    Field,
    Fold,
    ListOf,
    Loop,
    OfEntity,
    Op,
    Ref,
    Variable,
)
from cloudwarden.graph.cypher.operators import (
    TypeMismatchError,
    convert,
    element_at,
    null,
)
from cloudwarden.graph.cypher.scope import Scope
from cloudwarden.graph.cypher.types import (
    ANY,
    BOOLEAN,
    ENTITY,
    INTEGER,
    NULL,
    STRING,
    Kind,
    Type,
    list_of,
    unify,
    unify_all,
)

#: From how many properties a computed name may choose.
MAX_COMPUTED = 100


class CollectionBinder(CallBinder):
    """Binds what takes collections apart and puts them together."""

    @abstractmethod
    def property_of(self, subject: Bound, name: str, at: int) -> Bound:
        """`subject.name`."""

    @abstractmethod
    def condition(self, node: ast.Expression, scope: Scope) -> Bound:
        """An expression that must be true or not."""

    def index(self, node: ast.Index, scope: Scope) -> Bound:
        """`subject[index]`, of a list, a map or a node."""
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
            return self._property_by_key(subject, convert(index, STRING), node.at)
        raise self.error(f"type mismatch: a {subject.type} has no elements", node.at)

    def _property_by_key(self, subject: Bound, key: Bound, at: int) -> Bound:
        """`node[key]`: whichever property the key names."""
        names = self.vocabulary.property_names(subject.type)
        if len(names) > MAX_COMPUTED:
            raise self.error(
                f"not supported yet: a computed name among {len(names)} properties",
                at,
                "narrow the node by a label",
            )
        values = {name: self.property_of(subject, name, at) for name in names}
        joint = unify_all(value.type for value in values.values())
        branches = tuple(
            (
                Equals(type=BOOLEAN, left=key, right=Const(type=STRING, value=name)),
                convert(value, joint),
            )
            for name, value in values.items()
        )
        return Choose(type=joint, branches=branches, otherwise=null(joint)) if branches else null()

    def slice(self, node: ast.Slice, scope: Scope) -> Bound:
        """`list[start..end]`."""
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

    def map_projected(self, node: ast.MapProjection, scope: Scope) -> Bound:
        """`subject {…}`."""
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

    def _list_source(self, node: ast.Expression, scope: Scope) -> Bound:
        source = self.bind(node, scope)
        if source.type.kind is Kind.NULL:
            return null(list_of(NULL))
        if source.type.kind is Kind.ANY:
            return convert(source, list_of(ANY))
        if source.type.kind is not Kind.LIST:
            raise self.error(f"type mismatch: expected List, found {source.type}", node.at)
        return source

    def comprehension(self, node: ast.ListComprehension, scope: Scope) -> Bound:
        """`[x IN list WHERE … | …]`."""
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

    def quantifier(self, node: ast.Quantifier, scope: Scope) -> Bound:
        """`any(x IN list WHERE …)` and its like."""
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

    def reduce(self, node: ast.Reduce, scope: Scope) -> Bound:
        """`reduce(accumulator = …, x IN list | …)`."""
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


def membership(left: Bound, right: Bound) -> Bound:
    """`left IN right`. Raises `TypeMismatchError`."""
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
        tests: list[Bound] = [Equals(type=BOOLEAN, left=left, right=item) for item in right.items]
        return any_of(tests)
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


def any_of(tests: list[Bound]) -> Bound:
    """Whether any of some conditions is true."""
    if len(tests) == 1:
        return tests[0]
    template = "(" + " OR ".join(f"{{{i}}}" for i in range(len(tests))) + ")"
    return Op(type=BOOLEAN, template=template, arguments=tuple(tests))


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
