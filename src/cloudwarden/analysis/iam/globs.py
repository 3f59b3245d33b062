"""Wildcard text: matching it against a string, and against other wildcard text.

`*` stands for any run of characters and `?` for exactly one. Matching never backtracks over more
than one wildcard, so that no pattern, however it was made, takes long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from cloudwarden.analysis.iam.variables import Plain, Wild

#: Truthy where the text matches.
Matcher = Callable[[str], object]


def expression(tokens: Plain, *, any_character: str = ".") -> str:
    """A regular expression for `fullmatch` under DOTALL; its middle parts are atomic.

    Between two `*` the leftmost match of a fixed run is as good as any, so it is never undone.
    `any_character` is the expression for what a wildcard may stand for.
    """
    runs = [
        "".join(any_character if token is Wild.ONE else re.escape(str(token)) for token in run)
        for run in _runs(tokens)
    ]
    if len(runs) == 1:
        return runs[0]
    middle = "".join(f"(?>{any_character}*?{run})" for run in runs[1:-1] if run)
    return f"{runs[0]}{middle}{any_character}*{runs[-1]}"


def matcher(tokens: Plain) -> Matcher:
    """A function that says whether a text matches the tokens as a whole."""
    if not tokens:
        return "".__eq__
    if len(tokens) == 1 and isinstance(tokens[0], str):
        return tokens[0].__eq__
    if tokens == (Wild.ANY,):
        return _always
    if len(tokens) == 2 and isinstance(tokens[0], str) and tokens[1] is Wild.ANY:
        prefix = tokens[0]
        return lambda text: text.startswith(prefix)
    return re.compile(expression(tokens), re.DOTALL).fullmatch


def matches(tokens: Plain, text: str) -> bool:
    """Whether a text matches the tokens as a whole; for tokens that are used once."""
    runs = _runs(tokens)
    first = _at(runs[0], text, 0)
    if first is None:
        return False
    if len(runs) == 1:
        return first == len(text)
    position = first
    for run in runs[1:-1]:
        found = _find(run, text, position)
        if found is None:
            return False
        position = found
    start = len(text) - sum(1 if isinstance(token, Wild) else len(token) for token in runs[-1])
    return start >= position and _at(runs[-1], text, start) is not None


def overlap(left: Plain, right: Plain) -> bool:
    """Whether some text matches both."""
    one, other = _characters(left), _characters(right)
    # reached[j]: the first i of `one` and the first j of `other` can stand for the same text.
    reached = [True]
    for character in other:
        reached.append(reached[-1] and character is Wild.ANY)
    for mine in one:
        row = [reached[0] and mine is Wild.ANY]
        for j, theirs in enumerate(other, start=1):
            if mine is Wild.ANY or theirs is Wild.ANY:
                row.append(reached[j] or row[j - 1])
            else:
                same = mine is Wild.ONE or theirs is Wild.ONE or mine == theirs
                row.append(same and reached[j - 1])
        if not any(row):
            return False
        reached = row
    return reached[-1]


def covers(left: Plain, right: Plain) -> bool:
    """Whether `left` certainly matches every text that `right` matches.

    False may also mean that it could not be told, as with `?*` and `*?`.
    """
    one, other = _characters(left), _characters(right)
    reached = [True] + [False] * len(other)
    for mine in one:
        row = [reached[0] and mine is Wild.ANY]
        for j, theirs in enumerate(other, start=1):
            if mine is Wild.ANY:
                row.append(reached[j] or row[j - 1])
            else:
                same = mine == theirs or (mine is Wild.ONE and theirs is not Wild.ANY)
                row.append(same and reached[j - 1])
        reached = row
    return reached[-1]


def _always(_: str) -> bool:
    return True


def _runs(tokens: Plain) -> list[list[str | Wild]]:
    """What stands between the `*`: runs of literals and `?`, possibly empty."""
    runs: list[list[str | Wild]] = [[]]
    for token in tokens:
        if token is Wild.ANY:
            runs.append([])
        else:
            runs[-1].append(token)
    return runs


def _at(run: Sequence[str | Wild], text: str, position: int) -> int | None:
    """Where the run ends if it stands at `position`."""
    for token in run:
        if token is Wild.ONE:
            position += 1
            if position > len(text):
                return None
        elif text.startswith(str(token), position):
            position += len(str(token))
        else:
            return None
    return position


def _find(run: Sequence[str | Wild], text: str, position: int) -> int | None:
    """Where the first occurrence of the run from `position` on ends."""
    if len(run) == 1 and isinstance(run[0], str):
        found = text.find(run[0], position)
        return None if found < 0 else found + len(run[0])
    for start in range(position, len(text) + 1):
        end = _at(run, text, start)
        if end is not None:
            return end
    return None


def _characters(tokens: Plain) -> list[str | Wild]:
    characters: list[str | Wild] = []
    for token in tokens:
        if isinstance(token, str):
            characters += token
        else:
            characters.append(token)
    return characters
