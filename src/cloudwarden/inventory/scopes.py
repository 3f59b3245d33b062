"""What is known of every scope: by which run it was read last, and last listed as a whole.

An asset's last sight is the later of its own and its scope's last reading with a whole listing
(called complete here, whether or not details of single assets failed in it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudwarden.schema.records import Scope, Verdict

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

_NOW = """
SELECT id, provider, account, region, type, latest_run_id, complete_run_id, complete_at
FROM inventory_scope"""

#: Readings whose listing was whole: what they did not see was not there.
_WHOLE = "verdict = %s OR (verdict = %s AND listed)"

_THEN = f"""
SELECT s.id, s.provider, s.account, s.region, s.type, r.latest_run, r.complete_run, r.complete_at
FROM inventory_scope s JOIN (
    SELECT scope_id, MAX(run_id) AS latest_run,
        MAX(CASE WHEN {_WHOLE} THEN run_id END) AS complete_run,
        MAX(CASE WHEN {_WHOLE} THEN stored_at END) AS complete_at
    FROM inventory_reading WHERE stored_at <= %s GROUP BY scope_id) r ON r.scope_id = s.id"""


@dataclass(frozen=True, slots=True)
class KnownScope:
    """A scope and its last readings; run 0 stands for none. `moment` is that of the question."""

    scope: Scope
    latest_run: int
    complete_run: int
    complete_at: int
    moment: int | None = None

    def sight(self, since: int, opened_run: int, last_seen: int, seen_run: int) -> tuple[int, bool]:
        """When an asset with these columns was last seen, and whether it is stale.

        Of a past moment the answer is never too late: where an asset was seen again by readings
        that were not complete, only the last of those sights is remembered.
        """
        if self.moment is not None and last_seen > self.moment:
            last_seen, seen_run = since, opened_run
        if self.complete_run > seen_run:
            last_seen, seen_run = self.complete_at, self.complete_run
        return last_seen, seen_run < self.latest_run


def known_scopes(
    connection: BaseDatabaseWrapper, moment: int | None = None
) -> Mapping[int, KnownScope]:
    """Every scope by its key, as known now or at a moment (in microseconds)."""
    with connection.cursor() as cursor:
        if moment is None:
            cursor.execute(_NOW)
        else:
            whole = [Verdict.COMPLETE.value, Verdict.PARTIAL.value]
            cursor.execute(_THEN, [*whole, *whole, moment])
        return {
            row[0]: KnownScope(Scope(*row[1:5]), row[5] or 0, row[6] or 0, row[7] or 0, moment)
            for row in cursor.fetchall()
        }


@dataclass(frozen=True, slots=True)
class HeldScope:
    """A scope's row, as it is before a reading is stored; 0 stands for never and none."""

    id: int
    latest_at: int | None
    complete_at: int
    complete_run: int


def hold_scope(cursor: CursorWrapper, vendor: str, scope: Scope) -> HeldScope:
    """The scope's row, made if there is none, kept from other writers until the transaction ends.

    On SQLite the transaction itself keeps them away.
    """
    names = [scope.account, scope.region, scope.type, scope.provider]
    select = (
        "SELECT id, latest_at, complete_at, complete_run_id FROM inventory_scope "
        "WHERE account = %s AND region = %s AND type = %s AND provider = %s"
        + (" FOR UPDATE" if vendor == "postgresql" else "")
    )
    cursor.execute(select, names)
    row = cursor.fetchone()
    if row is None:
        cursor.execute(
            "INSERT INTO inventory_scope (account, region, type, provider) "
            "VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            names,
        )
        cursor.execute(select, names)
        row = cursor.fetchone()
    assert row is not None
    return HeldScope(row[0], row[1], row[2] or 0, row[3] or 0)
