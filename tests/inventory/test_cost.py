"""What was seen again costs nothing but a note on its scope."""

from __future__ import annotations

import pytest
from django.test.utils import CaptureQueriesContext

from cloudwarden.schema.records import Verdict
from tests.inventory.estate import Estate, queue, read


def statements(estate: Estate, verdict: Verdict, assets: int) -> list[str]:
    """What storing unchanged assets again runs on the database."""
    reading = read(*(queue(f"q{number}") for number in range(assets)), verdict=verdict)
    estate.run(read(*reading.assets))
    run = estate.inventory.begin_run({})
    with CaptureQueriesContext(estate.inventory.database.connection) as queries:
        estate.inventory.store(run.id, reading)
    return [query["sql"] for query in queries]


def test_unchanged_assets_of_a_complete_reading_are_not_written(estate: Estate) -> None:
    run = statements(estate, Verdict.COMPLETE, 30)

    assert [sql for sql in run if "inventory_asset" in sql and not sql.startswith("SELECT")] == []


def test_unchanged_assets_of_a_partial_reading_are_marked_by_one_statement(
    estate: Estate,
) -> None:
    run = statements(estate, Verdict.PARTIAL, 30)
    (written,) = [s for s in run if "inventory_asset" in s and not s.startswith("SELECT")]

    assert written.startswith("UPDATE inventory_asset SET last_seen")


@pytest.mark.parametrize("verdict", [Verdict.COMPLETE, Verdict.PARTIAL])
def test_the_number_of_statements_does_not_grow_with_the_assets(
    estate: Estate, verdict: Verdict
) -> None:
    assert len(statements(estate, verdict, 2)) == len(statements(estate, verdict, 40))
