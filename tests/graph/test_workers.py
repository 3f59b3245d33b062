"""Queries on sealed graphs run in processes of their own, within limits, and nothing is left."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.graph.generation_estates import SEEN, asset, edge, registry
from tests.support.searches import Counter, Hog, Loop

from cloudwarden.core.clock import FixedClock
from cloudwarden.core.errors import GraphError, QueryError
from cloudwarden.graph.cypher.compiler import Compiled, compile_query
from cloudwarden.graph.cypher.errors import CypherError, TimeLimitError
from cloudwarden.graph.cypher.names import Vocabulary
from cloudwarden.graph.generations import Generations
from cloudwarden.graph.graph import DATABASE, Graph
from cloudwarden.graph.pool import WorkerPool
from cloudwarden.graph.remote import RemoteEngine
from cloudwarden.graph.wire import Database

#: Much more than any limit of these tests leaves time for.
ENDLESS = "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b RETURN sum(a * b % 7) AS s"
SERVERS = 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sealed")
    servers = [
        asset("Server", f"s{i}", "111", edge("NEXT_TO", "Server", f"s{i + 1}"), size=i)
        for i in range(SERVERS)
    ]
    return (
        Generations(place, FixedClock(SEEN))
        .build([servers], registry(), {"111": "one"}, 1, SEEN)
        .folder
    )


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    pool = WorkerPool(2, grace=20, patience=0.3)
    yield pool
    pool.close()


@pytest.fixture
def graph(folder: Path, pool: WorkerPool) -> Iterator[Graph]:
    with Graph.open(folder, clock=FixedClock(SEEN), workers=pool) as graph:
        yield graph


def compiled(graph: Graph, text: str = "RETURN 1 AS one") -> Compiled:
    return compile_query(text, Vocabulary(graph.catalog), {}, datetime(2026, 1, 1, tzinfo=UTC))


def engine(folder: Path, pool: WorkerPool, memory_limit: str = "2GB") -> RemoteEngine:
    return RemoteEngine(Database.at(folder / DATABASE, memory_limit), pool)


def answer(
    engine: RemoteEngine,
    compiled: Compiled,
    sql: str | None = None,
    searches: Sequence[Any] = (),
    timeout: float | None = None,
) -> list[tuple[Any, ...]]:
    given = replace(compiled, sql=sql or compiled.sql, searches=tuple(searches))
    return engine.answer(given, timeout=timeout, max_rows=None).rows(1000)


def test_a_worker_is_used_again(graph: Graph, pool: WorkerPool) -> None:
    assert graph.query("RETURN 1 AS one").rows() == [{"one": 1}]
    first = pool.processes()
    assert graph.query("MATCH (n:Server) RETURN count(*) AS c").rows() == [{"c": SERVERS}]
    assert pool.processes() == first
    assert len(first) == 1


def test_a_query_without_an_end_is_stopped_at_its_time_limit(
    graph: Graph, pool: WorkerPool
) -> None:
    graph.query("RETURN 1 AS one").rows()
    before = pool.processes()
    with pytest.raises(TimeLimitError, match=r"time limit of 0\.2 s"):
        graph.query(ENDLESS, timeout=0.2).rows()
    assert graph.query("RETURN 1 AS one").rows() == [{"one": 1}]
    assert pool.processes() == before


def test_a_worker_that_does_not_stop_is_killed_and_replaced(
    graph: Graph, folder: Path, pool: WorkerPool
) -> None:
    pool.grace = 0.1
    graph.query("RETURN 1 AS one").rows()
    before = pool.processes()
    with pytest.raises(TimeLimitError, match=r"time limit of 0\.1 s"):
        answer(engine(folder, pool), compiled(graph), searches=[Loop()], timeout=0.1)
    assert not before & pool.processes()
    assert graph.query("RETURN 1 AS one").rows() == [{"one": 1}]


def test_a_stopped_worker_is_killed_and_replaced(graph: Graph, pool: WorkerPool) -> None:
    pool.grace = 0.1
    graph.query("RETURN 1 AS one").rows()
    (worker,) = pool.processes()
    os.kill(worker, signal.SIGSTOP)
    with pytest.raises(TimeLimitError):
        graph.query("RETURN 1 AS one", timeout=0.1).rows()
    assert graph.query("RETURN 1 AS one").rows() == [{"one": 1}]
    assert worker not in pool.processes()


def test_a_query_that_duckdb_has_no_memory_for_ends_as_an_error(
    folder: Path, pool: WorkerPool
) -> None:
    with Graph.open(folder, memory_limit="50MB", workers=pool) as graph:
        text = "UNWIND range(1, 10000000) AS x WITH toString(x) AS x RETURN count(DISTINCT x) AS c"
        with pytest.raises(QueryError, match="more memory than its limit"):
            graph.query(text).rows()
        assert graph.query("RETURN 1 AS one").rows() == [{"one": 1}]


def test_a_worker_that_holds_more_memory_than_it_may_ends_and_we_live(
    graph: Graph, folder: Path, pool: WorkerPool
) -> None:
    small = engine(folder, pool, "50MB")
    with pytest.raises(QueryError, match="more memory than its limit"):
        answer(small, compiled(graph), searches=[Hog(4 << 30)])
    assert answer(small, compiled(graph)) == [(1,)]


def test_a_worker_that_was_killed_while_idle_is_replaced(graph: Graph, pool: WorkerPool) -> None:
    graph.query("RETURN 1 AS one").rows()
    for worker in pool.processes():
        os.kill(worker, signal.SIGKILL)
        wait_for_end(worker)
    assert graph.query("RETURN 1 AS one").rows() == [{"one": 1}]


def test_a_worker_that_is_killed_in_a_query_ends_that_query(graph: Graph, pool: WorkerPool) -> None:
    result = graph.query("MATCH (n:Server) RETURN n")
    (worker,) = pool.processes()
    os.kill(worker, signal.SIGKILL)
    with pytest.raises(QueryError, match="was killed"):
        result.rows()
    assert len(graph.query("MATCH (n:Server) RETURN n").rows()) == SERVERS


def test_no_more_queries_run_at_once_than_there_may_be_workers(
    graph: Graph, pool: WorkerPool
) -> None:
    unread = [graph.query("MATCH (n:Server) RETURN n") for _ in range(2)]
    with pytest.raises(QueryError, match="2 queries are being run or read already"):
        graph.query("RETURN 1 AS one")
    unread.pop().close()
    assert graph.query("RETURN 1 AS one").rows() == [{"one": 1}]
    unread.clear()
    assert [len(graph.query("MATCH (n:Server) RETURN n").rows()) for _ in "ab"] == [SERVERS] * 2


def test_an_answer_that_came_whole_needs_its_worker_no_longer(
    graph: Graph, pool: WorkerPool
) -> None:
    results = [graph.query("MATCH (n:Server) RETURN n.size AS s ORDER BY s") for _ in range(9)]
    assert len(pool.processes()) == 1
    assert [result.rows()[-1] for result in results] == [{"s": SERVERS - 1}] * 9


def test_large_answers_may_be_read_in_turns(graph: Graph) -> None:
    text = "UNWIND range(1, 200000) AS x RETURN x ORDER BY x"
    one, two = iter(graph.query(text)), iter(graph.query(text + " DESC"))
    assert [next(one)["x"], next(two)["x"], next(one)["x"]] == [1, 200_000, 2]
    assert sum(row["x"] for row in one) == 200_000 * 200_001 // 2 - 3
    assert sum(row["x"] for row in two) == 200_000 * 200_001 // 2 - 200_000


def test_rows_are_cut_at_the_limit_and_it_is_said(graph: Graph) -> None:
    result = graph.query("MATCH (n:Server) RETURN n, n.size AS s ORDER BY s", max_rows=3)
    assert [row["s"] for row in result] == [0, 1, 2]
    assert result.truncated


def test_what_fails_on_a_value_is_told_as_in_this_process(graph: Graph) -> None:
    with pytest.raises(CypherError, match="division by zero"):
        graph.query("MATCH (n:Server) RETURN 1 / n.size AS x").rows()
    assert graph.query("RETURN 1 AS one").rows() == [{"one": 1}]


def test_searches_run_before_the_statement_and_keep_what_they_found(
    graph: Graph, folder: Path, pool: WorkerPool
) -> None:
    sealed = engine(folder, pool)
    query = compiled(graph)
    found = [answer(sealed, query, "SELECT n FROM runs", [Counter()]) for _ in range(3)]
    assert found == [[(1,)], [(2,)], [(3,)]]


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "ATTACH '{folder}/other.db'",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_csv('/etc/hostname')",
        "SELECT * FROM '{folder}/x.parquet'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT getenv('HOME')",
        "SELECT 1; SELECT 2",
        "CREATE TABLE mine AS SELECT 1",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "PRAGMA enable_profiling",
        "EXPORT DATABASE '{folder}/out'",
        "",
    ],
)
def test_nothing_but_one_select_over_the_graph_reaches_duckdb(
    graph: Graph, folder: Path, pool: WorkerPool, tmp_path: Path, sql: str
) -> None:
    sealed = engine(folder, pool)
    given = replace(compiled(graph), sql=sql.format(folder=tmp_path))
    with pytest.raises(QueryError):
        sealed.answer(given, timeout=None, max_rows=None)
    assert not list(tmp_path.iterdir())
    assert answer(sealed, compiled(graph)) == [(1,)]


def test_nothing_is_written_beside_the_sealed_file(graph: Graph, folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    text = "UNWIND range(1, 300000) AS x WITH x ORDER BY x % 1000 RETURN collect(x)[0] AS first"
    graph.query(text).rows()
    assert sorted(folder.rglob("*")) == before


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="there is no /proc")
def test_a_worker_knows_no_secrets_of_ours(
    folder: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    with Graph.open(folder, workers=pool) as graph:
        graph.query("RETURN 1 AS one").rows()
        for worker in pool.processes():
            assert b"hush" not in Path(f"/proc/{worker}/environ").read_bytes()


def test_a_file_that_is_no_database_is_told(folder: Path, pool: WorkerPool, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes((folder / "manifest.json").read_bytes())
    with pytest.raises(GraphError, match="cannot be opened"):
        Graph.open(tmp_path, workers=pool)
    (tmp_path / DATABASE).write_bytes(b"no database at all" * 1000)
    with (
        Graph.open(tmp_path, workers=pool) as graph,
        pytest.raises(GraphError, match="cannot be opened"),
    ):
        graph.query("RETURN 1 AS one")


def test_a_closed_graph_says_so(graph: Graph) -> None:
    graph.close()
    with pytest.raises(GraphError, match="closed"):
        graph.query("RETURN 1 AS one")


def test_one_pool_serves_many_graphs(folder: Path, pool: WorkerPool, tmp_path: Path) -> None:
    other = Generations(tmp_path, FixedClock(SEEN))
    other.build([[asset("Server", "x")]], registry(), {}, 1, SEEN)
    third = other.build([[asset("Server", i) for i in "xyz"]], registry(), {}, 2, SEEN)
    folders = [folder, *(each.folder for each in other.list()), third.folder]
    graphs = [Graph.open(each, workers=pool) for each in folders]
    counts = [g.query("MATCH (n:Server) RETURN count(*) AS c").rows()[0]["c"] for g in graphs * 2]
    assert counts == [SERVERS, 1, 3, 3] * 2
    assert len(pool.processes()) <= 2


SCRIPT = """
    import os, signal, sys
    from pathlib import Path
    from cloudwarden.graph.graph import Graph
    from cloudwarden.graph.pool import WorkerPool, shared_pool

    graph = Graph.open(Path(sys.argv[1]))
    graph.query("RETURN 1 AS one").rows()
    print(*shared_pool().processes(), flush=True)
