"""What `cloudwarden check` says of an estate that was not read whole."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from typer.testing import CliRunner

from cloudwarden.cli.main import app

from .estates import EAST, Estate, flow_log, read, unlisted, vpc

FLOWS = "aws-vpc-flow-logs"


def check(folder: Path, *arguments: str) -> tuple[int, str, str]:
    command = ["--data-dir", str(folder), "check", "--check", FLOWS, *arguments]
    result = CliRunner().invoke(app, command)
    return result.exit_code, result.stdout, result.stderr


def collect(estate: Estate) -> None:
    estate.collect(
        read("AWSVpc", vpc("dark")),
        unlisted("AWSVpcFlowLog", "ec2:DescribeFlowLogs"),
        read("AWSVpc", vpc("logged", region="eu-west-1"), region="eu-west-1"),
        read("AWSVpcFlowLog", flow_log("logged", region="eu-west-1"), region="eu-west-1"),
        unlisted("AWSVpc", "ec2:DescribeVpcs", region="us-west-2"),
    )


def test_machines_are_told_of_every_asset_and_of_every_scope_that_was_not_listed(
    estate: Estate, tmp_path: Path
) -> None:
    collect(estate)
    exit_code, stdout, _ = check(tmp_path, "--output", "json")
    assert exit_code == 0
    rows = {row["asset"]: row for row in json.loads(stdout)}
    assert {asset: row["status"] for asset, row in rows.items()} == {
        "dark": "unknown",
        "logged": "pass",
        None: "unknown",
    }
    assert set(rows["dark"]) == {
        "check", "severity", "status", "asset", "label", "account", "region", "why",
    }  # fmt: skip
    assert (rows["dark"]["region"], rows[None]["region"]) == (EAST, "us-west-2")
    _, ndjson, _ = check(tmp_path, "--output", "ndjson")
    assert [json.loads(line) for line in ndjson.splitlines()] == list(rows.values())
    _, table, _ = check(tmp_path, "--output", "csv")
    assert [row["asset"] for row in csv.DictReader(table.splitlines())] == [
        asset or "" for asset in rows
    ]


def test_people_are_told_once_where_something_may_have_been_missed(
    estate: Estate, tmp_path: Path
) -> None:
    collect(estate)
    exit_code, stdout, stderr = check(tmp_path)
    assert exit_code == 0
    assert "dark" in stdout
    assert "logged" not in stdout
    assert "1 check may have missed something: AWSVpc in 111111111111/us-west-2" in stderr
    assert "1 pass, 0 fail, 2 unknown" in stderr
    assert "logged" in check(tmp_path, "--passes")[1]


def test_what_is_unknown_fails_nobody(estate: Estate, tmp_path: Path) -> None:
    collect(estate)
    assert check(tmp_path, "--fail-on", "low")[0] == 0
    estate.collect(read("AWSVpcFlowLog"), read("AWSVpc", region="us-west-2"))
    assert check(tmp_path, "--fail-on", "medium")[0] == 3
    assert check(tmp_path, "--fail-on", "high")[0] == 0
