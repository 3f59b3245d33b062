"""Sets of ARNs as bits of an integer: which of them a pattern of a policy matches.

The ARNs are sorted, so that what comes before a pattern's first wildcard bounds what it can match;
only what is inside the bounds is compared, and a pattern that ends in its only wildcard is the
bounds.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np

from cloudwarden.analysis.iam import globs
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.patterns import ARN_PARTS, ResourcePattern
from cloudwarden.analysis.iam.variables import Plain, Variable, Wild, resolve

#: Greater than every character of an ARN.
_LAST = "\U0010ffff"

#: The ARNs that match for sure, and those that may match: these have the former among them.
Matched = tuple[int, int]
NOTHING: Matched = (0, 0)


class ArnSet:
    """ARNs of one account and type. Bit `i` of a mask stands for `arns[i]`."""

    __slots__ = ("_masks", "arns", "full")

    def __init__(self, arns: Iterable[str]) -> None:
        self.arns: Sequence[str] = sorted(arns)
        self.full = (1 << len(self.arns)) - 1
        self._masks: dict[tuple[str, bool, bool], int] = {}

    def __len__(self) -> int:
        return len(self.arns)

    def matched(self, pattern: ResourcePattern, context: Context) -> Matched:
        """The ARNs that an entry of Resource matches; `context` says what its variables are."""
        if pattern.plain:
            mask = self._plain(pattern)
            return mask, mask
        found = self._resolved(pattern, context)
        return NOTHING if found is None else found

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
        prefix, rest = _split(parts)
        low = bisect_left(self.arns, prefix)
        if not rest:
            found = low < len(self.arns) and self.arns[low] == prefix
            return 1 << low if found else 0
        high = bisect_left(self.arns, prefix + _LAST, low)
        if low == high:
            return 0
        if rest == 1 and parts[-1] and parts[-1][-1] is Wild.ANY:
            return ((1 << (high - low)) - 1) << low
        inner = [globs.expression(part, any_character="[^:]") for part in parts[:-1]]
        matches = re.compile(":".join([*inner, globs.expression(parts[-1])]), re.DOTALL).fullmatch
        found_bits = bytearray(high - low)
        for i in range(low, high):
            if matches(self.arns[i]):
                found_bits[i - low] = 1
        return bits(found_bits) << low


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


def _split(parts: Sequence[Plain]) -> tuple[str, int]:
    """The literal text before the first wildcard, and how many wildcards there are."""
    prefix: list[str] = []
    wild = 0
    for i, part in enumerate(parts):
        for token in part:
            if isinstance(token, Wild):
                wild += 1
            elif not wild:
                prefix.append(token)
        if not wild and i < ARN_PARTS - 1:
            prefix.append(":")
    return "".join(prefix), wild


def _without_variables(part: Sequence[object]) -> Plain:
    return tuple(token for token in part if isinstance(token, str | Wild))


def _has_unknown(pattern: ResourcePattern, context: Context) -> bool:
    return any(
        isinstance(token, Variable) and (resolve((token,), context) or ((), True))[1] is False
        for part in pattern.parts or ()
        for token in part
    )
