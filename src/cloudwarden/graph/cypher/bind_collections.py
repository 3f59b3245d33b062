"""Binds expressions over lists and maps: elements, slices, projections, loops, folds."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bind_calls import CallBinder
from cloudwarden.graph.cypher.bound import (
    Bound,
    Choose,
    Const,
    Convert,
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

#: How deep the type of an accumulator may nest before it is left open.
MAX_NESTED = 4

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
        """`subject {…}`; null where the subject is."""
        subject = self.bind(node.subject, scope)
        kind = subject.type.kind
        if kind is Kind.NULL:
            return null()
        if kind not in ENTITY | {Kind.MAP, Kind.ANY, Kind.PROPERTIES}:
            raise TypeMismatchError(f"expected Map, Node or Relationship, found {subject.type}")
        if not node.everything or kind is Kind.MAP:
            value = self.make_map(list(self._entries(node, subject, scope)), node.at)
        else:
            value = self._with_properties(node, subject, scope)
        present = Op(type=BOOLEAN, template="({0} IS NOT NULL)", arguments=(subject,))
        return Choose(type=value.type, branches=((present, value),), otherwise=null(value.type))

    def _entries(
        self, node: ast.MapProjection, subject: Bound, scope: Scope
    ) -> Iterator[tuple[str, Bound]]:
        for key, value in node.entries:
            if key:
                yield key, self.bind(value, scope)
            else:
                for place, (name, type_) in enumerate(subject.type.fields):
                    yield name, Field(type=type_, subject=subject, place=place)

    def _with_properties(self, node: ast.MapProjection, subject: Bound, scope: Scope) -> Bound:
        """The subject's properties and the other entries; of several of a name, the last."""
        self.reads_whole(subject)
        type_ = ANY if subject.type.kind is Kind.ANY else Type(Kind.PROPERTIES)
        everything = OfEntity(type=type_, function="properties", subject=subject)
        last = max(place for place, (key, _) in enumerate(node.entries) if not key)
        before = [(k, self.bind(v, scope)) for k, v in node.entries[:last] if k]
        after = [(k, self.bind(v, scope)) for k, v in node.entries[last + 1 :]]
        if not before and not after:
            return everything
        hidden = Const(type=STRING, value=json.dumps({key: None for key, _ in after}))
        arguments = (
            convert(self.make_map(before, node.at), ANY),
            convert(everything, ANY),
            hidden,
            convert(self.make_map(after, node.at), ANY),
        )
        return Op(type=ANY, template="cw_projected({0}, {1}, {2}, {3})", arguments=arguments)

    @contextmanager
    def _looping(self) -> Iterator[None]:
        self.loops += 1
        try:
            yield
        finally:
            self.loops -= 1

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
        with self._looping():
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
        with self._looping():
            body = self.condition(node.condition, inner)
        return Loop(
            type=BOOLEAN,
            variable=variable,
            source=source,
            condition=None,
            body=body,
            quantifier=node.name,
        )

    def reduce(self, node: ast.Reduce, scope: Scope) -> Bound:
        """`reduce(accumulator = …, x IN list | …)`."""
        source = self._list_source(node.source, scope)
        initial = self.bind(node.initial, scope)
        variable = Variable(node.variable, source.type.item)
        joint = initial.type
        while True:
            accumulator = Variable(node.accumulator, joint)
            inner = scope.with_names({node.accumulator: accumulator, node.variable: variable})
            with self._looping():
                body = self.bind(node.body, inner)
            wider = unify(joint, body.type)
            if wider == joint:
                break
            # Types widen step by step, but not for ever: `reduce(l = [], x IN xs | [l])`.
            joint = wider if joint.kind is Kind.NULL or wider.kind is joint.kind else ANY
            if _depth(joint) > MAX_NESTED:
                joint = ANY
        return Fold(
            type=joint,
            accumulator=accumulator,
            initial=convert(initial, joint),
            variable=variable,
            source=source,
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
        tests: list[Bound] = [
            Equals(type=BOOLEAN, left=left, right=_unconverted(item)) for item in right.items
        ]
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


def _unconverted(item: Bound) -> Bound:
    return item.operand if isinstance(item, Convert) else item


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


def _depth(type_: Type) -> int:
    inner = [type_.element] if type_.element else [field for _, field in type_.fields]
    return 1 + max((_depth(i) for i in inner), default=0)
