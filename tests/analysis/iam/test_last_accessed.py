"""What is known of the services that principals used, and what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudwarden.analysis.estate import Estate, EstateAsset, Listing
from cloudwarden.analysis.iam.last_accessed import UNKNOWN, Reports, ServiceUse, derive
from cloudwarden.analysis.iam.world import Attachment, Principal, PrincipalKind
from cloudwarden.schema.derived import DerivedProperties
from cloudwarden.schema.records import Failure, Relation, Verdict

from .support import ONE, allow, policy

ANN = f"arn:aws:iam::{ONE}:user/ann"
DENIED = Failure(Verdict.DENIED, "AccessDenied", "you may not")
USED = {"service": "s3", "name": "S3", "last_used": "2026-10-01T00:00:00Z", "region": "eu-west-1"}


def report(**more: Any) -> EstateAsset:
    told = {
        "services": json.dumps([USED]),
        "used_services": ["s3"],
        "unused_services": ["sqs"],
        "last_accessed_service_namespace": "s3",
        "last_authenticated": USED["last_used"],
    }
    relation = Relation("SERVICE_LAST_ACCESSED", "AWSUser", ANN, incoming=True)
    more = {"properties": told, "relations": (relation,), **more}
    return EstateAsset("AWSServiceLastAccessed", f"{ANN}/last_accessed", ONE, "global", **more)


def estate(*reports: EstateAsset, verdict: Verdict | None = Verdict.COMPLETE) -> Estate:
    listings = []
    if verdict is not None:
        listings = [
            Listing(
                "AWSServiceLastAccessed", ONE, "global", verdict, verdict is Verdict.COMPLETE,
                "" if verdict is Verdict.COMPLETE else "iam:Generate…: refused",
            )
        ]  # fmt: skip
    user = EstateAsset("AWSUser", ANN, ONE, "global", "ann")
    return Estate([user, *reports], listings, {ONE: ""})


def use(estate: Estate, *policies: str) -> ServiceUse:
    attached = tuple(Attachment(f"p{i}", text) for i, text in enumerate(policies))
    return Reports(estate).use(Principal(PrincipalKind.USER, ANN, ONE, "ann", policies=attached))


def told(estate: Estate) -> dict[str, Any]:
    users = next(
        one for one in derive(estate)
        if isinstance(one, DerivedProperties) and one.label == "AWSUser"
    )  # fmt: skip
    return {name: column[0] for name, column in users.columns.items()}


def test_a_service_is_used_unused_or_not_tracked() -> None:
    granted = policy(allow(["s3:GetObject", "sqs:*", "chatty:Talk"]), allow("*"))

    found = use(estate(report()), granted)

    assert (found.used, found.unused, found.not_tracked) == ([USED], ["sqs"], ["chatty"])
    assert found.unknown is None


def test_the_service_used_last_is_a_property_of_the_principal() -> None:
    assert told(estate(report())) == {
        "last_accessed_service_name": None,
        "last_accessed_service_namespace": "s3",
        "last_authenticated": "2026-10-01T00:00:00Z",
        "last_authenticated_entity": None,
        "last_authenticated_region": None,
        UNKNOWN: None,
    }


@pytest.mark.parametrize(
    ("unread", "words"),
    [
        (estate(verdict=None), "was not asked for"),
        (estate(verdict=Verdict.DENIED), "is denied: iam:Generate…: refused"),
        (estate(verdict=Verdict.UNSUPPORTED), "is unsupported"),
        (estate(), "before it was there"),
        (
            estate(report(unread={"iam:GetServiceLastAccessedDetails": DENIED})),
            "iam:GetServiceLastAccessedDetails: AccessDenied",
        ),
        (estate(report(stale=True), verdict=Verdict.DENIED), "older one"),
    ],
)
def test_a_report_that_was_not_read_is_unknown_and_not_unused(unread: Estate, words: str) -> None:
    found = use(unread, policy(allow("s3:GetObject")))

    assert (found.used, found.unused, found.not_tracked) == ((), (), ())
    assert words in str(found.unknown)
    properties = told(unread)
    assert words in properties.pop(UNKNOWN)
    assert set(properties.values()) == {None}
