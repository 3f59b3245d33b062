"""Policy documents compiled for evaluation.

A `PolicyCompiler` turns documents into frozen `Policy` objects. Equal documents of one kind become
one object, so that a document attached ten thousand times is compiled once. A compiler holds
nothing but that cache; share one over everything that is evaluated together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cloudwarden.analysis.iam import documents
from cloudwarden.analysis.iam.action_patterns import ActionPattern, action_pattern
from cloudwarden.analysis.iam.actions import is_multi_valued
from cloudwarden.analysis.iam.conditions import NO_CONDITIONS, Conditions, conditions
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.documents import PolicyError
from cloudwarden.analysis.iam.patterns import Padding, ResourcePattern, resource_pattern
from cloudwarden.analysis.iam.principals import PrincipalMatch, PrincipalSet, principal_set
from cloudwarden.analysis.iam.requests import Principal
from cloudwarden.analysis.iam.truth import Truth

__all__ = ["Policy", "PolicyCompiler", "PolicyError", "PolicyKind", "Statement"]

#: The version of the language that has variables.
_WITH_VARIABLES = "2012-10-17"

#: How many actions a policy remembers its statements for.
_REMEMBERED = 4096


class PolicyKind(StrEnum):
    """Where a policy is attached, which decides what its elements mean."""

    IDENTITY = "identity"
    BOUNDARY = "boundary"
    SESSION = "session"
    SCP = "scp"
    RCP = "rcp"
    RESOURCE = "resource"
    #: The trust policy of a role: a resource policy without Resource.
    TRUST = "trust"
    ENDPOINT = "endpoint"

    @property
    def padding(self) -> Padding:
        """What a resource pattern with fewer than six parts means."""
        return _PADDINGS.get(self, Padding.ALWAYS)

    @property
    def names_principals(self) -> bool:
        """Whether statements may have Principal or NotPrincipal."""
        return self in _WITH_PRINCIPALS


_PADDINGS = {
    PolicyKind.RESOURCE: Padding.WITH_WILDCARD,
    PolicyKind.TRUST: Padding.WITH_WILDCARD,
    PolicyKind.ENDPOINT: Padding.WITH_WILDCARD,
    PolicyKind.SCP: Padding.AFTER_WILDCARD,
    PolicyKind.RCP: Padding.NEVER,
}
_WITH_PRINCIPALS = frozenset(
    {PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.ENDPOINT, PolicyKind.RCP}
)


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One statement. `index` counts from 0; `source` is the JSON it was made from.

    `resources` is None without a Resource or NotResource element: the statement is then about
    whatever the policy is attached to. `principals` is None without a Principal or NotPrincipal
    element: nobody, in a policy of a kind that has them.
    """

    index: int
    sid: str | None
    allows: bool
    actions: tuple[ActionPattern, ...]
    not_action: bool
    resources: tuple[ResourcePattern, ...] | None
    not_resource: bool
    principals: PrincipalSet | None
    not_principal: bool
    conditions: Conditions
    source: Mapping[str, Any] = field(repr=False)

    @property
    def effect(self) -> str:
        """`Allow` or `Deny`."""
        return "Allow" if self.allows else "Deny"

    def matches_action(self, action: str) -> bool:
        """Whether the statement is about an action, which is given in lower case."""
        for pattern in self.actions:
            if pattern.matches(action):
                return not self.not_action
        return self.not_action

    def match_resource(self, resource: str, context: Context) -> Truth:
        """Whether the statement is about a resource: an ARN, or `*` for an action without one."""
        if self.resources is None:
            return Truth.SURE
        if self.not_resource:
            least = Truth.SURE
            for pattern in self.resources:
                least = min(least, pattern.outside(resource, context))
            return least
        most = Truth.NEVER
        for pattern in self.resources:
            most = max(most, pattern.match(resource, context))
            if most is Truth.SURE:
                break
        return most

    def match_principal(self, who: Principal, *, bounded: bool) -> PrincipalMatch | None:
        """In what way the statement names a principal; None if it does not.

        `bounded` says whether the principal has a permissions boundary: a Deny with NotPrincipal
        hits all who have.
        """
        if self.principals is None:
            return None
        matched = self.principals.match(who)
        if not self.not_principal:
            return matched
        if matched is None or (bounded and not self.allows):
            return PrincipalMatch.NOT_NAMED
        return None


