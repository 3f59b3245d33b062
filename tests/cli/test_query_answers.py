"""How `cloudwarden query` prints answers: rows, graphs, Arrow, plans; notices stay off stdout."""

from __future__ import annotations

import io
import json
import re
import shlex
from pathlib import Path

import pyarrow as pa
import pytest
from docs import cypher_page
from tests.support.asked import seal
from tests.support.commands import Answer, Run
from tests.support.terminal import terminal
from typer.testing import CliRunner

from cloudwarden.cli.main import app
from cloudwarden.cli.output import AnswerOutput

PACK = """
- name: sizes
  tags: [ours]
  description: Buckets with their sizes.
  query: MATCH (b:S3Bucket) RETURN b.name, b.size ORDER BY b.name
  result_headers: [bucket, bytes]
- name: trust
  tags: [ours]
  description: Who trusts whom.
  query: MATCH p = (:AWSRole)-[:TRUSTS]->(r) RETURN p, r
"""
TRUST = "MATCH p = (:AWSRole)-[t:TRUSTS]->(r) RETURN p, [t] AS list, {role: r} AS map, 1 AS one"


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seal(tmp_path_factory.mktemp("asked"))


@pytest.fixture
def query(run: Run, estate: Path) -> Run:
    def call(*arguments: str, stdin: str | None = None) -> Answer:
        return run("--data-dir", str(estate), "query", *arguments, stdin=stdin)

    return call


@pytest.fixture
def pack(tmp_path: Path) -> str:
    file = tmp_path / "ours.yaml"
    file.write_text(PACK)
    return str(file)


def test_a_graph_holds_every_node_and_relation_of_the_rows_once(query: Run) -> None:
    graph = query(TRUST, "--output", "graph").json
    assert {n["properties"]["name"] for n in graph["nodes"]} == {"app", "admin"}
    assert len(graph["nodes"]) == 2
    (edge,) = graph["edges"]
    ids = {n["properties"]["name"]: n["id"] for n in graph["nodes"]}
    assert (edge["source"], edge["target"]) == (ids["app"], ids["admin"])
    assert (edge["type"], edge["properties"]) == ("TRUSTS", {"since": 2020})
    assert set(graph["nodes"][0]) == {"id", "labels", "properties"}
    assert "AWSPrincipal" in graph["nodes"][0]["labels"]


def test_a_graph_of_relations_alone_has_their_ends(query: Run) -> None:
    graph = query("MATCH ()-[t:TRUSTS]->() RETURN t", "--output", "graph").json
    assert {n["properties"]["name"] for n in graph["nodes"]} == {"app", "admin"}


def test_a_graph_of_scalars_is_empty(query: Run) -> None:
    assert query("RETURN 1 AS one", "-o", "graph").json == {"nodes": [], "edges": []}


def test_several_queries_make_one_graph(query: Run, pack: str) -> None:
    graph = query("--pack", pack, "--tags", "ours", "--output", "graph").json
    assert len(graph["nodes"]) == 2
    assert len(graph["edges"]) == 1


def arrow(estate: Path, *arguments: str) -> pa.Table:
    words = ["--data-dir", str(estate), "query", *arguments, "--output", "arrow"]
    answer = CliRunner().invoke(app, words)
    assert answer.exit_code == 0, answer.stderr
    return pa.ipc.open_stream(io.BytesIO(answer.stdout_bytes)).read_all()


def test_arrow_is_a_stream_of_columns_with_the_headers_of_the_pack(
    run: Run, estate: Path, pack: str
) -> None:
    table = arrow(estate, "--pack", pack, "--name", "sizes")
    assert table.to_pydict() == {"bucket": ["logs", "old", "site"], "bytes": [3, 1, 5]}
    assert table.schema.field("bytes").type == pa.int64()


def test_arrow_without_rows_still_has_its_columns(run: Run, estate: Path) -> None:
    table = arrow(estate, "MATCH (b:S3Bucket {name: 'none'}) RETURN b.name AS name, b.size AS size")
    assert table.to_pydict() == {"name": [], "size": []}


