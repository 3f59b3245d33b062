"""Lints packs of queries: each query, and what only shows among them all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.binder import bind
from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.cypher.lexer import TokenKind, tokenize
from cloudwarden.graph.cypher.lint import RULES as QUERY_RULES
from cloudwarden.graph.cypher.lint import Linter
from cloudwarden.graph.cypher.lint_problems import Problem, Severity
from cloudwarden.graph.cypher.names import Vocabulary
from cloudwarden.graph.cypher.parser import parse
from cloudwarden.graph.packs import PackedQuery
from cloudwarden.schema.registry import Registry

#: Every rule, with what it finds.
RULES: Mapping[str, str] = {
    **QUERY_RULES,
    "duplicate-name": "Two queries of one name.",
    "duplicate-query": "A query that matches what another one matches.",
    "header-mismatch": "More or fewer headers than the query has columns.",
    "misspelt-tag": "A rare tag that is nearly a common one.",
}

#: A tag is taken for a misspelling of one that occurs so many times as often.
_OFTEN = 3
_CLOSE = 0.85
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class QueryProblem:
    """A problem, and the query and record (`file:number`) that has it."""

    query: str
    where: str
    problem: Problem


def lint_queries(queries: Sequence[PackedQuery], registry: Registry) -> list[QueryProblem]:
    """Everything suspicious in these queries, query by query."""
    linter = Linter(registry)
    found = [
        [
            *linter.lint(query.text),
            *_headers(query),
        ]
        for query in queries
    ]
    for among in (_names, _duplicates, _tags):
        for position, problem in among(queries):
            found[position].append(problem)
    return [
        QueryProblem(query.name, query.where, problem)
        for query, problems in zip(queries, found, strict=True)
        for problem in problems
    ]


def _headers(query: PackedQuery) -> Iterator[Problem]:
    if not query.headers:
        return
    try:
        nothing = Vocabulary(Catalog(nodes={}, relations={}, names={}))
        columns = bind(query.text, parse(query.text), nothing, None, _NOW).columns
    except CypherError:
        # Told of already: it is no query.
        return
    if len(columns) != len(query.headers):
        yield Problem(
            "header-mismatch",
            Severity.ERROR,
            f"{len(query.headers)} headers for {len(columns)} columns ({', '.join(columns)})",
        )


def _names(queries: Sequence[PackedQuery]) -> Iterator[tuple[int, Problem]]:
    first: dict[str, PackedQuery] = {}
    for position, query in enumerate(queries):
        known = first.setdefault(query.name, query)
        if known is not query:
            yield (
                position,
                Problem("duplicate-name", Severity.ERROR, f"{known.where} has that name, too"),
            )


def _duplicates(queries: Sequence[PackedQuery]) -> Iterator[tuple[int, Problem]]:
    matched: dict[tuple[str, ...], PackedQuery] = {}
    for position, query in enumerate(queries):
        try:
            asked, returned = _parts(query.text)
            known = matched.setdefault(asked, query)
            if known is query:
                continue
            same = _parts(known.text)[1] == returned
        except CypherError:
            continue
        what = "asks the same as" if same else "matches the same, for other columns, as"
        yield (
            position,
            Problem(
                "duplicate-query",
                Severity.WARNING,
                f"it {what} {known.name}",
                hint="keep one of them",
            ),
        )


def _parts(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tokens of a query before its last RETURN, and those after."""
    tokens = [token for token in tokenize(text) if token.kind is not TokenKind.END]
    words = tuple(
        token.word if token.kind is TokenKind.NAME and token.word in _KEYWORDS else token.text
        for token in tokens
    )
    last = max(
        (
            at
            for at, token in enumerate(tokens)
            if token.kind is TokenKind.NAME and token.word == "RETURN"
        ),
        default=len(words),
    )
    return words[:last], words[last:]


_KEYWORDS = frozenset({"MATCH", "OPTIONAL", "WHERE", "WITH", "RETURN", "AS", "AND", "OR", "NOT"})


def _tags(queries: Sequence[PackedQuery]) -> Iterator[tuple[int, Problem]]:
    times = Counter(tag for query in queries for tag in query.tags)
    meant = dict(_misspelt(times))
    for position, query in enumerate(queries):
        for tag in query.tags:
            if tag in meant:
                yield (
                    position,
                    Problem(
                        "misspelt-tag",
                        Severity.WARNING,
                        f"the tag {tag} looks like {meant[tag]}",
                        hint=f"did you mean {meant[tag]}?",
                    ),
                )


def _misspelt(times: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Rare tags, each with the common one that it is nearly."""
    by_length: dict[int, list[str]] = defaultdict(list)
    for tag in times:
        by_length[len(tag)].append(tag)
    for tag, count in times.items():
        common: Iterable[str] = [
            other
            for length in range(len(tag) - 1, len(tag) + 2)
            for other in by_length.get(length, ())
            if times[other] >= _OFTEN * count and other != tag
        ]
        close = get_close_matches(tag, list(common), n=1, cutoff=_CLOSE)
        # A plural is another word, not a misspelling.
        if close and {tag + "s", tag} != {close[0], tag} and close[0] + "s" != tag:
            yield tag, close[0]
