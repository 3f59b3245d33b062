"""A PostgreSQL server from Debian's packages: one for a test process, a database for each test."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

# Nothing here outlives the tests, so nothing need reach the disk.
_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "50",
    "shared_buffers": "64MB",
}


@dataclass(frozen=True)
class PostgresqlServer:
    """A running server that trusts this machine."""

    port: int
    numbers: Iterator[int]

    def url(self, name: str) -> str:
        """The URL of a database of this name."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The name of a new database, a copy of `template`; it is dropped at the end."""
        name = f"test_{next(self.numbers)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield name
        finally:
            self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement as the administrator."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_postgresql() -> Iterator[PostgresqlServer]:
    """Start a server in a folder of its own; stop it and remove the folder at the end.

    Raises `FileNotFoundError` if PostgreSQL is not installed.
    """
    programs = _programs()
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="cloudwarden-postgresql-"))
    try:
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        data = folder / "data"
        _run(
            [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"],
            account,
        )
        port = _free_port()
        settings = " ".join(f"-c {key}='{value}'" for key, value in _OPTIONS.items())
        control = [programs / "pg_ctl", "-D", data, "-w", "-t", "60"]
        _run([*control, "-l", folder / "log", "-o", f"-p {port} {settings}", "start"], account)
        try:
            yield PostgresqlServer(port, count(1))
        finally:
            _run([*control, "-m", "immediate", "stop"], account)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A PostgreSQL server. Skips if none is installed, but fails in CI."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_postgresql())
        except FileNotFoundError as error:
            if os.environ.get("CI"):
                pytest.fail(f"{error}; in CI it must be installed")
            pytest.skip(str(error))
        yield server


@pytest.fixture
def postgresql_url(postgresql_server: PostgresqlServer) -> Iterator[str]:
    """The URL of a fresh, empty PostgreSQL database."""
    with postgresql_server.database() as name:
        yield postgresql_server.url(name)


def _programs() -> Path:
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3])
    )
    if not found:
        raise FileNotFoundError(
            "PostgreSQL is not installed (no /usr/lib/postgresql/*/bin/initdb); "
            "sudo apt-get install postgresql"
        )
    return found[-1].parent


def _account() -> pwd.struct_passwd | None:
    """Whom the server runs as: PostgreSQL refuses root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LookupError("there is neither a user postgres nor nobody to run PostgreSQL as")


def _run(command: list[Any], account: pwd.struct_passwd | None) -> None:
    whom: dict[str, Any] = {}
    if account is not None:
        whom = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    # The server inherits these; a pipe would stay open as long as it runs.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            check=False,
            **whom,
        )
        output.seek(0)
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {output.read().decode(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
