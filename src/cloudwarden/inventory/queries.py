"""Questions about assets, now or at a past moment. Answers are sorted by label, id and scope."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from cloudwarden.inventory.conditions import Condition, Conditions
from cloudwarden.inventory.document import read_document
from cloudwarden.inventory.moments import to_moment, to_number
from cloudwarden.inventory.records import AssetDocument, AssetFilter, StoredAsset
from cloudwarden.inventory.scopes import KnownScope, known_scopes

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from cloudwarden.core.database import Database

#: Rows that are fetched at once, and that a batch of documents has.
BATCH = 2_000

_COLUMNS = (
    "label, identity, scope_id, arn, account, region, name, first_seen, "
    "{since}, opened_run_id, last_seen, seen_run_id, document"
)
_INCOMPLETE = """
id IN (
    SELECT id FROM inventory_asset WHERE incomplete
    UNION
    SELECT a.id FROM inventory_scope s JOIN inventory_asset a ON a.scope_id = s.id
    WHERE s.latest_run_id > COALESCE(s.complete_run_id, 0) AND a.seen_run_id < s.latest_run_id)"""
_ORDER = " ORDER BY label, identity, scope_id"


@contextmanager
def snapshot(database: Database) -> Iterator[BaseDatabaseWrapper]:
    """A connection that sees the database as it is now, whatever is stored meanwhile."""
    with (
        database.errors("read the inventory"),
        database.separate_connection() as connection,
        connection.cursor() as cursor,
    ):
        if connection.vendor == "postgresql":
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        else:
            cursor.execute("BEGIN")
        yield connection


def batches(connection: BaseDatabaseWrapper, select: Condition) -> Iterator[list[Any]]:
    """Rows, of which memory holds one batch only."""
    if connection.vendor == "postgresql":
        with (
            connection.wrap_database_errors,
            closing(connection.connection.cursor(name="rows")) as cursor,
        ):
            cursor.execute(select.sql, select.parameters)
            while rows := cursor.fetchmany(BATCH):
                yield rows
        return
    with closing(connection.cursor()) as cursor:
        cursor.execute(select.sql, select.parameters)
        while rows := cursor.fetchmany(BATCH):
            yield rows


def find_assets(
    database: Database,
    where: AssetFilter,
    as_of: datetime | None,
    limit: int | None,
    offset: int,
) -> Iterator[StoredAsset]:
    """Assets that the filter means."""
    moment = to_number(as_of) if as_of else None
    everything = "ALL" if database.vendor == "postgresql" else "-1"
    page = f" LIMIT {everything if limit is None else int(limit)} OFFSET {int(offset)}"
    with snapshot(database) as connection:
        scopes = known_scopes(connection, moment)
        select = _select(Conditions(where, database.vendor, scopes), moment, _COLUMNS)
        ordered = Condition(select.sql + _ORDER + page, select.parameters)
        for rows in batches(connection, ordered):
            for row in rows:
                yield _asset(row, scopes[row[2]])


def find_incomplete(database: Database) -> Iterator[StoredAsset]:
    """Assets that are stale or for which operations failed; all others are wholly current."""
    select = _union(Condition(_INCOMPLETE, []), Condition("", []), None, _COLUMNS)
    with snapshot(database) as connection:
        scopes = known_scopes(connection)
        for rows in batches(connection, Condition(select.sql + _ORDER, [])):
            for row in rows:
                yield _asset(row, scopes[row[2]])


def count_assets(database: Database, where: AssetFilter, as_of: datetime | None) -> int:
    """How many assets the filter means."""
    moment = to_number(as_of) if as_of else None
    with database.errors("read the inventory"), database.connection.cursor() as cursor:
        scopes = known_scopes(database.connection, moment) if where.type or moment else {}
        select = _select(Conditions(where, database.vendor, scopes), moment, "id")
        cursor.execute(f"SELECT COUNT(*) FROM ({select.sql}) AS found", select.parameters)
        row = cursor.fetchone()
        return int(row[0]) if row else 0


def get_asset(database: Database, asset_id: str, as_of: datetime | None) -> list[StoredAsset]:
    """Everything with this id or ARN."""
    moment = to_number(as_of) if as_of else None
    named = Condition("(identity = %s OR arn = %s)", [asset_id, asset_id])
    select = _union(named, named, moment, _COLUMNS)
    with snapshot(database) as connection, connection.cursor() as cursor:
        cursor.execute(select.sql + _ORDER, select.parameters)
        rows = cursor.fetchall()
        scopes = known_scopes(connection, moment) if rows else {}
        return [_asset(row, scopes[row[2]]) for row in rows]


def all_documents(database: Database, as_of: datetime | None) -> Iterator[list[AssetDocument]]:
    """Every asset's document, in batches."""
    moment = to_number(as_of) if as_of else None
    every = Condition("1 = 1", [])
    select = _union(every, every, moment, _COLUMNS)
    at = cache(to_moment)
    with snapshot(database) as connection:
        scopes = known_scopes(connection, moment)
        for rows in batches(connection, Condition(select.sql + _ORDER, select.parameters)):
            yield [
                AssetDocument(
                    row[0],
                    row[1],
                    row[4],
                    row[5],
                    row[6],
                    at(row[7]),
                    at(scopes[row[2]].sight(*row[8:12])[0]),
                    row[12].encode(),
                )
                for row in rows
            ]


def _select(conditions: Conditions, moment: int | None, columns: str) -> Condition:
    return _union(conditions.current(), conditions.version(), moment, columns)


def _union(current: Condition, version: Condition, moment: int | None, columns: str) -> Condition:
    now = f"SELECT {columns.format(since='since')} FROM inventory_asset WHERE {current.sql}"
    if moment is None:
        return Condition(now, current.parameters)
    then = f"SELECT {columns.format(since='valid_from')} FROM inventory_assetversion"
    return Condition(
        f"SELECT * FROM ({now} AND since <= %s UNION ALL "
        f"{then} WHERE valid_from <= %s AND valid_to > %s AND {version.sql}) AS known",
        [*current.parameters, moment, moment, moment, *version.parameters],
    )


def _asset(row: Any, known: KnownScope) -> StoredAsset:
    document = read_document(row[12])
    last_seen, stale = known.sight(*row[8:12])
    return StoredAsset(
        label=row[0],
        id=row[1],
        arn=row[3],
        account=row[4],
        region=row[5],
        name=row[6],
        scope=known.scope,
        properties=document["properties"],
        tags=document["tags"],
        relations=tuple(document["relations"]),
        unread=document["unread"],
        first_seen=to_moment(row[7]),
        last_seen=to_moment(last_seen),
        since=to_moment(row[8]),
        opened_by=row[9],
        stale=stale,
    )
