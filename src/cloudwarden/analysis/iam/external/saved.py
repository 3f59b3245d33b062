"""Policies out of what people save: the documents themselves, or answers of the AWS CLI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cloudwarden.analysis.iam.documents import PolicyError, read
from cloudwarden.analysis.iam.policies import PolicyKind
from cloudwarden.core.errors import UsageError

#: Where answers of the AWS CLI keep a policy, from the outside in.
_WRAPPINGS: Final = (
    ("policy", "document"),
    ("Policy",),
    ("policyText",),
    ("policy",),
    ("ResourcePolicy",),
    ("PolicyInJson",),
    ("policyInJson",),
    ("Attributes", "Policy"),
    ("Role", "AssumeRolePolicyDocument"),
    ("AssumeRolePolicyDocument",),
    ("DomainStatus", "AccessPolicies"),
    ("DomainConfig", "AccessPolicies", "Options"),
    ("AccessPolicies",),
    ("policyDocument",),
    ("PolicyDocument",),
    ("vaultLockPolicy", "Policy"),
    ("Established", "Policy"),
    ("resourcePolicy", "policy"),
)
#: Answers that hold several, of which it is clear which is meant only where there is one.
_SEVERAL: Final = (("resourcePolicies", "policyDocument"), ("Policies", ""))
_DEPTH: Final = 4


def kind_of(document: Mapping[str, Any]) -> PolicyKind:
    """Whether a document is a role's trust policy or a resource's."""
    statements = document.get("Statement")
    found = statements if isinstance(statements, list) else [statements]
    for one in found:
        if not isinstance(one, dict) or {"Resource", "NotResource"} & one.keys():
            return PolicyKind.RESOURCE
        actions = one.get("Action")
        for action in actions if isinstance(actions, list) else [actions]:
            if not str(action).lower().startswith("sts:"):
                return PolicyKind.RESOURCE
    return PolicyKind.TRUST


def unwrapped(text: str | bytes) -> dict[str, Any]:
    """The policy in a text: as it stands, or out of an answer of the AWS CLI.

    Raises `UsageError` if there is none.
    """
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    try:
        # Some editors begin a file with a mark of its encoding.
        found: Any = read(text.removeprefix("\ufeff"))
    except PolicyError as error:
        raise UsageError(str(error)) from None
    for _ in range(_DEPTH):
        if isinstance(found, str):
            # API Gateway answers a policy with its quotation marks escaped.
            found = read(found.replace('\\"', '"') if found.startswith("{\\") else found)
        if not isinstance(found, dict):
            break
        if "Statement" in found:
            return found
        found = _inner(found)
    raise UsageError(
        "There is no policy in it: neither a Statement nor a Policy as the AWS CLI answers one."
    )


def _inner(found: Mapping[str, Any]) -> Any:
    for path in _WRAPPINGS:
        inner: Any = found
        for name in path:
            inner = inner.get(name) if isinstance(inner, dict) else None
        if isinstance(inner, str | dict):
            return inner
    for name, member in _SEVERAL:
        several = found.get(name)
        if isinstance(several, dict):
            several = list(several.values())
        if isinstance(several, list) and several:
            if len(several) > 1:
                raise UsageError(f"There are {len(several)} policies in it: give one of them.")
            one = several[0]
            return one.get(member) if isinstance(one, dict) else one
    return None
