"""The resources of one label that an account's principals may possibly reach.

These are the account's own, and those of others whose policies let in everybody, the account or
somebody in it: without a word in their policy, nobody gets there from another account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from cloudwarden.analysis.iam.bulk.actors import Actor
from cloudwarden.analysis.iam.bulk.arns import ArnSet, bits, mask_of, unpacked
from cloudwarden.analysis.iam.bulk.labels import ROLES, Label
from cloudwarden.analysis.iam.bulk.organizations import Compiled, Organization
from cloudwarden.analysis.iam.bulk.reading import NOBODY, Kinds, Owned, Reader
from cloudwarden.analysis.iam.bulk.rules import UNREADABLE, Document, Documents, Rule
from cloudwarden.analysis.iam.bulk.sides import Policies, Sides
from cloudwarden.analysis.iam.bulk.slots import Slots
from cloudwarden.analysis.iam.bulk.witnesses import UNNAMED, Samples
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.policies import PolicyKind
from cloudwarden.analysis.iam.questions import Asked
from cloudwarden.analysis.iam.variables import Plain, Token, resolve

#: Samples that the names of principals may add, for an account's resources of one label.
_MOST_SAMPLES = 20_000


@dataclass(frozen=True, slots=True)
class Form:
    """The resources of a universe under one form of ARN.

    `names[i]` is the ARN of a resource, or the pattern of what is in it. It is stood for by
    `counts[i]` ARNs from `starts[i]` on: one, or samples of what is in it. Where these are None,
    bit `i` is resource `i`.
    """

    reader: Reader
    names: Sequence[str]
    starts: Sequence[int] | None = None
    counts: Sequence[int] | None = None
    sides: dict[tuple[Slots, bool], Sides] = field(default_factory=dict)
    policies: dict[bool, Policies] = field(default_factory=dict)

    def span(self, position: int) -> int:
        """The ARNs that stand for a resource of the universe."""
        if self.starts is None or self.counts is None:
            return 1 << position
        return ((1 << self.counts[position]) - 1) << self.starts[position]

    def spread(self, mask: int) -> int:
        """The ARNs that stand for the resources of a mask."""
        if self.starts is None or self.counts is None:
            return mask
        flags = bytearray(len(self.reader.arns))
        for start, count, wanted in zip(
            self.starts, self.counts, unpacked(mask, len(self.starts)), strict=True
        ):
            if wanted:
                flags[start : start + count] = b"\1" * count
        return bits(flags)


class Universe:
    """What the principals of one account may possibly reach, of one label.

    `documents` compile what concerns this account alone.
    """

    def __init__(
        self,
        label: Label,
        account: str,
        actors: Sequence[Actor],
        documents: Documents,
        organization: Organization,
    ) -> None:
        self.label = label
        self.account = account
        self.positions = label.reachable(account)
        self._organization = organization
        self._actors = actors
        self._documents = documents
        self._forms: dict[str, Form] = {}

    def __len__(self) -> int:
        return len(self.positions)

    @cached_property
    def own(self) -> int:
        """The resources of the account itself."""
        accounts = self.label.table.accounts
        flags = bytes(accounts[position] == self.account for position in self.positions)
        return bits(flags)

    @cached_property
    def by_rcps(self) -> Sequence[tuple[Compiled, int]]:
        """The resources by what resource control policies their owners are under."""
        accounts = self.label.table.accounts
        of_account: dict[str, list[int]] = {}
        found: dict[Compiled, list[int]] = {}
        for i, position in enumerate(self.positions):
            account = accounts[position]
            bound = of_account.get(account)
            if bound is None:
                levels = self._organization.levels(account, PolicyKind.RCP)
                bound = of_account[account] = found.setdefault(levels, [])
            bound.append(i)
        return [(levels, mask_of(which, len(self))) for levels, which in found.items()]

    @cached_property
    def aws_managed(self) -> int:
        """The KMS keys that AWS manages."""
        managers = self.label.table.properties.get("key_manager")
        if managers is None:
            return 0
        aws = (i for i, position in enumerate(self.positions) if managers[position] == "AWS")
        return mask_of(aws, len(self))

    @cached_property
    def alike(self) -> Mapping[str, str]:
        """The actions, in lower case, each by one that no policy here tells it apart from."""
        # Compiles what is there, which is what tells actions apart.
        for _ in self._around():
            pass
        return self._documents.alike()

    def form(self, asked: Asked) -> Form:
        """The resources under one form of ARN."""
        known = self._forms.get(asked.arn)
        if known is None:
            known = self._forms[asked.arn] = self._made(asked)
        return known

    def silent(self, action: str) -> bool:
        """Whether the resources' own policies have no say in an action."""
        # A trust policy is about assuming the role, and about nothing else.
        return self.label.table.label == ROLES and not action.startswith("sts:")

    def sides(self, form: Form, slots: Slots, *, silent: bool) -> Sides:
        """What the resources' own policies say of some actions, all of them `silent` or none."""
        known = form.sides.get((slots, silent))
        if known is None:
            known = Sides(self._policies(form, silent=silent), slots)
            form.sides[slots, silent] = known
        return known

    def _policies(self, form: Form, *, silent: bool) -> Policies:
        known = form.policies.get(silent)
        if known is None:
            own = () if silent else self._own_policies(form)
            known = form.policies[silent] = Policies(form.reader, own, self.account)
        return known

    def _own_policies(self, form: Form) -> Iterator[tuple[Document, int, str]]:
        """The policy of each resource, the ARNs that stand for it, and what names just these."""
        accounts = self.label.table.accounts
        for i, policy in self._policies_there:
            if policy is not UNREADABLE or accounts[self.positions[i]] == self.account:
                yield policy, form.span(i), form.names[i]

    @cached_property
    def _policies_there(self) -> list[tuple[int, Document]]:
        """The resources that have a policy of their own."""
        texts = self.label.table.policies
        return [
            (i, policy)
            for i, position in enumerate(self.positions)
            if texts[position] is not None
            and (policy := self.label.policy(position, self._documents)) is not None
        ]

    def _made(self, asked: Asked) -> Form:
        shapes = self._documents.shapes
        if asked.arn == "{arn}":
            # Resources are in the order of their ARNs.
            arns = self.label.table.arns
            names = [arns[position] for position in self.positions]
            return Form(Reader(ArnSet(names, shapes), self._owned(range(len(names)))), names)
        names = [self._arn(asked.arn, position) for position in self.positions]
        if not asked.contents:
            in_order = sorted(range(len(names)), key=names.__getitem__)
            reader = Reader(ArnSet(names, shapes), self._owned(in_order))
            return Form(reader, names, _inverse(in_order), [1] * len(names))
        # Another question may ask for the same with other actions of the service.
        service = asked.actions[0].partition(":")[0]
        patterns, lossy = self._patterns(self._documents.actions.of_service(service))
        samples = Samples(patterns)
        found = [samples.of(name[:-1]) for name in names]
        starts, counts, total = [0] * len(names), list(map(len, found)), 0
        in_order = sorted(range(len(names)), key=lambda i: names[i][:-1])
        for i in in_order:
            starts[i] = total
            total += counts[i]
        sampled = ArnSet((arn for i in in_order for arn in found[i]), shapes)
        behind = [i for i in in_order for _ in found[i]]
        reader = Reader(sampled, self._owned(behind), lossy=lossy)
        return Form(reader, names, starts, counts)

    def _owned(self, which: Sequence[int]) -> Callable[[], Kinds]:
        """What tells whose these resources of the universe are, and their tags."""
        # Not a method: what it is kept in would then be kept by what it keeps.
        kinds = self._kinds

        def owned() -> Kinds:
            told, of = kinds()
            return told, (of[i] for i in which)

        return owned

    @cached_property
    def _kinds(self) -> Callable[[], tuple[list[Owned], list[int]]]:
        """Tells each owner with each tags once, and which of these every resource has."""
        table, world, positions = self.label.table, self._organization.world, self.positions

        @cache
        def kinds() -> tuple[list[Owned], list[int]]:
            # Many rows of a table share their tags.
            known: dict[tuple[str, int], int] = {}
            told: list[Owned] = []
            of = []
            for position in positions:
                account, tags = table.accounts[position], table.tags[position]
                kind = known.get((account, id(tags)))
                if kind is None:
                    kind = known[account, id(tags)] = len(told)
                    told.append(Owned(world.account(account), tags))
                of.append(kind)
            return told, of

        return kinds

    def _arn(self, form: str, position: int) -> str:
        table = self.label.table
        arn = table.arns[position]
        parts = arn.split(":")
        values = {
            "arn": arn,
            "id": table.ids[position],
            "name": table.names[position],
            "partition": parts[1] if len(parts) > 1 else "aws",
            "region": table.regions[position],
            "account": table.accounts[position],
            # A name that was not read is one that no policy has.
            **{
                name: column[position] or f"{UNNAMED}{position}"
                for name, column in table.properties.items()
            },
        }
        return form.format_map(values)

    def _patterns(self, asked: int) -> tuple[set[tuple[Plain, ...]], bool]:
        """Every resource pattern that may bear on what is in the resources, variables resolved.

        Second, whether names of principals were left out: there are too many.
        """
        spent = 0
        found: set[tuple[Plain, ...]] = set()
        shared: set[Rule] = set()
        for rule, actor in self._rules():
            if not rule.actions & asked or (rule in shared and not rule.by_principal):
                continue
            shared.add(rule)
            for pattern in rule.statement.resources or ():
                if pattern.parts is None:
                    continue
                if not pattern.plain and spent < _MOST_SAMPLES:
                    spent += len(self.positions)
                    found.add(_resolved(pattern.parts, actor.facts))
                else:
                    found.add(_resolved(pattern.parts, NOBODY))
        return found, spent >= _MOST_SAMPLES

    def _rules(self) -> Iterator[tuple[Rule, Actor]]:
        for actor in self._actors:
            documents: Iterable[Document] = actor.documents
            if actor.boundary is not None:
                documents = (*documents, actor.boundary)
            for document in documents:
                for rule in document.rules:
                    yield rule, actor
        if not self._actors:
            return
        anybody = self._actors[0]
        for document in self._around():
            for rule in document.rules:
                yield rule, anybody

    def _around(self) -> Iterator[Document]:
        """The organization's policies on either side, and the resources' own."""
        of_caller = self._organization.levels(self.account, PolicyKind.SCP)
        for levels in (of_caller, *(levels for levels, _ in self.by_rcps)):
            for level in levels or ():
                yield from level
        yield from (policy for _, policy in self._policies_there)


def _resolved(parts: Iterable[tuple[Token, ...]], context: Context) -> tuple[Plain, ...]:
    """The parts with their variables replaced; what has no value becomes nothing."""
    return tuple(found[0] if (found := resolve(part, context)) else () for part in parts)


def _inverse(order: Sequence[int]) -> list[int]:
    found = [0] * len(order)
    for place, i in enumerate(order):
        found[i] = place
    return found
