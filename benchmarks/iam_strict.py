"""What the strict IAM evaluator costs: one decision against twenty compiled policies."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cloudwarden.analysis.iam.actions import catalogue
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.evaluator import evaluate
from cloudwarden.analysis.iam.explain import explain
from cloudwarden.analysis.iam.layers import Attached, Layers
from cloudwarden.analysis.iam.policies import PolicyCompiler, PolicyKind
from cloudwarden.analysis.iam.requests import Request, principal

Row = tuple[str, str, str]

ACCOUNT = "111111111111"
ROUNDS = 2_000


def run() -> list[Row]:
    """Decide requests that different layers end, and compile the policies they meet."""
    rcp_services = catalogue().rcp_services
    layers = _layers(PolicyCompiler())
    requests = _requests()
    decide = _micros(lambda: [evaluate(r, layers, rcp_services=rcp_services) for r in requests])
    # What is found is not remembered between requests that differ, save for an action's statements.
    fresh = _micros(lambda: [evaluate(r, layers) for r in requests], rounds=ROUNDS // 10)
    compiled = _micros(lambda: [_layers(PolicyCompiler())], rounds=20)
    decision = evaluate(requests[0], layers)
    told = _micros(lambda: [explain(requests[0], layers, decision)], rounds=100)
    count = len(_documents())
    return [
        (f"iam strict: CPU a decision, {count} policies", f"{decide:.0f} µs", "≤ 150 µs"),
        ("iam strict: the same, catalogue asked", f"{fresh:.0f} µs", ""),
        ("iam strict: compiling a policy", f"{compiled / count:.0f} µs", ""),
        ("iam strict: explaining a decision", f"{told:.0f} µs", ""),
    ]


def _micros(work: Callable[[], list[Any]], rounds: int = ROUNDS) -> float:
    """CPU microseconds for each item of what `work` makes; the best of three runs."""
    items = len(work())
    runs = []
    for _ in range(3):
        started = time.process_time()
        for _ in range(rounds // items or 1):
            work()
        runs.append((time.process_time() - started) / ((rounds // items or 1) * items))
    return min(runs) * 1e6


def _requests() -> list[Request]:
    session = principal(f"arn:aws:sts::{ACCOUNT}:assumed-role/worker-1/run")
    context = Context(
        {"aws:SourceIp": "10.1.2.3", "aws:PrincipalOrgID": "o-example", "aws:username": "x"}
    )
    asked = [
        ("s3:GetObject", "arn:aws:s3:::bucket-7/reports/1.csv"),
        ("s3:PutObject", "arn:aws:s3:::bucket-7/reports/1.csv"),
        ("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue-3"),
        ("dynamodb:Query", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/table-1"),
        ("ec2:RunInstances", f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/*"),
        ("organizations:LeaveOrganization", "*"),
    ]
    return [Request(session, action, on, ACCOUNT, context) for action, on in asked]


def _statement(
    effect: str, actions: list[str], resources: list[str], **more: Any
) -> dict[str, Any]:
    return {"Effect": effect, "Action": actions, "Resource": resources, **more}


def _documents() -> list[tuple[PolicyKind, list[dict[str, Any]]]]:
    """Ten policies of the role, a boundary, a session policy, six SCPs, an RCP and a bucket's."""
    own = [
        [
            _statement("Allow", ["s3:GetObject*", "s3:List*"], [f"arn:aws:s3:::bucket-{n}/*"]),
            _statement("Allow", ["sqs:*"], [f"arn:aws:sqs:*:{ACCOUNT}:queue-{n}*"]),
            _statement(
                "Allow",
                ["dynamodb:Query", "dynamodb:GetItem"],
                [f"arn:aws:dynamodb:*:*:table/table-{n}"],
                Condition={"StringEquals": {"aws:PrincipalOrgID": "o-example"}},
            ),
            _statement("Allow", ["ec2:Describe*", "ec2:RunInstances"], ["*"]),
            _statement("Deny", ["iam:*"], ["*"]),
        ]
        for n in range(10)
    ]
    everything = [_statement("Allow", ["*"], ["*"])]
    guard = [
        _statement("Deny", ["organizations:LeaveOrganization", "account:*"], ["*"]),
        _statement(
            "Deny",
            ["*"],
            ["*"],
            Condition={
                "StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]},
                "Null": {"aws:RequestedRegion": "false"},
            },
        ),
    ]
    perimeter = [
        _statement(
            "Deny",
            ["s3:*", "sqs:*"],
            ["*"],
            Principal="*",
            Condition={
                "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-example"},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        )
    ]
    bucket = [
        _statement(
            "Deny",
            ["s3:*"],
            ["arn:aws:s3:::bucket-7", "arn:aws:s3:::bucket-7/*"],
            Principal="*",
            Condition={"Bool": {"aws:SecureTransport": "false"}},
        )
    ]
    return [
        *((PolicyKind.IDENTITY, statements) for statements in own),
        (PolicyKind.BOUNDARY, everything),
        (PolicyKind.SESSION, everything),
        *((PolicyKind.SCP, statements) for statements in (everything, guard) * 3),
        (PolicyKind.RCP, perimeter),
        (PolicyKind.RESOURCE, bucket),
    ]


def _layers(compiler: PolicyCompiler) -> Layers:
    attached: dict[PolicyKind, list[Attached]] = {kind: [] for kind in PolicyKind}
    for number, (kind, statements) in enumerate(_documents()):
        document = {"Version": "2012-10-17", "Statement": statements}
        attached[kind].append(Attached(compiler.compile(document, kind), f"policy-{number}"))
    scps = attached[PolicyKind.SCP]
    return Layers(
        identity=tuple(attached[PolicyKind.IDENTITY]),
        boundary=attached[PolicyKind.BOUNDARY][0],
        session=tuple(attached[PolicyKind.SESSION]),
        scps=tuple(tuple(scps[level : level + 2]) for level in range(0, len(scps), 2)),
        rcps=(tuple(attached[PolicyKind.RCP]),),
        resource=attached[PolicyKind.RESOURCE][0],
    )
