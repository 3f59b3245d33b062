"""Whom snapshots and images are shared with: accounts, organizations, everybody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudwarden.analysis.estate import EstateAsset
from cloudwarden.schema.records import Failure, Relation, Verdict
from tests.support.estates import OURS, asset, estate, listed

from .deriving import derived, told

THEIRS, MEMBER = "999999999999", "222222222222"
DENIED = Failure(Verdict.DENIED, "UnauthorizedOperation", "no")
MANAGEMENT = "333333333333"
OWN = f"arn:aws:organizations::{MANAGEMENT}:organization/o-ours"
UNIT = f"arn:aws:organizations::{MANAGEMENT}:ou/o-ours/ou-1"
OTHERS = "arn:aws:organizations::444444444444:organization/o-theirs"


def organization() -> list[EstateAsset]:
    members = [Relation("RESOURCE", "AWSAccount", id_) for id_ in (OURS, MEMBER)]
    return [
        asset("AWSOrganization", "o-ours", management_account_id=MANAGEMENT),
        asset("AWSOrganizationRoot", "o-ours/r-1", *members, enabled_policy_types=[]),
    ]


def copy(label: str, *shared_with: str, **more: Any) -> EstateAsset:
    owner: dict[str, Any] = {"owner": OURS} if label == "AWSEC2Image" else {}
    return asset(label, "copy", shared_with=list(shared_with), **owner, **more)


LABELS = ("AWSEBSSnapshot", "AWSEC2Image", "AWSRDSSnapshot", "AWSRDSClusterSnapshot")


@pytest.mark.parametrize("label", LABELS)
def test_a_copy_tells_of_accounts_but_its_own(label: str) -> None:
    found = told(copy(label, THEIRS, OURS))["copy"]
    assert found["external_access"] == [f"account {THEIRS}"]
    assert found["external_access_certainty"] == "sure"
    assert found["external_access_unknown"] is None


@pytest.mark.parametrize("label", LABELS)
def test_a_copy_that_is_shared_with_nobody_lets_nobody_in(label: str) -> None:
    assert told(copy(label))["copy"]["external_access"] == []


@pytest.mark.parametrize(
    ("shared_with", "who", "zone"),
    [
        (MEMBER, f"account {MEMBER}", "account"),
        (THEIRS, f"account {THEIRS}", "organization"),
        (OWN, "organization o-ours", "account"),
        (UNIT, "organization o-ours/ou-1", "account"),
        (OTHERS, "organization o-theirs", "organization"),
    ],
)
def test_an_image_says_whether_it_leaves_the_organization(
    shared_with: str, who: str, zone: str
) -> None:
    whole = estate(
        [copy("AWSEC2Image", shared_with), *organization()],
        listed("AWSOrganization", "AWSOrganizationsPolicy"),
    )
    found = derived(whole).nodes["copy"]
    assert (found["external_access"], found["external_access_zone"]) == ([who], zone)


@pytest.mark.parametrize(
    ("label", "operation"),
    [
        ("AWSEBSSnapshot", "ec2:DescribeSnapshotAttribute"),
        ("AWSEC2Image", "ec2:DescribeImageAttribute"),
        ("AWSRDSSnapshot", "rds:DescribeDBSnapshotAttributes"),
        ("AWSRDSClusterSnapshot", "rds:DescribeDBClusterSnapshotAttributes"),
    ],
)
def test_a_copy_of_which_the_sharing_was_denied_is_unknown(label: str, operation: str) -> None:
    owner: dict[str, Any] = {"owner": OURS}
    found = told(asset(label, "copy", unread={operation: DENIED}, **owner))["copy"]
    assert operation in found["external_access_unknown"]
    assert found["external_access"] is None


def test_an_image_of_others_is_nobody_s_to_share() -> None:
    assert told(asset("AWSEC2Image", "ami", ispublic=True, owner=THEIRS))["ami"][
        "external_access"
    ] == []  # fmt: skip


@pytest.mark.parametrize("label", LABELS[1:])
def test_a_copy_for_all_is_for_any_principal(label: str) -> None:
    found = told(copy(label, "all", ispublic=True))["copy"]
    assert found["external_access"] == ["authenticated"]
    assert found["external_access_certainty"] == "sure"


def settings(state: str | None, unread: Any = None) -> EstateAsset:
    return asset(
        "AWSEC2AccountSettings", "s", unread=unread, snapshot_block_public_access_state=state
    )


def test_a_public_snapshot_is_open_unless_its_region_blocks_that() -> None:
    snapshot = copy("AWSEBSSnapshot", "all", THEIRS, ispublic=True)
    opened = told(snapshot, settings("unblocked"))["copy"]
    assert opened["external_access"] == ["authenticated", f"account {THEIRS}"]
    assert opened["external_access_certainty"] == "sure"
    blocked = told(snapshot, settings("block-all-sharing"))["copy"]
    assert blocked["external_access"] == [f"account {THEIRS}"]


@pytest.mark.parametrize(
    "others",
    [(), (settings(None, {"ec2:GetSnapshotBlockPublicAccessState": DENIED}),)],
    ids=["nobody asked", "denied"],
)
def test_where_that_was_not_read_it_is_not_known(others: tuple[EstateAsset, ...]) -> None:
    found = told(copy("AWSEBSSnapshot", "all", ispublic=True), *others)["copy"]
    assert found["external_access_certainty"] == "conditional"
    assert "blocks public access to snapshots" in found["external_access_unknown"]


@pytest.mark.parametrize(
    ("label", "key"), [("AWSEBSSnapshot", "kmskeyid"), ("AWSRDSSnapshot", "kms_key_id")]
)
def test_an_encrypted_copy_needs_its_key_too(label: str, key: str) -> None:
    found = told(copy(label, THEIRS, encrypted=True, **{key: "key-1"}))["copy"]
    assert found["external_access_certainty"] == "conditional"
    assert "if key key-1 lets it decrypt too" in found["external_access_reason"]


def test_a_share_has_a_request_that_shows_it() -> None:
    arn = f"arn:aws-cn:ec2:cn-north-1:{OURS}:snapshot/copy"
    snapshot = copy("AWSEBSSnapshot", THEIRS, arn=arn)
    (edge,) = derived(estate([snapshot])).edges
    assert edge[:3] == ("copy", "AWSAccount", THEIRS)
    assert json.loads(edge[3]["witness"]) == {
        "principal": f"arn:aws-cn:iam::{THEIRS}:root",
        "principal_type": "root",
        "action": "ec2:CreateVolume",
        "resource": arn,
        "context": {},
    }
