"""A sealed graph may be opened any number of times, whatever the machine's zone is."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloudwarden.core.clock import FixedClock
from cloudwarden.graph.generations import Generations
from cloudwarden.schema.registry import Registry

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def shelf(tmp_path: Path) -> Generations:
    generations = Generations(tmp_path, FixedClock(NOW))
    generations.build([], Registry([]), {"1": "one"}, run_id=1, as_of=NOW)
    return generations


def test_one_process_opens_a_graph_twice_and_closing_one_leaves_the_other(
    shelf: Generations,
) -> None:
    first, second = shelf.open(), shelf.open()
    first.close()
    with second:
        assert [row["id"] for row in second.query("MATCH (a) RETURN a.id AS id")] == ["1"]


def test_moments_are_utc_wherever_the_machine_stands(
    shelf: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        with shelf.open() as graph:
            text = "RETURN toString(date(datetime('2026-01-01T00:30:00Z'))) AS day"
            assert [row["day"] for row in graph.query(text)] == ["2026-01-01"]
    finally:
        monkeypatch.undo()
        time.tzset()
