"""Values are the same whether a query runs in a worker or in this process, and in Arrow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.graph.generation_estates import SEEN, asset, edge, registry

from cloudwarden.core.clock import FixedClock
from cloudwarden.graph.database import open_sealed
from cloudwarden.graph.engine import LocalEngine
from cloudwarden.graph.generations import Generations
from cloudwarden.graph.graph import DATABASE, Graph

EXPRESSIONS = [
    "1", "-9223372036854775808", "1.5", "0.0", "-0.0", "1e308", "0.0 / 0.0", "1 / 0.0", "'text'",
    "'quote \\' \" \\\\ \\n'", "'🐎 é'", "''", "true", "false", "null",
    "[]", "[1, 2, null]", "[1.5, 2]", "['a', '']", "[[1], [], null]", "[1, 'a', 2.5, true, null]",
    "[[1, 'a'], {k: 1}]", "{a: 1, b: 'x', c: null}", "{a: {b: [1, 'x', {c: 2.5}]}}",
    "{`odd key`: 1, A: 2, a: 3}", "range(1, 300)", "[x IN range(1, 3) | toString(x)]",
    "date('2020-02-29')", "datetime('2020-01-01T10:00:00+02:00')", "time('10:00:00+01:00')",
    "localtime('10:00:00.123456789')", "localdatetime('2020-01-01T00:00:00.5')",
    "datetime('2020-07-01T10:00:00[Europe/Berlin]')", "duration('P1Y2M3DT4H5M6.7S')",
    "duration({months: -1})", "date('9999-12-31')", "[date('2020-01-01'), 1]",
    "{d: duration('P1D'), t: datetime('2020-01-01T00:00:00Z')}",
    "[duration('P1D'), time('10:00:00Z'), localtime('10:00')]",
    "CASE WHEN rand() < 2 THEN 1 ELSE 'x' END", "CASE WHEN rand() > 2 THEN 1 ELSE {a: [1]} END",
]  # fmt: skip

QUERIES = [
    "MATCH (n) RETURN n ORDER BY n.id",
    "MATCH (n:Server)-[r]->(m) RETURN n.id AS id, r, m ORDER BY id, m.id",
    "MATCH p = (n:Server)-[:NEXT_TO*1..2]->(m) RETURN p, length(p) AS l ORDER BY n.id, l",
    "MATCH (n:Server) RETURN [n, n.size] AS l, {node: n, size: n.size} AS m, {} AS e ORDER BY n.id",
    "MATCH (n:Server) RETURN properties(n) AS p, labels(n) AS l, keys(n) AS k ORDER BY n.id",
    "MATCH (n:Server) RETURN collect(n) AS all, collect(n.size) AS sizes",
    "MATCH (n:Server) RETURN n.tags AS t, n.size AS s, n.missing AS nothing ORDER BY n.id",
    "OPTIONAL MATCH (n:Server {id: 'none'})-[r]->() RETURN n, r, n.size AS s",
    "MATCH (n:Server {id: 'none'}) RETURN n, n.size AS s",
    "UNWIND [1, 'a', null, [1, 'x'], {k: 1.5}] AS x RETURN x",
    "MATCH (n:Server) RETURN sum(n.size) AS s, avg(n.size) AS a, count(*) AS c, max(n.id) AS m",
]


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    servers = [
        asset("Server", f"s{i}", "111", edge("NEXT_TO", "Server", f"s{i + 1}"), size=i, name="é")
        for i in range(6)
    ]
    shelf = Generations(tmp_path_factory.mktemp("sealed"), FixedClock(SEEN))
    folder = shelf.build([servers], registry(), {"111": "one"}, 1, SEEN).folder
    with Graph.open(folder, clock=FixedClock(SEEN)) as graph:
        yield graph


@pytest.fixture(scope="module")
def local(sealed: Graph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    folder = next(Path(tmp_path_factory.getbasetemp()).glob("sealed*/0*"))
    engine = LocalEngine(open_sealed(folder / DATABASE, "1GB"), "1GB")
    with Graph(engine, sealed.catalog, FixedClock(SEEN)) as graph:
        yield graph


def test_values_are_the_same_on_both_ways(sealed: Graph, local: Graph) -> None:
    differing = []
    for expression in EXPRESSIONS:
        text = f"UNWIND [0, 1] AS i RETURN {expression} AS v, CASE i WHEN 0 THEN {expression} END"
        one, other = (repr(graph.query(text).rows()) for graph in (sealed, local))
        if one != other:
            differing.append((expression, one, other))
    assert differing == []


@pytest.mark.parametrize("text", QUERIES)
def test_answers_are_the_same_on_both_ways(sealed: Graph, local: Graph, text: str) -> None:
    one, other = (graph.query(text).rows() for graph in (sealed, local))
    assert repr(one) == repr(other)
    assert one == other
