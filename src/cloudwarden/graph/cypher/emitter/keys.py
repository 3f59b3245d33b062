"""What makes two values one in DISTINCT, grouping and UNION, and what orders them, as SQL."""

from __future__ import annotations

from cloudwarden.graph.cypher.emitter.conversion import converted
from cloudwarden.graph.cypher.types import ANY, Kind, Type


def needs_key(type_: Type) -> bool:
    """Whether DuckDB's own grouping and order of such values are not Cypher's."""
    if type_.kind is Kind.LIST:
        return needs_key(type_.item)
    if type_.kind is Kind.MAP:
        return not type_.fields or any(needs_key(inner) for _, inner in type_.fields)
    return type_.kind in {Kind.ANY, Kind.PROPERTIES}


def key(sql: str, type_: Type) -> str:
    """What to group and order by in place of a value; null where the value is null."""
    return f"cw_key({converted(sql, type_, ANY)})" if needs_key(type_) else sql
