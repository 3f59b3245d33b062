"""Resource patterns taken apart once, for comparison with many sets of ARNs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cloudwarden.analysis.iam import globs
from cloudwarden.analysis.iam.patterns import ResourcePattern
from cloudwarden.analysis.iam.variables import Plain, Wild

#: The parts of an ARN that have the service and the account.
SERVICE, ACCOUNT = 2, 4


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """The first five parts of a pattern.

    `account` is the fifth where it is text (no text: empty), None where it has wildcards.
    """

    parts: tuple[Plain, ...]
    account: str | None

    def matches(self, head: Sequence[str]) -> bool:
        """Whether they match the first five parts of an ARN."""
        return all(map(_matches, self.parts, head))


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Six parts without variables.

    `literal` is the text that the last begins with, `wild` how many wildcards it has; `closes`
    says that it ends in its only one, which is `*`; `contains` is the text that it is all about
    where there is a `*` on either side of that.
    """

    head: Head
    last: Plain
    literal: str
    wild: int
    closes: bool
    contains: str


class Shapes:
    """Takes patterns apart, each once; those of all accounts share their beginnings."""

    def __init__(self) -> None:
        self._known: dict[ResourcePattern, Shape] = {}
        self._heads: dict[str, Head] = {}
        self._expressions: dict[str, re.Pattern[str]] = {}

    def of(self, pattern: ResourcePattern) -> Shape:
        """The shape of a valid pattern that has six parts and no variables."""
        shape = self._known.get(pattern)
        if shape is None:
            assert pattern.parts is not None
            shape = self._known[pattern] = self.made(pattern.parts)  # type: ignore[arg-type]
        return shape

    def made(self, parts: Sequence[Plain]) -> Shape:
        """The shape of six parts."""
        first = parts[:-1]
        key = ":".join("".join(_text(token) for token in part) for part in first)
        head = self._heads.get(key)
        if head is None:
            head = self._heads[key] = Head(tuple(first), _only_text(parts[ACCOUNT]))
        last = parts[-1]
        wild = sum(isinstance(token, Wild) for token in last)
        closes = wild == 1 and last[-1] is Wild.ANY
        return Shape(head, last, _beginning(last), wild, closes, _inside(last))

    def last_expression(self, shape: Shape) -> re.Pattern[str]:
        """What the last part has to match."""
        return self._compiled(globs.expression(shape.last))

    def whole_expression(self, shape: Shape) -> re.Pattern[str]:
        """What a whole ARN has to match."""
        inner = [globs.expression(part, any_character="[^:]") for part in shape.head.parts]
        return self._compiled(":".join([*inner, globs.expression(shape.last)]))

    def _compiled(self, expression: str) -> re.Pattern[str]:
        known = self._expressions.get(expression)
        if known is None:
            known = self._expressions[expression] = re.compile(expression, re.DOTALL)
        return known


def _matches(tokens: Plain, text: str) -> bool:
    if len(tokens) == 1:
        token = tokens[0]
        return token is Wild.ANY or token == text or globs.matches(tokens, text)
    return globs.matches(tokens, text)


def _text(token: str | Wild) -> str:
    # A `*` that a variable put in is text: it must not look like a wildcard.
    return token.replace("*", "\\*").replace("?", "\\?") if isinstance(token, str) else token.value


def _only_text(part: Plain) -> str | None:
    return None if any(isinstance(token, Wild) for token in part) else "".join(map(str, part))


def _inside(tokens: Plain) -> str:
    if len(tokens) == 3 and tokens[0] is tokens[2] is Wild.ANY and isinstance(tokens[1], str):
        return tokens[1]
    return ""


def _beginning(tokens: Plain) -> str:
    text = ""
    for token in tokens:
        if isinstance(token, Wild):
            break
        text += token
    return text
