"""What is in a resource (a bucket's objects, a database's users), by samples.

Nobody lists the objects of a bucket, but policies can tell apart only so many of them: those that
match a pattern and those that do not. So a bucket is stood for by one name that no pattern speaks
of, one for each pattern that reaches into it, and one for each two patterns that meet. What holds
of all samples holds of everything in it; what holds of one, of some of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from cloudwarden.analysis.iam import globs
from cloudwarden.analysis.iam.patterns import ARN_PARTS
from cloudwarden.analysis.iam.variables import Plain, Wild

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
        self._patterns = list({tuple(map(tuple, parts)) for parts in patterns})
        self._reaching: dict[tuple[str, ...], _Reaching] = {}

    def of(self, prefix: str) -> list[str]:
        """The ARNs that stand for what is in a resource; all begin with `prefix`."""
        *head, last = prefix.split(":", ARN_PARTS - 1)
        reaching = self._reaching.get(tuple(head))
        if reaching is None:
            reaching = self._reaching[tuple(head)] = _reaching(self._patterns, head)
        rests: set[_Characters] = set()
        for pattern in (*reaching.wide, *reaching.named.get(last, ())):
            found = _remainders(pattern, last)
            # A pattern that covers everything tells nothing apart.
            if (Wild.ANY,) not in found:
                rests |= found
        if not rests:
            return [prefix + UNNAMED]
        texts = {UNNAMED, *map(_filled, rests)}
        if len(rests) <= _PAIRED:
            for one, other in combinations(sorted(rests, key=repr), 2):
                common = _common(one, other)
                if common is not None:
                    texts.add(common)
        return sorted(prefix + text for text in texts if text)


@dataclass(frozen=True, slots=True)
class _Reaching:
    """The last parts of patterns: those that name a resource, by its prefix, and the others."""

    named: Mapping[str, list[_Characters]]
    wide: list[_Characters]


def _reaching(patterns: Iterable[tuple[Plain, ...]], head: Sequence[str]) -> _Reaching:
    """The patterns whose first five parts match."""
    named: dict[str, list[_Characters]] = {}
    wide: list[_Characters] = []
    for parts in patterns:
        last = parts[-1]
        if last == (Wild.ANY,) or not all(map(globs.matches, parts[:-1], head)):
            continue
        name, slash, _ = last[0].partition("/") if last and isinstance(last[0], str) else ("",) * 3
        if slash:
            named.setdefault(name + slash, []).append(_characters(last))
        else:
            wide.append(_characters(last))
    return _Reaching(named, wide)


def _characters(tokens: Plain) -> _Characters:
    return tuple(
        character
        for token in tokens
        for character in (token if isinstance(token, str) else (token,))
    )


def _remainders(pattern: _Characters, text: str) -> set[_Characters]:
    """What may be left of the pattern once it has matched `text` at its beginning."""
    live = _closure(pattern, {0})
    for character in text:
        step = set()
        for position in live:
            if position == len(pattern):
                continue
            token = pattern[position]
            if token is Wild.ANY:
                step.add(position)
            elif token is Wild.ONE or token == character:
                step.add(position + 1)
        live = _closure(pattern, step)
        if not live:
            return set()
    return {pattern[position:] for position in live}


def _closure(pattern: _Characters, live: set[int]) -> set[int]:
    """With the positions behind each `*`, which may stand for nothing."""
    found = set(live)
    for start in live:
        position = start
        while position < len(pattern) and pattern[position] is Wild.ANY:
            position += 1
            found.add(position)
    return found


def _filled(rest: _Characters) -> str:
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
