"""A collection killed at any moment leaves every finished scope whole, and the next one goes on."""

from __future__ import annotations

import random
import select
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from cloudwarden.core.clock import SystemClock
from cloudwarden.inventory.records import AssetFilter
from cloudwarden.inventory.store import Inventory
from cloudwarden.schema.records import Asset, Reading, Scope, Verdict

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
SCOPES = 30
ASSETS = 100

# Tells each scope when it is stored.
COLLECTION = """
import sys
from cloudwarden.core.clock import SystemClock
from cloudwarden.inventory.store import Inventory
from tests.inventory.test_killed import SCOPES, readings
url, mark = sys.argv[1:]
with Inventory.open(url, SystemClock()) as inventory, inventory.lock():
    run = inventory.begin_run({"mark": mark})
    print("begun", flush=True)
    for reading in readings(mark):
        inventory.store(run.id, reading)
        print(reading.scope.type, flush=True)
"""


def readings(mark: str) -> list[Reading]:
    """One of every scope; each asset says which run it is from."""
    return [
        Reading(
            scope := Scope("aws", "1", "r", f"t{number}"),
            Verdict.COMPLETE,
            assets=tuple(
                Asset("L", f"{number}/{n}", scope.account, scope.region, None, {"mark": mark})
                for n in range(ASSETS)
            ),
        )
        for number in range(SCOPES)
    ]


def collect_until_killed(url: str, mark: str, lines: int, seconds: float) -> list[str]:
    """Which scopes a collection said it had stored before it was killed: `seconds` after so many
    lines, or where it is then."""
    command = [sys.executable, "-c", COLLECTION, url, mark]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().decode().strip() for _ in range(lines)]
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        while select.select([process.stdout], [], [], 60)[0]:
            line = process.stdout.readline()
            if not line:
                break
            told.append(line.decode().strip())
    assert process.returncode == -signal.SIGKILL
    return [line for line in told if line.startswith("t")]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_killed_collection_leaves_whole_scopes_and_the_next_continues(
    url: str, seed: int
) -> None:
    chance = random.Random(seed)
    told = collect_until_killed(
        url, f"killed {seed}", chance.randint(1, SCOPES // 2), chance.random() / 50
    )

    with Inventory.open(url, SystemClock()) as inventory, inventory.lock():
        stored = inventory.readings(1)
        assert {reading.scope.type for reading in stored} >= set(told)
        assert Counter(asset.scope for asset in inventory.assets()) == {
            reading.scope: ASSETS for reading in stored
        }

        run = inventory.begin_run({"mark": "next"})
        assert [r.state for r in inventory.runs()] == ["running", "interrupted"]
        for reading in readings("next"):
            inventory.store(run.id, reading)
        inventory.finish_run(run.id, Verdict.COMPLETE, 0)
        marks = Counter(asset.properties["mark"] for asset in inventory.assets())
        assert marks == {"next": SCOPES * ASSETS}


def test_a_kill_in_the_middle_of_a_change_leaves_old_or_new_scopes_and_no_mixture(
    url: str,
) -> None:
    with Inventory.open(url, SystemClock()) as inventory:
        run = inventory.begin_run({})
        for reading in readings("old"):
            inventory.store(run.id, reading)

    told = collect_until_killed(url, "new", SCOPES // 2, 0.003)

    with Inventory.open(url, SystemClock()) as inventory:
        stored = {reading.scope for reading in inventory.readings(2)}
        assert len(stored) >= len(told) >= SCOPES // 2 - 1
        for scope in {reading.scope for reading in inventory.readings()}:
            meant = AssetFilter(type=scope.type)
            marks = Counter(asset.properties["mark"] for asset in inventory.assets(meant))
            assert marks == {"new" if scope in stored else "old": ASSETS}
