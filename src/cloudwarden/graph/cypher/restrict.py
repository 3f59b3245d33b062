"""Narrows a query to some accounts, by a condition on a bound parameter, never by its text.

Convention of the ecosystem's packs: the account node is the variable `a`. Where `a` is an account
node of the first stage that matches something (a stage ends in WITH or RETURN), it must be one of
the accounts; else some account node must; else, where the stage names no account, some node must
belong to one of them. Each part of a UNION and each subquery that imports nothing is narrowed by
itself. A query that matches nothing (`RETURN 1`) is refused: its answer would not be the account's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from cloudwarden.core.errors import QueryError
from cloudwarden.graph.cypher.ast import (
    Binary,
    CallSubquery,
    Clause,
    Expression,
    LabelExpression,
    LabelName,
    Logical,
    Match,
    NodePattern,
    Parameter,
    PathPattern,
    Projection,
    Property,
    Query,
    SingleQuery,
    Variable,
)

#: The parameter that holds the accounts' ids; no query can name it.
ACCOUNTS = "cloudwarden accounts"

_CONVENTION = "a"


def restrict(query: Query, is_account: Callable[[str], bool]) -> Query:
    """The query with the condition added; `is_account` tells whether a label is an account's.

    The result must be run with the parameter `ACCOUNTS`, a list of account ids. Raises
    `QueryError` where there is nothing to narrow.
    """
    return replace(query, parts=tuple(_restrict_part(part, is_account) for part in query.parts))


def _restrict_part(part: SingleQuery, is_account: Callable[[str], bool]) -> SingleQuery:
    clauses = [_restrict_subquery(clause, is_account) for clause in part.clauses]
    matches = _first_matches(clauses)
    if not matches:
        if clauses == list(part.clauses):
            raise QueryError(
                "the query cannot be narrowed to an account: it has no MATCH of its own"
            )
        return replace(part, clauses=tuple(clauses))
    nodes = [(number, node) for number in matches for node in _nodes(clauses[number])]
    accounts = [(n, node) for n, node in nodes if _names_account(node.labels, is_account)]
    conventional = [(n, node) for n, node in accounts if node.variable == _CONVENTION]
    variables = [(n, node) for n, node in nodes if node.variable]
    chosen = conventional or accounts or variables or nodes
    for n in {n for n, _ in chosen}:
        clauses[n] = _with_names(clauses[n], {id(node) for m, node in chosen if m == n}, n)
    number = max(n for n, _ in chosen)
    match = clauses[number]
    assert isinstance(match, Match)
    names = {node.variable or _name(n, node) for n, node in chosen}
    tests = tuple(
        _belongs(name, "id" if accounts else "account", match.at) for name in sorted(names)
    )
    condition = tests[0] if len(tests) == 1 else Logical(operator="OR", operands=tests, at=match.at)
    clauses[number] = replace(match, condition=_both(match.condition, condition))
    return replace(part, clauses=tuple(clauses))


def _first_matches(clauses: Sequence[Clause]) -> list[int]:
    """The places of the matches of the first stage that has one; optional ones if it must be."""
    stage: list[int] = []
    for number, clause in enumerate(clauses):
        if isinstance(clause, Match):
            stage.append(number)
        elif isinstance(clause, Projection) and stage:
            break
    firm = [n for n in stage if not _is_optional(clauses[n])]
    return firm or stage


def _is_optional(clause: Clause) -> bool:
    return isinstance(clause, Match) and clause.optional


def _restrict_subquery(clause: Clause, is_account: Callable[[str], bool]) -> Clause:
    """A subquery that stands by itself is narrowed like a query; one that imports follows suit."""
    if not isinstance(clause, CallSubquery) or clause.imports:
        return clause
    if any(isinstance(part.clauses[0], Projection) for part in clause.query.parts):
        return clause
    return replace(clause, query=restrict(clause.query, is_account))


def _with_names(clause: Clause, chosen: set[int], number: int) -> Match:
    """The match with a variable on every chosen node."""
    assert isinstance(clause, Match)

    def named(path: PathPattern) -> PathPattern:
        nodes = tuple(
            replace(node, variable=_name(number, node))
            if id(node) in chosen and not node.variable
            else node
            for node in path.nodes
        )
        return replace(path, nodes=nodes)

    return replace(clause, patterns=tuple(named(path) for path in clause.patterns))


def _name(number: int, node: NodePattern) -> str:
    # A name with spaces cannot be one that the user wrote without meaning to.
    return f"node {number} at {node.at}"


def _nodes(clause: Clause) -> Iterator[NodePattern]:
    assert isinstance(clause, Match)
    for path in clause.patterns:
        yield from path.nodes


def _names_account(labels: LabelExpression | None, is_account: Callable[[str], bool]) -> bool:
    return isinstance(labels, LabelName) and is_account(labels.name)


def _belongs(variable: str, member: str, at: int) -> Expression:
    subject = Variable(name=variable, at=at)
    return Binary(
        operator="IN",
        left=Property(subject=subject, name=member, at=at),
        right=Parameter(name=ACCOUNTS, at=at),
        at=at,
    )


def _both(one: Expression | None, other: Expression) -> Expression:
    if one is None:
        return other
    return Logical(operator="AND", operands=(one, other), at=one.at)
