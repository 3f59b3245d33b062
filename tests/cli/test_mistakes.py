"""Each mistake gets one clear sentence, the right exit code, and loses nothing."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.commands import Run
from tests.support.moto import ALPHA, Aws, role_arn
from tests.support.proxy import Proxy


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("collect", "--account", "nobody"), 2, "no account has the id or name 'nobody'"),
        (("collect", "--regions", "us-esat-1"), 2, "us-east-1"),
        (("collect", "--only", "s33"), 2, "s3"),
        (("collect", "--scope", "mine"), 2, "all, local or remote"),
        (("assets", "list", "--label", "S3Bukket"), 2, "did you mean S3Bucket"),
        (("assets", "list", "--region", "us-esat-1"), 2, "did you mean us-"),
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
        (("init", "/proc/nowhere"), 2, "/proc/nowhere/cloudwarden.toml cannot be written"),
        (("demo", "/proc/nowhere"), 2, "/proc/nowhere cannot be made"),
        (("accounts", "remove", "nobody"), 2, "no account has the id or name 'nobody'"),
        (("accounts", "add", "--id", "12"), 2, "it has 12 digits"),
        (("accounts", "add", "--id", ALPHA, "--role-arn", "admin"), 2, "takes the ARN of a role"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(
    run: Run, arguments: tuple[str, ...], code: int, said: str
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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[accounts]]\nid = "111111111111"\n' * 2, "account 111111111111 is written twice"),
        ('[[accounts]]\nid = "12"\n', "'12' is not an AWS account id"),
        ("[[accounts]]\nid = 111111111111\n", "needs its id, in quotes"),
        ('[[accounts]]\nid = "111111111111"\nrole = "x"\n', "has no setting 'role'"),
        ('rgions = ["eu-west-1"]\n', "did you mean 'regions'"),
        ('regions = "eu-west-1"\n', "is not a list of texts"),
        ('regions = ["us-esat-1"]\n', "did you mean us-"),
        ('exclude_services = ["s33"]\n', "did you mean s3"),
        ('exclude_types = ["AWSS3Buckets"]\n', "did you mean AWSS3Bucket"),
        ('exclude_regions = "("\n', "is not a regular expression"),
        ('database = "mysql://x"\n', "postgresql://"),
        ("threads = 0\n", "above 0"),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(
    run: Run, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "cloudwarden.toml").write_text(text)
    answer = run("collect", "--only", "sqs")
    assert answer.exit_code == 2
    assert said in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_a_syntax_error_shows_where_with_a_caret(run: Run, aws: Aws) -> None:
    run("collect", "--regions", "us-east-1", "--only", "sqs")
    answer = run("query", "MATCH (n:AWSSQSQueue)\nRETURN n.name ORDR BY n.name")
    assert answer.exit_code == 2
    said, written, caret = answer.stderr.splitlines()
    assert "line 2, column 15" in said
    assert written[caret.index("^") :] == "ORDR BY n.name"


def test_a_statement_that_writes_or_reads_files_is_refused(run: Run, aws: Aws) -> None:
    run("collect", "--regions", "us-east-1", "--only", "sqs")
    for text in (
        "CREATE (n:X) RETURN n",
        "MATCH (n) DELETE n",
        "MATCH (n) SET n.a = 1",
        "MERGE (n:X) RETURN n",
        "LOAD CSV FROM 'x' AS l RETURN l",
    ):
        answer = run("query", text)
        assert answer.exit_code == 2
        assert answer.stdout == ""
        assert answer.stderr.startswith("error: line 1, column")


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "no-url", "http://no.such.host.invalid"])
def test_a_wrong_endpoint_fails_with_its_address(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    answer = run("collect", "--regions", "us-east-1", "--only", "sqs", "--output", "json")
    assert answer.exit_code == 1
    (account,) = answer.json["accounts"]
    assert account["verdict"] == "failed"
    assert address in account["error"]
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("profile", [None, "absent"])
def test_without_credentials_it_is_told_what_to_do(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch, profile: str | None
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    if profile:
        monkeypatch.setenv("AWS_PROFILE", profile)
    answer = run("collect", "--regions", "us-east-1", "--only", "sqs", "--output", "json")
    assert answer.exit_code == 4
    (account,) = answer.json["accounts"]
    assert ("absent" if profile else "aws sso login") in account["error"]
    assert "Traceback" not in answer.stderr


def test_a_role_that_cannot_be_assumed_is_named(run: Run, aws: Aws, proxy: Proxy) -> None:
    proxy.fail("sts", "AssumeRole")
    run("accounts", "add", "--id", ALPHA, "--name", "alpha", "--role-arn", role_arn(ALPHA))
    answer = run("collect", "--regions", "us-east-1", "--only", "sqs", "--output", "json")
    assert answer.exit_code == 4
    (account,) = answer.json["accounts"]
    assert f"role {role_arn(ALPHA)} cannot be assumed" in account["error"]


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


NARROWED = ("collect", "--only", "sqs,sns", "--regions", "us-east-1")
COMMAND = [sys.executable, "-m", "cloudwarden", *NARROWED]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_second_collection_at_once_is_refused_and_the_first_goes_on(
    run: Run, proxy: Proxy, database: str, request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if database == "postgresql":
        monkeypatch.setenv("CLOUDWARDEN_DATABASE", request.getfixturevalue("postgresql_url"))
    reached = proxy.hold("sns", "ListTopics")
    with subprocess.Popen(COMMAND, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as first:
        assert reached.wait(60)
        second = run(*NARROWED)
        proxy.behave()
        assert first.wait(60) == 0
    assert second.exit_code == 1
    assert second.stderr.count("\n") == 1
    assert "collect" in second.stderr
    (only,) = run("status", "--output", "json").json["runs"]
    assert only["verdict"] == "complete"


def test_an_interrupted_collection_keeps_what_was_read_and_exits_130(
    run: Run, aws: Aws, proxy: Proxy
) -> None:
    aws.client("sqs").create_queue(QueueName="jobs")
    reached = proxy.hold("sns", "ListTopics")
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as first:
        assert reached.wait(60)
        first.send_signal(signal.SIGINT)
        _, told = first.communicate(timeout=60)
    proxy.behave()
    assert first.returncode == 130
    assert b"Traceback" not in told
    runs = run("status", "--output", "json").json["runs"]
    assert runs[0]["verdict"] == "partial"
    assert run(*NARROWED).exit_code == 0


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


def test_a_data_directory_that_cannot_be_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    answer = run("--data-dir", str(tmp_path / "file" / "data"), "status")
    assert answer.exit_code == 1
    assert answer.stderr.count("\n") == 1
    assert str(tmp_path / "file" / "data") in answer.stderr


def test_a_full_disk_is_said_and_loses_nothing(run: Run, aws: Aws, small_disk: Path) -> None:
    sqs = aws.client("sqs")
    sqs.create_queue(QueueName="first")
    where = ("--data-dir", str(small_disk / "data"))
    collect = (*where, "collect", "--regions", "us-east-1", "--only", "sqs")
    assert run(*collect).exit_code == 0
    filler = small_disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 12))
    for number in range(40):
        sqs.create_queue(QueueName=f"queue-{number}", tags={"text": "x" * 200})
    full = run(*collect)
    assert full.exit_code == 1
    assert "Traceback" not in full.stderr
    said = full.stderr.splitlines()[-1]
    assert said.startswith("error: ")
    assert re.search("is full|no space", said)
    listed = (*where, "assets", "list", "--label", "AWSSQSQueue", "--output", "json")
    text = ("MATCH (q:AWSSQSQueue) RETURN count(q) AS queues", "--output", "json")
    kept = run(*where, "query", *text)
    assert kept.json == [{"queues": 1}], kept.stderr
    filler.unlink()
    assert run(*collect).exit_code == 0
    assert len(run(*listed).json) == 41
    assert run(*where, "query", *text).json == [{"queues": 41}]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MB; the test is skipped where one may not be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    mounted = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_collection_killed_at_any_moment_leaves_whole_scopes_and_the_next_goes_on(
    run: Run, aws: Aws, proxy: Proxy, tmp_path: Path
) -> None:
    for number in range(5):
        aws.client("sqs").create_queue(QueueName=f"queue-{number}")
        aws.client("sns").create_topic(Name=f"topic-{number}")
    reached = proxy.hold("sns", "ListTopics")
    with subprocess.Popen(COMMAND, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as killed:
        assert reached.wait(60)
        killed.kill()
    proxy.behave()
    assert run("status").exit_code == 0
    queues = run("assets", "list", "--label", "AWSSQSQueue", "--output", "json").json
    assert len(queues) in {0, 5}
    answer = run(*NARROWED, "--output", "json")
    assert answer.exit_code == 0, answer.stderr
    assert len(run("assets", "list", "--label", "AWSSNSTopic", "--output", "json").json) == 5
    assert len(run("assets", "list", "--label", "AWSSQSQueue", "--output", "json").json) == 5
    runs = run("status", "--output", "json").json["runs"]
    assert [one["verdict"] for one in runs] == ["complete", "interrupted"]


@pytest.mark.parametrize("damage", ["pointer", "database", "removed"])
def test_a_damaged_graph_is_built_anew_from_the_inventory(
    run: Run, aws: Aws, tmp_path: Path, damage: str
) -> None:
    aws.client("sqs").create_queue(QueueName="jobs")
    run(*NARROWED)
    shelf = tmp_path / "data" / "cloudwarden" / "graph"
    if damage == "removed":
        shelf.rename(tmp_path / "elsewhere")
    elif damage == "pointer":
        (shelf / "current").write_text("nonsense\n")
    else:
        (database,) = shelf.glob("0*/graph.duckdb")
        database.parent.chmod(0o755)
        database.chmod(0o644)
        database.write_bytes(b"x")
    text = ("query", "MATCH (q:AWSSQSQueue) RETURN q.name AS name", "--output", "json")
    answer = run(*text)
    assert (answer.exit_code, answer.json) == (0, [{"name": "jobs"}])
    assert answer.stderr.count("\n") == (0 if damage == "removed" else 1)
    again = run(*text)
    assert (again.json, again.stderr) == ([{"name": "jobs"}], "")