"""


def script(folder: Path, text: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SCRIPT) + textwrap.dedent(text), str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_end(process_id: int) -> None:
    """Until a process that is none of ours, or a worker of ours, is gone."""
    try:
        descriptor = os.pidfd_open(process_id)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], 20)[0], f"{process_id} still lives"
    finally:
        os.close(descriptor)


needs_pidfd = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="Linux tells it so")


@needs_pidfd
@pytest.mark.parametrize("query", ["", f'graph.query("{ENDLESS}")'])
def test_no_worker_outlives_a_parent_that_was_killed(folder: Path, query: str) -> None:
    with script(folder, query or "sys.stdin.read()") as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        process.kill()
        wait_for_end(worker)


@needs_pidfd
def test_ctrl_c_ends_a_query_and_its_worker(folder: Path) -> None:
    with script(folder, f'graph.query("{ENDLESS}")') as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        assert "KeyboardInterrupt" in errors
        wait_for_end(worker)


def test_a_forked_process_has_workers_of_its_own(folder: Path) -> None:
    text = """
        child = os.fork()
        if child == 0:
            before = shared_pool().processes()
            rows = graph.query("MATCH (n:Server) RETURN count(*) AS c").rows()
            print(before or "none", rows, flush=True)
            os._exit(0)
        os.waitpid(child, 0)
        rows = graph.query("MATCH (n:Server) RETURN count(*) AS c").rows()
        print(rows, *shared_pool().processes())
    """
    with script(folder, text) as process:
        output, errors = process.communicate(timeout=30)
    worker, child, parent = output.splitlines()
    counted = f"[{{'c': {SERVERS}}}]"
    assert (child, parent) == (f"none {counted}", f"{counted} {worker}")
    assert errors == ""


def test_whoever_asks_loads_neither_duckdb_nor_pyarrow_nor_numpy(folder: Path) -> None:
    text = """
        graph.query("MATCH (n:Server) RETURN n, n.size").rows()
        print(*{"duckdb", "pyarrow", "numpy"} & set(sys.modules))
    """
    with script(folder, text) as process:
        output, _ = process.communicate(timeout=30)
    assert output.splitlines()[1] == ""
