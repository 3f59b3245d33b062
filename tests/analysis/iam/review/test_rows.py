"""The rows of the access report: what they claim, and what they do not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from cloudwarden.analysis.iam.review.entry import Entry, Kind, by_idleness, by_risk
from cloudwarden.analysis.iam.review.uses import Moments, Use
from cloudwarden.inventory.records import PastState
from cloudwarden.schema.records import Relation, Verdict

from .estates import (
    DENIED,
    MOMENTS,
    NOW,
    ONE,
    arn,
    asset,
    estate,
    has,
    key,
    role,
    root,
    rows,
    user,
)

READ = "arn:aws:iam::aws:policy/ReadOnlyAccess"
EC2 = Relation(
    "TRUSTS_AWS_PRINCIPAL", "AWSServicePrincipal", "ec2.amazonaws.com",
    {"conditional": True, "external_id": False},
)  # fmt: skip
BEN = Relation("TRUSTS_AWS_PRINCIPAL", "AWSUser", arn("user", "ben"))
EARLY = NOW - timedelta(days=20)
LATE = NOW - timedelta(days=10)


def moment(days: int) -> str:
    return (NOW - timedelta(days=days)).isoformat().replace("+00:00", "Z")


def held(began: datetime, ended: datetime, *policies: str) -> PastState:
    relations = [{"type": "POLICY", "target": policy} for policy in policies]
    return PastState("AWSUser", arn("user", "ann"), ONE, "global", began, ended, {}, relations)


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        ((), (moment(0), True)),
        ((held(EARLY, NOW),), (moment(0), False)),
        ((held(EARLY, NOW, READ),), (moment(20), True)),
        ((held(EARLY, LATE), held(LATE, NOW, READ)), (moment(10), False)),
    ],
)
def test_a_grant_is_as_old_as_it_was_seen_or_older(past: Any, expected: Any) -> None:
    (grant,) = rows(estate(user("ann", has(READ))), past)["ann"].grants or ()
    assert (grant.since, grant.or_earlier, grant.read) == (*expected, False)


@pytest.mark.parametrize(
    ("used", "use"),
    [
        (moment(1), Use.USED),
        (moment(90), Use.USED),
        (moment(91), Use.UNUSED),
        (None, Use.UNUSED),
        ((NOW + timedelta(days=1)).isoformat(), Use.UNKNOWN),
    ],
)
def test_a_roles_use_is_judged_by_the_window(used: str | None, use: Use) -> None:
    properties = {"last_used_date": used} if used else {}
    row = rows(estate(role(properties=properties)))["job"]
    assert (row.use, row.last_used) == (use, used)


def test_who_has_nothing_to_sign_in_with_is_not_tracked() -> None:
    row = rows(estate(user(properties={"password_enabled": False})))["ann"]
    assert row.use is Use.NOT_TRACKED


def test_an_old_use_is_unknown_where_something_else_may_have_been_used_since() -> None:
    old = key(properties={"lastuseddate": moment(200)})
    row = rows(estate(user(unread={"iam:GetCredentialReport": DENIED}), old))["ann"]
    assert (row.use, row.last_used) == (Use.UNKNOWN, moment(200))


def test_a_principal_of_an_earlier_reading_claims_nothing() -> None:
    before = user("ann", has(READ), stale=True, properties={"mfa_active": True})
    found = rows(estate(before, verdicts={"AWSUser": Verdict.DENIED}))
    ann = found["ann"]
    assert (ann.level, ann.level_certainty, ann.use) == (None, "unknown", Use.UNKNOWN)
    assert (ann.grants, ann.credentials.mfa, ann.credentials.keys) == (None, None, None)
    assert ann.lead is not None
    assert (ann.lead.certainty, ann.lead.hops) == ("unknown", None)
    assert "are denied: refused; what is known of it is of an earlier reading" in ann.unknown[0]
    assert found[""].kind is Kind.UNREAD


def test_a_permission_set_is_told_and_that_nobody_knows_who_is_assigned() -> None:
    name = "AWSReservedSSO_Admins_0123456789abcdef"
    found = rows(estate(role(f"aws-reserved/sso.amazonaws.com/eu-west-1/{name}")))
    row = found[name]
    assert row.identity_center == "Admins"
    assert "who is assigned the permission set Admins was not read" in row.unknown


@pytest.mark.parametrize(
    ("organization", "expected"),
    [(Verdict.COMPLETE, ("admin", "sure", 0)), (Verdict.DENIED, (None, "unknown", None))],
)
def test_the_root_is_an_administrator_unless_an_organization_may_forbid_it(
    organization: Verdict, expected: Any
) -> None:
    of = estate(user(), root(mfa_active=True), verdicts={"AWSOrganization": organization})
    row = rows(of)["root"]
    assert row.lead is not None
    assert (row.level, row.level_certainty, row.lead.hops) == expected


def test_every_role_of_an_account_is_one_entry_where_there_are_many() -> None:
    trust = (
        '{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
        f'"Principal": {{"AWS": "{ONE}"}}}}]}}'
    )
    text = '{"Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}'
    policy = asset("AWSManagedPolicy", READ, properties={"policy": text})
    trusting = {"assume_role_policy_document": trust}
    few = [role(f"r{i:02}", properties=trusting) for i in range(3)]
    many = [role(f"r{i:02}", properties=trusting) for i in range(60)]

    def told(*roles: Any) -> list[str]:
        found = rows(estate(user("ann", has(READ)), policy, *roles))["ann"].roles
        return [one.role for one in found or ()]

    assert told(*few) == [one.id for one in few]
    assert told(*many) == [f"every role of account {ONE}"]


def test_whom_a_role_trusts_is_told() -> None:
    (trust,) = rows(estate(role("job", EC2)))["job"].trusted or ()
    assert trust.to_json() == {
        "who": "ec2.amazonaws.com", "service": True, "conditional": True, "external_id": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asset", "used_by"),
    [
        (role("job", EC2), "workload"),
        (role("job", EC2, BEN), None),
        (role("job"), None),
        (role("aws-service-role/x.amazonaws.com/job", EC2), "service-linked"),
        (role("aws-reserved/sso.amazonaws.com/job", BEN), "human"),
        (user("job", properties={"password_enabled": True}), "human"),
        (user("job", properties={"password_enabled": False}), None),
        (user("job", unread={"iam:GetCredentialReport": DENIED}), None),
    ],
)
def test_a_row_says_whether_a_person_or_a_workload_uses_it(asset: Any, used_by: Any) -> None:
    assert rows(estate(asset))["job"].used_by == used_by


def test_a_user_with_keys_alone_is_a_workload() -> None:
    ann = user(properties={"password_enabled": False})
    assert rows(estate(ann, key()))["ann"].used_by == "workload"


def test_a_resource_that_was_not_read_may_let_in_others() -> None:
    unread = {"s3:GetBucketPolicy": DENIED}
    buckets = [asset("AWSS3Bucket", f"b{i}", unread=unread) for i in range(2)]
    row = rows(estate(user(), *buckets))[""]
    assert (row.kind, row.resource, row.level) == (Kind.EXTERNAL, "2 AWSS3Bucket", None)
    assert any("s3:GetBucketPolicy: AccessDenied" in doubt for doubt in row.unknown)


def test_every_row_has_every_key() -> None:
    found = rows(estate(user(), role(), verdicts={"AWSUser": Verdict.PARTIAL}))
    keys = {frozenset(row.to_json(MOMENTS)) for row in found.values()}
    assert len(keys) == 1


def entry(name: str, level: str | None, use: Use, last_used: str | None = None) -> Entry:
    return Entry(ONE, "", Kind.USER, name, None, level=level, use=use, last_used=last_used)


def test_rows_are_sorted_by_risk_and_then_by_idleness() -> None:
    found = [
        entry("reader", "read", Use.UNUSED),
        entry("busy admin", "admin", Use.USED, moment(1)),
        entry("idle admin", "admin", Use.UNUSED, moment(300)),
        entry("never admin", "admin", Use.UNUSED),
        entry("mystery", None, Use.UNKNOWN),
    ]
    assert [row.name for row in sorted(found, key=by_risk)] == [
        "mystery", "never admin", "idle admin", "busy admin", "reader",
    ]  # fmt: skip
    assert [row.name for row in sorted(found, key=by_idleness)] == [
        "never admin", "reader", "mystery", "idle admin", "busy admin",
    ]  # fmt: skip


def test_a_moment_that_is_none_has_no_age() -> None:
    moments = Moments(NOW, 90)
    assert (moments.age("no_information"), moments.age(None)) == (None, None)
    assert moments.use("no_information") is Use.UNKNOWN
