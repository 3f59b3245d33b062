"""Sets of ARNs as bits of an integer: which of them a pattern of a policy matches.

The ARNs are sorted, so that what comes before a pattern's first wildcard bounds what it can match;
only what is inside the bounds is compared, and a pattern that ends in its only wildcard is the
bounds.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import repeat

import numpy as np

from cloudwarden.analysis.iam import globs
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.patterns import ARN_PARTS, ResourcePattern
from cloudwarden.analysis.iam.variables import Plain, Variable, Wild, resolve

#: Greater than every character of an ARN.
_LAST = "\U0010ffff"

#: The part that has the account.
_ACCOUNT = 4

#: So many beginnings of ARNs are not tried one by one.
_MANY = 4

#: The first five parts of some ARNs, and from where to where they are.
_Head = tuple[list[str], int, int]

#: So few texts are matched without compiling a pattern first.
_SMALL = 32

#: The ARNs that match for sure, and those that may match: these have the former among them.
Matched = tuple[int, int]
NOTHING: Matched = (0, 0)


class ArnSet:
    """ARNs of one account and type. Bit `i` of a mask stands for `arns[i]`."""

    __slots__ = ("_by_account", "_by_pattern", "_heads", "_masks", "arns", "full")

    def __init__(self, arns: Iterable[str]) -> None:
        self.arns: Sequence[str] = sorted(arns)
        self.full = (1 << len(self.arns)) - 1
        self._heads = _heads(self.arns)
        self._by_account: dict[str, list[_Head]] = {}
        for head in self._heads:
            self._by_account.setdefault(head[0][_ACCOUNT], []).append(head)
        self._masks: dict[tuple[str, bool, bool], int] = {}
        self._by_pattern: dict[ResourcePattern, Matched] = {}

    def __len__(self) -> int:
        return len(self.arns)

    def matched(self, pattern: ResourcePattern, context: Context) -> Matched:
        """The ARNs that an entry of Resource matches; `context` says what its variables are."""
        known = self._by_pattern.get(pattern)
        if known is not None:
            return known
        if pattern.plain:
            mask = self._plain(pattern)
            known = self._by_pattern[pattern] = (mask, mask)
            return known
        return self._resolved(pattern, context) or NOTHING

    def outside(self, pattern: ResourcePattern, context: Context) -> Matched:
        """The ARNs that are outside an entry of NotResource.

        Nothing is, of an entry that is invalid, short or cannot be resolved.
        """
        if not pattern.valid or pattern.short:
            return NOTHING
        if pattern.plain:
            mask = self.full & ~self._plain(pattern)
            return mask, mask
        found = self._resolved(pattern, context)
        if found is None:
            return NOTHING
        inside, perhaps = found
        if _has_unknown(pattern, context):
            return 0, self.full & ~inside
        return self.full & ~perhaps, self.full & ~inside

    def _plain(self, pattern: ResourcePattern) -> int:
        key = (pattern.text, pattern.valid, pattern.short)
        mask = self._masks.get(key)
        if mask is None:
            mask = self._masks[key] = self._mask_of(pattern)
        return mask

    def _mask_of(self, pattern: ResourcePattern) -> int:
        if pattern.everything:
            return self.full
        if pattern.parts is None:
            return 0
        return self._of_parts([_without_variables(part) for part in pattern.parts])

    def _resolved(self, pattern: ResourcePattern, context: Context) -> Matched | None:
        """What matches with the variables' values; None where a variable has none."""
        assert pattern.parts is not None
        parts: list[Plain] = []
        certain = True
        for part in pattern.parts:
            resolved = resolve(part, context)
            if resolved is None:
                return None
            parts.append(resolved[0])
            certain = certain and resolved[1]
        mask = self._of_parts(parts)
        return (mask if certain else 0), mask

    def _of_parts(self, parts: Sequence[Plain]) -> int:
        """The ARNs that match six parts without variables."""
        account = parts[_ACCOUNT]
        if len(account) == 1 and isinstance(account[0], str):
            heads = self._by_account.get(account[0], ())
        elif not account:
            heads = self._by_account.get("", ())
        elif len(self._heads) > _MANY:
            return self._of_whole(parts)
        else:
            heads = self._heads
        mask = 0
        for head, low, high in heads:
            if all(_matches(part, text) for part, text in zip(parts, head, strict=False)):
                mask |= self._of_last(parts[-1], ":".join(head) + ":", low, high)
        return mask

    def _of_whole(self, parts: Sequence[Plain]) -> int:
        """The same, with each ARN compared as a whole."""
        return bits(bytes(map(bool, map(_whole_expression(tuple(parts)).fullmatch, self.arns))))

    def _of_last(self, tokens: Plain, head: str, low: int, high: int) -> int:
        """Of the ARNs from `low` to `high`, which begin with `head`, those whose rest matches."""
        literal, wild = _literal(tokens)
        prefix = head + literal
        low = bisect_left(self.arns, prefix, low, high)
        if not wild:
            return 1 << low if low < high and self.arns[low] == prefix else 0
        high = bisect_left(self.arns, prefix + _LAST, low, high)
        if low == high:
            return 0
        if wild == 1 and tokens[-1] is Wild.ANY:
            return ((1 << (high - low)) - 1) << low
        if high - low <= _SMALL:
            rest = (text[len(head) :] for text in self.arns[low:high])
            return bits(bytes(globs.matches(tokens, text) for text in rest)) << low
        matches = _expression(tokens).fullmatch
        found = map(matches, self.arns[low:high], repeat(len(head)))
        return bits(bytes(map(bool, found))) << low


