from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pytest
from tests.support.commands import Run
from tests.support.moto import Aws

from cloudwarden.cli.output import Output, print_rows

ROWS = [{"a": 1, "b": ["x", "y"]}, {"a": None, "b": "é"}]


def printed(output: Output) -> str:
    stream = io.StringIO()
    assert print_rows(ROWS, ["a", "b"], output, stream=stream) == 2
    return stream.getvalue()


def test_every_format_holds_every_row() -> None:
    assert json.loads(printed(Output.JSON)) == ROWS
    assert [json.loads(line) for line in printed(Output.NDJSON).splitlines()] == ROWS
    assert list(csv.reader(io.StringIO(printed(Output.CSV)))) == [
        ["a", "b"],
        ["1", "x, y"],
        ["", "é"],
    ]
    table = printed(Output.TABLE)
    assert "x, y" in table
    assert "é" in table


def test_nothing_found_is_an_empty_list_for_machines_and_a_sentence_for_people(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_rows([], ["a"], Output.JSON)
    assert capsys.readouterr().out.strip() == "[]"
    print_rows([], ["a"], Output.TABLE, empty="Nothing here.")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "Nothing here.\n")


def test_help_imports_no_cloud_sdk_no_database_and_no_graph_engine() -> None:
    script = (
        "import sys\n"
        "from cloudwarden.cli.main import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'botocore', 'boto3', 'django', 'duckdb', 'pyarrow', 'pydantic', 'yaml', 'rich'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "collect" in done.stdout


def test_the_version_is_told() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cloudwarden", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("cloudwarden 0.")


def test_a_reader_that_leaves_early_gets_no_traceback(run: Run, aws: Aws) -> None:
    for number in range(20):
        aws.client("sqs").create_queue(QueueName=f"queue-{number}", tags={"text": "x" * 250})
        aws.client("sns").create_topic(Name=f"topic-{number}")
    assert run("collect", "--only", "sqs,sns", "--regions", "us-east-1").exit_code == 0
    for output in ("ndjson", "csv", "json", "table"):
        command = [sys.executable, "-m", "cloudwarden", "assets", "list", "--output", output]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.read(1)
            process.stdout.close()
            assert b"Traceback" not in process.stderr.read()


def test_a_graph_that_is_older_than_the_inventory_says_so(run: Run, aws: Aws) -> None:
    only = ("--regions", "us-east-1", "--only", "sqs")
    text = "MATCH (q:AWSSQSQueue) RETURN count(q) AS queues"
    assert run("collect", *only).exit_code == 0
    assert run("query", text).stderr == ""
    aws.client("sqs").create_queue(QueueName="jobs")
    assert run("collect", *only, "--no-graph").exit_code == 0
    old = run("query", text, "--output", "json")
    assert old.json == [{"queues": 0}]
    assert "older than the last collection" in old.stderr
    assert run("collect", *only).exit_code == 0
    new = run("query", text, "--output", "json")
    assert (new.json, new.stderr) == ([{"queues": 1}], "")
