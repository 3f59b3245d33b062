from datetime import UTC, datetime
from typing import Any

from cloudwarden.providers.aws.iam.principals import REPORT, Details, Report, assets_of
from cloudwarden.schema.records import Asset, Failure, Scope, Verdict

ACCOUNT = "111111111111"
SCOPE = Scope("aws", ACCOUNT, "global", "iam")
BORN = datetime(2024, 1, 2, tzinfo=UTC)
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
UNUSED = "arn:aws:iam::aws:policy/ReadOnlyAccess"
OWN_POLICY = f"arn:aws:iam::{ACCOUNT}:policy/deploy"
ALLOW_ALL = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def arn(kind: str, name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def managed(policy: str) -> dict[str, Any]:
    versions = [
        {"Document": {"Statement": []}, "VersionId": "v1", "IsDefaultVersion": False},
        {"Document": ALLOW_ALL, "VersionId": "v2", "IsDefaultVersion": True},
    ]
    return {
        "PolicyName": policy.rpartition("/")[2],
        "Arn": policy,
        "PolicyId": "ANPA",
        "DefaultVersionId": "v2",
        "AttachmentCount": 0,
        "PolicyVersionList": versions,
    }


PAGE = {
    "UserDetailList": [
        {
            "UserName": "anna",
            "UserId": "AIDA",
            "Arn": arn("user", "anna"),
            "Path": "/",
            "CreateDate": BORN,
            "GroupList": ["admins", "of-another-page"],
            "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": ALLOW_ALL}],
            "AttachedManagedPolicies": [],
            "Tags": [{"Key": "team", "Value": "a"}],
        }
    ],
    "GroupDetailList": [
        {
            "GroupName": "admins",
            "GroupId": "AGPA",
            "Arn": arn("group", "people/admins"),
            "Path": "/people/",
            "CreateDate": BORN,
            "AttachedManagedPolicies": [{"PolicyName": "AdministratorAccess", "PolicyArn": ADMIN}],
        }
    ],
    "RoleDetailList": [
        {
            "RoleName": "deploy",
            "RoleId": "AROA",
            "Arn": arn("role", "deploy"),
            "Path": "/",
            "CreateDate": BORN,
            "AssumeRolePolicyDocument": {
                "Statement": [{"Effect": "Allow", "Principal": {"AWS": "999999999999"}}]
            },
            "PermissionsBoundary": {"PermissionsBoundaryArn": OWN_POLICY},
            "RoleLastUsed": {"LastUsedDate": BORN, "Region": "us-east-1"},
        }
    ],
    "Policies": [managed(ADMIN), managed(UNUSED), managed(OWN_POLICY)],
}


def read(report: Report | None = None) -> dict[tuple[str, str], Asset]:
    details = Details()
    details.add(PAGE)
    found = assets_of(details, report or Report(), SCOPE, "aws")
    return {(asset.label, asset.id): asset for asset in found}


def edges(asset: Asset) -> set[tuple[str, str, str]]:
    return {(r.type, r.target_label, r.target) for r in asset.relations}


def test_a_user_has_its_groups_policies_tags_and_credentials() -> None:
    anna = arn("user", "anna")
    report = Report({anna: {"password_enabled": True, "passwordlastused": "2024-05-01T00:00:00Z"}})

    user = read(report)["AWSUser", anna]

    assert user.name == "anna"
    assert user.tags == {"team": "a"}
    assert user.properties == {
        "arn": anna,
        "path": "/",
        "userid": "AIDA",
        "createdate": "2024-01-02T00:00:00Z",
        "password_enabled": True,
        "passwordlastused": "2024-05-01T00:00:00Z",
    }
    assert edges(user) == {
        ("MEMBER_AWS_GROUP", "AWSGroup", arn("group", "people/admins")),
        ("POLICY", "AWSInlinePolicy", f"{anna}/inline_policy/own"),
    }


def test_a_user_with_a_group_that_was_not_read_is_not_read_to_the_end() -> None:
    unread = read(Report({arn("user", "anna"): {}}))["AWSUser", arn("user", "anna")].unread

    assert {name: failure.code for name, failure in unread.items()} == {
        "iam:GetAccountAuthorizationDetails": "GroupNotRead"
    }


def test_an_inline_policy_brings_its_statements() -> None:
    found = read()
    policy = found["AWSInlinePolicy", f"{arn('user', 'anna')}/inline_policy/own"]
    statement = found["AWSPolicyStatement", f"{policy.id}/statement/1"]

    assert edges(policy) == {("STATEMENT", "AWSPolicyStatement", statement.id)}
    assert statement.properties == {"effect": "Allow", "action": ["*"], "resource": ["*"]}


def test_a_managed_policy_is_what_its_default_version_says() -> None:
    policy = read()["AWSManagedPolicy", OWN_POLICY]

    assert policy.properties["policy"] == (
        '{"Statement":[{"Action":"*","Effect":"Allow","Resource":"*"}]}'
    )
    assert policy.properties["aws_managed"] is False


def test_a_policy_keeps_what_its_other_versions_say() -> None:
    assert read()["AWSManagedPolicy", OWN_POLICY].properties["other_versions"] == (
        '{"v1":{"Statement":[]}}'
    )
    assert "other_versions" not in read()["AWSManagedPolicy", ADMIN].properties


def test_of_awss_own_policies_only_those_in_use_are_kept() -> None:
    found = read()

    assert ("AWSManagedPolicy", ADMIN) in found
    assert ("AWSManagedPolicy", UNUSED) not in found


def test_a_role_has_its_trust_boundary_and_last_use() -> None:
    role = read()["AWSRole", arn("role", "deploy")]

    assert role.properties["roleid"] == "AROA"
    assert role.properties["last_used_date"] == "2024-01-02T00:00:00Z"
    assert role.properties["permissions_boundary_arn"] == OWN_POLICY
    assert edges(role) == {
        ("TRUSTS_AWS_PRINCIPAL", "AWSRootPrincipal", "arn:aws:iam::999999999999:root"),
        ("PERMISSIONS_BOUNDARY", "AWSManagedPolicy", OWN_POLICY),
    }


def test_the_root_is_a_principal_with_what_the_report_says_of_it() -> None:
    root = f"arn:aws:iam::{ACCOUNT}:root"

    found = read(Report({root: {"mfa_active": False}}))["AWSRootPrincipal", root]

    assert found.properties == {"arn": root, "mfa_active": False}
    assert found.unread == {}


def test_without_a_report_credentials_are_unread_and_not_absent() -> None:
    denied = Failure(Verdict.DENIED, "AccessDenied", "no")

    found = read(Report(failure=denied))

    assert found["AWSUser", arn("user", "anna")].unread[REPORT] == denied
    assert found["AWSRootPrincipal", f"arn:aws:iam::{ACCOUNT}:root"].unread == {REPORT: denied}
    assert found["AWSRole", arn("role", "deploy")].unread == {}


def test_a_user_newer_than_the_report_has_unread_credentials() -> None:
    user = read()["AWSUser", arn("user", "anna")]

    assert user.unread[REPORT].code == "NotInReport"
    assert "mfa_active" not in user.properties
