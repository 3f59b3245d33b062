from datetime import UTC, datetime

from cloudwarden.providers.aws.organizations.tree import Tree, assets_of
from cloudwarden.schema.records import Asset, Scope

SCOPE = Scope("aws", "111111111111", "global", "organizations")
ORGANIZATION = {
    "Id": "o-1",
    "Arn": "arn:aws:organizations::111111111111:organization/o-1",
    "FeatureSet": "ALL",
    "MasterAccountId": "111111111111",
}
MEMBER = {
    "Id": "222222222222",
    "Name": "alpha",
    "Email": "alpha@example.com",
    "Status": "ACTIVE",
    "JoinedTimestamp": datetime(2024, 1, 2, tzinfo=UTC),
}
TREE = Tree(
    ORGANIZATION,
    roots=[{"Id": "r-1", "Name": "Root"}],
    units={"r-1": [{"Id": "ou-1", "Name": "prod"}], "ou-1": [{"Id": "ou-2", "Name": "eu"}]},
    accounts={"ou-2": [MEMBER]},
    policies=[{"Id": "p-1", "Name": "deny", "Type": "SERVICE_CONTROL_POLICY", "Content": "{}"}],
    policy_targets={
        "p-1": [
            {"TargetId": "ou-1", "Type": "ORGANIZATIONAL_UNIT"},
            {"TargetId": "222222222222", "Type": "ACCOUNT"},
        ]
    },
)


def read() -> dict[str, Asset]:
    return {asset.id: asset for asset in assets_of(TREE, SCOPE)}


def edges(asset: Asset) -> list[tuple[str, str, str, bool]]:
    return [(r.type, r.target_label, r.target, r.incoming) for r in asset.relations]


def test_every_level_of_the_tree_is_an_asset_tied_to_its_parent_both_ways() -> None:
    found = read()

    assert edges(found["o-1"]) == [
        ("RESOURCE", "AWSOrganizationRoot", "o-1/r-1", False),
        ("PARENT", "AWSOrganizationRoot", "o-1/r-1", True),
    ]
    assert edges(found["o-1/r-1"]) == [
        ("RESOURCE", "AWSOrganizationalUnit", "o-1/ou-1", False),
        ("PARENT", "AWSOrganizationalUnit", "o-1/ou-1", True),
    ]
    assert found["o-1/ou-1"].properties["parent_root_id"] == "r-1"
    assert found["o-1/ou-2"].properties["parent_ou_id"] == "ou-1"
    assert found["o-1/ou-2"].properties["root_id"] == "r-1"


def test_a_member_account_is_implied_with_what_the_organization_knows_of_it() -> None:
    unit = read()["o-1/ou-2"]

    assert edges(unit) == [
        ("RESOURCE", "AWSAccount", "222222222222", False),
        ("PARENT", "AWSAccount", "222222222222", True),
    ]
    assert unit.relations[0].implied == {
        "name": "alpha",
        "org_id": "o-1",
        "email": "alpha@example.com",
        "status": "ACTIVE",
        "joined_timestamp": "2024-01-02T00:00:00Z",
    }


def test_a_policy_points_at_what_it_is_attached_to() -> None:
    policy = read()["o-1/p-1"]

    assert policy.properties["policy"] == "{}"
    assert edges(policy) == [
        ("ATTACHED_TO", "AWSOrganizationalUnit", "o-1/ou-1", False),
        ("ATTACHED_TO", "AWSAccount", "222222222222", False),
    ]
