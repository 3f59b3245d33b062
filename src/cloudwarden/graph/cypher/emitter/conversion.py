"""SQL that turns a value of one static type into another that holds it."""

from __future__ import annotations

from collections.abc import Sequence

from cloudwarden.graph.cypher.emitter.sql import identifier, text
from cloudwarden.graph.cypher.types import TEMPORAL, Kind, Type, sql_type

_TAGS = {
    Kind.NODE: "~node",
    Kind.RELATIONSHIP: "~relation",
    Kind.PATH: "~path",
    **{kind: f"~{kind.value.lower()}" for kind in TEMPORAL | {Kind.DURATION}},
}


def converted(sql: str, found: Type, wanted: Type, depth: int = 0) -> str:
    """The expression `sql` of type `found` as one of type `wanted`."""
    if found == wanted or _same_storage(found, wanted):
        return sql
    if found.kind is Kind.NULL:
        return f"CAST(NULL AS {sql_type(wanted)})"
    if wanted.kind is Kind.ANY:
        return _dynamic(sql, found, depth)
    if wanted.kind is Kind.LIST:
        item = f"i{depth}"
        inner = converted(item, found.item, wanted.item, depth + 1)
        return f"list_transform({sql}, lambda {item}: {inner})"
    if wanted.kind is Kind.MAP:
        fields = ", ".join(
            f"f{place} := {converted(f'({sql}).f{place}', one, other, depth)}"
            for place, ((_, one), (_, other)) in enumerate(
                zip(found.fields, wanted.fields, strict=True)
            )
        )
        return _unless_null(sql, f"struct_pack({fields})")
    return f"CAST({sql} AS {sql_type(wanted)})"


def _dynamic(sql: str, found: Type, depth: int) -> str:
    kind = found.kind
    if kind in _TAGS:
        return _unless_null(sql, f'CAST(struct_pack("{_TAGS[kind]}" := {sql}) AS VARIANT)')
    if kind is Kind.PROPERTIES:
        return f"CAST(json_merge_patch('{{}}', to_json({sql})) AS VARIANT)"
    if kind is Kind.LIST and not _plain(found.item):
        item = f"i{depth}"
        inner = _dynamic(item, found.item, depth + 1)
        if found.item.kind is Kind.ANY:
            inner = item
        return f"CAST(list_transform({sql}, lambda {item}: {inner}) AS VARIANT)"
    if kind is Kind.MAP:
        fields = [
            (
                key,
                f"({sql}).f{place}"
                if _plain(type_)
                else converted(f"({sql}).f{place}", type_, Type(Kind.ANY), depth),
            )
            for place, (key, type_) in enumerate(found.fields)
        ]
        return _unless_null(sql, object_of(fields))
    return f"CAST({sql} AS VARIANT)"


def object_of(fields: Sequence[tuple[str, str]]) -> str:
    """A VARIANT map of keys and the SQL of their values, none of them a path, node or relation."""
    if not fields:
        return "CAST(CAST('{}' AS JSON) AS VARIANT)"
    if len({key.casefold() for key, _ in fields}) == len(fields):
        packed = ", ".join(f"{identifier(key)} := {value}" for key, value in fields)
        return f"CAST(struct_pack({packed}) AS VARIANT)"
    # The names of a STRUCT's fields ignore case; the keys of a JSON object do not.
    entries = ", ".join(f"{text(key)}, {value}" for key, value in fields)
    return f"CAST(json_object({entries}) AS VARIANT)"


def _plain(type_: Type) -> bool:
    """Whether DuckDB's own conversion to VARIANT keeps all there is."""
    if type_.kind is Kind.LIST:
        return _plain(type_.item)
    return type_.kind not in {*_TAGS, Kind.MAP, Kind.PROPERTIES}


def _unless_null(sql: str, value: str) -> str:
    return f"CASE WHEN {sql} IS NOT NULL THEN {value} END"


def _same_storage(found: Type, wanted: Type) -> bool:
    if found.kind is not wanted.kind:
        return False
    if found.kind is Kind.LIST:
        return _same_storage(found.item, wanted.item)
    return found.kind not in {Kind.MAP}
