"""What rows of several letters need of the estate and of the command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.support.commands import Answer, Run
from tests.support.moto import ACCOUNT_NAMES, Aws, role_arn


def add_accounts(run: Run, aws: Aws) -> None:
    """Create the audit role in the hub, alpha and beta, and configure all three."""
    aws.create_roles()
    for account, name in ACCOUNT_NAMES.items():
        added = run(
            "accounts", "add", "--id", account, "--name", name, "--role-arn", role_arn(account)
        )
        assert added.exit_code == 0, added.stderr


def collect(run: Run, only: str, *options: str, regions: str = "us-east-1", code: int = 0) -> Any:
    """Collect these services; the machine-readable answer, after its exit code was `code`."""
    answer = run("collect", "--only", only, "--regions", regions, *options, "--output", "json")
    assert answer.exit_code == code, answer.stdout + answer.stderr
    return answer.json


def rows(run: Run, text: str, *options: str) -> list[dict[str, Any]]:
    """The rows of a query."""
    answer = run("query", text, *options, "--output", "json")
    assert answer.exit_code == 0, answer.stderr
    found: list[dict[str, Any]] = answer.json
    return found


def assets(run: Run, label: str, *options: str) -> list[dict[str, Any]]:
    """The assets of a label."""
    answer = run("assets", "list", "--label", label, *options, "--output", "json")
    assert answer.exit_code == 0, answer.stderr
    found: list[dict[str, Any]] = answer.json
    return found


def by(key: str, found: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Rows by what tells them apart."""
    return {row[key]: row for row in found}


def one_sentence(answer: Answer, code: int) -> str:
    """What a failing command said, after it was one sentence and nothing else."""
    assert answer.exit_code == code, answer.stdout + answer.stderr
    assert answer.stdout == ""
    assert answer.stderr.count("\n") == 1, answer.stderr
    assert answer.stderr.startswith("error: ")
    return answer.stderr


Judge = Callable[[], dict[str, str]]
