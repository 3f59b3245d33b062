"""A cursor over tokens: what every part of the parser stands on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.cypher.lexer import Token, TokenKind, tokenize

#: How deep expressions, patterns and subqueries may nest.
MAX_DEPTH = 60

_OPENING = {"(": ")", "[": "]", "{": "}"}


class TokenStream:
    """The tokens of one query and the place we are at."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = tokenize(text)
        self._position = 0
        self._depth = 0
        self._partner = _partners(self._tokens)

    @property
    def token(self) -> Token:
        """The token we are at."""
        return self._tokens[self._position]

    def ahead(self, distance: int) -> Token:
        """The token that many places on; the end beyond it."""
        return self._tokens[min(self._position + distance, len(self._tokens) - 1)]

    def advance(self) -> Token:
        """Take the token we are at."""
        token = self._tokens[self._position]
        if token.kind is not TokenKind.END:
            self._position += 1
        return token

    def at_word(self, *words: str) -> bool:
        """Whether the next tokens are these keywords, in this order."""
        return all(
            self.ahead(i).kind is TokenKind.NAME and self.ahead(i).word == word
            for i, word in enumerate(words)
        )

    def at_symbol(self, *symbols: str) -> bool:
        """Whether the next tokens are these symbols, in this order."""
        return all(
            self.ahead(i).kind is TokenKind.SYMBOL and self.ahead(i).text == symbol
            for i, symbol in enumerate(symbols)
        )

    def take_word(self, *words: str) -> bool:
        """Take these keywords if they are next."""
        if not self.at_word(*words):
            return False
        self._position += len(words)
        return True

    def take_symbol(self, *symbols: str) -> bool:
        """Take these symbols if they are next."""
        if not self.at_symbol(*symbols):
            return False
        self._position += len(symbols)
        return True

    def expect_word(self, word: str) -> Token:
        """Take this keyword or fail."""
        if not self.at_word(word):
            raise self.unexpected(word)
        return self.advance()

    def expect_symbol(self, symbol: str) -> Token:
        """Take this symbol or fail."""
        if not self.at_symbol(symbol):
            raise self.unexpected(repr(symbol))
        return self.advance()

    def expect_name(self, what: str) -> str:
        """Take a name, quoted or not, or fail saying what it would have named."""
        if self.token.kind not in {TokenKind.NAME, TokenKind.QUOTED}:
            raise self.unexpected(what)
        return self.advance().text

    def at_name(self) -> bool:
        """Whether a name is next."""
        return self.token.kind in {TokenKind.NAME, TokenKind.QUOTED}

    def after_partner(self) -> int | None:
        """How far on the token after the bracket that closes this one is, if it is closed."""
        partner = self._partner.get(self._position)
        return None if partner is None else partner + 1 - self._position

    def previous_end(self) -> int:
        """Where the token before this one ends in the text."""
        return self._tokens[self._position - 1].end if self._position else 0

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Guard against nesting that no query of a person has."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.error(f"nested more than {MAX_DEPTH} deep")
        try:
            yield
        finally:
            self._depth -= 1

    def error(self, reason: str, at: int | None = None, hint: str = "") -> CypherError:
        """An error here, or at an offset."""
        return CypherError(reason, self.text, self.token.start if at is None else at, hint)

    def unexpected(self, wanted: str) -> CypherError:
        """An error that says what was wanted and what was found."""
        if self.token.kind is TokenKind.END:
            return self.error(f"expected {wanted}, but the query ends here")
        found = self.text[self.token.start : self.token.end]
        return self.error(f"expected {wanted}, found {found[:40]!r}")


def _partners(tokens: list[Token]) -> dict[int, int]:
    partners: dict[int, int] = {}
    open_brackets: list[tuple[int, str]] = []
    for position, token in enumerate(tokens):
        if token.kind is not TokenKind.SYMBOL:
            continue
        if token.text in _OPENING:
            open_brackets.append((position, _OPENING[token.text]))
        elif open_brackets and token.text == open_brackets[-1][1]:
            partners[open_brackets.pop()[0]] = position
    return partners
