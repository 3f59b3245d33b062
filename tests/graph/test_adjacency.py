"""The arrays of a graph's edges: sealed with a generation, the same as those made of its tables."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest
from tests.graph.generation_estates import SEEN, asset, edge, registry

from cloudwarden.core.clock import FixedClock
from cloudwarden.graph.adjacency import Adjacency
from cloudwarden.graph.frontier import Explorer
from cloudwarden.graph.generation import Generation
from cloudwarden.graph.generations import Generations


def chain(count: int) -> list[tuple[str, str]]:
    return [(f"s{number}", f"s{number + 1}") for number in range(count)]


@pytest.fixture
def generation(tmp_path: Path) -> Generation:
    """Servers in a row, the last of which uses the first."""
    uses = [*chain(9), ("s9", "s0")]
    documents = [
        asset("Server", name, "111", *(edge("USES", "Server", b) for a, b in uses if a == name))
        for name in sorted({name for pair in uses for name in pair})
    ]
    shelf = Generations(tmp_path, FixedClock(SEEN))
    return shelf.build([documents], registry(), {"111": "one"}, 1, SEEN)


def test_sealed_arrays_are_those_of_the_tables(generation: Generation) -> None:
    sealed = Adjacency.read(generation.folder)
    names = [table.sql for table in generation.manifest.catalog.relations.values()]
    with duckdb.connect(str(generation.folder / "graph.duckdb"), read_only=True) as connection:
        made = Adjacency.of(connection, names)
        ids = connection.execute("SELECT _id FROM _nodes ORDER BY _id").fetchnumpy()["_id"]
    assert sealed is not None
    for one, other in ((sealed.out, made.out), (sealed.into, made.into)):
        np.testing.assert_array_equal(one.starts, other.starts)
        np.testing.assert_array_equal(one.nodes, other.nodes)
    np.testing.assert_array_equal(sealed.relations, made.relations)
    np.testing.assert_array_equal(sealed.ids(sealed.numbers(ids)), ids)


def test_a_sealed_file_of_arrays_is_checked_like_the_others(generation: Generation) -> None:
    assert "adjacency/targets.npy" in generation.manifest.files


def test_a_sealed_graph_is_searched(generation: Generation) -> None:
    with generation.open() as graph:
        path = graph.query(
            "MATCH p = shortestPath((a:Server {id: 's2'})-[:USES*]->(b:Server {id: 's1'})) "
            "RETURN [n IN nodes(p) | n.id] AS ids"
        ).rows()
        reached = graph.query(
            "MATCH (a:Server {id: 's2'})-[:USES*..4]-(b:Server) RETURN DISTINCT b.id AS id"
        ).rows()
    assert [row["ids"] for row in path] == [[f"s{n % 10}" for n in range(2, 12)]]
    assert sorted(row["id"] for row in reached) == [f"s{n}" for n in (0, 1, 3, 4, 5, 6, 8, 9)]


@pytest.mark.parametrize("direction", [">", "<", "-"])
def test_a_wide_frontier_finds_what_narrow_ones_find(
    direction: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(7)
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE _nodes AS SELECT range AS _id FROM range(400)")
        pairs = random.integers(0, 400, (900, 2))
        connection.execute(
            "CREATE TABLE r AS SELECT (1::BIGINT << 40) | i AS _id, s AS _src, d AS _dst "
            "FROM (SELECT unnest(?) AS s, unnest(?) AS d, unnest(range(900)) AS i)",
            [pairs[:, 0].tolist(), pairs[:, 1].tolist()],
        )
        explorer = Explorer(Adjacency.of(connection, ["r"]), direction, (1,))
    found = []
    for dense in (0, 10**9):
        monkeypatch.setattr("cloudwarden.graph.frontier._DENSE", dense)
        found.append([
            explorer.reached(np.array([start]), high, zero=zero).tolist()
            for start in range(5) for high in (1, 2, None) for zero in (True, False)
        ])  # fmt: skip
    assert found[0] == found[1]
