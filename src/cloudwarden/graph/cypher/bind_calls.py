"""Binds calls: overloads of the function table, aggregates, and functions of other meaning."""

from __future__ import annotations

from abc import abstractmethod
from difflib import get_close_matches

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bind_aggregates import AggregateBinder
from cloudwarden.graph.cypher.bind_temporal import temporal_call
from cloudwarden.graph.cypher.bound import (
    Bound,
    Choose,
    Const,
    Equals,
    OfEntity,
    Op,
)
from cloudwarden.graph.cypher.functions import (
    AGGREGATES,
    ENTITY_FUNCTIONS,
    FUNCTIONS,
    SPECIAL_FUNCTIONS,
    Signature,
    known_functions,
)
from cloudwarden.graph.cypher.operators import convert, null
from cloudwarden.graph.cypher.refusal import REFUSED_FUNCTIONS
from cloudwarden.graph.cypher.scope import Scope
from cloudwarden.graph.cypher.temporal import TemporalError
from cloudwarden.graph.cypher.types import (
    ANY,
    BOOLEAN,
    INTEGER,
    STRING,
    Kind,
    Type,
    list_of,
    node_of,
    relation_of,
    unify_all,
)


class CallBinder(AggregateBinder):
    """Binds function calls."""

    @abstractmethod
    def condition(self, node: ast.Expression, scope: Scope) -> Bound:
        """An expression that must be true or not."""

    @abstractmethod
    def property_of(self, subject: Bound, name: str, at: int) -> Bound:
        """A property of a bound expression."""

    def call(self, node: ast.Call, scope: Scope) -> Bound:
        """A function call."""
        name = node.name.lower()
        if node.star or name in AGGREGATES:
            return self.aggregate(node, name)
        if node.distinct:
            raise self.error(f"{node.name} takes no DISTINCT", node.at)
        refused = REFUSED_FUNCTIONS.get(name) or REFUSED_FUNCTIONS.get(name.split(".")[0])
        if refused is not None:
            raise self.error(f"{node.name}() is refused", node.at, refused)
        if name not in known_functions():
            close = get_close_matches(name, known_functions(), n=1)
            hint = f"did you mean {close[0]}()?" if close else ""
            raise self.error(f"there is no function {node.name}()", node.at, hint)
        if name == "exists" and len(node.arguments) == 1:
            (argument,) = node.arguments
            if isinstance(argument, ast.PatternExpression):
                return self.condition(argument, scope)
        arguments = [self.bind(argument, scope) for argument in node.arguments]
        if name in ENTITY_FUNCTIONS:
            return self._entity_function(node, name, arguments)
        if name in SPECIAL_FUNCTIONS:
            return self._special(node, name, arguments)
        return self._overloaded(node, name, arguments)

    def _overloaded(self, node: ast.Call, name: str, arguments: list[Bound]) -> Bound:
        function = FUNCTIONS[name]
        types = [argument.type for argument in arguments]
        fitting = [s for s in function.signatures if len(s.parameters) == len(types)]
        if not fitting:
            counts = sorted({len(s.parameters) for s in function.signatures})
            wanted = " or ".join(str(count) for count in counts)
            raise self.error(f"{node.name}() takes {wanted} arguments, not {len(types)}", node.at)
        if any(t.kind is Kind.NULL for t in types) and all(s.propagates for s in fitting):
            return null()
        best = min(fitting, key=lambda s: _distance(s, types))
        if _distance(best, types) >= _IMPOSSIBLE:
            given = ", ".join(str(type_) for type_ in types)
            raise self.error(f"type mismatch: {node.name}() does not take {given}", node.at)
        converted = tuple(
            argument if kind is Kind.LIST and argument.type.kind is Kind.LIST
            else convert(argument, _parameter_type(kind))
            for argument, kind in zip(arguments, best.parameters, strict=True)
        )  # fmt: skip
        result = best.result_type([argument.type for argument in converted])
        if best.template == "{0}":
            return converted[0]
        return Op(type=result, template=best.template, arguments=converted)

    def _entity_function(self, node: ast.Call, name: str, arguments: list[Bound]) -> Bound:
        self.expect_count(node, arguments, 1)
        (subject,) = arguments
        kind = subject.type.kind
        if kind is Kind.NULL:
            return null()
        if name == "length" and kind in {Kind.STRING, Kind.LIST}:
            raise self.error("length() takes a path", node.at, "use size()")
        if kind is Kind.ANY and name in {"id", "elementid"}:
            number = Op(type=INTEGER, template="cw_entity_id({0})", arguments=(subject,))
            return (
                Op(type=STRING, template="CAST({0} AS VARCHAR)", arguments=(number,))
                if (name == "elementid")
                else number
            )
        if kind is Kind.ANY and Kind.ANY not in ENTITY_FUNCTIONS[name]:
            wanted = next(iter(ENTITY_FUNCTIONS[name]))
            subject = convert(subject, self._any_entity(wanted))
            kind = wanted
        if kind not in ENTITY_FUNCTIONS[name]:
            raise self.error(f"type mismatch: {node.name}() does not take {subject.type}", node.at)
        if name in {"properties", "keys"}:
            self.reads_whole(subject)
        return OfEntity(type=self._entity_type(name, subject.type), function=name, subject=subject)

    def _entity_type(self, name: str, subject: Type) -> Type:
        fixed = {
            "labels": list_of(STRING),
            "keys": list_of(STRING),
            "type": STRING,
            "id": INTEGER,
            "elementid": STRING,
            "length": INTEGER,
            "nodes": list_of(node_of(self.vocabulary.all_tables)),
            "relationships": list_of(relation_of(self.vocabulary.all_types)),
        }
        if name in fixed:
            return fixed[name]
        if name in {"startnode", "endnode"}:
            side = 0 if name == "startnode" else 1
            return node_of(
                frozenset(
                    pair[side]
                    for relation in subject.relations
                    for pair in self.vocabulary.catalog.relations[relation].pairs
                )
            )
        return subject if subject.kind in {Kind.MAP, Kind.ANY} else Type(Kind.PROPERTIES)

    def _any_entity(self, kind: Kind) -> Type:
        if kind is Kind.NODE:
            return node_of(self.vocabulary.all_tables)
        return relation_of(self.vocabulary.all_types) if kind is Kind.RELATIONSHIP else Type(kind)

    def _special(self, node: ast.Call, name: str, arguments: list[Bound]) -> Bound:
        if name == "coalesce":
            return self._coalesce(node, arguments)
        if name == "nullif":
            self.expect_count(node, arguments, 2)
            one, other = arguments
            test = Equals(type=BOOLEAN, left=one, right=other)
            return Choose(type=one.type, branches=((test, null(one.type)),), otherwise=one)
        if name == "exists":
            self.expect_count(node, arguments, 1)
            return Op(type=BOOLEAN, template="({0} IS NOT NULL)", arguments=tuple(arguments))
        if name == "timestamp":
            self.expect_count(node, arguments, 0)
            return Const(type=INTEGER, value=int(self.now.timestamp() * 1000))
        try:
            return temporal_call(name, arguments, self.now)
        except TemporalError as error:
            raise self.error(f"{node.name}(): {error}", node.at) from None

    def _coalesce(self, node: ast.Call, arguments: list[Bound]) -> Bound:
        if not arguments:
            raise self.error("coalesce() needs an argument", node.at)
        joint = unify_all(argument.type for argument in arguments)
        places = ", ".join(f"{{{i}}}" for i in range(len(arguments)))
        return Op(
            type=joint,
            template=f"coalesce({places})",
            arguments=tuple(convert(argument, joint) for argument in arguments),
        )


_IMPOSSIBLE = 1000


def _distance(signature: Signature, types: list[Type]) -> int:
    return sum(
        _step(k, t.kind, anything=signature.anything)
        for k, t in zip(signature.parameters, types, strict=True)
    )


def _step(parameter: Kind, found: Kind, *, anything: bool) -> int:
    if parameter is found or found is Kind.NULL:
        return 0
    if parameter is Kind.FLOAT and found is Kind.INTEGER:
        return 1
    if found is Kind.ANY:
        return 5
    # What a conversion cannot convert becomes null or an error when it runs.
    return 50 if parameter is Kind.ANY and anything else _IMPOSSIBLE


def _parameter_type(kind: Kind) -> Type:
    return list_of(ANY) if kind is Kind.LIST else Type(kind)
