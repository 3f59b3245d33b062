"""Rows B10 to B14 of the requirements, and what a run says of itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.support.commands import Run
from tests.support.moto import HUB, Aws
from tests.support.proxy import Call, Proxy

from .estate import add_accounts, assets, by, collect, rows


def test_b10_unchanged_assets_are_written_nothing_but_that_they_were_seen(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = aws.client("sqs").create_queue(QueueName="jobs", tags={"team": "a"})["QueueUrl"]
    aws.client("s3").create_bucket(Bucket="mine")
    aws.client("iam").create_user(UserName="ada")
    counts, seen = [], []
    for day in (1, 2, 3):
        if day == 3:
            aws.client("sqs").tag_queue(QueueUrl=url, Tags={"team": "b"})
        monkeypatch.setenv("CLOUDWARDEN_NOW", f"2026-06-0{day}T00:00:00Z")
        counts.append(collect(run, "sqs,s3,iam", "--no-graph")["assets"])
        (queue,) = assets(run, "AWSSQSQueue")
        seen.append((queue["first_seen"], queue["last_seen"]))
    whole = counts[0]["seen"]
    assert counts[0] == {"seen": whole, "new": whole, "changed": 0, "gone": 0}
    assert counts[1] == {"seen": whole, "new": 0, "changed": 0, "gone": 0}
    assert counts[2] == {"seen": whole, "new": 0, "changed": 1, "gone": 0}
    first = "2026-06-01T00:00:00Z"
    assert seen == [(first, f"2026-06-0{day}T00:00:00Z") for day in (1, 2, 3)]
    history = run("assets", "history", queue["id"], "--output", "json").json
    assert [version["tags"] for version in history] == [{"team": "a"}, {"team": "b"}]
    between = ("--from", "2026-06-02T12:00:00Z", "--to", "2026-06-03T12:00:00Z")
    (change,) = run("assets", "diff", *between, "--output", "json").json
    assert (change["change"], change["id"]) == ("changed", queue["id"])
    between = ("--from", "2026-06-01T12:00:00Z", "--to", "2026-06-02T12:00:00Z")
    assert run("assets", "diff", *between, "--output", "json").json == []


def first_page_only(call: Call, text: str) -> str:
    """The first reservation, and where to go on for the others."""
    start, _, rest = text.partition("<reservationSet>")
    reservations, _, end = rest.partition("</reservationSet>")
    first = re.split(r"(?=<item>\s*<reservationId>)", reservations)[1]
    return f"{start}<reservationSet>{first}</reservationSet><nextToken>next</nextToken>{end}"


def test_b11_a_failing_second_page_removes_nothing_and_closes_no_finding(
    run: Run, aws: Aws, proxy: Proxy
) -> None:
    ec2 = aws.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    launched = [ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1) for _ in range(2)]
    ids = {answer["Instances"][0]["InstanceId"] for answer in launched}
    collect(run, "ec2")
    run("check")
    before = run("findings", "--output", "json").json
    assert before
    proxy.rewrite("ec2", "DescribeInstances", first_page_only, paged=False)
    proxy.fail("ec2", "DescribeInstances", "InternalError", 400, paged=True)
    answer = collect(run, "ec2", code=5)
    assert answer["assets"]["gone"] == 0
    assert {row["id"] for row in assets(run, "AWSEC2Instance")} == ids
    (scope,) = [s for s in run("status", "--output", "json").json["scopes"]
                if s["type"] == "AWSEC2Instance"]  # fmt: skip
    assert scope["verdict"] == "partial"
    assert sorted(row["stale"] for row in assets(run, "AWSEC2Instance")) == [False, True]
    run("check")
    after = run("findings", "--output", "json").json
    assert {finding["id"] for finding in after} >= {finding["id"] for finding in before}
    assert len(rows(run, "MATCH (i:AWSEC2Instance) RETURN i.id AS id")) == 2


def test_b11_what_is_deleted_goes_from_the_graph_and_what_is_refused_stays_and_is_flagged(
    run: Run, aws: Aws, proxy: Proxy
) -> None:
    ec2 = aws.client("ec2")
    group = ec2.create_security_group(GroupName="temporary", Description="x")["GroupId"]
    aws.client("sqs").create_queue(QueueName="jobs")
    collect(run, "ec2,sqs")
    ec2.delete_security_group(GroupId=group)
    aws.client("sqs").delete_queue(QueueUrl=aws.client("sqs").list_queues()["QueueUrls"][0])
    proxy.fail("sqs", "ListQueues")
    assert collect(run, "ec2,sqs", code=5)["assets"]["gone"] > 0
    text = "MATCH (g:AWSEC2SecurityGroup {id: $id}) RETURN g.id AS id"
    assert rows(run, text, "--param", f"id={group}") == []
    (queue,) = assets(run, "AWSSQSQueue")
    assert queue["stale"] is True
    assert rows(run, "MATCH (q:AWSSQSQueue) RETURN q.name AS name") == [{"name": "jobs"}]


def test_b14_only_chosen_services_are_called(run: Run, aws: Aws, proxy: Proxy) -> None:
    collect(run, "iam,s3", "--no-graph")
    connecting = {("sts", "GetCallerIdentity"), ("ec2", "DescribeRegions")}
    asked = {(call.service, call.operation) for call in proxy.calls} - connecting
    assert {service for service, _ in asked} <= {"iam", "s3", "s3control"}


def test_b14_a_service_switched_off_is_not_called(
    run: Run, aws: Aws, proxy: Proxy, tmp_path: Path
) -> None:
    (tmp_path / "cloudwarden.toml").write_text(
        'exclude_services = ["rds"]\nregions = ["us-east-1"]\n'
    )
    answer = run("collect", "--only", "rds,sqs", "--no-graph", "--output", "json")
    assert answer.exit_code == 0, answer.stderr
    called = {call.service for call in proxy.calls}
    assert "sqs" in called
    assert "rds" not in called


@pytest.mark.parametrize(
    ("code", "status"), [("Throttling", 400), ("ThrottlingException", 400), ("SlowDown", 503)]
)
def test_b14_a_call_throttled_twice_succeeds(
    run: Run, aws: Aws, proxy: Proxy, code: str, status: int
) -> None:
    aws.client("sqs").create_queue(QueueName="jobs")
    proxy.fail("sqs", "ListQueues", code, status, times=2)
    answer = collect(run, "sqs", "--no-graph")
    assert answer["verdict"] == "complete"
    assert len([c for c in proxy.calls if c.operation == "ListQueues"]) == 3
    assert answer["api_calls"] == len(proxy.calls)
    assert len(assets(run, "AWSSQSQueue")) == 1


def test_a_permanent_refusal_is_asked_once(run: Run, aws: Aws, proxy: Proxy) -> None:
    proxy.fail("sqs", "ListQueues")
    collect(run, "sqs", "--no-graph", code=5)
    assert len([c for c in proxy.calls if c.operation == "ListQueues"]) == 1


def test_the_calls_that_are_told_are_those_that_were_made_and_none_is_repeated(
    run: Run, aws: Aws, proxy: Proxy
) -> None:
    add_accounts(run, aws)
    image = aws.client("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    aws.client("ec2").run_instances(ImageId=image, MinCount=2, MaxCount=2)
    for number in range(3):
        aws.client("s3").create_bucket(Bucket=f"bucket-{number}")
        aws.client("sqs").create_queue(QueueName=f"queue-{number}")
        aws.client("iam").create_user(UserName=f"user-{number}")
    proxy.behave()
    answer = collect(run, "ec2,s3,sqs,iam", "--no-graph", regions="us-east-1,us-west-2")
    assert answer["api_calls"] == len(proxy.calls)
    assert proxy.repeated() == []
    status = run("status", "--output", "json").json
    assert status["runs"][0]["api_calls"] == len(proxy.calls)


def test_a_run_tells_itself_in_the_words_that_machines_rely_on(run: Run, aws: Aws) -> None:
    collect(run, "sqs")
    answer: dict[str, Any] = collect(run, "sqs", "--account", HUB)
    assert set(answer) == {
        "run", "verdict", "started_at", "finished_at", "api_calls", "scopes", "assets", "accounts",
    }  # fmt: skip
    assert set(answer["assets"]) == {"seen", "new", "changed", "gone"}
    (account,) = answer["accounts"]
    assert set(account) == {"id", "name", "verdict", "error"}
    assert answer["scopes"] == {"complete": 1}
    assert answer["started_at"] <= answer["finished_at"]
    assert by("run", run("status", "--output", "json").json["runs"])[answer["run"]]
