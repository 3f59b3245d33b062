"""Several actions asked of the same ARNs at once: masks with room for all ARNs under each."""

from __future__ import annotations

from collections.abc import Sequence


class Slots:
    """Actions, and where in a mask the ARNs under each of them are.

    Bit `k * size + i` stands for ARN `i` under the action number `k`. One operation on such masks
    does the work of one for each action, which is what makes asking for many of them cheap.
    """

    __slots__ = ("_copiers", "_one", "_shifts", "actions", "full")

    def __init__(self, bits: Sequence[int], size: int) -> None:
        self._shifts = {bit: number * size for number, bit in enumerate(bits)}
        self._one = (1 << size) - 1
        self._copiers: dict[int, int] = {}
        #: The actions, as bits.
        self.actions = 0
        for bit in bits:
            self.actions |= bit
        #: All ARNs under every action.
        self.full = self.lift(self._one, self.actions)

    def lift(self, mask: int, actions: int) -> int:
        """The ARNs of a mask under each of some actions; those that are not asked are left out."""
        asked = actions & self.actions
        copier = self._copiers.get(asked)
        if copier is None:
            copier = 0
            for bit, shift in self._shifts.items():
                if bit & asked:
                    copier |= 1 << shift
            self._copiers[asked] = copier
        # A mask is below 2 ** size, so that no copy touches the next.
        return mask * copier

    def part(self, mask: int, bit: int) -> int:
        """The ARNs that a mask has under one action."""
        return mask >> self._shifts[bit] & self._one
