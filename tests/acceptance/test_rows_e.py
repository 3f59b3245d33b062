"""Rows E1 and E3 of the requirements: query packs, by the command line alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.commands import Run
from tests.support.moto import ALPHA, Aws

from .estate import add_accounts, collect

#: The ecosystem's pack, which is not ours to ship.
UPSTREAM = Path(__file__).parents[3] / "shared" / "data" / "queries.json"
beside = pytest.mark.skipif(
    not UPSTREAM.exists(), reason=f"the ecosystem's pack is not at {UPSTREAM}"
)
PACK = ("--pack", str(UPSTREAM))


@beside
def test_e1_the_ecosystems_pack_loads_unchanged_with_one_warning(run: Run) -> None:
    answer = run("query", *PACK, "--count")
    assert (answer.exit_code, answer.stdout) == (0, "122\n")
    assert answer.stderr.count("\n") == 1
    assert "azure_storage_list has no description" in answer.stderr


@beside
def test_e1_e3_gq7_the_ecosystems_pack_runs_whole_and_honours_the_account(
    run: Run, aws: Aws
) -> None:
    add_accounts(run, aws)
    aws.client("s3", ALPHA).create_bucket(Bucket="mine")
    aws.client("s3").create_bucket(Bucket="of-the-hub")
    collect(run, "s3,iam,ec2")
    assert run("query", *PACK, "--tags", "cloud", "--output", "json").exit_code == 0
    whole = run("query", *PACK, "--tags", "aws", "--output", "json").json
    assert {row.get("account_name") for row in whole} >= {"hub", "alpha", "beta"}
    narrowed = run("query", *PACK, "--tags", "aws", "--account", "alpha", "--output", "json").json
    assert [row["bucket_name"] for row in narrowed if row["query"] == "s3_list"] == ["mine"]
    assert {row["account_name"] for row in narrowed if "account_name" in row} == {"alpha"}
    injected = run("query", *PACK, "--tags", "aws", "--account", 'x" OR 1=1 //', "--output", "json")
    assert (injected.exit_code, injected.json) == (0, [])


@beside
def test_e3_packs_are_counted_and_chosen_by_all_of_several_tags(run: Run) -> None:
    def names(*options: str) -> set[str]:
        answer = run("query", *PACK, "--list", *options, "--output", "json")
        return {query["name"] for query in answer.json}

    both = names("--tags", "aws,security")
    assert len(both) == 47
    assert both == names("--tags", "aws") & names("--tags", "security")
    assert run("query", *PACK, "--tags", "aws,security", "--count").stdout == "47\n"
    tags = run("query", *PACK, "--all-tags", "--output", "json").json
    assert {tag["tag"]: tag["queries"] for tag in tags}["aws"] == len(names("--tags", "aws"))


@beside
def test_e3_an_instance_is_old_after_ninety_days(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    ec2 = aws.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    (instance,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"]
    collect(run, "ec2")
    found = {}
    for days in (89, 91):
        now = instance["LaunchTime"] + timedelta(days=days)
        monkeypatch.setenv("CLOUDWARDEN_NOW", now.isoformat())
        old = run("query", *PACK, "--name", "ec2_old", "--output", "json").json
        found[days] = [row["instance_id"] for row in old]
    assert found == {89: [], 91: [instance["InstanceId"]]}


def test_e1_a_users_own_pack_is_there_at_the_next_command(
    run: Run, aws: Aws, tmp_path: Path
) -> None:
    collect(run, "sqs")
    folder = tmp_path / "data" / "cloudwarden" / "packs" / "queries"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(
        "- {name: mine, tags: [own], query: 'RETURN $x + 1 AS y', result_headers: [answer]}\n"
    )
    assert "mine" in [q["name"] for q in run("query", "--list", "--output", "json").json]
    assert run("query", "--name", "mine", "--param", "x=41", "--output", "json").json == [
        {"answer": 42}
    ]
    assert run("query", "--tags", "own", "-p", "x=1", "--output", "json").json == [
        {"query": "mine", "answer": 2}
    ]


def test_e1_a_pack_that_is_wrong_is_named_with_its_record(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("- {name: a, query: RETURN 1}\n- {name: b, qurey: x}\n")
    answer = run("query", "--pack", "bad.yaml", "--list")
    assert answer.exit_code in {1, 2}
    assert "bad.yaml:2" in answer.stderr
    assert "qurey" in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_the_shipped_pack_names_nothing_that_the_schema_lacks_but_what_analysis_adds(
    run: Run, aws: Aws
) -> None:
    collect(run, "s3,ec2")
    answer = run("query", "--tags", "aws", "--output", "ndjson")
    assert answer.exit_code == 0
    derived = ("exposed_internet", "CAN_READ", "GET_SECRET")
    notices = [line for line in answer.stderr.splitlines() if line.startswith("notice: ")]
    assert [line for line in notices if not any(name in line for name in derived)] == []
