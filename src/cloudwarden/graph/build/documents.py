"""The inventory's documents, moved into the work database without looking inside them.

Everything within a document is read later by DuckDB's JSON functions, so that a million assets
do not cost a million trips through Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from cloudwarden.graph.build.work import Work

#: Rows and bytes of documents moved at once; small enough to be nothing in memory.
_CHUNK_ROWS = 20_000
_CHUNK_BYTES = 32 << 20

_COLUMNS = {
    "row": "BIGINT",
    "label": "VARCHAR",
    "id": "VARCHAR",
    "account": "VARCHAR",
    "region": "VARCHAR",
    "name": "VARCHAR",
    "first_seen": "TIMESTAMP",
    "last_seen": "TIMESTAMP",
    "document": "VARCHAR",
}


class AssetDocument(Protocol):
    """One asset as the inventory holds it.

    `document` is JSON in UTF-8: `{"properties": {}, "tags": {}, "relations": [{"type",
    "target_label", "target", "properties", "incoming", "implied"}], "unread": {}}`; a relation
    may have "found_by".
    """

    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def account(self) -> str: ...  # noqa: D102
    @property
    def region(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str | None: ...  # noqa: D102
    @property
    def first_seen(self) -> datetime: ...  # noqa: D102
    @property
    def last_seen(self) -> datetime: ...  # noqa: D102
    @property
    def document(self) -> bytes: ...  # noqa: D102


def load_documents(work: Work, batches: Iterable[Sequence[AssetDocument]]) -> int:
    """Fill the table `raw` and say how many rows it has.

    Batches are best ordered by label: the work on one label then touches only its own rows.
    """
    work.run(
        f"CREATE TABLE raw ({', '.join(f'{name} {type_}' for name, type_ in _COLUMNS.items())})"
    )
    loaded = 0
    chunk: list[AssetDocument] = []
    size = 0
    for batch in batches:
        chunk.extend(batch)
        size += sum(len(asset.document) for asset in batch)
        if len(chunk) >= _CHUNK_ROWS or size >= _CHUNK_BYTES:
            work.insert("raw", _COLUMNS, _values(chunk, loaded))
            loaded += len(chunk)
            chunk, size = [], 0
    if chunk:
        work.insert("raw", _COLUMNS, _values(chunk, loaded))
        loaded += len(chunk)
    return loaded


def _values(chunk: Sequence[AssetDocument], first_row: int) -> list[list[Any]]:
    return [
        list(range(first_row, first_row + len(chunk))),
        [asset.label for asset in chunk],
        [asset.id for asset in chunk],
        [asset.account for asset in chunk],
        [asset.region for asset in chunk],
        [asset.name for asset in chunk],
        [_in_utc(asset.first_seen) for asset in chunk],
        [_in_utc(asset.last_seen) for asset in chunk],
        [asset.document.decode() for asset in chunk],
    ]


def _in_utc(moment: datetime) -> datetime:
    """A moment as DuckDB's TIMESTAMP has it, which knows no zones."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
