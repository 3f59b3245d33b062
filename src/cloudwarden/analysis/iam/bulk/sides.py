"""What resources' own policies say, turned round: by whom they name, not by resource.

The policies of an account's resources are read once for all actions. What they say to everybody, or
to the whole account, is added up; what they say to one principal is kept under that principal; and
what depends on who asks is kept once for all resources that say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cloudwarden.analysis.iam.bulk.actors import Actor
from cloudwarden.analysis.iam.bulk.reading import Reader
from cloudwarden.analysis.iam.bulk.rules import Document, Rule
from cloudwarden.analysis.iam.bulk.slots import Slots
from cloudwarden.analysis.iam.policies import Statement
from cloudwarden.analysis.iam.principals import PrincipalMatch


class Side(NamedTuple):
    """What resource policies say to one principal, for sure and perhaps, as masks of ARNs.

    `final` needs nothing else in the same account; `bounded` needs the boundary to allow; `any`
    is every allow, an account's included; `defers` is an allow to the account as such. `unread`
    are the ARNs whose policy was not read.
    """

    final: int = 0
    perhaps_final: int = 0
    bounded: int = 0
    perhaps_bounded: int = 0
    any: int = 0
    perhaps_any: int = 0
    defers: int = 0
    perhaps_defers: int = 0
    deny: int = 0
    perhaps_deny: int = 0
    unread: int = 0


class Entry(NamedTuple):
    """A rule that names somebody in some way (None: it has to be asked), and for which ARNs."""

    match: PrincipalMatch | None
    rule: Rule
    mask: int


#: What was said so far: for sure and perhaps, by the way of naming and whether it is an allow.
_Told = dict[tuple[PrincipalMatch, bool], tuple[int, int]]


class Policies:
    """The policies of the resources behind a reader's ARNs, read once for all actions."""

    def __init__(
        self, reader: Reader, policies: Iterable[tuple[Document, int, str]], account: str
    ) -> None:
        self.reader = reader
        self.unread = 0
        self._account = account
        #: The first rule of those that say the same, and the ARNs that any of them is about.
        self._broad: dict[object, tuple[PrincipalMatch | None, Rule]] = {}
        self._about: dict[object, int] = {}
        self._named: dict[object, list[Entry]] = {}
        for document, span, name in policies:
            if not document.readable:
                self.unread |= span
            for rule in document.rules:
                self._take(rule, span, name)

    def broad(self, actions: int) -> list[Entry]:
        """The rules about actions that speak to everybody, or to all of the account."""
        return [
            Entry(match, rule, self._about[key])
            for key, (match, rule) in self._broad.items()
            if rule.actions & actions
        ]

    def named(self, actor: Actor, actions: int) -> list[Entry]:
        """The rules about actions that speak to one principal."""
        named = self._named.get(actor.key)
        return [entry for entry in named if entry.rule.actions & actions] if named else []

    @property
    def names_somebody(self) -> bool:
        """Whether any rule speaks to one principal."""
        return bool(self._named)

    def _take(self, rule: Rule, span: int, own: str) -> None:
        """Takes in a rule of a resource's policy; `own` names the resource and nothing else."""
        statement, principals = rule.statement, rule.statement.principals
        if principals is None:
            return
        mask = span
        if not (rule.variables or _is_about(statement, own)):
            mask &= self.reader.resources_of(statement)
        if not mask:
            return
        if statement.not_principal:
            self._keep(None, rule, mask)
        elif principals.anybody:
            self._keep(PrincipalMatch.ANY, rule, mask)
        else:
            if self._account in principals.accounts:
                self._keep(PrincipalMatch.ACCOUNT, rule, mask)
            for name in (*principals.exact, *principals.roles):
                self._named.setdefault(name, []).append(Entry(PrincipalMatch.EXACT, rule, mask))

    def _keep(self, match: PrincipalMatch | None, rule: Rule, mask: int) -> None:
        """Keeps a rule that speaks to many once for all resources that say the same."""
        key: object = rule if rule.variables else (match, rule.says)
        known = self._about.get(key)
        if known is None:
            self._broad[key] = match, rule
            self._about[key] = mask
        else:
            self._about[key] = known | mask


