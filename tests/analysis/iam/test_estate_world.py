import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from cloudwarden.analysis.estate import Estate, EstateAsset, Listing
from cloudwarden.analysis.iam.estate_world import LABELS, RESOURCE_LABELS, world_of
from cloudwarden.analysis.iam.world import UNREAD, Principal, World
from cloudwarden.providers.aws.iam.principals import Details, Report, assets_of
from cloudwarden.providers.aws.loader import load_catalogue
from cloudwarden.providers.aws.organizations import tree
from cloudwarden.schema.records import Asset, Failure, Relation, Scope, Verdict

ONE, TWO, HUB = "111111111111", "222222222222", "333333333333"
DENIED = Failure(Verdict.DENIED, "AccessDenied", "no")
READ = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})


def taken(assets: Iterable[Asset]) -> list[EstateAsset]:
    return [
        EstateAsset(a.label, a.id, a.account, a.region, a.name, a.properties, a.tags,
                    a.relations, a.unread)
        for a in assets
    ]  # fmt: skip


def listed(account: str, *labels: str) -> list[Listing]:
    return [
        Listing(name, account, "global", Verdict.COMPLETE, shows_absence=True) for name in labels
    ]


def principals(account: str = ONE, **details: list[Mapping[str, Any]]) -> list[EstateAsset]:
    scope = Scope("aws", account, "global", "AWSPrincipal")
    return taken(assets_of(Details(**details), Report(), scope, "aws"))


def world(assets: Iterable[EstateAsset], *listings: Listing) -> World:
    return world_of(Estate(assets, listings, {ONE: "one", TWO: "two"}))


def user(name: str = "ann", **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:iam::{ONE}:user/{name}"
    return {"Arn": arn, "UserName": name, "UserId": "AIDAANN", "Path": "/", **more}


def principal(found: World, arn: str) -> Principal:
    one = found.principal(arn)
    assert one is not None
    return one


def bucket(*unread: str, **properties: Any) -> EstateAsset:
    return EstateAsset(
        "AWSS3Bucket", "photos", ONE, "us-east-1", "photos",
        {"arn": "arn:aws:s3:::photos", **properties}, unread=dict.fromkeys(unread, DENIED),
    )  # fmt: skip


def organization(*, types: list[str], account: str = HUB) -> list[EstateAsset]:
    found = tree.Tree(
        {"Id": "o-1", "MasterAccountId": HUB},
        roots=[{"Id": "r-1", "PolicyTypes": [{"Type": t, "Status": "ENABLED"} for t in types]}],
        units={"r-1": [{"Id": "ou-1", "Name": "prod"}]},
        accounts={"r-1": [{"Id": HUB}], "ou-1": [{"Id": ONE}]},
        policies=[{"Id": f"p-{kind[0]}", "Type": kind, "Content": "{}"} for kind in types],
        policy_targets={
            f"p-{kind[0]}": [{"TargetId": "ou-1", "Type": "ORGANIZATIONAL_UNIT"}] for kind in types
        },
    )
    scope = Scope("aws", account, "global", "AWSOrganization")
    return taken(tree.assets_of(found, scope))


def test_every_label_and_property_read_is_declared_and_rests_on_the_operation_named() -> None:
    labels = load_catalogue().labels

    assert labels.keys() >= LABELS
    for label, kept in RESOURCE_LABELS.items():
        for name in (kept.policy, *kept.properties):
            assert not name or name in labels[label].properties, (label, name)
        if kept.policy:
            assert labels[label].properties[kept.policy].rests_on == (kept.operation,), label


def test_a_user_has_the_policies_of_its_groups_and_says_through_what() -> None:
    group = {
        "Arn": f"arn:aws:iam::{ONE}:group/readers",
        "GroupName": "readers",
        "GroupId": "AGPA",
        "GroupPolicyList": [{"PolicyName": "read", "PolicyDocument": json.loads(READ)}],
    }
    managed = {
        "Arn": f"arn:aws:iam::{ONE}:policy/own",
        "PolicyVersionList": [{"IsDefaultVersion": True, "Document": json.loads(READ)}],
    }
    ann = user(GroupList=["readers"], AttachedManagedPolicies=[{"PolicyArn": managed["Arn"]}])
    found = world(principals(users=[ann], groups=[group], policies=[managed]))

    policies = principal(found, ann["Arn"]).policies

    assert [p.through for p in policies] == ["managed", "group readers"]
    assert policies[0].document is policies[1].document
    assert [p.name for p in found.of_account(ONE)] == ["ann"]


def test_a_policy_or_boundary_that_is_not_among_the_assets_is_unread() -> None:
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    ann = user(
        AttachedManagedPolicies=[{"PolicyArn": arn}],
        PermissionsBoundary={"PermissionsBoundaryArn": arn},
    )

    found = principal(world(principals(users=[ann])), ann["Arn"])

    assert found.policies[0].document is UNREAD
    assert found.boundary is not None
    assert found.boundary.document is UNREAD


def test_what_groups_that_were_not_read_grant_is_unread() -> None:
    ann = user(GroupList=["readers"])

    (policy,) = principal(world(principals(users=[ann])), ann["Arn"]).policies

    assert policy.document is UNREAD


def test_a_bucket_without_a_policy_differs_from_one_whose_policy_was_denied() -> None:
    none, denied, has = (
        world([bucket(*unread, **properties)]).find("arn:aws:s3:::photos")[0].policy
        for unread, properties in (((), {}), (("s3:GetBucketPolicy",), {}), ((), {"policy": READ}))
    )

    assert (none, denied, has) == (None, UNREAD, READ)


def test_a_role_is_a_resource_with_its_trust_policy() -> None:
    role = {
        "Arn": f"arn:aws:iam::{ONE}:role/app",
        "RoleName": "app",
        "RoleId": "AROA",
        "AssumeRolePolicyDocument": json.loads(READ),
    }
    profile = EstateAsset(
        "AWSInstanceProfile",
        f"arn:aws:iam::{ONE}:instance-profile/app",
        ONE,
        "global",
        relations=(Relation("ASSOCIATED_WITH", "AWSRole", role["Arn"]),),
    )
    found = world([*principals(roles=[role]), profile])

    assert found.find(role["Arn"])[0].policy == principal(found, role["Arn"]).trust
    assert principal(found, role["Arn"]).instance_profiles == (profile.id,)


def test_a_member_is_bound_at_every_level_and_the_management_account_is_not() -> None:
    kinds = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]
    found = world(organization(types=kinds), *listed(HUB, "AWSOrganizationsPolicy"))

    member = found.account(ONE)
    assert member.organization == "o-1"
    assert member.path == "o-1/r-1/ou-1/"
    assert [[p.policy for p in level] for level in levels(member.scps)] == [[], ["o-1/p-S"], []]
    assert [[p.policy for p in level] for level in levels(member.rcps)] == [[], ["o-1/p-R"], []]
    assert levels(member.scps)[1][0].through == "organizational unit prod"
    assert found.account(HUB).is_management
    assert found.account(HUB).scps == ()


