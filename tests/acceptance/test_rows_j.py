"""Row J1 of the requirements: who has what, through what, and when it was last used."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from tests.support.commands import Run
from tests.support.moto import HUB, Aws
from tests.support.proxy import Call, Proxy

from .estate import by, collect, rows

ADMIN = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
READ = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
)


def build(aws: Aws) -> None:
    """Four users: by a group, by an attached and an inline policy, with nothing; keys and MFA."""
    iam = aws.client("iam")
    for name in ("ann", "ben", "cleo", "dan"):
        iam.create_user(UserName=name)
    iam.create_group(GroupName="readers")
    policy = iam.create_policy(PolicyName="read", PolicyDocument=READ)["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="readers", PolicyArn=policy)
    for name in ("ann", "ben"):
        iam.add_user_to_group(GroupName="readers", UserName=name)
    iam.put_user_policy(UserName="ben", PolicyName="all", PolicyDocument=ADMIN)
    iam.attach_user_policy(UserName="cleo", PolicyArn=policy)
    iam.create_login_profile(UserName="ann", Password="Correct-horse-1")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    iam.enable_mfa_device(
        UserName="ann",
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1="123456",
        AuthenticationCode2="654321",
    )
    iam.create_access_key(UserName="ben")


def report(run: Run, *options: str, code: int = 0) -> dict[str, dict[str, Any]]:
    answer = run("access", "report", *options, "--output", "json")
    assert answer.exit_code == code, answer.stderr
    return by("name", answer.json)


def test_j1_the_table_equals_credential_report_and_group_expansion(run: Run, aws: Aws) -> None:
    build(aws)
    collect(run, "iam,organizations")
    found = {name: row for name, row in report(run).items() if row["kind"] == "user"}
    assert set(found) == {"ann", "ben", "cleo", "dan"}
    iam = aws.client("iam")
    iam.generate_credential_report()
    text = iam.get_credential_report()["Content"].decode()
    for row in csv.DictReader(io.StringIO(text)):
        if row["user"] in found:
            ours = found[row["user"]]
            assert ours["mfa"] is (row["mfa_active"] == "true")
            assert ours["console"] is (row["password_enabled"] == "true")
            active = [row[f"access_key_{n}_active"] == "true" for n in (1, 2)]
            assert sum(key["active"] for key in ours["keys"]) == sum(active)
    assert {
        name: sorted((p["policy"].rpartition("/")[2], p["through"]) for p in row["policies"])
        for name, row in found.items()
    } == {
        "ann": [("read", "group readers")],
        "ben": [("all", "inline"), ("read", "group readers")],
        "cleo": [("read", "managed")],
        "dan": [],
    }
    assert {name: (row["admin"], row["admin_in"]) for name, row in found.items()} == {
        "ann": ("no", None), "ben": ("sure", 0), "cleo": ("no", None), "dan": ("no", None),
    }  # fmt: skip
    assert {name: row["mfa_type"] for name, row in found.items()} == {
        "ann": "virtual", "ben": "none", "cleo": "none", "dan": "none",
    }  # fmt: skip
    assert {name: row["groups"] for name, row in found.items()} == {
        "ann": ["readers"], "ben": ["readers"], "cleo": [], "dan": [],
    }  # fmt: skip


def test_j1_a_grant_tells_since_when_it_was_seen(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(aws)
    monkeypatch.setenv("CLOUDWARDEN_NOW", "2026-12-01T00:00:00Z")
    collect(run, "iam")
    aws.client("iam").put_user_policy(UserName="dan", PolicyName="late", PolicyDocument=READ)
    monkeypatch.setenv("CLOUDWARDEN_NOW", "2026-12-09T00:00:00Z")
    collect(run, "iam")
    found = report(run)
    (late,) = found["dan"]["policies"]
    assert late["since"] == "2026-12-09T00:00:00Z"
    assert {p["since"] for p in found["ben"]["policies"]} == {"2026-12-01T00:00:00Z"}
    (key,) = found["ben"]["keys"]
    assert key["use"] == "not in window"
    assert report(run, "--as-of", "2026-12-05T00:00:00Z")["dan"]["policies"] == []


def test_j1_use_is_used_not_in_window_or_not_tracked(run: Run, aws: Aws) -> None:
    build(aws)
    collect(run, "iam")
    found = report(run)
    assert found["dan"]["use"] == "not tracked"
    assert found["ben"]["use"] == "not in window"


def test_j1_what_was_not_read_is_unknown(run: Run, aws: Aws, proxy: Proxy) -> None:
    build(aws)
    proxy.fail("iam", "GetCredentialReport")
    collect(run, "iam", code=5)
    ann = report(run)["ann"]
    assert (ann["use"], ann["console"]) == ("unknown", None)
    assert any("GetCredentialReport" in reason for reason in ann["unknown"])


def test_j1_users_that_could_not_be_listed_are_not_nobody(run: Run, aws: Aws, proxy: Proxy) -> None:
    build(aws)
    proxy.fail("iam", "GetAccountAuthorizationDetails")
    collect(run, "iam", code=5)
    answer = run("access", "report", "--output", "json")
    assert answer.exit_code == 5
    assert f"unknown: of account {HUB}, its users and roles are denied" in answer.stderr
    root, others = answer.json
    assert (root["kind"], others["kind"], others["name"]) == ("root", "unread", None)
    for row in answer.json:
        assert_unknown(row)
        assert row["unknown"]
    (told,) = csv.DictReader(
        io.StringIO(run("access", "report", "--kind", "root", "--output", "csv").stdout)
    )
    for column in ("level", "mfa", "mfa_type", "keys", "use"):
        assert told[column] == "unknown"


def assert_unknown(row: dict[str, Any]) -> None:
    """A row claims nothing: neither that somebody has something, nor that they have not."""
    assert (row["use"], row["last_used"], row["level_certainty"]) == ("unknown", None, "unknown")
    assert row["admin"] in {"unknown", None}
    for name in ("level", "policies", "roles", "console", "password", "mfa", "mfa_type", "keys",
                 "services"):  # fmt: skip
        assert row[name] is None, name


def test_j1_an_account_that_is_denied_now_is_unknown_whatever_was_read_before(
    run: Run, aws: Aws, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(aws)
    monkeypatch.setenv("CLOUDWARDEN_NOW", "2026-12-01T00:00:00Z")
    collect(run, "iam")
    proxy.fail("iam", ".*")
    monkeypatch.setenv("CLOUDWARDEN_NOW", "2026-12-09T00:00:00Z")
    collect(run, "iam", code=5)
    found = report(run, code=5)
    assert set(found) > {"ann", "ben", "cleo", "dan", "root"}
    for row in found.values():
        assert_unknown(row)
    assert "of an earlier reading" in found["ann"]["unknown"][0]
    before = report(run, "--as-of", "2026-12-05T00:00:00Z")
    assert (before["ann"]["mfa"], len(before["ben"]["policies"])) == (True, 2)


def test_j1_keys_and_devices_come_from_the_other_source_where_one_was_not_read(
    run: Run, aws: Aws, proxy: Proxy
) -> None:
    build(aws)
    proxy.fail("iam", "ListAccessKeys|ListMFADevices|ListVirtualMFADevices")
    collect(run, "iam", code=5)
    found = report(run)
    (key,) = found["ben"]["keys"]
    assert (key["id"], key["active"], key["age_days"]) == (None, True, 0)
    assert (found["ann"]["mfa"], found["ann"]["mfa_type"]) == (True, None)
    assert (found["ben"]["mfa"], found["ben"]["mfa_type"]) == (False, "none")
    proxy.fail("iam", "GetCredentialReport")
    collect(run, "iam", code=5)
    unread = report(run)["ben"]
    assert (unread["keys"], unread["mfa"], unread["use"]) == (None, None, "unknown")


NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


def answers_use(proxy: Proxy, services: str, *statuses: str) -> None:
    """Let IAM report these services as used by everybody, on the day that moto lives in.

    `statuses` are those of the first answers; the last of them holds for all further ones.
    """
    left = list(statuses or ("COMPLETED",))

    def report(call: Call) -> str:
        del call
        status = left.pop(0) if len(left) > 1 else left[0]
        return (
            f"<R xmlns='{NAMESPACE}'><GetServiceLastAccessedDetailsResult>"
            f"<JobStatus>{status}</JobStatus><JobCreationDate>2026-11-20T00:00:00Z</JobCreationDate>"
            "<JobCompletionDate>2026-11-20T00:00:01Z</JobCompletionDate>"
            f"<ServicesLastAccessed>{services}</ServicesLastAccessed>"
            "<IsTruncated>false</IsTruncated></GetServiceLastAccessedDetailsResult></R>"
        )

    proxy.answer(
        "iam",
        "GenerateServiceLastAccessedDetails",
        lambda _: (
            f"<R xmlns='{NAMESPACE}'><GenerateServiceLastAccessedDetailsResult>"
            "<JobId>12345678-1234-1234-1234-123456789012</JobId>"
            "</GenerateServiceLastAccessedDetailsResult></R>"
        ),
    )
    proxy.answer("iam", "GetServiceLastAccessedDetails", report)


S3_AND_SQS = (
    "<member><ServiceName>Amazon S3</ServiceName><ServiceNamespace>s3</ServiceNamespace>"
    "<LastAuthenticated>2026-11-01T00:00:00Z</LastAuthenticated>"
    "<LastAuthenticatedRegion>eu-west-1</LastAuthenticatedRegion>"
    "<TotalAuthenticatedEntities>1</TotalAuthenticatedEntities></member>"
    "<member><ServiceName>Amazon SQS</ServiceName><ServiceNamespace>sqs</ServiceNamespace>"
    "<TotalAuthenticatedEntities>0</TotalAuthenticatedEntities></member>"
)


def test_j1_services_are_used_unused_or_not_tracked(
    run: Run, aws: Aws, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(aws)
    chatty = READ.replace("s3:GetObject", "chatty:Talk")
    aws.client("iam").put_user_policy(UserName="dan", PolicyName="talk", PolicyDocument=chatty)
    answers_use(proxy, S3_AND_SQS)
    monkeypatch.setenv("CLOUDWARDEN_NOW", "2026-12-01T00:00:00Z")
    collect(run, "iam")
    dan = report(run)["dan"]
    (used,) = dan["services"]["used"]
    assert (used["service"], used["use"], used["last_used"], used["region"]) == (
        "s3", "used", "2026-11-01T00:00:00Z", "eu-west-1",
    )  # fmt: skip
    assert dan["services"]["unused"] == ["sqs"]
    assert dan["services"]["not_tracked"] == ["chatty"]
    assert (dan["use"], dan["last_used"], dan["last_used_by"]) == (
        "used", "2026-11-01T00:00:00Z", "service s3",
    )  # fmt: skip
    narrow = report(run, "--window", "10")["dan"]
    assert (narrow["use"], narrow["services"]["used"][0]["use"]) == ("not in window",) * 2
    (node,) = rows(run, "MATCH (u:AWSUser {name: 'dan'}) RETURN u.last_authenticated AS used")
    assert node["used"] == "2026-11-01T00:00:00Z"


@pytest.mark.parametrize("how", ["failed", "denied to start"])
def test_j1_use_of_services_that_was_not_read_is_unknown(
    run: Run, aws: Aws, proxy: Proxy, how: str
) -> None:
    build(aws)
    if how == "denied to start":
        proxy.fail("iam", "GenerateServiceLastAccessedDetails")
    answers_use(proxy, "", "FAILED" if how == "failed" else "COMPLETED")
    collect(run, "iam", code=5)
    for row in report(run).values():
        if row["kind"] in {"user", "role"}:
            assert row["services"] is None
            assert any("ServiceLastAccessedDetails" in reason for reason in row["unknown"])
    (node,) = rows(run, "MATCH (u:AWSUser {name: 'dan'}) RETURN u.last_accessed_unknown AS why")
    assert "ServiceLastAccessedDetails" in node["why"]


def test_j1_a_report_is_waited_for_and_a_later_use_opens_no_version(
    run: Run, aws: Aws, proxy: Proxy
) -> None:
    build(aws)
    answers_use(proxy, S3_AND_SQS, "IN_PROGRESS", "COMPLETED")
    collect(run, "iam")
    assert report(run)["dan"]["last_used"] == "2026-11-01T00:00:00Z"
    proxy.behave()
    answers_use(proxy, S3_AND_SQS.replace("2026-11-01", "2026-11-02"))
    second = collect(run, "iam")
    assert (second["assets"]["changed"], report(run)["dan"]["last_used"]) == (
        0,
        "2026-11-02T00:00:00Z",
    )


def test_j1_the_population_says_how_it_was_produced(run: Run, aws: Aws, proxy: Proxy) -> None:
    build(aws)
    proxy.fail("iam", "GetCredentialReport")
    collect(run, "iam,organizations", code=5)
    answer = run("access", "report", "--population", "--output", "json")
    assert answer.exit_code == 0, answer.stderr
    (told,) = answer.json
    assert (told["account"], told["complete"], told["run"]) == (HUB, True, 1)
    assert (told["user_rows"], told["root_rows"]) == (4, 1)
    assert told["read_at"] is not None
    assert told["credential_report"].startswith("denied: AccessDenied")
    assert told["service_use"].startswith("unsupported")
    assert "AWSS3Bucket" in told["resources_not_read"]


def test_j1_outsiders_and_roles_that_may_be_taken_on_are_rows_and_columns(
    run: Run, aws: Aws
) -> None:
    build(aws)
    trust = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"AWS": ["999999999999", f"arn:aws:iam::{HUB}:user/cleo"]},
                }
            ],
        }
    )
    iam = aws.client("iam")
    iam.create_role(RoleName="partner", AssumeRolePolicyDocument=trust)
    iam.put_role_policy(RoleName="partner", PolicyName="all", PolicyDocument=ADMIN)
    collect(run, "iam,organizations")
    found = report(run)
    partner = f"arn:aws:iam::{HUB}:role/partner"
    assert [one["role"] for one in found["cleo"]["roles"]] == [partner]
    assert (found["cleo"]["level"], found["cleo"]["admin_in"]) == ("becomes admin", 1)
    assert {one["who"].rpartition("/")[2] for one in found["partner"]["trusted"]} == {
        "arn:aws:iam::999999999999:root", "cleo",
    }  # fmt: skip
    outsider = found["account 999999999999"]
    assert (outsider["kind"], outsider["resource"]) == ("external", partner)
    assert (outsider["level"], outsider["actions"]) == ("admin", ["sts:AssumeRole"])


def test_j1_people_of_identity_center_are_rows_with_the_roles_they_come_by(
    run: Run, aws: Aws
) -> None:
    sso, store = aws.client("sso-admin"), aws.client("identitystore")
    (instance,) = sso.list_instances()["Instances"]
    arn, directory = instance["InstanceArn"], instance["IdentityStoreId"]
    person = store.create_user(
        IdentityStoreId=directory, UserName="eve", DisplayName="Eve",
        Name={"GivenName": "Eve", "FamilyName": "Eve"},
    )["UserId"]  # fmt: skip
    team = store.create_group(IdentityStoreId=directory, DisplayName="team")["GroupId"]
    store.create_group_membership(
        IdentityStoreId=directory, GroupId=team, MemberId={"UserId": person}
    )
    made = sso.create_permission_set(InstanceArn=arn, Name="Admins")["PermissionSet"]
    what = {"InstanceArn": arn, "PermissionSetArn": made["PermissionSetArn"]}
    target = {"TargetId": HUB, "TargetType": "AWS_ACCOUNT"}
    sso.create_account_assignment(**what, **target, PrincipalType="GROUP", PrincipalId=team)
    sso.provision_permission_set(**what, **target)
    iam = aws.client("iam")
    name = "AWSReservedSSO_Admins_0123456789abcdef"
    iam.create_role(
        RoleName=name,
        Path="/aws-reserved/sso.amazonaws.com/",
        AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": []}',
    )
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=ADMIN)
    collect(run, "iam,organizations,sso-admin")
    found = report(run)
    eve = found["eve"]
    assert (eve["kind"], eve["level"], eve["level_certainty"]) == ("person", "admin", "sure")
    assert [(p["policy"], p["through"]) for p in eve["policies"]] == [
        ("Admins", f"assignment in {HUB} to group team")
    ]
    assert (found[name]["identity_center"], found[name]["assigned"]) == ("Admins", ["group team"])
    (edge,) = rows(run, "MATCH (r:AWSRole)-[:ALLOWED_BY]->(g:AWSSSOGroup) RETURN r.name AS role")
    assert edge["role"] == name


def test_j1_rows_are_chosen_sorted_and_paged(run: Run, aws: Aws) -> None:
    build(aws)
    collect(run, "iam,organizations")

    def names(*options: str) -> list[str]:
        answer = run("access", "report", "--kind", "user", *options, "--output", "json")
        assert answer.exit_code == 0, answer.stderr
        return [row["name"] for row in answer.json]

    assert names("--sort", "risk") == ["ben", "ann", "cleo", "dan"]
    assert names("--limit", "2", "--offset", "1") == ["ben", "cleo"]
    assert names("--principal", "?e*") == ["ben"]
    assert names("--principal", f"arn:aws:iam::{HUB}:user/dan", "--account", HUB) == ["dan"]
    nobody = run("access", "report", "--principal", "eve")
    assert nobody.exit_code == 2
    assert "'eve'" in nobody.stderr
    table = run("access", "report", "--kind", "user", "--limit", "1").stderr
    assert "1 of 4; --offset 1 shows the next." in table


def test_who_can_and_can_agree_and_explain(run: Run, aws: Aws) -> None:
    build(aws)
    aws.client("s3").create_bucket(Bucket="orders")
    collect(run, "iam,s3,organizations")
    who = run("access", "who-can", "s3:GetObject", "arn:aws:s3:::orders/x", "--output", "json")
    assert who.exit_code == 0, who.stderr
    names = {row["principal"].rpartition("/")[2]: row["certainty"] for row in who.json}
    assert names == {"ann": "sure", "ben": "sure", "cleo": "sure"}
    why = run("access", "can", "cleo", "s3:GetObject", "arn:aws:s3:::orders/x", "--explain")
    assert "allowed by identity policies" in why.stdout
    assert "read, attached to" in why.stdout
    (answer,) = run(
        "access", "can", "dan", "s3:GetObject", "arn:aws:s3:::orders/x", "--output", "json"
    ).json
    assert (answer["decision"], answer["certainty"]) == ("implicit_deny", "sure")
    nobody = run("access", "can", "eve", "s3:GetObject", "*")
    assert nobody.exit_code == 2
    assert "no user or role is called 'eve'" in nobody.stderr
