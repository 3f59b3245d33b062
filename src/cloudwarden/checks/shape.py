"""What the text of a check's query says of its reach: labels named, and assets compared.

The binder narrows a query to what the graph at hand holds; a verdict must also mind what the graph
lacks because it was not read. So this looks at the query as it is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bind_projections import contains_aggregate
from cloudwarden.graph.cypher.names import label_names
from cloudwarden.graph.cypher.parser import parse
from cloudwarden.schema.registry import Registry


@dataclass(frozen=True, slots=True)
class QueryShape:
    """What a query's patterns name.

    `labels` are concrete labels of the registry; `types` the relation types. `walks` says that a
    path of any length goes over nodes that are not written. `compared` are the labels of which an
    answer about one asset may depend on others: because two nodes of the pattern have it, or
    because rows are counted, gathered or cut off over all of them.
    """

    labels: frozenset[str]
    types: frozenset[str]
    walks: bool
    compared: frozenset[str]


class VagueQueryError(Exception):
    """A pattern that does not say what it matches, so that nobody can say whether it was read."""


def shape_of(text: str, registry: Registry) -> QueryShape:
    """Raises `CypherError` for what is no query, `VagueQueryError` for one that names no label."""
    found = list(_walk(parse(text)))
    nodes = [node for node in found if isinstance(node, ast.NodePattern)]
    relations = [one for one in found if isinstance(one, ast.RelationPattern)]
    named = {node.variable for node in nodes if node.labels is not None and node.variable}
    for node in nodes:
        if node.labels is None and node.variable not in named:
            raise VagueQueryError(f"give ({node.variable or ''}) a label: {_WHY}")
    for relation in relations:
        if relation.types is None:
            raise VagueQueryError(f"give the relation {relation.variable or '-[]-'} a type: {_WHY}")
    names = [[one.name for one in label_names(node.labels)] for node in nodes]
    written = [{label for name in of for label in registry.resolve(name)} for of in names]
    counts = Counter(label for labels in written for label in labels)
    labels = frozenset(counts)
    return QueryShape(
        labels=labels,
        types=frozenset(one.name for r in relations for one in label_names(r.types)),
        walks=any(relation.length is not None for relation in relations),
        compared=frozenset(label for label, count in counts.items() if count > 1)
        | (labels - _kept_apart(found, nodes, registry)),
    )


_WHY = "what it may match cannot be told, nor whether that was read"


def _kept_apart(
    found: list[object], nodes: list[ast.NodePattern], registry: Registry
) -> frozenset[str]:
    """The labels of which no two assets' rows are brought together."""
    apart = frozenset(_every(registry))
    for projection in (one for one in found if isinstance(one, ast.Projection)):
        if projection.skip is not None or projection.limit is not None:
            return frozenset()
        if any(contains_aggregate(item.expression) for item in projection.items):
            keys = {name for item in projection.items if (name := _node_key(item.expression))}
            apart &= {
                label
                for node in nodes
                if node.variable in keys
                for one in label_names(node.labels)
                for label in registry.resolve(one.name)
            }
    return apart


def _every(registry: Registry) -> Iterator[str]:
    yield from registry.labels


def _node_key(expression: ast.Expression) -> str | None:
    """The variable of a grouping key that tells nodes apart: the node itself, or its id."""
    if isinstance(expression, ast.Property) and expression.name == "id":
        expression = expression.subject
    return expression.name if isinstance(expression, ast.Variable) else None


def _walk(node: object) -> Iterator[object]:
    """Everything in a syntax tree, subqueries included."""
    if isinstance(node, tuple):
        for child in node:
            yield from _walk(child)
    elif is_dataclass(node):
        yield node
        for spec in fields(node):
            yield from _walk(getattr(node, spec.name))
