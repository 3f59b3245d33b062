"""Which actions to ask about, and on which resources, so that every statement is told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from cloudwarden.analysis.iam import globs
from cloudwarden.analysis.iam.action_patterns import ActionPattern, action_pattern
from cloudwarden.analysis.iam.actions import catalogue
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.external.kinds import Kind, Outsider
from cloudwarden.analysis.iam.external.reading import Reading
from cloudwarden.analysis.iam.policies import Statement
from cloudwarden.analysis.iam.requests import PrincipalType
from cloudwarden.analysis.iam.truth import Truth

#: Services that answer requests without a signature; of Lambda only function addresses do.
_UNSIGNED: Final = frozenset(
    {"s3", "sqs", "sns", "es", "execute-api", "elasticfilesystem", "mediastore", "vpc-lattice-svcs"}
)
_UNSIGNED_ACTIONS: Final = frozenset({"lambda:invokefunctionurl"})

#: What shows best what a wildcard lets somebody do.
_TELLING: Final = {
    "s3": ("s3:GetObject", "s3:PutObject", "s3:ListBucket"),
    "sqs": ("sqs:ReceiveMessage", "sqs:SendMessage"),
    "sns": ("sns:Publish", "sns:Subscribe"),
    "kms": ("kms:Decrypt", "kms:Encrypt"),
    "lambda": ("lambda:InvokeFunction",),
    "secretsmanager": ("secretsmanager:GetSecretValue",),
    "ecr": ("ecr:BatchGetImage",),
    "es": ("es:ESHttpGet",),
    "execute-api": ("execute-api:Invoke",),
    "sts": ("sts:AssumeRole",),
    "dynamodb": ("dynamodb:GetItem",),
    "elasticfilesystem": ("elasticfilesystem:ClientMount",),
    "events": ("events:PutEvents",),
    "glue": ("glue:GetTable",),
    "logs": ("logs:PutLogEvents",),
    "backup": ("backup:CopyIntoBackupVault",),
}
_DEFAULT_SERVICE: Final = "s3"
#: What policies of these are about (a bus's rules, what is kept in a vault) has ARNs of its own.
_BEYOND: Final = frozenset({"events", "backup"})
#: More actions of one pattern than this are told by the pattern.
_MOST_NAMES: Final = 25
_FEDERATED: Final = frozenset(
    {"sts:assumerolewithwebidentity", "sts:assumerolewithsaml", "sts:tagsession",
     "sts:setsourceidentity"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ActionGroup:
    """Actions that no denial tells apart; `asked` stands for all of them."""

    texts: tuple[str, ...]
    asked: str
    denies: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """What a policy is attached to: its ARN if it is known, and the service that it is of."""

    arn: str | None
    service: str
    account: str


def target_of(reading: Reading, account: str, arn: str | None) -> Target:
    """The target of a policy, guessed from what it says where nobody told."""
    if arn is not None and arn.count(":") >= 5:
        service = arn.split(":")[2]
        return Target(arn, "sts" if service == "iam" and ":role/" in arn else service, account)
    named = [
        pattern.service
        for statement in reading.statements
        for pattern in statement.actions
        if pattern.service
    ]
    named += [
        parts[2]
        for statement in reading.statements
        for pattern in statement.resources or ()
        if len(parts := pattern.text.split(":")) > 2 and parts[2].isalnum()
    ]
    return Target(None, named[0] if named else _DEFAULT_SERVICE, account)


def can_ask(who: Outsider, action: str) -> bool:
    """Whether such a caller can make the call at all, whatever policies say."""
    lowered = action.lower()
    if who.principal.type is PrincipalType.ANONYMOUS:
        return lowered.partition(":")[0] in _UNSIGNED or lowered in _UNSIGNED_ACTIONS
    if who.kind is Kind.FEDERATED:
        return lowered in _FEDERATED
    return lowered not in {"sts:assumerolewithwebidentity", "sts:assumerolewithsaml"}


def action_groups(
    allow: Statement, denies: Sequence[Statement], target: Target, who: Outsider
) -> list[ActionGroup]:
    """The actions that a statement allows, in groups."""
    groups: dict[tuple[int, ...], dict[str, str]] = {}

    def add(text: str, asked: str) -> None:
        if can_ask(who, asked):
            lowered = asked.lower()
            hit = tuple(i for i, d in enumerate(denies) if d.matches_action(lowered))
            groups.setdefault(hit, {}).setdefault(text, asked)

    if allow.not_action:
        for name in _names(f"{target.service}:*"):
            if allow.matches_action(name):
                add(_spelled(name), name)
        if not groups and not catalogue_has(target.service):
            add(f"{target.service}:*", f"{target.service}:Anything")
    for pattern in () if allow.not_action else allow.actions:
        if pattern.name is None:
            continue
        if _is_exact(pattern):
            add(pattern.text, pattern.text)
        elif any(_divides(deny, pattern) for deny in denies) or who.kind is Kind.ANONYMOUS:
            wide = action_pattern(f"{target.service}:*") if pattern.everything else pattern
            names = [n for n in _names(wide.text) if can_ask(who, n)]
            hits = {tuple(d.matches_action(n) for d in denies) for n in names}
            if len(hits) == 1:
                add(pattern.text, _telling(pattern, target.service, names))
            elif len(names) > _MOST_NAMES:
                for hit in hits:
                    some = [n for n in names if tuple(d.matches_action(n) for d in denies) == hit]
                    add(_but(wide, denies, hit), _best(some, target.service))
            else:
                for name in names:
                    add(_spelled(name), _spelled(name))
        else:
            names = [n for n in _TELLING.get(target.service, ()) if pattern.matches(n.lower())]
            names = [n for n in names if can_ask(who, n)] or _names_for(pattern, target, who)
            add(pattern.text, _telling(pattern, target.service, names))
    return [
        ActionGroup(
            tuple(texts), _best(list(texts.values()), target.service), tuple(denies[i] for i in hit)
        )
        for hit, texts in groups.items()
    ]


def _but(wide: ActionPattern, denies: Sequence[Statement], hit: tuple[bool, ...]) -> str:
    """Some actions of a pattern: those that no denial, or that these denials, are about."""
    others = [
        ("but " if deny.not_action else "") + action.text
        for deny, is_hit in zip(denies, hit, strict=True)
        for action in deny.actions
        if is_hit is False and not action.everything
    ]
    names = [a.text for d, h in zip(denies, hit, strict=True) if h for a in d.actions]
    within = f" within {', '.join(names)}" if names else ""
    return f"{wide.text}{within}" + (f" except {', '.join(others)}" if others else "")


def _names_for(pattern: ActionPattern, target: Target, who: Outsider) -> list[str]:
    text = f"{target.service}:*" if pattern.everything else pattern.text
    return [name for name in _names(text) if can_ask(who, name)]


def _is_exact(pattern: ActionPattern) -> bool:
    return pattern.name is not None and all(isinstance(token, str) for token in pattern.name)


def _divides(deny: Statement, pattern: ActionPattern) -> bool:
    """Whether a denial may be about some of the actions of a pattern, and not of all."""
    if deny.not_action:
        return True
    for other in deny.actions:
        if other.everything or other.name is None or pattern.name is None:
            continue
        if other.overlaps(pattern) and not (
            other.service == pattern.service and globs.covers(other.name, pattern.name)
        ):
            return True
    return False


@cache
def _names(text: str) -> tuple[str, ...]:
    return tuple(catalogue().matching(action_pattern(text)))


@cache
def _spelled(name: str) -> str:
    action = catalogue().action(name)
    return name if action is None else action.name


def catalogue_has(service: str) -> bool:
    """Whether AWS lists actions of a service."""
    return bool(_names(f"{service}:*"))


def _telling(pattern: ActionPattern, service: str, names: Sequence[str]) -> str:
    if names:
        return _best(list(names), pattern.service or service)
    # An action that nobody knows, as the pattern would match it.
    text = pattern.text if not pattern.everything else f"{service}:*"
    return text.replace("*", "Anything").replace("?", "x")


def _best(names: list[str], service: str) -> str:
    lowered = {name.lower(): name for name in names}
    for one in _TELLING.get(service, ()):
        if one.lower() in lowered:
            return one
    return _spelled(names[0])


def resources(
    allow: Statement, denies: Sequence[Statement], target: Target, reading: Reading,
    action: str, context: Context,
) -> list[str]:  # fmt: skip
    """The resources that a statement is about and that denials tell apart, the likeliest first."""
    own = _own(target, reading, action)
    if allow.resources is None:
        # A policy without resources is about what it is attached to.
        return own[:1]
    texts = [pattern.text for pattern in allow.resources]
    others = [p.text for d in denies for p in d.resources or ()]
    found = dict.fromkeys([
        *own,
        *(one for text in texts for one in _fills(text, target, reading, context)),
        *(one for text in others for one in _fills(text, target, reading, context)),
    ])  # fmt: skip
    return [
        arn
        for arn in found
        if arn.startswith("arn:")
        and _within(arn, target)
        and allow.match_resource(arn, context) is not Truth.NEVER
    ]


def _own(target: Target, reading: Reading, action: str) -> list[str]:
    arn = target.arn or _placeholder(target, reading)
    if arn is None:
        return []
    if arn.split(":")[2] == "s3" and "/" not in arn.split(":", 5)[5]:
        both = [f"{arn}/example", arn]
        return both if _is_on_objects(action) else both[::-1]
    return [arn, f"{arn}/example", f"{arn}:example"]


@cache
def _is_on_objects(action: str) -> bool:
    known = catalogue().action(action)
    return known is not None and "object" in known.resource_types


_PLACES: Final = {
    "s3": "arn:{p}:s3:::example",
    "sts": "arn:{p}:iam::{a}:role/example",
    "kms": "arn:{p}:kms:{r}:{a}:key/11111111-1111-4111-8111-111111111111",
    "lambda": "arn:{p}:lambda:{r}:{a}:function:example",
    "ecr": "arn:{p}:ecr:{r}:{a}:repository/example",
    "secretsmanager": "arn:{p}:secretsmanager:{r}:{a}:secret:example-AbCdEf",
    "execute-api": "arn:{p}:execute-api:{r}:{a}:example/prod/GET/",
}


def _placeholder(target: Target, reading: Reading) -> str | None:
    for statement in reading.statements:
        for pattern in statement.resources or ():
            if pattern.text.count(":") >= 5 and not set(pattern.text) & {"*", "?", "$"}:
                return pattern.text
    form = _PLACES.get(target.service)
    if form is None:
        return f"arn:{reading.partition}:{target.service}:{reading.region}:{target.account}:example"
    return form.format(p=reading.partition, r=reading.region, a=target.account)


_VARIABLE = re.compile(r"\$\{([^},]*)(?:,\s*'([^']*)')?\s*\}")


def _fills(text: str, target: Target, reading: Reading, context: Context) -> Iterator[str]:
    """ARNs that a pattern matches."""
    if text == "*":
        return

    def value(found: re.Match[str]) -> str:
        state = context.state(found[1].strip().lower())
        return state[0] if isinstance(state, tuple) and len(state) == 1 else found[2] or "outsider"

    plain = _VARIABLE.sub(value, text)
    parts = plain.split(":", 5)
    defaults = (reading.partition, target.service, reading.region, target.account)
    for fill in ("example", ""):
        filled = [
            part.replace("*", fill if i > 4 else defaults[i - 1] if i else "arn").replace("?", "x")
            for i, part in enumerate(parts)
        ]
        filled += [*("", *defaults, "example")][len(filled) :]
        yield ":".join(filled)


def _within(arn: str, target: Target) -> bool:
    """Whether an ARN is that of the target, or of something in it."""
    if target.arn is None or target.service in _BEYOND:
        return True
    return arn == target.arn or arn.startswith((f"{target.arn}/", f"{target.arn}:"))
