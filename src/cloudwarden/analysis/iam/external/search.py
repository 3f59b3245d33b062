"""Finding requests from outside that a policy allows.

For each kind of outsider, statement and action, the values of the condition keys that can make a
difference are tried in combination. Clauses are about one key each, so values that some clause of
an Allow refuses are dropped at once, and those that no Deny tells apart are tried once. What is
found is put to the strict evaluator: a witness is a request that it allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from math import prod
from typing import Final

from cloudwarden.analysis.iam.conditions import Clause
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.evaluator import evaluate
from cloudwarden.analysis.iam.external.domains import Candidate, Setting, candidates
from cloudwarden.analysis.iam.external.grants import Grant, Told, Witness
from cloudwarden.analysis.iam.external.kinds import Kind, Outsider
from cloudwarden.analysis.iam.external.outsiders import outsiders
from cloudwarden.analysis.iam.external.reading import variables
from cloudwarden.analysis.iam.external.targets import ActionGroup, Target, action_groups, resources
from cloudwarden.analysis.iam.external.variables import (
    has_variables,
    resolved,
    resource_variables,
    variables_of,
)
from cloudwarden.analysis.iam.layers import Attached, Layers
from cloudwarden.analysis.iam.policies import PolicyCompiler, PolicyKind, Statement
from cloudwarden.analysis.iam.requests import Request
from cloudwarden.analysis.iam.truth import Truth
from cloudwarden.schema.derived import Certainty

#: With more combinations of values than this it is called unknown, unless one of the first lets in.
MOST: Final = 20_000
_SAMPLE: Final = 2_000

#: An outsider's own account lets it do everything.
OUTSIDERS_OWN: Final = Attached(
    PolicyCompiler().compile(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
        },
        PolicyKind.IDENTITY,
    ),
    "what an outsider's own account lets it do",
)


@dataclass(frozen=True, slots=True)
class Question:
    """What a search is about: the layers (the resource's policy and RCPs) and the target."""

    layers: Layers
    target: Target
    setting: Setting
    rcp_services: frozenset[str] | None = None
    on_management_account: bool = False


def search(question: Question) -> Iterator[Grant]:
    """What outsiders are let do, the widest kinds first.

    What a wider kind is surely let do is not told again of a narrower one.
    """
    policy = question.layers.resource
    if policy is None:
        return
    statements = policy.policy.statements
    allows = [s for s in statements if s.allows]
    denies = [s for s in statements if not s.allows]
    denies += [
        s for level in question.layers.rcps for one in level for s in one.policy.statements
        if not s.allows
    ]  # fmt: skip
    told = Told()
    is_trust = policy.policy.kind is PolicyKind.TRUST
    for who in outsiders(question.setting.reading, question.setting.zone):
        if is_trust and who.kind is Kind.SERVICE:
            # Who gives a role to a service has to be let pass it, in the role's own account.
            continue
        for allow in allows:
            if allow.match_principal(who.principal, bounded=False) is None:
                continue
            bearing = [d for d in denies if _may_hit(d, who)]
            for group in action_groups(allow, bearing, question.target, who):
                if told.has(who, allow, group):
                    continue
                grant = _Attempt(question, who, allow, group).grant()
                if grant is not None and not told.covers(grant):
                    told.add(grant)
                    yield grant


def _may_hit(deny: Statement, who: Outsider) -> bool:
    # Those of an organization name nobody: they are for all.
    return deny.principals is None or deny.match_principal(who.principal, bounded=False) is not None


class _Attempt:
    """One outsider, one statement, one group of actions."""

    def __init__(
        self, question: Question, who: Outsider, allow: Statement, group: ActionGroup
    ) -> None:
        self._question = question
        self._who = who
        self._allow = allow
        self._group = group
        self._base = Context({**self._chosen(), **who.fixed})

    def _chosen(self) -> dict[str, tuple[str, ...]]:
        """Values for the variables of resources that the caller may choose."""
        found: dict[str, tuple[str, ...]] = {}
        for key in dict.fromkeys(resource_variables(self._allow)):
            values = (one.values for one in candidates(key, self._who, self._question.setting))
            single = next((one for one in values if len(one) == 1), None)
            if single is not None:
                found[key] = single
        return found

    def grant(self) -> Grant | None:
        """The grant with the witness that needs least; None if there is none."""
        question, allow, group = self._question, self._allow, self._group
        reading = question.setting.reading
        found = resources(allow, group.denies, question.target, reading, group.asked, self._base)
        unknown = False
        best: tuple[Witness, tuple[str, ...]] | None = None
        for resource in found:
            denies = [
                d for d in group.denies if d.match_resource(resource, self._base) is not Truth.NEVER
            ]
            denies = [d for d in group.denies if d in denies or has_variables(d)]
            if any(_is_flat(deny) for deny in denies):
                continue
            domains = self._domains(denies)
            if domains is None:
                continue
            too_many = prod(len(values) for values in domains.values()) > MOST
            if too_many and any(self._always_hits(deny, resource, domains) for deny in denies):
                continue
            tried = self._try(resource, domains, denies, most=_SAMPLE if too_many else MOST)
            unknown = unknown or too_many
            if tried is not None and (best is None or len(tried[1]) < len(best[1])):
                best = tried
            if best is not None and not best[1]:
                break
        if best is None:
            if not unknown:
                return None
            note = "there are too many combinations of condition keys to try"
            return Grant(self._who, allow, group.texts, Certainty.UNKNOWN, (note,), None)
        witness, notes = best
        if self._who.note is not None:
            notes = (self._who.note, *notes)
        certainty = Certainty.CONDITIONAL if notes else Certainty.SURE
        return Grant(self._who, allow, group.texts, certainty, notes, witness)

    def _domains(self, denies: Sequence[Statement]) -> dict[str, list[Candidate]] | None:
        """The values to try for each key; None where some clause refuses all of them."""
        keys = dict.fromkeys(
            key
            for statement in (self._allow, *denies)
            for key in (*(c.key for c in statement.conditions), *variables_of(statement))
        )
        entangled = {
            key
            for statement in (self._allow, *denies)
            for clause in statement.conditions
            for value in clause.values
            if "${" in value
            for key in (clause.key, *variables(value))
        }
        found: dict[str, list[Candidate]] = {}
        for key in keys:
            values = candidates(key, self._who, self._question.setting)
            if key in entangled:
                values = self._withresolved(values)
            else:
                values = self._told_apart(key, values, denies)
            if not values:
                return None
            found[key] = values
        return found

    def _withresolved(self, values: list[Candidate]) -> list[Candidate]:
        """With the constants as they are once the outsider's own variables are replaced."""
        replaced = [
            Candidate(tuple(resolved(value, self._base) for value in one.values), one.note)
            for one in values
        ]
        return list(dict.fromkeys([*values, *replaced]))

    def _told_apart(
        self, key: str, values: list[Candidate], denies: Sequence[Statement]
    ) -> list[Candidate]:
        mine = _clauses(self._allow, key)
        theirs = [clause for deny in denies for clause in _clauses(deny, key)]
        kept: dict[tuple[Truth, ...], Candidate] = {}
        is_variable = any(key in set(resource_variables(s)) for s in (self._allow, *denies))
        for one in values:
            context = Context({**self._who.fixed, key: one.values})
            if any(clause.evaluate(context) is Truth.NEVER for clause in mine):
                continue
            if is_variable:
                kept[(Truth.SURE,) * (len(kept) + len(theirs) + 1)] = one
                continue
            # The first with these truths stands for all: it needs least.
            kept.setdefault(tuple(clause.evaluate(context) for clause in theirs), one)
        return list(kept.values())

    def _always_hits(
        self, deny: Statement, resource: str, domains: Mapping[str, list[Candidate]]
    ) -> bool:
        """Whether a denial holds whatever each key is, taken alone."""
        if deny.match_resource(resource, self._base) is not Truth.SURE:
            return False
        return all(
            "${" not in "".join(clause.values)
            and clause.evaluate(Context({**self._who.fixed, clause.key: one.values})) is Truth.SURE
            for clause in deny.conditions
            for one in domains[clause.key]
        )

    def _try(
        self,
        resource: str,
        domains: Mapping[str, list[Candidate]],
        denies: Sequence[Statement],
        *,
        most: int,
    ) -> tuple[Witness, tuple[str, ...]] | None:
        """The witness that needs least among the first combinations, and what it needs."""
        best: tuple[Witness, tuple[str, ...]] | None = None
        keys = list(domains)
        for combination in islice(product(*domains.values()), most):
            notes = tuple(dict.fromkeys(c.note for c in combination if c.note is not None))
            if best is not None and len(notes) >= len(best[1]):
                continue
            states: dict[str, tuple[str, ...]] = dict(self._who.fixed)
            states |= {k: c.values for k, c in zip(keys, combination, strict=True)}
            context = Context(states)
            if not self._passes(resource, context, denies):
                continue
            if self._is_allowed(resource, context):
                spelled = self._question.setting.reading.spellings
                shown = {spelled.get(k, k): states[k] for k in keys if states[k]}
                who = self._who.principal
                witness = Witness(who.id, who.type, self._group.asked, resource, shown)
                best = witness, notes
                if not notes:
                    break
        return best

    def _passes(self, resource: str, context: Context, denies: Sequence[Statement]) -> bool:
        allow = self._allow
        if allow.conditions.evaluate(context) is not Truth.SURE:
            return False
        if allow.match_resource(resource, context) is not Truth.SURE:
            return False
        return not any(
            deny.conditions.evaluate(context) is not Truth.NEVER
            and deny.match_resource(resource, context) is not Truth.NEVER
            for deny in denies
        )

    def _is_allowed(self, resource: str, context: Context) -> bool:
        question = self._question
        layers = Layers(
            identity=(OUTSIDERS_OWN,), rcps=question.layers.rcps, resource=question.layers.resource
        )
        decision = evaluate(
            request(self._who, self._group.asked, resource, question, context),
            layers,
            rcp_services=question.rcp_services,
        )
        return decision.allowed and decision.certainty is Certainty.SURE


def request(
    who: Outsider, action: str, resource: str, question: Question, context: Context
) -> Request:
    """The request of an outsider."""
    return Request(
        who.principal,
        action,
        resource,
        question.target.account,
        context,
        on_management_account=question.on_management_account,
    )


def _clauses(statement: Statement, key: str) -> list[Clause]:
    return [clause for clause in statement.conditions if clause.key == key]


def _is_flat(deny: Statement) -> bool:
    """Whether a denial that is about the resource holds for every request."""
    return not deny.conditions and not has_variables(deny)
