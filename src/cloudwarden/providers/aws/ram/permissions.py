"""What the permissions of resource shares let those do who have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cloudwarden.core.json import loads

if TYPE_CHECKING:
    from cloudwarden.providers.aws.context import Asked
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.schema.records import Failure

PERMISSIONS = "ram:ListResourceSharePermissions"
PERMISSION = "ram:GetPermission"


def read_permissions(context: ReadContext, shares: list[str]) -> Asked:
    """By share: what its permissions let do, as properties, and what was not read of that.

    Permissions are listed by share, and each version of one is read once.
    """
    listed = yield from read_pages(
        context, PERMISSIONS, "permissions", [{"resourceShareArn": share} for share in shares]
    )
    attached: dict[str, list[tuple[str, str]]] = {}
    unread: dict[str, dict[str, Failure]] = {share: {} for share in shares}
    for share, (permissions, failure) in zip(shares, listed, strict=True):
        if failure is not None:
            unread[share][PERMISSIONS] = failure
        attached[share] = [(str(one["arn"]), str(one.get("version") or "")) for one in permissions]
    versions = sorted({one for several in attached.values() for one in several})
    answers = yield from context.requests(
        [
            context.prepare(
                PERMISSION,
                permissionArn=arn,
                **_version(version),
            )
            for arn, version in versions
        ]
    )
    told = dict(zip(versions, answers, strict=True))
    found: dict[str, tuple[dict[str, Any], dict[str, Failure]]] = {}
    for share in shares:
        properties: dict[str, Any] = {}
        actions: set[str] = set()
        for one in attached[share]:
            answer = told[one]
            text = ((answer.document or {}).get("permission") or {}).get("permission")
            if answer.failure is not None:
                unread[share][PERMISSION] = answer.failure
            else:
                actions.update(_actions(text))
        if PERMISSIONS not in unread[share]:
            properties["permissions"] = sorted(arn for arn, _ in attached[share])
            if PERMISSION not in unread[share]:
                properties["allowed_actions"] = sorted(actions)
        found[share] = properties, unread[share]
    return found


def read_pages(
    context: ReadContext, operation: str, items: str, asked: list[dict[str, Any]]
) -> Asked:
    """Each question's items, page by page side by side, and the failure that ended them, if any.

    What is asked completes shares that are known: a failure hides none of them.
    """
    found: list[list[Any]] = [[] for _ in asked]
    failures: list[Failure | None] = [None for _ in asked]
    pages = dict(enumerate(asked))
    while pages:
        answers = yield from context.requests(
            [context.prepare(operation, **parameters) for parameters in pages.values()]
        )
        following: dict[int, dict[str, Any]] = {}
        for position, answer in zip(pages, answers, strict=True):
            if answer.document is None:
                failures[position] = answer.failure
                continue
            found[position] += answer.document.get(items) or ()
            token = answer.document.get("nextToken")
            if token:
                following[position] = {**asked[position], "nextToken": token}
        pages = following
    return list(zip(found, failures, strict=True))


def _version(text: str) -> dict[str, Any]:
    return {"permissionVersion": int(text)} if text.isdigit() else {}


def _actions(text: Any) -> Iterator[str]:
    """The actions of a permission, whose members are spelled in either case."""
    try:
        document = loads(str(text))
    except ValueError:
        return
    lowered = {str(k).lower(): v for k, v in document.items()} if isinstance(document, dict) else {}
    actions = lowered.get("action", lowered.get("actions")) or ()
    yield from (actions,) if isinstance(actions, str) else map(str, actions)
