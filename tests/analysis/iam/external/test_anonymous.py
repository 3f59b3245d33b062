"""Whether anybody gets at a thing: what was collected of that, corrected by what is denied."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudwarden.analysis.iam.external.anonymous import LABELS
from cloudwarden.providers.aws.loader import load_catalogue
from cloudwarden.schema.records import Failure, Verdict
from tests.support.estates import OURS, asset

from .deriving import told
from .table import QUEUE, allow, deny

DENIED = Failure(Verdict.DENIED, "AccessDenied", "no")
EVERYBODY = allow("*", "sqs:SendMessage", QUEUE)
OTHERS = {"StringNotEquals": {"aws:PrincipalAccount": OURS}}


def queue(*statements: Any, anonymous: bool, **more: Any) -> dict[str, Any]:
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return told(asset("AWSSQSQueue", QUEUE, arn=QUEUE, policy=text, anonymous_access=anonymous,
                      **more))[QUEUE]  # fmt: skip


def test_an_open_policy_is_open() -> None:
    found = queue(EVERYBODY, anonymous=True)
    assert (found["anonymous_access"], found["anonymous_actions"]) == (True, ["sqs:SendMessage"])


@pytest.mark.parametrize(
    "denial", [deny("*", "sqs:*", QUEUE), deny("*", "*", "*", **OTHERS)], ids=["all", "others"]
)
def test_one_that_a_denial_closes_is_not(denial: dict[str, Any]) -> None:
    found = queue(EVERYBODY, denial, anonymous=True)
    assert (found["anonymous_access"], found["anonymous_actions"]) == (False, [])


def test_one_that_a_denial_leaves_open_in_part_is() -> None:
    secure = {"Bool": {"aws:SecureTransport": "false"}}
    found = queue(EVERYBODY, deny("*", "sqs:*", QUEUE, **secure), anonymous=True)
    assert found["anonymous_access"] is True


def test_what_everybody_can_have_ties_nobody() -> None:
    named = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/sender"}}
    found = queue(allow("*", "sqs:SendMessage", QUEUE, **named), anonymous=False)
    assert found["anonymous_access"] is True


def test_what_was_not_read_stays_as_it_was_collected() -> None:
    found = queue(EVERYBODY, anonymous=True, unread={"sqs:GetQueueAttributes": DENIED})
    assert found["anonymous_access"] is None
    assert "sqs:GetQueueAttributes" in found["anonymous_access_unknown"]


def test_it_is_told_of_every_label_of_which_it_is_collected() -> None:
    collected = {
        name
        for name, label in load_catalogue().labels.items()
        if "anonymous_access" in label.properties
    }
    assert collected == LABELS
