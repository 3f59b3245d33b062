"""Query packs: named, tagged Cypher questions, as YAML of ours or JSON of the ecosystem.

A pack is a list of records, each `name`, `tags`, `description`, `query`, `result_headers` and
`params`. In the ecosystem's JSON (cartography-queries) `query` ends in `RETURN ` and `return`
holds what follows; both are read. `params` knows one kind, `n_recent_days`: the parameter
`param_name` is given the moment that many days ago, in our one spelling of time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

from cloudwarden.core.clock import Clock, format_moment
from cloudwarden.core.errors import DeclarationError
from cloudwarden.core.packs import is_texts, load_packs, read_packs, read_records

_KEYS = {
    "name",
    "tags",
    "description",
    "query",
    "return",
    "result_headers",
    "params",
    "type",
}


@dataclass(frozen=True, slots=True)
class PackedQuery:
    """One query of a pack. `recent_days` maps a parameter to a number of days before now."""

    name: str
    text: str
    tags: tuple[str, ...] = ()
    description: str = ""
    headers: tuple[str, ...] = ()
    recent_days: Mapping[str, int] = field(default_factory=dict)
    pack: str = ""
    where: str = ""

    def parameters(self, clock: Clock) -> dict[str, Any]:
        """The parameters that the query brings itself."""
        return {
            name: format_moment((clock.now() - timedelta(days=days)).replace(microsecond=0))
            for name, days in self.recent_days.items()
        }


def load_queries(paths: Sequence[Path] = (), *, extra: Iterable[Path] = ()) -> list[PackedQuery]:
    """The queries of the packs in `paths` (files or folders), or of the built-in ones if none.

    `extra` are folders of the user's own packs; one that does not exist holds none. Raises
    `DeclarationError` naming file and record for a pack that cannot be read, and where two
    queries of different packs share a name.
    """
    return load_packs("queries", load_pack, attrgetter("name"), paths, extra)


def read_queries(paths: Sequence[Path] = (), *, extra: Iterable[Path] = ()) -> list[PackedQuery]:
    """As `load_queries`, but queries may share a name: lint tells of that."""
    return read_packs("queries", load_pack, paths, extra)


def load_pack(file: Path) -> list[PackedQuery]:
    """The queries of one file. Raises `DeclarationError`."""
    return [_query(record, where, file.stem) for record, where in read_records(file)]


def _query(record: Any, where: str, pack: str) -> PackedQuery:
    if not isinstance(record, dict):
        raise DeclarationError("a query is a record with a name and a query", where)
    unknown = set(record) - _KEYS
    if unknown:
        raise DeclarationError(f"a query has no {', '.join(sorted(unknown))}", where)
    for key in ("name", "query"):
        if not isinstance(record.get(key), str):
            raise DeclarationError(f"the query lacks its {key}", where)
    for key in ("tags", "result_headers"):
        if not is_texts(record.get(key, [])):
            raise DeclarationError(f"{record['name']}: {key} is a list of texts", where)
    return PackedQuery(
        name=record["name"],
        text=record["query"] + (record.get("return") or ""),
        tags=tuple(record.get("tags", ())),
        description=record.get("description") or "",
        headers=tuple(record.get("result_headers", ())),
        recent_days=_recent_days(record, where),
        pack=pack,
        where=where,
    )


def _recent_days(record: Mapping[str, Any], where: str) -> dict[str, int]:
    params = record.get("params") or {}
    if set(params) - {"n_recent_days"}:
        raise DeclarationError(f"{record['name']}: params knows only n_recent_days", where)
    if "n_recent_days" not in params:
        return {}
    try:
        spec = params["n_recent_days"]
        return {str(spec["param_name"]): int(spec["param_value"])}
    except (TypeError, KeyError, ValueError) as error:
        raise DeclarationError(
            f"{record['name']}: n_recent_days has a param_name and a param_value in days", where
        ) from error
