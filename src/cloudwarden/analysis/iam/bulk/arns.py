"""Sets of ARNs as bits of an integer: which of them a pattern of a policy matches.

The ARNs are sorted, so that what comes before a pattern's first wildcard bounds what it can match;
only what is inside the bounds is compared, and a pattern that ends in its only wildcard is the
bounds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterable, Sequence
from itertools import repeat
from operator import contains

import numpy as np

from cloudwarden.analysis.iam import globs
from cloudwarden.analysis.iam.bulk.shapes import ACCOUNT, SERVICE, Head, Shape, Shapes
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.patterns import ARN_PARTS, ResourcePattern
from cloudwarden.analysis.iam.variables import Plain, Token, Variable, Wild, resolve

#: Greater than every character of an ARN.
_LAST = "\U0010ffff"

#: So many beginnings of ARNs are not tried one by one.
_MANY = 4

#: The first five parts of some ARNs, joined and apart, and from where to where they are.
_Run = tuple[str, list[str], int, int]

_ANYTHING = (Wild.ANY,)

#: So few texts are matched without compiling a pattern first.
_SMALL = 32

#: The ARNs that match for sure, and those that may match: these have the former among them.
Matched = tuple[int, int]
NOTHING: Matched = (0, 0)


class ArnSet:
    """ARNs of one account and type. Bit `i` of a mask stands for `arns[i]`."""

    __slots__ = (
        "_accounts", "_heads", "_masks", "_rests", "_runs", "_runs_by_account", "_runs_by_head",
        "_services", "_shapes", "arns", "full",
    )  # fmt: skip

    def __init__(self, arns: Iterable[str], shapes: Shapes | None = None) -> None:
        self.arns: list[str] = sorted(arns)
        self.full = (1 << len(self.arns)) - 1
        self._shapes = shapes or Shapes()
        self._runs = _runs(self.arns)
        self._runs_by_account: dict[str, list[_Run]] = {}
        for run in self._runs:
            self._runs_by_account.setdefault(run[1][ACCOUNT], []).append(run)
        self._accounts = frozenset(self._runs_by_account)
        self._services = frozenset(run[1][SERVICE] for run in self._runs)
        self._runs_by_head: dict[Head, list[_Run]] = {}
        self._masks: dict[ResourcePattern, Matched] = {}
        self._heads: dict[Head, bool] = {}
        #: The last parts of the ARNs, once they are asked for.
        self._rests: list[str] | None = None

    def __len__(self) -> int:
        return len(self.arns)

    def matched(self, pattern: ResourcePattern, context: Context) -> Matched:
        """The ARNs that an entry of Resource matches; `context` says what its variables are."""
        known = self._masks.get(pattern)
        if known is not None:
            return known
        if pattern.everything:
            return self.full, self.full
        parts = pattern.parts
        if (
            parts is None
            or _is_none_of(self._services, parts[SERVICE])
            or _is_none_of(self._accounts, parts[ACCOUNT])
        ):
            return NOTHING
        if pattern.plain:
            mask = self._of(self._shapes.of(pattern))
            known = self._masks[pattern] = (mask, mask)
            return known
        return self._resolved(pattern, context) or NOTHING

    def outside(self, pattern: ResourcePattern, context: Context) -> Matched:
        """The ARNs that are outside an entry of NotResource.

        Nothing is, of an entry that is invalid, short or cannot be resolved.
        """
        if not pattern.valid or pattern.short:
            return NOTHING
        if pattern.plain:
            mask = self.full & ~self.matched(pattern, context)[0]
            return mask, mask
        found = self._resolved(pattern, context)
        if found is None:
            return NOTHING
        inside, perhaps = found
        if _has_unknown(pattern, context):
            return 0, self.full & ~inside
        return self.full & ~perhaps, self.full & ~inside

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
        mask = self._of(self._shapes.made(parts))
        return (mask if certain else 0), mask

    def _of(self, shape: Shape) -> int:
        """The ARNs that match six parts without variables."""
        if shape.contains and self._all_have(shape.head):
            return self._containing(shape.contains, 0, len(self.arns))
        runs = self._runs_by_head.get(shape.head)
        if runs is None:
            if shape.head.account is None and len(self._runs) > _MANY:
                matches = self._shapes.whole_expression(shape).fullmatch
                return bits(bytes(map(bool, map(matches, self.arns))))
            candidates = self._runs
            if shape.head.account is not None:
                candidates = self._runs_by_account.get(shape.head.account, [])
            runs = [run for run in candidates if shape.head.matches(run[1])]
            self._runs_by_head[shape.head] = runs
        mask = 0
        for head, _, low, high in runs:
            mask |= self._of_last(shape, head, low, high)
        return mask

    def _all_have(self, head: Head) -> bool:
        """Whether it is plain that every ARN has such a head: each part is `*`, or that of all."""
        known = self._heads.get(head)
        if known is None:
            known = self._heads[head] = all(
                part == _ANYTHING
                or (len(part) == 1 and all(run[1][i] == part[0] for run in self._runs))
                for i, part in enumerate(head.parts)
            )
        return known

    def _of_last(self, shape: Shape, head: str, low: int, high: int) -> int:
        """Of the ARNs from `low` to `high`, which begin with `head`, those whose rest matches."""
        prefix = head + shape.literal
        low = bisect_left(self.arns, prefix, low, high)
        if not shape.wild:
            return 1 << low if low < high and self.arns[low] == prefix else 0
        high = bisect_left(self.arns, prefix + _LAST, low, high)
        if low == high:
            return 0
        if shape.closes:
            return ((1 << (high - low)) - 1) << low
        if high - low <= _SMALL:
            rest = (text[len(head) :] for text in self.arns[low:high])
            return bits(bytes(globs.matches(shape.last, text) for text in rest)) << low
        if shape.contains:
            return self._containing(shape.contains, low, high) << low
        matches = self._shapes.last_expression(shape).fullmatch
        return bits(bytes(map(bool, map(matches, self.arns[low:high], repeat(len(head)))))) << low

    def _containing(self, text: str, low: int, high: int) -> int:
        """Of the ARNs from `low` to `high`, those with a text in their last part."""
        if self._rests is None:
            self._rests = [
                arn[len(head) :] for head, _, i, j in self._runs for arn in self.arns[i:j]
            ]
        rests = self._rests if high - low == len(self.arns) else self._rests[low:high]
        return bits(bytes(map(contains, rests, repeat(text))))


def _is_none_of(known: Container[str], part: tuple[Token, ...]) -> bool:
    """Whether a part of a pattern is text, and none that there is."""
    return len(part) == 1 and isinstance(part[0], str) and part[0] not in known


def _runs(arns: Sequence[str]) -> list[_Run]:
    """The first five parts of sorted ARNs, and from where to where they have them."""
    found: list[_Run] = []
    low = 0
    while low < len(arns):
        parts = arns[low].split(":", ARN_PARTS - 1)[:-1]
        head = ":".join(parts) + ":"
        high = bisect_left(arns, head + _LAST, low)
        found.append((head, parts, low, high))
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


def _has_unknown(pattern: ResourcePattern, context: Context) -> bool:
    return any(
        isinstance(token, Variable) and (resolve((token,), context) or ((), True))[1] is False
        for part in pattern.parts or ()
        for token in part
    )
