"""Static types of expressions, and how each is stored in DuckDB.

A value whose type is only known row by row is `ANY`, a VARIANT. A node or relation is its `_id`;
a path is the list of its `_id`s, nodes and relations in turn; a map with known keys is a STRUCT
with fields `f0`, `f1`… in the order of the keys, since DuckDB's own field names ignore case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from cloudwarden.schema.labels import PropertyType


class Kind(Enum):
    """The kinds of value; each one's value is its name in Neo4j's messages."""

    ANY = "Any"
    NULL = "Null"
    BOOLEAN = "Boolean"
    INTEGER = "Integer"
    FLOAT = "Float"
    STRING = "String"
    DATE = "Date"
    LOCALTIME = "LocalTime"
    TIME = "Time"
    LOCALDATETIME = "LocalDateTime"
    DATETIME = "DateTime"
    DURATION = "Duration"
    LIST = "List"
    MAP = "Map"
    PROPERTIES = "Properties"
    NODE = "Node"
    RELATIONSHIP = "Relationship"
    PATH = "Path"


@dataclass(frozen=True, slots=True)
class Type:
    """A static type.

    `element` is a list's; `fields` are a map's known keys; `tables` and `relations` are the node
    tables and relation types that a node or relation may be of.
    """

    kind: Kind
    element: Type | None = None
    fields: tuple[tuple[str, Type], ...] = ()
    tables: frozenset[int] = frozenset()
    relations: frozenset[str] = frozenset()

    def __str__(self) -> str:
        if self.kind is Kind.LIST and self.element is not None:
            return f"List<{self.element}>"
        return self.kind.value

    @property
    def item(self) -> Type:
        """A list's element type."""
        return self.element or ANY


ANY = Type(Kind.ANY)
NULL = Type(Kind.NULL)
BOOLEAN = Type(Kind.BOOLEAN)
INTEGER = Type(Kind.INTEGER)
FLOAT = Type(Kind.FLOAT)
STRING = Type(Kind.STRING)
DATE = Type(Kind.DATE)
LOCALTIME = Type(Kind.LOCALTIME)
TIME = Type(Kind.TIME)
LOCALDATETIME = Type(Kind.LOCALDATETIME)
DATETIME = Type(Kind.DATETIME)
DURATION = Type(Kind.DURATION)
PATH = Type(Kind.PATH)

NUMERIC = frozenset({Kind.INTEGER, Kind.FLOAT})
TEMPORAL = frozenset({Kind.DATE, Kind.LOCALTIME, Kind.TIME, Kind.LOCALDATETIME, Kind.DATETIME})
ENTITY = frozenset({Kind.NODE, Kind.RELATIONSHIP})

_SQL = {
    Kind.ANY: "VARIANT",
    Kind.NULL: "INTEGER",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.INTEGER: "BIGINT",
    Kind.FLOAT: "DOUBLE",
    Kind.STRING: "VARCHAR",
    # What the fields are, `emitter/macros_zones.py` and `macros_durations.py` tell.
    Kind.DATE: "BIGINT",
    Kind.LOCALTIME: "BIGINT",
    Kind.TIME: "STRUCT(t BIGINT, u BIGINT)",
    Kind.LOCALDATETIME: "STRUCT(d BIGINT, t BIGINT)",
    Kind.DATETIME: "STRUCT(d BIGINT, t BIGINT, u BIGINT, z VARCHAR)",
    Kind.DURATION: "STRUCT(a BIGINT, b BIGINT, d BIGINT, m BIGINT, s BIGINT)",
    Kind.PROPERTIES: "VARIANT",
    Kind.NODE: "BIGINT",
    Kind.RELATIONSHIP: "BIGINT",
    Kind.PATH: "BIGINT[]",
}

_PROPERTY_TYPES = {
    PropertyType.STRING: STRING,
    PropertyType.JSON: STRING,
    PropertyType.INTEGER: INTEGER,
    PropertyType.FLOAT: FLOAT,
    PropertyType.BOOLEAN: BOOLEAN,
    PropertyType.STRINGS: Type(Kind.LIST, STRING),
    PropertyType.INTEGERS: Type(Kind.LIST, INTEGER),
    PropertyType.FLOATS: Type(Kind.LIST, FLOAT),
    PropertyType.BOOLEANS: Type(Kind.LIST, BOOLEAN),
}


def list_of(element: Type) -> Type:
    """The type of lists of these."""
    return Type(Kind.LIST, element)


def node_of(tables: frozenset[int]) -> Type:
    """A node of one of these tables."""
    return Type(Kind.NODE, tables=tables)


def relation_of(types: frozenset[str]) -> Type:
    """A relation of one of these types."""
    return Type(Kind.RELATIONSHIP, relations=types)


def map_of(fields: Iterable[tuple[str, Type]]) -> Type:
    """A map with these keys."""
    return Type(Kind.MAP, fields=tuple(fields))


def property_type(declared: PropertyType | None) -> Type:
    """The static type of a property's column."""
    return ANY if declared is None else _PROPERTY_TYPES[declared]


def sql_type(type_: Type) -> str:
    """How DuckDB stores values of this type."""
    if type_.kind is Kind.LIST:
        return f"{sql_type(type_.item)}[]"
    if type_.kind is Kind.MAP:
        inner = ", ".join(f"f{i} {sql_type(t)}" for i, (_, t) in enumerate(type_.fields))
        # SQL has no empty STRUCT.
        return f"STRUCT({inner or 'nothing BOOLEAN'})"
    return _SQL[type_.kind]


def unify(one: Type, other: Type) -> Type:
    """The narrowest type that holds values of both without changing them."""
    if one == other or other.kind is Kind.NULL:
        return one
    if one.kind is Kind.NULL:
        return other
    if one.kind is not other.kind:
        return ANY
    if one.kind is Kind.LIST:
        return list_of(unify(one.item, other.item))
    if one.kind is Kind.NODE:
        return node_of(one.tables | other.tables)
    if one.kind is Kind.RELATIONSHIP:
        return relation_of(one.relations | other.relations)
    if one.kind is Kind.MAP and [k for k, _ in one.fields] == [k for k, _ in other.fields]:
        return map_of(
            (key, unify(a, b)) for (key, a), (_, b) in zip(one.fields, other.fields, strict=True)
        )
    return ANY


def unify_all(types: Iterable[Type]) -> Type:
    """The narrowest type that holds values of all."""
    result = NULL
    for type_ in types:
        result = unify(result, type_)
    return result
