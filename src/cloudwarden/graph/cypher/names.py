"""Names of labels, relation types and properties looked up in a catalog, with notices."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.types import NULL, Type, property_type, unify


class Vocabulary:
    """A catalog's names, indexed for the binder; one per catalog, shared by its queries."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.all_tables = frozenset(catalog.nodes)
        self.all_types = frozenset(catalog.relations)
        self._labels = set(catalog.names) | catalog.known_labels
        self._types = self.all_types | catalog.known_types
        self._held_properties = {
            name
            for columns in (
                *(table.columns for table in catalog.nodes.values()),
                *(table.columns for table in catalog.relations.values()),
            )
            for name in columns
        }
        self._properties = self._held_properties | catalog.known_properties
        self._node_types: dict[tuple[str, frozenset[int]], Type] = {}

    def tables_of(self, labels: ast.LabelExpression | None) -> frozenset[int]:
        """The node tables whose labels satisfy the expression; all of them without one."""
        match labels:
            case None:
                return self.all_tables
            case ast.LabelName(name=name):
                return self.catalog.names.get(name, frozenset())
            case ast.LabelAny():
                return frozenset(n for n, t in self.catalog.nodes.items() if t.labels)
            case ast.LabelNot(operand=operand):
                return self.all_tables - self.tables_of(operand)
            case ast.LabelAnd(operands=operands):
                return frozenset.intersection(*(self.tables_of(o) for o in operands))
            case ast.LabelOr(operands=operands):
                return frozenset.union(*(self.tables_of(o) for o in operands))
        raise AssertionError(labels)

    def types_of(self, types: ast.LabelExpression | None) -> frozenset[str]:
        """The relation types that satisfy the expression; all of them without one."""
        match types:
            case None | ast.LabelAny():
                return self.all_types
            case ast.LabelName(name=name):
                return frozenset({name}) & self.all_types
            case ast.LabelNot(operand=operand):
                return self.all_types - self.types_of(operand)
            case ast.LabelAnd(operands=operands):
                return frozenset.intersection(*(self.types_of(o) for o in operands))
            case ast.LabelOr(operands=operands):
                return frozenset.union(*(self.types_of(o) for o in operands))
        raise AssertionError(types)

    def node_property(self, name: str, tables: frozenset[int]) -> Type:
        """The type of a property over these tables; `NULL` where none has it."""
        key = (name, tables)
        if key not in self._node_types:
            found = NULL
            for number in tables:
                column = self.catalog.nodes[number].columns.get(name)
                if column is not None:
                    found = unify(found, property_type(column.type))
            self._node_types[key] = found
        return self._node_types[key]

    def relation_property(self, name: str, types: Iterable[str]) -> Type:
        """The type of a property over these relation types; `NULL` where none has it."""
        found = NULL
        for relation in types:
            column = self.catalog.relations[relation].columns.get(name)
            if column is not None:
                found = unify(found, property_type(column.type))
        return found

    def property_names(self, of: Type) -> list[str]:
        """The properties that nodes or relations of a type may have here."""
        columns = [self.catalog.nodes[table].columns for table in of.tables]
        columns += [self.catalog.relations[relation].columns for relation in of.relations]
        return sorted({name for held in columns for name in held})

    def main_label(self, table: int) -> str:
        """The label that a table's assets are known by; empty for nodes without labels."""
        labels = self.catalog.nodes[table].labels
        return labels[0] if labels else ""

    def unknown_label(self, name: str) -> str | None:
        """A notice if no label, alias or group is called that."""
        return None if name in self._labels else _notice("label", name, self._labels)

    def unknown_type(self, name: str) -> str | None:
        """A notice if no relation type is called that."""
        return None if name in self._types else _notice("relation type", name, self._types)

    def unknown_property(self, name: str) -> str | None:
        """A notice if nothing has a property of that name."""
        if name in self._properties:
            return None
        return _notice("property", name, self._properties)


def label_names(labels: ast.LabelExpression | None) -> Iterable[ast.LabelName]:
    """Every name in a label expression, negated ones too."""
    match labels:
        case ast.LabelName():
            yield labels
        case ast.LabelNot(operand=operand):
            yield from label_names(operand)
        case ast.LabelAnd(operands=operands) | ast.LabelOr(operands=operands):
            for operand in operands:
                yield from label_names(operand)


def _notice(what: str, name: str, known: Iterable[str]) -> str:
    text = f"no {what} is called {name}"
    by_folded = {candidate.casefold(): candidate for candidate in known}
    close = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.7)
    return f"{text}; did you mean {by_folded[close[0]]}?" if close else text
