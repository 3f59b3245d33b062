"""What a JMESPath finds in a shape, worked out before there is any answer.

Every field that can be seen is checked, so that a misspelt one fails when declarations load. What
cannot be typed (the inside of a JSON text, most functions' results) is `UNKNOWN` and not checked
further.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jmespath import functions
from jmespath.exceptions import JMESPathError
from jmespath.parser import Parser

from cloudwarden.core.errors import DeclarationError
from cloudwarden.providers.aws.paths import FUNCTIONS, VARIABLES, split_template
from cloudwarden.providers.aws.shapes import (
    BOOLEAN,
    FLOAT,
    INTEGER,
    STRING,
    UNKNOWN,
    Shape,
    list_of,
    near,
    structure,
)

_KNOWN_FUNCTIONS = FUNCTIONS | frozenset(functions.Functions.FUNCTION_TABLE)

_RESULTS: Mapping[str, Shape] = {
    "split": list_of(STRING),
    "keys": list_of(STRING),
    "join": STRING,
    "to_string": STRING,
    "type": STRING,
    "length": INTEGER,
    "to_number": FLOAT,
    "starts_with": BOOLEAN,
    "ends_with": BOOLEAN,
    "contains": BOOLEAN,
}


#: Kinds of node whose right side looks into what the left has found.
_CHAINS = frozenset(
    {
        "subexpression",
        "index_expression",
        "projection",
        "value_projection",
        "filter_projection",
        "pipe",
    }
)


def infer(expression: str, shape: Shape) -> Shape:
    """What `expression` finds in `shape`. Raises `DeclarationError` on a field it has not."""
    try:
        tree = Parser().parse(expression).parsed
    except JMESPathError as error:
        first = str(error).splitlines()[0]
        raise DeclarationError(f"{expression!r} is not JMESPath: {first}") from error
    try:
        return _visit(tree, shape)
    except DeclarationError as error:
        raise DeclarationError(f"path {expression!r}: {error.reason}") from error


def infer_template(text: str, shape: Shape, variables: frozenset[str] = VARIABLES) -> Shape:
    """As `infer`, for a text that may be a template, which is a string whatever it is made of."""
    try:
        pieces = split_template(text)
    except ValueError as error:
        raise DeclarationError(str(error)) from error
    if pieces is None:
        return infer(text, shape)
    for piece in pieces:
        if not isinstance(piece, str) and piece[0] not in variables:
            infer(piece[0], shape)
    return STRING


def roots(text: str) -> frozenset[str]:
    """The members of the document itself that a path or template names.

    Fields below the first of a path are not told apart from it, so the answer may hold too many
    names, never too few.
    """
    try:
        pieces = split_template(text)
    except ValueError:
        return frozenset()
    expressions = [text] if pieces is None else [p[0] for p in pieces if not isinstance(p, str)]
    found: set[str] = set()
    for expression in expressions:
        if expression in VARIABLES and pieces is not None:
            continue
        try:
            _collect(Parser().parse(expression).parsed, found)
        except JMESPathError:
            continue
    return frozenset(found)


def _collect(node: Any, found: set[str]) -> None:
    """Add the leading fields of a parsed path; right sides of chains see only what is inside."""
    kind, children = node["type"], node["children"]
    if kind == "field":
        found.add(node["value"])
    elif kind in _CHAINS:
        _collect(children[0], found)
    else:
        for child in children:
            if isinstance(child, dict):
                _collect(child, found)


def _visit(node: Any, shape: Shape) -> Shape:
    visit = _VISITORS.get(node["type"])
    return visit(node, shape) if visit else UNKNOWN


def _field(node: Any, shape: Shape) -> Shape:
    name = node["value"]
    if shape.kind == "structure":
        member = shape.members.get(name)
        if member is None and not shape.open:
            of = f"{shape.name} has" if shape.name else "there is"
            raise DeclarationError(f"{of} no member {name}{near(name, shape.members)}")
        return member or UNKNOWN
    if shape.kind == "map":
        if shape.key.enum and name not in shape.key.enum:
            raise DeclarationError(f"{shape.name} has no key {name}{near(name, shape.key.enum)}")
        return shape.element
    if shape.kind == "list":
        raise DeclarationError(f"{name} is asked of a list; write [] before it")
    if shape.kind in ("string", "unknown"):
        return UNKNOWN
    raise DeclarationError(f"{name} is asked of a {shape.kind}, which has no members")


def _chain(node: Any, shape: Shape) -> Shape:
    for child in node["children"]:
        shape = _visit(child, shape)
    return shape


def _flatten(node: Any, shape: Shape) -> Shape:
    inner = _visit(node["children"][0], shape)
    if inner.kind == "unknown":
        return list_of(UNKNOWN)
    if inner.kind != "list":
        raise DeclarationError(f"[] is asked of a {inner.kind}, not of a list")
    return inner.element if inner.element.kind == "list" else inner


def _projection(node: Any, shape: Shape) -> Shape:
    inner = _visit(node["children"][0], shape)
    if inner.kind == "unknown":
        return list_of(UNKNOWN)
    if inner.kind != "list":
        raise DeclarationError(f"[*] is asked of a {inner.kind}, not of a list")
    return list_of(_visit(node["children"][1], inner.element))


def _filter(node: Any, shape: Shape) -> Shape:
    left, right, condition = node["children"]
    inner = _visit(left, shape)
    if inner.kind == "unknown":
        return list_of(UNKNOWN)
    if inner.kind != "list":
        raise DeclarationError(f"[? ] is asked of a {inner.kind}, not of a list")
    _visit(condition, inner.element)
    return list_of(_visit(right, inner.element))


def _values(node: Any, shape: Shape) -> Shape:
    inner = _visit(node["children"][0], shape)
    element = inner.element if inner.kind == "map" else UNKNOWN
    return list_of(_visit(node["children"][1], element))


def _index(_node: Any, shape: Shape) -> Shape:
    return shape.element if shape.kind == "list" else UNKNOWN


def _first_known(node: Any, shape: Shape) -> Shape:
    found = [_visit(child, shape) for child in node["children"]]
    return next((one for one in found if one.kind != "unknown"), UNKNOWN)


def _and(node: Any, shape: Shape) -> Shape:
    return [_visit(child, shape) for child in node["children"]][-1]


def _truth(node: Any, shape: Shape) -> Shape:
    for child in node["children"]:
        _visit(child, shape)
    return BOOLEAN


def _many(node: Any, shape: Shape) -> Shape:
    return list_of(_first_known(node, shape))


def _hash(node: Any, shape: Shape) -> Shape:
    return structure(
        {pair["value"]: _visit(pair["children"][0], shape) for pair in node["children"]}
    )


def _function(node: Any, shape: Shape) -> Shape:
    name = node["value"]
    if name not in _KNOWN_FUNCTIONS:
        raise DeclarationError(f"there is no function {name}{near(name, _KNOWN_FUNCTIONS)}")
    arguments: list[Shape] = []
    for child in node["children"]:
        if child["type"] == "expref":
            # `sort_by(list, &member)`: the member is one of the list's elements'.
            _visit(child["children"][0], arguments[0].element if arguments else UNKNOWN)
        else:
            arguments.append(_visit(child, shape))
    if name in ("sort", "sort_by", "reverse", "not_null", "max_by", "min_by") and arguments:
        first = arguments[0]
        return first.element if name.endswith("x_by") or name == "min_by" else first
    if name == "values" and arguments and arguments[0].kind == "map":
        return list_of(arguments[0].element)
    return _RESULTS.get(name, UNKNOWN)


def _literal(node: Any, _shape: Shape) -> Shape:
    value = node["value"]
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, str):
        return STRING
    return UNKNOWN


def _same(_node: Any, shape: Shape) -> Shape:
    return shape


_VISITORS: Mapping[str, Callable[[Any, Shape], Shape]] = {
    "field": _field,
    "subexpression": _chain,
    "index_expression": _chain,
    "pipe": _chain,
    "flatten": _flatten,
    "projection": _projection,
    "filter_projection": _filter,
    "value_projection": _values,
    "index": _index,
    "slice": _same,
    "or_expression": _first_known,
    "and_expression": _and,
    "not_expression": _truth,
    "comparator": _truth,
    "multi_select_list": _many,
    "multi_select_dict": _hash,
    "function_expression": _function,
    "literal": _literal,
    "identity": _same,
    "current": _same,
}
