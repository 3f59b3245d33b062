"""Which roles services and identity providers may take on, by the roles' trust policies."""

from __future__ import annotations

from typing import NamedTuple

from cloudwarden.analysis.iam import requests
from cloudwarden.analysis.iam.bulk.words import condition_words
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.decisions import Decision
from cloudwarden.analysis.iam.evaluator import evaluate
from cloudwarden.analysis.iam.layers import Attached, Layer, Layers
from cloudwarden.analysis.iam.policies import Policy, PolicyCompiler, PolicyError, PolicyKind
from cloudwarden.analysis.iam.requests import PrincipalType, Request
from cloudwarden.analysis.iam.world import Principal, Unread, World
from cloudwarden.schema.derived import Certainty

#: Services that come to a role as identity providers do.
_AS_PROVIDERS = frozenset({"cognito-identity.amazonaws.com"})


class Trust(NamedTuple):
    """Whether a role may be taken on (None: never), and on what condition or why it is unknown."""

    certainty: Certainty | None
    words: str = ""


_NEVER = Trust(None)


class Trusts:
    """Asks trust policies. A policy is asked once for each who and account."""

    def __init__(self, world: World, compiler: PolicyCompiler) -> None:
        self._world = world
        self._compiler = compiler
        self._policies: dict[str, Policy | None] = {}
        self._known: dict[tuple[str, str, str], Trust] = {}

    def of(self, role: Principal, who: str) -> Trust:
        """Whether a role trusts a service, or the identity provider of an ARN."""
        text = role.trust
        if text is None or isinstance(text, Unread):
            return Trust(Certainty.UNKNOWN, f"the trust policy of {role.name} was not read")
        if who.lower() not in text.lower() and '"*"' not in text:
            return _NEVER
        key = text, who, role.account
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._asked(role, text, who)
        return known

    def _asked(self, role: Principal, text: str, who: str) -> Trust:
        policy = self._policy(text)
        if policy is None:
            return Trust(Certainty.UNKNOWN, f"the trust policy of {role.name} cannot be understood")
        is_provider = who in _AS_PROVIDERS or who.startswith("arn:")
        action = "sts:AssumeRole"
        if is_provider:
            action = f"sts:AssumeRoleWith{'SAML' if ':saml-provider/' in who else 'WebIdentity'}"
        kind = PrincipalType.FEDERATED if is_provider else PrincipalType.SERVICE
        context = Context({"aws:SourceAccount": role.account}, closed=False)
        request = Request(
            requests.principal(who, kind.value), action, role.arn, role.account, context
        )
        attached = Attached(policy, "trust policy", role.arn)
        return _told(evaluate(request, self._layers(role.account, attached)), context, role)

    def _layers(self, account: str, trust: Attached) -> Layers:
        rcps = self._world.account(account).rcps
        if isinstance(rcps, Unread):
            return Layers(resource=trust, unread=frozenset({Layer.RCP}))
        levels, unread = [], set()
        for level in rcps:
            read = []
            for one in level:
                policy = None
                if not isinstance(one.document, Unread):
                    policy = self._policy(one.document, PolicyKind.RCP)
                if policy is None:
                    unread.add(Layer.RCP)
                else:
                    read.append(Attached(policy, one.policy, one.through))
            levels.append(tuple(read))
        return Layers(resource=trust, rcps=tuple(levels), unread=frozenset(unread))

    def _policy(self, text: str, kind: PolicyKind = PolicyKind.TRUST) -> Policy | None:
        key = f"{kind} {text}"
        if key not in self._policies:
            try:
                self._policies[key] = self._compiler.compile(text, kind)
            except PolicyError:
                self._policies[key] = None
        return self._policies[key]


def _told(decision: Decision, context: Context, role: Principal) -> Trust:
    if decision.certainty is Certainty.UNKNOWN:
        return Trust(Certainty.UNKNOWN, f"whether {role.name} may be taken on was not read")
    if not decision.allowed:
        return _NEVER
    if decision.certainty is Certainty.SURE:
        return Trust(Certainty.SURE)
    words = [
        f"{'if' if one.statement.allows else 'unless'} {condition_words(one.statement, context)}"
        for one in decision.statements
        if one.statement.conditions
    ]
    return Trust(Certainty.CONDITIONAL, " and ".join(dict.fromkeys(words)))
