"""Access keys and MFA devices, which the API gives only user by user."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cloudwarden.core.clock import format_moment
from cloudwarden.schema.records import Asset, Failure, Relation, Scope

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Steps

USERS = "iam:ListUsers"
KEYS = "iam:ListAccessKeys"
LAST_USED = "iam:GetAccessKeyLastUsed"
DEVICES = "iam:ListMFADevices"
VIRTUAL_DEVICES = "iam:ListVirtualMFADevices"

OPERATIONS = (USERS, KEYS, LAST_USED, DEVICES, VIRTUAL_DEVICES)

#: A user deleted since the list was read has none; that is a fact.
_GONE = "NoSuchEntity"

Document = Mapping[str, Any]


def read(context: ReadContext) -> Steps:
    """List users once, then everybody's keys and devices, then when each key was last used."""
    users = yield from context.paginate(USERS, MaxItems=1000)
    arns = {user["UserName"]: user["Arn"] for user in users.items("Users")}
    keys = yield from _of_users(context, KEYS, "AccessKeyMetadata", arns)
    devices = yield from _of_users(context, DEVICES, "MFADevices", arns)
    virtual = yield from context.paginate(VIRTUAL_DEVICES, MaxItems=1000)
    last_used = yield from context.requests(
        [context.prepare(LAST_USED, AccessKeyId=key["AccessKeyId"]) for key in keys]
    )
    found = [
        _key(key, answer.document, answer.failure, arns[key["UserName"]], context.scope)
        for key, answer in zip(keys, last_used, strict=True)
    ]
    found += _devices(devices, virtual.items("VirtualMFADevices"), arns, context)
    return context.reading(found)


def _of_users(context: ReadContext, operation: str, items: str, arns: Mapping[str, str]) -> Any:
    requests = [context.prepare(operation, UserName=name) for name in arns]
    found = yield from context.listings(requests, items, absent=(_GONE,))
    return [
        {**item, "UserName": name}
        for name, of_user in zip(arns, found, strict=True)
        for item in of_user
    ]


def _key(
    key: Document, used: Document | None, failure: Failure | None, user_arn: str, scope: Scope
) -> Asset:
    last = (used or {}).get("AccessKeyLastUsed") or {}
    properties = {
        "accesskeyid": key["AccessKeyId"],
        "status": key.get("Status"),
        "createdate": _moment(key.get("CreateDate")),
        "lastuseddate": _moment(last.get("LastUsedDate")),
        "lastusedservice": _known(last.get("ServiceName")),
        "lastusedregion": _known(last.get("Region")),
    }
    return _asset(
        "AWSAccountAccessKey",
        key["AccessKeyId"],
        properties,
        (
            Relation("AWS_ACCESS_KEY", "AWSUser", user_arn, incoming=True),
            Relation("OWNED_BY", "AWSUser", user_arn),
        ),
        scope,
        {LAST_USED: failure} if failure else {},
    )


def _devices(
    devices: list[Document], virtual: list[Document], arns: Mapping[str, str], context: ReadContext
) -> list[Asset]:
    """One asset a device: those of users, and the virtual ones of the root or of nobody."""
    root = f"arn:{context.partition}:iam::{context.scope.account}:root"
    of_root = {f"arn:{context.partition}:iam::{context.scope.account}:mfa/root-account-mfa-device"}
    serials = {device["SerialNumber"] for device in virtual}
    owners: dict[str, tuple[Document, str | None, str | None]] = {}
    for device in virtual:
        user = device.get("User") or {}
        owner = user.get("Arn") or (root if device["SerialNumber"] in of_root else None)
        owners[device["SerialNumber"]] = (device, user.get("UserName"), owner)
    for device in devices:
        name = device["UserName"]
        owners[device["SerialNumber"]] = (device, name, arns[name])
    found = []
    for serial, (device, name, owner) in owners.items():
        properties = {
            "serialnumber": serial,
            "username": name,
            "user_arn": owner,
            "enabledate": _moment(device.get("EnableDate")),
            # They bear ARNs that say so, even where nobody listed them.
            "virtual": serial in serials or ":mfa/" in serial,
        }
        label = "AWSRootPrincipal" if owner == root else "AWSUser"
        relations = (Relation("MFA_DEVICE", label, owner, incoming=True),) if owner else ()
        found.append(_asset("AWSMfaDevice", serial, properties, relations, context.scope, {}))
    return found


def _asset(
    label: str,
    asset_id: str,
    properties: Mapping[str, Any],
    relations: tuple[Relation, ...],
    scope: Scope,
    unread: Mapping[str, Failure],
) -> Asset:
    return Asset(
        label=label,
        id=asset_id,
        account=scope.account,
        region=scope.region,
        name=asset_id,
        properties={key: value for key, value in properties.items() if value is not None},
        relations=relations,
        unread=unread,
    )


def _known(value: Any) -> str | None:
    """The API spells what it does not know as `N/A`."""
    return None if value in (None, "", "N/A") else str(value)


def _moment(value: Any) -> str | None:
    if isinstance(value, datetime):
        return format_moment(value)
    return str(value) if value else None
