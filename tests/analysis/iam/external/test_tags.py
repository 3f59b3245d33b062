"""Policies that go by the tags of what they are attached to: what it has, and what nobody read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudwarden.analysis.estate import EstateAsset
from cloudwarden.analysis.iam.external.report import external_access
from cloudwarden.schema.records import Failure, Verdict
from tests.support.estates import OURS, asset

from .deriving import told
from .table import THEIRS, allow

POINT = f"arn:aws:s3:eu-west-1:{OURS}:accesspoint/finance"
QUEUE = f"arn:aws:sqs:eu-west-1:{OURS}:q"
DENIED = Failure(Verdict.DENIED, "AccessDenied", "no")
PUBLIC = {"StringEquals": {"aws:ResourceTag/data": "public"}}
NOT_SECRET = {"StringNotEquals": {"aws:ResourceTag/Data": "secret"}}


def policy(resource: str, **condition: Any) -> str:
    statement = allow({"AWS": THEIRS}, "*", resource, **condition)
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def point(tags: dict[str, str], unread: Any = None, **condition: Any) -> EstateAsset:
    return asset(
        "AWSS3AccessPoint", POINT, tags=tags, unread=unread, bucket="ledger",
        policy=policy(f"{POINT}/object/*", **condition),
        ignore_public_acls=False, restrict_public_buckets=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "tags", "gets_in"),
    [
        (PUBLIC, {"data": "public"}, True),
        (PUBLIC, {"Data": "public"}, True),
        (PUBLIC, {"data": "secret"}, False),
        (PUBLIC, {}, False),
        ({"StringEquals": {"s3:AccessPointTag/data": "public"}}, {"data": "public"}, True),
        ({"StringEquals": {"s3:AccessPointTag/data": "public"}}, {}, False),
        (NOT_SECRET, {"data": "secret"}, False),
        (NOT_SECRET, {"data": "public"}, True),
        (NOT_SECRET, {}, True),
        ({"Null": {"aws:ResourceTag/data": "true"}}, {"data": "public"}, False),
    ],
)
def test_an_access_point_s_tags_decide(
    condition: dict[str, Any], tags: dict[str, str], gets_in: bool
) -> None:
    found = told(point(tags, **condition))[POINT]
    assert found["external_access"] == ([f"account {THEIRS}"] if gets_in else [])


def test_tags_that_were_read_make_no_condition() -> None:
    queue = asset("AWSSQSQueue", QUEUE, arn=QUEUE, tags={"data": "public"},
                  policy=policy(QUEUE, **PUBLIC))  # fmt: skip
    assert told(queue)[QUEUE]["external_access_certainty"] == "sure"


@pytest.mark.parametrize("condition", [PUBLIC, NOT_SECRET])
def test_tags_that_were_not_read_leave_it_open(condition: dict[str, Any]) -> None:
    unread = {"s3control:ListTagsForResource": DENIED}
    found = told(point({}, unread, **condition))[POINT]
    assert found["external_access_certainty"] == "conditional"
    assert "aws:resourcetag/data" in found["external_access_reason"].lower()
    assert "tags" in found["external_access_unknown"]


@pytest.mark.parametrize("condition", [PUBLIC, NOT_SECRET])
def test_of_a_saved_policy_nobody_knows_the_tags(condition: dict[str, Any]) -> None:
    (row,) = external_access(policy(QUEUE, **condition), OURS).rows
    assert row.certainty.value == "conditional"


def test_two_things_with_one_policy_and_other_tags_differ() -> None:
    one = {"AWS": THEIRS}
    text = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": one, "Action": "sts:AssumeRole", "Condition": PUBLIC}
    ]})  # fmt: skip
    roles = [
        asset("AWSRole", f"arn:aws:iam::{OURS}:role/{value}", tags={"data": value},
              assume_role_policy_document=text)
        for value in ("public", "secret")
    ]  # fmt: skip
    found = told(*roles)
    assert found[roles[0].id]["external_access"] == [f"account {THEIRS}"]
    assert found[roles[1].id]["external_access"] == []
