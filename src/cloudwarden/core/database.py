"""Django's database layer without a project: configured from a URL, for the apps a caller names.

Importing this configures nothing. `Database.open` does; each one open has a connection alias of
its own, so that a process may hold several. Models are used with `.using(database.alias)`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from cloudwarden.core.database_errors import describe
from cloudwarden.core.database_url import parse_database_url
from cloudwarden.core.errors import StoreError

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

# WAL lets readers read while one writes. NORMAL may lose the last transactions when the power
# fails, never when the process is killed, and damages nothing.
_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA cache_size = -16384",
)


def configure(apps: Sequence[str]) -> None:
    """Set Django up with these apps, or add them to those it has. Repeating it changes nothing."""
    from django.apps import apps as registry
    from django.conf import settings

    if not settings.configured:
        settings.configure(
            INSTALLED_APPS=list(apps),
            DATABASES={},
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            USE_TZ=True,
            USE_I18N=False,
            LOGGING_CONFIG=None,
        )
    installed = list(settings.INSTALLED_APPS)
    missing = [app for app in apps if app not in installed]
    if registry.ready and missing:
        settings.INSTALLED_APPS = [*installed, *missing]
        registry.set_installed_apps(settings.INSTALLED_APPS)
    elif not registry.ready:
        # What django.setup() does, less its URL resolver, which costs a command 40 ms of start-up.
        registry.populate([*installed, *missing])


class Database:
    """One open database, reachable from any thread; each thread has a connection of its own."""

    def __init__(self, url: str, apps: Sequence[str]) -> None:
        """Register the database; nothing is opened yet. Raises `ConfigurationError`."""
        self._address = parse_database_url(url)
        configure(apps)
        from django.db import connections
        from django.db.backends.signals import connection_created

        self.alias = f"cloudwarden-{uuid4().hex}"
        self._made: list[BaseDatabaseWrapper] = []
        self._guard = threading.Lock()
        self._closed = False
        settings = dict(self._address.settings)
        complete = connections.configure_settings({"default": {}, self.alias: settings})
        connections.settings[self.alias] = complete[self.alias]
        connection_created.connect(self._created, weak=False, dispatch_uid=self.alias)

    @classmethod
    def open(cls, url: str, apps: Sequence[str]) -> Database:
        """Open the database at `url` for `apps`. Raises `ConfigurationError` or `StoreError`."""
        database = cls(url, apps)
        if database.path is not None and not database.path.exists():
            # What is known of an estate is nobody else's business. Where the file cannot be made,
            # connecting says why.
            with suppress(OSError):
                database.path.touch(mode=0o600)
        try:
            with database.errors("open the database"):
                database.connection.ensure_connection()
        except StoreError:
            database.close()
            raise
        return database

    @property
    def vendor(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._address.vendor

    @property
    def path(self) -> Path | None:
        """The file of a SQLite database."""
        return self._address.path

    @property
    def shown(self) -> str:
        """What to call it in a message; holds no password."""
        return self._address.shown

    @property
    def connection(self) -> BaseDatabaseWrapper:
        """This thread's connection. Raises `StoreError` once the database is closed."""
        from django.db import connections

        if self._closed:
            raise StoreError(f"{self.shown} was closed already")
        return connections[self.alias]

    @contextmanager
    def separate_connection(self) -> Iterator[BaseDatabaseWrapper]:
        """A connection that nothing else uses, closed at the end."""
        from django.db import connections

        if self._closed:
            raise StoreError(f"{self.shown} was closed already")
        connection = connections.create_connection(self.alias)
        # Whoever drops a generator that reads through it may be another thread.
        connection.inc_thread_sharing()
        try:
            yield connection
        finally:
            connection.close()
            with self._guard:
                self._made = [made for made in self._made if made is not connection]

    @contextmanager
    def transaction(self, doing: str) -> Iterator[BaseDatabaseWrapper]:
        """All of the block is stored, or none of it. Raises `StoreError` as `errors` does."""
        from django.db import transaction

        with self.errors(doing), transaction.atomic(using=self.alias):
            yield self.connection

    @contextmanager
    def errors(self, doing: str) -> Iterator[None]:
        """Turn the driver's errors into a `StoreError` whose sentence says what was tried."""
        from django.db.utils import Error

        try:
            yield
        except Error as error:
            raise StoreError(describe(doing, self.shown, error)) from error

    def close(self) -> None:
        """Close the connections of every thread. Closing twice is harmless."""
        from django.db import connections
        from django.db.backends.signals import connection_created

        if self._closed:
            return
        self._closed = True
        connection_created.disconnect(dispatch_uid=self.alias)
        with self._guard:
            for connection in self._made:
                # Made by another thread that by now has ended or will not use it again.
                connection.inc_thread_sharing()
                connection.close()
            self._made.clear()
        if any(made.alias == self.alias for made in connections.all(initialized_only=True)):
            del connections[self.alias]
        del connections.settings[self.alias]

    def _created(self, connection: BaseDatabaseWrapper, **_: Any) -> None:
        if connection.alias != self.alias:
            return
        with self._guard:
            if not any(made is connection for made in self._made):
                self._made.append(connection)
        if self.vendor == "sqlite":
            for pragma in _SQLITE_PRAGMAS:
                connection.connection.execute(pragma)
