"""Brings a database to this release's tables, or refuses one that a newer release has changed."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from cloudwarden.core.errors import StoreVersionError
from cloudwarden.inventory.lock import exclusive

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from cloudwarden.core.database import Database

#: Seconds to wait for another process that is bringing the same database up to date.
_WAIT = 30.0


def migrate(database: Database, apps: Sequence[str]) -> None:
    """Apply what is missing for `apps`, all or nothing.

    Nothing but one query is needed where nothing is missing. Raises `StoreVersionError` if the
    database holds migrations that this release does not know, `BusyError` if some are missing
    while a collection runs.
    """
    known = _known(apps)
    if not known - _applied(database, known):
        return
    with exclusive(database, "bring the database up to date", wait=_WAIT):
        missing = known - _applied(database, known)
        if missing:
            with database.errors("bring the database up to date"):
                _apply(database.connection, {app for app, _ in missing})


def _known(apps: Sequence[str]) -> set[tuple[str, str]]:
    """(app label, migration) of every migration that the apps bring, without importing them."""
    from django.apps import apps as registry

    installed = {config.name: config.label for config in registry.get_app_configs()}
    found = set()
    for app in apps:
        try:
            package = import_module(f"{app}.migrations")
        except ModuleNotFoundError:
            continue
        found |= {
            (installed[app], module.name)
            for module in iter_modules(package.__path__)
            if not module.name.startswith("_")
        }
    return found


def _applied(database: Database, known: set[tuple[str, str]]) -> set[tuple[str, str]]:
    exists = (
        "SELECT to_regclass('django_migrations')"
        if database.vendor == "postgresql"
        else "SELECT MAX(name) FROM sqlite_master WHERE name = 'django_migrations'"
    )
    with (
        database.errors("read which release wrote the database"),
        database.connection.cursor() as cursor,
    ):
        cursor.execute(exists)
        row = cursor.fetchone()
        if row is None or row[0] is None:
            return set()
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = {(app, name) for app, name in cursor.fetchall()}
    ours = {app for app, _ in known}
    newer = sorted(f"{app}.{name}" for app, name in applied - known if app in ours)
    if newer:
        raise StoreVersionError(
            f"{database.shown} was written by a newer release of cloudwarden ({newer[-1]} is "
            "unknown to this one); upgrade cloudwarden, or name another database"
        )
    return applied


def _apply(connection: BaseDatabaseWrapper, labels: set[str]) -> None:
    from django.db import transaction
    from django.db.migrations.executor import MigrationExecutor

    # One transaction over all: Django records a migration after some of its work is committed.
    # SQLite can change tables only while it checks no keys, and can turn that off only here.
    if connection.vendor == "sqlite":
        connection.disable_constraint_checking()
    try:
        with transaction.atomic(using=connection.alias):
            executor = MigrationExecutor(connection)
            graph = executor.loader.graph
            executor.migrate([key for key in graph.leaf_nodes() if key[0] in labels])
    finally:
        if connection.vendor == "sqlite":
            connection.enable_constraint_checking()
