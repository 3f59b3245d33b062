from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.reading import ACCOUNT, Read, denied, read_resource

from cloudwarden.providers.aws.services.ssoadmin import RESOURCES
from cloudwarden.schema.records import Asset, Verdict

INSTANCE = "arn:aws:sso:::instance/ssoins-1"
ADMINS, READERS = f"{INSTANCE}/ps-admins", f"{INSTANCE}/ps-readers"
OTHER = "222222222222"
BORN = datetime(2026, 1, 1, tzinfo=UTC)


def accounts_of(asked: Mapping[str, Any]) -> dict[str, Any]:
    if asked["PermissionSetArn"] == READERS:
        return {"AccountIds": []}
    if "NextToken" not in asked:
        return {"AccountIds": [ACCOUNT], "NextToken": "more"}
    return {"AccountIds": [OTHER]}


def assigned(asked: Mapping[str, Any]) -> dict[str, Any]:
    people = [{"PrincipalType": "GROUP", "PrincipalId": "g-1"}]
    if asked["AccountId"] == OTHER:
        people.append({"PrincipalType": "USER", "PrincipalId": "u-1"})
    return {"AccountAssignments": people}


def identity_center(owner: str = ACCOUNT, **changed: Any) -> Read:
    answers: dict[str, Any] = {
        "sso-admin:ListInstances": {
            "Instances": [
                {
                    "InstanceArn": INSTANCE,
                    "IdentityStoreId": "d-1",
                    "OwnerAccountId": owner,
                    "Status": "ACTIVE",
                    "CreatedDate": BORN,
                }
            ]
        },
        "sso-admin:ListPermissionSets": {"PermissionSets": [ADMINS, READERS]},
        "sso-admin:DescribePermissionSet": lambda asked: {
            "PermissionSet": {"Name": asked["PermissionSetArn"].rpartition("-")[2]}
        },
        "sso-admin:ListAccountsForProvisionedPermissionSet": accounts_of,
        "sso-admin:ListAccountAssignments": assigned,
        "identitystore:ListUsers": {
            "Users": [{"UserId": "u-1", "UserName": "ann", "IdentityStoreId": "d-1"}]
        },
        "identitystore:ListGroups": {"Groups": [{"GroupId": "g-1", "DisplayName": "team"}]},
        "identitystore:ListGroupMemberships": {
            "GroupMemberships": [{"MemberId": {"UserId": "u-1"}}]
        },
    }
    for name, answer in changed.items():
        (operation,) = (known for known in answers if known.endswith(f":{name}"))
        answers[operation] = answer
    return read_resource(RESOURCES[0], answers)


def edges(asset: Asset) -> set[tuple[str, str, str, Any]]:
    return {
        (r.type, r.target_label, r.target, r.properties.get("accounts")) for r in asset.relations
    }


def test_people_groups_and_permission_sets_are_told_with_their_assignments() -> None:
    read = identity_center()

    assert read.reading.verdict is Verdict.COMPLETE
    assert set(read.assets) == {INSTANCE, ADMINS, READERS, "u-1", "g-1"}
    assert read.assets[INSTANCE].properties["identity_store_id"] == "d-1"
    assert read.assets[ADMINS].name == "admins"
    assert edges(read.assets[ADMINS]) == {
        ("HAS_PERMISSION_SET", "AWSIdentityCenter", INSTANCE, None),
        ("HAS_PERMISSION_SET", "AWSSSOGroup", "g-1", f"{ACCOUNT},{OTHER}"),
        ("HAS_PERMISSION_SET", "AWSSSOUser", "u-1", OTHER),
    }
    assert edges(read.assets["g-1"]) == {("MEMBER_OF_SSO_GROUP", "AWSSSOUser", "u-1", None)}
    assert read.assets["u-1"].properties["user_name"] == "ann"


def test_without_permission_sets_the_directory_is_left_alone() -> None:
    read = identity_center(ListPermissionSets={"PermissionSets": []})

    assert (read.reading.verdict, read.reading.api_calls) == (Verdict.COMPLETE, 2)


def test_where_there_is_no_instance_one_call_says_so() -> None:
    read = identity_center(ListInstances={"Instances": []})

    assert (read.reading.verdict, read.reading.api_calls) == (Verdict.COMPLETE, 1)


@pytest.mark.parametrize(
    ("operation", "of"),
    [
        ("ListAccountAssignments", ADMINS),
        ("ListAccountsForProvisionedPermissionSet", READERS),
        ("DescribePermissionSet", READERS),
        ("ListGroupMemberships", "g-1"),
    ],
)
def test_what_is_denied_of_one_is_unread_of_it(operation: str, of: str) -> None:
    read = identity_center(**{operation: denied()})

    (unread,) = read.assets[of].unread
    assert unread.endswith(operation)
    assert (read.reading.verdict, read.reading.shows_absence) == (Verdict.PARTIAL, True)


@pytest.mark.parametrize("operation", ["ListPermissionSets", "ListUsers", "ListGroups"])
def test_a_list_that_is_denied_shows_no_absence(operation: str) -> None:
    read = identity_center(**{operation: denied()})

    assert read.reading.verdict is Verdict.PARTIAL
    assert not read.reading.shows_absence


def test_a_member_may_not_see_what_is_assigned_and_nothing_is_wrong_with_it() -> None:
    read = identity_center(owner=OTHER, ListPermissionSets=denied())

    assert read.reading.verdict is Verdict.UNSUPPORTED
    assert set(read.assets) == {INSTANCE}


@pytest.mark.parametrize("operation", ["ListPermissionSets", "ListUsers"])
def test_what_fails_of_an_own_instance_is_not_hidden_by_another_accounts(operation: str) -> None:
    mine = {"InstanceArn": f"{INSTANCE}9", "IdentityStoreId": "d-9", "OwnerAccountId": ACCOUNT}
    theirs = {"InstanceArn": INSTANCE, "IdentityStoreId": "d-1", "OwnerAccountId": OTHER}

    def sets(asked: Mapping[str, Any]) -> Any:
        if asked["InstanceArn"] == INSTANCE or operation == "ListPermissionSets":
            return denied()
        return {"PermissionSets": [ADMINS]}

    changed = {operation: denied()} | {"ListPermissionSets": sets}
    read = identity_center(ListInstances={"Instances": [theirs, mine]}, **changed)

    assert read.reading.verdict is Verdict.PARTIAL
    assert not read.reading.shows_absence
