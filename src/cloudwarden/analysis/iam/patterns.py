"""Patterns of resources, as the elements of a policy statement hold them.

A pattern is split into the six parts of an ARN, which are matched one by one: only in
the last may a wildcard reach over a colon. What a pattern with fewer parts means depends on where
it stands (`Padding`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from cloudwarden.analysis.iam import globs
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.truth import Truth, truth_of
from cloudwarden.analysis.iam.variables import (
    Plain,
    Token,
    Variable,
    Wild,
    is_plain,
    joined,
    parse,
    resolve,
    without_variables,
)

ARN_PARTS = 6

#: Services whose ARNs have a name, and no type, before the first `/`: wildcards may stand there.
_WITHOUT_TYPE = frozenset(
    {
        "aws-marketplace", "codepipeline", "execute-api", "mapcredits", "neptune-db", "s3",
        "servicequotas", "ssm-sap", "wafv2",
    }
)  # fmt: skip


class Padding(Enum):
    """What becomes of a resource pattern with fewer than six parts."""

    #: The missing parts are `*` (identity, session and boundary policies).
    ALWAYS = "always"
    #: They are `*` if the pattern has a wildcard; else it matches nothing (resource, endpoint).
    WITH_WILDCARD = "with wildcard"
    #: They are `*` if the pattern ends in one; else it is invalid (service control policies).
    AFTER_WILDCARD = "after wildcard"
    #: It is invalid (resource control policies).
    NEVER = "never"


@dataclass(frozen=True, slots=True, eq=False)
class ResourcePattern:
    """One entry of Resource or NotResource.

    `parts` are the tokens of the six parts; None for `*` alone (`everything`) and for a pattern
    that is invalid, which matches nothing. `short` says that parts were missing. There is no
    matcher for a pattern with variables.
    """

    text: str
    parts: tuple[tuple[Token, ...], ...] | None
    everything: bool
    short: bool
    _matcher: globs.Matcher | None

    @property
    def valid(self) -> bool:
        """Whether the pattern can match anything at all."""
        return self.everything or self.parts is not None

    @property
    def plain(self) -> bool:
        """Whether the pattern has no variables."""
        return self.parts is None or self._matcher is not None

    def match(self, resource: str, context: Context) -> Truth:
        """Whether the pattern matches a resource: an ARN, or `*` for an action without one.

        A wildcard in `resource` is taken literally.
        """
        if self._matcher is not None:
            return truth_of(self._matcher(resource))
        if self.parts is None:
            return truth_of(self.everything)
        return self._match_variables(resource, context) or Truth.NEVER

    def outside(self, resource: str, context: Context) -> Truth:
        """Whether a resource is outside the pattern, as an entry of NotResource.

        Of a pattern that is invalid, short, or cannot be resolved, nothing counts as outside.
        """
        if not self.valid or self.short:
            return Truth.NEVER
        if self._matcher is not None:
            return truth_of(not self._matcher(resource))
        if self.parts is None:
            return truth_of(not self.everything)
        inside = self._match_variables(resource, context)
        if inside is None:
            return Truth.NEVER
        if inside is Truth.NEVER and not self._resolves(context):
            return Truth.MAYBE
        return Truth(2 - inside)

    def overlaps(self, other: ResourcePattern) -> bool:
        """Whether some ARN may match both; a variable is taken for `*`."""
        return self._compare(other, globs.overlap)

    def covers(self, other: ResourcePattern) -> bool:
        """Whether every ARN that matches `other` certainly matches this pattern too.

        False where it cannot be told, as with variables.
        """
        if not self.plain or not other.plain:
            return False
        return self._compare(other, globs.covers)

    def _compare(self, other: ResourcePattern, compare: Callable[[Plain, Plain], bool]) -> bool:
        mine, theirs = self._wide_parts(), other._wide_parts()
        if mine is None or theirs is None:
            return False
        return all(compare(one, two) for one, two in zip(mine, theirs, strict=True))

    def _wide_parts(self) -> tuple[Plain, ...] | None:
        """The six parts with `*` for variables; None for an invalid pattern."""
        if self.everything:
            return ((Wild.ANY,),) * ARN_PARTS
        if self.parts is None:
            return None
        return tuple(
            tuple(Wild.ANY if isinstance(token, Variable) else token for token in part)
            for part in self.parts
        )

    def _match_variables(self, resource: str, context: Context) -> Truth | None:
        """Whether the resolved pattern matches; None if it cannot be resolved."""
        assert self.parts is not None
        resolved = [resolve(part, context) for part in self.parts]
        values = resource.split(":", ARN_PARTS - 1)
        holds = len(values) == ARN_PARTS
        certain = True
        for i, part in enumerate(resolved):
            if part is None:
                return None
            tokens, known = part
            certain = certain and known
            holds = holds and globs.matches(tokens, values[i])
        if not holds:
            return Truth.NEVER
        return Truth.SURE if certain else Truth.MAYBE

    def _resolves(self, context: Context) -> bool:
        """Whether every variable certainly has a value."""
        assert self.parts is not None
        return all(
            part is not None and part[1]
            for part in (resolve(tokens, context) for tokens in self.parts)
        )


def resource_pattern(
    text: str,
    padding: Padding,
    *,
    variables: bool,
    multi_valued: Callable[[str], bool] = lambda _: False,
) -> ResourcePattern:
    """The pattern that a text stands for under the rules of one kind of policy.

    `variables` says whether the policy's version has them; `multi_valued` whether a condition key
    (in lower case) can have several values, which no variable can stand for.
    """
    if text == "*":
        return ResourcePattern(
            text, None, everything=True, short=False, _matcher=globs.matcher((Wild.ANY,))
        )
    if variables and "${" in text:
        whole = parse(text, wildcards=True, variables=True, multi_valued=multi_valued)
        parts = _split(whole)
    else:
        parts = list(map(_tokens, text.split(":", ARN_PARTS - 1)))
        if len(parts) == ARN_PARTS and "*" not in text and "?" not in text:
            # Most resource policies name nothing but their own resource.
            matcher = globs.matcher((text,))
            return ResourcePattern(
                text, tuple(parts), everything=False, short=False, _matcher=matcher
            )
    short = len(parts) < ARN_PARTS
    if short:
        parts = _padded(parts, padding)
    typed = _typed(parts) if parts else None
    if typed is None:
        return ResourcePattern(text, None, everything=False, short=short, _matcher=_never)
    return ResourcePattern(text, typed, everything=False, short=short, _matcher=_compiled(typed))


@lru_cache(maxsize=4096)
def _tokens(part: str) -> tuple[Token, ...]:
    """The tokens of one part without variables. Most parts are in many patterns."""
    if "*" in part or "?" in part:
        return parse(part, wildcards=True, variables=False)
    return (part,) if part else ()


def _compiled(parts: tuple[tuple[Token, ...], ...]) -> globs.Matcher | None:
    """A matcher of whole ARNs; None where variables have to be resolved first."""
    if not all(map(is_plain, parts)):
        return None
    return _when_asked(parts)


def _when_asked(parts: tuple[tuple[Token, ...], ...]) -> globs.Matcher:
    """A matcher that is compiled when it is first used: of most patterns of an estate none is."""
    compiled: list[globs.Matcher] = []

    def matches(text: str) -> object:
        if not compiled:
            compiled.append(_matcher([without_variables(part) for part in parts]))
        return compiled[0](text)

    return matches


def _matcher(parts: list[Plain]) -> globs.Matcher:
    # A wildcard in the last part alone reaches everything, as in plain wildcard text.
    if all(isinstance(token, str) for part in parts[:-1] for token in part):
        return globs.matcher(joined(tuple(token for part in parts for token in (*part, ":"))[:-1]))
    inner = [globs.expression(part, any_character="[^:]") for part in parts[:-1]]
    whole = ":".join([*inner, globs.expression(parts[-1])])
    return re.compile(whole, re.DOTALL).fullmatch


def _split(tokens: tuple[Token, ...]) -> list[tuple[Token, ...]]:
    """The tokens by the first five colons of the literal text."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        rest: Token = token
        while isinstance(rest, str) and ":" in rest and len(parts) < ARN_PARTS:
            before, _, rest = rest.partition(":")
            if before:
                parts[-1].append(before)
            parts.append([])
        if rest != "":
            parts[-1].append(rest)
    return [tuple(part) for part in parts]


