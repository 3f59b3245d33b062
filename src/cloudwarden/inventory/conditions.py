"""An `AssetFilter` as a condition: in SQL for current assets and versions, and in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudwarden.inventory import bulk
from cloudwarden.inventory.records import AssetFilter
from cloudwarden.inventory.scopes import KnownScope


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL with its parameters."""

    sql: str
    parameters: Sequence[Any]


class Conditions:
    """Writes a filter's conditions for one database."""

    def __init__(self, where: AssetFilter, vendor: str, scopes: Mapping[int, KnownScope]) -> None:
        self._where = where
        self._vendor = vendor
        self._scopes = scopes

    def key(self) -> Condition:
        """What an asset keeps for life: its label and scope type."""
        return self._together(self._labels() + self._types())

    def current(self) -> Condition:
        """For rows of `inventory_asset`."""
        tags = [self._indexed_tag(key, value) for key, value in self._where.tags.items()]
        return self._together(self._common() + tags)

    def version(self) -> Condition:
        """For rows of `inventory_assetversion`."""
        tags = [self._document_tag(key, value) for key, value in self._where.tags.items()]
        return self._together(self._common() + tags)

    def _common(self) -> list[Condition]:
        where = self._where
        found = self._labels() + self._types()
        for column in ("account", "region", "name"):
            value = getattr(where, column)
            if value is not None:
                found.append(Condition(f"{column} = %s", [value]))
        if where.text:
            like = "ILIKE" if self._vendor == "postgresql" else "LIKE"
            sought = ("identity", "name", "arn")
            texts = " OR ".join(f"{column} {like} %s ESCAPE '!'" for column in sought)
            found.append(Condition(f"({texts})", [_pattern(where.text)] * len(sought)))
        return found

    def _labels(self) -> list[Condition]:
        labels = sorted(self._where.labels)
        if not labels:
            return []
        places = ", ".join(["%s"] * len(labels))
        return [Condition(f"label IN ({places})", labels)]

    def _types(self) -> list[Condition]:
        if self._where.type is None:
            return []
        keys = [key for key, known in self._scopes.items() if known.scope.type == self._where.type]
        places = ", ".join(str(key) for key in keys) or "NULL"
        return [Condition(f"scope_id IN ({places})", [])]

    def _indexed_tag(self, key: str, value: str | None) -> Condition:
        if value is None:
            return Condition(
                "id IN (SELECT asset_id FROM inventory_assettag WHERE key = %s)", [key]
            )
        found = Condition(
            "id IN (SELECT asset_id FROM inventory_assettag WHERE key = %s AND value = %s)",
            [key, value[: bulk.TAG_LENGTH]],
        )
        if len(value) < bulk.TAG_LENGTH:
            return found
        return self._together([found, self._document_tag(key, value)])

    def _document_tag(self, key: str, value: str | None) -> Condition:
        tags = (
            "json_each_text(document::json -> 'tags')"
            if self._vendor == "postgresql"
            else "json_each(document, '$.tags')"
        )
        also, values = ("", []) if value is None else (" AND t.value = %s", [value])
        return Condition(f"EXISTS (SELECT 1 FROM {tags} t WHERE t.key = %s{also})", [key, *values])

    @staticmethod
    def _together(conditions: Sequence[Condition]) -> Condition:
        if not conditions:
            return Condition("1 = 1", [])
        return Condition(
            " AND ".join(c.sql for c in conditions), [p for c in conditions for p in c.parameters]
        )


def matches(
    where: AssetFilter,
    account: str,
    region: str,
    texts: Sequence[str | None],
    name: str | None,
    tags: Mapping[str, str],
) -> bool:
    """Whether an asset of the right label and type satisfies the rest of a filter."""
    return (
        where.account in {None, account}
        and where.region in {None, region}
        and where.name in {None, name}
        and (not where.text or any(text and where.text.lower() in text.lower() for text in texts))
        and all(key in tags and value in {None, tags[key]} for key, value in where.tags.items())
    )


def _pattern(text: str) -> str:
    escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"
