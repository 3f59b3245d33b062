"""Cypher text to tokens. Knows comments, quoting and escapes; nothing of grammar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from cloudwarden.graph.cypher.errors import CypherError


class TokenKind(Enum):
    """What a token is. A `NAME` may be a keyword; a `QUOTED` one, in backticks, never is."""

    NAME = auto()
    QUOTED = auto()
    INTEGER = auto()
    FLOAT = auto()
    STRING = auto()
    PARAMETER = auto()
    SYMBOL = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is the value (unescaped for strings and quoted names); `word` its upper case."""

    kind: TokenKind
    text: str
    word: str
    start: int
    end: int


_TOKEN = re.compile(
    r"""
      (?P<space>\s+|//[^\n]*|/\*.*?\*/)
    | (?P<float>(?:\d[\d_]*\.\d[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?|\d[\d_]*[eE][+-]?\d+)
    | (?P<integer>0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|\d[\d_]*)
    | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    | (?P<quoted>`(?:``|[^`])*`)
    | (?P<parameter>\$(?:\w+|`(?:``|[^`])*`))
    | (?P<name>[^\W\d]\w*)
    | (?P<symbol>(?!/\*)(?:<>|<=|>=|=~|\+=|\.\.|\|\||::|[-+*/%^=<>()\[\]{},.:;|!&?]))
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_ESCAPES = {
    "n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f",
    "'": "'", '"': '"', "\\": "\\", "`": "`", "/": "/",
}  # fmt: skip


def tokenize(text: str) -> list[Token]:
    """The tokens of a query, the last of kind `END`. Raises `CypherError`."""
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unreadable(text, position)
        group = match.lastgroup
        if group != "space":
            tokens.append(_token(text, group or "", match.group(), position, match.end()))
        position = match.end()
    tokens.append(Token(TokenKind.END, "", "", len(text), len(text)))
    return tokens


def _token(source: str, group: str, raw: str, start: int, end: int) -> Token:
    if group == "name":
        return Token(TokenKind.NAME, raw, raw.upper(), start, end)
    if group == "quoted":
        name = raw[1:-1].replace("``", "`")
        if not name:
            raise CypherError("a quoted name cannot be empty", source, start)
        return Token(TokenKind.QUOTED, name, "", start, end)
    if group == "string":
        return Token(TokenKind.STRING, _unescape(source, raw, start), "", start, end)
    if group == "parameter":
        name = raw[1:]
        if name.startswith("`"):
            name = name[1:-1].replace("``", "`")
        return Token(TokenKind.PARAMETER, name, "", start, end)
    if group in {"float", "integer"}:
        kind = TokenKind.FLOAT if group == "float" else TokenKind.INTEGER
        return Token(kind, raw.replace("_", ""), "", start, end)
    return Token(TokenKind.SYMBOL, raw, raw, start, end)


def _unescape(source: str, raw: str, start: int) -> str:
    def replace(match: re.Match[str]) -> str:
        code = match.group(1)
        if code[0] in "uU" and len(code) > 1:
            point = int(code[1:], 16)
            if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
                raise CypherError(f"\\{code} is not a character", source, start + 1 + match.start())
            return chr(point)
        if code not in _ESCAPES:
            raise CypherError(
                f"\\{code} is not an escape sequence",
                source,
                start + 1 + match.start(),
                "write a backslash itself as \\\\",
            )
        return _ESCAPES[code]

    body = raw[1:-1]
    return _ESCAPE.sub(replace, body) if "\\" in body else body


def _unreadable(text: str, position: int) -> CypherError:
    character = text[position]
    if character in "'\"":
        return CypherError("this string is never closed", text, position)
    if character == "`":
        return CypherError("this quoted name is never closed", text, position)
    if text.startswith("/*", position):
        return CypherError("this comment is never closed", text, position)
    return CypherError(f"{character!r} means nothing here", text, position)
