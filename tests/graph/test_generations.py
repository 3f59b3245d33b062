"""The shelf: building, pointing, keeping, clearing away, and what goes wrong."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from tests.graph.generation_estates import (
    SEEN,
    Document,
    Past,
    PastRun,
    asset,
    nodes,
    parquet,
    registry,
)

from cloudwarden.core.clock import FixedClock
from cloudwarden.core.errors import GraphError, StoreError
from cloudwarden.graph.generations import Generation, Generations

HOUR = timedelta(hours=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "graph"


def shelf(folder: Path, keep: int = 5) -> Generations:
    return Generations(folder, FixedClock(SEEN), keep)


def build(generations: Generations, *ids: str) -> Generation:
    return generations.build([[asset("Server", i) for i in ids]], registry(), {}, 7, SEEN)


def test_before_the_first_build_there_is_no_generation(folder: Path) -> None:
    assert shelf(folder).current() is None
    assert shelf(folder).list() == ()
    with pytest.raises(GraphError, match="no graph"):
        shelf(folder).open()


def test_a_build_becomes_the_current_generation(folder: Path) -> None:
    built = build(shelf(folder), "a")
    assert shelf(folder).current() == built
    assert (built.manifest.run_id, built.manifest.as_of) == (7, SEEN)
    built.verify()


def test_a_generation_is_sealed(folder: Path) -> None:
    built = build(shelf(folder), "a")
    files = [path for path in built.folder.rglob("*") if path.is_file()]
    assert {file.stat().st_mode & 0o222 for file in files} == {0}
    recorded = {built.folder / path for path in built.manifest.files}
    assert set(files) == {*recorded, built.folder / "manifest.json"}


def test_each_generation_has_a_name_of_its_own_even_at_the_same_moment(folder: Path) -> None:
    generations = shelf(folder, keep=9)
    assert len({build(generations, "a").name for _ in range(3)}) == 3


def test_the_last_few_are_kept(folder: Path) -> None:
    generations = shelf(folder, keep=2)
    names = [build(generations, "a").name for _ in range(4)]
    assert [generation.name for generation in generations.list()] == names[2:]


def test_an_open_database_outlives_its_generation(folder: Path) -> None:
    generations = shelf(folder, keep=1)
    old = build(generations, "a", "b")
    with duckdb.connect(str(old.folder / "graph.duckdb"), read_only=True) as connection:
        build(generations, "c")
        assert not old.folder.exists()
        assert connection.execute("SELECT count(*) FROM n_Server").fetchone() == (2,)


def test_a_reader_keeps_its_graph_until_it_lets_go(folder: Path) -> None:
    generations = shelf(folder, keep=1)
    old = build(generations, "a", "b")
    graph = generations.open()
    build(generations, "c")
    assert graph.query("MATCH (s:Server) RETURN count(s) AS n").rows() == [{"n": 2}]
    assert old.folder.exists()
    del graph
    gc.collect()
    newest = build(generations, "d")
    assert generations.list() == (newest,)


def test_a_graph_is_opened_by_the_name_of_its_generation(folder: Path) -> None:
    generations = shelf(folder)
    old = build(generations, "a")
    build(generations, "b")
    moment = SEEN - HOUR
    past = generations.for_moment(Past({moment: [asset("Server", "z")]}), registry(), moment)
    for name, ids in {old.name: ["a"], past.name: ["z"], None: ["b"]}.items():
        with generations.open(name) as graph:
            rows = graph.query("MATCH (s:Server) RETURN s.id AS id").rows()
        assert [row["id"] for row in rows] == ids
    with pytest.raises(GraphError, match="no graph"):
        generations.open("00000009-00000000")


def test_a_damaged_file_is_named(folder: Path) -> None:
    built = build(shelf(folder), "a")
    file = built.folder / "nodes" / "Server.parquet"
    file.chmod(0o644)
    file.write_bytes(bytes(file.stat().st_size))
    with pytest.raises(GraphError, match=r"Server\.parquet is not what its manifest says"):
        built.verify()


def test_a_missing_generation_is_an_error_until_the_next_build(folder: Path) -> None:
    generations = shelf(folder)
    built = build(generations, "a")
    built.folder.rename(folder / "elsewhere")
    with pytest.raises(GraphError, match="build it again"):
        generations.current()
    assert build(generations, "a") == generations.current()


def test_a_manifest_of_a_newer_release_is_refused(folder: Path) -> None:
    built = build(shelf(folder), "a")
    manifest = built.folder / "manifest.json"
    manifest.chmod(0o644)
    manifest.write_text('{"format": 99}')
    with pytest.raises(GraphError, match="newer release"):
        shelf(folder).current()


def test_a_build_that_fails_leaves_the_current_generation_and_no_scraps(folder: Path) -> None:
    generations = shelf(folder)
    built = build(generations, "a")

    def broken() -> Iterator[list[Document]]:
        yield [asset("Server", "b")]
        raise StoreError("the database went away")

    before = sorted(folder.rglob("*"))
    with pytest.raises(StoreError):
        generations.build(broken(), registry(), {}, 8, SEEN)
    assert generations.current() == built
    assert sorted(folder.rglob("*")) == before


#: Builds in a process of its own and kills it, hard, at the given occurrence of an audit event.
_DIE = """
import os, signal, sys
from pathlib import Path
from tests.graph.test_generations import build, shelf
event, left = sys.argv[2], int(sys.argv[3])
def die(name, arguments):
    global left
    if name == event:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(die)
