"""Functions of strings."""

from __future__ import annotations

from cloudwarden.graph.cypher.signatures import Function, Signature, explained
from cloudwarden.graph.cypher.types import INTEGER, STRING, Kind, Type, list_of

_SUBSTRING = (
    "substring({0}, cw_count({1}, 'the start of substring()') + 1, "
    "cw_count({2}, 'the length of substring()'))"
)
_I, _S, _L = Kind.INTEGER, Kind.STRING, Kind.LIST


def _of_text(usage: str, template: str, summary: str, example: str, result: str) -> Function:
    return _function(usage, (((_S,), STRING, template),), summary, example, result)


def _function(
    usage: str,
    signatures: tuple[tuple[tuple[Kind, ...], Type, str], ...],
    summary: str,
    example: str,
    result: str,
) -> Function:
    text = explained(usage, summary, example, result)
    return Function(text.name.lower(), tuple(Signature(*s) for s in signatures), text)


TEXTS = (
    _of_text("toLower(string)", "cw_lower({0})", "The string in lower case.",
             "toLower('HeLLo')", "'hello'"),
    _of_text("lower(string)", "cw_lower({0})", "The same as toLower().", "lower('ABC')", "'abc'"),
    _of_text("toUpper(string)", "cw_upper({0})", "The string in upper case.",
             "toUpper('hello')", "'HELLO'"),
    _of_text("upper(string)", "cw_upper({0})", "The same as toUpper().", "upper('abc')", "'ABC'"),
    _of_text("trim(string)", "cw_strip({0})",
             "The string without white space at its ends; `trim(LEADING 'x' FROM string)`, "
             "TRAILING and BOTH take other characters off.", "trim('  a b ')", "'a b'"),
    _function("btrim(string, characters)",
              (((_S,), STRING, "cw_strip({0})"), ((_S, _S), STRING, "trim({0}, {1})")),
              "The string without white space, or these characters, at its ends.",
              "btrim('--a--', '-')", "'a'"),
    _function("ltrim(string, characters)",
              (((_S,), STRING, "ltrim({0}, cw_space())"), ((_S, _S), STRING, "ltrim({0}, {1})")),
              "The string without white space, or these characters, at its start.",
              "ltrim('  a ')", "'a '"),
    _function("rtrim(string, characters)",
              (((_S,), STRING, "rtrim({0}, cw_space())"), ((_S, _S), STRING, "rtrim({0}, {1})")),
              "The string without white space, or these characters, at its end.",
              "rtrim('  a ')", "'  a'"),
    _function("left(string, length)",
              (((_S, _I), STRING, "left({0}, cw_count({1}, 'the length of left()'))"),),
              "The first characters of the string.", "left('hello', 2)", "'he'"),
    _function("right(string, length)",
              (((_S, _I), STRING, "right({0}, cw_count({1}, 'the length of right()'))"),),
              "The last characters of the string.", "right('hello', 2)", "'lo'"),
    _function("replace(string, search, replacement)",
              (((_S, _S, _S), STRING, "cw_replace({0}, {1}, {2})"),),
              "The string with every occurrence of a text replaced.",
              "replace('banana', 'an', 'o')", "'booa'"),
    _function("split(string, delimiter)",
              (((_S, _S), list_of(STRING), "string_split({0}, {1})"),
               ((_S, _L), list_of(STRING), "cw_split({0}, {1})")),
              "The parts of the string between delimiters; several may be given as a list.",
              "split('a,b;c', [',', ';'])", "['a', 'b', 'c']"),
    _function("substring(string, start, length)",
              (((_S, _I), STRING, "substring({0}, cw_count({1}, 'the start of substring()') + 1)"),
               ((_S, _I, _I), STRING, _SUBSTRING)),
              "The part of the string from a place, counted from 0.",
              "substring('hello', 1, 3)", "'ell'"),
    _function("normalize(string, form)",
              (((_S,), STRING, "nfc_normalize({0})"), ((_S, _S), STRING, "cw_normalize({0}, {1})")),
              "The string in Unicode's normal form NFC, the only one there is here.",
              "normalize('a') IS NORMALIZED", "true"),
    _function("char_length(string)", (((_S,), INTEGER, "length({0})"),),
              "How many characters the string has.", "char_length('hello')", "5"),
    _function("character_length(string)", (((_S,), INTEGER, "length({0})"),),
              "The same as char_length().", "character_length('hello')", "5"),
)  # fmt: skip
