"""The parts of clauses as they were written, on one line each: what a plan in words quotes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.lexer import Token, TokenKind, tokenize

_PARTS = frozenset({"WHERE", "ORDER", "SKIP", "OFFSET", "LIMIT"})
#: What stands before a clause's body.
_OPENING = frozenset({"OPTIONAL", "MATCH", "UNWIND", "CALL", "WITH", "RETURN", "DISTINCT"})
#: After these stands a name, whatever word it is.
_BEFORE_NAMES = frozenset({".", ":"})
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")


@dataclass(frozen=True, slots=True)
class ClauseText:
    """A clause's body, the `items` that commas part it into, and what follows each keyword."""

    body: str
    items: tuple[str, ...]
    parts: Mapping[str, str]


def clause_texts(text: str, part: ast.SingleQuery) -> Iterator[ClauseText]:
    """The texts of the clauses of a part, of a query or a subquery in this text."""
    tokens = tokenize(text)
    starts = [clause.at for clause in part.clauses]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield _clause(text, list(_of_clause(tokens, start, end)))


def _of_clause(tokens: Sequence[Token], start: int, end: int) -> Iterator[tuple[Token, int]]:
    """The tokens of a clause, each with how deep it is nested."""
    #: Whether each thing that is open is a CASE, whose branches have commas, too.
    open_: list[bool] = []
    before = ""
    for token in tokens:
        if token.start < start:
            continue
        if token.start >= end or token.kind is TokenKind.END:
            return
        is_name = before in _BEFORE_NAMES
        if token.word in _CLOSE or (open_ and open_[-1] and token.word == "END" and not is_name):
            if not open_:
                return
            open_.pop()
        if not open_ and (token.word == ";" or _is_word(token, "UNION")):
            return
        yield token, len(open_)
        if token.word in _OPEN or (_is_word(token, "CASE") and not is_name):
            open_.append(token.word == "CASE")
        before = token.word


def _clause(text: str, tokens: Sequence[tuple[Token, int]]) -> ClauseText:
    first = next((n for n, (t, _) in enumerate(tokens) if not _is_word(t, *_OPENING)), len(tokens))
    pieces: list[tuple[str, list[Token]]] = [("", [])]
    items: list[list[Token]] = [[]]
    before: Token | None = None
    for token, depth in tokens[first:]:
        is_name = before is not None and before.word in _BEFORE_NAMES
        if depth == 0 and not is_name and _is_word(token, *_PARTS):
            pieces.append((token.word, []))
        else:
            pieces[-1][1].append(token)
            if len(pieces) == 1 and depth == 0 and token.word == ",":
                items.append([])
            elif len(pieces) == 1:
                items[-1].append(token)
        before = token
    return ClauseText(
        body=_written(text, pieces[0][1]),
        items=tuple(_written(text, item) for item in items),
        parts={
            word: _written(text, found[1:] if word == "ORDER" else found)
            for word, found in pieces[1:]
        },
    )


def _written(text: str, tokens: Sequence[Token]) -> str:
    """The text of tokens, what is between two of them as one space."""
    found = ""
    end: int | None = None
    for token in tokens:
        found += " " if end is not None and token.start > end else ""
        found += text[token.start : token.end]
        end = token.end
    return found


def _is_word(token: Token, *words: str) -> bool:
    return token.kind is TokenKind.NAME and token.word in words
