"""Small estates for generations in one line each, and plain reads of what was built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from cloudwarden.core.json import dumps_bytes
from cloudwarden.graph.generations import Generation
from cloudwarden.schema.labels import Label, Property, PropertyType, RelationKind
from cloudwarden.schema.registry import Registry

SEEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Document:
    label: str
    id: str
    account: str
    region: str
    name: str | None
    first_seen: datetime
    last_seen: datetime
    document: bytes


def asset(
    label: str,
    id: str,  # noqa: A002
    account: str = "111",
    *relations: Mapping[str, Any],
    region: str = "eu-west-1",
    name: str | None = None,
    tags: Mapping[str, str] | None = None,
    first_seen: datetime = SEEN,
    last_seen: datetime = SEEN,
    **properties: Any,
) -> Document:
    content = {
        "properties": properties,
        "tags": tags or {},
        "relations": list(relations),
        "unread": {},
    }
    return Document(label, id, account, region, name, first_seen, last_seen, dumps_bytes(content))


def edge(
    type_: str,
    target_label: str,
    target: str,
    *,
    incoming: bool = False,
    implied: Mapping[str, Any] | None = None,
    found_by: str = "",
    **properties: Any,
) -> dict[str, Any]:
    named = {"found_by": found_by} if found_by else {}
    return {
        **named,
        "type": type_,
        "target_label": target_label,
        "target": target,
        "properties": properties,
        "incoming": incoming,
        "implied": implied,
    }


def registry() -> Registry:
    text, number = PropertyType.STRING, PropertyType.INTEGER
    return Registry(
        [
            Label(
                "Server",
                "aws",
                {
                    "size": Property("size", number),
                    "public": Property("public", PropertyType.BOOLEAN),
                    "load": Property("load", PropertyType.FLOAT),
                    "addresses": Property("addresses", PropertyType.STRINGS),
                    "ports": Property("ports", PropertyType.INTEGERS),
                    "policy": Property("policy", PropertyType.JSON),
                    "owner_id": Property("owner_id", text),
                },
                aliases=("OldServer",),
            ),
            Label("User", "aws", {}, groups=("Principal",)),
            Label("Role", "aws", {}, groups=("Principal",)),
            Label("Range", "aws", {"cidr": Property("cidr", text)}, owned=False),
        ],
        [
            RelationKind("TRUSTS", "Role", "Principal", properties={"since": number}),
            RelationKind("USES", "Server", "Server"),
            RelationKind("OPEN_TO", "Server", "Range"),
        ],
    )


def nodes(generation: Generation, label: str) -> dict[str, dict[str, Any]]:
    """A label's nodes by id, without what they lack and without internal ids."""
    catalog = generation.manifest.catalog
    tables = [t for t in catalog.nodes.values() if t.labels[0] == label]
    found: dict[str, dict[str, Any]] = {}
    for table in tables:
        names = {column.sql: column.property for column in table.columns.values()}
        for row in _read(generation, f"SELECT * EXCLUDE (_id) FROM {table.sql}"):
            properties = {names[sql]: value for sql, value in row.items() if value is not None}
            found[row["id"]] = properties
    return found


def edges(generation: Generation, type_: str | None = None) -> list[tuple[str, str, str]]:
    """(source, type, target) of every edge, ends as `Label/id`, sorted."""
    catalog = generation.manifest.catalog
    labels = {table.number: table.labels[0] for table in catalog.nodes.values()}
    found = []
    for table in catalog.relations.values():
        if type_ in {None, table.type}:
            rows = _read(
                generation,
                f"""SELECT s._table AS st, s.id AS s, d._table AS dt, d.id AS d
                FROM {table.sql} r
                JOIN _nodes s ON s._id = r._src JOIN _nodes d ON d._id = r._dst""",
            )
            found += [
                (f"{labels[r['st']]}/{r['s']}", table.type, f"{labels[r['dt']]}/{r['d']}")
                for r in rows
            ]
    return sorted(found)


def _read(generation: Generation, sql: str) -> list[dict[str, Any]]:
    with duckdb.connect(str(generation.folder / "graph.duckdb"), read_only=True) as connection:
        rows = connection.execute(sql)
        names = [column[0] for column in rows.description]
        return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def parquet(generation: Generation) -> dict[str, str]:
    """Checksums of the Parquet files by path."""
    files = generation.manifest.files
    return {path: record.sha256 for path, record in files.items() if path.endswith(".parquet")}


class Past:
    """An inventory of which each moment has its own documents."""

    def __init__(
        self, documents: Mapping[datetime, Sequence[Document]], runs: Iterable[Any] = ()
    ) -> None:
        self._documents = documents
        self._runs = list(runs)
        self.asked: list[datetime | None] = []

    def documents(self, *, as_of: datetime | None = None) -> Any:
        self.asked.append(as_of)
        assert as_of is not None
        return iter([self._documents[as_of]])

    def accounts_known(self) -> Mapping[str, str]:
        return {}

    def runs(self, limit: int = 20) -> Sequence[Any]:
        return self._runs[:limit]


@dataclass(frozen=True, slots=True)
class PastRun:
    id: int
    started_at: datetime
    state: str = "finished"
