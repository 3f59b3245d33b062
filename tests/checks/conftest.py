"""An inventory on each database, for what the checks room keeps; an estate to judge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloudwarden.analysis.run import with_analysis
from cloudwarden.core.clock import FixedClock
from cloudwarden.inventory.store import Inventory
from cloudwarden.providers.aws.loader import load_catalogue
from cloudwarden.schema.registry import Registry

from .estates import Estate, new_estate

START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def inventory(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock
) -> Iterator[Inventory]:
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    else:
        url = f"sqlite:///{tmp_path / 'cloudwarden.db'}"
    with Inventory.open(url, clock, apps=["cloudwarden.checks"]) as opened:
        yield opened


@pytest.fixture(scope="session")
def registry() -> Registry:
    return with_analysis(load_catalogue().registry())


@pytest.fixture
def estate(tmp_path: Path, registry: Registry) -> Iterator[Estate]:
    with new_estate(tmp_path, registry) as made:
        yield made
