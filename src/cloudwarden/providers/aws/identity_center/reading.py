"""Reads an instance of Identity Center: permission sets, assignments, and its directory.

An instance tells of itself in every account of its organization, and of the rest only in the
account that owns it and in one that it is delegated to. An instance without permission sets lets
nobody in anywhere: its directory is left alone.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from cloudwarden.schema.records import Asset, Failure, Reading, Relation, Verdict

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Answer, Request, Steps

    Asking = Generator[Sequence[Request], Sequence[Answer], Any]

INSTANCES: Final = "sso-admin:ListInstances"
SETS: Final = "sso-admin:ListPermissionSets"
SET: Final = "sso-admin:DescribePermissionSet"
ACCOUNTS: Final = "sso-admin:ListAccountsForProvisionedPermissionSet"
ASSIGNMENTS: Final = "sso-admin:ListAccountAssignments"
USERS: Final = "identitystore:ListUsers"
GROUPS: Final = "identitystore:ListGroups"
MEMBERS: Final = "identitystore:ListGroupMemberships"

OPERATIONS: Final = (INSTANCES, SETS, SET, ACCOUNTS, ASSIGNMENTS, USERS, GROUPS, MEMBERS)

_GONE: Final = frozenset({"ResourceNotFoundException"})
_LABELS: Final = {"USER": "AWSSSOUser", "GROUP": "AWSSSOGroup"}

Document = Mapping[str, Any]


@dataclass(slots=True)
class _PermissionSet:
    """A permission set on its way: what it is called, and who is assigned it in which accounts."""

    arn: str
    described: Document = field(default_factory=dict)
    #: Accounts by (label, id) of who is assigned it there.
    assigned: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    unread: dict[str, Failure] = field(default_factory=dict)


def read(context: ReadContext) -> Steps:
    """Read every instance of the region."""
    listed = yield from context.paginate(INSTANCES)
    found: list[Asset] = []
    refused_by_others = refused = False
    for instance in listed.items("Instances"):
        found.append(_instance(context, instance))
        sets = yield from context.paginate(SETS, InstanceArn=instance["InstanceArn"])
        is_other = instance.get("OwnerAccountId") not in {None, context.account}
        if is_other and sets.failure is not None and sets.failure.verdict is Verdict.DENIED:
            refused_by_others = True
            continue
        refused = refused or sets.failure is not None
        yield from _read_instance(context, instance, sets.items("PermissionSets"), found)
    reading = context.reading(found)
    if refused_by_others and not refused and reading.failures.keys() == {SETS}:
        return _of_member(reading)
    return reading


def _read_instance(
    context: ReadContext, instance: Document, arns: Sequence[str], found: list[Asset]
) -> Asking:
    if not arns:
        return
    sets = [_PermissionSet(arn) for arn in arns]
    yield from _read_sets(context, instance["InstanceArn"], sets)
    found += (_permission_set(context, one, instance["InstanceArn"]) for one in sets)
    store = instance["IdentityStoreId"]
    users = yield from context.paginate(USERS, IdentityStoreId=store)
    groups = yield from context.paginate(GROUPS, IdentityStoreId=store)
    found += (_user(context, user, store) for user in users.items("Users"))
    of_groups = groups.items("Groups")
    members = yield from _pages(
        context,
        [
            context.prepare(MEMBERS, IdentityStoreId=store, GroupId=group["GroupId"])
            for group in of_groups
        ],
        "GroupMemberships",
    )
    found += (
        _group(context, group, store, *told) for group, told in zip(of_groups, members, strict=True)
    )


def _read_sets(context: ReadContext, instance: str, sets: Sequence[_PermissionSet]) -> Asking:
    """Describe permission sets, and find who is assigned each in the accounts it is used in."""
    named = yield from context.requests(
        [context.prepare(SET, InstanceArn=instance, PermissionSetArn=one.arn) for one in sets]
    )
    accounts = yield from _pages(
        context,
        [context.prepare(ACCOUNTS, InstanceArn=instance, PermissionSetArn=one.arn) for one in sets],
        "AccountIds",
    )
    asked: list[tuple[_PermissionSet, str]] = []
    for one, answer, (ids, failure) in zip(sets, named, accounts, strict=True):
        one.described = (answer.document or {}).get("PermissionSet") or {}
        if answer.failure is not None:
            one.unread[SET] = answer.failure
        if failure is not None:
            one.unread[ACCOUNTS] = failure
        asked += ((one, account) for account in ids)
    told = yield from _pages(
        context,
        [
            context.prepare(
                ASSIGNMENTS, InstanceArn=instance, AccountId=account, PermissionSetArn=one.arn
            )
            for one, account in asked
        ],
        "AccountAssignments",
    )
    for (one, account), (assignments, failure) in zip(asked, told, strict=True):
        if failure is not None:
            one.unread[ASSIGNMENTS] = failure
        for assignment in assignments:
            label = _LABELS.get(assignment.get("PrincipalType", ""))
            if label is not None:
                key = label, assignment["PrincipalId"]
                one.assigned.setdefault(key, []).append(account)


def _pages(context: ReadContext, requests: Sequence[Request], items: str) -> Asking:
    """The items of many lists, and of each why some may be missing; pages side by side."""
    found: list[tuple[list[Any], Failure | None]] = [([], None) for _ in requests]
    waiting = list(enumerate(requests))
    while waiting:
        answers = yield from context.requests([one for _, one in waiting], absent=_GONE)
        more = []
        for (place, asked), answer in zip(waiting, answers, strict=True):
            if answer.failure is not None:
                found[place] = found[place][0], answer.failure
                continue
            document = answer.document or {}
            found[place][0].extend(document.get(items) or ())
            token = document.get("NextToken")
            if token and token != asked.parameters.get("NextToken"):
                parameters = {**asked.parameters, "NextToken": token}
                more.append((place, replace(asked, parameters=parameters)))
        waiting = more
    return found


def _instance(context: ReadContext, instance: Document) -> Asset:
    arn = instance["InstanceArn"]
    return context.asset(
        "AWSIdentityCenter",
        instance,
        id_=arn,
        name=instance.get("Name") or arn.rpartition("/")[2],
        properties={"arn": arn},
    )


def _permission_set(context: ReadContext, one: _PermissionSet, instance: str) -> Asset:
    assigned = [
        Relation(
            "HAS_PERMISSION_SET", label, id_,
            properties={"accounts": ",".join(sorted(accounts))}, incoming=True,
        )
        for (label, id_), accounts in sorted(one.assigned.items())
    ]  # fmt: skip
    relations = (
        Relation("HAS_PERMISSION_SET", "AWSIdentityCenter", instance, incoming=True),
        *assigned,
    )
    return context.asset(
        "AWSPermissionSet",
        one.described,
        id_=one.arn,
        name=one.described.get("Name") or one.arn.rpartition("/")[2],
        properties={"arn": one.arn, "instance_arn": instance},
        relations=relations,
        unread=one.unread,
    )


def _user(context: ReadContext, user: Document, store: str) -> Asset:
    return context.asset(
        "AWSSSOUser",
        {},
        id_=user["UserId"],
        name=user.get("UserName") or user["UserId"],
        properties={
            "user_name": user.get("UserName"),
            "display_name": user.get("DisplayName"),
            "user_status": user.get("UserStatus"),
            "user_type": user.get("UserType"),
            "created_at": user.get("CreatedAt"),
            "external_id": _external(user),
            "identity_store_id": store,
        },
    )


def _group(
    context: ReadContext,
    group: Document,
    store: str,
    members: Sequence[Document],
    failure: Failure | None,
) -> Asset:
    users = [member["MemberId"].get("UserId") for member in members if member.get("MemberId")]
    return context.asset(
        "AWSSSOGroup",
        {},
        id_=group["GroupId"],
        name=group.get("DisplayName") or group["GroupId"],
        properties={
            "display_name": group.get("DisplayName"),
            "description": group.get("Description"),
            "created_at": group.get("CreatedAt"),
            "external_id": _external(group),
            "identity_store_id": store,
        },
        relations=[
            Relation("MEMBER_OF_SSO_GROUP", "AWSSSOUser", user, incoming=True)
            for user in users
            if user
        ],
        unread={MEMBERS: failure} if failure else {},
    )


def _external(one: Document) -> str | None:
    """What the directory that it comes from calls it."""
    ids: Iterator[Any] = iter(one.get("ExternalIds") or ())
    return next((each.get("Id") for each in ids), None)


def _of_member(reading: Reading) -> Reading:
    """What an ordinary member learns: nothing is wrong with it, and nothing is concluded."""
    reason = (
        "another account owns the instance and denies its permission sets: only its owner and "
        "delegated administrators may see them"
    )
    return replace(reading, verdict=Verdict.UNSUPPORTED, reason=reason)
