"""Databases that cannot be used, or not now: one clear sentence each, and nothing lost."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from cloudwarden.core.clock import FixedClock, SystemClock
from cloudwarden.core.errors import BusyError, ConfigurationError, StoreError, StoreVersionError
from cloudwarden.inventory.store import Inventory
from cloudwarden.schema.records import Reading
from tests.inventory.conftest import Opener
from tests.inventory.estate import BUCKETS, Estate, queue, read

HOLDER = """
import sys
from cloudwarden.core.clock import SystemClock
from cloudwarden.inventory.store import Inventory
with Inventory.open(sys.argv[1], SystemClock()) as inventory, inventory.lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def big_reading() -> Reading:
    """About 4 MB of assets."""
    return read(*(queue(f"q{n}", text=f"{n}" * 400) for n in range(2_000)), scope=BUCKETS)


def test_an_empty_file_gets_its_tables(tmp_path: Path) -> None:
    with Inventory.open(f"sqlite:///{tmp_path / 'new.db'}", SystemClock()) as inventory:
        assert inventory.count_assets() == 0
    assert (tmp_path / "new.db").stat().st_mode & 0o077 == 0


@pytest.mark.postgresql
def test_an_empty_database_gets_its_tables(postgresql_url: str) -> None:
    with Inventory.open(postgresql_url, SystemClock()) as inventory:
        assert inventory.count_assets() == 0


def test_what_was_stored_is_there_when_opened_again(
    url: str, clock: FixedClock, open_inventory: Opener
) -> None:
    with Inventory.open(url, clock) as inventory:
        Estate(inventory, clock).run(read(queue("jobs")))

    assert Estate(open_inventory(url), clock).names() == ["jobs"]


def test_several_databases_are_open_at_once(new_url: Opener, open_inventory: Opener) -> None:
    clock = FixedClock(SystemClock().now())
    one, two = (Estate(open_inventory(new_url()), clock) for _ in range(2))
    one.run(read(queue("one")))
    two.run(read(queue("two")))

    assert (one.names(), two.names()) == (["one"], ["two"])


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def newer_url(
    request: pytest.FixtureRequest, migrated_sqlite: Path, tmp_path: Path
) -> Iterator[str]:
    """The URL of a database that a later release has changed."""
    with ExitStack() as made:
        if request.param == "sqlite":
            url = f"sqlite:///{shutil.copyfile(migrated_sqlite, tmp_path / 'newer.db')}"
        else:
            server = request.getfixturevalue("postgresql_server")
            template = request.getfixturevalue("migrated_postgresql")
            url = server.url(made.enter_context(server.database(template)))
        inventory = made.enter_context(Inventory.open(url, SystemClock()))
        with inventory.database.transaction("pretend") as connection:
            connection.cursor().execute(
                "INSERT INTO django_migrations (app, name, applied) "
                "VALUES ('inventory', '9999_future', '2030-01-01 00:00:00+00')"
            )
        yield url


def test_a_database_of_a_newer_release_is_refused(newer_url: str) -> None:
    with pytest.raises(StoreVersionError, match=r"newer release.*9999_future.*upgrade"):
        Inventory.open(newer_url, SystemClock())


def test_a_second_collection_at_the_same_time_is_refused(url: str, open_inventory: Opener) -> None:
    first, second = open_inventory(url), open_inventory(url)
    with first.lock():
        with pytest.raises(BusyError, match="another collection is running on"), second.lock():
            pass
        assert second.count_assets() == 0
    with second.lock():
        pass


def test_the_lock_of_a_killed_process_is_free(url: str, open_inventory: Opener) -> None:
    inventory = open_inventory(url)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(BusyError), inventory.lock():
            pass
        holder.kill()

    with inventory.lock():
        pass


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "sqlite://relative.db", "sqlite:///", "postgresql://h/db?nonsense=1"]
)
def test_a_url_that_names_no_database_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="write "):
        Inventory.open(url, SystemClock())


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("notes\n" * 500)

    with pytest.raises(StoreError, match=r"notes\.txt is not a SQLite database"):
        Inventory.open(f"sqlite:///{path}", SystemClock())
    assert path.read_text() == "notes\n" * 500


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"missing/x\.db cannot be opened; its folder must exist"):
        Inventory.open(f"sqlite:///{tmp_path}/missing/x.db", SystemClock())


def test_a_server_that_does_not_answer_is_named_without_the_password() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    with pytest.raises(StoreError, match=f"PostgreSQL database d at 127.0.0.1:{port}") as error:
        Inventory.open(f"postgresql://u:geheim@127.0.0.1:{port}/d", SystemClock())
    assert "geheim" not in str(error.value)


def test_a_closed_inventory_says_so(url: str, clock: FixedClock) -> None:
    inventory = Inventory.open(url, clock)
    inventory.close()
    inventory.close()

    with pytest.raises(StoreError, match="was closed already"):
        inventory.count_assets()


def test_a_reading_that_the_database_has_no_room_for_leaves_it_as_it_was(
    migrated_sqlite: Path, tmp_path: Path, clock: FixedClock, open_inventory: Opener
) -> None:
    path = tmp_path / "small.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    estate = Estate(open_inventory(f"sqlite:///{path}"), clock)
    estate.run(read(queue("jobs")))
    with estate.inventory.database.connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 200")

    with pytest.raises(StoreError, match=r"could not store the reading of .*s3:bucket.* is full"):
        estate.run(big_reading())

    assert estate.names() == ["jobs"]
    assert len(estate.inventory.readings()) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB; skips where this process may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small disk cannot be mounted here: {error}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_costs_only_the_reading_that_did_not_fit(
    small_disk: Path, clock: FixedClock
) -> None:
    path = small_disk / "inventory.db"
    with Inventory.open(f"sqlite:///{path}", clock) as inventory:
        estate = Estate(inventory, clock)
        estate.run(read(queue("jobs")))
        with pytest.raises(StoreError, match="full"):
            estate.run(big_reading())
        estate.run(read(queue("jobs"), queue("mail")))
        assert estate.names() == ["jobs", "mail"]

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_database_on_a_read_only_disk_says_so(small_disk: Path, clock: FixedClock) -> None:
    url = f"sqlite:///{small_disk / 'inventory.db'}"
    with Inventory.open(url, clock) as inventory:
        Estate(inventory, clock).run(read(queue("jobs")))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    with (
        pytest.raises(StoreError, match=r"read-only|cannot be opened"),
        Inventory.open(url, clock) as inventory,
    ):
        Estate(inventory, clock).run(read(queue("mail")))
