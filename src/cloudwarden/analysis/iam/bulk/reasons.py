"""On what it depends whether a principal gets at something: conditions, and what was not read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cloudwarden.analysis.iam.bulk.actors import Actor
from cloudwarden.analysis.iam.bulk.organizations import Organization
from cloudwarden.analysis.iam.bulk.reach import Reaching, leaves_to_identity
from cloudwarden.analysis.iam.bulk.reading import Reader
from cloudwarden.analysis.iam.bulk.rules import Document
from cloudwarden.analysis.iam.bulk.sides import Sides
from cloudwarden.analysis.iam.bulk.universe import Form, Universe
from cloudwarden.analysis.iam.bulk.words import condition_words
from cloudwarden.analysis.iam.policies import PolicyKind, Statement
from cloudwarden.analysis.iam.questions import Asked

#: ARNs, and one thing on which it depends for them.
Reason = tuple[int, str]
#: Parts of a mask, each with all on which it depends.
Parts = list[tuple[int, tuple[str, ...]]]

#: So that policies made to be nasty cost no more than words.
_MOST_PARTS = 64


def split(parts: Parts, alternatives: Sequence[Reason]) -> Parts:
    """The parts, split by which alternatives are about them, joined by *or*."""
    wanted = [(about, words) for about, words in alternatives if about]
    if not wanted:
        return parts
    found: Parts = []
    for mask, words in parts:
        rest: Parts = [(mask, ())]
        for about, reason in wanted:
            step: Parts = []
            for one, said in rest:
                inside = one & about
                if inside and len(rest) < _MOST_PARTS:
                    step.append((inside, (*said, reason)))
                    if one != inside:
                        step.append((one & ~about, said))
                else:
                    step.append((one, said))
            rest = step
        for one, said in rest:
            joined = " or ".join(dict.fromkeys(said))
            found.append((one, words if not joined or joined in words else (*words, joined)))
    return found


class Reasons:
    """Tells the reasons for the principals of one universe."""

    def __init__(self, universe: Universe, organization: Organization, reaching: Reaching) -> None:
        self._universe = universe
        self._organization = organization
        self._reaching = reaching

    def of(self, parts: Parts, actor: Actor, asked: Asked, action: str, bit: int) -> Parts:
        """The parts, split by what an action depends on there, and with it added."""
        form = self._universe.form(asked)
        for alternatives in (
            *self._granting(actor, asked, form, action, bit),
            *self._passing(actor, form, bit),
            *([reason] for reason in self._denying(actor, asked, form, action, bit)),
            *([reason] for reason in self._unread(actor, asked, form, action, bit)),
        ):
            parts = split(parts, alternatives)
        return parts

    def _granting(
        self, actor: Actor, asked: Asked, form: Form, action: str, bit: int
    ) -> Iterator[list[Reason]]:
        """What grants under conditions: within an account either side, across both."""
        reader = form.reader
        surely = reader.masks(actor.documents, reader.slots(bit), actor).allow
        by_identity = list(_allows(reader, actor.documents, bit, actor, surely))
        sides = self._sides(form, action, bit)
        side = sides.of(actor)
        by_resource = []
        for entry in sides.entries(actor):
            if entry.rule.allows:
                sure, perhaps = sides.holds(entry, actor)
                mask = perhaps & ~sure & ~side.any
                if mask:
                    by_resource.append((mask, _if(entry.rule.statement, actor)))
        own = self._reaching.own_arns(asked, form)
        if leaves_to_identity(self._universe.label.table.label, action):
            settled = own & (surely | side.final)
            yield [(mask & own & ~settled, words) for mask, words in (*by_identity, *by_resource)]
        else:
            # Identity counts only with the resource's leave: both, unless that names the caller.
            settled = own & (side.final | side.bounded)
            yield [(mask & own & ~settled, words) for mask, words in by_identity]
            yield [(mask & own & ~settled, words) for mask, words in by_resource]
        yield [(mask & ~own, words) for mask, words in by_identity]
        yield [(mask & ~own, words) for mask, words in by_resource]

    def _passing(self, actor: Actor, form: Form, bit: int) -> Iterator[list[Reason]]:
        """What limits let pass under conditions."""
        reader = form.reader
        for level in self._limits(actor):
            surely = reader.masks(level, reader.slots(bit), actor).allow
            yield list(_allows(reader, level, bit, actor, surely))

    def _denying(
        self, actor: Actor, asked: Asked, form: Form, action: str, bit: int
    ) -> Iterator[Reason]:
        """What denies under conditions."""
        reader = form.reader
        for level in (actor.documents, *self._limits(actor)):
            yield from _denials(reader, level, bit, actor)
        if not actor.is_service_linked:
            for rcps, mask in self._reaching.owned_levels(asked, form):
                for level in rcps or ():
                    for about, words in _denials(reader, level, bit, actor):
                        yield about & mask, words
        sides = self._sides(form, action, bit)
        for entry in sides.entries(actor):
            if not entry.rule.allows:
                sure, perhaps = sides.holds(entry, actor)
                yield perhaps & ~sure, _unless(entry.rule.statement, actor)

    def _unread(
        self, actor: Actor, asked: Asked, form: Form, action: str, bit: int
    ) -> Iterator[Reason]:
        """What was not read, and so may change anything."""
        full = form.reader.arns.full
        for policy in actor.unread:
            yield full, f"{_name(policy)} was not read"
        if actor.boundary is not None and not actor.boundary.readable:
            yield full, "the permissions boundary was not read"
        if not actor.is_service_linked:
            scps = self._organization.levels(self._universe.account, PolicyKind.SCP)
            if scps is None:
                yield full, f"service control policies of {self._universe.account} were not read"
            elif any(not document.readable for level in scps for document in level):
                yield full, f"a service control policy of {self._universe.account} was not read"
            for rcps, mask in self._reaching.owned_levels(asked, form):
                if rcps is None or any(not d.readable for level in rcps for d in level):
                    yield mask, "resource control policies were not read"
        sides = self._sides(form, action, bit)
        yield sides.of(actor).unread, "the resource's policy was not read"

    def _sides(self, form: Form, action: str, bit: int) -> Sides:
        slots = form.reader.slots(bit)
        return self._universe.sides(form, slots, silent=self._universe.silent(action))

    def _limits(self, actor: Actor) -> Iterator[tuple[Document, ...]]:
        if actor.boundary is not None:
            yield (actor.boundary,)
        if not actor.is_service_linked:
            yield from self._organization.levels(self._universe.account, PolicyKind.SCP) or ()


def _allows(
    reader: Reader, documents: Iterable[Document], bit: int, actor: Actor, surely: int
) -> Iterator[Reason]:
    for document in documents:
        for rule in document.rules:
            if rule.allows and rule.actions & bit:
                sure, perhaps = reader.matched(rule, actor)
                mask = perhaps & ~sure & ~surely
                if mask:
                    yield mask, _if(rule.statement, actor)


def _denials(
    reader: Reader, documents: Iterable[Document], bit: int, actor: Actor
) -> Iterator[Reason]:
    for document in documents:
        for rule in document.rules:
            if not rule.allows and rule.actions & bit:
                sure, perhaps = reader.matched(rule, actor)
                if perhaps & ~sure:
                    yield perhaps & ~sure, _unless(rule.statement, actor)


def _if(statement: Statement, actor: Actor) -> str:
    return f"if {condition_words(statement, actor.facts)}"


def _unless(statement: Statement, actor: Actor) -> str:
    return f"unless {condition_words(statement, actor.facts)}"


def _name(policy: str) -> str:
    return f"policy {policy.rpartition('/')[2]}"
