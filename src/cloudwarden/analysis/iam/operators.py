"""The condition operators: what each compares, and how a policy's values are prepared for it.

A test is made once from the values that a policy gives; it says of one value of the request
whether some value of the policy matches it. A value of the wrong type matches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any

from cloudwarden.analysis.iam import globs
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.literals import (
    address,
    decoded,
    moment,
    network,
    number,
    truth_value,
)
from cloudwarden.analysis.iam.patterns import ARN_PARTS
from cloudwarden.analysis.iam.truth import Truth, truth_of
from cloudwarden.analysis.iam.variables import Plain, Token, Wild, is_plain, parse, resolve

__all__ = ["OPERATORS", "MultiValued", "Operator", "Test", "Values", "moment", "number"]

#: Whether a value of the request is matched by some value of the policy.
Test = Callable[[str, Context], Truth]
MultiValued = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Values:
    """The values that a policy gives one key under one operator.

    `variables` says whether the policy's version has variables.
    """

    texts: Sequence[str]
    variables: bool
    multi_valued: MultiValued

    def tokens(self, *, wildcards: bool) -> list[tuple[Token, ...]]:
        """The values, with wildcards and variables told apart from text."""
        return [
            parse(
                text,
                wildcards=wildcards,
                variables=self.variables,
                multi_valued=self.multi_valued,
            )
            for text in self.texts
        ]


@dataclass(frozen=True, slots=True)
class Operator:
    """One comparison. `negated` says that it holds where no value of the policy matches.

    `always` says whether a policy's value matches whatever the request has; `comparable` whether
    a value of the request can be compared at all: of one that cannot, no operator holds.
    """

    name: str
    make: Callable[[Values], Test]
    negated: bool = False
    always: Callable[[str], bool] = lambda _: False
    comparable: Callable[[str], bool] = lambda _: True


def _equal(fold: Callable[[str], str]) -> Callable[[Values], Test]:
    """Equality of text, both sides folded."""

    def make(values: Values) -> Test:
        fixed, variable = _divide(values.tokens(wildcards=False))
        known = frozenset(fold("".join(map(str, tokens))) for tokens in fixed)
        if not variable:
            return lambda value, _: truth_of(fold(value) in known)

        def test(value: str, context: Context) -> Truth:
            if fold(value) in known:
                return Truth.SURE
            return _resolved(
                variable, context, lambda tokens: globs.matches(_folded(tokens, fold), fold(value))
            )

        return test

    return make


def _like(values: Values) -> Test:
    fixed, variable = _divide(values.tokens(wildcards=True))
    matchers = [globs.matcher(tokens) for tokens in fixed]

    def test(value: str, context: Context) -> Truth:
        for matches in matchers:
            if matches(value):
                return Truth.SURE
        if not variable:
            return Truth.NEVER
        return _resolved(variable, context, lambda tokens: globs.matches(tokens, value))

    return test


def _arn(values: Values) -> Test:
    """Six parts, each compared with wildcards; both sides have to be ARNs."""
    fixed, variable = _divide(values.tokens(wildcards=True))
    matchers = [m for m in map(_arn_matcher, fixed) if m is not None]

    def test(value: str, context: Context) -> Truth:
        if not _is_arn(value):
            return Truth.NEVER
        for matches in matchers:
            if matches(value):
                return Truth.SURE
        if not variable:
            return Truth.NEVER
        return _resolved_arn(variable, context, value)

    return test


def _is_arn(value: str) -> bool:
    return value.startswith("arn:") and value.count(":") >= ARN_PARTS - 1


def _arn_matcher(tokens: Plain) -> globs.Matcher | None:
    parts = _arn_parts(tokens)
    if parts is None:
        return None
    inner = [globs.expression(part, any_character="[^:]") for part in parts[:-1]]
    return re.compile(":".join([*inner, globs.expression(parts[-1])]), re.DOTALL).fullmatch


def _resolved_arn(variable: list[tuple[Token, ...]], context: Context, value: str) -> Truth:
    values = value.split(":", ARN_PARTS - 1)

    def matches(tokens: Plain) -> bool:
        parts = _arn_parts(tokens)
        return parts is not None and all(map(globs.matches, parts, values))

    return _resolved(variable, context, matches)


def _arn_parts(tokens: Plain) -> list[Plain] | None:
    """The tokens by the first five colons; None if there are fewer."""
    parts: list[list[str | Wild]] = [[]]
    for token in tokens:
        if isinstance(token, Wild):
            parts[-1].append(token)
            continue
        pieces = token.split(":", ARN_PARTS - len(parts))
        parts[-1].append(pieces[0])
        parts += [[piece] for piece in pieces[1:]]
    if len(parts) < ARN_PARTS:
        return None
    return [tuple(token for token in part if token != "") for part in parts]


def _compare(
    read: Callable[[str], Any], compare: Callable[[Any, Any], bool]
) -> Callable[[Values], Test]:
    """A comparison of what both sides are read as; AWS has no variables for these operators."""

    def make(values: Values) -> Test:
        known = [value for value in map(read, values.texts) if value is not None]

        def test(value: str, _: Context) -> Truth:
            mine = read(value)
            return truth_of(mine is not None and any(compare(mine, other) for other in known))

        return test

    return make


def _bool(values: Values) -> Test:
    """Truth values, of which the policy's may be variables."""
    fixed, variable = _divide(values.tokens(wildcards=False))
    known = {truth_value("".join(map(str, tokens))) for tokens in fixed} - {None}

    def test(value: str, context: Context) -> Truth:
        mine = truth_value(value)
        if mine is None:
            return Truth.NEVER
        if mine in known:
            return Truth.SURE
        return _resolved(
            variable,
            context,
            lambda tokens: globs.matches(_folded(tokens, str.lower), str(mine).lower()),
        )

    return test


