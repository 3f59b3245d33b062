"""What a hand-written `read` function is given."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.support.reading import ACCOUNT, Read, denied, failed, read_resource

from cloudwarden.providers.aws.declarations import Produced, Resource, points_to
from cloudwarden.providers.aws.reader import ReadContext
from cloudwarden.providers.base import Steps
from cloudwarden.schema.labels import PropertyType
from cloudwarden.schema.records import GLOBAL_REGION, Failure, Relation, Verdict

USERS, PROFILE = "iam:ListUsers", "iam:GetLoginProfile"


def read_users(context: ReadContext) -> Steps:
    pages = yield from context.paginate(USERS, MaxItems=2)
    users = pages.items("Users[]")
    answers = yield from context.requests(
        [context.prepare(PROFILE, UserName=user["UserName"]) for user in users],
        absent=("NoSuchEntity",),
    )
    assets = []
    for user, answer in zip(users, answers, strict=True):
        unread = {PROFILE: answer.failure} if answer.failure else {}
        has_password = None if unread else bool(answer.document)
        assets.append(
            context.asset(
                "AWSUser",
                user,
                id_=user["Arn"],
                name=user["UserName"],
                properties={"has_password": has_password},
                relations=(Relation("LIVES_IN", "AWSAccount", context.account),),
                unread=unread,
            )
        )
    return context.reading(assets)


USER = Resource(
    label="AWSUser",
    read=read_users,
    operations=(USERS, PROFILE),
    produces=(
        Produced(
            label="AWSUser",
            shape=(USERS, "Users[]"),
            names={"PermissionsBoundary": "boundary"},
            properties={"has_password": (PropertyType.BOOLEAN, PROFILE)},
            relations=(
                points_to("AWSPolicy", "BOUND_BY", by="PermissionsBoundary.PermissionsBoundaryArn"),
            ),
        ),
    ),
)  # fmt: skip


def user(name: str) -> dict[str, object]:
    return {
        "UserName": name,
        "Arn": f"arn:{name}",
        "CreateDate": datetime(2026, 1, 1, tzinfo=UTC),
        "Tags": [{"Key": "team", "Value": "ops"}],
        "PermissionsBoundary": {"PermissionsBoundaryArn": "arn:boundary"},
    }


def users(*, profile: object = None, pages: object = None) -> Read:
    return read_resource(
        USER,
        {USERS: pages or {"Users": [user("ann")]}, PROFILE: profile or {"LoginProfile": {}}},
        region=GLOBAL_REGION,
    )


def test_an_asset_is_made_as_its_shape_says_with_what_the_script_adds() -> None:
    asset = users().only()
    assert (asset.id, asset.name, asset.account, asset.region) == (
        "arn:ann", "ann", ACCOUNT, GLOBAL_REGION
    )  # fmt: skip
    assert asset.properties == {
        "user_name": "ann",
        "arn": "arn:ann",
        "create_date": "2026-01-01T00:00:00Z",
        "boundary_permissions_boundary_arn": "arn:boundary",
        "has_password": True,
    }
    assert asset.tags == {"team": "ops"}
    assert asset.relations == (
        Relation("LIVES_IN", "AWSAccount", ACCOUNT),
        Relation("BOUND_BY", "AWSPolicy", "arn:boundary"),
    )


def test_pages_follow_the_services_paginator() -> None:
    read = users(
        pages=[
            {"Users": [user("ann")], "IsTruncated": True, "Marker": "m"},
            {"Users": [user("bob")], "IsTruncated": False, "Marker": "m"},
        ]
    )
    assert set(read.assets) == {"arn:ann", "arn:bob"}
    assert read.requests[1].parameters == {"MaxItems": 2, "Marker": "m"}
    assert read.requests[0].region == "us-east-1"
    assert read.reading.operations == {USERS: 2, PROFILE: 2}
    assert read.reading.verdict is Verdict.COMPLETE


def test_what_does_not_exist_is_an_empty_answer() -> None:
    read = users(profile=failed("NoSuchEntity"))
    assert read.only().properties["has_password"] is False
    assert read.reading.verdict is Verdict.COMPLETE


def test_what_the_service_does_not_offer_leaves_the_reading_complete() -> None:
    missing = Failure(Verdict.UNSUPPORTED, "UnsupportedOperation", "not here")
    read = users(profile=missing)
    assert read.only().unread == {PROFILE: missing}
    assert read.reading.verdict is Verdict.COMPLETE


def test_a_refusal_states_no_fact_whatever_its_code() -> None:
    read = users(profile=denied("NoSuchEntity"))
    assert read.only().unread == {PROFILE: denied("NoSuchEntity")}
    assert read.reading.verdict is Verdict.PARTIAL


def test_a_failed_call_makes_the_reading_partial_but_not_the_listing() -> None:
    read = users(profile=denied())
    assert read.only().unread == {PROFILE: denied()}
    assert "has_password" not in read.only().properties
    assert read.reading.verdict is Verdict.PARTIAL
    assert read.reading.listed


@pytest.mark.parametrize(
    ("pages", "verdict"),
    [
        (denied(), Verdict.DENIED),
        ([{"Users": [user("ann")], "IsTruncated": True, "Marker": "m"}, denied()], Verdict.PARTIAL),
    ],
)
def test_a_page_that_is_not_read_lets_nothing_be_called_gone(
    pages: object, verdict: Verdict
) -> None:
    read = users(pages=pages)
    assert read.reading.verdict is verdict
    assert not read.reading.shows_absence


def test_a_single_request_gives_its_answer() -> None:
    def read_one(context: ReadContext) -> Steps:
        answer = yield from context.request(PROFILE, UserName="ann", region="eu-west-1")
        return context.reading([context.asset("AWSUser", answer.document, id_=context.partition)])

    resource = Resource(
        label="AWSUser", read=read_one, operations=(PROFILE,), produces=(Produced(label="AWSUser"),)
    )
    read = read_resource(resource, {PROFILE: {}})
    assert [request.region for request in read.requests] == ["eu-west-1"]
    assert set(read.assets) == {"aws"}


def read_groups(context: ReadContext) -> Steps:
    names = ("ann", "bob", "cyd")
    found = yield from context.listings(
        [context.prepare(GROUPS, UserName=name) for name in names], "Groups"
    )
    return context.reading(
        context.asset("AWSUser", {}, id_=name, properties={"groups": [g["GroupName"] for g in of]})
        for name, of in zip(names, found, strict=True)
    )


GROUPS = "iam:ListGroupsForUser"
MEMBER = Resource(
    label="AWSUser",
    read=read_groups,
    operations=(GROUPS,),
    produces=(Produced(label="AWSUser", properties={"groups": (PropertyType.STRINGS, GROUPS)}),),
)


def page(group: str, marker: str = "") -> dict[str, object]:
    more = {"IsTruncated": True, "Marker": marker} if marker else {"IsTruncated": False}
    return {"Groups": [{"GroupName": group}], **more}


def test_many_lists_are_followed_side_by_side() -> None:
    pages = {
        ("ann", None): page("a", "m"), ("ann", "m"): page("b"),
        ("bob", None): page("c"),
        ("cyd", None): page("d", "m"), ("cyd", "m"): page("e"),
    }  # fmt: skip
    read = read_resource(MEMBER, {GROUPS: lambda p: pages[p["UserName"], p.get("Marker")]})

    found = {id_: asset.properties["groups"] for id_, asset in read.assets.items()}
    assert found == {"ann": ["a", "b"], "bob": ["c"], "cyd": ["d", "e"]}
    assert [len(batch) for batch in read.batches] == [3, 2]
    assert read.reading.verdict is Verdict.COMPLETE


@pytest.mark.parametrize(
    ("last", "code"), [(denied(), "AccessDenied"), (page("b", "m"), "RepeatedToken")]
)
def test_one_of_many_lists_that_is_not_read_to_its_end_lets_nothing_be_called_gone(
    last: object, code: str
) -> None:
    pages = {("ann", None): page("a", "m"), ("ann", "m"): last}
    read = read_resource(
        MEMBER, {GROUPS: lambda p: pages.get((p["UserName"], p.get("Marker")), page("c"))}
    )

    assert read.assets["ann"].properties["groups"][0] == "a"
    assert read.assets["cyd"].properties["groups"] == ["c"]
    assert read.reading.failures[GROUPS].code == code
    assert not read.reading.shows_absence
