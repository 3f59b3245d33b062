"""Policy documents as JSON has them, checked and brought into one shape.

Only the shape is dealt with here: which elements there are, and lists where a single value may
stand for a list. What they mean is for `policies`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import orjson

from cloudwarden.core.errors import UsageError

#: The elements of a policy beside those of its statements.
POLICY_ELEMENTS = frozenset({"Version", "Id", "Statement"})

_STATEMENT_ELEMENTS = frozenset(
    {
        "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource",
        "Principal", "NotPrincipal", "Condition",
    }
)  # fmt: skip
_VERSIONS = frozenset({"2008-10-17", "2012-10-17"})
_AWS = re.compile(r"arn:|\d{12}$", re.ASCII)
_PRINCIPAL_KINDS = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})
_PAIRS = (
    ("Action", "NotAction"),
    ("Resource", "NotResource"),
    ("Principal", "NotPrincipal"),
)


class PolicyError(UsageError):
    """What was given for a policy is none: AWS would not have accepted it."""


def read(document: object) -> dict[str, Any]:
    """A policy document as a JSON object.

    Text is decoded first, also where it is percent-encoded as some IAM operations answer it.
    """
    if isinstance(document, str | bytes):
        text = document if isinstance(document, str) else document.decode(errors="replace")
        if text.lstrip().startswith("%"):
            text = unquote(text)
        try:
            document = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise PolicyError(f"The policy is not JSON: {error}.") from None
    if not isinstance(document, dict):
        raise PolicyError(f"A policy is a JSON object, not {_kind(document)}.")
    return document


def canonical(document: Mapping[str, Any]) -> bytes:
    """The same bytes for equal documents."""
    try:
        return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise PolicyError(f"The policy cannot be written as JSON: {error}.") from None


def version(document: Mapping[str, Any]) -> str:
    """The version of the policy language; the older one if none is given."""
    given = document.get("Version", "2008-10-17")
    if not isinstance(given, str) or given not in _VERSIONS:
        raise PolicyError(f"There is no policy version {given!r}.")
    return given


def statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements, each with only elements that there are."""
    _only(document, POLICY_ELEMENTS, "The policy")
    if "Statement" not in document:
        raise PolicyError("The policy has no Statement.")
    found = document["Statement"]
    found = found if isinstance(found, list) else [found]
    for number, statement in enumerate(found):
        if not isinstance(statement, dict):
            raise PolicyError(f"Statement {number} is {_kind(statement)}, not an object.")
        _only(statement, _STATEMENT_ELEMENTS, f"Statement {number}")
        if statement.get("Effect") not in ("Allow", "Deny"):
            raise PolicyError(f"Statement {number} has neither Allow nor Deny for its Effect.")
        for one, other in _PAIRS:
            if one in statement and other in statement:
                raise PolicyError(f"Statement {number} has both {one} and {other}.")
    return list(found)


def texts(value: object, where: str) -> list[str]:
    """One string or a list of them, as a list."""
    values = value if isinstance(value, list) else [value]
    for each in values:
        if not isinstance(each, str):
            raise PolicyError(f"{where} has {_kind(each)} where a string belongs.")
    return list(values)


def principals(
    value: object, where: str, *, kinds_required: bool = True
) -> str | dict[str, list[str]]:
    """`*`, or lists of identifiers by their kind.

    Accounts and ARNs without a kind are taken for AWS unless kinds are required.
    """
    if value == "*":
        return "*"
    if not kinds_required and names_aws(value):
        return {"AWS": texts(value, where)}
    if not isinstance(value, dict):
        raise PolicyError(f"{where} is neither * nor an object.")
    _only(value, _PRINCIPAL_KINDS, where)
    return {kind: texts(entries, f"{where} {kind}") for kind, entries in value.items()}


def names_aws(value: object) -> bool:
    """Whether a Principal is accounts or ARNs that do not say of what kind they are."""
    entries = value if isinstance(value, list) else [value]
    return bool(entries) and all(isinstance(one, str) and _AWS.match(one) for one in entries)


def condition_block(value: object, where: str) -> dict[str, dict[str, list[str]]]:
    """The values by operator and key; numbers and booleans as their text."""
    if not isinstance(value, dict):
        raise PolicyError(f"{where} is {_kind(value)}, not an object.")
    block: dict[str, dict[str, list[str]]] = {}
    for operator, keys in value.items():
        if not isinstance(keys, dict):
            raise PolicyError(f"{where} {operator} is {_kind(keys)}, not an object.")
        block[operator] = {
            key: scalars(values, f"{where} {operator} {key}") for key, values in keys.items()
        }
    return block


def scalars(value: object, where: str) -> list[str]:
    """One scalar or a list of them as text: a boolean as `true` or `false`."""
    return [_scalar(each, where) for each in (value if isinstance(value, list) else [value])]


def _scalar(value: object, where: str) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            # Without an exponent, which the language has no form for.
            return re.sub(r"\.0$", "", f"{value:.15f}".rstrip("0").rstrip("."))
    raise PolicyError(f"{where} has {_kind(value)} where a value belongs.")


def _only(value: Mapping[str, Any], allowed: frozenset[str], where: str) -> None:
    for name in value:
        if name not in allowed:
            raise PolicyError(f"{where} has an element {name!r}, which there is not.")


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case dict():
            return "an object"
    return f"a {type(value).__name__}"
