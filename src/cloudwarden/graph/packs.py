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
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from cloudwarden.core.clock import Clock, format_moment
from cloudwarden.core.errors import DeclarationError
from cloudwarden.core.json import loads

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
    files = [file for path in paths for file in _files(path, must_exist=True)]
    if not paths:
        files = _files(_builtin(), must_exist=True)
    files += [file for path in extra for file in _files(path / "queries", must_exist=False)]
    queries: dict[str, PackedQuery] = {}
    for file in files:
        for query in load_pack(file):
            if query.name in queries:
                raise DeclarationError(
                    f"query {query.name} is also in {queries[query.name].where}", query.where
                )
            queries[query.name] = query
    return list(queries.values())


def load_pack(file: Path) -> list[PackedQuery]:
    """The queries of one file. Raises `DeclarationError`."""
    try:
        text = file.read_bytes()
        records = loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise DeclarationError(f"not a pack: {error}", str(file)) from error
    except OSError as error:
        raise DeclarationError(f"cannot be read: {error.strerror}", str(file)) from error
    if not isinstance(records, list):
        raise DeclarationError("a pack is a list of queries", str(file))
    return [_query(record, f"{file}:{n}", file.stem) for n, record in enumerate(records, 1)]


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
        value = record.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
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


def _builtin() -> Path:
    with resources.as_file(resources.files("cloudwarden") / "packs" / "queries") as folder:
        return folder


def _files(path: Path, *, must_exist: bool) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        if must_exist:
            raise DeclarationError("there is no such pack", str(path))
        return []
    return sorted(p for p in path.iterdir() if p.suffix in {".yaml", ".yml", ".json"})
