"""Each mistake gets one clear sentence, the right exit code, and loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.commands import Run
from tests.support.moto import ALPHA, Aws, role_arn


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("collect", "--account", "nobody"), 2, "no account has the id or name 'nobody'"),
        (("collect", "--regions", "us-esat-1"), 2, "us-east-1"),
        (("collect", "--only", "s33"), 2, "s3"),
        (("collect", "--scope", "mine"), 2, "all, local or remote"),
        (("assets", "list", "--label", "S3Bukket"), 2, "did you mean S3Bucket"),
        (("assets", "list", "--tag", "a"), 2, "key=value"),
        (("assets", "show", "nothing"), 2, "no asset has the id or ARN 'nothing'"),
        (("assets", "diff", "--from", "yesterday"), 2, "2026-01-31"),
        (("assets", "diff", "--from", "2026-02-01", "--to", "2026-01-01"), 2, "is later than"),
        (("query",), 2, "give one of a query, --name or --tags"),
        (("query", "--name", "ec2_lst"), 2, "did you mean ec2_list"),
        (("query", "--tags", "awss"), 2, "no query has the tags awss"),
        (("query", "RETURN 1"), 1, "nothing has been collected yet"),
        (("check", "--fail-on", "awful"), 2, "one of low, medium, high, critical"),
        (("check", "--check", "aws-s3-pubic"), 2, "did you mean aws-s3-public"),
        (("schema", "AWSThing"), 2, "no label is called 'AWSThing'"),
        (("findings", "--state", "shut"), 2, "open, reopened, fixed, unknown, all"),
        (("findings", "abc"), 2, "no finding has the id 'abc'"),
        (("accounts", "add", "--id", "12"), 2, "it has 12 digits"),
        (("accounts", "add", "--id", ALPHA, "--role-arn", "admin"), 2, "takes the ARN of a role"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(
    run: Run, aws: Aws, arguments: tuple[str, ...], code: int, said: str
) -> None:
    answer = run(*arguments)
    assert answer.exit_code == code
    assert said in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert answer.stdout == ""


def test_malformed_toml_names_file_and_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cloudwarden.toml").write_text('threads = 4\nregions = "eu-west-1\n')
    answer = run("status")
    assert answer.exit_code == 2
    assert "cloudwarden.toml is not valid TOML" in answer.stderr
    assert "line 2" in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_a_syntax_error_shows_where_with_a_caret(run: Run, aws: Aws) -> None:
    run("collect", "--regions", "us-east-1", "--only", "sqs")
    answer = run("query", "MATCH (n:AWSSQSQueue)\nRETURN n.name ORDR BY n.name")
    assert answer.exit_code == 2
    said, written, caret = answer.stderr.splitlines()
    assert "line 2, column 15" in said
    assert written[caret.index("^") :] == "ORDR BY n.name"


@pytest.mark.parametrize(
    "text",
    [
        "CREATE (n:X) RETURN n",
        "MATCH (n) DELETE n",
        "MATCH (n) SET n.a = 1",
        "LOAD CSV FROM 'x' AS l RETURN l",
    ],
)
def test_a_statement_that_writes_or_reads_files_is_refused(run: Run, aws: Aws, text: str) -> None:
    run("collect", "--regions", "us-east-1", "--only", "sqs")
    answer = run("query", text)
    assert answer.exit_code == 2
    assert answer.stdout == ""


def test_a_wrong_endpoint_fails_with_its_address(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    answer = run("collect", "--regions", "us-east-1", "--only", "sqs", "--output", "json")
    assert answer.exit_code in {1, 4, 5}
    assert "127.0.0.1:9" in answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_role_of_another_account_is_not_taken_for_this_one(run: Run, aws: Aws) -> None:
    aws.create_roles()
    run("accounts", "add", "--id", ALPHA, "--name", "alpha", "--role-arn", role_arn("222222222222"))
    answer = run("collect", "--regions", "us-east-1", "--only", "sqs", "--output", "json")
    assert answer.exit_code == 1
    (account,) = answer.json["accounts"]
    assert "222222222222" in account["error"]


def test_init_does_not_overwrite(run: Run, tmp_path: Path) -> None:
    assert run("init").exit_code == 0
    before = (tmp_path / "cloudwarden.toml").read_text()
    (tmp_path / "cloudwarden.toml").write_text(before + "threads = 3\n")
    answer = run("init")
    assert answer.exit_code == 2
    assert "--force overwrites it" in answer.stderr
    assert (tmp_path / "cloudwarden.toml").read_text().endswith("threads = 3\n")


def test_a_second_collection_at_once_is_refused_and_the_first_goes_on(
    run: Run, aws: Aws, tmp_path: Path
) -> None:
    from cloudwarden.core.clock import SystemClock
    from cloudwarden.inventory.store import Inventory

    run("collect", "--regions", "us-east-1", "--only", "sqs")
    url = f"sqlite:///{tmp_path / 'data' / 'cloudwarden' / 'cloudwarden.db'}"
    with Inventory.open(url, SystemClock(), apps=["cloudwarden.checks"]) as other, other.lock():
        answer = run("collect", "--regions", "us-east-1", "--only", "sqs")
    assert answer.exit_code == 1
    assert answer.stderr.count("\n") == 1
    assert "collect" in answer.stderr
    assert run("collect", "--regions", "us-east-1", "--only", "sqs").exit_code == 0


def test_a_database_of_a_newer_release_is_refused_unharmed(
    run: Run, aws: Aws, tmp_path: Path
) -> None:
    import sqlite3
    from contextlib import closing

    run("collect", "--regions", "us-east-1", "--only", "sqs")
    file = tmp_path / "data" / "cloudwarden" / "cloudwarden.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('inventory', '9999_later', '2030-01-01')"
        )
    answer = run("status")
    assert answer.exit_code == 1
    assert "newer" in answer.stderr
    assert answer.stderr.count("\n") == 1
