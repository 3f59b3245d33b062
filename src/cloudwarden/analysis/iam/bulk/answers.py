"""What one principal may do to every resource of a universe, for a whole question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from cloudwarden.analysis.iam.bulk.actors import Actor
from cloudwarden.analysis.iam.bulk.arns import bits, unpacked
from cloudwarden.analysis.iam.bulk.organizations import Organization
from cloudwarden.analysis.iam.bulk.reach import NOTHING, Reach, Reaching
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


class _Joined(NamedTuple):
    """A question's answer as masks of resources; `all` are those of which all is meant."""

    sure: int
    all_sure: int
    perhaps: int
    all_perhaps: int
    granted_unread: int
    unread: int


#: Resources of which some, and of which all that is in them is meant.
_Folded = tuple[int, int]
_Reached = list[tuple[Asked, str, Reach]]


class Answers:
    """Answers questions about one universe."""

    def __init__(
        self,
        universe: Universe,
        organization: Organization,
        documents: Documents,
        questions: Iterable[Question],
    ) -> None:
        self.universe = universe
        self._bits = documents.actions.index
        self._full = (1 << len(universe)) - 1
        #: Each question, whether it is about what is in the resources, and its actions.
        self._asked = [(one, one.contents, self._distinct(one)) for one in questions]
        together: dict[str, list[str]] = {}
        for _, _, distinct in self._asked:
            for asked, action in distinct:
                together.setdefault(asked.arn, []).append(action)
        self._reaching = Reaching(universe, organization, documents, together)
        self._reasons = Reasons(universe, organization, self._reaching)
        self._folds: dict[tuple[str, int], _Folded] = {}

    def of(self, actor: Actor) -> Iterator[tuple[Question, Found]]:
        """What the actor may do, in groups of resources with the same certainty and condition."""
        reach_of = self._reaching.of
        for question, contents, every in self._asked:
            reached = [
                (asked, action, reach)
                for asked, action in every
                if (reach := reach_of(actor, asked, action)) is not NOTHING
            ]
            if not reached or (question.mode == "all" and len(reached) < len(every)):
                continue
            if len(reached) == 1 and not contents:
                asked, _, reach = reached[0]
                if self.universe.form(asked).starts is None:
                    if reach.sure:
                        yield question, Found(reach.sure, Certainty.SURE, None, whole=True)
                    if reach.perhaps != reach.sure or reach.granted_unread:
                        for found in self._uncertain(actor, _plain(reach), reached):
                            yield question, found
                    continue
            joined = self._joined(question, reached)
            sure = joined.sure
            if sure:
                whole = sure & joined.all_sure
                if whole:
                    yield question, Found(whole, Certainty.SURE, None, whole=True)
                if whole != sure:
                    yield question, Found(sure & ~whole, Certainty.SURE, None, whole=False)
            for found in self._uncertain(actor, joined, reached):
                yield question, found

    def _uncertain(self, actor: Actor, joined: _Joined, reached: _Reached) -> Iterator[Found]:
        """What depends on something."""
        between = joined.perhaps & ~joined.sure
        if between:
            for mask, words in self._parts(between, actor, reached):
                yield from _groups(mask, joined, words)
        if joined.granted_unread:
            for mask, words in self._parts(joined.granted_unread, actor, reached):
                condition = "; ".join(words) or None
                yield Found(mask, Certainty.UNKNOWN, condition, whole=False, ungranted=True)

    def _distinct(self, question: Question) -> list[tuple[Asked, str]]:
        """The actions of a question, in lower case, but one for all that no policy tells apart."""
        first = self.universe.alike
        found = {
            (asked.arn, first[action.lower()]): asked
            for asked in question.asked
            for action in asked.actions
        }
        return [(asked, action) for (_, action), asked in found.items()]

    def _joined(self, question: Question, reached: _Reached) -> _Joined:
        """The answers for single actions as one."""
        every = question.mode == "all"
        sure = all_sure = perhaps = all_perhaps = possible = self._full if every else 0
        unread = 0
        for asked, _, reach in reached:
            form = self.universe.form(asked)
            some, whole = self._fold(asked, form, reach.sure)
            maybe, whole_maybe = some, whole
            if reach.perhaps != reach.sure:
                maybe, whole_maybe = self._fold(asked, form, reach.perhaps)
            either = maybe
            if reach.granted_unread:
                either = self._fold(asked, form, reach.perhaps | reach.granted_unread)[0]
            if every:
                sure &= some
                all_sure &= whole
                perhaps &= maybe
                all_perhaps &= whole_maybe
                possible &= either
            else:
                sure |= some
                all_sure |= whole
                perhaps |= maybe
                all_perhaps |= whole_maybe
                possible |= either
            if reach.unread:
                unread |= self._fold(asked, form, reach.unread)[0]
        return _Joined(sure, all_sure, perhaps, all_perhaps, possible & ~perhaps, unread)

    def _parts(self, wanted: int, actor: Actor, reached: _Reached) -> Parts:
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
                some = self._fold(asked, form, mask)[0] & rest
                if some:
                    found.append((some, words))
                    rest &= ~some
        return found

    def _fold(self, asked: Asked, form: Form, mask: int) -> _Folded:
        """The resources that a mask of ARNs stands for."""
        if form.starts is None or form.counts is None:
            return mask, mask
        if not mask:
            return 0, 0
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
            known = bits(some.tobytes()), bits(every.tobytes())
            self._folds[key] = known
        return known


def _groups(mask: int, joined: _Joined, words: tuple[str, ...]) -> Iterator[Found]:
    condition = "; ".join(words) or None
    for some, certainty in (
        (mask & ~joined.unread, Certainty.CONDITIONAL),
        (mask & joined.unread, Certainty.UNKNOWN),
    ):
        for one, whole in ((some & joined.all_perhaps, True), (some & ~joined.all_perhaps, False)):
            if one:
                yield Found(one, certainty, condition, whole)


def _plain(reach: Reach) -> _Joined:
    """One action's answer about the resources themselves."""
    sure, perhaps, granted_unread, unread = reach
    return _Joined(sure, sure, perhaps, perhaps, granted_unread, unread)
