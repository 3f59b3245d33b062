"""The text of resource patterns and condition values: wildcards and policy variables in it.

A text is parsed once into tokens: literal strings, wildcards and variables. Variables exist only
under version 2012-10-17 and only for keys that have a single value; what they put in is literal.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from cloudwarden.analysis.iam.context import Context, Unknown


class Wild(Enum):
    """A wildcard: any run of characters, or exactly one."""

    ANY = "*"
    ONE = "?"

    # Tokens are hashed by the million; Python's own way asks for the name of the member.
    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Variable:
    """A policy variable. An empty `key` is one that can never be resolved."""

    key: str
    default: str | None = None


Token = str | Wild | Variable
#: Text without variables.
Plain = tuple[str | Wild, ...]

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
# A key may have spaces inside, as tags do.
_NAMED = re.compile(r"\s*([^\s,'{}](?:[^,'{}]*[^\s,'{}])?)\s*(?:,\s*'([^']*)'\s*)?")
_ESCAPES = frozenset("*?$")
_WILDCARDS = re.compile(r"([*?])")


def parse(
    text: str,
    *,
    wildcards: bool,
    variables: bool,
    multi_valued: Callable[[str], bool] = lambda _: False,
) -> tuple[Token, ...]:
    """The tokens of a text.

    `multi_valued` says of a key in lower case whether it can have several values: a variable
    cannot stand for those.
    """
    if not variables or "${" not in text:
        return _merged(_wildcards(text) if wildcards else [text])
    tokens: list[Token] = []
    position = 0
    for reference in _REFERENCE.finditer(text):
        before = text[position : reference.start()]
        tokens += _wildcards(before) if wildcards else [before]
        tokens.append(_variable(reference.group(1), multi_valued))
        position = reference.end()
    rest = text[position:]
    tokens += _wildcards(rest) if wildcards else [rest]
    return _merged(tokens)


def is_plain(tokens: tuple[Token, ...]) -> bool:
    """Whether there is no variable among the tokens."""
    return not any(isinstance(token, Variable) for token in tokens)


def resolve(tokens: tuple[Token, ...], context: Context) -> tuple[Plain, bool] | None:
    """The tokens with every variable replaced, and whether by a known value.

    What is not known is replaced by a wildcard. None where a variable has neither a single value
    nor a default: such a text matches nothing.
    """
    plain: list[str | Wild] = []
    certain = True
    for token in tokens:
        if not isinstance(token, Variable):
            plain.append(token)
            continue
        state = context.state(token.key) if token.key else ()
        if isinstance(state, Unknown):
            certain = False
            plain.append(Wild.ANY)
        elif len(state) == 1:
            plain.append(state[0])
        elif token.default is not None:
            plain.append(token.default)
        else:
            return None
    return tuple(plain), certain


def without_variables(tokens: tuple[Token, ...]) -> Plain:
    """The tokens but the variables among them."""
    return tuple(token for token in tokens if not isinstance(token, Variable))


def joined(tokens: Plain) -> Plain:
    """The tokens with neighbouring literals as one, and without empty ones."""
    found: list[str | Wild] = []
    for token in tokens:
        last = found[-1] if found else None
        if isinstance(token, str) and isinstance(last, str):
            found[-1] = last + token
        elif token != "":
            found.append(token)
    return tuple(found)


def _variable(inside: str, multi_valued: Callable[[str], bool]) -> Token:
    if inside in _ESCAPES:
        return inside
    named = _NAMED.fullmatch(inside)
    if named is None:
        return Variable("")
    key, default = named.group(1).lower(), named.group(2)
    return Variable("" if multi_valued(key) else key, default)


def _wildcards(text: str) -> list[Token]:
    return [Wild(part) if part in {"*", "?"} else part for part in _WILDCARDS.split(text)]


def _merged(tokens: list[Token]) -> tuple[Token, ...]:
    """Without empty literals; neighbouring literals as one, repeated `*` as one."""
    found: list[Token] = []
    for token in tokens:
        last = found[-1] if found else None
        if token == "" or (token is Wild.ANY and last is Wild.ANY):
            continue
        if isinstance(token, str) and isinstance(last, str):
            found[-1] = last + token
        else:
            found.append(token)
    return tuple(found)
