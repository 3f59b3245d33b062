"""`cloudwarden publish` over a workspace of its own, to a Bolt server on this machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.graph.publishing.worlds import estate, expected, held
from tests.support.bolt import Bolt, bolt_server
from tests.support.commands import Run
from tests.support.neo4j_store import Neo4jStore


@pytest.fixture
def bolt(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bolt]:
    with bolt_server(Neo4jStore()) as server:
        monkeypatch.setenv("CLOUDWARDEN_NEO4J_PASSWORD", server.password)
        yield server


def test_the_current_graph_is_published_and_counted(run: Run, bolt: Bolt, tmp_path: Path) -> None:
    generation = estate(tmp_path / "data" / "cloudwarden" / "graph")
    found, relations = expected(generation)
    planned = run("publish", "--to", bolt.uri, "--dry-run", "--output", "json")
    assert bolt.store.nodes == {}
    done = run("publish", "--to", bolt.uri, "--output", "json")
    assert done.json == planned.json
    assert [row["created"] for row in done.json] == [len(found), len(relations)]
    assert held(bolt.store) == (found, relations)


def test_the_server_may_be_a_setting(
    run: Run, bolt: Bolt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = estate(tmp_path / "data" / "cloudwarden" / "graph", servers=1)
    monkeypatch.setenv("CLOUDWARDEN_NEO4J_URI", bolt.uri)
    assert run("publish").exit_code == 0
    assert held(bolt.store) == expected(generation)


def test_what_is_missing_is_told(
    run: Run, bolt: Bolt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = run("publish", "--to", bolt.uri)
    assert (without.exit_code, "nothing has been collected" in without.stderr) == (1, True)
    estate(tmp_path / "data" / "cloudwarden" / "graph", servers=1)
    nowhere = run("publish")
    assert (nowhere.exit_code, "neo4j_uri" in nowhere.stderr) == (2, True)
    monkeypatch.setenv("CLOUDWARDEN_NEO4J_PASSWORD", "wrong")
    assert run("publish", "--to", bolt.uri).exit_code == 4
    monkeypatch.delenv("CLOUDWARDEN_NEO4J_PASSWORD")
    unset = run("publish", "--to", bolt.uri)
    assert (unset.exit_code, "CLOUDWARDEN_NEO4J_PASSWORD" in unset.stderr) == (2, True)
    monkeypatch.setenv("CLOUDWARDEN_NEO4J_PASSWORD", bolt.password)
    monkeypatch.setitem(sys.modules, "neo4j", None)
    bare = run("publish", "--to", bolt.uri)
    assert (bare.exit_code, "cloudwarden[neo4j]" in bare.stderr) == (2, True)
