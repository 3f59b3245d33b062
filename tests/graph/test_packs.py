from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloudwarden.core.clock import FixedClock
from cloudwarden.core.errors import DeclarationError
from cloudwarden.graph.packs import load_pack, load_queries

UPSTREAM = Path(__file__).parents[3] / "shared" / "data" / "queries.json"


@pytest.mark.skipif(not UPSTREAM.exists(), reason="the upstream pack is not beside the project")
def test_the_ecosystems_pack_loads_unchanged() -> None:
    queries = load_pack(UPSTREAM)
    assert len(queries) == 122
    assert sum({"aws", "security"} <= set(q.tags) for q in queries) == 47
    assert [q.name for q in queries if not q.description and "azure" in q.tags] == [
        "azure_storage_list"
    ]


@pytest.mark.skipif(not UPSTREAM.exists(), reason="the upstream pack is not beside the project")
def test_our_pack_answers_every_aws_question_of_the_ecosystems() -> None:
    ours = {q.name for q in load_queries()}
    theirs = {q.name for q in load_pack(UPSTREAM) if "aws" in q.tags}
    same_question_under_another_name = {
        "kms_keys_by_account": "aws_kms_list",
        "secrets_manager_secrets_by_account": "aws_secretsmanager_list",
        "ec2_exposed_by_load_balancer": "loadbalancer_ec2_list",
        "rds_no_auth": "rds_no_iam_authentication",
    }
    assert {same_question_under_another_name.get(name, name) for name in theirs} <= ours


def test_every_query_of_ours_names_one_header_for_each_column_and_says_what_it_asks() -> None:
    for query in load_queries():
        assert query.description, query.name
        assert query.headers, query.name


def test_a_recent_days_parameter_is_a_moment_before_now(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "- name: old\n  query: RETURN $since AS since\n"
        "  params: {n_recent_days: {param_name: since, param_value: 90}}\n"
    )
    clock = FixedClock(datetime(2026, 4, 1, tzinfo=UTC))
    assert load_pack(file)[0].parameters(clock) == {"since": "2026-01-01T00:00:00Z"}


def test_a_users_folder_adds_to_the_built_in_pack(tmp_path: Path) -> None:
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "mine.yaml").write_text("- {name: mine, query: RETURN 1 AS one}\n")
    names = [q.name for q in load_queries(extra=[tmp_path, tmp_path / "absent"])]
    assert "mine" in names
    assert "ec2_list" in names


def test_two_packs_with_the_same_name_for_a_query_are_refused(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps([{"name": "q", "query": "RETURN 1 AS one"}]))
    with pytest.raises(DeclarationError, match=r"b\.json:1: q is also in .*a\.json:1"):
        load_queries([tmp_path])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {name: q}", "lacks its query"),
        ("- {query: RETURN 1}", "lacks its name"),
        ("- {name: q, query: RETURN 1, tag: [a]}", "a query has no tag"),
        ("- {name: q, query: RETURN 1, tags: a}", "tags is a list of texts"),
        ("- {name: q, query: RETURN 1, params: {days: 3}}", "params knows only n_recent_days"),
        ("- {name: q, query: RETURN 1, params: {n_recent_days: 3}}", "has a param_name"),
        ("name: q", "a pack is a list"),
        ("- [", "not a pack"),
    ],
)
def test_a_mistake_is_told_with_file_and_record(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(text)
    with pytest.raises(DeclarationError, match=said) as caught:
        load_pack(file)
    assert str(file) in str(caught.value)
