"""How a reading is taken in: what is new, changed or gone is written, the rest costs nothing.

Everything here happens within one transaction of the caller. Assets are compared by hash. What a
complete reading saw unchanged is marked as seen once, on its scope; what another one saw
unchanged, by one statement. Only a complete reading lets an asset be gone. Where nothing but
volatile properties changed, the state stays and holds their last values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from cloudwarden.core.json import dumps
from cloudwarden.inventory import bulk
from cloudwarden.inventory.document import (
    Document,
    Provided,
    State,
    clean,
    make_state,
    read_document,
)
from cloudwarden.inventory.moments import to_number
from cloudwarden.inventory.records import Counts
from cloudwarden.inventory.scopes import hold_scope
from cloudwarden.schema.records import Asset, Reading

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

#: Assets made ready and written at once: bounds the memory that documents take.
_SLICE = 5_000

_ASSET_COLUMNS = (
    "id",
    "scope_id",
    "label",
    "identity",
    "arn",
    "account",
    "region",
    "name",
    "hash",
    "incomplete",
    "first_seen",
    "since",
    "opened_run_id",
    "last_seen",
    "seen_run_id",
    "document",
)

_CLOSE = """
INSERT INTO inventory_assetversion (
    scope_id, label, identity, arn, account, region, name, hash, first_seen, valid_from, valid_to,
    opened_run_id, closed_run_id, last_seen, seen_run_id, ended, document)
SELECT scope_id, label, identity, arn, account, region, name, hash, first_seen, since, %s,
    opened_run_id, %s,
    CASE WHEN last_seen < %s THEN %s ELSE last_seen END,
    CASE WHEN seen_run_id < %s THEN %s ELSE seen_run_id END,
    %s, document
