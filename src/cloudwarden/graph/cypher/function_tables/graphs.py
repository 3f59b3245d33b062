"""Functions of nodes, relationships, paths and maps, and those with a meaning of their own."""

from __future__ import annotations

from cloudwarden.graph.cypher.signatures import EntityFunction, SpecialFunction, explained
from cloudwarden.graph.cypher.types import Kind

_N, _R, _P = Kind.NODE, Kind.RELATIONSHIP, Kind.PATH
_HOLDERS = (_N, _R, Kind.MAP, Kind.PROPERTIES, Kind.ANY)
_ANYWHERE = "MATCH p = (:Account)-[r:OWNS {since: 2024}]->(b) RETURN "


def _of(
    kinds: tuple[Kind, ...], usage: str, summary: str, example: str, result: str
) -> EntityFunction:
    text = explained(usage, summary, _ANYWHERE + example, result)
    return EntityFunction(text.name.lower(), frozenset(kinds), text)


def _special(usage: str, summary: str, example: str, result: str) -> SpecialFunction:
    text = explained(usage, summary, example, result)
    return SpecialFunction(text.name.lower(), text)


ENTITIES = (
    _of((_N,), "labels(node)", "The node's labels, the main one first.",
        "labels(b)", "['Bucket']"),
    _of((_R,), "type(relationship)", "The relationship's type.", "type(r)", "'OWNS'"),
    _of((_N, _R), "id(entity)", "A number that tells the entity from others in this graph only.",
        "id(b) = id(endNode(r))", "true"),
    _of((_N, _R), "elementId(entity)",
        "A string that tells the entity from others in this graph only.",
        "elementId(b) = elementId(endNode(r))", "true"),
    _of((_R,), "startNode(relationship)", "The node that the relationship begins at.",
        "startNode(r).name", "'prod'"),
    _of((_R,), "endNode(relationship)", "The node that the relationship ends at.",
        "endNode(r).name", "'site'"),
    _of(_HOLDERS, "properties(value)", "The properties of a node or relationship, as a map.",
        "properties(r)", "{since: 2024}"),
    _of(_HOLDERS, "keys(value)", "The names of what a node, relationship or map holds.",
        "keys(r)", "['since']"),
    _of((_P,), "nodes(path)", "The path's nodes in order.",
        "[n IN nodes(p) | n.name]", "['prod', 'site']"),
    _of((_P,), "relationships(path)", "The path's relationships in order.",
        "[x IN relationships(p) | x.since]", "[2024]"),
    _of((_P,), "length(path)", "How many relationships the path has.", "length(p)", "1"),
)  # fmt: skip

SPECIALS = (
    _special("coalesce(value, …)", "The first of the values that is not null.",
             "coalesce(null, 2, 3)", "2"),
    _special("nullIf(value, other)", "The first value, or null where it equals the other.",
             "nullIf('-', '-')", "null"),
    _special("exists(value)", "Whether a property or a pattern exists; `IS NOT NULL` and "
             "`EXISTS { … }` say the same.", "MATCH (a:Account) RETURN exists(a.name)", "true"),
)  # fmt: skip
