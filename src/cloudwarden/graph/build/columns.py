"""Typed columns out of JSON: which properties occur, their SQL types, and how to take them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cloudwarden.core.json import dumps
from cloudwarden.graph.build.naming import Names
from cloudwarden.graph.build.work import literal, quoted
from cloudwarden.graph.catalog import Column
from cloudwarden.schema.labels import PropertyType

SQL_TYPES = {
    PropertyType.STRING: "VARCHAR",
    PropertyType.JSON: "VARCHAR",
    PropertyType.INTEGER: "BIGINT",
    PropertyType.FLOAT: "DOUBLE",
    PropertyType.BOOLEAN: "BOOLEAN",
    PropertyType.STRINGS: "VARCHAR[]",
    PropertyType.INTEGERS: "BIGINT[]",
    PropertyType.FLOATS: "DOUBLE[]",
    PropertyType.BOOLEANS: "BOOLEAN[]",
}


@dataclass(frozen=True, slots=True)
class Extraction:
    """How properties come out of a JSON object, several objects at once where need be.

    DuckDB's structures do not tell `Name` from `name`; names that differ only so are taken in
    separate `layers`.
    """

    layers: tuple[tuple[Column, ...], ...]

    @classmethod
    def of(cls, columns: Iterable[Column]) -> Extraction:
        """Spread columns over as few layers as their names allow."""
        layers: list[list[Column]] = []
        taken: list[set[str]] = []
        for column in columns:
            lowered = column.property.lower()
            for layer, names in zip(layers, taken, strict=True):
                if lowered not in names:
                    layer.append(column)
                    names.add(lowered)
                    break
            else:
                layers.append([column])
                taken.append({lowered})
        return cls(tuple(tuple(layer) for layer in layers))

    def objects(self, document: str, member: str = "") -> str:
        """Select-list items `v0, v1, …`: one object a layer, from the JSON expression.

        With `member`, the properties are in that member of the document.
        """
        return "".join(
            f", from_json({document}, {literal(_structure(layer, member))})"
            f"{'.' + quoted(member) if member else ''} AS v{number}"
            for number, layer in enumerate(self.layers)
        )

    def values(self) -> dict[str, str]:
        """The expression of each column over the objects of `objects`, by the column's SQL name."""
        return {
            column.sql: f"v{number}.{quoted(column.property)}"
            for number, layer in enumerate(self.layers)
            for column in layer
        }


def name_columns(properties: Sequence[tuple[str, PropertyType]], names: Names) -> list[Column]:
    """A column for each (property, type), in that order."""
    return [Column(name, names.give(name), type_) for name, type_ in properties]


def pointer(*members: str) -> str:
    """A JSON pointer to a member, whatever characters its name has, as an SQL literal."""
    steps = (member.replace("~", "~0").replace("/", "~1") for member in members)
    return literal("/" + "/".join(steps))


def _structure(layer: Sequence[Column], member: str) -> str:
    types = {column.property: SQL_TYPES[column.type or PropertyType.STRING] for column in layer}
    return dumps({member: types} if member else types)