def _ip(values: Values) -> Test:
    networks = [found for found in map(network, values.texts) if found is not None]

    def test(value: str, _: Context) -> Truth:
        mine = address(value)
        # `in` is false for an address of the other version.
        return truth_of(mine is not None and any(mine in each for each in networks))

    return test


def _divide(texts: list[tuple[Token, ...]]) -> tuple[list[Plain], list[tuple[Token, ...]]]:
    """Those without variables, and those with."""
    fixed: list[Plain] = [t for t in texts if is_plain(t)]  # type: ignore[misc]
    return fixed, [tokens for tokens in texts if not is_plain(tokens)]


def _resolved(
    variable: list[tuple[Token, ...]], context: Context, matches: Callable[[Plain], bool]
) -> Truth:
    """Whether some value matches once its variables are replaced."""
    best = Truth.NEVER
    for tokens in variable:
        resolved = resolve(tokens, context)
        if resolved is not None and matches(resolved[0]):
            if resolved[1]:
                return Truth.SURE
            best = Truth.MAYBE
    return best


def _folded(tokens: Plain, fold: Callable[[str], str]) -> Plain:
    return tuple(fold(token) if isinstance(token, str) else token for token in tokens)


def _same(text: str) -> str:
    return text


def _eq(one: object, other: object) -> bool:
    return one == other


def _star(text: str) -> bool:
    return text == "*"


def _both(
    positive: str, negative: str, make: Callable[[Values], Test], **options: Any
) -> list[Operator]:
    return [
        Operator(positive, make, negated=False, **options),
        Operator(negative, make, negated=True, **options),
    ]


#: Every operator but Null, by its name in lower case.
OPERATORS = {
    operator.name.lower(): operator
    for operator in [
        *_both("StringEquals", "StringNotEquals", _equal(_same)),
        *_both("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", _equal(str.casefold)),
        *_both("StringLike", "StringNotLike", _like, always=_star),
        *_both("ArnEquals", "ArnNotEquals", _arn, comparable=_is_arn),
        *_both("ArnLike", "ArnNotLike", _arn, comparable=_is_arn),
        *_both("NumericEquals", "NumericNotEquals", _compare(number, _eq)),
        Operator("NumericLessThan", _compare(number, lt)),
        Operator("NumericLessThanEquals", _compare(number, le)),
        Operator("NumericGreaterThan", _compare(number, gt)),
        Operator("NumericGreaterThanEquals", _compare(number, ge)),
        *_both("DateEquals", "DateNotEquals", _compare(moment, _eq)),
        Operator("DateLessThan", _compare(moment, lt)),
        Operator("DateLessThanEquals", _compare(moment, le)),
        Operator("DateGreaterThan", _compare(moment, gt)),
        Operator("DateGreaterThanEquals", _compare(moment, ge)),
        Operator("Bool", _bool),
        Operator("BinaryEquals", _compare(decoded, _eq)),
        *_both("IpAddress", "NotIpAddress", _ip),
    ]
}
