"""Breaks a statement of ours into lines for people; it stays the same statement."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Quoted texts and names whole, so that nothing in them is taken for syntax.
_PIECE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[()]|\w+|\s+|.", re.DOTALL)
_BREAKS = frozenset(
    {"FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "OFFSET", "UNION", "HAVING", "QUALIFY"}
)
_WORDS_OF_QUERIES = frozenset({"SELECT", "WITH", "VALUES"})
_INDENT = "  "


def laid_out(sql: str) -> str:
    """The statement, each clause of each query in it on a line of its own."""
    return "".join(_pieces(_PIECE.findall(sql))).strip()


def _pieces(pieces: list[str]) -> Iterator[str]:
    #: Of each parenthesis that is open: whether it holds a query.
    open_: list[bool] = [True]
    for place, piece in enumerate(pieces):
        depth = sum(open_) - 1
        if piece == "(":
            inner = next((p for p in pieces[place + 1 : place + 3] if not p.isspace()), "")
            open_.append(inner in _WORDS_OF_QUERIES)
            yield piece + ("\n" + _INDENT * (depth + 1) if open_[-1] else "")
        elif piece == ")":
            is_query = open_.pop() if len(open_) > 1 else False
            yield ("\n" + _INDENT * (depth - 1) if is_query else "") + piece
        elif open_[-1] and (piece in _BREAKS or _begins_query(pieces, place)):
            yield "\n" + _INDENT * depth + piece
        elif (
            piece == " "
            and open_[-1]
            and (pieces[place + 1] in _BREAKS or _begins_query(pieces, place + 1))
        ):
            continue
        else:
            yield piece


def _begins_query(pieces: list[str], place: int) -> bool:
    """Whether a SELECT stands here that follows others in its query."""
    before = "".join(pieces[max(place - 2, 0) : place]).strip()
    return pieces[place] == "SELECT" and before in {")", "ALL", "UNION"}
