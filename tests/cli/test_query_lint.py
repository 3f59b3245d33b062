"""`cloudwarden query lint`: what it takes, what it tells, how it exits."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.support.commands import Run

from cloudwarden.graph.pack_lint import RULES

#: Queries of the ecosystem, as they stand upstream.
UPSTREAM = Path(__file__).resolve().parents[3] / "shared" / "data" / "queries.json"

CLEAN = "MATCH (a:AWSAccount) RETURN a.name"
DOUBTFUL = "MATCH (a:AWSAccount)-->(x) RETURN a.name, x.name"
BACKWARDS = "MATCH (:AWSUser)-[:RESOURCE]->(:AWSAccount) RETURN 1"
WRONG = "MATCH (a:AWSAcount) RETURN a.name"


@pytest.mark.parametrize(
    ("text", "options", "code", "severities"),
    [
        (CLEAN, (), 0, []),
        (CLEAN, ("--strict",), 0, []),
        (DOUBTFUL, (), 0, ["warning"]),
        (DOUBTFUL, ("--strict",), 1, ["warning"]),
        (WRONG, (), 1, ["error"]),
        ("CREATE (n)", (), 1, ["error"]),
    ],
)
def test_errors_exit_1_and_warnings_only_where_asked(
    run: Run, text: str, options: tuple[str, ...], code: int, severities: list[str]
) -> None:
    answer = run("query", "lint", text, *options, "--output", "json")
    assert answer.exit_code == code
    assert [row["severity"] for row in answer.json] == severities


def test_a_problem_is_a_row_with_its_place_and_a_hint(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        f"- {{name: fine, query: '{CLEAN}', tags: []}}\n"
        '- {name: bad, query: "MATCH (a)\\nWHERE a:AWSAcount\\nRETURN a.id", tags: []}\n'
    )
    (row,) = run("query", "lint", "--pack", "mine.yaml", "--output", "json").json
    assert row == {
        "record": "mine.yaml:2",
        "query": "bad",
        "rule": "unknown-label",
        "severity": "error",
        "line": 2,
        "column": 9,
        "message": "no label is called AWSAcount",
        "hint": "did you mean AWSAccount?",
    }


def test_queries_come_from_standard_input_files_and_folders(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.cypher").write_text("MATCH (a:AWSUsr) RETURN a.name")
    folder = tmp_path / "packs"
    folder.mkdir()
    (folder / "one.json").write_text(f'[{{"name": "packed", "query": "{BACKWARDS}"}}]')
    rows = run("query", "lint", "-", "bad.cypher", "packs", "-o", "json", stdin=WRONG).json
    assert [(row["record"], row["query"]) for row in rows] == [
        ("standard input", "standard input"),
        ("bad.cypher", "bad"),
        ("packs/one.json:1", "packed"),
    ]


def test_a_file_that_is_not_there_is_no_query(run: Run) -> None:
    answer = run("query", "lint", "nowhere.cypher")
    assert answer.exit_code == 2
    assert "no file nowhere.cypher" in answer.stderr


def test_without_arguments_it_lints_the_built_in_packs_and_the_users(
    run: Run, tmp_path: Path
) -> None:
    assert run("query", "lint").exit_code == 0
    own = tmp_path / "data" / "cloudwarden" / "packs" / "queries"
    own.mkdir(parents=True)
    (own / "mine.yaml").write_text(f"- {{name: ec2_list, query: '{CLEAN}', tags: []}}\n")
    answer = run("query", "lint", "--output", "json")
    assert answer.exit_code == 1
    (error,) = [row for row in answer.json if row["severity"] == "error"]
    assert (error["rule"], error["query"]) == ("duplicate-name", "ec2_list")
    assert error["record"].endswith("mine.yaml:1")


def test_nothing_wrong_is_a_sentence(run: Run) -> None:
    answer = run("query", "lint", CLEAN)
    assert (answer.stdout, answer.stderr) == ("", "Nothing is wrong with 1 query.\n")


def test_the_rules_are_listed(run: Run) -> None:
    rows = run("query", "lint", "--rules", "--output", "json").json
    assert {row["rule"]: row["finds"] for row in rows} == dict(RULES)


def test_every_format_has_the_problems(run: Run) -> None:
    for output in ("table", "csv", "ndjson"):
        answer = run("query", "lint", WRONG, "--output", output)
        assert "unknown-label" in answer.stdout
        assert "1 error and 0 warnings in 1 query" in answer.stderr


@pytest.mark.skipif(not UPSTREAM.exists(), reason="the ecosystem's queries are not at hand")
def test_e2_lint_of_the_upstream_file_finds_its_defects(run: Run) -> None:
    answer = run("query", "lint", str(UPSTREAM), "--output", "json")
    assert answer.exit_code == 1
    found = Counter(row["rule"] for row in answer.json)
    assert found["untyped-relation"] >= 26
    assert found["unknown-relation"] >= 3
    assert found["misspelt-tag"] == 4
    assert found["duplicate-query"] == 3
