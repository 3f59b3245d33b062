from collections.abc import Mapping
from typing import Any

from tests.support.reading import ACCOUNT, Read, denied, failed, read_resource

from cloudwarden.providers.aws.services.organizations import RESOURCES
from cloudwarden.schema.records import Verdict


def accounts_of(asked: Mapping[str, Any]) -> dict[str, Any]:
    if asked["ParentId"] != "ou-1":
        return {"Accounts": []}
    if "NextToken" in asked:
        return {"Accounts": [{"Id": "333333333333"}]}
    return {"Accounts": [{"Id": "222222222222"}], "NextToken": "more"}


def organization(master: str = ACCOUNT, **changed: Any) -> Read:
    answers: dict[str, Any] = {
        "organizations:DescribeOrganization": {
            "Organization": {"Id": "o-1", "FeatureSet": "ALL", "MasterAccountId": master}
        },
        "organizations:ListRoots": {
            "Roots": [
                {
                    "Id": "r-1",
                    "Name": "Root",
                    "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
                }
            ]
        },
        "organizations:ListOrganizationalUnitsForParent": lambda asked: {
            "OrganizationalUnits": [{"Id": "ou-1"}] if asked["ParentId"] == "r-1" else []
        },
        "organizations:ListAccountsForParent": accounts_of,
        "organizations:ListPolicies": {"Policies": [{"Id": "p-1", "Name": "deny"}]},
        "organizations:DescribePolicy": {"Policy": {"Content": "{}"}},
        "organizations:ListTargetsForPolicy": {"Targets": [{"TargetId": "r-1", "Type": "ROOT"}]},
    }
    renamed = {f"organizations:{name}": answer for name, answer in changed.items()}
    return read_resource(RESOURCES[0], {**answers, **renamed}, region="global")


def test_the_tree_is_read_to_its_leaves_and_every_page() -> None:
    read = organization()

    assert read.reading.verdict is Verdict.COMPLETE
    assert set(read.assets) == {"o-1", "o-1/r-1", "o-1/ou-1", "o-1/p-1"}
    targets = {r.target for r in read.assets["o-1/ou-1"].relations}
    assert targets == {"222222222222", "333333333333"}
    assert read.assets["o-1/p-1"].properties["policy"] == "{}"


def test_nothing_is_asked_twice() -> None:
    asked = [(r.operation, tuple(sorted(r.parameters.items()))) for r in organization().requests]

    assert len(asked) == len(set(asked))


def test_an_account_in_no_organization_has_none() -> None:
    read = organization(DescribeOrganization=failed("AWSOrganizationsNotInUseException"))

    assert read.reading.verdict is Verdict.COMPLETE
    assert not read.reading.assets


def test_an_ordinary_member_learns_whose_organization_it_is_in() -> None:
    read = organization("999999999999", ListRoots=denied("AccessDeniedException"))

    assert read.reading.verdict is Verdict.UNSUPPORTED
    assert not read.reading.shows_absence
    assert read.only().properties["management_account_id"] == "999999999999"


def test_a_management_account_that_may_not_see_its_tree_is_partly_read() -> None:
    read = organization(ListRoots=denied("AccessDeniedException"))

    assert read.reading.verdict is Verdict.PARTIAL
    assert not read.reading.shows_absence


def test_a_denied_branch_shows_no_absence() -> None:
    read = organization(ListOrganizationalUnitsForParent=denied())

    assert read.reading.verdict is Verdict.PARTIAL
    assert not read.reading.shows_absence


def test_a_denied_description_is_a_denied_scope() -> None:
    assert organization(DescribeOrganization=denied()).reading.verdict is Verdict.DENIED


def test_a_policy_whose_content_is_denied_is_unread() -> None:
    policy = organization(DescribePolicy=denied()).assets["o-1/p-1"]

    assert set(policy.unread) == {"organizations:DescribePolicy"}
    assert "policy" not in policy.properties


def test_resource_control_policies_are_read_where_they_are_in_use() -> None:
    kinds = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
    types = [{"Type": kind, "Status": "ENABLED"} for kind in kinds]

    read = organization(
        ListRoots={"Roots": [{"Id": "r-1", "PolicyTypes": types}]},
        ListPolicies=lambda asked: {"Policies": [{"Id": asked["Filter"], "Type": asked["Filter"]}]},
    )

    assert {asset.get("type") for asset in policies_of(read)} == set(kinds)
    assert read.assets["o-1/r-1"].properties["enabled_policy_types"] == sorted(kinds)


def policies_of(read: Read) -> list[Mapping[str, Any]]:
    return [
        asset.properties for asset in read.reading.assets if asset.label == "AWSOrganizationsPolicy"
    ]
