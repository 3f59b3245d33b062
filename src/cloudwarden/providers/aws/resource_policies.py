"""What a resource's own policy grants to anybody, signed in or not, and what it denies everybody.

A statement with a principal of `*` is open unless a condition ties it to known callers. A
condition counts only if it must hold (no `…IfExists`, no negation) and its values narrow (no bare
`*`, no range of all addresses); a condition of another kind, such as TLS or a header that the
caller picks, keeps nobody out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import jmespath

from cloudwarden.providers.aws.declarations import Computed, Document, UnreadableError
from cloudwarden.providers.aws.iam.policies import Statement, as_list, is_readable, statements_of
from cloudwarden.schema.labels import PropertyType

#: Condition keys whose values say which callers are meant, in lower case.
_CALLER_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "aws:username",
        "aws:vpcsourceip",
        "elasticfilesystem:accesspointarn",
        "kms:calleraccount",
        "lambda:eventsourcetoken",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)

#: Operators that a request must satisfy; `StringEqualsIfExists` lets one without the key pass.
_NARROWING_OPERATORS = frozenset(
    {
        "arnequals",
        "arnlike",
        "ipaddress",
        "stringequals",
        "stringequalsignorecase",
        "stringlike",
    }
)

_EVERYTHING = re.compile(r"\*+|0\.0\.0\.0/0|::/0|arn:(?:[a-z-]+:)?\*")


def anonymous_actions(policy: Any) -> list[str]:
    """The actions that the policy (JSON text or structure) allows anybody, sorted.

    A `NotAction` grant is reported as `*`: it is everything but a few. No policy grants nothing;
    raises `UnreadableError` for one that is no JSON object.
    """
    actions: set[str] = set()
    for statement in _statements(policy):
        if statement.get("Effect") == "Allow" and _for_anybody(statement):
            named = [str(action) for action in as_list(statement.get("Action"))]
            actions.update(named or ["*"])
    return sorted(actions)


def grants_anonymous(policy: Any) -> bool:
    """Whether the policy allows anybody anything. Raises `UnreadableError`."""
    return bool(anonymous_actions(policy))


def requires_tls(policy: Any, service: str, resource: str) -> bool:
    """Whether the policy denies everybody every action of `service` on `resource` without TLS.

    Raises `UnreadableError`.
    """
    return any(
        statement.get("Effect") == "Deny"
        and _names_anybody(statement)
        and "NotPrincipal" not in statement
        and not {"*", f"{service}:*"}.isdisjoint(as_list(statement.get("Action")))
        and any(_matches(str(one), resource) for one in as_list(statement.get("Resource")))
        and _only_without_tls(statement.get("Condition") or {})
        for statement in _statements(policy)
    )


def anonymous(operation: str, *, by: str) -> tuple[Computed, Computed]:
    """`anonymous_access` and `anonymous_actions`, from the policy that the path `by` finds.

    Without a policy nobody but the account itself has access. A policy that cannot be read grants
    nobody knows what: both are then unknown.
    """

    def actions(document: Document) -> list[str]:
        return anonymous_actions(jmespath.search(by, document))

    def is_open(document: Document) -> bool:
        return bool(actions(document))

    return (
        Computed(
            "anonymous_access",
            PropertyType.BOOLEAN,
            is_open,
            operation,
            "Whether anybody may use it, signed in or not.",
        ),
        Computed(
            "anonymous_actions",
            PropertyType.STRINGS,
            actions,
            operation,
            "What anybody may do with it.",
        ),
    )


def _statements(policy: Any) -> list[Statement]:
    if not is_readable(policy):
        raise UnreadableError("UnreadablePolicy", "the policy is no JSON object")
    return statements_of(policy)


def _for_anybody(statement: Statement) -> bool:
    return _names_anybody(statement) and not any(
        _narrows(operator, test) for operator, test in (statement.get("Condition") or {}).items()
    )


def _names_anybody(statement: Statement) -> bool:
    if "NotPrincipal" in statement:
        return True
    principal = statement.get("Principal")
    if isinstance(principal, Mapping):
        return "*" in as_list(principal.get("AWS"))
    return principal == "*"


def _only_without_tls(condition: Mapping[str, Any]) -> bool:
    """Whether a condition holds for every request without TLS: it tests that, and nothing else."""
    tests = [
        (operator.lower(), key.lower(), as_list(values))
        for operator, test in condition.items()
        for key, values in test.items()
    ]
    return len(tests) == 1 and all(
        operator in ("bool", "boolifexists")
        and key == "aws:securetransport"
        and [str(value).lower() for value in values] == ["false"]
        for operator, key, values in tests
    )


def _matches(pattern: str, resource: str) -> bool:
    """Whether an ARN pattern of IAM (`*` any text, `?` one character) covers a resource."""
    expression = "".join({"*": ".*", "?": "."}.get(one) or re.escape(one) for one in pattern)
    return re.fullmatch(expression, resource, re.DOTALL) is not None


def _narrows(operator: str, test: Mapping[str, Any]) -> bool:
    name = operator.lower()
    # `ForAllValues:` is satisfied by a request without the key, so it keeps nobody out.
    plain = name.removeprefix("foranyvalue:")
    if plain not in _NARROWING_OPERATORS:
        return False
    return any(
        key.lower() in _CALLER_KEYS
        and not any(_EVERYTHING.fullmatch(str(value)) for value in as_list(values))
        for key, values in test.items()
    )
