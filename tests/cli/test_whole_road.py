"""From an AWS to findings by commands alone; every answer is read back as a machine would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.commands import Run
from tests.support.moto import ALPHA, BETA, HUB, Aws, role_arn

UPSTREAM = Path(__file__).parents[3] / "shared" / "data" / "queries.json"
ONLY = ("--regions", "us-east-1", "--only", "s3,ec2,sqs")


def add_accounts(run: Run, aws: Aws) -> None:
    aws.create_roles()
    for account, name in ((HUB, "hub"), (ALPHA, "alpha"), (BETA, "beta")):
        added = run(
            "accounts", "add", "--id", account, "--name", name, "--role-arn", role_arn(account)
        )
        assert added.exit_code == 0


def bucket(aws: Aws, account: str, name: str) -> None:
    aws.client("s3", account).create_bucket(Bucket=name)


def test_three_accounts_are_collected_each_under_its_own_id(run: Run, aws: Aws) -> None:
    add_accounts(run, aws)
    for account in (HUB, ALPHA, BETA):
        bucket(aws, account, f"bucket-of-{account}")
    collected = run("collect", *ONLY, "--output", "json")
    assert collected.exit_code == 0, collected.stderr
    answer = collected.json
    assert set(answer) == {
        "run", "verdict", "started_at", "finished_at", "api_calls", "scopes", "assets", "accounts",
    }  # fmt: skip
    assert answer["verdict"] == "complete"
    assert answer["assets"]["new"] == answer["assets"]["seen"] > 3
    assert {(a["name"], a["verdict"], a["error"]) for a in answer["accounts"]} == {
        ("alpha", "complete", None),
        ("beta", "complete", None),
        ("hub", "complete", None),
    }
    text = "MATCH (b:S3Bucket) RETURN b.account AS account, b.name AS name ORDER BY name"
    rows = run("query", text, "--output", "json").json
    assert rows == [
        {"account": account, "name": f"bucket-of-{account}"}
        for account in sorted((HUB, ALPHA, BETA))
    ]
    assert run("query", "MATCH (b:AWSS3Bucket) RETURN b.name AS name", "--account", "alpha",
               "--output", "json").json == [{"name": f"bucket-of-{ALPHA}"}]  # fmt: skip
    listed = run(
        "assets", "list", "--label", "S3Bucket", "--account", "beta", "--output", "json"
    ).json
    assert [a["id"] for a in listed] == [f"bucket-of-{BETA}"]


def test_a_role_that_breaks_leaves_the_others_fresh_and_is_told_until_it_is_repaired(
    run: Run, aws: Aws
) -> None:
    add_accounts(run, aws)
    wrong = role_arn("999999999999")
    run("accounts", "add", "--id", BETA, "--name", "beta", "--role-arn", wrong)
    bucket(aws, ALPHA, "bucket-of-alpha")
    collected = run("collect", *ONLY, "--output", "json")
    assert collected.exit_code == 5
    verdicts = {a["name"]: a["verdict"] for a in collected.json["accounts"]}
    assert verdicts == {"hub": "complete", "alpha": "complete", "beta": "failed"}
    health = {a["name"]: a for a in run("accounts", "list", "--output", "json").json}
    assert health["beta"]["working"] is False
    assert health["beta"]["last_error"]
    assert health["alpha"]["working"] is True
    run("accounts", "add", "--id", BETA, "--name", "beta", "--role-arn", role_arn(BETA))
    assert run("collect", *ONLY, "--output", "json").exit_code == 0
    health = {a["name"]: a for a in run("accounts", "list", "--output", "json").json}
    assert health["beta"]["working"] is True


def test_findings_are_opened_fixed_and_reopened_as_the_estate_changes(run: Run, aws: Aws) -> None:
    s3 = aws.client("s3")
    bucket(aws, HUB, "shared")
    bucket(aws, HUB, "private")
    policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "s3:GetObject",
                    "Resource": "arn:aws:s3:::shared/*",
                }
            ],
        }
    )

    def judge() -> dict[str, str]:
        assert run("collect", *ONLY).exit_code == 0
        rows = run("check", "--check", "aws-s3-public", "--output", "json").json
        keys = {"check", "severity", "status", "asset", "label", "account", "region", "why"}
        assert all(set(row) == keys for row in rows)
        return {row["asset"]: row["status"] for row in rows}

    s3.put_bucket_policy(Bucket="shared", Policy=policy)
    assert judge() == {"shared": "fail", "private": "pass"}
    assert run("check", "--check", "aws-s3-public", "--fail-on", "critical").exit_code == 3
    (opened,) = run("findings", "--output", "json").json
    assert (opened["state"], opened["asset"]) == ("open", "shared")
    s3.delete_bucket_policy(Bucket="shared")
    assert judge()["shared"] == "pass"
    (fixed,) = run("findings", "--state", "fixed", "--output", "json").json
    assert fixed["fixed_at"]
    s3.put_bucket_policy(Bucket="shared", Policy=policy)
    assert judge()["shared"] == "fail"
    (reopened,) = run("findings", "--output", "json").json
    assert (reopened["id"], reopened["state"]) == (opened["id"], "reopened")
    events = run("findings", reopened["id"], "--output", "json").json
    assert [event["state"] for event in events] == ["open", "fixed", "reopened"]


def test_what_was_can_be_asked_again(run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "10"})["QueueUrl"]
    for day, timeout in ((1, "10"), (2, "20"), (3, "30")):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": timeout})
        monkeypatch.setenv("CLOUDWARDEN_NOW", f"2026-06-0{day}T00:00:00Z")
        assert run("collect", "--regions", "us-east-1", "--only", "sqs").exit_code == 0
    (queue,) = run("assets", "list", "--label", "AWSSQSQueue", "--output", "json").json
    history = run("assets", "history", queue["id"], "--output", "json").json
    assert [v["properties"]["visibility_timeout"] for v in history] == [10, 20, 30]
    text = "MATCH (q:AWSSQSQueue) RETURN q.visibility_timeout AS timeout"
    between = run("query", text, "--as-of", "2026-06-02T12:00:00Z", "--output", "json").json
    assert between == [{"timeout": 20}]
    assert run("query", text, "--output", "json").json == [{"timeout": 30}]
    moments = ("--from", "2026-06-01T12:00:00Z", "--to", "2026-06-03T12:00:00Z")
    changes = run("assets", "diff", *moments, "--label", "AWSSQSQueue", "--output", "json").json
    assert [(c["change"], c["properties"]["visibility_timeout"]) for c in changes] == [
        ("changed", {"from": 10, "to": 30})
    ]
    shown = run(
        "assets", "show", queue["id"], "--as-of", "2026-06-01T12:00:00Z", "--output", "json"
    ).json
    assert shown["properties"]["visibility_timeout"] == 10


def test_services_that_are_switched_off_are_not_called(run: Run, aws: Aws, tmp_path: Path) -> None:
    (tmp_path / "cloudwarden.toml").write_text(
        'exclude_services = ["sqs"]\nregions = ["us-east-1"]\n'
    )
    aws.client("sqs").create_queue(QueueName="jobs")
    bucket(aws, HUB, "mine")
    assert run("collect", "--only", "s3").exit_code == 0
    assert run("assets", "list", "--label", "AWSSQSQueue", "--output", "json").json == []
    assert len(run("assets", "list", "--label", "AWSS3Bucket", "--output", "json").json) == 1


def test_status_names_what_was_not_read(run: Run, aws: Aws) -> None:
    assert run("collect", *ONLY).exit_code == 0
    status = run("status", "--output", "json").json
    assert status["runs"][0]["verdict"] == "complete"
    assert status["verdicts"]["complete"] > 0
    every = run("status", "--all", "--output", "json").json["scopes"]
    assert {(s["type"], s["verdict"]) for s in every} >= {("AWSSQSQueue", "complete")}


@pytest.mark.skipif(not UPSTREAM.exists(), reason="the upstream pack is not beside the project")
def test_the_ecosystems_pack_runs_whole_and_honours_the_account(run: Run, aws: Aws) -> None:
    add_accounts(run, aws)
    bucket(aws, ALPHA, "mine")
    assert run("collect", "--regions", "us-east-1", "--only", "s3,iam,ec2").exit_code == 0
    pack = ("--pack", str(UPSTREAM))
    counted = run("query", *pack, "--count")
    assert counted.stdout == "122\n"
    assert counted.stderr.count("\n") == 1
    assert "azure_storage_list has no description" in counted.stderr
    listed = run("query", *pack, "--list", "--tags", "aws,security", "--output", "json").json
    assert len(listed) == 47
    assert run("query", *pack, "--tags", "cloud", "--output", "json").exit_code == 0
    narrowed = run("query", *pack, "--tags", "aws", "--account", "alpha", "--output", "json").json
    assert [row["bucket_name"] for row in narrowed if row["query"] == "s3_list"] == ["mine"]
    injected = run("query", *pack, "--tags", "aws", "--account", 'x" OR 1=1 //', "--output", "json")
    assert injected.exit_code == 0
    assert injected.json == []


def test_the_shipped_pack_names_nothing_that_the_schema_lacks_but_what_analysis_adds(
    run: Run, aws: Aws
) -> None:
    assert run("collect", *ONLY).exit_code == 0
    answer = run("query", "--tags", "aws", "--output", "ndjson")
    assert answer.exit_code == 0
    derived = ("exposed_internet", "CAN_READ", "GET_SECRET")
    notices = [line for line in answer.stderr.splitlines() if line.startswith("notice: ")]
    assert [line for line in notices if not any(name in line for name in derived)] == []


def test_a_users_own_pack_is_there_at_the_next_command(run: Run, aws: Aws, tmp_path: Path) -> None:
    assert run("collect", *ONLY).exit_code == 0
    folder = tmp_path / "data" / "cloudwarden" / "packs" / "queries"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(
        "- {name: mine, tags: [own], query: 'RETURN $x + 1 AS y', result_headers: [answer]}\n"
    )
    assert "mine" in [q["name"] for q in run("query", "--list", "--output", "json").json]
    assert run("query", "--name", "mine", "--param", "x=41", "--output", "json").json == [
        {"answer": 42}
    ]
