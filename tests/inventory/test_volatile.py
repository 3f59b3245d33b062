"""What changes by itself is no change: it opens no version, and its last value is what is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test.utils import CaptureQueriesContext

from cloudwarden.core.clock import FixedClock
from cloudwarden.inventory.records import Counts
from cloudwarden.inventory.store import Inventory
from cloudwarden.schema.records import Verdict
from tests.inventory.estate import DENIED, Estate, after, queue, read


@pytest.fixture
def estate(url: str, clock: FixedClock, open_inventory: Callable[..., Inventory]) -> Estate:
    """An estate whose queues have a length that changes by itself."""
    provided = {"length": "sqs:GetLength", "delay": "sqs:GetQueueAttributes"}
    return Estate(
        open_inventory(
            url, provides=lambda _: provided, volatile=lambda _: frozenset({"length", "age"})
        ),
        clock,
    )


def written(estate: Estate, *lengths: int, verdict: Verdict = Verdict.COMPLETE) -> list[str]:
    """What storing queues of these lengths writes to assets and versions."""
    run = estate.inventory.begin_run({})
    queues = (queue(f"q{number}", length=length) for number, length in enumerate(lengths))
    with CaptureQueriesContext(estate.inventory.database.connection) as queries:
        estate.inventory.store(run.id, read(*queues, verdict=verdict))
    statements = [query["sql"] for query in queries]
    return [s for s in statements if "inventory_asset" in s and not s.startswith("SELECT")]


def test_a_volatile_change_alone_opens_no_version(estate: Estate) -> None:
    estate.run(read(queue("jobs", length=1)))
    (counts,) = estate.run(read(queue("jobs", length=2)))

    assert counts == Counts(seen=1)
    assert len(estate.inventory.history(estate.only().id)) == 1
    assert list(estate.inventory.diff(after(1), after(2))) == []


def test_the_last_value_is_known(estate: Estate) -> None:
    estate.run(read(queue("jobs", length=1, age=5)))
    estate.run(read(queue("jobs", length=2)))

    asset = estate.only()
    assert (asset.properties["length"], "age" in asset.properties) == (2, False)
    assert (asset.since, asset.last_seen) == (after(1), after(2))


def test_the_last_value_is_known_after_a_partial_reading(estate: Estate) -> None:
    estate.run(read(queue("jobs", length=1), queue("other", length=1)))
    estate.run(read(queue("jobs", length=2), verdict=Verdict.PARTIAL))

    lengths = {a.name: a.properties["length"] for a in estate.inventory.assets()}
    assert lengths == {"jobs": 2, "other": 1}


def test_beside_another_change_it_is_not_told(estate: Estate) -> None:
    estate.run(read(queue("jobs", length=1, delay=1)))
    (counts,) = estate.run(read(queue("jobs", length=2, delay=3)))

    assert counts == Counts(seen=1, changed=1)
    assert dict(estate.inventory.history(estate.only().id)[1].changed) == {"delay": (1, 3)}
    (change,) = estate.inventory.diff(after(1), after(2))
    assert dict(change.properties) == {"delay": (1, 3)}


def test_a_volatile_value_that_was_not_read_is_carried_over(estate: Estate) -> None:
    estate.run(read(queue("jobs", length=1)))
    for _ in range(2):
        estate.run(read(queue("jobs", unread={"sqs:GetLength": DENIED})))

    assert estate.only().properties["length"] == 1
    changes = [dict(v.changed) for v in estate.inventory.history(estate.only().id)]
    assert changes == [{}, {"unread.sqs:GetLength": (None, "denied: AccessDenied")}]


@pytest.mark.parametrize("verdict", [Verdict.COMPLETE, Verdict.PARTIAL])
def test_however_many_differ_one_statement_writes_them(estate: Estate, verdict: Verdict) -> None:
    written(estate, *range(30))
    statements = written(estate, *range(1, 31), verdict=verdict)

    documents = [s for s in statements if s.startswith("UPDATE inventory_asset SET document")]
    assert len(documents) == 1
    assert len(statements) == (1 if verdict is Verdict.COMPLETE else 2)
    assert {a.properties["length"] for a in estate.inventory.assets()} == set(range(1, 31))


def test_text_of_any_kind_is_kept(estate: Estate) -> None:
    estate.run(read(queue("jobs", length="before")))
    text = "a\0b \ud800 'quoted' {json} \\ ünï"
    estate.run(read(queue("jobs", length=text)))

    assert estate.only().properties["length"] == "a\ufffdb ? 'quoted' {json} \\ ünï"
