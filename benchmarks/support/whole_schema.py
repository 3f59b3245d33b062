"""The catalog of a graph that holds some of every label and relation which AWS declarations bring.

Nothing is stored behind it: it is for measuring what compiling a query costs at its worst.
"""

from __future__ import annotations

from collections import defaultdict

from cloudwarden.graph.catalog import Catalog, Column, NodeTable, RelationTable
from cloudwarden.providers.aws.loader import load_catalogue
from cloudwarden.schema.labels import COMMON_PROPERTIES

_COUNT = 1000


def whole_schema() -> Catalog:
    """Every label has a table with all its columns, every relation all its pairs of labels."""
    registry = load_catalogue().registry()
    numbers = {name: number for number, name in enumerate(registry.labels)}
    nodes = {
        numbers[name]: NodeTable(
            numbers[name],
            f"n{numbers[name]}",
            (name, *label.aliases, *label.groups),
            {
                each: Column(each, f"p{place}", declared.type)
                for place, (each, declared) in enumerate(
                    {**COMMON_PROPERTIES, **label.properties}.items()
                )
            },
            _COUNT,
        )
        for name, label in registry.labels.items()
    }
    pairs: dict[str, dict[tuple[int, int], int]] = defaultdict(dict)
    for kind in registry.relations:
        for source in registry.resolve(kind.source):
            for target in registry.resolve(kind.target):
                pairs[kind.type][numbers[source], numbers[target]] = _COUNT
    for name, label in registry.labels.items():
        if label.owned and "AWSAccount" in numbers:
            pairs["RESOURCE"][numbers["AWSAccount"], numbers[name]] = _COUNT
    return Catalog(
        nodes=nodes,
        relations={
            type_: RelationTable(number, f"r{number}", type_, {}, _COUNT * len(ends), ends)
            for number, (type_, ends) in enumerate(pairs.items())
        },
        names={
            name: frozenset(numbers[label] for label in registry.resolve(name))
            for name in registry.names()
        },
    )
