"""What it costs to store 100,000 assets, and to store them again unchanged, on both databases."""

from __future__ import annotations

import gc
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudwarden.core.clock import SystemClock
from cloudwarden.inventory.store import Inventory
from cloudwarden.schema.records import Asset, Reading, Relation, Scope, Verdict

SCOPES = 100
ASSETS_PER_SCOPE = 1_000
ASSETS = SCOPES * ASSETS_PER_SCOPE

Row = tuple[str, str, str]


@dataclass
class Cost:
    """What one collection's storing took in this process and asked of the database."""

    cpu: float = 0.0
    wall: float = 0.0
    statements: int = 0
    writes: int = 0


def run() -> list[Row]:
    """Rows of (figure, measured, target); PostgreSQL only where Debian's packages are there."""
    from tests.support.postgresql import running_postgresql

    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        rows += _measure("SQLite", f"sqlite:///{Path(folder) / 'inventory.db'}")
        size = (Path(folder) / "inventory.db").stat().st_size
        rows.append(("SQLite: size of the file", f"{size / 1e6:.0f} MB", ""))
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_postgresql())
        except FileNotFoundError as error:
            return [*rows, ("PostgreSQL", f"not measured: {error}", "")]
        rows += _measure("PostgreSQL", server.url(stack.enter_context(server.database())))
    return rows


def _measure(name: str, url: str) -> list[Row]:
    with Inventory.open(url, SystemClock()) as inventory:
        first = _collect(inventory)
        again = _collect(inventory)
        changed = _collect(inventory, changed=True)
        versions = _count(inventory, "inventory_assetversion")
        documents = _cpu(lambda: sum(len(batch) for batch in inventory.documents()))
        listed = _cpu(lambda: sum(1 for _ in inventory.assets(limit=100, offset=50_000)))
    what = f"{name}: {ASSETS:,} assets"
    return [
        (f"{what} stored, CPU here", f"{first.cpu:.1f} s", ""),
        (f"{what} stored, elapsed", f"{first.wall:.1f} s", ""),
        (f"{what} stored, statements", f"{first.statements:,}", ""),
        (f"{what} again, CPU here", f"{again.cpu:.1f} s", ""),
        (f"{what} again, elapsed", f"{again.wall:.1f} s", ""),
        (f"{what} again, statements", f"{again.statements:,}", ""),
        (f"{what} again, writes to assets and versions", str(again.writes), "0"),
        (f"{what} all changed, CPU here", f"{changed.cpu:.1f} s", ""),
        (f"{what} all changed, versions", f"{versions:,}", f"{ASSETS:,}"),
        (f"{name}: every document for the graph, CPU here", f"{documents:.1f} s", ""),
        (f"{name}: 100 assets from the middle of the list, CPU here", f"{listed:.2f} s", ""),
    ]


def _collect(inventory: Inventory, *, changed: bool = False) -> Cost:
    cost = Cost()

    def count(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        cost.statements += 1
        if "inventory_asset" in sql and not sql.lstrip().startswith("SELECT"):
            cost.writes += 1
        return execute(sql, parameters, many, context)

    started = inventory.begin_run({})
    with inventory.database.connection.execute_wrapper(count):
        for reading in _readings(changed=changed):
            gc.collect()
            wall, cpu = time.perf_counter(), _cpu_now()
            inventory.store(started.id, reading)
            cost.wall += time.perf_counter() - wall
            cost.cpu += _cpu_now() - cpu
    inventory.finish_run(started.id, Verdict.COMPLETE, 0)
    return cost


def _readings(*, changed: bool) -> Iterator[Reading]:
    for number in range(SCOPES):
        scope = Scope("aws", f"{number % 10:012}", f"region-{number % 17}", f"service:t{number}")
        assets = tuple(_asset(scope, index, changed=changed) for index in range(ASSETS_PER_SCOPE))
        yield Reading(scope, Verdict.COMPLETE, assets=assets, operations={"service:List": 10})


def _asset(scope: Scope, index: int, *, changed: bool) -> Asset:
    arn = f"arn:aws:service:{scope.region}:{scope.account}:thing/{index}"
    properties: dict[str, Any] = {f"property_{n}": f"value {n} of {index}" for n in range(25)}
    return Asset(
        label=scope.type.partition(":")[2].title(),
        id=arn,
        account=scope.account,
        region=scope.region,
        name=f"thing-{index}",
        properties={**properties, "arn": arn, "size": index, "changed": changed},
        tags={"env": "prod" if index % 3 else "test", "owner": f"team-{index % 50}"},
        relations=tuple(Relation("USES", "Thing", f"{arn}-{n}", {"since": n}) for n in range(4)),
    )


def _count(inventory: Inventory, table: str) -> int:
    with inventory.database.connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table}")
        row = cursor.fetchone()
        return int(row[0]) if row else 0


def _cpu(work: Callable[[], int]) -> float:
    start = _cpu_now()
    work()
    return _cpu_now() - start


def _cpu_now() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
