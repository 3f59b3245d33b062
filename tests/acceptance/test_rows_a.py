"""Rows A of the requirements: accounts and credentials, by the command line alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.support.commands import Run
from tests.support.moto import ALPHA, BETA, HUB, ROLE, Aws, role_arn
from tests.support.proxy import Proxy

from .estate import add_accounts, assets, by, collect, rows


def health(run: Run) -> dict[str, dict[str, object]]:
    return by("name", run("accounts", "list", "--output", "json").json)


def test_a2_one_bucket_of_each_account_is_under_its_own_account_id(
    run: Run, aws: Aws, proxy: Proxy
) -> None:
    add_accounts(run, aws)
    for account in (HUB, ALPHA, BETA):
        aws.client("s3", account).create_bucket(Bucket=f"of-{account}")
    collect(run, "s3", "--no-graph")
    found = assets(run, "S3Bucket")
    assert {(b["account"], b["name"]) for b in found} == {
        (a, f"of-{a}") for a in (HUB, ALPHA, BETA)
    }
    assumed = [call for call in proxy.calls if call.operation == "AssumeRole"]
    assert len(assumed) == 3
    assert all("RoleSessionName=cloudwarden" in call.body for call in assumed)


def test_a2_role_name_external_id_session_name_and_hop_are_configurable(
    run: Run, aws: Aws, proxy: Proxy, tmp_path: Path
) -> None:
    (tmp_path / "cloudwarden.toml").write_text(
        'role_arn = "arn:aws:iam::{account}:role/Auditor"\n'
        'external_id = "shared"\nsession_name = "nightly"\n'
        f'via_role_arn = "arn:aws:iam::{HUB}:role/hop"\n'
        f'[[accounts]]\nid = "{ALPHA}"\nname = "alpha"\n'
        f'[[accounts]]\nid = "{BETA}"\nname = "beta"\nexternal_id = "own"\n'
    )
    run("accounts", "add", "--id", HUB, "--name", "hub")
    collect(run, "sqs", "--no-graph")
    assumed = [call.body for call in proxy.calls if call.operation == "AssumeRole"]
    hops = [body for body in assumed if "role%2Fhop" in body]
    assert hops
    assert all("ExternalId" not in body for body in hops)
    (alpha,) = [body for body in assumed if f"{ALPHA}%3Arole%2FAuditor" in body]
    (beta,) = [body for body in assumed if f"{BETA}%3Arole%2FAuditor" in body]
    assert "ExternalId=shared" in alpha
    assert "ExternalId=own" in beta
    assert all("RoleSessionName=nightly" in body for body in assumed)


def test_a3_environment_profile_and_role_profile_read_the_same_and_no_secret_is_kept(
    run: Run, aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.client("s3").create_bucket(Bucket="mine")
    aws.create_roles()
    secret = "verysecretaccesskeyvalue"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    collect(run, "s3", "--no-graph")
    found = [assets(run, "AWSS3Bucket")]

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    config, credentials = tmp_path / "aws-config", tmp_path / "aws-credentials"
    credentials.write_text(
        f"[base]\naws_access_key_id = testing\naws_secret_access_key = {secret}\n"
        "aws_session_token = verysecrettoken\n"
    )
    config.write_text(f"[profile role]\nrole_arn = {role_arn(HUB)}\nsource_profile = base\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    for profile in ("base", "role"):
        monkeypatch.setenv("AWS_PROFILE", profile)
        answer = run(
            *("--log-level", "debug", "collect", "--only", "s3"),
            *("--regions", "us-east-1", "--no-graph"),
        )
        assert answer.exit_code == 0, answer.stderr
        assert not re.search(rf"{secret}|verysecrettoken|FQoG", answer.stderr)
        found.append(assets(run, "AWSS3Bucket"))
    assert [[b["id"] for b in each] for each in found] == [["mine"]] * 3
    for file in (tmp_path / "data").rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert secret.encode() not in content
            assert b"verysecrettoken" not in content


def test_a5_a6_a_role_that_sts_refuses_costs_its_account_only_until_it_is_repaired(
    run: Run, aws: Aws, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_accounts(run, aws)
    for account in (HUB, ALPHA, BETA):
        aws.client("s3", account).create_bucket(Bucket=f"of-{account}")
    monkeypatch.setenv("CLOUDWARDEN_NOW", "2026-06-01T00:00:00Z")
    collect(run, "s3", "--no-graph")
    proxy.fail("sts", "AssumeRole", to=BETA)
    monkeypatch.setenv("CLOUDWARDEN_NOW", "2026-06-02T00:00:00Z")
    answer = collect(run, "s3", "--no-graph", code=5)
    assert answer["verdict"] == "partial"
    assert {a["name"]: a["verdict"] for a in answer["accounts"]} == {
        "hub": "complete", "alpha": "complete", "beta": "failed",
    }  # fmt: skip
    assert "AccessDenied" in by("name", answer["accounts"])["beta"]["error"]
    assert answer["assets"]["gone"] == 0
    beta = health(run)["beta"]
    assert beta["working"] is False
    assert "AccessDenied" in str(beta["last_error"])
    assert beta["last_error_at"] == "2026-06-02T00:00:00Z"
    assert beta["last_success"] == "2026-06-01T00:00:00Z"
    assert health(run)["alpha"]["last_success"] == "2026-06-02T00:00:00Z"
    buckets = by("account", assets(run, "S3Bucket"))
    assert {account: b["stale"] for account, b in buckets.items()} == {
        HUB: False, ALPHA: False, BETA: True,
    }  # fmt: skip
    assert buckets[BETA]["last_seen"] == "2026-06-01T00:00:00Z"
    skipped = [s for s in run("status", "--output", "json").json["scopes"] if s["account"] == BETA]
    assert skipped
    assert {s["verdict"] for s in skipped} == {"skipped"}

    proxy.behave()
    monkeypatch.setenv("CLOUDWARDEN_NOW", "2026-06-03T00:00:00Z")
    collect(run, "s3", "--no-graph")
    beta = health(run)["beta"]
    assert beta["working"] is True
    assert beta["last_used"] == "2026-06-03T00:00:00Z"
    assert not by("account", assets(run, "S3Bucket"))[BETA]["stale"]


def test_a6_a_region_that_is_refused_costs_no_other(run: Run, aws: Aws, proxy: Proxy) -> None:
    for region in ("us-east-1", "us-west-2"):
        aws.client("sqs", region=region).create_queue(QueueName=f"in-{region}")
    proxy.fail("sqs", "ListQueues", region="us-west-2")
    answer = collect(run, "sqs", regions="us-east-1,us-west-2", code=5)
    assert answer["scopes"] == {"complete": 1, "denied": 1}
    assert [q["name"] for q in assets(run, "AWSSQSQueue")] == ["in-us-east-1"]


def test_a8_no_call_goes_to_an_excluded_region(
    run: Run, aws: Aws, proxy: Proxy, tmp_path: Path
) -> None:
    (tmp_path / "cloudwarden.toml").write_text('exclude_regions = "^us-west"\n')
    answer = run("collect", "--only", "sqs,iam", "--no-graph", "--output", "json")
    assert answer.exit_code == 0, answer.stderr
    asked = {call.region for call in proxy.calls}
    assert "eu-west-1" in asked
    assert [region for region in asked if region.startswith("us-west")] == []
    assert {call.region for call in proxy.calls if call.service == "iam"} == {"us-east-1"}


def test_a8_regions_come_from_the_account_itself(run: Run, aws: Aws, proxy: Proxy) -> None:
    def two_regions(_: object, text: str) -> str:
        items = re.findall(r"<item>.*?</item>", text, re.DOTALL)
        kept = [item for item in items if re.search("eu-west-1<|eu-north-1<", item)]
        return re.sub(r"(<regionInfo>).*(</regionInfo>)", rf"\1{''.join(kept)}\2", text, flags=re.S)

    proxy.rewrite("ec2", "DescribeRegions", two_regions)
    assert run("collect", "--only", "sqs").exit_code == 0
    assert {c.region for c in proxy.calls if c.service == "sqs"} == {"eu-west-1", "eu-north-1"}


@pytest.mark.parametrize(
    ("reach", "touched"), [("local", {HUB}), ("remote", {ALPHA, BETA}), ("all", {HUB, ALPHA, BETA})]
)
def test_a8_scope_chooses_between_the_own_account_and_the_others(
    run: Run, aws: Aws, proxy: Proxy, reach: str, touched: set[str]
) -> None:
    add_accounts(run, aws)
    for account in (HUB, ALPHA, BETA):
        aws.client("sqs", account).create_queue(QueueName="jobs")
    answer = collect(run, "sqs", "--no-graph", "--scope", reach)
    assert {a["id"] for a in answer["accounts"]} == touched
    assert {call.account for call in proxy.calls if call.service == "sqs"} == touched
    assert {q["account"] for q in assets(run, "AWSSQSQueue")} == touched


def test_a8_scope_local_without_accounts_is_the_ambient_one(run: Run, aws: Aws) -> None:
    (account,) = collect(run, "sqs", "--scope", "local")["accounts"]
    assert account["id"] == HUB


def test_a2_deleting_a_role_later_keeps_what_was_known(run: Run, aws: Aws, proxy: Proxy) -> None:
    add_accounts(run, aws)
    aws.client("sqs", ALPHA).create_queue(QueueName="jobs")
    collect(run, "sqs")
    aws.client("iam", ALPHA).delete_role(RoleName=ROLE)
    proxy.fail("sts", "AssumeRole", to=ALPHA)
    collect(run, "sqs", "--account", "alpha", code=4)
    assert rows(run, "MATCH (q:AWSSQSQueue) RETURN q.name AS name") == [{"name": "jobs"}]
