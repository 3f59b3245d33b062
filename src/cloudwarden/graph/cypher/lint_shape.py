"""What is suspicious in the shape of a query: its patterns and its variables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from typing import Any

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.lint_problems import Found, Severity, error, walk

#: A variable that is spelled as relation types are.
_LIKE_A_TYPE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z]{4,}")


def untyped(everything: Iterable[Any], types: Container[str]) -> Iterator[Found]:
    """Relations without a type; a variable that is called like one was meant as one."""
    for node in everything:
        if not isinstance(node, ast.RelationPattern) or node.types or node.group:
            continue
        name = node.variable or ""
        meant = bool(_LIKE_A_TYPE.fullmatch(name))
        if meant and name not in types:
            yield error("unknown-relation", node.at, f"no relation type is called {name}")
        yield Found(
            "untyped-relation",
            Severity.WARNING,
            f"{name} is a variable here, and the relation has no type"
            if meant
            else "the relation has no type",
            node.at,
            f"write -[:{name}]-"
            if meant
            else "name the types that are meant: -[:TYPE]->, or -[:ONE|OTHER]->",
        )


def products(tree: Any) -> Iterator[Found]:
    """Patterns of one MATCH that neither share a variable nor are compared with each other."""
    for query in (node for node in walk(tree) if isinstance(node, ast.SingleQuery)):
        bound: frozenset[str] = frozenset()
        for clause in query.clauses:
            if isinstance(clause, ast.Match):
                yield from _product(clause, bound)
            bound |= _names(clause)


def _product(clause: ast.Match, bound: frozenset[str]) -> Iterator[Found]:
    groups: list[set[str]] = []
    for pattern in clause.patterns:
        own = {n.variable for n in _elements(pattern) if n.variable}
        anonymous = own or {f"#{pattern.at}"}
        _join(groups, anonymous | ({""} if own & bound else set()))
    for condition in _conjuncts(clause):
        names = {node.name for node in walk(condition) if isinstance(node, ast.Variable)}
        _merge(groups, names | ({""} if names & bound else set()))
    if len(groups) > 1:
        yield Found(
            "cartesian-product",
            Severity.WARNING,
            f"nothing connects the {len(groups)} parts of this MATCH: it pairs all with all",
            clause.at,
            "connect them by a relation or compare them in WHERE",
        )


def _conjuncts(clause: ast.Match) -> Iterator[Any]:
    """Every condition and inline property of a MATCH: each may compare parts of it."""
    if clause.condition is not None:
        yield clause.condition
    for pattern in clause.patterns:
        for node in _elements(pattern):
            for one in (node.properties, node.condition):
                if one is not None:
                    yield (one, ast.Variable(at=0, name=node.variable or ""))


def _elements(pattern: ast.PathPattern) -> Iterator[ast.NodePattern | ast.RelationPattern]:
    yield from pattern.nodes
    yield from pattern.relations


def _join(groups: list[set[str]], names: set[str]) -> None:
    _merge(groups, names)
    if not any(group & names for group in groups):
        groups.append(set(names))


def _merge(groups: list[set[str]], names: set[str]) -> None:
    """Make one of the groups that these names are in."""
    met = [group for group in groups if group & names]
    if met:
        groups[:] = [group for group in groups if not group & names]
        groups.append(set().union(names, *met))


def _names(clause: ast.Clause) -> frozenset[str]:
    """Every name that a clause may bind."""
    found = set()
    for node in walk(clause):
        name = getattr(node, "variable", None)
        if isinstance(name, str):
            found.add(name)
        if isinstance(node, ast.ProjectionItem):
            found.add(node.name)
    return frozenset(found)


def unused(everything: list[Any]) -> Iterator[Found]:
    """Variables of patterns and UNWIND that occur once only."""
    if any(isinstance(node, ast.Projection) and node.everything for node in everything):
        return
    written: Counter[str] = Counter()
    places: dict[str, int] = {}
    for node in everything:
        if isinstance(node, ast.Variable):
            written[node.name] += 1
        elif isinstance(node, ast.CallSubquery):
            written.update(name for name in node.imports or ())
            if node.imports == ("*",):
                return
        name = getattr(node, "variable", None)
        if isinstance(node, _BINDERS) and isinstance(name, str):
            written[name] += 1
            places.setdefault(name, node.at)
    for name, at in places.items():
        if written[name] == 1 and not name.startswith("_"):
            yield Found(
                "unused-variable",
                Severity.WARNING,
                f"nothing reads the variable {name}",
                at,
                "leave the name out",
            )


_BINDERS = (ast.NodePattern, ast.RelationPattern, ast.PathPattern, ast.Unwind)
