"""Inventories on both databases: a fresh one for each test, copied from one migrated before."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from cloudwarden.core.clock import FixedClock
from cloudwarden.inventory.store import Inventory
from tests.inventory.estate import START, Estate
from tests.support.postgresql import PostgresqlServer

Opener = Callable[..., Inventory]


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with our tables."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    Inventory.open(f"sqlite:///{path}", FixedClock(START)).close()
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: PostgresqlServer) -> Iterator[str]:
    """The name of a PostgreSQL database with our tables."""
    with postgresql_server.database() as name:
        Inventory.open(postgresql_server.url(name), FixedClock(START)).close()
        yield name


class PostgresqlPool:
    """Databases with our tables, emptied and lent again: making one takes longer than a test."""

    def __init__(self, server: PostgresqlServer, template: str, made: ExitStack) -> None:
        self._server = server
        self._template = template
        self._made = made
        self._free: list[str] = []

    def take(self) -> str:
        """The name of an empty database."""
        if self._free:
            return self._free.pop()
        return self._made.enter_context(self._server.database(self._template))

    def give_back(self, name: str) -> None:
        """Empty a database; fails if a connection to it still holds a lock."""
        self._server.execute(
            "SET lock_timeout = '10s'; TRUNCATE inventory_account, inventory_run, "
            "inventory_scope, inventory_reading, inventory_asset, inventory_assettag, "
            "inventory_assetversion RESTART IDENTITY",
            name,
        )
        self._free.append(name)


@pytest.fixture(scope="session")
def postgresql_pool(
    postgresql_server: PostgresqlServer, migrated_postgresql: str
) -> Iterator[PostgresqlPool]:
    """The databases of this test process."""
    with ExitStack() as made:
        yield PostgresqlPool(postgresql_server, migrated_postgresql, made)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes databases with our tables, and tells their URLs."""
    with ExitStack() as made:
        if request.param == "sqlite":
            template = request.getfixturevalue("migrated_sqlite")
            numbers = count(1)

            def new() -> str:
                path = tmp_path / f"inventory-{next(numbers)}.db"
                shutil.copyfile(template, path)
                return f"sqlite:///{path}"
        else:
            server = request.getfixturevalue("postgresql_server")
            pool = request.getfixturevalue("postgresql_pool")

            def new() -> str:
                name = pool.take()
                made.callback(pool.give_back, name)
                return str(server.url(name))

        yield new


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    """The URL of a database with our tables."""
    return new_url()


@pytest.fixture
def clock() -> FixedClock:
    """The tests' clock."""
    return FixedClock(START)


@pytest.fixture
def open_inventory(clock: FixedClock) -> Iterator[Opener]:
    """Opens inventories by URL, and closes them at the end."""
    with ExitStack() as opened:

        def open_(url: str, **options: Any) -> Inventory:
            return opened.enter_context(Inventory.open(url, clock, **options))

        yield open_


@pytest.fixture
def estate(url: str, clock: FixedClock, open_inventory: Opener) -> Estate:
    """An estate of which nothing is known yet."""
    return Estate(open_inventory(url), clock)
