"""What one principal may do to every resource of a universe, for a whole question."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cloudwarden.analysis.iam.bulk.actors import Actor
from cloudwarden.analysis.iam.bulk.arns import bits, unpacked
from cloudwarden.analysis.iam.bulk.reach import Organization, Reach, Reaching
from cloudwarden.analysis.iam.bulk.reasons import Parts, Reasons
from cloudwarden.analysis.iam.bulk.rules import Documents
from cloudwarden.analysis.iam.bulk.universe import Form, Universe
from cloudwarden.analysis.iam.questions import Asked, Question
from cloudwarden.schema.derived import Certainty


class Found(NamedTuple):
    """Resources that a principal gets at, all in the same way.

    `whole` says that all that is in them is meant; it is unset where only some is. `ungranted`
    says that nothing that was read grants it: only a policy that was not read might.
    """

    mask: int
    certainty: Certainty
    condition: str | None
    whole: bool
    ungranted: bool = False


class _Folded(NamedTuple):
    """Resources of which some, and of which all that is in them is meant."""

    some: int
    all: int


class _Joined(NamedTuple):
    """A question's answer, as masks of resources."""

    sure: _Folded
    perhaps: _Folded
    granted_unread: int
    unread: int


class Answers:
    """Answers questions about one universe."""

    def __init__(
        self, universe: Universe, organization: Organization, documents: Documents
    ) -> None:
        self.universe = universe
        self._bits = documents.actions.index
        self._full = (1 << len(universe)) - 1
        self._reaching = Reaching(universe, organization, documents)
        self._reasons = Reasons(universe, organization, self._reaching)
        self._folds: dict[tuple[str, int], _Folded] = {}

    def of(self, actor: Actor, question: Question) -> Iterator[Found]:
        """What the actor may do, in groups of resources with the same certainty and condition."""
        reached = [
            (asked, action.lower(), self._reaching.of(actor, asked, action.lower()))
            for asked in question.asked
            for action in asked.actions
        ]
        joined = self._joined(question, reached)
        sure = joined.sure.some
        if sure:
            whole = joined.sure.all
            for mask, is_whole in ((sure & whole, True), (sure & ~whole, False)):
                if mask:
                    yield Found(mask, Certainty.SURE, None, is_whole)
        between = joined.perhaps.some & ~sure
        if between:
            for mask, words in self._parts(between, actor, reached):
                yield from _groups(mask, joined, words)
        if joined.granted_unread:
            for mask, words in self._parts(joined.granted_unread, actor, reached):
                condition = "; ".join(words) or None
                yield Found(mask, Certainty.UNKNOWN, condition, whole=False, ungranted=True)

    def _joined(self, question: Question, reached: list[tuple[Asked, str, Reach]]) -> _Joined:
        """The answers for single actions as one."""
        if len(reached) == 1 and not question.contents:
            reach = reached[0][2]
            return _Joined(
                _Folded(reach.sure, reach.sure),
                _Folded(reach.perhaps, reach.perhaps),
                reach.granted_unread,
                reach.unread,
            )
        every = question.mode == "all"
        start = _Folded(self._full, self._full) if every else _Folded(0, 0)
        sure = perhaps = possible = start
        unread = 0
        for asked, _, reach in reached:
            form = self.universe.form(asked)
            one, two = self._fold(asked, form, reach.sure), self._fold(asked, form, reach.perhaps)
            three = self._fold(asked, form, reach.perhaps | reach.granted_unread)
            if every:
                sure, perhaps, possible = (
                    _both(sure, one),
                    _both(perhaps, two),
                    _both(possible, three),
                )
            else:
                sure, perhaps, possible = (
                    _either(sure, one), _either(perhaps, two), _either(possible, three)
                )  # fmt: skip
            unread |= self._fold(asked, form, reach.unread).some
        return _Joined(sure, perhaps, possible.some & ~perhaps.some, unread)

    def _parts(self, wanted: int, actor: Actor, reached: list[tuple[Asked, str, Reach]]) -> Parts:
        """The resources wanted, in parts by what it depends on."""
        found: Parts = []
        rest = wanted
        for asked, action, reach in reached:
            form = self.universe.form(asked)
            about = (reach.perhaps | reach.granted_unread) & ~reach.sure & form.spread(rest)
            if not about:
                continue
            bit = 1 << self._bits[action]
            for mask, words in self._reasons.of([(about, ())], actor, asked, action, bit):
                some = self._fold(asked, form, mask).some & rest
                if some:
                    found.append((some, words))
                    rest &= ~some
        return found

    def _fold(self, asked: Asked, form: Form, mask: int) -> _Folded:
        """The resources that a mask of ARNs stands for."""
        if form.starts is None or form.counts is None:
            return _Folded(mask, mask)
        if not mask:
            return _Folded(0, 0)
        key = asked.arn, mask
        known = self._folds.get(key)
        if known is None:
            # Every resource has an ARN, so that each run of them starts at its own place.
            in_order = np.argsort(np.asarray(form.starts))
            flags = np.frombuffer(unpacked(mask, len(form.reader.arns)), np.uint8)
            starts = np.asarray(form.starts)[in_order]
            some = np.zeros(len(starts), np.uint8)
            every = np.zeros(len(starts), np.uint8)
            some[in_order] = np.bitwise_or.reduceat(flags, starts)
            every[in_order] = np.bitwise_and.reduceat(flags, starts)
            known = _Folded(bits(some.tobytes()), bits(every.tobytes()))
            self._folds[key] = known
        return known


def _both(one: _Folded, other: _Folded) -> _Folded:
    return _Folded(one.some & other.some, one.all & other.all)


def _either(one: _Folded, other: _Folded) -> _Folded:
    return _Folded(one.some | other.some, one.all | other.all)


def _groups(mask: int, joined: _Joined, words: tuple[str, ...]) -> Iterator[Found]:
    condition = "; ".join(words) or None
    for some, certainty in (
        (mask & ~joined.unread, Certainty.CONDITIONAL),
        (mask & joined.unread, Certainty.UNKNOWN),
    ):
        for one, whole in ((some & joined.perhaps.all, True), (some & ~joined.perhaps.all, False)):
            if one:
                yield Found(one, certainty, condition, whole)
