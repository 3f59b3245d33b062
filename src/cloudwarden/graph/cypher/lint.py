"""What is suspicious in a query beyond what makes it fail: names, patterns, variables.

Names that the schema does not know are errors here, where running the query only warns of them:
such a query answers nothing, for ever, and looks as if all were well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.binder import bind
from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.cypher.lint_problems import Found, Problem, Severity, error, placed, walk
from cloudwarden.graph.cypher.lint_shape import products, untyped, unused
from cloudwarden.graph.cypher.names import Vocabulary, label_names
from cloudwarden.graph.cypher.parser import parse
from cloudwarden.schema.common import common_relations
from cloudwarden.schema.labels import RelationKind
from cloudwarden.schema.registry import Registry

#: Every rule, with what it finds.
RULES: Mapping[str, str] = {
    "invalid": "The query is refused: it is not Cypher, or not reading Cypher.",
    "unknown-label": "A label that the schema does not have.",
    "unknown-relation": "A relation type that the schema lacks, or lacks between such labels.",
    "unknown-property": "A property that none of the labels it is read of has.",
    "untyped-relation": "A relation without a type: it goes along every type there is.",
    "cartesian-product": "Patterns that nothing connects: every match of one with all of another.",
    "unused-variable": "A variable that nothing reads.",
}

#: How many labels a message names.
_NAMED = 3

#: Any moment does: nothing is run.
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Linter:
    """Lints queries against a registry's schema, whatever a graph at hand holds of it."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        kinds = (*registry.relations, *common_relations(registry))
        properties = {name for kind in kinds for name in kind.properties}
        self._kinds: dict[str, list[RelationKind]] = defaultdict(list)
        for kind in kinds:
            self._kinds[kind.type].append(kind)
        self._vocabulary = Vocabulary(
            Catalog(
                nodes={},
                relations={},
                names={},
                known_labels=registry.names(),
                known_types=frozenset(self._kinds),
                known_properties=frozenset(registry.property_types) | properties,
            )
        )

    def lint(self, text: str) -> list[Problem]:
        """Everything suspicious in a query, in the order of its text."""
        try:
            tree = parse(text)
            bind(text, tree, self._vocabulary, None, _NOW)
        except CypherError as error:
            return [
                Problem(
                    "invalid", Severity.ERROR, error.reason, error.line, error.column, error.hint
                )
            ]
        everything = list(walk(tree))
        found = [
            *self._unknown_names(everything),
            *self._impossible(everything),
            *self._unknown_properties(everything),
            *untyped(everything, self._kinds),
            *products(tree),
            *unused(everything),
        ]
        return [placed(text, one) for one in sorted(found, key=lambda one: (one.at, one.rule))]

    def _unknown_names(self, everything: list[Any]) -> Iterator[Found]:
        for node in everything:
            if isinstance(node, ast.NodePattern):
                labels, rule, unknown = node.labels, "unknown-label", self._vocabulary.unknown_label
            elif isinstance(node, ast.RelationPattern):
                labels, rule = node.types, "unknown-relation"
                unknown = self._vocabulary.unknown_type
            elif isinstance(node, ast.HasLabels):
                labels, rule = node.labels, "unknown-label"
                unknown = self._unknown_label_or_type
            else:
                continue
            for name in label_names(labels):
                message = unknown(name.name)
                if message is not None:
                    yield error(rule, name.at, message)

    def _unknown_label_or_type(self, name: str) -> str | None:
        label = self._vocabulary.unknown_label(name)
        return label if label and self._vocabulary.unknown_type(name) else None

    def _impossible(self, everything: list[Any]) -> Iterator[Found]:
        """Relations of known types between labels that they never connect, in that direction."""
        known = _labels_of(everything, self._registry)
        for path in (node for node in everything if isinstance(node, ast.PathPattern)):
            for place, relation in enumerate(path.relations):
                ends = [self._labels(node, known) for node in path.nodes[place : place + 2]]
                names = [one.name for one in label_names(relation.types)]
                if relation.length is None and all(ends) and names and not _negates(relation.types):
                    yield from self._connects(relation, names, ends[0], ends[1])

    def _connects(
        self,
        relation: ast.RelationPattern,
        names: Sequence[str],
        left: frozenset[str],
        right: frozenset[str],
    ) -> Iterator[Found]:
        forth = any(self._runs(name, left, right) for name in names)
        back = any(self._runs(name, right, left) for name in names)
        fits = {">": forth, "<": back}.get(relation.direction, forth or back)
        known = [name for name in names if self._vocabulary.unknown_type(name) is None]
        if fits or not known:
            return
        source, target = (right, left) if relation.direction == "<" else (left, right)
        yield Found(
            "unknown-relation",
            Severity.ERROR,
            f"no {' or '.join(known)} runs from {_some(source)} to {_some(target)}",
            relation.at,
            "it runs the other way" if forth or back else "",
        )

    def _runs(self, type_: str, source: frozenset[str], target: frozenset[str]) -> bool:
        kinds = self._kinds.get(type_, ())
        return any(
            self._registry.resolve(kind.source) & source
            and self._registry.resolve(kind.target) & target
            for kind in kinds
        )

    def _labels(self, node: ast.NodePattern, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
        """The labels that a node of a pattern has; empty where that is not plain."""
        if node.labels is None:
            return known.get(node.variable or "", frozenset())
        if _negates(node.labels):
            return frozenset()
        return frozenset().union(
            *(self._registry.resolve(one.name) for one in label_names(node.labels))
        )

    def _unknown_properties(self, everything: list[Any]) -> Iterator[Found]:
        labels = _labels_of(everything, self._registry)
        for node in everything:
            if isinstance(node, ast.NodePattern) and isinstance(node.properties, ast.MapLiteral):
                own = self._labels(node, labels)
                for name, value in node.properties.entries:
                    yield from self._property(name, own, value.at)
            elif isinstance(node, ast.Property) and isinstance(node.subject, ast.Variable):
                of = labels.get(node.subject.name)
                if of is not None:
                    yield from self._property(node.name, of, node.subject.at)

    def _property(self, name: str, labels: frozenset[str], at: int) -> Iterator[Found]:
        """The property that none of the labels has; of no known label nothing is said."""
        declared = [self._registry.labels[label].properties for label in labels]
        if not declared or any(name in properties for properties in declared) or name in _COMMON:
            return
        anywhere = self._vocabulary.unknown_property(name)
        if anywhere is not None:
            yield error("unknown-property", at, anywhere)
        else:
            yield error("unknown-property", at, f"{_some(labels)} has no property {name}")


#: Properties that every node has.
_COMMON = frozenset(
    {"id", "name", "arn", "account", "region", "firstseen", "lastupdated", "foreign", "inscope"}
)


def _some(labels: frozenset[str]) -> str:
    return " or ".join(sorted(labels)[:_NAMED]) + (" or …" if len(labels) > _NAMED else "")


def _labels_of(everything: Iterable[Any], registry: Registry) -> Mapping[str, frozenset[str]]:
    """The labels of variables that patterns alone bind, as far as they say them plainly."""
    found: dict[str, frozenset[str]] = {}
    other = {name for node in everything for name in _bound_otherwise(node)}
    for node in everything:
        if not isinstance(node, ast.NodePattern) or node.variable is None:
            continue
        names = [one.name for one in label_names(node.labels)]
        plain = names and not _negates(node.labels)
        if plain and node.variable not in other:
            labels = frozenset().union(*(registry.resolve(name) for name in names))
            found[node.variable] = found.get(node.variable, frozenset()) | labels
    return found


def _bound_otherwise(node: Any) -> Iterator[str]:
    match node:
        case ast.Unwind(variable=name) | ast.ListComprehension(variable=name):
            yield name
        case ast.Quantifier(variable=name) | ast.Reduce(variable=name):
            yield name
        case ast.RelationPattern(variable=str(name)) | ast.PathPattern(variable=str(name)):
            yield name
        case ast.ProjectionItem(aliased=True, name=name, expression=expression):
            if not (isinstance(expression, ast.Variable) and expression.name == name):
                yield name


def _negates(labels: ast.LabelExpression | None) -> bool:
    return any(isinstance(one, ast.LabelNot | ast.LabelAny) for one in walk(labels))
