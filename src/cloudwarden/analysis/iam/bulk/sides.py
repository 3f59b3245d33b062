"""What resources' own policies say, turned round: by whom they name, not by resource.

The policies of an account's resources are read once for an action. What they say to everybody, or
to the whole account, is added up; what they say to one principal is kept under that principal; and
what depends on who asks is kept once for all resources that say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cloudwarden.analysis.iam.bulk.actors import Actor
from cloudwarden.analysis.iam.bulk.reading import Reader
from cloudwarden.analysis.iam.bulk.rules import Document, Rule, resource_variables
from cloudwarden.analysis.iam.principals import PrincipalMatch
from cloudwarden.core.json import dumps


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
    """A rule that names somebody in some way (None: it has to be asked), and for which ARNs.

    `whole` says that the rule's resources still have to be matched: they have variables.
    """

    match: PrincipalMatch | None
    rule: Rule
    mask: int
    whole: bool = False


#: What was said so far: for sure and perhaps, by the way of naming and whether it is an allow.
_Told = dict[tuple[PrincipalMatch, bool], tuple[int, int]]


class Sides:
    """The policies of the resources behind a reader's ARNs, for one account and one action."""

    def __init__(
        self, reader: Reader, policies: Iterable[tuple[Document, int]], account: str, bit: int
    ) -> None:
        self._reader = reader
        self._account = account
        self._unread = 0
        self._broad: dict[object, Entry] = {}
        self._named: dict[object, list[Entry]] = {}
        for document, span in policies:
            if not document.readable:
                self._unread |= span
            elif document.actions & bit:
                for rule in document.rules:
                    if rule.actions & bit:
                        self._take(rule, span)
        self._told: _Told | None = None
        self._changing = [e for e in self._broad.values() if e.match is None or not e.rule.fixed]

    @property
    def silent(self) -> bool:
        """Whether they say nothing to anybody."""
        return not (self._unread or self._broad or self._named)

    def of(self, actor: Actor) -> Side:
        """What they say to a principal of the account."""
        if self._told is None:
            self._told = {}
            for entry in self._broad.values():
                if entry.match is not None and entry.rule.fixed:
                    self._add(self._told, entry, entry.match, actor)
        named = self._named.get(_name(actor))
        told = self._told
        if named or self._changing:
            told = dict(told)
            for entry in (*self._changing, *(named or ())):
                match = _match(entry, actor)
                if match is not None:
                    self._add(told, entry, match, actor)
        return _side(told, self._unread, is_role=actor.is_role)

    def entries(self, actor: Actor) -> Iterator[Entry]:
        """Every rule that names a principal, in what way, and for which ARNs."""
        for entry in (*self._broad.values(), *self._named.get(_name(actor), ())):
            match = _match(entry, actor)
            if match is not None:
                yield entry._replace(match=match)

    def _take(self, rule: Rule, span: int) -> None:
        statement, principals = rule.statement, rule.statement.principals
        if principals is None:
            return
        whole = any(resource_variables(statement))
        mask = span if whole else span & self._reader.resources_of(statement)
        if not mask:
            return
        if statement.not_principal:
            self._keep(Entry(None, rule, mask, whole))
        elif principals.anybody:
            self._keep(Entry(PrincipalMatch.ANY, rule, mask, whole))
        else:
            if self._account in principals.accounts:
                self._keep(Entry(PrincipalMatch.ACCOUNT, rule, mask, whole))
            for name in (*principals.exact, *principals.roles):
                self._named.setdefault(name, []).append(
                    Entry(PrincipalMatch.EXACT, rule, mask, whole)
                )

    def _keep(self, entry: Entry) -> None:
        """Keeps a rule that speaks to many once for all resources that say the same."""
        source = entry.rule.statement.source
        key: object = entry.rule
        if not entry.whole:
            key = (
                entry.match,
                entry.rule.allows,
                # A variable means nothing in older policies.
                entry.rule.by_principal,
                _text(source.get("Condition")),
                _text(source.get("NotPrincipal")),
            )
        known = self._broad.get(key)
        self._broad[key] = entry._replace(mask=entry.mask | known.mask) if known else entry

    def _add(self, told: _Told, entry: Entry, match: PrincipalMatch, actor: Actor) -> None:
        sure, perhaps = self.holds(entry, actor)
        if perhaps:
            key = match, entry.rule.allows
            known = told.get(key, (0, 0))
            told[key] = known[0] | sure, known[1] | perhaps

    def holds(self, entry: Entry, actor: Actor) -> tuple[int, int]:
        """The ARNs for which a rule holds: for sure, and perhaps."""
        if entry.whole:
            sure, perhaps = self._reader.matched(entry.rule, actor)
            return sure & entry.mask, perhaps & entry.mask
        return self._reader.conditioned(entry.rule, actor, entry.mask)


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


def _name(actor: Actor) -> object:
    if actor.is_role:
        return actor.who.partition, actor.who.account, actor.who.name.lower()
    return actor.principal.arn


def _text(value: object) -> str:
    return dumps(value) if value else ""
