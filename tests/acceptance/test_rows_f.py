"""Row F10 of the requirements: the life of a finding, by the command line alone."""

from __future__ import annotations

import json

import pytest
from tests.support.commands import Run
from tests.support.moto import Aws
from tests.support.proxy import Proxy

from .estate import collect

OPEN = json.dumps(
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


def judge(run: Run, *, code: int = 0) -> dict[str, str]:
    """Collect, judge who can get at buckets; what came of each."""
    collect(run, "s3", code=code)
    answer = run("check", "--check", "aws-s3-public", "--output", "json")
    assert answer.exit_code == 0, answer.stderr
    keys = {"check", "severity", "status", "asset", "label", "account", "region", "why"}
    assert all(set(row) == keys for row in answer.json)
    return {row["asset"]: row["status"] for row in answer.json}


def test_f10_a_finding_is_fixed_and_reopened_under_its_id(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="shared")
    s3.create_bucket(Bucket="private")
    s3.put_bucket_policy(Bucket="shared", Policy=OPEN)
    monkeypatch.setenv("CLOUDWARDEN_NOW", "2026-06-01T00:00:00Z")
    assert judge(run) == {"shared": "fail", "private": "pass"}
    assert run("check", "--check", "aws-s3-public", "--fail-on", "critical").exit_code == 3
    (opened,) = run("findings", "--output", "json").json
    assert (opened["state"], opened["asset"]) == ("open", "shared")

    s3.delete_bucket_policy(Bucket="shared")
    monkeypatch.setenv("CLOUDWARDEN_NOW", "2026-06-02T00:00:00Z")
    assert judge(run) == {"shared": "pass", "private": "pass"}
    assert run("check", "--check", "aws-s3-public", "--fail-on", "low").exit_code == 0
    (fixed,) = run("findings", "--state", "fixed", "--output", "json").json
    assert (fixed["id"], fixed["fixed_at"]) == (opened["id"], "2026-06-02T00:00:00Z")

    s3.put_bucket_policy(Bucket="shared", Policy=OPEN)
    monkeypatch.setenv("CLOUDWARDEN_NOW", "2026-06-03T00:00:00Z")
    assert judge(run)["shared"] == "fail"
    (reopened,) = run("findings", "--output", "json").json
    assert (reopened["id"], reopened["state"]) == (opened["id"], "reopened")
    events = run("findings", reopened["id"], "--output", "json").json
    assert [event["state"] for event in events] == ["open", "fixed", "reopened"]


def test_f10_a_refusal_neither_fixes_nor_passes(run: Run, aws: Aws, proxy: Proxy) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="shared")
    s3.create_bucket(Bucket="private")
    s3.put_bucket_policy(Bucket="shared", Policy=OPEN)
    judge(run)
    proxy.fail("s3", r"GET \?policy")
    assert judge(run, code=5) == {"shared": "unknown", "private": "unknown"}
    (finding,) = run("findings", "--output", "json").json
    assert (finding["asset"], finding["state"]) == ("shared", "open")
    assert run("findings", "--state", "fixed", "--output", "json").json == []


def test_a_bucket_list_that_is_refused_is_unknown_as_a_whole(
    run: Run, aws: Aws, proxy: Proxy
) -> None:
    proxy.fail("s3", r"GET (/|\?.*max-buckets.*|\?.*ListBuckets.*)")
    collect(run, "s3", code=5)
    (row,) = run("check", "--check", "aws-s3-public", "--output", "json").json
    assert (row["status"], row["asset"]) == ("unknown", None)
    assert "s3:ListBuckets" in row["why"]