FROM inventory_asset WHERE """

_READING = """
INSERT INTO inventory_reading (
    run_id, scope_id, verdict, listed, reason, operations, failures, seen, new, changed, gone,
    started_at, finished_at, stored_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""

Provides = Callable[[str], Provided | None]
Volatile = Callable[[str], frozenset[str]]
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _KnownAsset:
    id: int
    hash: str
    first_seen: int


def store_reading(
    connection: BaseDatabaseWrapper,
    run_id: int,
    reading: Reading,
    now: int,
    provides: Provides,
    volatile: Volatile,
) -> Counts:
    """Take a reading in and say what came of it.

    `now` is in microseconds and stands for the reading's end where it names none. Of two assets
    with the same label and id, the last counts.
    """
    with connection.cursor() as cursor:
        return _Writer(connection, cursor, run_id, reading, now, provides, volatile).write()


class _Writer:
    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        cursor: CursorWrapper,
        run_id: int,
        reading: Reading,
        now: int,
        provides: Provides,
        volatile: Volatile,
    ) -> None:
        self._connection = connection
        self._cursor = cursor
        self._run_id = run_id
        self._reading = reading
        self._provides = provides
        self._volatile = volatile
        self._scope = hold_scope(cursor, connection.vendor, reading.scope)
        finished = reading.finished_at
        # Clocks go back; the versions of an asset must not.
        self._at = max(to_number(finished) if finished else now, self._scope.latest_at or 0)

    def write(self) -> Counts:
        complete = self._reading.shows_absence
        assets = {(asset.label, asset.id): asset for asset in self._reading.assets}
        known = self._known_assets() if complete or assets else {}
        seen: set[Key] = set()
        new = changed = 0
        for states in self._states(assets, known):
            fresh = [s for s in states if (s.label, s.id) not in known]
            other = [
                s
                for s in states
                if (found := known.get((s.label, s.id))) is not None and found.hash != s.hash
            ]
            self._open(fresh, other, known)
            seen.update((s.label, s.id) for s in states)
            new += len(fresh)
            changed += len(other)
            written = {(s.label, s.id) for s in (*fresh, *other)}
            same = [(known[k].id, s) for s in states if (k := (s.label, s.id)) not in written]
            latest = [(number, s.document) for number, s in same if self._volatile(s.label)]
            bulk.update(self._connection, "inventory_asset", "document", latest)
            if not complete:
                self._touch([number for number, _ in same])
        gone = [found.id for key, found in known.items() if key not in seen] if complete else []
        self._close(gone, "gone")
        counts = Counts(len(assets), new, changed, len(gone))
        self._record(counts)
        return counts

    def _known_assets(self) -> dict[Key, _KnownAsset]:
        if self._scope.latest_at is None:
            return {}
        self._cursor.execute(
            "SELECT label, identity, id, hash, first_seen FROM inventory_asset WHERE scope_id = %s",
            [self._scope.id],
        )
        return {(row[0], row[1]): _KnownAsset(*row[2:]) for row in self._cursor.fetchall()}

    def _states(
        self, assets: Mapping[Key, Asset], known: Mapping[Key, _KnownAsset]
    ) -> Iterator[list[State]]:
        waiting = iter(assets.items())
        while part := list(islice(waiting, _SLICE)):
            before = self._documents([known[k].id for k, a in part if a.unread and k in known])
            states: dict[Key, State] = {}
            for key, asset in part:
                previous = before.get(known[key].id) if asset.unread and key in known else None
                label = asset.label
                state = make_state(asset, previous, self._provides(label), self._volatile(label))
                states[state.label, state.id] = state
            yield list(states.values())

    def _documents(self, ids: Sequence[int]) -> dict[int, Document]:
        if not ids:
            return {}
        condition, value = bulk.among(self._connection, "id", ids)
        self._cursor.execute(f"SELECT id, document FROM inventory_asset WHERE {condition}", [value])
        return {row[0]: read_document(row[1]) for row in self._cursor.fetchall()}

    def _open(
        self, fresh: Sequence[State], other: Sequence[State], known: Mapping[Key, _KnownAsset]
    ) -> None:
        if not fresh and not other:
            return
        self._close([known[s.label, s.id].id for s in other], "changed")
        ids = bulk.new_ids(self._cursor, self._connection.vendor, "inventory_asset", len(fresh))
        earlier = self._first_seen(fresh)
        rows = [
            (state, number, earlier.get((state.label, state.id), self._at))
            for state, number in zip(fresh, ids, strict=True)
        ]
        rows += [(s, k.id, k.first_seen) for s in other if (k := known[s.label, s.id])]
        bulk.insert(
            self._connection,
            "inventory_asset",
            _ASSET_COLUMNS,
            [self._row(state, number, first_seen) for state, number, first_seen in rows],
        )
        tags = [
            (number, key, str(value)[: bulk.TAG_LENGTH])
            for state, number, _ in rows
            for key, value in state.tags.items()
        ]
        if tags:
            bulk.insert(self._connection, "inventory_assettag", ("asset_id", "key", "value"), tags)

    def _row(self, state: State, number: int, first_seen: int) -> tuple[Any, ...]:
        return (
            number,
            self._scope.id,
            state.label,
            state.id,
            state.arn,
            state.account,
            state.region,
            state.name,
            state.hash,
            state.incomplete,
            first_seen,
            self._at,
            self._run_id,
            self._at,
            self._run_id,
            state.document,
        )

    def _first_seen(self, fresh: Sequence[State]) -> dict[Key, int]:
        """When those that had been there before were first seen."""
        if self._scope.latest_at is None or not fresh:
            return {}
        condition, value = bulk.among(self._connection, "identity", [s.id for s in fresh])
        self._cursor.execute(
            "SELECT label, identity, MIN(first_seen) FROM inventory_assetversion "
            f"WHERE {condition} AND scope_id = %s GROUP BY label, identity",
            [value, self._scope.id],
        )
        return {(row[0], row[1]): row[2] for row in self._cursor.fetchall()}

    def _close(self, ids: Sequence[int], ended: str) -> None:
        """End the current versions of these assets; they are no longer current."""
        if not ids:
            return
        condition, value = bulk.among(self._connection, "id", ids)
        s = self._scope
        self._cursor.execute(
            _CLOSE + condition,
            [
                self._at,
                self._run_id,
                s.complete_at,
                s.complete_at,
                s.complete_run,
                s.complete_run,
                ended,
                value,
            ],
        )
        self._cursor.execute(f"DELETE FROM inventory_asset WHERE {condition}", [value])
        condition, value = bulk.among(self._connection, "asset_id", ids)
        self._cursor.execute(f"DELETE FROM inventory_assettag WHERE {condition}", [value])

    def _touch(self, ids: Sequence[int]) -> None:
        """Mark assets as seen that are as they were."""
        if not ids:
            return
        condition, value = bulk.among(self._connection, "id", ids)
        self._cursor.execute(
            f"UPDATE inventory_asset SET last_seen = %s, seen_run_id = %s WHERE {condition}",
            [self._at, self._run_id, value],
        )

    def _record(self, counts: Counts) -> None:
        reading = self._reading
        failures = {
            operation: {"verdict": f.verdict.value, "code": f.code, "message": f.message}
            for operation, f in reading.failures.items()
        }
        self._cursor.execute(
            _READING,
            [
                self._run_id,
                self._scope.id,
                reading.verdict.value,
                reading.listed,
                clean(reading.reason),
                dumps(dict(reading.operations)),
                dumps(clean(failures)),
                counts.seen,
                counts.new,
                counts.changed,
                counts.gone,
                to_number(reading.started_at) if reading.started_at else None,
                to_number(reading.finished_at) if reading.finished_at else None,
                self._at,
            ],
        )
        complete = ", complete_at = %s, complete_run_id = %s"
        last = [self._at, self._run_id]
        is_complete = reading.shows_absence
        self._cursor.execute(
            f"UPDATE inventory_scope SET latest_at = %s, latest_run_id = %s"
            f"{complete if is_complete else ''} WHERE id = %s",
            [*last, *(last if is_complete else ()), self._scope.id],
        )
