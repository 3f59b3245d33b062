"""The condition operators: what each compares, and how a policy's values are prepared for it.

A test is made once from the values that a policy gives; it says of one value of the request
whether some value of the policy matches it. A value of the wrong type matches nothing.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any

from cloudwarden.analysis.iam import globs
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.patterns import ARN_PARTS
from cloudwarden.analysis.iam.truth import Truth, truth_of
from cloudwarden.analysis.iam.variables import Plain, Token, Wild, is_plain, parse, resolve

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

    `always` says whether a policy's value matches whatever the request has.
    """

    name: str
    make: Callable[[Values], Test]
    negated: bool = False
    always: Callable[[str], bool] = lambda _: False


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII,
)
_BOOLEANS = {"true": True, "false": False}


def number(text: str) -> Decimal | None:
    """An integer or decimal number; None for anything else."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def moment(text: str) -> Decimal | None:
    """Seconds since 1970 of an ISO 8601 date, or of a number, which is seconds already.

    A date without an offset is UTC. Four digits alone are a year. None for anything else.
    """
    date = _DATE.fullmatch(text)
    if date is None:
        return number(text)
    year, month, day, hour, minute, second, fraction, offset = date.groups()
    if offset in {None, "Z"}:
        offset = "+00:00"
    try:
        whole = datetime.fromisoformat(
            f"{year}-{month or '01'}-{day or '01'}"
            f"T{hour or '00'}:{minute or '00'}:{second or '00'}{offset}"
        )
        since = whole - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return Decimal(since.days * 86400 + since.seconds) + Decimal(f"0{fraction or ''}")


def address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address of either version; None for anything else."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _truth_value(text: str) -> bool | None:
    return _BOOLEANS.get(text.lower())


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


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
        if not value.startswith("arn:") or value.count(":") < ARN_PARTS - 1:
            return Truth.NEVER
        for matches in matchers:
            if matches(value):
                return Truth.SURE
        if not variable:
            return Truth.NEVER
        return _resolved_arn(variable, context, value)

    return test


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
    """A comparison of what both sides are read as; variables are not for these operators."""

    def make(values: Values) -> Test:
        known = [value for value in map(read, values.texts) if value is not None]

        def test(value: str, _: Context) -> Truth:
            mine = read(value)
            return truth_of(mine is not None and any(compare(mine, other) for other in known))

        return test

    return make


def _ip(values: Values) -> Test:
    networks = [network for network in map(_network, values.texts) if network is not None]

    def test(value: str, _: Context) -> Truth:
        mine = address(value)
        # `in` is false for an address of the other version.
        return truth_of(mine is not None and any(mine in network for network in networks))

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
        *_both("ArnEquals", "ArnNotEquals", _arn),
        *_both("ArnLike", "ArnNotLike", _arn),
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
        Operator("Bool", _compare(_truth_value, _eq)),
        Operator("BinaryEquals", _compare(_bytes, _eq)),
        *_both("IpAddress", "NotIpAddress", _ip),
    ]
}
