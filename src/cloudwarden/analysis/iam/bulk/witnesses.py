"""What is in a resource (a bucket's objects, a database's users), by samples.

Nobody lists the objects of a bucket, but policies can tell apart only so many of them: those that
match a pattern and those that do not. So a bucket is stood for by one name that no pattern speaks
of, one for each pattern that reaches into it, and one for each two patterns that meet. What holds
of all samples holds of everything in it; what holds of one, of some of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from cloudwarden.analysis.iam import globs
from cloudwarden.analysis.iam.patterns import ARN_PARTS
from cloudwarden.analysis.iam.variables import Plain, Wild, joined

#: What stands for text that a wildcard covers, and for a name that no pattern speaks of. Both are
#: of a private range, so that no policy names them.
COVERED = "\ue000"
UNNAMED = "\ue001"

#: Patterns that reach into one resource, up to which every two of them are tried together.
_PAIRED = 12

#: One character, or a wildcard.
_Characters = tuple[str | Wild, ...]


class Samples:
    """Collects patterns, then tells the samples of a resource. `parts` are six, resolved."""

    def __init__(self, patterns: Iterable[Sequence[Plain]]) -> None:
        self._patterns = [tuple(map(tuple, parts)) for parts in patterns]
        self._reaching: dict[tuple[str, ...], _Reaching] = {}
        self._texts: dict[frozenset[Plain], list[str]] = {}

    def of(self, prefix: str) -> list[str]:
        """The ARNs that stand for what is in a resource; all begin with `prefix`."""
        *head, last = prefix.split(":", ARN_PARTS - 1)
        reaching = self._reaching.get(tuple(head))
        if reaching is None:
            reaching = self._reaching[tuple(head)] = _reaching(self._patterns, head)
        rests: set[Plain] = set()
        for tokens in reaching.about(last):
            found = _remainders(tokens, last)
            # A pattern that covers everything tells nothing apart.
            if (Wild.ANY,) not in found:
                rests |= found
        if not rests:
            return [prefix + UNNAMED]
        # Much the same patterns reach into most resources.
        key = frozenset(rests)
        texts = self._texts.get(key)
        if texts is None:
            texts = self._texts[key] = _texts(key)
        return [prefix + text for text in texts]


def _texts(rests: frozenset[Plain]) -> list[str]:
    """What may stand for everything that some remainders of patterns tell apart, in order."""
    texts = {UNNAMED, *map(_filled, rests)}
    if len(rests) <= _PAIRED:
        for one, other in combinations(sorted(map(_characters, rests), key=repr), 2):
            common = _common(one, other)
            if common is not None:
                texts.add(common)
    return sorted(text for text in texts if text)


@dataclass(frozen=True, slots=True)
class _Reaching:
    """The last parts of patterns: those that name a resource, by its prefix, and the others.

    The others go by the literal text that they begin with; apart are those of which this is all
    before a last `*`, and those that have one text between two `*`.
    """

    named: Mapping[str, list[Plain]]
    wide: Mapping[str, list[Plain]]
    opening: Sequence[str]
    containing: Mapping[str, Plain]

    def about(self, prefix: str) -> Iterator[Plain]:
        """Those that may reach into the resource of a prefix, and do not cover all of it."""
        yield from self.named.get(prefix, ())
        for literal, patterns in self.wide.items():
            if prefix.startswith(literal) or literal.startswith(prefix):
                yield from patterns
        for literal in self.opening:
            if literal.startswith(prefix) and literal != prefix:
                yield literal, Wild.ANY
        for literal, pattern in self.containing.items():
            if literal not in prefix:
                yield pattern


def _reaching(patterns: Iterable[tuple[Plain, ...]], head: Sequence[str]) -> _Reaching:
    """The patterns whose first five parts match."""
    named: dict[str, list[Plain]] = {}
    wide: dict[str, list[Plain]] = {}
    opening: list[str] = []
    containing: dict[str, Plain] = {}
    for parts in patterns:
        last = joined(parts[-1])
        if last == (Wild.ANY,) or not all(map(globs.matches, parts[:-1], head)):
            continue
        literal = last[0] if last and isinstance(last[0], str) else ""
        name, slash, _ = literal.partition("/")
        if slash:
            named.setdefault(name + slash, []).append(last)
        elif literal and last == (literal, Wild.ANY):
            opening.append(literal)
        elif len(last) == 3 and last[0] is last[2] is Wild.ANY and isinstance(last[1], str):
            containing[last[1]] = last
        else:
            wide.setdefault(literal, []).append(last)
    return _Reaching(named, wide, opening, containing)


def _characters(tokens: Plain) -> _Characters:
    return tuple(
        character
        for token in tokens
        for character in (token if isinstance(token, str) else (token,))
    )


def _remainders(tokens: Plain, text: str) -> set[Plain]:
    """What may be left of a pattern once it has matched `text` at its beginning."""
    if not text:
        # What `*` stands for may have ended here.
        return {tokens, tokens[1:]} if tokens[:1] == (Wild.ANY,) and len(tokens) > 1 else {tokens}
    if not tokens:
        return set()
    first, rest = tokens[0], tokens[1:]
    if isinstance(first, str):
        if text.startswith(first):
            return _remainders(rest, text[len(first) :])
        return {(first[len(text) :], *rest)} if first.startswith(text) else set()
    if first is Wild.ONE:
        return _remainders(rest, text[1:])
    found: set[Plain] = {tokens}
    if rest:
        found.add(rest)
        for start in _starts(rest[0], text):
            found |= _remainders(rest, text[start:])
    return found


def _starts(token: str | Wild, text: str) -> Iterator[int]:
    """Where in a text a token may begin; a literal may go on after its end."""
    if isinstance(token, Wild):
        yield from range(len(text))
        return
    start = text.find(token)
    while start >= 0:
        yield start
        start = text.find(token, start + 1)
    start = text.find(token[0], max(0, len(text) - len(token) + 1))
    while start >= 0:
        if token.startswith(text[start:]):
            yield start
        start = text.find(token[0], start + 1)


def _filled(rest: Plain) -> str:
    return "".join(COVERED if isinstance(token, Wild) else token for token in rest)


def _common(one: _Characters, other: _Characters) -> str | None:
    """A text that both match, as long as it takes; None if there is none."""
    seen: dict[tuple[int, int], str] = {(0, 0): ""}
    queue = [(0, 0)]
    while queue:
        i, j = queue.pop(0)
        text = seen[i, j]
        if i == len(one) and j == len(other):
            return text
        for character, state in _steps(one, other, i, j):
            if state not in seen:
                seen[state] = text + character
                queue.append(state)
    return None


def _steps(
    one: _Characters, other: _Characters, i: int, j: int
) -> Iterable[tuple[str, tuple[int, int]]]:
    mine = one[i] if i < len(one) else None
    theirs = other[j] if j < len(other) else None
    if mine is Wild.ANY:
        yield "", (i + 1, j)
    if theirs is Wild.ANY:
        yield "", (i, j + 1)
    if mine is None or theirs is None:
        return
    if isinstance(mine, Wild) and isinstance(theirs, Wild):
        if Wild.ONE in (mine, theirs):
            yield COVERED, (i + (mine is Wild.ONE), j + (theirs is Wild.ONE))
    elif isinstance(mine, Wild):
        yield str(theirs), (i + (mine is Wild.ONE), j + 1)
    elif isinstance(theirs, Wild) or mine == theirs:
        yield mine, (i + 1, j + (theirs is not Wild.ANY))