def _is_about(statement: Statement, name: str) -> bool:
    """Whether a statement is about all that has a name: it is about everything, or says so."""
    if statement.resources is None:
        return True
    return not statement.not_resource and any(
        pattern.everything or (pattern.text == name and pattern.valid)
        for pattern in statement.resources
    )


class Sides:
    """What resource policies say of some actions."""

    def __init__(self, policies: Policies, slots: Slots) -> None:
        self._policies = policies
        self._slots = slots
        self._told: _Told | None = None
        self._broad = policies.broad(slots.actions)
        self._changing = [e for e in self._broad if e.match is None or not e.rule.fixed]
        self._whole: dict[bool, Side] = {}
        self._unread = slots.lift(policies.unread, slots.actions)
        #: Whether they say nothing to anybody.
        self.silent = not (policies.unread or self._broad or policies.names_somebody)

    def of(self, actor: Actor) -> Side:
        """What they say to a principal of the account."""
        if self._told is None:
            self._told = {}
            for entry in self._broad:
                if entry.match is not None and entry.rule.fixed:
                    self._add(self._told, entry, entry.match, actor)
        named = self._policies.named(actor, self._slots.actions)
        if not (named or self._changing):
            known = self._whole.get(actor.is_role)
            if known is None:
                known = _side(self._told, self._unread, is_role=actor.is_role)
                self._whole[actor.is_role] = known
            return known
        told = dict(self._told)
        for entry in (*self._changing, *named):
            match = _match(entry, actor)
            if match is not None:
                self._add(told, entry, match, actor)
        return _side(told, self._unread, is_role=actor.is_role)

    def entries(self, actor: Actor) -> Iterator[Entry]:
        """Every rule that names a principal, in what way, and for which ARNs."""
        for entry in (*self._broad, *self._policies.named(actor, self._slots.actions)):
            match = _match(entry, actor)
            if match is not None:
                yield entry._replace(match=match)

    def _add(self, told: _Told, entry: Entry, match: PrincipalMatch, actor: Actor) -> None:
        sure, perhaps = self.holds(entry, actor)
        if perhaps:
            key = match, entry.rule.allows
            known = told.get(key, (0, 0))
            told[key] = known[0] | sure, known[1] | perhaps

    def holds(self, entry: Entry, actor: Actor) -> tuple[int, int]:
        """The ARNs for which a rule holds, under its actions: for sure, and perhaps."""
        reader, rule = self._policies.reader, entry.rule
        if rule.variables:
            sure, perhaps = reader.matched(rule, actor)
            sure, perhaps = sure & entry.mask, perhaps & entry.mask
        else:
            sure, perhaps = reader.conditioned(rule, actor, entry.mask)
        return self._slots.lift(sure, rule.actions), self._slots.lift(perhaps, rule.actions)


def _match(entry: Entry, actor: Actor) -> PrincipalMatch | None:
    if entry.match is not None:
        return entry.match
    bounded = actor.boundary is not None
    return entry.rule.statement.match_principal(actor.who, bounded=bounded)


def _side(told: _Told, unread: int, *, is_role: bool) -> Side:
    final = bounded = any_ = defers = deny = (0, 0)
    for (match, allows), masks in told.items():
        if not allows:
            deny = _either(deny, masks)
            continue
        any_ = _either(any_, masks)
        if match is PrincipalMatch.ACCOUNT:
            defers = _either(defers, masks)
        elif match is PrincipalMatch.EXACT and is_role:
            bounded = _either(bounded, masks)
        else:
            final = _either(final, masks)
    return Side(*final, *bounded, *any_, *defers, *deny, unread)


def _either(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] | other[0], one[1] | other[1]
