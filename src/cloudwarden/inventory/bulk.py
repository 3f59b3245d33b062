"""Many rows in one statement: `COPY` and arrays on PostgreSQL, `executemany` and JSON on SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from cloudwarden.core.json import dumps

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

#: A tag's value is indexed so far; PostgreSQL cannot index a long text.
TAG_LENGTH = 250


def insert(
    connection: BaseDatabaseWrapper,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
) -> None:
    """Add rows to a table."""
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)
            return
        with (
            connection.wrap_database_errors,
            cursor.cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)


def among(connection: BaseDatabaseWrapper, column: str, values: Sequence[Any]) -> tuple[str, Any]:
    """A condition that `column` is one of `values`: SQL with one parameter, and that parameter."""
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s)", list(values)
    return f"{column} IN (SELECT value FROM json_each(%s))", dumps(list(values))


def update(
    connection: BaseDatabaseWrapper, table: str, column: str, rows: Sequence[tuple[int, str]]
) -> None:
    """Give the rows with these ids the text that goes with each, where theirs is another."""
    if not rows:
        return
    if connection.vendor == "postgresql":
        source = "SELECT unnest(%s::bigint[]) AS id, unnest(%s::text[]) AS text"
        values: list[Any] = [list(part) for part in zip(*rows, strict=True)]
    else:
        source = "SELECT value ->> 0 AS id, value ->> 1 AS text FROM json_each(%s)"
        values = [dumps(rows)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {column} = fresh.text FROM ({source}) AS fresh "
            f"WHERE {table}.id = fresh.id AND {table}.{column} <> fresh.text",
            values,
        )


def new_ids(cursor: CursorWrapper, vendor: str, table: str, count: int) -> Iterable[int]:
    """Unused primary keys. On SQLite, call it within the transaction that uses them."""
    if vendor == "postgresql":
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table, count],
        )
        return [row[0] for row in cursor.fetchall()]
    cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
    row = cursor.fetchone()
    first = (row[0] if row else 0) + 1
    return range(first, first + count)
