"""Sets of whole numbers as sorted runs: addresses and ports, with the algebra on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Run = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Spans:
    """A set of whole numbers. `runs` are inclusive, ascending, and never touch one another."""

    runs: tuple[Run, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.runs)

    def __or__(self, other: Spans) -> Spans:
        if not other.runs or self is other:
            return self
        if not self.runs:
            return other
        return spans((*self.runs, *other.runs))

    def __and__(self, other: Spans) -> Spans:
        one, two = self.runs, other.runs
        if self is other or not one or not two:
            return self if not one else other
        if len(two) == 1 and two[0][0] <= one[0][0] and two[0][1] >= one[-1][1]:
            return self
        if len(one) == 1 and one[0][0] <= two[0][0] and one[0][1] >= two[-1][1]:
            return other
        found: list[Run] = []
        i = j = 0
        while i < len(one) and j < len(two):
            low, high = max(one[i][0], two[j][0]), min(one[i][1], two[j][1])
            if low <= high:
                found.append((low, high))
            if one[i][1] < two[j][1]:
                i += 1
            else:
                j += 1
        return _known(found, self, other)

    def __sub__(self, other: Spans) -> Spans:
        if not self.runs or not other.runs:
            return self
        found: list[Run] = []
        j = 0
        for low, high in self.runs:
            start = low
            while j < len(other.runs) and other.runs[j][1] < start:
                j += 1
            k = j
            while k < len(other.runs) and other.runs[k][0] <= high:
                if other.runs[k][0] > start:
                    found.append((start, other.runs[k][0] - 1))
                start = max(start, other.runs[k][1] + 1)
                k += 1
            if start <= high:
                found.append((start, high))
        return _known(found, self, self)

    def __contains__(self, number: int) -> bool:
        return any(low <= number <= high for low, high in self.runs)

    def covers(self, other: Spans) -> bool:
        """Whether all of `other` is in this set."""
        return not (other - self)

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return sum(high - low + 1 for low, high in self.runs)


def spans(runs: Iterable[Run]) -> Spans:
    """The set of all numbers in these runs, which may overlap and come in any order."""
    found: list[Run] = []
    for low, high in sorted(runs):
        if found and low <= found[-1][1] + 1:
            if high > found[-1][1]:
                found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return Spans(tuple(found))


def _known(found: list[Run], one: Spans, other: Spans) -> Spans:
    """The result, as one of the operands where it is equal: then later comparisons are by `is`."""
    runs = tuple(found)
    if runs == one.runs:
        return one
    return other if runs == other.runs else Spans(runs)


NOTHING = Spans()
