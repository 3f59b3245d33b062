"""Reading of type names, as in `x IS :: LIST<INTEGER NOT NULL>`."""

from __future__ import annotations

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.stream import TokenStream

#: Each way to write a type, longest first, and what Neo4j calls it.
_NAMES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("TIMESTAMP", "WITHOUT", "TIME", "ZONE"), "LOCAL DATETIME"),
    (("TIMESTAMP", "WITHOUT", "TIMEZONE"), "LOCAL DATETIME"),
    (("TIMESTAMP", "WITH", "TIME", "ZONE"), "ZONED DATETIME"),
    (("TIMESTAMP", "WITH", "TIMEZONE"), "ZONED DATETIME"),
    (("TIME", "WITHOUT", "TIME", "ZONE"), "LOCAL TIME"),
    (("TIME", "WITHOUT", "TIMEZONE"), "LOCAL TIME"),
    (("TIME", "WITH", "TIME", "ZONE"), "ZONED TIME"),
    (("TIME", "WITH", "TIMEZONE"), "ZONED TIME"),
    (("SIGNED", "INTEGER"), "INTEGER"),
    (("PROPERTY", "VALUE"), "PROPERTY VALUE"),
    (("LOCAL", "DATETIME"), "LOCAL DATETIME"),
    (("ZONED", "DATETIME"), "ZONED DATETIME"),
    (("LOCAL", "TIME"), "LOCAL TIME"),
    (("ZONED", "TIME"), "ZONED TIME"),
    (("ANY", "NODE"), "NODE"),
    (("ANY", "VERTEX"), "NODE"),
    (("ANY", "RELATIONSHIP"), "RELATIONSHIP"),
    (("ANY", "EDGE"), "RELATIONSHIP"),
    (("ANY", "MAP"), "MAP"),
    (("ANY", "PROPERTY", "VALUE"), "PROPERTY VALUE"),
    (("ANY", "VALUE"), "ANY"),
    (("BOOLEAN",), "BOOLEAN"),
    (("BOOL",), "BOOLEAN"),
    (("STRING",), "STRING"),
    (("VARCHAR",), "STRING"),
    (("INTEGER",), "INTEGER"),
    (("INT",), "INTEGER"),
    (("FLOAT",), "FLOAT"),
    (("DATE",), "DATE"),
    (("DURATION",), "DURATION"),
    (("POINT",), "POINT"),
    (("NODE",), "NODE"),
    (("VERTEX",), "NODE"),
    (("RELATIONSHIP",), "RELATIONSHIP"),
    (("EDGE",), "RELATIONSHIP"),
    (("MAP",), "MAP"),
    (("PATH",), "PATH"),
    (("NOTHING",), "NOTHING"),
    (("NULL",), "NULL"),
    (("ANY",), "ANY"),
)
_FIRST_WORDS = frozenset({words[0] for words, _ in _NAMES} | {"LIST", "ARRAY"})


def type_names(tokens: TokenStream) -> tuple[ast.TypeName, ...]:
    """One type, or several joined by `|`. Raises `CypherError`."""
    found = [*_type(tokens)]
    # After the bar of a comprehension comes its body, which is no type's name.
    while tokens.at_symbol("|") and tokens.ahead(1).word in _FIRST_WORDS:
        tokens.advance()
        found += _type(tokens)
    return tuple(found)


def _type(tokens: TokenStream) -> tuple[ast.TypeName, ...]:
    at = tokens.token.start
    if tokens.at_word("ANY") and tokens.ahead(1).text == "<":
        tokens.advance()
        tokens.expect_symbol("<")
        inner = type_names(tokens)
        tokens.expect_symbol(">")
        return inner
    with tokens.deeper():
        items: tuple[ast.TypeName, ...] = ()
        if tokens.take_word("LIST") or tokens.take_word("ARRAY"):
            name = "LIST"
            tokens.expect_symbol("<")
            items = type_names(tokens)
            tokens.expect_symbol(">")
        else:
            name = _plain(tokens)
    found = ast.TypeName(at=at, name=name, items=items, nullable=_nullable(tokens))
    while tokens.take_word("LIST") or tokens.take_word("ARRAY"):
        found = ast.TypeName(at=at, name="LIST", items=(found,), nullable=_nullable(tokens))
    return (found,)


def _plain(tokens: TokenStream) -> str:
    for words, name in _NAMES:
        if tokens.take_word(*words):
            return name
    raise tokens.unexpected("a type such as INTEGER or LIST<STRING>")


def _nullable(tokens: TokenStream) -> bool:
    return not (tokens.take_symbol("!") or tokens.take_word("NOT", "NULL"))