build(shelf(Path(sys.argv[1])), "new")
"""


@pytest.mark.parametrize(
    ("event", "occurrence"),
    [
        pytest.param("os.mkdir", 4, id="half written"),
        pytest.param("os.chmod", 2, id="half sealed"),
        pytest.param("os.rename", 0, id="sealed, not in place"),
        pytest.param("os.rename", 1, id="in place, not pointed to"),
    ],
)
def test_a_killed_build_leaves_the_pointer_and_the_next_clears_up(
    folder: Path, event: str, occurrence: int
) -> None:
    generations = shelf(folder)
    before = build(generations, "old")
    died = subprocess.run(
        [sys.executable, "-c", _DIE, str(folder), event, str(occurrence)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    current = generations.current()
    assert current == before
    before.verify()
    after = build(generations, "newer")
    assert [generation.name for generation in generations.list()] == [before.name, after.name]
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


_FULL = """
import sys
from pathlib import Path
from cloudwarden.core.errors import GraphError
from tests.graph.generation_estates import asset, nodes
from tests.graph.test_generations import build, shelf
generations = shelf(Path(sys.argv[1]))
before = build(generations, "old")
try:
    build(generations, *(f"{n}-{n * 7919 % 10007}" * 40 for n in range(30_000)))
except GraphError as error:
    print(error)
current = generations.current()
assert current == before
current.verify()
assert [path.name for path in Path(sys.argv[1]).iterdir() if "building" in path.name] == []
"""


def test_a_full_disk_is_one_clear_sentence_and_no_loss(folder: Path) -> None:
    folder.mkdir()
    script = f'mount -t tmpfs -o size=8m none "{folder}" && exec "$0" -c "$1" "{folder}"'
    ran = subprocess.run(
        [
            "unshare",
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            script,
            sys.executable,
            _FULL,
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in ran.stderr or "mount:" in ran.stderr:
        pytest.skip(f"this machine lets nobody mount a small file system: {ran.stderr.strip()}")
    assert ran.returncode == 0, ran.stderr
    assert "no space is left" in ran.stdout
    assert "untouched" in ran.stdout
    assert len(ran.stdout.strip().splitlines()) == 1


def test_a_past_moment_is_built_once_beside_the_current_generation(folder: Path) -> None:
    generations = shelf(folder)
    now = build(generations, "now")
    moment = SEEN - HOUR
    past = Past({moment: [asset("Server", "then")]}, [PastRun(3, moment - HOUR)])
    first = generations.for_moment(past, registry(), moment)
    again = generations.for_moment(past, registry(), moment)
    assert first == again
    assert past.asked == [moment]
    assert set(nodes(first, "Server")) == {"then"}
    assert (first.manifest.as_of, first.manifest.run_id) == (moment, 3)
    assert generations.current() == now
    assert generations.list() == (now,)


@pytest.mark.parametrize(
    ("moment", "run"),
    [
        pytest.param(SEEN, PastRun(1, SEEN - HOUR), id="not yet past"),
        pytest.param(
            SEEN - HOUR, PastRun(1, SEEN - 2 * HOUR, "running"), id="in a run still going"
        ),
    ],
)
def test_a_moment_that_may_still_change_is_built_anew(
    folder: Path, moment: object, run: PastRun
) -> None:
    past = Past({moment: [asset("Server", "s")]}, [run])  # type: ignore[dict-item]
    for _ in range(2):
        shelf(folder).for_moment(past, registry(), moment)  # type: ignore[arg-type]
    assert past.asked == [moment, moment]


def test_building_twice_gives_the_same_parquet_files(folder: Path) -> None:
    generations = shelf(folder)
    one, two = (build(generations, *(f"s{n}" for n in range(5000))) for _ in range(2))
    assert parquet(one) == parquet(two)
    assert one.manifest.catalog == two.manifest.catalog
