"""Rows P1 and P6 of the requirements: two databases, one demo."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.commands import Run
from tests.support.moto import Aws

from .estate import assets, collect, rows


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_p1_the_whole_road_on_both_databases(
    run: Run,
    aws: Aws,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    database: str,
) -> None:
    if database == "postgresql":
        url = request.getfixturevalue("postgresql_url")
        monkeypatch.setenv("CLOUDWARDEN_DATABASE", url)
    sqs, s3 = aws.client("sqs"), aws.client("s3")
    queue_url = sqs.create_queue(QueueName="jobs", tags={"team": "ü"})["QueueUrl"]
    s3.create_bucket(Bucket="mine")
    monkeypatch.setenv("CLOUDWARDEN_NOW", "2026-06-01T00:00:00Z")
    assert collect(run, "sqs,s3")["assets"]["new"] > 1
    sqs.tag_queue(QueueUrl=queue_url, Tags={"team": "b"})
    monkeypatch.setenv("CLOUDWARDEN_NOW", "2026-06-02T00:00:00Z")
    counts = collect(run, "sqs,s3")["assets"]
    assert (counts["new"], counts["changed"], counts["gone"]) == (0, 1, 0)
    (queue,) = assets(run, "AWSSQSQueue", "--tag", "team=b")
    assert len(run("assets", "history", queue["id"], "--output", "json").json) == 2
    text = "MATCH (:AWSSQSQueue)-[:TAGGED]->(t:AWSTag) RETURN t.value AS value"
    assert rows(run, text, "--as-of", "2026-06-01T12:00:00Z") == [{"value": "ü"}]
    judged = run("check", "--output", "json")
    assert judged.exit_code == 0, judged.stderr
    assert {row["status"] for row in judged.json} >= {"pass", "fail"}
    assert run("findings", "--output", "json").json
    status = run("status", "--output", "json").json
    assert status["database"].startswith(database)
    assert status["assets"] == counts["seen"]
    assert (tmp_path / "data/cloudwarden/cloudwarden.db").exists() == (database == "sqlite")


@pytest.mark.slow
def test_p6_the_demo_shows_three_accounts_and_leaves_them_to_be_asked(tmp_path: Path) -> None:
    def cloudwarden(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cloudwarden", *arguments],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip

    shown = cloudwarden("demo")
    assert shown.returncode == 0, shown.stderr
    for word in ("hub", "alpha", "beta", "critical", "changed", "Try next"):
        assert word in shown.stdout
    commands = [
        line.strip() for line in shown.stdout.splitlines()
        if line.strip().startswith("cloudwarden --data-dir")
    ]  # fmt: skip
    assert len(commands) == 3
    again = cloudwarden("--data-dir", "cloudwarden-demo", "check", "--output", "json")
    assert again.returncode == 0, again.stderr
    assert '"fail"' in again.stdout
