"""Short ways to write policies, and to ask the strict evaluator about a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.decisions import Decision
from cloudwarden.analysis.iam.evaluator import evaluate
from cloudwarden.analysis.iam.layers import Attached, Layer, Layers
from cloudwarden.analysis.iam.policies import Policy, PolicyCompiler, PolicyKind
from cloudwarden.analysis.iam.requests import Request, principal

HOME, AWAY = "111111111111", "222222222222"
USER = f"arn:aws:iam::{HOME}:user/alice"
ROLE = f"arn:aws:iam::{HOME}:role/team/worker"
SESSION = f"arn:aws:sts::{HOME}:assumed-role/worker/run"
FEDERATED = f"arn:aws:sts::{HOME}:federated-user/alice"
ROOT = f"arn:aws:iam::{HOME}:root"
QUEUE = f"arn:aws:sqs:us-east-1:{HOME}:orders"
FOREIGN_QUEUE = f"arn:aws:sqs:us-east-1:{AWAY}:orders"
KEY = f"arn:aws:kms:us-east-1:{HOME}:key/k"
SEND = "sqs:SendMessage"

Statement = Mapping[str, Any]


def allow(actions: Any = "*", resources: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def deny(actions: Any = "*", resources: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": actions, "Resource": resources, **more}


def to(*aws: str) -> dict[str, Any]:
    """A Principal element, for `**`."""
    return {"Principal": {"AWS": list(aws)}}


ANYBODY: dict[str, Any] = {"Principal": "*"}


def document(*statements: Statement, version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def compiled(kind: PolicyKind, *statements: Statement, version: str = "2012-10-17") -> Policy:
    return PolicyCompiler().compile(document(*statements, version=version), kind)


def attached(kind: PolicyKind, *statements: Statement) -> Attached:
    return Attached(compiled(kind, *statements), str(kind), f"the {kind}")


def layers(
    identity: Sequence[Statement] = (),
    *,
    boundary: Sequence[Statement] | None = None,
    session: Sequence[Statement] | None = None,
    scps: Sequence[Sequence[Statement]] = (),
    rcps: Sequence[Sequence[Statement]] = (),
    resource: Sequence[Statement] | None = None,
    trust: Sequence[Statement] | None = None,
    behind: Sequence[Statement] | None = None,
    endpoint: Sequence[Statement] | None = None,
    unread: Sequence[Layer] = (),
    unread_levels: Sequence[tuple[Layer, int]] = (),
) -> Layers:
    """One policy a layer, or a level, from its statements."""

    def one(kind: PolicyKind, statements: Sequence[Statement] | None) -> Attached | None:
        return None if statements is None else attached(kind, *statements)

    return Layers(
        identity=(attached(PolicyKind.IDENTITY, *identity),) if identity else (),
        boundary=one(PolicyKind.BOUNDARY, boundary),
        session=() if session is None else (attached(PolicyKind.SESSION, *session),),
        scps=tuple((attached(PolicyKind.SCP, *level),) for level in scps),
        rcps=tuple((attached(PolicyKind.RCP, *level),) for level in rcps),
        resource=one(PolicyKind.RESOURCE, resource) or one(PolicyKind.TRUST, trust),
        behind=one(PolicyKind.RESOURCE, behind),
        endpoint=one(PolicyKind.ENDPOINT, endpoint),
        unread=frozenset(unread),
        unread_levels=frozenset(unread_levels),
    )


def ask(
    who: str,
    action: str,
    resource: str,
    policies: Layers,
    *,
    type_: str | None = None,
    context: Mapping[str, str | Sequence[str]] | Context | None = None,
    account: str | None = None,
    **facts: Any,
) -> Decision:
    """The decision on one request; `facts` are further fields of `Request`."""
    known = context if isinstance(context, Context) else Context(context)
    request = Request(principal(who, type_), action, resource, account, known, **facts)
    return evaluate(request, policies)


def verdict(decision: Decision) -> tuple[str, str]:
    """The outcome and the layer that decided, of a decision that is certain."""
    assert decision.certainty == "sure", decision
    return str(decision.outcome), str(decision.layer)
