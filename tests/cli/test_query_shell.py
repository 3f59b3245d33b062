"""`cloudwarden query` on a terminal: a session of queries and commands that survives mistakes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from tests.graph.generation_estates import SEEN
from tests.support.asked import seal
from tests.support.terminal import terminal

from cloudwarden.cli.output import AnswerOutput
from cloudwarden.cli.query_answers import Asking
from cloudwarden.cli.query_prompt import ShellCompleter
from cloudwarden.cli.query_shell import COMMANDS, Shell, is_finished, statements
from cloudwarden.core.clock import FixedClock
from cloudwarden.graph import Graph
from cloudwarden.graph.generations import Generations

Type = Callable[..., str]


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seal(tmp_path_factory.mktemp("asked"))


@pytest.fixture(scope="module")
def graph(estate: Path) -> Iterator[Graph]:
    with Generations(estate / "graph", FixedClock(SEEN)).open() as graph:
        yield graph


@pytest.fixture
def session(graph: Graph, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Type:
    """What a session prints on stdout and stderr for the keys that are pressed in it."""

    def call(keys: str, *, output: AnswerOutput = AnswerOutput.NDJSON) -> str:
        asking = Asking(graph, {}, None, timeout=30, max_rows=100)
        with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
            pipe.send_text(keys.replace("\n", "\r") + "\x04")
            Shell(asking, output, tmp_path).run()
        said = capsys.readouterr()
        return said.out + said.err.split(":quit leaves.\n", 1)[1]

    return call


def test_a_query_ends_with_a_semicolon_or_an_empty_line(session: Type) -> None:
    assert session("MATCH (b:Bucket)\nRETURN count(b) AS n;\n") == '{"n":3}\n'
    assert session("MATCH (b:Bucket)\nRETURN count(b) AS n\n\n") == '{"n":3}\n'
    assert session("RETURN 1 AS a; RETURN 2 AS b;\n") == '{"a":1}\n{"b":2}\n'


def test_a_semicolon_in_a_string_or_a_comment_ends_nothing() -> None:
    for text in ("RETURN ';", "RETURN 1 // one;", "RETURN 1 /* ;", "RETURN 1"):
        assert not is_finished(text)
    assert statements("RETURN ';' AS a; RETURN 2;") == ["RETURN ';' AS a", " RETURN 2"]


def test_an_explained_query_ends_where_it_is_complete() -> None:
    assert is_finished(":explain RETURN 1")
    assert not is_finished(":explain MATCH (n)")
    assert is_finished(":schema")


def test_a_mistake_is_told_with_a_caret_and_ends_nothing(session: Type) -> None:
    said = session("MATCH (n) RETRN n;\nRETURN 1 AS one;\n")
    assert '{"one":1}' in said
    assert "error: line 1, column 11" in said
    assert "\n            ^\n" in said


def test_notices_are_told(session: Type) -> None:
    assert "did you mean size?" in session("MATCH (b:Bucket) RETURN b.sise;\n")


def test_parameters_stay_set(session: Type) -> None:
    said = session(
        ':param least 4\n:param $name "logs"\n:param text two words\n'
        "RETURN $least + 1 AS n, $name AS name, $text AS text;\n:param\n"
    )
    rows = [json.loads(line) for line in said.splitlines()]
    assert rows[0] == {"n": 5, "name": "logs", "text": "two words"}
    assert {"name": "least", "value": 4} in rows


def test_an_account_is_set_and_left(session: Type) -> None:
    count = "MATCH (b:Bucket) RETURN count(b) AS n;\n"
    said = session(f":account beta\n{count}:account\n{count}")
    assert said.splitlines() == ['{"n":1}', '{"n":3}', "only the account beta", "all accounts"]
    assert "did you mean beta?" in session(f":account betta\n{count}")


def test_the_format_is_changed(session: Type) -> None:
    assert json.loads(session(":output graph\nMATCH (b:Bucket {name: 'old'}) RETURN b;\n"))["nodes"]
    assert "table, json, csv, ndjson, graph" in session(":output arrow\n")


def test_the_schema_is_what_the_graph_holds(session: Type) -> None:
    rows = [json.loads(line) for line in session(":schema\n").splitlines()]
    counts = {(row["name"], row["is"]): row["count"] for row in rows}
    assert counts["S3Bucket", "label"] == 3
    assert counts["TRUSTS", "relation"] == 1
    said = session(":schema AWSPrincipal\n")
    assert '{"property":"path","type":"string"}' in said
    assert '{"count":1,"relation":"TRUSTS","source":"AWSRole","target":"AWSRole"}' in said
    assert "did you mean S3Bucket?" in session(":schema S3Buckt\n")


def test_a_plan_is_told(session: Type) -> None:
    said = session(":explain MATCH (b:Bucket) RETURN b.name\n", output=AnswerOutput.TABLE)
    assert said.startswith("Match (b:Bucket)\n  Scan b: S3Bucket (3 nodes)\n")
    assert "\nSELECT " in said


def test_help_lists_the_commands_and_quit_leaves(session: Type) -> None:
    said = session(":help\n")
    for command in (":schema", ":explain", ":param", ":account", ":output", ":quit"):
        assert command in said
    assert session(":quit\nRETURN 1 AS one;\n") == ""
    assert "there is no command :nothing" in session(":nothing\n")


def test_ctrl_c_at_the_prompt_drops_the_line(session: Type) -> None:
    assert session("RETURN 2 AS\x03RETURN 1 AS one;\n") == '{"one":1}\n'


def test_what_was_asked_is_remembered_for_the_owner_alone(session: Type, tmp_path: Path) -> None:
    session("RETURN 1 AS one;\n")
    file = tmp_path / "query-history"
    assert file.stat().st_mode & 0o077 == 0
    assert session("\x1b[A\n") == '{"one":1}\n'


def test_on_a_terminal_tab_completes_ctrl_c_stops_a_query_ctrl_d_leaves(
    estate: Path, tmp_path: Path
) -> None:
    endless = (
        "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE a % 7 = b % 11 "
        "RETURN count(*);\n"
    )
    with terminal("--data-dir", str(estate), "query", folder=tmp_path) as screen:
        screen.expect("cypher>")
        screen.type(endless)
        screen.expect("Ctrl-C stops it")
        screen.type("\x03")
        screen.expect("stopped")
        screen.expect("cypher>")
        screen.type("MATCH (b:S3B")
        screen.expect("S3Bucket")
        screen.type("\t)\nRETURN count(b) + 40 AS n;\n")
        screen.expect("43")
        screen.expect("cypher>")
        screen.type("\x04")
        assert screen.ended() == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (":o", [":output"]),
        (":output j", ["json"]),
        (":schema s3", ["S3Bucket"]),
        (":account a", ["alpha"]),
        (":param l", ["least"]),
        (":explain MATCH (b:S3", ["S3Bucket"]),
        ("MATCH (b:S3Bucket) WHERE b.si", ["size"]),
        ("RETURN $l", ["$least"]),
    ],
)
def test_commands_and_what_they_take_are_completed(
    graph: Graph, text: str, expected: list[str]
) -> None:
    offers = {":param": lambda: ["least"], ":account": lambda: ["alpha", "beta"]}
    commands = {name: command.summary for name, command in COMMANDS.items()}
    completer = ShellCompleter(graph.catalog, commands, offers)
    event = CompleteEvent(completion_requested=True)
    found = completer.get_completions(Document(text), event)
    assert [one.text for one in found] == expected
