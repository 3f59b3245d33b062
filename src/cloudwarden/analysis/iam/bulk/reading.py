"""What documents say of one set of ARNs, each distinct document read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cloudwarden.analysis.iam.bulk.actors import Actor
from cloudwarden.analysis.iam.bulk.arns import NOTHING, ArnSet, Matched, mask_of
from cloudwarden.analysis.iam.bulk.masks import SILENT, Masks
from cloudwarden.analysis.iam.bulk.rules import Document, Rule, condition_keys, resource_variables
from cloudwarden.analysis.iam.bulk.slots import Slots
from cloudwarden.analysis.iam.context import Context, State
from cloudwarden.analysis.iam.facts import ResourceFacts, is_of_resource
from cloudwarden.analysis.iam.policies import Statement
from cloudwarden.analysis.iam.truth import Truth
from cloudwarden.analysis.iam.world import Account


@dataclass(frozen=True, slots=True)
class Owned:
    """Whose the thing behind an ARN is, and its tags (None: not known)."""

    owner: Account
    tags: Mapping[str, str] | None


#: Things of which some ARNs stand for several, and which of them each stands for.
Kinds = tuple[Sequence[Owned], Iterable[int]]

#: What a document says to everybody, and its rules that say something else to each.
_Said = tuple[Masks, tuple[Rule, ...]]
_SILENT: _Said = SILENT, ()

#: Nothing is known of who asks.
NOBODY = Context(closed=False)


class Reader:
    """Reads documents for one set of ARNs and the principals of one account.

    `owned` tells what is behind the ARNs, and which of these it is for each, in order; few policies
    ask. `lossy` says that not every
    principal's name has an ARN in the set that stands for what it names: what patterns with
    variables say may then hold of all that stand for any name.
    """

    def __init__(self, arns: ArnSet, owned: Callable[[], Kinds], *, lossy: bool = False) -> None:
        self.arns = arns
        self._owned = owned
        self._lossy = lossy
        self._resources: dict[Statement, Matched] = {}
        self._fixed: dict[Rule, Matched] = {}
        self._slots: dict[tuple[int, ...], Slots] = {}
        self._documents: dict[Slots, dict[Document, _Said]] = {}
        self._signatures: dict[tuple[str, ...], list[tuple[int, Owned]]] = {}

    def slots(self, *bits: int) -> Slots:
        """Actions to ask of all the ARNs at once."""
        known = self._slots.get(bits)
        if known is None:
            known = self._slots[bits] = Slots(bits, len(self.arns))
        return known

    def masks(self, documents: Iterable[Document], slots: Slots, actor: Actor) -> Masks:
        """What the documents of one layer say of some actions."""
        read = self._documents.get(slots)
        if read is None:
            read = self._documents[slots] = {}
        actions = slots.actions
        told = [
            each
            for document in documents
            if document.actions & actions
            and (each := read.get(document) or self._read(document, slots, actor)) is not _SILENT
        ]
        if not told:
            return SILENT
        if len(told) == 1 and not told[0][1]:
            return told[0][0]
        masks = SILENT
        for said, changing in told:
            masks = masks.joined(said) if masks is not SILENT else said
            for rule in changing:
                masks = masks.joined(self._said(rule, slots, actor))
        return masks

    def matched(self, rule: Rule, actor: Actor) -> Matched:
        """The ARNs for which a rule's resources and conditions hold, principals left aside."""
        if rule.fixed:
            known = self._fixed.get(rule)
            if known is None:
                known = self._fixed[rule] = self._weighed(rule, actor)
            return known
        return self._by_resource(rule, actor) if rule.by_resource else self._weighed(rule, actor)

    def conditioned(self, rule: Rule, actor: Actor, mask: int) -> Matched:
        """The ARNs of a mask for which a rule's conditions hold."""
        if not rule.by_resource:
            truth = actor.truth(rule)
            return (mask if truth is Truth.SURE else 0), (mask if truth else 0)
        sure = perhaps = 0
        for group, owned in self._alike(rule.statement):
            if group & mask:
                facts = ResourceFacts(actor.facts, owned.owner, owned.tags)
                truth = rule.statement.conditions.evaluate(facts)
                perhaps |= group & mask if truth else 0
                sure |= group & mask if truth is Truth.SURE else 0
        return sure, perhaps

    def resources_of(self, statement: Statement) -> int:
        """The ARNs that the resources of a statement without variables match."""
        if statement.resources is None:
            return self.arns.full
        # Most resource policies are about nothing but their own resource, and asked for once.
        return self._resource_masks(statement, NOBODY)[1]

    def _read(self, document: Document, slots: Slots, actor: Actor) -> _Said:
        changing = []
        said = SILENT if document.readable else Masks(unread=slots.full)
        for rule in document.rules:
            if not rule.actions & slots.actions:
                continue
            if not rule.fixed:
                changing.append(rule)
                continue
            one = self._said(rule, slots, actor)
            if one is not SILENT:
                said = said.joined(one) if said is not SILENT else one
        known = (said, tuple(changing)) if changing or said is not SILENT else _SILENT
        self._documents[slots][document] = known
        return known

    def _said(self, rule: Rule, slots: Slots, actor: Actor) -> Masks:
        """What one rule says of some actions."""
        sure, perhaps = self.matched(rule, actor)
        if not perhaps:
            return SILENT
        sure, perhaps = slots.lift(sure, rule.actions), slots.lift(perhaps, rule.actions)
        return Masks(sure, perhaps) if rule.allows else Masks(0, 0, sure, perhaps)

    def _weighed(self, rule: Rule, actor: Actor) -> Matched:
        truth = actor.truth(rule)
        if truth is Truth.NEVER:
            return NOTHING
        sure, perhaps = self._of_resources(rule, actor.facts)
        return (sure if truth is Truth.SURE else 0), perhaps

    def _by_resource(self, rule: Rule, actor: Actor) -> Matched:
        if not rule.variables and not self._of_resources(rule, NOBODY)[1]:
            return NOTHING
        sure = perhaps = 0
        for mask, owned in self._alike(rule.statement):
            facts = ResourceFacts(actor.facts, owned.owner, owned.tags)
            truth = rule.statement.conditions.evaluate(facts)
            if truth is Truth.NEVER:
                continue
            one, other = self._of_resources(rule, facts)
            perhaps |= other & mask
            if truth is Truth.SURE:
                sure |= one & mask
        return sure, perhaps

    def _alike(self, statement: Statement) -> list[tuple[int, Owned]]:
        """The ARNs that a statement cannot tell apart by the keys it asks for."""
        keys = tuple(
            sorted(
                key
                for key in {*condition_keys(statement), *resource_variables(statement)}
                if is_of_resource(key)
            )
        )
        known = self._signatures.get(keys)
        if known is None:
            groups: dict[tuple[State, ...], tuple[list[int], Owned]] = {}
            alike = []
            kinds, which = self._owned()
            for owned in kinds:
                facts = ResourceFacts(NOBODY, owned.owner, owned.tags)
                signature = tuple(facts.state(key) for key in keys)
                alike.append(groups.setdefault(signature, ([], owned))[0])
            for position, kind in enumerate(which):
                alike[kind].append(position)
            known = self._signatures[keys] = [
                (mask_of(found, len(self.arns)), owned) for found, owned in groups.values()
            ]
        return known

    def _of_resources(self, rule: Rule, facts: Context) -> Matched:
        statement = rule.statement
        if statement.resources is None:
            return self.arns.full, self.arns.full
        if rule.variables:
            return self._resource_masks(statement, facts)
        known = self._resources.get(statement)
        if known is None:
            known = self._resources[statement] = self._resource_masks(statement, facts)
        return known

    def _resource_masks(self, statement: Statement, facts: Context) -> Matched:
        assert statement.resources is not None
        if statement.not_resource:
            sure = perhaps = self.arns.full
            for pattern in statement.resources:
                one, other = self.arns.outside(pattern, facts)
                sure &= one
                perhaps &= other
            return sure, perhaps
        sure = perhaps = 0
        for pattern in statement.resources:
            one, other = self.arns.matched(pattern, facts)
            sure |= one
            perhaps |= other
            if self._lossy and not pattern.plain:
                perhaps |= self.arns.matched(pattern, NOBODY)[1]
        return sure, perhaps
