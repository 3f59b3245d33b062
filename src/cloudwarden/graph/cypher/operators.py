"""Types and SQL of Cypher's operators: conversion, arithmetic, comparison, lists."""

from __future__ import annotations

from cloudwarden.graph.cypher import temporal
from cloudwarden.graph.cypher.bound import Bound, Const, Convert, ListOf, Op
from cloudwarden.graph.cypher.types import (
    ANY,
    BOOLEAN,
    FLOAT,
    INTEGER,
    NULL,
    NUMERIC,
    STRING,
    TEMPORAL,
    Kind,
    Type,
    list_of,
    unify,
)

_FROM_ANY = {
    Kind.STRING: "cw_as_string({0})",
    Kind.INTEGER: "cw_as_integer({0})",
    Kind.FLOAT: "cw_as_float({0})",
    Kind.BOOLEAN: "cw_as_boolean({0})",
    Kind.LIST: "cw_as_list({0})",
    Kind.NODE: "cw_as_node({0})",
    Kind.RELATIONSHIP: "cw_as_relation({0})",
    Kind.PATH: "cw_as_path({0})",
    **{kind: f"cw_as_{name}({{0}})" for kind, name in temporal.NAMES.items()},
}
_DYNAMIC = {
    "+": "cw_add({0}, {1})",
    "-": "cw_subtract({0}, {1})",
    "*": "cw_multiply({0}, {1})",
    "/": "cw_divide({0}, {1})",
    "%": "cw_modulo({0}, {1})",
}
_DYNAMIC_COMPARISON = {
    "<": "(cw_compare({0}, {1}) = -1)",
    "<=": "(cw_compare({0}, {1}) IN (-1, 0))",
    ">": "(cw_compare({0}, {1}) = 1)",
    ">=": "(cw_compare({0}, {1}) IN (0, 1))",
}
#: Macros that compare a value of unknown type with one of these.
_SIGNS = {
    Kind.INTEGER: "cw_sign_number",
    Kind.FLOAT: "cw_sign_float",
    Kind.STRING: "cw_sign_text",
    Kind.BOOLEAN: "cw_sign_boolean",
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_STRING_PREDICATES = {
    "STARTS WITH": "starts_with({0}, {1})",
    "ENDS WITH": "ends_with({0}, {1})",
    "CONTAINS": "contains({0}, {1})",
    "=~": "regexp_full_match({0}, {1})",
}


class TypeMismatchError(Exception):
    """Operands of types that the operator cannot take; the message names them."""


def null(type_: Type = NULL) -> Const:
    """The null of a type."""
    return Const(type=type_, value=None)


def convert(operand: Bound, wanted: Type) -> Bound:
    """The operand as a value of a type: widened, or, from `ANY`, checked row by row.

    Raises `TypeMismatchError` where no value of the operand's type can be one.
    """
    found = operand.type
    if found == wanted:
        return operand
    if found.kind is Kind.NULL:
        return null(wanted)
    if wanted.kind is Kind.FLOAT and found.kind is Kind.INTEGER:
        if isinstance(operand, Const) and isinstance(operand.value, int):
            return Const(type=FLOAT, value=float(operand.value))
        return Op(type=FLOAT, template="CAST({0} AS DOUBLE)", arguments=(operand,))
    if wanted == list_of(FLOAT) and found == list_of(INTEGER):
        return Op(type=wanted, template="CAST({0} AS DOUBLE[])", arguments=(operand,))
    if wanted.kind is Kind.ANY or (wanted.kind is found.kind and unify(found, wanted) == wanted):
        return Convert(type=wanted, operand=operand)
    if found.kind is Kind.ANY and wanted.kind in _FROM_ANY:
        type_ = list_of(ANY) if wanted.kind is Kind.LIST else wanted
        return Op(type=type_, template=_FROM_ANY[wanted.kind], arguments=(operand,))
    raise TypeMismatchError(f"expected {wanted}, found {found}")


def opposite(condition: Bound) -> Bound:
    """`NOT x` of a condition."""
    return Op(type=BOOLEAN, template="(NOT {0})", arguments=(condition,))


def truth(operand: Bound) -> Bound:
    """The operand as a condition."""
    return convert(operand, BOOLEAN)


def arithmetic(operator: str, left: Bound, right: Bound) -> Bound:
    """`+ - * / % ^` over two operands. Raises `TypeMismatchError`."""
    kinds = (left.type.kind, right.type.kind)
    if operator == "+" and Kind.LIST in kinds:
        return _list_sum(left, right)
    if Kind.NULL in kinds:
        return null()
    if operator == "^":
        arguments = (convert(left, FLOAT), convert(right, FLOAT))
        return Op(type=FLOAT, template="pow({0}, {1})", arguments=arguments)
    if Kind.ANY in kinds:
        return Op(
            type=ANY,
            template=_DYNAMIC[operator],
            arguments=(convert(left, ANY), convert(right, ANY)),
        )
    if kinds[0] in NUMERIC and kinds[1] in NUMERIC:
        return _numbers(operator, left, right)
    if operator == "+" and Kind.STRING in kinds:
        return Op(type=STRING, template="({0} || {1})", arguments=(_text(left), _text(right)))
    if Kind.DURATION in kinds:
        return _durations(operator, left, right)
    raise TypeMismatchError(f"cannot apply {operator} to {left.type} and {right.type}")


def negative(operand: Bound) -> Bound:
    """`-x`. Raises `TypeMismatchError`."""
    if operand.type.kind is Kind.INTEGER:
        # A subtraction overflows with an error where a sign makes a number of more bits.
        return _numbers("-", Const(type=INTEGER, value=0), operand)
    if operand.type.kind is Kind.FLOAT:
        return Op(type=FLOAT, template="(-{0})", arguments=(operand,))
    if operand.type.kind is Kind.DURATION:
        return temporal.negated(operand)
    return arithmetic("-", Const(type=INTEGER, value=0), operand)


def positive(operand: Bound) -> Bound:
    """`+x`. Raises `TypeMismatchError`."""
    if operand.type.kind in NUMERIC | {Kind.NULL}:
        return operand
    if operand.type.kind is Kind.ANY:
        return arithmetic("+", Const(type=INTEGER, value=0), operand)
    raise TypeMismatchError(f"expected a number, found {operand.type}")


def comparison(operator: str, left: Bound, right: Bound) -> Bound:
    """`< <= > >=`: null where the types do not compare."""
    one, other = left.type.kind, right.type.kind
    if Kind.NULL in (one, other):
        return null(BOOLEAN)
    if one is Kind.ANY and other in _SIGNS:
        template = _DYNAMIC_COMPARISON[operator].replace("cw_compare", _SIGNS[other])
        return Op(type=BOOLEAN, template=template, arguments=(left, right))
    if other is Kind.ANY and one in _SIGNS:
        return comparison(_MIRRORED[operator], right, left)
    if Kind.ANY in (one, other):
        arguments = (convert(left, ANY), convert(right, ANY))
        return Op(type=BOOLEAN, template=_DYNAMIC_COMPARISON[operator], arguments=arguments)
    if one in NUMERIC and other in NUMERIC:
        guards = "".join(
            f" AND NOT isnan({{{i}}})"
            for i, operand in enumerate((left, right))
            if operand.type.kind is Kind.FLOAT and not isinstance(operand, Const)
        )
        template = f"({{0}} {operator} {{1}}{guards})"
        return Op(type=BOOLEAN, template=template, arguments=(left, right))
    if one is other and (one in TEMPORAL or one in {Kind.STRING, Kind.BOOLEAN}):
        return Op(type=BOOLEAN, template=f"({{0}} {operator} {{1}})", arguments=(left, right))
    if one is Kind.LIST and other is Kind.LIST:
        return _list_comparison(operator, left, right)
    return null(BOOLEAN)


def _list_comparison(operator: str, left: Bound, right: Bound) -> Bound:
    joint = list_of(unify(left.type.item, right.type.item))
    plain = joint.item.kind in NUMERIC | TEMPORAL | {Kind.STRING, Kind.BOOLEAN}
    arguments = tuple(convert(side, joint if plain else ANY) for side in (left, right))
    compared = _DYNAMIC_COMPARISON[operator]
    if plain:
        signs = "cw_float_sign" if joint.item.kind is Kind.FLOAT else "cw_sign"
        difference = (
            f"cw_first_difference(list_transform(cw_zip({{0}}, {{1}}), "
            f"lambda z: {signs}(z[1], z[2])), len({{0}}), len({{1}}))"
        )
        compared = compared.replace("cw_compare({0}, {1})", difference)
    return Op(type=BOOLEAN, template=compared, arguments=arguments)


def string_predicate(operator: str, left: Bound, right: Bound) -> Bound:
    """`STARTS WITH`, `ENDS WITH`, `CONTAINS`, `=~`: null unless both are strings."""
    arguments: list[Bound] = []
    for operand in (left, right):
        if operand.type.kind is Kind.ANY:
            template = "CASE WHEN cw_is_string({0}) THEN CAST({0} AS VARCHAR) END"
            arguments.append(Op(type=STRING, template=template, arguments=(operand,)))
        elif operand.type.kind is Kind.STRING:
            arguments.append(operand)
        else:
            return null(BOOLEAN)
    if operator == "=~" and not isinstance(right, Const):
        arguments[1] = Op(type=STRING, template="cw_pattern({0})", arguments=(arguments[1],))
    return Op(type=BOOLEAN, template=_STRING_PREDICATES[operator], arguments=tuple(arguments))


def element_at(subject: Bound, index: Bound) -> Bound:
    """`list[index]`. Raises `TypeMismatchError`."""
    return Op(
        type=subject.type.item,
        template="cw_index({0}, {1})",
        arguments=(subject, convert(index, INTEGER)),
    )


def _numbers(operator: str, left: Bound, right: Bound) -> Bound:
    if left.type.kind is Kind.INTEGER and right.type.kind is Kind.INTEGER:
        symbol = "//" if operator == "/" else operator
        return Op(type=INTEGER, template=f"({{0}} {symbol} {{1}})", arguments=(left, right))
    template = "cw_fmod({0}, {1})" if operator == "%" else f"({{0}} {operator} {{1}})"
    return Op(
        type=FLOAT, template=template, arguments=(convert(left, FLOAT), convert(right, FLOAT))
    )


def _text(operand: Bound) -> Bound:
    kind = operand.type.kind
    if kind is Kind.STRING:
        return operand
    if kind is Kind.FLOAT:
        return Op(type=STRING, template="cw_float_text({0})", arguments=(operand,))
    if kind in {Kind.INTEGER, Kind.BOOLEAN}:
        return Op(type=STRING, template="CAST({0} AS VARCHAR)", arguments=(operand,))
    raise TypeMismatchError(f"cannot add {operand.type} to a String; use toString()")


def _list_sum(left: Bound, right: Bound) -> Bound:
    if Kind.NULL in (left.type.kind, right.type.kind):
        return null()
    if Kind.ANY in (left.type.kind, right.type.kind):
        arguments = (convert(left, ANY), convert(right, ANY))
        return Op(type=ANY, template="cw_add({0}, {1})", arguments=arguments)
    lists = [
        side if side.type.kind is Kind.LIST else ListOf(type=list_of(side.type), items=(side,))
        for side in (left, right)
    ]
    joint = unify(lists[0].type, lists[1].type)
    template = "cw_concat({0}, {1})"
    for place, side in enumerate((left, right)):
        if side.type.kind is not Kind.LIST:
            # Adding null to a list is null, not a list with a null in it.
            template = f"CASE WHEN len(list_filter({{{place}}}, lambda x: x IS NULL)) = 0 THEN " + (
                template + " END"
            )
    arguments = (convert(lists[0], joint), convert(lists[1], joint))
    return Op(type=joint, template=template, arguments=arguments)


def _durations(operator: str, left: Bound, right: Bound) -> Bound:
    one, other = left.type.kind, right.type.kind
    if other is Kind.DURATION and one in TEMPORAL | {Kind.DURATION} and operator in {"+", "-"}:
        return temporal.plus(left, right if operator == "+" else temporal.negated(right))
    if one is Kind.DURATION and other in TEMPORAL and operator == "+":
        return temporal.plus(right, left)
    if one is Kind.DURATION and other in NUMERIC and operator in {"*", "/"}:
        return temporal.scaled(left, right, operator)
    if one in NUMERIC and other is Kind.DURATION and operator == "*":
        return temporal.scaled(right, left, operator)
    raise TypeMismatchError(f"cannot apply {operator} to {left.type} and {right.type}")