@lru_cache(4096)
def _expression(tokens: Plain) -> re.Pattern[str]:
    """What a text has to match; the same patterns come with every account."""
    return re.compile(globs.expression(tokens), re.DOTALL)


@lru_cache(4096)
def _whole_expression(parts: tuple[Plain, ...]) -> re.Pattern[str]:
    inner = [globs.expression(part, any_character="[^:]") for part in parts[:-1]]
    return re.compile(":".join([*inner, globs.expression(parts[-1])]), re.DOTALL)


def _matches(tokens: Plain, text: str) -> bool:
    if len(tokens) == 1:
        return tokens[0] is Wild.ANY or tokens[0] == text or globs.matches(tokens, text)
    return globs.matches(tokens, text)


def _literal(tokens: Plain) -> tuple[str, int]:
    """The literal text before the first wildcard, and how many wildcards there are."""
    prefix: list[str] = []
    wild = 0
    for token in tokens:
        if isinstance(token, Wild):
            wild += 1
        elif not wild:
            prefix.append(token)
    return "".join(prefix), wild


def _heads(arns: Sequence[str]) -> list[_Head]:
    """The first five parts of sorted ARNs, and from where to where they have them."""
    found: list[_Head] = []
    low = 0
    while low < len(arns):
        head = arns[low].split(":", ARN_PARTS - 1)[:-1]
        high = bisect_left(arns, ":".join(head) + ":" + _LAST, low)
        found.append((head, low, high))
        low = high
    return found


def bits(flags: bytes | bytearray) -> int:
    """The mask whose bit `i` is set where `flags[i]` is not 0."""
    packed = np.packbits(np.frombuffer(flags, np.uint8), bitorder="little")
    return int.from_bytes(packed.tobytes(), "little")


def mask_of(found: Iterable[int], size: int) -> int:
    """The mask with the bits of some positions, all below `size`."""
    flags = bytearray(size)
    for position in found:
        flags[position] = 1
    return bits(flags)


def unpacked(mask: int, size: int) -> bytes:
    """A byte for each of `size` bits: 1 where it is set."""
    raw = np.frombuffer(mask.to_bytes((size + 7) // 8, "little"), np.uint8)
    return np.unpackbits(raw, count=size, bitorder="little").tobytes()


def positions(mask: int) -> list[int]:
    """The positions of the bits that are set, in order; for masks with few of them."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def _without_variables(part: Sequence[object]) -> Plain:
    return tuple(token for token in part if isinstance(token, str | Wild))


def _has_unknown(pattern: ResourcePattern, context: Context) -> bool:
    return any(
        isinstance(token, Variable) and (resolve((token,), context) or ((), True))[1] is False
        for part in pattern.parts or ()
        for token in part
    )
