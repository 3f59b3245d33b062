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
    attached: dict[str, list[tuple[str, str]]] = {}
    unread: dict[str, dict[str, Failure]] = {share: {} for share in shares}
    for share in shares:
        listed = yield from context.paginate(PERMISSIONS, resourceShareArn=share)
        if listed.failure is not None:
            unread[share][PERMISSIONS] = listed.failure
        attached[share] = [
            (str(one["arn"]), str(one.get("version") or "")) for one in listed.items("permissions")
        ]
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
