"""One collection at a time on one database, over all processes.

The operating system or the server lets go of the lock when its holder dies, however it dies: it
is `flock` on a file beside a SQLite database, a session's advisory lock on PostgreSQL.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cloudwarden.core.errors import BusyError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwarden.core.database import Database

# Any number that nobody else on the same database would choose.
_ADVISORY_KEY = int.from_bytes(b"cloudwar")
_PAUSE = 0.05


@contextmanager
def exclusive(database: Database, doing: str, *, wait: float = 0.0) -> Iterator[None]:
    """Hold the database's lock. Raises `BusyError` if it is still taken after `wait` seconds."""
    holder = _locked_file(database.path, doing) if database.path else _advisory(database, doing)
    with holder as take:
        deadline = time.monotonic() + wait
        while not take():
            if time.monotonic() >= deadline:
                raise BusyError(
                    f"could not {doing}: another collection is running on {database.shown}; "
                    "wait until it has finished"
                )
            time.sleep(_PAUSE)
        yield


@contextmanager
def _locked_file(path: Path, doing: str) -> Iterator[Callable[[], bool]]:
    name = path.with_name(path.name + ".lock")
    try:
        file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"could not {doing}: {name} cannot be opened: {error.strerror}") from error

    def take() -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    try:
        yield take
    finally:
        os.close(file)


@contextmanager
def _advisory(database: Database, doing: str) -> Iterator[Callable[[], bool]]:
    with database.separate_connection() as connection:

        def take() -> bool:
            with database.errors(doing), connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ADVISORY_KEY])
                row = cursor.fetchone()
                return bool(row and row[0])

        yield take
