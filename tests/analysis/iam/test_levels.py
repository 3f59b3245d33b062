"""The effective level of principals: none, read or write, and how certain that is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudwarden.analysis.iam.levels import Effective, levels
from cloudwarden.analysis.iam.world import (
    UNREAD,
    Account,
    Attachment,
    Principal,
    PrincipalKind,
)

from .support import NOW, ONE, TWO, allow, bucket, deny, policy, role, world

MFA: Any = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
READ, WRITE = policy(allow("s3:Get*")), policy(allow(["s3:Get*", "s3:Put*"]))
EVERYTHING = policy(allow("*"))


def level(*policies: Any, resources: Any = (), account: Account | None = None, **more: Any) -> Any:
    found = _effective(role("r", *policies, **more), resources, account)
    return found.level.value, found.certainty.value


def _effective(principal: Principal, resources: Any, account: Account | None) -> Effective:
    accounts = (account or Account(ONE), Account(TWO))
    return dict(levels(world([principal], resources, accounts), NOW))[principal.arn]


def limited(*documents: Any) -> Account:
    attached = tuple((Attachment("scp", text),) for text in documents)
    return Account(ONE, organization="o-1", scps=attached)


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ((), ("none", "sure")),
        ((READ,), ("read", "sure")),
        ((WRITE,), ("write", "sure")),
        ((policy(allow("iam:PassRole")),), ("write", "sure")),
        ((policy(allow("sts:AssumeRole")),), ("none", "sure")),
        ((policy(allow("ec2:CreateTags")),), ("write", "sure")),
        ((READ, policy(allow("s3:PutObject", **MFA))), ("write", "conditional")),
        ((EVERYTHING, policy(deny("*"))), ("none", "sure")),
        ((EVERYTHING, policy(deny("*", **MFA))), ("write", "conditional")),
        ((WRITE, policy(deny("s3:Put*", "arn:aws:s3:::prod/*"))), ("write", "conditional")),
        ((EVERYTHING, policy(deny("s3:PutObject", "arn:aws:s3:::a/*"))), ("write", "sure")),
        ((READ, UNREAD), ("read", "unknown")),
        ((WRITE, UNREAD), ("write", "sure")),
        ((policy(allow("brandnew:DoThings")),), ("none", "unknown")),
    ],
)
def test_a_level_is_what_policies_allow_and_do_not_deny(policies: Any, expected: Any) -> None:
    assert level(*policies) == expected


@pytest.mark.parametrize(
    ("boundary", "expected"),
    [
        (READ, ("read", "sure")),
        (EVERYTHING, ("write", "sure")),
        (policy(allow("s3:*", "arn:aws:s3:::a/*")), ("write", "conditional")),
        (policy(deny("*")), ("none", "sure")),
        (UNREAD, ("write", "unknown")),
    ],
)
def test_a_boundary_bounds(boundary: Any, expected: Any) -> None:
    assert level(WRITE, boundary=Attachment("b", boundary)) == expected


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        (limited(EVERYTHING, READ), ("read", "sure")),
        (limited(EVERYTHING, EVERYTHING), ("write", "sure")),
        (limited(EVERYTHING, UNREAD), ("write", "unknown")),
        (Account(ONE, organization="o-1", scps=UNREAD), ("write", "unknown")),
    ],
)
def test_an_organization_bounds_at_every_level(account: Account, expected: Any) -> None:
    assert level(WRITE, account=account) == expected


def test_what_was_not_read_of_limits_does_not_matter_to_who_has_nothing() -> None:
    assert level(account=Account(ONE, organization="o-1", scps=UNREAD)) == ("none", "sure")


def shared(name: str, *, account: str = ONE, **more: Any) -> Any:
    statement = allow("s3:PutObject", "arn:aws:s3:::b/*", Principal={"AWS": name}, **more)
    return bucket("b", json.dumps({"Statement": [statement]}), account)


def test_a_resource_grants_by_name_what_identity_policies_need_not() -> None:
    named = role("r")
    assert level(resources=[shared(named.arn)]) == ("write", "sure")
    assert level(resources=[shared(named.arn, **MFA)]) == ("write", "conditional")
    (grant,) = _effective(named, [shared(named.arn)], None).grants
    assert (grant.resource, grant.actions) == ("arn:aws:s3:::b", ("s3:PutObject",))


def test_a_resource_of_another_account_grants_nothing_alone() -> None:
    named = role("r")
    assert level(resources=[shared(named.arn, account=TWO)]) == ("none", "sure")


def test_a_boundary_bounds_what_a_resource_grants_a_role_and_not_a_user() -> None:
    arn = f"arn:aws:iam::{ONE}:user/u"
    bounded = Attachment("b", policy(allow("sqs:ReceiveMessage")))
    user = Principal(PrincipalKind.USER, arn, ONE, "u", boundary=bounded)
    assert _effective(user, [shared(arn)], None).level == "write"
    assert level(resources=[shared(role("r").arn)], boundary=bounded) == ("none", "sure")