class Policy:
    """A compiled policy. Compared by identity: equal documents of one kind are one object."""

    __slots__ = ("_by_action", "document", "id", "kind", "statements", "version")

    def __init__(
        self,
        kind: PolicyKind,
        document: Mapping[str, Any],
        version: str,
        statements: tuple[Statement, ...],
    ) -> None:
        self.kind = kind
        self.document = document
        self.version = version
        identifier = document.get("Id")
        self.id: str | None = identifier if isinstance(identifier, str) else None
        self.statements = statements
        self._by_action: dict[str, tuple[Statement, ...]] = {}

    def about(self, action: str) -> tuple[Statement, ...]:
        """The statements about an action, which is given in lower case."""
        found = self._by_action.get(action)
        if found is None:
            found = tuple(s for s in self.statements if s.matches_action(action))
            if len(self._by_action) >= _REMEMBERED:
                self._by_action.clear()
            self._by_action[action] = found
        return found

    def __repr__(self) -> str:
        return f"Policy({self.kind}, {self.id!r}, {len(self.statements)} statements)"


class PolicyCompiler:
    """Compiles documents and remembers them.

    `multi_valued` says whether a condition key, in lower case, can have several values.
    `kinds_required` refuses a Principal of accounts or ARNs that does not say that they are AWS's:
    AWS has no such policies, but what emulates it answers some.
    """

    def __init__(
        self,
        multi_valued: Callable[[str], bool] = is_multi_valued,
        *,
        kinds_required: bool = False,
    ) -> None:
        self._multi_valued = multi_valued
        self._kinds_required = kinds_required
        self._policies: dict[tuple[PolicyKind, bytes], Policy] = {}
        self._actions: dict[str, ActionPattern] = {}
        self._resources: dict[tuple[str, Padding, bool], ResourcePattern] = {}

    def __len__(self) -> int:
        """How many policies are remembered."""
        return len(self._policies)

    def compile(self, document: object, kind: PolicyKind) -> Policy:
        """The policy that a document (an object, or its JSON text) stands for.

        Raises `PolicyError` if AWS would not have taken it for a policy of that kind.
        """
        parsed = documents.read(document)
        key = kind, documents.canonical(parsed)
        known = self._policies.get(key)
        if known is None:
            version = documents.version(parsed)
            found = documents.statements(parsed)
            compiled = tuple(
                self._statement(index, statement, kind, variables=version == _WITH_VARIABLES)
                for index, statement in enumerate(found)
            )
            known = self._policies[key] = Policy(kind, parsed, version, compiled)
        return known

    def action(self, text: str) -> ActionPattern:
        """The pattern that an entry of Action stands for."""
        known = self._actions.get(text)
        if known is None:
            known = self._actions[text] = action_pattern(text)
        return known

    def resource(self, text: str, kind: PolicyKind, *, variables: bool = True) -> ResourcePattern:
        """The pattern that an entry of Resource stands for in a policy of that kind."""
        key = text, kind.padding, variables
        known = self._resources.get(key)
        if known is None:
            known = self._resources[key] = resource_pattern(
                text, kind.padding, variables=variables, multi_valued=self._multi_valued
            )
        return known

    def _statement(
        self, index: int, source: Mapping[str, Any], kind: PolicyKind, *, variables: bool
    ) -> Statement:
        where = f"Statement {index}"
        actions = _element(source, "Action", where)
        resources = _element(source, "Resource", where)
        sid = source.get("Sid")
        if sid is not None and not isinstance(sid, str):
            raise PolicyError(f"{where} has a Sid that is not a string.")
        if actions is None:
            raise PolicyError(f"{where} has neither Action nor NotAction.")
        return Statement(
            index=index,
            sid=sid,
            allows=source["Effect"] == "Allow",
            actions=tuple(map(self.action, actions)),
            not_action="NotAction" in source,
            resources=None
            if resources is None
            else tuple(self.resource(text, kind, variables=variables) for text in resources),
            not_resource="NotResource" in source,
            principals=_principals(source, kind, where, kinds_required=self._kinds_required),
            not_principal="NotPrincipal" in source,
            conditions=NO_CONDITIONS
            if "Condition" not in source
            else conditions(
                documents.condition_block(source["Condition"], f"{where} Condition"),
                variables=variables,
                multi_valued=self._multi_valued,
            ),
            source=source,
        )


def _element(source: Mapping[str, Any], name: str, where: str) -> list[str] | None:
    """The entries of an element or of its Not twin; None if the statement has neither."""
    for element in (name, f"Not{name}"):
        if element in source:
            return documents.texts(source[element], f"{where} {element}")
    return None


def _principals(
    source: Mapping[str, Any], kind: PolicyKind, where: str, *, kinds_required: bool
) -> PrincipalSet | None:
    for element in ("Principal", "NotPrincipal"):
        if element in source:
            if not kind.names_principals:
                raise PolicyError(f"{where} has {element}, which {kind} policies do not have.")
            where = f"{where} {element}"
            found = documents.principals(source[element], where, kinds_required=kinds_required)
            return principal_set(found)
    return None
