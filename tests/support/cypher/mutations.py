"""Queries spoilt on purpose: tokens dropped, doubled, swapped and taken from elsewhere, noise."""

from __future__ import annotations

import re
from random import Random

from tests.support.cypher.grammar import random_question

_TOKEN = re.compile(r"\s+|\w+|'[^']*'|\"[^\"]*\"|`[^`]*`|<>|<=|>=|=~|\.\.|->|<-|.", re.DOTALL)

#: What is put where it does not belong.
_WORDS = """
    MATCH OPTIONAL WHERE RETURN WITH AS UNWIND ORDER BY SKIP LIMIT UNION ALL CALL EXISTS COUNT
    COLLECT CASE WHEN THEN ELSE END AND OR NOT XOR IN IS NULL DISTINCT any all none single reduce
    collect count sum size labels nodes type keys properties date datetime duration range head
    SHORTEST ANY ALL GROUPS shortestPath allShortestPaths FROM TYPED :: STARTS ENDS CONTAINS
    n n1 r2 c0 n1.k n1.m r.w $p $p1 $`a b` null true 0 1 -1 2.5 1e400 0x7f 9223372036854775807
    'a' '' "b" `q` [] {} () [1,'a',null] {a:1} * .. . , ; : | & ! % + - / ^ = <> < > <= >= =~
    ( ) [ ] { } -> <- -- --> <-- -[*]- -[r*1..2]-> {1,2} + // /* */ \\ ' " ` $ @ # ~ ?
"""
_PIECES = (
    "(n:A)", "count(*)", "n {.*}", "[x IN [1] | x]", "EXISTS { (n1)-->() }", " ", "\n", "\t", "\0",
    "\u200b", "\u2028", "é", "\U0001f600", "ſ", "İ", "\ufeff", "--", ";DROP TABLE _nodes;--", "')",
)  # fmt: skip


def _fragment(random: Random) -> str:
    return random.choice([*_WORDS.split(), *_PIECES])


def tokens(text: str) -> list[str]:
    """A query cut into pieces that together are the query."""
    return _TOKEN.findall(text)


def spoilt(random: Random) -> tuple[str, dict[str, object]]:
    """A random query with a few random mistakes, and its parameters."""
    question = random_question(random)
    pieces = tokens(question.text)
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 5))):
        place = random.randrange(len(pieces)) if pieces else 0
        pieces = _changed(random, pieces, place)
    text = "".join(pieces)
    parameters = {"p": 1, "a b": [1, "a", None], **question.parameters}
    if random.random() < 0.1:
        text = nested(random, text)
    return text, parameters


def nested(random: Random, text: str) -> str:
    """A query with one of its pieces wrapped many times."""
    opening, closing = random.choice(
        (("(", ")"), ("[", "]"), ("{a: ", "}"), ("NOT ", ""), ("-", ""), ("toString(", ")"),
         ("CASE WHEN true THEN ", " END"), ("[x IN ", " | x]"), ("EXISTS { MATCH (n) WHERE ", " }"))
    )  # fmt: skip
    depth = random.choice((2, 5, 40, 70, 400))
    pieces = tokens(text)
    words = [place for place, piece in enumerate(pieces) if piece.strip()]
    if not words:
        return text
    place = random.choice(words)
    pieces[place] = opening * depth + pieces[place] + closing * depth
    return "".join(pieces)


def _changed(random: Random, pieces: list[str], place: int) -> list[str]:
    before, after = pieces[:place], pieces[place + 1 :]
    here = pieces[place : place + 1]
    match random.randrange(7):
        case 0:
            return before + after
        case 1:
            return before + here * 2 + after
        case 2:
            return before + after[:1] + here + after[1:]
        case 3:
            return [*before, _fragment(random), *after]
        case 4:
            return [*before, *here, " ", _fragment(random), " ", *after]
        case 5:
            other = tokens(random_question(random).text)
            start = random.randrange(len(other))
            return before + other[start : start + random.randint(1, 6)] + after
    noise = "".join(chr(random.choice((random.randrange(128), random.randrange(0x2FFF)))))
    return [*before, noise, *after]
