"""The inventory: what is known of the estate, what was, and by which reading.

The front of this room; it holds no SQL. Models and what uses them are imported once Django is
configured, which opening does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cache
from typing import Any

from cloudwarden.core.clock import Clock
from cloudwarden.core.database import Database
from cloudwarden.core.errors import CloudwardenError
from cloudwarden.inventory import history, queries, writing
from cloudwarden.inventory.document import Provided
from cloudwarden.inventory.lock import exclusive
from cloudwarden.inventory.migrate import migrate
from cloudwarden.inventory.moments import to_number
from cloudwarden.inventory.records import (
    AccountRecord,
    AssetDocument,
    AssetFilter,
    Change,
    Counts,
    PastState,
    ReadingRecord,
    RunRecord,
    StoredAsset,
    VersionRecord,
)
from cloudwarden.providers.base import AccountSettings
from cloudwarden.schema.records import Failure, Reading, Verdict

APP = "cloudwarden.inventory"
_EVERYTHING = AssetFilter()
#: Seconds for a server to notice that the lock's last holder has died.
_GRACE = 1.0


class Inventory:
    """An open inventory. Usable from any thread; every method may raise `StoreError`."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        provides: writing.Provides,
        volatile: writing.Volatile,
    ) -> None:
        self.database = database
        self._clock = clock
        self._provides = provides
        self._volatile = volatile

    @classmethod
    def open(
        cls,
        url: str,
        clock: Clock,
        *,
        apps: Sequence[str] = (),
        provides: Callable[[str], Provided | None] | None = None,
        volatile: Callable[[str], frozenset[str]] | None = None,
    ) -> Inventory:
        """Open the database at `url`, creating and migrating it for our tables and those of `apps`.

        `provides` tells for a label which operation provides what: property names, `tags` and
        relation types, each to `service:Operation`. With it, what an operation that failed for an
        asset would have told is carried over exactly (see `document`); without it, cautiously.

        `volatile` tells for a label which properties change by themselves: such a change alone is
        no change of the asset, and what is known of it at a past moment may hold later values.

        Raises `StoreVersionError` if a newer release wrote the database, `BusyError` if it must be
        migrated while a collection runs on it, `StoreError` if it cannot be opened, and
        `ConfigurationError` if the URL is none.
        """
        every = tuple(dict.fromkeys((APP, *apps)))
        database = Database.open(url, every)
        try:
            migrate(database, every)
        except CloudwardenError:
            database.close()
            raise
        return cls(
            database,
            clock,
            cache(provides) if provides else _unknown,
            cache(volatile) if volatile else _none,
        )

    def close(self) -> None:
        """Let go of the database, in every thread."""
        self.database.close()

    def __enter__(self) -> Inventory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def lock(self) -> AbstractContextManager[None]:
        """Hold the right to collect. Raises `BusyError` if it is taken, in any process.

        The operating system or the server releases it when the process dies; a server may take
        a moment to notice, which is waited for.
        """
        wait = _GRACE if self.database.vendor == "postgresql" else 0.0
        return exclusive(self.database, "start a collection", wait=wait)

    def save_account(self, account: AccountSettings) -> None:
        """Add an account or change its settings; its health stays."""
        from cloudwarden.inventory import accounts

        with self.database.transaction("save the account") as connection:
            accounts.save_account(connection.alias, account)

    def remove_account(self, account_id: str) -> None:
        """Forget an account's settings and health; its assets stay. Raises `UsageError`."""
        from cloudwarden.inventory import accounts

        with self.database.transaction("remove the account") as connection:
            accounts.remove_account(connection.alias, account_id)

    def accounts(self) -> list[AccountRecord]:
        """Every account that was saved or connected to, with its health, by id."""
        from cloudwarden.inventory import accounts

        with self.database.errors("read the accounts"):
            return accounts.list_accounts(self.database.alias)

    def accounts_known(self) -> Mapping[str, str]:
        """The name, or an empty text, of every account saved, connected to or read."""
        from cloudwarden.inventory import accounts

        with self.database.errors("read the accounts"):
            return accounts.names_of_accounts(self.database.alias)

    def record_connection(self, account_id: str, name: str, failure: Failure | None) -> None:
        """Note in an account's health how connecting to it went."""
        from cloudwarden.inventory import accounts

        with self.database.transaction("note an account's health") as connection:
            accounts.record_connection(
                connection.alias, account_id, name, failure, self._clock.now()
            )

    def begin_run(self, parameters: Mapping[str, Any]) -> RunRecord:
        """Start a run; hold `lock` for its whole time. One that never finished is `interrupted`."""
        from cloudwarden.inventory import ledger

        with self.database.transaction("begin a run") as connection:
            return ledger.begin_run(connection.alias, parameters, self._clock.now())

    def store(self, run_id: int, reading: Reading) -> Counts:
        """Take in what a run learnt about a scope, in one transaction.

        Nothing is called gone unless the reading shows absence: it is complete, or its listing is
        whole. A run can hold one reading of a scope only.
        """
        with self.database.transaction(f"store the reading of {reading.scope}") as connection:
            now = to_number(self._clock.now())
            return writing.store_reading(
                connection, run_id, reading, now, self._provides, self._volatile
            )

    def finish_run(self, run_id: int, verdict: Verdict, api_calls: int) -> RunRecord:
        """End a run. Raises `UsageError` if it is not running."""
        from cloudwarden.inventory import ledger

        with self.database.transaction("finish the run") as connection:
            now = self._clock.now()
            return ledger.finish_run(connection.alias, run_id, verdict, api_calls, now)

    def runs(self, limit: int = 20) -> list[RunRecord]:
        """The last runs, the latest first."""
        from cloudwarden.inventory import ledger

        with self.database.errors("read the runs"):
            return ledger.list_runs(self.database.alias, limit)

    def readings(self, run_id: int | None = None) -> list[ReadingRecord]:
        """The readings of a run, or the last of every scope: what we now know about each."""
        from cloudwarden.inventory import ledger

        with self.database.errors("read the readings"):
            return ledger.list_readings(self.database.alias, run_id)

    def assets(
        self,
        where: AssetFilter = _EVERYTHING,
        *,
        as_of: datetime | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Iterator[StoredAsset]:
        """Assets as they are, or were at `as_of`, sorted by label, id and scope.

        Texts sort as the database sorts them.
        """
        return queries.find_assets(self.database, where, as_of, limit, offset)

    def count_assets(
        self, where: AssetFilter = _EVERYTHING, *, as_of: datetime | None = None
    ) -> int:
        """How many `assets` there are."""
        return queries.count_assets(self.database, where, as_of)

    def asset(self, asset_id: str, *, as_of: datetime | None = None) -> list[StoredAsset]:
        """Everything with this id or ARN: several labels or scopes may hold it."""
        return queries.get_asset(self.database, asset_id, as_of)

    def incomplete_assets(self) -> Iterator[StoredAsset]:
        """The current assets that are stale or have unread operations, sorted as `assets` is.

        Every other asset is known as it was at the last reading of its scope.
        """
        return queries.find_incomplete(self.database)

    def history(self, asset_id: str) -> list[VersionRecord]:
        """Every version of what has this id or ARN, the oldest first."""
        return history.list_versions(self.database, asset_id, self._volatile)

    def past(self, labels: Collection[str], until: datetime) -> Iterator[PastState]:
        """Every state of assets of these labels that had ended by `until`, the earliest first."""
        return history.list_past(self.database, labels, until)

    def diff(
        self, earlier: datetime, later: datetime, where: AssetFilter = _EVERYTHING
    ) -> Iterator[Change]:
        """What is new, changed or gone at `later` compared with `earlier`.

        An asset counts if the filter means its state at either moment. What changed and changed
        back in between is no change.
        """
        return history.list_changes(self.database, earlier, later, where, self._volatile)

    def documents(self, *, as_of: datetime | None = None) -> Iterator[list[AssetDocument]]:
        """Every asset as it is, or was at `as_of`, in batches sorted by label, for the graph."""
        return queries.all_documents(self.database, as_of)


def _unknown(_: str) -> None:
    return None


def _none(_: str) -> frozenset[str]:
    return frozenset()
