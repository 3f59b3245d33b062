"""Cases of access, one a line, in and out of the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.commands import Run

POLICY = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"},
}
REQUEST = {
    "principal": "arn:aws:iam::111111111111:user/alice",
    "action": "sqs:SendMessage",
    "resource": "arn:aws:sqs:us-east-1:111111111111:orders",
}


def line(id_: object) -> str:
    return json.dumps({"id": id_, "request": REQUEST, "identity": [POLICY]})


def test_each_case_of_standard_input_is_answered_on_a_line(run: Run) -> None:
    answer = run("access", "evaluate", stdin=f"{line(1)}\n\n{line('two')}")

    told = [json.loads(each) for each in answer.stdout.splitlines()]
    assert [(each["id"], each["decision"]) for each in told] == [(1, "allowed"), ("two", "allowed")]
    assert (answer.exit_code, answer.stderr) == (0, "")


def test_lines_that_are_no_cases_are_answered_counted_and_stop_nothing(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "cases.ndjson"
    file.write_bytes(b"\xff\n{\n" + line("last").encode())

    answer = run("access", "evaluate", "--input", str(file))

    told = [json.loads(each) for each in answer.stdout.splitlines()]
    assert ["error" in each for each in told] == [True, True, False]
    assert answer.stderr == "2 of 3 lines are no cases; their answers say why.\n"
    assert answer.exit_code == 0


def test_answers_are_explained_when_asked_for(run: Run) -> None:
    answer = run("access", "evaluate", "--explain", stdin=line(1))

    assert answer.json["explanation"][0].startswith(REQUEST["principal"])


@pytest.mark.parametrize("name", ["missing.ndjson", "."])
def test_a_file_that_cannot_be_read_is_a_mistake(run: Run, name: str) -> None:
    answer = run("access", "evaluate", "--input", name)

    assert answer.exit_code == 2
    assert f"{name} cannot be read" in answer.stderr
