"""Django is set up when a database is opened, for whoever brings tables; not before."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from cloudwarden.core.clock import SystemClock
from cloudwarden.core.database import Database, configure
from cloudwarden.inventory.store import APP, Inventory


def run_python(code: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout


def test_importing_the_inventory_configures_nothing() -> None:
    code = (
        "import sys, cloudwarden.inventory.store, cloudwarden.core.database\n"
        "print('django' in sys.modules, 'psycopg' in sys.modules)"
    )
    assert run_python(code) == "False False\n"


def test_apps_may_be_named_later_and_more_than_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    Inventory.open(url, SystemClock()).close()
    with Inventory.open(url, SystemClock(), apps=("cloudwarden.checks",)) as inventory:
        assert inventory.count_assets() == 0

    from django.apps import apps

    assert {"cloudwarden.inventory", "cloudwarden.checks"} <= {
        c.name for c in apps.get_app_configs()
    }


def test_the_migrations_make_what_the_models_say() -> None:
    configure([APP])
    from django.core.management import call_command

    call_command("makemigrations", "inventory", check=True, dry_run=True, verbosity=0)


def test_a_transaction_that_fails_leaves_nothing(new_url: Callable[[], str]) -> None:
    with Inventory.open(new_url(), SystemClock()) as inventory:
        database: Database = inventory.database
        try:
            with database.transaction("add an account") as connection:
                connection.cursor().execute(
                    "INSERT INTO inventory_run (started_at, state, api_calls, parameters) "
                    "VALUES (0, 'running', 0, '{}')"
                )
                raise LookupError
        except LookupError:
            pass
        assert inventory.runs() == []
