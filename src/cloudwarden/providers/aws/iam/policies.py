"""Policy documents as text, and their statements as assets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from cloudwarden.core.json import dumps, loads

Statement = Mapping[str, Any]

#: The members of a statement that name actions and resources, by the property that holds them.
_LISTS = {
    "action": "Action",
    "notaction": "NotAction",
    "resource": "Resource",
    "notresource": "NotResource",
}


def parse_document(document: Any) -> Mapping[str, Any]:
    """A policy document as a structure, however the API spelled it (object, JSON, URL-encoded).

    An empty structure where it is no JSON object: IAM accepts none such.
    """
    return _parsed(document) or {}


def is_readable(document: Any) -> bool:
    """Whether what a policy says can be told: there is none, or it is a JSON object."""
    return not document or _parsed(document) is not None


def document_text(document: Any) -> str:
    """A policy document as canonical JSON text."""
    return dumps(parse_document(document))


def as_list(value: Any) -> list[Any]:
    """A policy member that may be one value or a list of them, as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def statements_of(document: Any) -> list[Statement]:
    """The statements of a policy document; a policy may spell a single one without a list."""
    return [s for s in as_list(parse_document(document).get("Statement")) if isinstance(s, Mapping)]


def statement_properties(policy_id: str, document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each statement of a policy as (id, properties).

    The id is `<policy>/statement/<sid>`, or the statement's number from 1 where it has no sid or
    shares it with another.
    """
    statements = statements_of(document)
    sids = Counter(statement.get("Sid") for statement in statements)
    for number, statement in enumerate(statements, start=1):
        sid = statement.get("Sid") or None
        properties: dict[str, Any] = {"sid": sid, "effect": statement.get("Effect")}
        for name, member in _LISTS.items():
            if member in statement:
                properties[name] = [str(value) for value in as_list(statement[member])]
        if statement.get("Condition"):
            properties["condition"] = dumps(statement["Condition"])
        key = sid if sid and sids[sid] == 1 else number
        kept = {name: value for name, value in properties.items() if value is not None}
        yield f"{policy_id}/statement/{key}", kept


def _parsed(document: Any) -> Mapping[str, Any] | None:
    if isinstance(document, str):
        text = document if document.lstrip().startswith("{") else unquote(document)
        try:
            document = loads(text)
        except ValueError:
            return None
    return document if isinstance(document, Mapping) else None
