"""Whom RAM's resource shares let in, to do what."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudwarden.analysis.estate import EstateAsset
from cloudwarden.schema.records import Failure, Verdict
from tests.support.estates import OURS, asset, estate

from .deriving import derived, told

THEIRS = "999999999999"
DENIED = Failure(Verdict.DENIED, "AccessDenied", "no")


def resource_share(**properties: Any) -> EstateAsset:
    return asset(
        "AWSRAMResourceShare", f"arn:aws:ram:eu-west-1:{OURS}:resource-share/s", **properties
    )


def test_a_resource_share_lets_in_whom_it_is_shared_with_but_for_its_own_account() -> None:
    share = resource_share(
        shared_with=[
            OURS,
            f"arn:aws:iam::{OURS}:role/own",
            THEIRS,
            f"arn:aws:iam::{THEIRS}:role/reader",
            f"arn:aws:organizations::{OURS}:organization/o-example0000",
        ]
    )

    found = told(share)[share.id]

    assert found["external_access"] == [
        f"account {THEIRS}",
        f"arn:aws:iam::{THEIRS}:role/reader",
        "organization o-example0000",
    ]
    assert found["external_access_certainty"] == "sure"
    assert found["external_access_reason"] == (
        f"account {THEIRS} may use what is shared by resource share"
    )


def test_a_share_within_its_account_is_no_external_access() -> None:
    share = resource_share(shared_with=[f"arn:aws:iam::{OURS}:role/own"])

    assert told(share)[share.id]["external_access"] == []


def test_a_share_whose_principals_were_denied_is_unknown() -> None:
    share = resource_share(unread={"ram:GetResourceShareAssociations": DENIED})

    assert told(share)[share.id]["external_access_unknown"]


def test_what_a_share_s_permissions_allow_is_told_with_a_request() -> None:
    actions = ["ec2:DescribeSubnets", "ec2:RunInstances"]
    share = resource_share(shared_with=[THEIRS], allowed_actions=actions)

    (edge,) = derived(estate([share])).edges

    assert edge[3]["actions"] == actions
    witness = json.loads(edge[3]["witness"])
    assert (witness["principal"], witness["action"]) == (f"arn:aws:iam::{THEIRS}:root", actions[0])


@pytest.mark.parametrize("operation", ["ListResourceSharePermissions", "GetPermission"])
def test_permissions_that_were_not_read_leave_open_what_but_not_whom(operation: str) -> None:
    share = resource_share(
        shared_with=[THEIRS], allowed_actions=["ec2:RunInstances"],
        unread={f"ram:{operation}": DENIED},
    )  # fmt: skip

    (edge,) = derived(estate([share])).edges

    assert edge[3]["actions"] == []
    assert edge[3]["certainty"] == "sure"


def test_one_who_was_only_invited_gets_in_once_it_accepts() -> None:
    share = resource_share(shared_with=[THEIRS], pending_principals=[THEIRS])

    found = told(share)[share.id]

    assert found["external_access_certainty"] == "conditional"
    assert "once it accepts" in found["external_access_reason"]


SERVICE = "sns.amazonaws.com"


@pytest.mark.parametrize(
    ("sources", "who"),
    [
        ([], [f"service {SERVICE} without source"]),
        ([OURS], []),
        ([OURS, THEIRS], [f"service {SERVICE} for account {THEIRS}"]),
    ],
)
def test_a_service_gets_in_for_the_sources_that_the_share_ties_it_to(
    sources: list[str], who: list[str]
) -> None:
    share = resource_share(shared_with=[SERVICE], sources=sources)

    assert told(share)[share.id]["external_access"] == who


def test_a_service_whose_sources_were_denied_is_not_known_to_be_tied() -> None:
    unread = {"ram:ListSourceAssociations": DENIED}
    share = resource_share(shared_with=[SERVICE], unread=unread)

    found = told(share)[share.id]

    assert found["external_access_certainty"] == "conditional"
    assert "sources, which were not read" in found["external_access_unknown"]
