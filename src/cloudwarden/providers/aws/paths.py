"""Paths and templates, compiled once and evaluated for every item.

A plain path (`Endpoint.Address`, `Groups[].GroupId`) is a walk over dictionaries; anything more
is left to jmespath. Where a path goes on into a text, the text is read as JSON. A path that
finds nothing, or that does not fit the document, gives None.

Beside JMESPath's own functions: `split(text, separator)` (a comma without one) and `parse(text)`,
the value of a JSON text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError

from cloudwarden.core.json import loads

#: A compiled path: from a document to what it finds.
Getter = Callable[[Any], Any]
#: A compiled template: from a document and the scope's variables to the value.
Value = Callable[[Any, Mapping[str, str]], Any]

_PLAIN = re.compile(r'^(?:\w+|"[^"]+")(?:\[\*?\])*(?:\.(?:\w+|"[^"]+")(?:\[\*?\])*)*$')
_STEP = re.compile(r'\w+|"[^"]+"|\[\*?\]')
_HASH_KEY = re.compile(r'^\s*(?:\w+|"[^"]*")\s*:')

#: What `{…}` in a template may name besides paths.
VARIABLES = frozenset({"account", "region", "partition"})


class _Functions(functions.Functions):
    @functions.signature({"types": ["string", "null"], "variadic": True})
    def _func_split(self, text: str | None, separator: str = ",") -> list[str]:
        return text.split(separator) if text else []

    @functions.signature({"types": ["string", "null"]})
    def _func_parse(self, text: str | None) -> Any:
        return parsed(text)


_OPTIONS = jmespath.Options(custom_functions=_Functions())

#: Names of the functions that paths may call beside JMESPath's own.
FUNCTIONS = frozenset({"split", "parse"})


@cache
def compile_path(text: str) -> Getter:
    """A function that finds what `text` names. Raises `ValueError` if it is no JMESPath."""
    if _PLAIN.match(text):
        steps = [step.strip('"') for step in _STEP.findall(text)]
        if any(step.startswith("[") for step in steps):
            return _walker(tuple(steps))
        return _member(steps[0]) if len(steps) == 1 else _nested(tuple(steps))
    expression = jmespath.compile(text)

    def search(document: Any) -> Any:
        try:
            return expression.search(document, options=_OPTIONS)
        except JMESPathError:
            return None

    return search


@cache
def compile_template(text: str, variables: frozenset[str] = VARIABLES) -> Value:
    """As `compile_path`, for a text that may be a template that names `variables`."""
    pieces = split_template(text)
    if pieces is None:
        find = compile_path(text)
        return lambda document, _variables: find(document)
    compiled: list[str | tuple[str, Getter | None]] = [
        piece
        if isinstance(piece, str)
        else (piece[0], None if piece[0] in variables else compile_path(piece[0]))
        for piece in pieces
    ]

    def fill(document: Any, values: Mapping[str, str]) -> str | None:
        out = []
        for piece in compiled:
            if isinstance(piece, str):
                out.append(piece)
                continue
            name, find = piece
            value = values.get(name) if find is None else find(document)
            if value is None or value == "":
                return None
            out.append(value if isinstance(value, str) else _text(value))
        return "".join(out)

    return fill


def split_template(text: str) -> list[str | tuple[str]] | None:
    """The pieces of a template: texts, and one-tuples of paths. None if it is a plain path."""
    pieces: list[str | tuple[str]] = []
    position = 0
    while (start := text.find("{", position)) >= 0:
        end = _closing(text, start)
        inside = text[start + 1 : end]
        if _HASH_KEY.match(inside):
            return None
        if start > position:
            pieces.append(text[position:start])
        pieces.append((inside.strip(),))
        position = end + 1
    if not pieces:
        return None
    if position < len(text):
        pieces.append(text[position:])
    return pieces


def parsed(text: Any) -> Any:
    """The value of a JSON text; a value that is no text as it is; None for other texts."""
    if not isinstance(text, str):
        return text
    try:
        return loads(text)
    except ValueError:
        return None


def _closing(text: str, start: int) -> int:
    depth, quote = 0, ""
    for at in range(start, len(text)):
        char = text[at]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"`":
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if not depth:
                return at
    raise ValueError(f"a brace is not closed in {text!r}")


def _text(value: Any) -> str:
    if value is True:
        return "true"
    if value is False:
        return "false"
    return str(value)


def _member(name: str) -> Getter:
    def find(document: Any) -> Any:
        return document.get(name) if document.__class__ is dict else _into(document, name)

    return find


def _nested(names: tuple[str, ...]) -> Getter:
    def find(document: Any) -> Any:
        for name in names:
            if document.__class__ is dict:
                document = document.get(name)
            elif document is None:
                return None
            else:
                document = _into(document, name)
        return document

    return find


def _into(value: Any, name: str) -> Any:
    """A member of something other than a plain dictionary: another mapping, or JSON text."""
    if isinstance(value, str) and value[:1] in ("{", " ", "\n"):
        value = parsed(value)
    return value.get(name) if isinstance(value, Mapping) else None


def _walker(steps: tuple[str, ...]) -> Getter:
    """`A[].B[]` and `A[*].B`: a projection drops what is missing, `[]` flattens one level."""

    def find(document: Any) -> Any:
        values, many = [document], False
        for step in steps:
            if step[0] != "[":
                values = [
                    inner
                    for value in values
                    if (inner := value.get(step) if value.__class__ is dict else _into(value, step))
                    is not None
                ]
                if not values and not many:
                    return None
                continue
            if not many:
                if not isinstance(values[0], list):
                    return None
                values, many = values[0], True
                if step == "[*]":
                    values = [value for value in values if value is not None]
                    continue
            values = [one for value in values for one in _elements(value, step) if one is not None]
        return values if many else values[0]

    return find


def _elements(value: Any, step: str) -> Iterable[Any]:
    """What one element becomes: `[]` takes a list's elements, `[*]` nothing but lists'."""
    if isinstance(value, list):
        return value
    return (value,) if step == "[]" else ()
