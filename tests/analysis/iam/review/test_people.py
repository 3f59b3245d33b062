"""People of Identity Center: which roles they come by, and whether that is all."""

from __future__ import annotations

from typing import Any

import pytest

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam.identity_center import UNKNOWN, derive
from cloudwarden.analysis.iam.review.entry import Kind
from cloudwarden.schema.derived import DerivedProperties, DerivedRelations
from cloudwarden.schema.records import Relation, Verdict

from .estates import DENIED, ONE, arn, asset, estate, role, rows

NAME = "AWSReservedSSO_Readers_0123456789abcdef"
ROLE = f"aws-reserved/sso.amazonaws.com/eu-west-1/{NAME}"
SET = "arn:aws:sso:::permissionSet/ssoins-1/ps-1"
POLICY = '{"Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}'


def reserved() -> EstateAsset:
    return role(ROLE, Relation("POLICY", "AWSInlinePolicy", f"{arn('role', ROLE)}/read"))


def text() -> EstateAsset:
    return asset("AWSInlinePolicy", f"{arn('role', ROLE)}/read", properties={"policy": POLICY})


def permission_set(*assigned: tuple[str, str], accounts: str = ONE, **more: Any) -> EstateAsset:
    relations = [
        Relation("HAS_PERMISSION_SET", label, id_, {"accounts": accounts}, incoming=True)
        for label, id_ in assigned
    ]
    return asset("AWSPermissionSet", SET, *relations, **{"name": "Readers", **more})


def person(id_: str = "u-1", name: str = "ann", **more: Any) -> EstateAsset:
    return asset("AWSSSOUser", id_, **{"name": name, **more})


def group(*members: str, **more: Any) -> EstateAsset:
    relations = [Relation("MEMBER_OF_SSO_GROUP", "AWSSSOUser", m, incoming=True) for m in members]
    return asset("AWSSSOGroup", "g-1", *relations, **{"name": "team", **more})


USER, GROUP = ("AWSSSOUser", "u-1"), ("AWSSSOGroup", "g-1")


def test_a_person_has_the_roles_of_its_assignments_and_their_level() -> None:
    row = rows(estate(reserved(), text(), permission_set(USER), person()))["ann"]
    assert (row.kind, row.level, row.level_certainty) == (Kind.PERSON, "read", "sure")
    assert [one.role for one in row.roles or ()] == [arn("role", ROLE)]
    assert [(one.policy, one.through) for one in row.grants or ()] == [
        ("Readers", f"assignment in {ONE}")
    ]


def test_an_assignment_to_a_group_is_its_members() -> None:
    row = rows(estate(reserved(), text(), permission_set(GROUP), person(), group("u-1")))["ann"]
    assert (row.level, row.groups) == ("read", ("team",))
    assert [one.through for one in row.grants or ()] == [f"assignment in {ONE} to group team"]


def test_who_is_assigned_nothing_has_nothing() -> None:
    row = rows(estate(reserved(), permission_set(GROUP), person(), group()))["ann"]
    assert (row.level, row.level_certainty, row.grants) == ("none", "sure", ())


@pytest.mark.parametrize(
    "assets",
    [
        (permission_set(accounts=ONE, unread={"sso-admin:ListAccountAssignments": DENIED}),),
        (permission_set(), group(unread={"identitystore:ListGroupMemberships": DENIED})),
        (permission_set(USER, accounts="222222222222"),),
    ],
)
def test_what_was_not_read_may_be_more(assets: tuple[EstateAsset, ...]) -> None:
    row = rows(estate(reserved(), person(), *assets))["ann"]
    assert row.level_certainty == "unknown"


def test_permission_sets_that_were_not_listed_may_be_more() -> None:
    of = estate(person(), permission_set(), verdicts={"AWSPermissionSet": Verdict.PARTIAL})
    assert rows(of)["ann"].level_certainty == "unknown"


def test_a_person_claims_nothing_of_second_factors_and_use() -> None:
    row = rows(estate(permission_set(), person()))["ann"]
    assert (row.credentials.mfa, row.use.value) == (None, "unknown")
    assert row.unknown == ("no API that is read tells its second factors, nor when it signed in",)


def test_a_person_of_an_earlier_reading_claims_nothing() -> None:
    row = rows(estate(permission_set(USER), person(stale=True)))["ann"]
    assert (row.level, row.level_certainty, row.grants) == (None, "unknown", None)


def test_a_role_says_who_is_assigned_its_permission_set() -> None:
    row = rows(estate(reserved(), permission_set(USER, GROUP), person(), group()))[NAME]
    assert row.assigned == ("group team", "user ann")
    assert not any("permission set" in reason for reason in row.unknown)


def told(of: Estate) -> tuple[Any, set[tuple[str, str, str]]]:
    unknown, edges = None, set()
    for one in derive(of):
        if isinstance(one, DerivedProperties):
            (unknown,) = one.columns[UNKNOWN]
        elif isinstance(one, DerivedRelations):
            edges |= {(one.type, s, t) for s, t in zip(one.sources, one.targets, strict=True)}
    return unknown, edges


def test_the_graph_says_whom_a_role_is_for() -> None:
    id_ = arn("role", ROLE)
    assert told(estate(reserved(), permission_set(USER, GROUP), person(), group())) == (
        None,
        {
            ("ALLOWED_BY", id_, "u-1"),
            ("ALLOWED_BY", id_, "g-1"),
            ("ASSIGNED_TO_ROLE", SET, id_),
        },
    )


def test_the_graph_says_where_that_is_not_known() -> None:
    assert told(estate(reserved())) == (
        "who is assigned the permission set Readers was not read",
        set(),
    )
    unread = permission_set(USER, unread={"sso-admin:ListAccountAssignments": DENIED})
    unknown, _ = told(estate(reserved(), unread, person()))
    assert "sso-admin:ListAccountAssignments: AccessDenied" in unknown
