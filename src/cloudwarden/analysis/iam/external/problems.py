"""What is wrong with a policy beside whom it lets in: deputies, open federation, traps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudwarden.analysis.iam.external.kinds import Kind
from cloudwarden.analysis.iam.policies import Policy, PolicyKind, Statement
from cloudwarden.analysis.iam.traps import traps

if TYPE_CHECKING:
    from cloudwarden.analysis.iam.external.report import ExternalRow

CONFUSED_DEPUTY, OPEN_FEDERATION = "confused-deputy", "open-federation"
NOT_PRINCIPAL, DELEGATED, TRAP = "allow-not-principal", "delegated-to-access-points", "trap"

_DELEGATING = frozenset({"s3:dataaccesspointaccount", "s3:dataaccesspointarn"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a statement, in words."""

    kind: str
    statement: int
    sid: str | None
    reason: str

    def to_json(self) -> dict[str, Any]:
        """The problem for machines."""
        return {
            "kind": self.kind,
            "statement": self.statement,
            "sid": self.sid,
            "reason": self.reason,
        }


def problems(policy: Policy, rows: Sequence[ExternalRow]) -> Iterator[Problem]:
    """Everything that is wrong, in the order of the statements."""
    for statement in policy.statements:
        index, sid = statement.index, statement.sid
        if statement.allows and statement.not_principal:
            reason = "Allow with NotPrincipal lets in everybody but those that it names."
            yield Problem(NOT_PRINCIPAL, index, sid, reason)
        told: set[str] = set()
        for row in rows:
            if row.statement == index and row.who not in told and row.account is None:
                told.add(row.who)
                yield from _of_row(row, policy.kind)
        yield from _of_principals(statement)
        if statement.allows and any(c.key in _DELEGATING for c in statement.conditions):
            reason = "It leaves access to the policies of access points, which decide who gets in."
            yield Problem(DELEGATED, index, sid, reason)
        for trap in traps(policy, statement):
            if not trap.startswith("Allow with NotPrincipal"):
                yield Problem(TRAP, index, sid, trap)
        if policy.kind is PolicyKind.TRUST:
            yield from _of_trust(statement)


def _of_principals(statement: Statement) -> Iterator[Problem]:
    for kind, entry in statement.principals.texts if statement.principals is not None else ():
        if kind == "AWS" and entry != "*" and set(entry) & {"*", "?"}:
            reason = f"{entry} is nobody: wildcards mean nothing in the ARN of a principal."
            yield Problem(TRAP, statement.index, statement.sid, reason)


def _of_row(row: ExternalRow, kind: PolicyKind) -> Iterator[Problem]:
    if row.kind == Kind.SERVICE and row.who.count(" ") == 0 and kind is not PolicyKind.TRUST:
        reason = (
            f"{row.who} may be made to do this for anybody's resource: no aws:SourceArn, "
            "aws:SourceAccount or aws:SourceOrgID says for whose."
        )
        yield Problem(CONFUSED_DEPUTY, row.statement, row.sid, reason)
    if row.kind == Kind.FEDERATED:
        reason = f"It trusts {row.who}: no claim says whose identities are meant."
        yield Problem(OPEN_FEDERATION, row.statement, row.sid, reason)


def _of_trust(statement: Statement) -> Iterator[Problem]:
    if not statement.allows or statement.principals is None:
        return
    keys = {clause.key for clause in statement.conditions}
    for kind, entry in statement.principals.texts:
        if kind == "Federated" and ":saml-provider/" in entry and "saml:aud" not in keys:
            reason = f"{entry} is trusted whatever audience its assertions are for: no SAML:aud."
            yield Problem(TRAP, statement.index, statement.sid, reason)
