"""How assets came to be as they are: the versions of one, and what differs between two moments."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cloudwarden.inventory.changes import compare
from cloudwarden.inventory.conditions import Condition, Conditions, matches
from cloudwarden.inventory.document import Document, read_document
from cloudwarden.inventory.moments import to_moment, to_number, to_optional_moment
from cloudwarden.inventory.queries import batches, snapshot
from cloudwarden.inventory.records import AssetFilter, Change, Changes, PastState, VersionRecord
from cloudwarden.inventory.scopes import KnownScope, known_scopes
from cloudwarden.inventory.writing import Volatile

if TYPE_CHECKING:
    from cloudwarden.core.database import Database

_VERSIONS = """
SELECT label, identity, scope_id, account, region, name, valid_from, valid_to, opened_run_id,
    closed_run_id, ended, first_seen, last_seen, seen_run_id, document
FROM inventory_assetversion WHERE identity = %s OR arn = %s
UNION ALL
SELECT label, identity, scope_id, account, region, name, since, NULL, opened_run_id,
    NULL, NULL, first_seen, last_seen, seen_run_id, document
FROM inventory_asset WHERE identity = %s OR arn = %s
ORDER BY 1, 2, 3, 7, 9"""

# States that held at one of the two moments and not at the other, the earlier moment's first.
_DIFFERENT = """
SELECT label, identity, scope_id, 0 AS side, hash, arn, account, region, name, document
FROM inventory_assetversion
WHERE valid_from <= %s AND valid_to > %s AND valid_to <= %s AND {key}
UNION ALL
SELECT label, identity, scope_id, 1, hash, arn, account, region, name, document
FROM inventory_assetversion
WHERE valid_to > %s AND valid_from > %s AND valid_from <= %s AND {key}
UNION ALL
SELECT label, identity, scope_id, 1, hash, arn, account, region, name, document
FROM inventory_asset WHERE since > %s AND since <= %s AND {key}
ORDER BY 1, 2, 3, 4"""


_PAST = """
SELECT label, identity, account, region, valid_from, valid_to, document
FROM inventory_assetversion
WHERE label IN ({labels}) AND valid_to <= %s ORDER BY valid_to, label, identity"""


class _Side(NamedTuple):
    label: str
    id: str
    scope_id: int
    side: int
    hash: str
    arn: str | None
    account: str
    region: str
    name: str | None
    document: str


def list_versions(database: Database, asset_id: str, volatile: Volatile) -> list[VersionRecord]:
    """Every version of what has this id or ARN, the oldest first."""
    with snapshot(database) as connection, connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [asset_id] * 4)
        rows = cursor.fetchall()
        scopes = known_scopes(connection) if rows else {}
    found: list[VersionRecord] = []
    for _, versions in groupby(rows, key=lambda row: row[:3]):
        earlier: Any = None
        for row in versions:
            found.append(_version(row, earlier, scopes[row[2]], volatile))
            earlier = row
    return sorted(found, key=lambda version: version.valid_from)


def list_past(database: Database, labels: Collection[str], until: datetime) -> Iterator[PastState]:
    """Every state of assets of these labels that had ended by `until`, the earliest first."""
    if not labels:
        return
    sql = _PAST.format(labels=", ".join(["%s"] * len(labels)))
    with snapshot(database) as connection:
        select = Condition(sql, [*sorted(labels), to_number(until)])
        for rows in batches(connection, select):
            for label, identity, account, region, began, ended, text in rows:
                document = read_document(text)
                yield PastState(
                    label,
                    identity,
                    account,
                    region,
                    to_moment(began),
                    to_moment(ended),
                    document["properties"],
                    document["relations"],
                )


def list_changes(
    database: Database, earlier: datetime, later: datetime, where: AssetFilter, volatile: Volatile
) -> Iterator[Change]:
    """What differs, sorted by label, id and scope; the filter means either state."""
    start, end = to_number(earlier), to_number(later)
    with snapshot(database) as connection:
        scopes = known_scopes(connection)
        key = Conditions(where, database.vendor, scopes).key()
        select = Condition(
            _DIFFERENT.format(key=key.sql),
            [
                *(start, start, end, *key.parameters),
                *(end, start, end, *key.parameters),
                *(start, end, *key.parameters),
            ],
        )
        rows = (_Side(*row) for rows in batches(connection, select) for row in rows)
        for _, sides in groupby(rows, key=lambda row: row[:3]):
            states = {row.side: row for row in sides}
            change = _change(states.get(0), states.get(1), scopes, where, volatile)
            if change is not None:
                yield change


def _version(row: Any, earlier: Any, known: KnownScope, volatile: Volatile) -> VersionRecord:
    document = read_document(row[14])
    changed = bool(earlier) and earlier[10] == "changed"
    before = read_document(earlier[14]) if changed else None
    kind: Literal["new", "changed", "returned"] = "new"
    if earlier:
        kind = "changed" if changed else "returned"
    last_seen = row[12] if row[7] is not None else known.sight(row[6], row[8], row[12], row[13])[0]
    return VersionRecord(
        label=row[0],
        id=row[1],
        scope=known.scope,
        account=row[3],
        region=row[4],
        name=row[5],
        kind=kind,
        valid_from=to_moment(row[6]),
        valid_to=to_optional_moment(row[7]),
        opened_by=row[8],
        closed_by=row[9],
        ended=row[10],
        first_seen=to_moment(row[11]),
        last_seen=to_moment(last_seen),
        changed=compare(before, document, earlier[5], row[5], volatile(row[0])) if changed else {},
        properties=document["properties"],
        tags=document["tags"],
        relations=tuple(document["relations"]),
        unread=document["unread"],
    )


def _change(
    before: _Side | None, after: _Side | None, scopes: Any, where: AssetFilter, volatile: Volatile
) -> Change | None:
    state = after or before
    assert state is not None
    if before and after and before.hash == after.hash:
        return None
    old = read_document(before.document) if before else None
    new = read_document(after.document) if after else None
    if not (_matches(where, before, old) or _matches(where, after, new)):
        return None
    kind: Literal["new", "changed", "gone"] = "changed"
    if not before or not after:
        kind = "new" if after else "gone"
    properties: Changes = {}
    if before and after:
        properties = compare(old, new, before.name, after.name, volatile(state.label))
    return Change(
        kind=kind,
        label=state.label,
        id=state.id,
        account=state.account,
        region=state.region,
        name=state.name,
        scope=scopes[state.scope_id].scope,
        before=old,
        after=new,
        properties=properties,
    )


def _matches(where: AssetFilter, side: _Side | None, document: Document | None) -> bool:
    if side is None or document is None:
        return False
    texts = (side.id, side.name, side.arn)
    return matches(where, side.account, side.region, texts, side.name, document["tags"])