def _padded(parts: list[tuple[Token, ...]], padding: Padding) -> list[tuple[Token, ...]]:
    """Six parts; none if the pattern is invalid or matches nothing under this rule."""
    match padding:
        case Padding.NEVER:
            return []
        case Padding.AFTER_WILDCARD if not parts[-1] or parts[-1][-1] is not Wild.ANY:
            return []
        case Padding.WITH_WILDCARD if not any(isinstance(t, Wild) for part in parts for t in part):
            return []
    return parts + [(Wild.ANY,)] * (ARN_PARTS - len(parts))


def _typed(parts: list[tuple[Token, ...]]) -> tuple[tuple[Token, ...], ...] | None:
    """The parts if the resource's type is literal, or its service has none.

    With a wildcard for the service, what remains is S3: the others' resources have types.
    """
    service = parts[2]
    if _type_is_literal(parts[-1]) or (len(service) == 1 and service[0] in _WITHOUT_TYPE):
        return tuple(parts)
    if is_plain(service) and not globs.matches(without_variables(service), "s3"):
        return None
    return (*parts[:2], ("s3",), *parts[3:])


def _type_is_literal(part: tuple[Token, ...]) -> bool:
    """Whether the text before the first `/` or `:`, if there is one, is free of wildcards."""
    for position, token in enumerate(part):
        if isinstance(token, str) and ("/" in token or ":" in token):
            return position == 0
    return True


def _never(_: str) -> bool:
    return False
