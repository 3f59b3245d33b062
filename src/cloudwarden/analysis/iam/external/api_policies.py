"""Policies of API Gateway, which may leave out of a resource what everybody there knows.

`execute-api:/stage/METHOD/path` stands for that of the API that the policy is attached to; API
Gateway itself writes it out when it keeps a policy. Follows "Amazon API Gateway resource policy
examples".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_SHORT: Final = "execute-api:/"
_ELEMENTS: Final = ("Resource", "NotResource")


def written_out(document: Mapping[str, Any], account: str, api: str | None) -> dict[str, Any]:
    """The document with whole ARNs: of the API's ARN (`execute-api`), or of any of the account."""
    parts = (api or "").split(":", 5)
    known = len(parts) == 6 and parts[2] == "execute-api"
    start = ":".join(parts[:5]) if known else f"arn:*:execute-api:*:{account}"
    name = parts[5].partition("/")[0] if known else "*"
    statements = document.get("Statement")
    if isinstance(statements, list):
        statements = [_statement(one, f"{start}:{name}/") for one in statements]
    else:
        statements = _statement(statements, f"{start}:{name}/")
    return {**document, "Statement": statements}


def _statement(statement: Any, start: str) -> Any:
    if not isinstance(statement, dict):
        return statement
    changed = {name: _texts(statement[name], start) for name in _ELEMENTS if name in statement}
    return {**statement, **changed}


def _texts(value: Any, start: str) -> Any:
    if isinstance(value, list):
        return [_texts(one, start) for one in value]
    if isinstance(value, str) and value.startswith(_SHORT):
        return start + value.removeprefix(_SHORT)
    return value
