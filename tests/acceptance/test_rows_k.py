"""Row K1 of the requirements: every change is kept, and every moment can be asked again."""

from __future__ import annotations

import pytest
from tests.support.commands import Run
from tests.support.moto import Aws

from .estate import assets, collect, one_sentence, rows

TAGS = "MATCH (q:AWSSQSQueue)-[:TAGGED]->(t:AWSTag) RETURN t.key AS key, t.value AS value"


def test_k1_three_values_of_a_tag_are_three_versions(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    for day, value in ((1, "a"), (2, "b"), (3, "ü")):
        sqs.tag_queue(QueueUrl=url, Tags={"team": value})
        monkeypatch.setenv("CLOUDWARDEN_NOW", f"2026-06-0{day}T00:00:00Z")
        collect(run, "sqs")
    (queue,) = assets(run, "AWSSQSQueue")
    history = run("assets", "history", queue["id"], "--output", "json").json
    assert [v["tags"]["team"] for v in history] == ["a", "b", "ü"]
    assert [v["run"] for v in history] == [1, 2, 3]
    assert [v["valid_to"] for v in history] == [
        "2026-06-02T00:00:00Z", "2026-06-03T00:00:00Z", None,
    ]  # fmt: skip
    between = ("--as-of", "2026-06-02T12:00:00Z")
    assert rows(run, TAGS, *between) == [{"key": "team", "value": "b"}]
    assert rows(run, TAGS) == [{"key": "team", "value": "ü"}]
    assert [q["tags"] for q in assets(run, "AWSSQSQueue", *between)] == [{"team": "b"}]
    shown = run("assets", "show", queue["id"], *between, "--output", "json").json
    assert shown["tags"] == {"team": "b"}
    assert [q["id"] for q in assets(run, "AWSSQSQueue", "--tag", "team=ü")] == [queue["id"]]


def test_k1_appearance_and_disappearance_are_kept_with_their_runs(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs = aws.client("sqs")
    monkeypatch.setenv("CLOUDWARDEN_NOW", "2026-06-01T00:00:00Z")
    collect(run, "sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    monkeypatch.setenv("CLOUDWARDEN_NOW", "2026-06-02T00:00:00Z")
    collect(run, "sqs")
    (queue,) = assets(run, "AWSSQSQueue")
    sqs.delete_queue(QueueUrl=url)
    monkeypatch.setenv("CLOUDWARDEN_NOW", "2026-06-03T00:00:00Z")
    assert collect(run, "sqs")["assets"]["gone"] == 1
    assert assets(run, "AWSSQSQueue") == []
    (version,) = run("assets", "history", queue["id"], "--output", "json").json
    assert (version["run"], version["closed_by"]) == (2, 3)
    diff = ("assets", "diff", "--from", "2026-06-01T12:00:00Z", "--output", "json")
    (change,) = run(*diff, "--to", "2026-06-02T12:00:00Z").json
    assert (change["change"], change["id"]) == ("new", queue["id"])
    # What came and went between the two moments is no difference between them.
    assert run(*diff).json == []
    (change,) = run("assets", "diff", "--from", "2026-06-02T12:00:00Z", "--output", "json").json
    assert (change["change"], change["id"]) == ("gone", queue["id"])


def test_before_the_first_run_there_was_nothing(run: Run, aws: Aws) -> None:
    aws.client("sqs").create_queue(QueueName="jobs")
    collect(run, "sqs")
    assert assets(run, "AWSSQSQueue", "--as-of", "2001-01-01") == []
    assert rows(run, "MATCH (n) RETURN n.id AS id", "--as-of", "2001-01-01") == []


def test_nothing_collected_yet_is_said_in_one_sentence(run: Run) -> None:
    said = one_sentence(run("query", "MATCH (n) RETURN n"), 1)
    assert "cloudwarden collect" in said


def test_an_asset_asked_for_by_its_name_is_pointed_to(run: Run, aws: Aws) -> None:
    aws.client("sqs").create_queue(QueueName="jobs")
    collect(run, "sqs", "--no-graph")
    (queue,) = assets(run, "AWSSQSQueue")
    assert f"did you mean {queue['id']}?" in one_sentence(run("assets", "show", "jobs"), 2)
