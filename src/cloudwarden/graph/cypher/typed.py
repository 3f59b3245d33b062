"""What `x IS :: T` asks of a value, as conditions on it."""

from __future__ import annotations

from collections.abc import Iterable

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bound import Bound, Choose, Const, Loop, Op, Ref, Variable
from cloudwarden.graph.cypher.operators import convert
from cloudwarden.graph.cypher.types import ANY, BOOLEAN, Kind, list_of

#: Neo4j's name of each kind's type.
_NAMES = {
    Kind.BOOLEAN: "BOOLEAN",
    Kind.INTEGER: "INTEGER",
    Kind.FLOAT: "FLOAT",
    Kind.STRING: "STRING",
    Kind.DATE: "DATE",
    Kind.LOCALTIME: "LOCAL TIME",
    Kind.TIME: "ZONED TIME",
    Kind.LOCALDATETIME: "LOCAL DATETIME",
    Kind.DATETIME: "ZONED DATETIME",
    Kind.DURATION: "DURATION",
    Kind.MAP: "MAP",
    Kind.PROPERTIES: "MAP",
    Kind.NODE: "NODE",
    Kind.RELATIONSHIP: "RELATIONSHIP",
    Kind.PATH: "PATH",
}
#: What the elements of a list that is a property value are; users cannot name it.
_SCALAR = "PROPERTY VALUE NOT LIST"
_NO_PROPERTIES = frozenset({"NODE", "RELATIONSHIP", "PATH", "MAP", None})
_NO_PROPERTY = "cw_type_name({0}) NOT IN ('NODE', 'RELATIONSHIP', 'PATH', 'MAP', 'LIST')"


def is_typed(value: Bound, types: Iterable[ast.TypeName]) -> Bound:
    """Whether a value is of any of some types; never null. Null is of every nullable type."""
    tests = [_of_type(value, type_) for type_ in types]
    if len(tests) == 1:
        return tests[0]
    template = "(" + " OR ".join(f"{{{place}}}" for place in range(len(tests))) + ")"
    return Op(type=BOOLEAN, template=template, arguments=tuple(tests))


def _of_type(value: Bound, wanted: ast.TypeName) -> Bound:
    null = Op(type=BOOLEAN, template="({0} IS NULL)", arguments=(value,))
    of_null = _constant(holds=wanted.nullable and wanted.name != "NOTHING")
    return Choose(type=BOOLEAN, branches=((null, of_null),), otherwise=_of_value(value, wanted))


def _of_value(value: Bound, wanted: ast.TypeName) -> Bound:
    """Whether a value that is not null is of a type."""
    kind = value.type.kind
    if wanted.name in {"ANY", "NOTHING", "NULL"}:
        return _constant(holds=wanted.name == "ANY")
    if kind is Kind.LIST and wanted.name != _SCALAR:
        return _list(value, wanted)
    if kind is not Kind.ANY:
        name = _NAMES.get(kind)
        if wanted.name in {"PROPERTY VALUE", _SCALAR}:
            return _constant(holds=name not in _NO_PROPERTIES)
        return _constant(holds=name == wanted.name)
    if wanted.name == _SCALAR:
        return Op(type=BOOLEAN, template=f"({_NO_PROPERTY})", arguments=(value,))
    if wanted.name not in {"LIST", "PROPERTY VALUE"}:
        template = f"(cw_type_name({{0}}) = '{wanted.name}')"
        return Op(type=BOOLEAN, template=template, arguments=(value,))
    listed = Op(type=BOOLEAN, template="cw_is_list({0})", arguments=(value,))
    plain: Bound = _constant(holds=False)
    if wanted.name == "PROPERTY VALUE":
        plain = Op(type=BOOLEAN, template=f"({_NO_PROPERTY})", arguments=(value,))
    of_list = _list(convert(value, list_of(ANY)), wanted)
    return Choose(type=BOOLEAN, branches=((listed, of_list),), otherwise=plain)


def _list(value: Bound, wanted: ast.TypeName) -> Bound:
    items: tuple[ast.TypeName, ...]
    if wanted.name == "PROPERTY VALUE":
        items = (ast.TypeName(at=wanted.at, name=_SCALAR, nullable=False),)
    elif wanted.name == "LIST":
        items = wanted.items
    else:
        return _constant(holds=False)
    variable = Variable("element", value.type.item)
    body = is_typed(Ref(type=variable.type, variable=variable), items)
    return Loop(
        type=BOOLEAN,
        variable=variable,
        source=value,
        condition=None,
        body=body,
        quantifier="all",
    )


def _constant(*, holds: bool) -> Const:
    return Const(type=BOOLEAN, value=holds)
