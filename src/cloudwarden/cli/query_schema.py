"""What `:schema` shows: the labels, relation types and properties that a graph holds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from cloudwarden.cli.output import Output, print_rows
from cloudwarden.core.errors import UsageError
from cloudwarden.graph.catalog import Catalog, Column


def print_schema(catalog: Catalog, output: Output) -> None:
    """Every label that has nodes and every relation type that has relations, with how many."""
    counts: Counter[str] = Counter()
    properties: dict[str, set[str]] = defaultdict(set)
    for table in catalog.nodes.values():
        main = table.labels[0] if table.labels else ""
        counts[main] += table.count
        properties[main] |= set(table.columns)
    rows: list[dict[str, Any]] = [
        {"name": name, "is": "label", "count": count, "properties": len(properties[name])}
        for name, count in sorted(counts.items())
    ]
    rows += [
        {"name": t.type, "is": "relation", "count": t.count, "properties": len(t.columns)}
        for t in sorted(catalog.relations.values(), key=lambda t: t.type)
    ]
    print_rows(rows, ["name", "is", "count", "properties"], output, empty="The graph is empty.")


def print_name(catalog: Catalog, name: str, output: Output) -> None:
    """A label's properties and relations, or a relation type's properties and ends.

    Raises `UsageError` naming a close one if the graph's schema has neither.
    """
    tables = catalog.names.get(name, frozenset())
    relation = catalog.relations.get(name)
    if not tables and relation is None:
        _check_known(catalog, name)
    held = [catalog.nodes[number].columns for number in tables]
    if relation is not None:
        held.append(relation.columns)
    print_rows(_properties(held), ["property", "type"], output, empty="It has no properties here.")
    relations = [
        row
        for table in catalog.relations.values()
        for row in _ends(catalog, table.type, None if table.type == name else tables)
    ]
    columns = ["source", "relation", "target", "count"]
    print_rows(relations, columns, output, empty="It has no relations here.")


def _check_known(catalog: Catalog, name: str) -> None:
    known = catalog.known_labels | catalog.known_types
    if name in known:
        return
    everything = [*catalog.names, *catalog.relations, *known]
    close = get_close_matches(name, everything, 1, 0.6)
    hint = f"; did you mean {close[0]}?" if close else ""
    raise UsageError(f"no label and no relation type is called {name!r}{hint}")


def _properties(held: Iterable[Mapping[str, Column]]) -> list[dict[str, Any]]:
    types: dict[str, set[str]] = defaultdict(set)
    for columns in held:
        for column in columns.values():
            types[column.property].add(column.type.value if column.type else "any")
    return [
        {"property": name, "type": " or ".join(sorted(found))}
        for name, found in sorted(types.items())
    ]


def _ends(catalog: Catalog, type_: str, tables: frozenset[int] | None) -> list[dict[str, Any]]:
    """How many relations run between which labels; with `tables`, at one of these."""
    counts: Counter[tuple[str, str]] = Counter()
    for (source, target), count in catalog.relations[type_].pairs.items():
        if tables is None or source in tables or target in tables:
            ends = [catalog.nodes[number].labels[:1] for number in (source, target)]
            counts["".join(ends[0]), "".join(ends[1])] += count
    return [
        {"source": source, "relation": type_, "target": target, "count": count}
        for (source, target), count in sorted(counts.items())
    ]
