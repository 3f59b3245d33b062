"""A large estate from the inventory to a sealed generation, and the AWS queries on it.

`CLOUDWARDEN_BENCH_ASSETS` sets its size (1,000,000 assets have 4,000,000 edges). Building and
querying run in processes of their own, so that CPU time and peak memory are theirs alone.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.support.estate import READ, Estate
from cloudwarden.core.clock import FixedClock
from cloudwarden.core.errors import QueryError
from cloudwarden.graph.generations import Generations
from cloudwarden.graph.packs import load_queries
from cloudwarden.inventory.store import Inventory
from cloudwarden.schema.records import Verdict

Row = tuple[str, str, str]


def run() -> list[Row]:
    """Fill an inventory, build, query; the folder it is all in is removed."""
    size = int(os.environ.get("CLOUDWARDEN_BENCH_ASSETS", "1000000"))
    with TemporaryDirectory(prefix="cloudwarden-bench-") as folder:
        for step in ("fill", "build", "query"):
            subprocess.run(
                [sys.executable, "-m", "benchmarks.graph", step, folder, str(size)], check=True
            )
        built = json.loads((Path(folder) / "build.json").read_text())
        queried = json.loads((Path(folder) / "query.json").read_text())
    times = queried["times"]
    slowest = max(times, key=lambda name: times[name])
    refused = f" ({len(queried['failed'])} failed)" if queried["failed"] else ""
    million = size == 1_000_000
    return [
        (
            "graph: assets; nodes and edges of the generation",
            f"{size:,}; {built['nodes']:,} and {built['edges']:,}",
            "1 M assets, 4 M edges" if million else "",
        ),
        ("graph: CPU seconds, SQLite to sealed", f"{built['cpu']:.1f}", "at most 90"),
        ("graph: seconds on the clock", f"{built['wall']:.1f}", ""),
        ("graph: peak memory", f"{built['memory'] / 1e6:,.0f} MB", "at most 1,500 MB"),
        ("graph: DuckDB file", f"{built['database'] / 1e6:,.0f} MB", ""),
        ("graph: Parquet files", f"{built['parquet'] / 1e6:,.0f} MB", ""),
        (
            "graph: AWS queries, median",
            f"{median(times.values()):.0f} ms of {len(times)}{refused}",
            "under 60 ms",
        ),
        ("graph: AWS queries, slowest", f"{times[slowest]:.0f} ms ({slowest})", "under 2,000 ms"),
    ]


def fill(folder: Path, estate: Estate) -> dict[str, Any]:
    """Store the estate as one run would."""
    clock = FixedClock(READ)
    with Inventory.open(f"sqlite:///{folder / 'inventory.db'}", clock) as inventory:
        begun = inventory.begin_run({})
        for reading in estate.readings():
            inventory.store(begun.id, reading)
        inventory.finish_run(begun.id, Verdict.COMPLETE, 0)
    return {}


def build(folder: Path, estate: Estate) -> dict[str, Any]:
    """From SQLite to a sealed generation."""
    clock = FixedClock(READ)
    registry = estate.registry()
    begun = time.perf_counter()
    with Inventory.open(f"sqlite:///{folder / 'inventory.db'}", clock) as inventory:
        generation = Generations(folder / "graph", clock).build(
            inventory.documents(), registry, estate.accounts, 1, READ
        )
    used = resource.getrusage(resource.RUSAGE_SELF)
    manifest = generation.manifest
    sizes = {path: record.size for path, record in manifest.files.items()}
    database = sizes.pop("graph.duckdb")
    return {
        "nodes": sum(manifest.nodes.values()),
        "edges": sum(manifest.relations.values()),
        "cpu": used.ru_utime + used.ru_stime,
        "wall": time.perf_counter() - begun,
        "memory": used.ru_maxrss * 1024,
        "database": database,
        "parquet": sum(sizes.values()),
    }


def query(folder: Path, _: Estate) -> dict[str, Any]:
    """Each AWS query of our pack: milliseconds of its second run, all its rows fetched."""
    clock = FixedClock(READ)
    graph = Generations(folder / "graph", clock).open()
    times: dict[str, float] = {}
    failed: dict[str, str] = {}
    for packed in load_queries():
        if "aws" not in packed.tags:
            continue
        parameters = packed.parameters(clock)
        try:
            for _ in range(2):
                begun = time.perf_counter()
                rows = sum(1 for _ in graph.query(packed.text, parameters))
                times[packed.name] = (time.perf_counter() - begun) * 1000
        except QueryError as error:
            failed[packed.name] = str(error)
            print(f"{packed.name}: {error}", file=sys.stderr)
        else:
            print(f"{packed.name}: {times[packed.name]:.0f} ms, {rows} rows", file=sys.stderr)
    return {"times": times, "failed": failed}


if __name__ == "__main__":
    step, place, assets = sys.argv[1:]
    answer = {"fill": fill, "build": build, "query": query}[step](Path(place), Estate(int(assets)))
    (Path(place) / f"{step}.json").write_text(json.dumps(answer))
