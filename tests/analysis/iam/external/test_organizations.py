"""What an organization changes: who is inside, and what its policies deny to those outside."""

from __future__ import annotations

import json
from typing import Any

from cloudwarden.analysis.estate import EstateAsset
from cloudwarden.schema.records import Relation, Verdict
from tests.support.estates import OURS, asset, estate, listed

from .deriving import derived

MEMBER, THEIRS = "222222222222", "999999999999"
QUEUE = f"arn:aws:sqs:eu-west-1:{OURS}:q"
PERIMETER = {
    "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*",
    "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-ours"}},
}  # fmt: skip


def text(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def organization(*rcps: dict[str, Any]) -> list[EstateAsset]:
    """An organization managed by another account, with two members under its root."""
    members = [Relation("RESOURCE", "AWSAccount", id_) for id_ in (OURS, MEMBER)]
    attached = Relation("ATTACHED_TO", "AWSOrganizationRoot", "o-ours/r-1")
    return [
        asset("AWSOrganization", "o-ours", management_account_id="333333333333"),
        asset(
            "AWSOrganizationRoot", "o-ours/r-1", *members,
            enabled_policy_types=["RESOURCE_CONTROL_POLICY"] if rcps else [],
        ),
        *(
            asset("AWSOrganizationsPolicy", f"o-ours/p-{number}", attached,
                  type="RESOURCE_CONTROL_POLICY", policy=text(rcp))
            for number, rcp in enumerate(rcps)
        ),
    ]  # fmt: skip


def queue(principal: Any) -> EstateAsset:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sqs:*", "Resource": QUEUE}
    return asset("AWSSQSQueue", QUEUE, arn=QUEUE, policy=text(statement))


def found(asset_: EstateAsset, *others: EstateAsset, read: bool = True) -> dict[str, Any]:
    verdict = Verdict.COMPLETE if read else Verdict.DENIED
    labels = ("AWSOrganizationsPolicy", "AWSOrganization")
    whole = estate([asset_, *others], listed(*labels, verdict=verdict))
    return derived(whole).nodes[asset_.id]


def test_a_member_is_outside_the_account_and_inside_the_organization() -> None:
    member = found(queue({"AWS": MEMBER}), *organization())
    assert member["external_access"] == [f"account {MEMBER}"]
    assert member["external_access_zone"] == "account"
    foreign = found(queue({"AWS": THEIRS}), *organization())
    assert foreign["external_access_zone"] == "organization"


def test_the_reason_told_is_of_one_who_is_farthest_outside() -> None:
    both = found(queue({"AWS": [MEMBER, THEIRS]}), *organization())
    assert both["external_access"] == [f"account {MEMBER}", f"account {THEIRS}"]
    assert both["external_access_reason"].startswith(f"account {THEIRS}")


def test_a_resource_control_policy_keeps_outsiders_out() -> None:
    everybody = found(queue("*"), *organization(PERIMETER))
    assert everybody["external_access"] == ["organization o-ours"]
    assert everybody["external_access_zone"] == "account"


def test_an_account_of_which_nobody_knows_its_organization_gets_in_only_if_it_is_in_it() -> None:
    supposed = found(queue({"AWS": THEIRS}), *organization(PERIMETER))
    assert supposed["external_access_certainty"] == "conditional"
    assert f"if account {THEIRS} is in organization o-ours" in supposed["external_access_reason"]
    member = found(queue({"AWS": MEMBER}), *organization(PERIMETER))
    assert member["external_access_certainty"] == "sure"


def test_one_that_was_not_read_makes_what_is_open_conditional() -> None:
    unread = found(queue("*"), *organization(), read=False)
    assert unread["external_access_certainty"] == "conditional"
    assert "resource control policy" in unread["external_access_reason"]
