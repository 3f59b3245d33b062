"""Statements as the bulk engine reads them: as bits of actions, and by what they depend on."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cloudwarden.analysis.iam.action_patterns import ActionPattern
from cloudwarden.analysis.iam.bulk.arns import positions
from cloudwarden.analysis.iam.bulk.shapes import Shapes
from cloudwarden.analysis.iam.facts import PRINCIPAL_TAG, is_of_resource
from cloudwarden.analysis.iam.policies import (
    Policy,
    PolicyCompiler,
    PolicyError,
    PolicyKind,
    Statement,
)
from cloudwarden.analysis.iam.variables import Variable
from cloudwarden.analysis.iam.world import PolicyText, Unread
from cloudwarden.core.json import dumps

#: Keys that differ between the principals of one account.
_OF_PRINCIPAL = frozenset(
    {
        "aws:principalarn",
        "aws:principaltype",
        "aws:tokenissuetime",
        "aws:userid",
        "aws:username",
    }
)


class ActionBits:
    """A bit for each action that anybody asks about. Names are compared in lower case."""

    def __init__(self, actions: Iterable[str]) -> None:
        names = sorted({action.lower() for action in actions})
        self.index: Mapping[str, int] = {name: position for position, name in enumerate(names)}
        self.full = (1 << len(names)) - 1
        self._services: dict[str, list[tuple[str, int]]] = {}
        for name, position in self.index.items():
            service = name.partition(":")[0]
            self._services.setdefault(service, []).append((name, 1 << position))
        self._masks: dict[str, int] = {}

    def of(self, statement: Statement) -> int:
        """The actions that a statement is about."""
        mask = 0
        for pattern in statement.actions:
            mask |= self._mask(pattern)
        return self.full & ~mask if statement.not_action else mask

    def alike(self, masks: Iterable[int]) -> Mapping[str, str]:
        """Actions that no rule tells apart, given the actions of every rule: each by the first.

        Those of two services are never alike, nor are those of IAM, some of which AWS refuses.
        """
        groups = [
            mask
            for service, actions in self._services.items()
            for mask in (
                [bit for _, bit in actions] if service == "iam" else [self.of_service(service)]
            )
        ]
        for mask in masks:
            groups = [part for group in groups for part in (group & mask, group & ~mask) if part]
        names = {1 << position: name for name, position in self.index.items()}
        first: dict[str, str] = {}
        for group in groups:
            representative = names[group & -group]
            for position in positions(group):
                first[names[1 << position]] = representative
        return first

    def of_service(self, service: str) -> int:
        """Every action of a service."""
        mask = 0
        for _, bit in self._services.get(service.lower(), ()):
            mask |= bit
        return mask

    def _mask(self, pattern: ActionPattern) -> int:
        mask = self._masks.get(pattern.text)
        if mask is None:
            mask = self.full if pattern.everything else 0
            if pattern.service is not None:
                for name, bit in self._services.get(pattern.service, ()):
                    if pattern.matches(name):
                        mask |= bit
            self._masks[pattern.text] = mask
        return mask


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A statement about actions that are asked for.

    `by_principal` says that its conditions or variables differ between the principals of an
    account, `by_resource` that they differ between resources. `variables` says that its resources
    have variables. `says` is the same for rules that say the same of their resources, whichever
    these are.
    """

    statement: Statement
    actions: int
    allows: bool
    by_principal: bool
    by_resource: bool
    variables: bool
    #: Whether it says the same of every principal of an account and every resource.
    fixed: bool
    says: tuple[object, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A policy's statements about actions that are asked for, and all of these actions.

    `readable` is unset for what was not read, or is not what AWS would call a policy: it may say
    anything.
    """

    rules: tuple[Rule, ...]
    actions: int
    readable: bool = True


#: A policy of which nothing is known.
UNREADABLE: Final = Document((), -1, readable=False)


class Documents:
    """Compiles policies for a set of actions; equal texts of one kind become one document.

    `shapes` are those of their resource patterns; `compiler` reads them. With `shared`, texts that
    are `common` are compiled there: what is compiled here can be forgotten with one account.
    """

    def __init__(
        self,
        actions: ActionBits,
        compiler: PolicyCompiler | None = None,
        shared: Documents | None = None,
        common: Container[str] = frozenset(),
    ) -> None:
        self.actions = actions
        self.shapes = Shapes()
        self.compiler = compiler or PolicyCompiler()
        self._shared = shared
        self._common = common
        self._known: dict[tuple[PolicyKind, str], Document] = {}
        self._by_content: dict[Policy, Document] = {}
        self._masks: set[int] = set()
        self._alike: tuple[int, Mapping[str, str]] = (-1, {})

    def alike(self) -> Mapping[str, str]:
        """The actions, each by one that no policy compiled so far tells it apart from."""
        masks = self._masks | (self._shared._masks if self._shared is not None else set())
        if len(masks) != self._alike[0]:
            self._alike = len(masks), self.actions.alike(masks)
        return self._alike[1]

    def compile(self, text: PolicyText, kind: PolicyKind) -> Document:
        """The document of a policy's text."""
        if isinstance(text, Unread):
            return UNREADABLE
        key = kind, text
        known = self._known.get(key)
        if known is None:
            if self._shared is not None and text in self._common:
                known = self._shared.compile(text, kind)
            else:
                known = self._compiled(text, kind)
            self._known[key] = known
        return known

    def _compiled(self, text: str, kind: PolicyKind) -> Document:
        try:
            policy = self.compiler.compile(text, kind)
        except PolicyError:
            return UNREADABLE
        known = self._by_content.get(policy)
        if known is None:
            rules = tuple(self._rules(policy))
            actions = 0
            for rule in rules:
                actions |= rule.actions
                self._masks.add(rule.actions)
            known = self._by_content[policy] = Document(rules, actions)
        return known

    def _rules(self, policy: Policy) -> Iterator[Rule]:
        for statement in policy.statements:
            actions = self.actions.of(statement)
            if actions:
                variables = set(resource_variables(statement))
                keys = {*condition_keys(statement), *variables}
                by_principal = any(map(_of_principal, keys))
                by_resource = any(map(is_of_resource, keys))
                source = statement.source
                yield Rule(
                    statement,
                    actions,
                    statement.allows,
                    by_principal,
                    by_resource,
                    variables=bool(variables),
                    fixed=not (by_principal or by_resource),
                    says=(
                        statement.allows,
                        actions,
                        # A variable means nothing in older policies.
                        by_principal,
                        _text(source.get("Condition")),
                        _text(source.get("NotPrincipal")),
                    ),
                )


def condition_keys(statement: Statement) -> Iterator[str]:
    """The keys that a statement's conditions ask for, variables in their values included."""
    for clause in statement.conditions:
        yield clause.key
        for value in clause.values:
            if "${" in value:
                yield from variable_keys(value)


def resource_variables(statement: Statement) -> Iterator[str]:
    """The keys of the variables in a statement's resources."""
    for pattern in statement.resources or ():
        for part in pattern.parts or ():
            for token in part:
                if isinstance(token, Variable) and token.key:
                    yield token.key


def variable_keys(text: str) -> Iterator[str]:
    """The keys of the variables that a text may hold, in lower case."""
    for piece in text.split("${")[1:]:
        yield piece.partition("}")[0].partition(",")[0].strip().lower()


def _of_principal(key: str) -> bool:
    return key in _OF_PRINCIPAL or key.startswith(PRINCIPAL_TAG)


def _text(value: object) -> str:
    return dumps(value) if value else ""
