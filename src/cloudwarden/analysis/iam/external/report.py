"""External access of one policy, for people and machines: who gets in, how, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from cloudwarden.analysis.iam.actions import catalogue
from cloudwarden.analysis.iam.external import reading
from cloudwarden.analysis.iam.external.alone import left_out
from cloudwarden.analysis.iam.external.api_policies import written_out
from cloudwarden.analysis.iam.external.blocks import is_public
from cloudwarden.analysis.iam.external.domains import Setting
from cloudwarden.analysis.iam.external.grants import Grant
from cloudwarden.analysis.iam.external.kinds import RESTRICTED
from cloudwarden.analysis.iam.external.problems import Problem, problems
from cloudwarden.analysis.iam.external.saved import kind_of, unwrapped
from cloudwarden.analysis.iam.external.search import Question, search
from cloudwarden.analysis.iam.external.targets import target_of
from cloudwarden.analysis.iam.external.zones import zones
from cloudwarden.analysis.iam.layers import Attached, Layers
from cloudwarden.analysis.iam.policies import Policy, PolicyCompiler
from cloudwarden.core.clock import SystemClock
from cloudwarden.core.errors import UsageError
from cloudwarden.schema.derived import Certainty


@dataclass(frozen=True, slots=True)
class ExternalRow:
    """One kind of outsider that a statement lets in.

    `zone` says of what it is outside. `condition` is in words, None where there is none.
    `witness` is a request that is allowed: principal, action, resource and context. `doubt` is
    the part of the condition that is about what was not read of the resource.
    """

    zone: str
    kind: str
    who: str
    account: str | None
    actions: tuple[str, ...]
    resource: str
    certainty: Certainty
    condition: str | None
    statement: int
    sid: str | None
    witness: Mapping[str, Any] | None
    doubt: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The row for machines."""
        return {
            "zone": str(self.zone),
            "kind": str(self.kind),
            "who": self.who,
            "account": self.account,
            "actions": list(self.actions),
            "resource": self.resource,
            "certainty": str(self.certainty),
            "condition": self.condition,
            "statement": self.statement,
            "sid": self.sid,
            "witness": None if self.witness is None else dict(self.witness),
        }

    def in_words(self) -> str:
        """The witness as a sentence."""
        if self.witness is None:
            return f"{self.who}: {self.condition}"
        context = self.witness["context"]
        given = ", ".join(
            f"{key} = {value if isinstance(value, str) else ' and '.join(value)}"
            for key, value in context.items()
        )
        who = self.witness["principal"]
        caller = self.who if who == "*" else f"{self.who} (as {who})"
        words = f"{caller} may {self.witness['action']} on {self.witness['resource']}"
        return f"{words} with {given}" if given else words


@dataclass(frozen=True, slots=True)
class ExternalReport:
    """Who gets in from outside, and what is wrong with the policy beside that.

    `left_out` is what else bears on who gets in, in words: the report is of the policy alone.
    """

    account: str
    organization: str | None
    resource: str | None
    rows: tuple[ExternalRow, ...]
    problems: tuple[Problem, ...]
    left_out: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "account": self.account,
            "organization": self.organization,
            "resource": self.resource,
            "external": bool(self.rows),
            "access": [row.to_json() for row in self.rows],
            "problems": [problem.to_json() for problem in self.problems],
            "left_out": list(self.left_out),
        }


def external_access(
    policy_text: str | bytes,
    account: str,
    organization: str | None = None,
    resource: str | None = None,
    known_accounts: Iterable[str] = (),
    now: datetime | None = None,
    *,
    restrict_public_buckets: bool | None = None,
) -> ExternalReport:
    """The external access that a resource policy or trust policy of an account gives.

    `policy_text` is the policy, or the AWS CLI's answer that holds it. `known_accounts` are others
    of the same organization. `now` is the moment that conditions on time are compared with, the
    present if not given. `restrict_public_buckets` is whether a public access block of the bucket
    or of its account says so; None leaves it out. Raises `UsageError` if there is no policy in it.
    """
    if not (len(account) == 12 and account.isdigit()):
        raise UsageError(f"{account!r} is not an account: give its twelve digits")
    document = written_out(unwrapped(policy_text), account, resource)
    compiled = PolicyCompiler().compile(document, kind_of(document))
    rows = access_rows(
        compiled, account, organization, resource, known_accounts, now or SystemClock().now()
    )
    service = target_of(reading.read(compiled), account, resource).service
    if service == "s3" and restrict_public_buckets and is_public(compiled):
        rows = [row for row in rows if row.kind not in RESTRICTED]
    others = left_out(service, resource, is_block_given=restrict_public_buckets is not None)
    return ExternalReport(
        account,
        organization,
        resource,
        tuple(rows),
        tuple(problems(compiled, rows)),
        tuple(others),
    )


