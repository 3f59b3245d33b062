"""Who can do what as relations of the graph, by the million."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress
from typing import Any

from cloudwarden.analysis.iam.bulk.actors import Actor, actors_of
from cloudwarden.analysis.iam.bulk.answers import Answers, Found
from cloudwarden.analysis.iam.bulk.arns import positions, unpacked
from cloudwarden.analysis.iam.bulk.labels import Label
from cloudwarden.analysis.iam.bulk.organizations import Organization
from cloudwarden.analysis.iam.bulk.rules import ActionBits, Documents
from cloudwarden.analysis.iam.bulk.universe import Universe
from cloudwarden.analysis.iam.questions import Question
from cloudwarden.analysis.iam.world import World
from cloudwarden.schema.derived import Certainty, DerivedRelations

#: The node that stands for all resources of a label in an account.
ALL_OF_TYPE = "AWSAccountResources"
#: From such a node to each of them.
STANDS_FOR = "STANDS_FOR"

#: So many relations are handed on at a time.
_CHUNK = 10_000
#: Masks with fewer bits are taken apart bit by bit.
_FEW = 16


@dataclass(frozen=True, slots=True)
class Options:
    """How much is told one by one.

    A grant of everything of a label in an account becomes one relation to the node that stands
    for it (`AWSAccountResources`) where the account has more than `collapse_above` of them; to
    each of them below that, as queries of the ecosystem expect. Where only policies that were not
    read might grant something, up to `unknown_pairs` pairs of an account are told for each
    question, then one relation a principal.
    """

    collapse_above: int = 1000
    unknown_pairs: int = 10_000


def relations(
    world: World,
    questions: Sequence[Question],
    now: datetime,
    options: Options | None = None,
) -> Iterator[DerivedRelations]:
    """Every relation that answers a question, with how certain it is and on what condition."""
    told = options or Options()
    shared = Documents(ActionBits(action for q in questions for action in q.actions))
    organization = Organization(world, shared)
    asked: dict[str, list[Question]] = {}
    for question in questions:
        asked.setdefault(question.label, []).append(question)
    labels = [
        Label(table, shared) for name in asked if (table := world.resources.get(name)) is not None
    ]
    common = _common(world)
    columns: dict[tuple[str, str, str], _Columns] = {}
    standing: dict[str, set[str]] = {}
    for account in sorted({principal.account for principal in world.principals}):
        documents = Documents(shared.actions, shared=shared, common=common)
        actors = actors_of(world, account, documents, now)
        for label in labels:
            universe = Universe(label, account, actors, documents, organization)
            if not actors or not len(universe):
                continue
            writer = _Writer(universe, told, columns)
            answers = Answers(universe, organization, documents, asked[label.table.label])
            for actor in actors:
                for question, found in answers.of(actor):
                    writer.write(actor, question, found)
            if writer.collapsed:
                standing.setdefault(label.table.label, set()).add(account)
        for one in columns.values():
            if len(one.sources) >= _CHUNK:
                yield one.taken()
    yield from (one.taken() for one in columns.values() if one.sources)
    for label in labels:
        if label.table.label in standing:
            yield _stands_for(label, standing[label.table.label])


def _common(world: World) -> set[str]:
    """The policies that principals of several accounts have."""
    first: dict[str, str] = {}
    common: set[str] = set()
    for principal in world.principals:
        for attached in principal.policies:
            text = attached.document
            if isinstance(text, str) and first.setdefault(text, principal.account) != (
                principal.account
            ):
                common.add(text)
    return common


@dataclass(slots=True)
class _Columns:
    """Relations of one type between nodes of two labels."""

    type: str
    source_label: str
    target_label: str
    scoped: bool
    sources: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    certainty: list[Certainty] = field(default_factory=list)
    conditions: list[str | None] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    implied: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def add(self, source: str, targets: Sequence[str], found: Found) -> None:
        """Relations from one principal."""
        size = len(targets)
        self.sources += [source] * size
        self.targets += targets
        self.certainty += [found.certainty] * size
        self.conditions += [found.condition] * size
        if self.scoped:
            self.scopes += ["all" if found.whole else "some"] * size

    def taken(self) -> DerivedRelations:
        """What there is, handed on."""
        told = DerivedRelations(
            self.type,
            self.source_label,
            self.target_label,
            self.sources,
            self.targets,
            self.certainty,
            self.conditions,
            {"scope": self.scopes} if self.scoped else {},
            self.implied or None,
        )
        self.sources, self.targets, self.certainty = [], [], []
        self.conditions, self.scopes, self.implied = [], [], {}
        return told


class _Writer:
    """Writes what was found in one universe into columns."""

    def __init__(
        self, universe: Universe, options: Options, columns: dict[tuple[str, str, str], _Columns]
    ) -> None:
        self._options = options
        self._columns = columns
        self._label = universe.label.table.label
        self._account = universe.account
        ids = universe.label.table.ids
        self._ids = [ids[position] for position in universe.positions]
        self._own = universe.own
        self._lists: dict[int, list[str]] = {}
        self._many = self._own.bit_count() > options.collapse_above
        #: How many pairs may still be told one by one, of those that nothing read grants.
        self._left: dict[str, int] = {}
        #: Whether something was told of everything at once.
        self.collapsed = False

    def write(self, actor: Actor, question: Question, found: Found) -> None:
        """One group of resources that an actor gets at."""
        mask = found.mask
        if found.ungranted:
            left = self._left.get(question.key, self._options.unknown_pairs) - mask.bit_count()
            self._left[question.key] = left
            if left < 0:
                self._collapse(actor, question, found)
                return
        elif self._many and mask & self._own == self._own:
            self._collapse(actor, question, found)
            mask &= ~self._own
        if mask:
            columns = self._into(actor, question, self._label)
            columns.add(actor.principal.arn, self._named(mask), found)

    def _collapse(self, actor: Actor, question: Question, found: Found) -> None:
        columns = self._into(actor, question, ALL_OF_TYPE)
        node = all_of_type(self._account, self._label)
        columns.add(actor.principal.arn, [node], found)
        columns.implied[node] = {
            "name": f"every {self._label} of {self._account}",
            "account": self._account,
            "resource_label": self._label,
            "resource_count": self._own.bit_count(),
        }
        self.collapsed = True

    def _into(self, actor: Actor, question: Question, target_label: str) -> _Columns:
        key = question.name, actor.principal.label, target_label
        known = self._columns.get(key)
        if known is None:
            scoped = question.contents or target_label == ALL_OF_TYPE
            known = self._columns[key] = _Columns(*key, scoped)
        return known

    def _named(self, mask: int) -> list[str]:
        # Principals with the same policies get at the same resources.
        known = self._lists.get(mask)
        if known is None:
            known = self._lists[mask] = self._picked(mask)
        return known

    def _picked(self, mask: int) -> list[str]:
        if mask.bit_count() <= _FEW:
            return [self._ids[position] for position in positions(mask)]
        return list(compress(self._ids, unpacked(mask, len(self._ids))))


def all_of_type(account: str, label: str) -> str:
    """The id of the node that stands for an account's resources of a label."""
    return f"{account}/{label}"


def _stands_for(label: Label, accounts: Collection[str]) -> DerivedRelations:
    table = label.table
    pairs = [
        (all_of_type(account, table.label), id_)
        for account, id_ in zip(table.accounts, table.ids, strict=True)
        if account in accounts
    ]
    return DerivedRelations(
        STANDS_FOR,
        ALL_OF_TYPE,
        table.label,
        [source for source, _ in pairs],
        [target for _, target in pairs],
        [Certainty.SURE] * len(pairs),
        [None] * len(pairs),
    )