def test_arrow_takes_one_query_and_no_terminal(
    query: Run, estate: Path, pack: str, tmp_path: Path
) -> None:
    several = query("--pack", pack, "--tags", "ours", "--output", "arrow")
    assert (several.exit_code, several.stdout) == (2, "")
    assert "takes one query" in several.stderr
    words = ("--data-dir", str(estate), "query", "RETURN 1", "-o", "arrow")
    with terminal(*words, folder=tmp_path) as screen:
        screen.expect("is not for a terminal")
        assert screen.ended() == 2


@pytest.mark.parametrize("output", ["arrow", "graph"])
def test_what_is_no_answer_has_the_formats_of_listings(query: Run, output: str) -> None:
    for words in (("--list",), ("--explain", "RETURN 1")):
        answer = query(*words, "--output", output)
        assert (answer.exit_code, answer.stdout) == (2, "")
        assert "table, json, csv, ndjson" in answer.stderr


@pytest.mark.parametrize("output", [o for o in AnswerOutput if o is not AnswerOutput.ARROW])
def test_notices_and_a_cut_are_told_on_stderr(query: Run, output: AnswerOutput) -> None:
    answer = query("MATCH (b:S3Bucket) RETURN b, b.sise", "--limit", "2", "--output", output)
    assert answer.exit_code == 0
    assert "did you mean size?" in answer.stderr
    assert "cut at the limit" in answer.stderr
    assert "notice" not in answer.stdout


def test_json_prints_nodes_lists_and_temporal_values(query: Run) -> None:
    text = (
        "MATCH (b:S3Bucket {name: 'logs'}) RETURN b, [1, null] AS list, date('2026-01-02') AS day"
    )
    (row,) = query(text, "--output", "json").json
    assert (row["list"], row["day"]) == ([1, None], "2026-01-02")
    assert row["b"]["labels"] == ["S3Bucket"]
    assert row["b"]["properties"]["size"] == 3


def test_explain_says_what_would_be_done_and_the_sql(query: Run) -> None:
    text = "MATCH (b:S3Bucket) WHERE b.size > $least RETURN b.name ORDER BY b.name LIMIT 2"
    said = query("--explain", text, "--param", "least=1", "--account", "alpha").stdout
    words, sql = said.split("\n\n", 1)
    assert words.splitlines() == [
        "Only what belongs to the account alpha, a parameter of the first match",
        "Match (b:S3Bucket)",
        "  Scan b: S3Bucket (3 nodes)",
        "  Keep where b.size > $least",
        "Sort by b.name",
        "Keep the first 2",
        "Return b.name",
    ]
    assert sql.startswith("SELECT")


def test_explain_is_data_for_machines(query: Run, pack: str) -> None:
    plan = query("--explain", "--pack", pack, "--name", "sizes", "--output", "json").json
    assert plan["plan"][0] == "Match (b:S3Bucket)"
    assert "SELECT" in plan["sql"]


def test_an_account_that_is_no_account_has_no_rows(query: Run) -> None:
    answer = query("MATCH (b:S3Bucket) RETURN b.name", "--account", 'x" OR 1=1 //', "-o", "json")
    assert (answer.exit_code, answer.json) == (0, [])


def test_a_query_is_read_from_standard_input_only_where_asked(query: Run) -> None:
    assert query("-", "-o", "json", stdin="RETURN 1 AS one").json == [{"one": 1}]
    answer = query(stdin="RETURN 1 AS one")
    assert answer.exit_code == 2
    assert "give one of a query" in answer.stderr


def test_the_commands_on_the_page_run(query: Run) -> None:
    (block,) = re.findall(r"```console\n(.*?)```", cypher_page.PAGE.read_text(), re.DOTALL)
    told = [line.removeprefix("$ cloudwarden query ") for line in block.splitlines()]
    for words in told:
        answer = query(*shlex.split(words))
        assert answer.exit_code == 0, answer.stderr
        assert answer.stdout


def test_rows_of_a_pack_are_named_as_it_heads_them(query: Run, pack: str) -> None:
    answer = query("--pack", pack, "--name", "sizes", "--output", "ndjson")
    assert json.loads(answer.stdout.splitlines()[0]) == {"bucket": "logs", "bytes": 3}