def test_a_kind_of_policy_that_is_not_in_use_binds_nobody() -> None:
    found = world(
        organization(types=["SERVICE_CONTROL_POLICY"]), *listed(HUB, "AWSOrganizationsPolicy")
    )

    assert found.account(ONE).rcps == ()


def test_policies_of_an_organization_that_was_not_listed_whole_are_unread() -> None:
    cut_short = Listing(
        "AWSOrganizationsPolicy", HUB, "global", Verdict.PARTIAL, shows_absence=False
    )
    found = world(organization(types=["SERVICE_CONTROL_POLICY"]), cut_short)

    assert found.account(ONE).scps is UNREAD
    assert found.account(ONE).organization == "o-1"


def test_an_account_that_says_it_is_in_no_organization_is_bound_by_none() -> None:
    found = world([], *listed(ONE, "AWSOrganization", "AWSUser"))

    assert found.account(ONE).organization is None
    assert found.account(ONE).scps == ()
    assert found.account(ONE).lists_principals


def test_of_an_account_that_was_not_asked_nothing_is_known() -> None:
    found = world([])

    for account in (found.account(TWO), found.account("999999999999")):
        assert account.organization is UNREAD
        assert account.scps is UNREAD
    assert not found.account(TWO).lists_principals


def levels(found: Any) -> Any:
    assert found is not UNREAD
    return found


@pytest.mark.parametrize("named", ["photos", "", "arn:aws:s3:photos"])
def test_what_has_no_arn_of_six_parts_is_nothing_that_policies_speak_of(named: str) -> None:
    found = world([bucket(arn=named)])

    assert len(found.resources["AWSS3Bucket"]) == 0
