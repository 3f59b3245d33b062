"""The inventory's documents, moved into the work database without looking inside them.

Everything within a document is read later by DuckDB's JSON functions, so that a million assets
do not cost a million trips through Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from cloudwarden.graph.build.work import Work

#: Rows and bytes of documents moved at once; small enough to be nothing in memory.
_CHUNK_ROWS = 20_000
_CHUNK_BYTES = 32 << 20

_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("label", pa.string()),
        ("id", pa.string()),
        ("account", pa.string()),
        ("region", pa.string()),
        ("name", pa.string()),
        ("first_seen", pa.timestamp("us")),
        ("last_seen", pa.timestamp("us")),
        ("document", pa.string()),
    ]
)


class AssetDocument(Protocol):
    """One asset as the inventory holds it.

    `document` is JSON in UTF-8: `{"properties": {}, "tags": {}, "relations": [{"type",
    "target_label", "target", "properties", "incoming", "implied"}], "unread": {}}`.
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
        """CREATE TABLE raw (
            row BIGINT, label VARCHAR, id VARCHAR, account VARCHAR, region VARCHAR, name VARCHAR,
            first_seen TIMESTAMP, last_seen TIMESTAMP, document VARCHAR)"""
    )
    loaded = 0
    chunk: list[AssetDocument] = []
    size = 0
    for batch in batches:
        chunk.extend(batch)
        size += sum(len(asset.document) for asset in batch)
        if len(chunk) >= _CHUNK_ROWS or size >= _CHUNK_BYTES:
            work.insert("raw", _table(chunk, loaded))
            loaded += len(chunk)
            chunk, size = [], 0
    if chunk:
        work.insert("raw", _table(chunk, loaded))
        loaded += len(chunk)
    return loaded


def _table(chunk: Sequence[AssetDocument], first_row: int) -> pa.Table:
    columns = [
        range(first_row, first_row + len(chunk)),
        [asset.label for asset in chunk],
        [asset.id for asset in chunk],
        [asset.account for asset in chunk],
        [asset.region for asset in chunk],
        [asset.name for asset in chunk],
        [asset.first_seen for asset in chunk],
        [asset.last_seen for asset in chunk],
        [asset.document for asset in chunk],
    ]
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)],
        schema=_SCHEMA,
    )
