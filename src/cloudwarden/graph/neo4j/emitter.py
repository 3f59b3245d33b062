r"""A query as a Neo4j server that we published to is to be asked it: nearly the text as written.

The publisher gives nodes all their names as labels, so a query means there what it means here. Two
things are rewritten, token by token, and everything else stays byte for byte:

* an alias (a name that stands for one label alone and is none that `labels(n)` tells) becomes that
  label, so that the text also serves where only labels are indexed. Groups stay as they are, and
  so does every name that nobody declared, in whatever case: labels are case-sensitive here and
  there, and such a name is empty in both;
* a text with a Unicode escape becomes a parameter. Neo4j reads such escapes before it looks for
  quotes, so `'\u0027'` would end the text there; anywhere but in a text they are refused. So is
  a bare carriage return in a line comment, which ends the comment there and not here.

What is not a reading query is refused before, by the same parser and binder that serve our own
engine. Unlabelled patterns also find what others keep in the same database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import partial
from typing import Any

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.binder import bind
from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.cypher.lexer import Token, TokenKind, tokenize
from cloudwarden.graph.cypher.names import Vocabulary, label_names
from cloudwarden.graph.cypher.parser import parse
from cloudwarden.graph.cypher.restrict import ACCOUNTS, restrict
from cloudwarden.graph.graph import ACCOUNT_LABEL
from cloudwarden.graph.neo4j.names import quoted
from cloudwarden.graph.neo4j.server import Statement

_ESCAPE = re.compile(r"\\[uU]")
_COMMENT = re.compile(r"//([^\n]*)|/\*.*?\*/", re.DOTALL)

#: The parameters that hold texts with escapes; no query can mean to name one.
_TEXT = "cloudwarden text {}"


@dataclass(frozen=True, slots=True)
class _Edit:
    """`text` instead of what stands from `start` to `end`."""

    start: int
    end: int
    text: str


def emit(
    text: str,
    vocabulary: Vocabulary,
    now: datetime,
    parameters: Mapping[str, Any] | None = None,
    *,
    accounts: Sequence[str] | None = None,
) -> Statement:
    """The statement to send; `accounts`, ids, narrow it as `cypher.restrict` says.

    Raises `CypherError` for what is wrong with the query, `QueryError` where there is nothing to
    narrow.
    """
    query = parse(text)
    bind(text, query, vocabulary, None, now)
    tokens = tokenize(text)
    _check_comments(text, tokens)
    catalog = vocabulary.catalog
    values = dict(parameters or {})
    edits = [*_aliases(query, tokens, catalog), *_escapes(text, tokens, values)]
    if accounts is not None:
        restricted = restrict(query, partial(_is_account, catalog))
        edits += _restrictions(text, tokens, query, restricted)
        values[ACCOUNTS] = list(accounts)
    return Statement(_edited(text, edits), values)


def _is_account(catalog: Catalog, name: str) -> bool:
    tables = catalog.names.get(ACCOUNT_LABEL)
    return name == ACCOUNT_LABEL or (tables is not None and catalog.names.get(name) == tables)


def _edited(text: str, edits: Sequence[_Edit]) -> str:
    parts, position = [], 0
    # Of two at one place, an insertion comes before a replacement: it belongs to what is before.
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        parts += [text[position : edit.start], edit.text]
        position = edit.end
    return "".join([*parts, text[position:]])


def _aliases(query: ast.Query, tokens: Sequence[Token], catalog: Catalog) -> Iterator[_Edit]:
    ends = {token.start: token.end for token in tokens}
    for labels in _label_expressions(query):
        for label in label_names(labels):
            resolved = _resolved(label.name, catalog)
            if resolved != label.name:
                yield _Edit(label.at, ends[label.at], quoted(resolved))


def _resolved(name: str, catalog: Catalog) -> str:
    tables = catalog.names.get(name, frozenset())
    # In `x:Name` a relation's type may be meant as well.
    if len(tables) != 1 or name in catalog.relations:
        return name
    (number,) = tables
    labels = catalog.nodes[number].labels
    return name if name in labels or not labels else labels[0]


def _label_expressions(syntax: object) -> Iterator[ast.LabelExpression]:
    """Every label expression that may be about a node."""
    match syntax:
        case ast.NodePattern(labels=labels) | ast.HasLabels(labels=labels):
            if labels is not None:
                yield labels
    if isinstance(syntax, tuple):
        for item in syntax:
            yield from _label_expressions(item)
    elif is_dataclass(syntax):
        for each in fields(syntax):
            yield from _label_expressions(getattr(syntax, each.name))


def _escapes(text: str, tokens: Sequence[Token], values: dict[str, Any]) -> Iterator[_Edit]:
    """Texts with Unicode escapes as parameters. Raises `CypherError` for such escapes elsewhere."""
    covered: set[int] = set()
    for token in tokens:
        if token.kind is not TokenKind.STRING:
            continue
        places = [m.start() for m in _ESCAPE.finditer(text, token.start, token.end)]
        if places:
            covered.update(places)
            name = _unused(values)
            values[name] = token.text
            yield _Edit(token.start, token.end, f"$`{name}`")
    for found in _ESCAPE.finditer(text):
        if found.start() not in covered:
            raise CypherError(
                "a Unicode escape can only stand in a text", text, found.start(),
                "Neo4j would read it before it looks for quotes; write the character itself",
            )  # fmt: skip


def _check_comments(text: str, tokens: Sequence[Token]) -> None:
    position = 0
    for token in tokens:
        for comment in _COMMENT.finditer(text, position, token.start):
            inside = (comment.group(1) or "").removesuffix("\r")
            if "\r" in inside:
                at = comment.start(1) + inside.index("\r")
                raise CypherError(
                    "a carriage return cannot stand in a line comment", text, at,
                    "Neo4j would end the comment there; use a line feed",
                )  # fmt: skip
        position = token.end


def _unused(values: Mapping[str, Any]) -> str:
    number = 0
    while _TEXT.format(number) in values:
        number += 1
    return _TEXT.format(number)


def _restrictions(
    text: str, tokens: Sequence[Token], before: ast.Query, after: ast.Query
) -> Iterator[_Edit]:
    """What `restrict` put into the tree, put into the text."""
    for part, narrowed in zip(before.parts, after.parts, strict=True):
        for number, (old, new) in enumerate(zip(part.clauses, narrowed.clauses, strict=True)):
            if isinstance(old, ast.CallSubquery) and isinstance(new, ast.CallSubquery):
                yield from _restrictions(text, tokens, old.query, new.query)
            elif isinstance(old, ast.Match) and isinstance(new, ast.Match) and old != new:
                if number + 1 == len(part.clauses):
                    raise CypherError("a query must end with RETURN", text, old.at)
                clause = _between(tokens, old.at, part.clauses[number + 1].at)
                yield from _names(old, new)
                yield from _condition(clause, old, new)


def _between(tokens: Sequence[Token], start: int, end: int) -> list[Token]:
    return [token for token in tokens if start <= token.start < end]


def _names(old: ast.Match, new: ast.Match) -> Iterator[_Edit]:
    """Variables of nodes that had none: they come right after the bracket."""
    for path, named in zip(old.patterns, new.patterns, strict=True):
        for node, with_name in zip(path.nodes, named.nodes, strict=True):
            if with_name.variable is not None and node.variable is None:
                yield _Edit(node.at + 1, node.at + 1, quoted(with_name.variable))


def _condition(clause: Sequence[Token], old: ast.Match, new: ast.Match) -> Iterator[_Edit]:
    if old.condition == new.condition:
        return
    end = clause[-1].end
    added = _added(old, new)
    if old.condition is None:
        yield _Edit(end, end, f" WHERE {added}")
        return
    where = _where(clause)
    start = clause[where + 1].start
    yield _Edit(start, start, "(")
    yield _Edit(end, end, f") AND {added}")


def _where(clause: Sequence[Token]) -> int:
    """The place of the WHERE that is the clause's own, not one in brackets."""
    depth = 0
    for place, token in enumerate(clause):
        if token.kind is TokenKind.SYMBOL:
            depth += (token.text in "([{") - (token.text in ")]}")
        elif token.word == "WHERE" and not depth and token.kind is TokenKind.NAME:
            return place
    raise AssertionError("a condition without WHERE")


def _added(old: ast.Match, new: ast.Match) -> str:
    condition = new.condition
    if old.condition is not None:
        assert isinstance(condition, ast.Logical)
        condition = condition.operands[-1]
    is_or = isinstance(condition, ast.Logical)
    tests = condition.operands if isinstance(condition, ast.Logical) else (condition,)
    written = " OR ".join(map(_membership, tests))
    return f"({written})" if is_or else written


def _membership(test: ast.Expression | None) -> str:
    """`variable.property IN $accounts`, the one form of condition that `restrict` makes."""
    match test:
        case ast.Binary(
            operator="IN",
            left=ast.Property(subject=ast.Variable(name=variable), name=name),
            right=ast.Parameter(name=parameter),
        ):
            return f"{quoted(variable)}.{quoted(name)} IN $`{parameter}`"
    raise AssertionError(test)
