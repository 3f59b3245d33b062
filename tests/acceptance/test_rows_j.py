"""Row J1 of the requirements: who has what, through what, and when it was last used."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from tests.support.commands import Run
from tests.support.moto import HUB, Aws
from tests.support.proxy import Proxy

from .estate import by, collect

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
    assert (answer.exit_code, answer.json) == (5, [])
    assert f"unknown: of account {HUB}, its users and roles are denied" in answer.stderr


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
