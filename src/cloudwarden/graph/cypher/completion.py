"""What may be written at a place of a query: labels, types, properties, functions, keywords.

Works on the tokens of a query that is still being written, and so is not yet one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.cypher.functions import EXPLAINED
from cloudwarden.graph.cypher.keywords import CLAUSE_WORDS, EXPRESSION_WORDS
from cloudwarden.graph.cypher.lexer import Token, TokenKind, tokenize

_WORD = re.compile(r"[^\W\d]\w*$")
_PARAMETER = re.compile(r"\$\w*$")
_PLAIN = re.compile(r"[^\W\d]\w*")
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_NAMES = frozenset({TokenKind.NAME, TokenKind.QUOTED})
#: What joins names in a label expression.
_JOINING = frozenset({":", "|", "&", "!", "("})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text for what was written of it so far (`written`), and what it is."""

    text: str
    written: str
    kind: str


class Completer:
    """Suggests what a graph holds, and the words of the language."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._labels = sorted(name for name, tables in catalog.names.items() if tables)
        self._types = sorted(catalog.relations)

    def suggestions(
        self, text: str, at: int, parameters: Iterable[str] = ()
    ) -> Iterator[Suggestion]:
        """What may stand at an offset of a text, the likeliest kind first, in alphabet order."""
        before = text[:at]
        parameter = _PARAMETER.search(before)
        if parameter is not None:
            yield from _matching(parameter.group(), (f"${n}" for n in parameters), "parameter")
            return
        word = _WORD.search(before)
        written = word.group() if word else ""
        tokens = _tokens_before(before[: len(before) - len(written)])
        if tokens is None:
            return
        everything = _tokens(text) or tokens
        for names, kind in self._candidates(tokens, everything):
            yield from _matching(written, names, kind)

    def _candidates(
        self, tokens: Sequence[Token], everything: Sequence[Token]
    ) -> Iterator[tuple[Iterable[str], str]]:
        last = tokens[-1].word if tokens else ""
        if last == ".":
            yield self._properties(_subject(tokens), everything), "property"
            return
        kind = _named_here(tokens)
        if kind == "type":
            yield self._quoted(self._types), "relation type"
            return
        if kind == "label":
            yield self._quoted(self._labels), "label"
            return
        pattern = _pattern_of_map(tokens)
        if pattern is not None and last in {"{", ","}:
            named = [t.text for t in pattern if t.kind in _NAMES]
            yield self._properties_of(named), "property"
            return
        yield _variables(everything), "variable"
        yield (f"{f.name}(" for part in EXPLAINED.values() for f in part), "function"
        yield CLAUSE_WORDS, "keyword"
        yield EXPRESSION_WORDS, "keyword"

    def _properties(self, variable: str | None, everything: Sequence[Token]) -> list[str]:
        names = _names_of_variables(everything).get(variable or "", [])
        return self._properties_of(names)

    def _properties_of(self, names: Iterable[str]) -> list[str]:
        """The properties of labels and types of these names; all where none of them has any."""
        held = [
            columns
            for name in names
            for columns in (
                *(self._catalog.nodes[n].columns for n in self._catalog.names.get(name, ())),
                *(self._catalog.relations[t].columns for t in self._types if t == name),
            )
        ]
        if not held:
            held = [table.columns for table in self._catalog.nodes.values()]
            held += [table.columns for table in self._catalog.relations.values()]
        return self._quoted(sorted({name for columns in held for name in columns}))

    @staticmethod
    def _quoted(names: Iterable[str]) -> list[str]:
        return [n if _PLAIN.fullmatch(n) else "`" + n.replace("`", "``") + "`" for n in names]


def _matching(written: str, names: Iterable[str], kind: str) -> Iterator[Suggestion]:
    folded = written.casefold()
    for name in sorted(set(names), key=_in_alphabet):
        if name.casefold().startswith(folded) and name != written:
            yield Suggestion(name, written, kind)


def _in_alphabet(name: str) -> str:
    return name.strip("`").casefold()


def _tokens_before(text: str) -> list[Token] | None:
    """The tokens; None where the text ends within a string or a comment."""
    tokens = _tokens(text + "q")
    return tokens[:-1] if tokens and tokens[-1].start == len(text) else None


def _tokens(text: str) -> list[Token] | None:
    """The tokens; None where there is something that is never closed."""
    try:
        return tokenize(text)[:-1]
    except CypherError:
        return None


def _subject(tokens: Sequence[Token]) -> str | None:
    """The variable whose property is named after the dot at the end."""
    if len(tokens) < 2 or tokens[-2].kind not in _NAMES:
        return None
    chained = len(tokens) > 2 and tokens[-3].word == "."
    return None if chained else tokens[-2].text


def _open(tokens: Sequence[Token]) -> list[int]:
    """The places of the brackets that are open at the end."""
    found: list[int] = []
    for place, token in enumerate(tokens):
        if token.word in _OPENING:
            found.append(place)
        elif token.word in _CLOSING and found:
            found.pop()
    return found


def _named_here(tokens: Sequence[Token]) -> str:
    """Whether a `label` or a `type` is named next; neither where the text says nothing of it."""
    place = len(tokens) - 1
    if place < 0 or tokens[place].word not in _JOINING - {"("}:
        return ""
    while place >= 0 and tokens[place].word != ":":
        token = tokens[place]
        if token.kind not in _NAMES and token.word not in _JOINING:
            return ""
        place -= 1
    brackets = _open(tokens[:place]) if place >= 0 else []
    if place < 0 or (brackets and tokens[brackets[-1]].word == "{"):
        return ""
    if brackets and tokens[brackets[-1]].word == "[" and _is_relation(tokens, brackets[-1]):
        return "type"
    return "label"


def _is_relation(tokens: Sequence[Token], bracket: int) -> bool:
    return bracket > 0 and tokens[bracket - 1].word == "-"


def _pattern_of_map(tokens: Sequence[Token]) -> Sequence[Token] | None:
    """What stands before an open property map, within its node or relation."""
    brackets = _open(tokens)
    if len(brackets) < 2 or tokens[brackets[-1]].word != "{":
        return None
    outer = brackets[-2]
    called = outer > 0 and tokens[outer - 1].kind is TokenKind.NAME and tokens[outer].word == "("
    if called and tokens[outer - 1].word not in {"MATCH", "WHERE", "AND", "OR", "NOT"}:
        return None
    if tokens[outer].word == "[" and not _is_relation(tokens, outer):
        return None
    within = tokens[outer + 1 : brackets[-1]]
    joined = all(t.kind in _NAMES or t.word in _JOINING for t in within)
    return within if joined else None


def _names_of_variables(tokens: Sequence[Token]) -> Mapping[str, list[str]]:
    """The names of labels and types that patterns give to variables."""
    found: dict[str, list[str]] = defaultdict(list)
    for place, token in enumerate(tokens[:-2]):
        colon = tokens[place + 1].word == ":"
        if token.kind not in _NAMES or not colon:
            continue
        for after in tokens[place + 2 :]:
            if after.kind in _NAMES:
                found[token.text].append(after.text)
            elif after.word not in _JOINING:
                break
    return found


def _variables(tokens: Sequence[Token]) -> Iterator[str]:
    """Names that patterns and AS bind."""
    for before, token in pairwise(tokens):
        bound = before.word in {"(", "["} or before.word == "AS"
        if bound and token.kind is TokenKind.NAME and token.word not in _WORDS:
            yield token.text


_WORDS = frozenset(
    word.upper() for text in (*CLAUSE_WORDS, *EXPRESSION_WORDS) for word in text.split()
)