def access_rows(
    policy: Policy,
    account: str,
    organization: str | None,
    resource: str | None,
    known_accounts: Iterable[str],
    now: datetime,
    rcps: Sequence[Sequence[Attached]] = (),
    *,
    on_management_account: bool = False,
    tags: Mapping[str, str] | None = None,
) -> list[ExternalRow]:
    """The rows of one compiled policy, for each zone.

    `rcps` are the resource control policies that bind the account, by level; `tags` those of the
    resource, None where they are not known.
    """
    known = frozenset(known_accounts)
    levels = () if on_management_account else tuple(tuple(level) for level in rcps)
    limiting = [one.policy for level in levels for one in level]
    told = reading.read(policy, limiting, {account, *known}, resource)
    layers = Layers(resource=Attached(policy, "policy", resource or ""), rcps=levels)
    target = target_of(told, account, resource)
    services = frozenset(catalogue().rcp_services) if levels else frozenset()
    lowered = None if tags is None else {name.lower(): value for name, value in tags.items()}
    rows: list[ExternalRow] = []
    for zone in zones(account, organization, known):
        question = Question(
            layers, target, Setting(told, zone, now, lowered), services, on_management_account
        )
        found = [_row(grant, zone.name, target.arn, told.spellings) for grant in search(question)]
        rows += _joined(found)
    return rows


def _row(grant: Grant, zone: str, arn: str | None, spellings: Mapping[str, str]) -> ExternalRow:
    witness = None
    if grant.witness is not None:
        witness = {
            "principal": grant.witness.principal,
            "principal_type": str(grant.witness.principal_type),
            "action": grant.witness.action,
            "resource": grant.witness.resource,
            "context": {
                key: values[0] if len(values) == 1 else list(values)
                for key, values in grant.witness.context.items()
            },
        }
    return ExternalRow(
        zone,
        grant.outsider.kind,
        grant.outsider.who,
        grant.outsider.place.account
        if grant.outsider.place is not None and grant.outsider.place.named
        else None,
        grant.actions,
        _about(grant, arn),
        grant.certainty,
        _condition(grant, spellings),
        grant.statement.index,
        grant.statement.sid,
        witness,
    )


def _about(grant: Grant, arn: str | None) -> str:
    patterns = grant.statement.resources
    if arn is not None and (patterns is None or any(p.everything for p in patterns)):
        return arn
    if patterns is None or grant.statement.not_resource:
        return grant.witness.resource if grant.witness else arn or "*"
    texts = [pattern.text for pattern in patterns]
    return texts[0] if len(texts) == 1 else ", ".join(texts)


def _condition(grant: Grant, spellings: Mapping[str, str]) -> str | None:
    clauses = [
        f"{clause.name.text} {spellings.get(clause.key, clause.key)} {' or '.join(clause.values)}"
        for clause in grant.statement.conditions
    ]
    # From where is what a clause says already.
    words = [*clauses, *(note for note in grant.notes if not clauses or note[:5] != "from ")]
    return "; ".join(words) if words else None


def _joined(rows: Iterable[ExternalRow]) -> list[ExternalRow]:
    """Rows that differ in their actions alone, as one."""
    found: dict[tuple[Any, ...], list[ExternalRow]] = {}
    for row in rows:
        key = (row.kind, row.who, row.statement, row.certainty, row.condition)
        found.setdefault(key, []).append(row)
    return [
        ExternalRow(
            same[0].zone, same[0].kind, same[0].who, same[0].account,
            tuple(dict.fromkeys(action for row in same for action in row.actions)),
            same[0].resource, same[0].certainty, same[0].condition, same[0].statement,
            same[0].sid, same[0].witness,
        )
        for same in found.values()
    ]  # fmt: skip


def text_of(value: Any) -> str:
    """JSON text of a witness."""
    return orjson.dumps(value).decode()
