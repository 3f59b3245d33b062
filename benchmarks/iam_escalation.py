"""What it costs to find every way to administration."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

from benchmarks.support.access_world import Size, build
from cloudwarden.analysis.iam.escalation_derive import derive
from cloudwarden.analysis.iam.escalation_paths import paths
from cloudwarden.analysis.iam.escalation_setting import Setting
from cloudwarden.analysis.iam.world import Account, Attachment, Principal, PrincipalKind, World
from cloudwarden.schema.derived import DerivedRelations

Row = tuple[str, str, str]

_ACCOUNT = "111111111111"
_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_SERVICES = ("ec2", "lambda", "ecs-tasks", "glue", "codebuild", "states")


def run() -> list[Row]:
    """1,000 roles of one account, a tenth of which may pass or change roles; then 200 accounts."""
    world = roles(1_000)
    seconds, found = _derived(world)
    started = time.process_time()
    ways = paths(world, Setting(), _NOW)
    told = time.process_time() - started
    leading = sum(1 for one in ways if one.hops)
    whole, relations = _derived(build(Size()))
    return [
        ("iam escalation: CPU seconds, 1,000 roles of one account", f"{seconds:.1f}", ""),
        ("iam escalation: relations there", f"{found:,}", ""),
        ("iam escalation: the same with paths, statements and cuts", f"{told:.1f}", ""),
        ("iam escalation: roles that can become administrators", f"{leading:,}", ""),
        ("iam escalation: CPU seconds, 10,000 principals, 200 accounts", f"{whole:.1f}", ""),
        ("iam escalation: relations there", f"{relations:,}", ""),
    ]


def _derived(world: World) -> tuple[float, int]:
    started, count = time.process_time(), 0
    for told in derive(world, _NOW, Setting()):
        count += len(told.sources) if isinstance(told, DerivedRelations) else 0
    return time.process_time() - started, count


def roles(number: int) -> World:
    """An account with so many roles, as accounts have them; the same every time."""
    random = Random(1)
    return World([Account(_ACCOUNT)], [_role(random, i, number) for i in range(number)])


def _role(random: Random, i: int, number: int) -> Principal:
    return Principal(
        PrincipalKind.ROLE,
        f"arn:aws:iam::{_ACCOUNT}:role/role-{i}",
        _ACCOUNT,
        f"role-{i}",
        policies=tuple(
            Attachment(f"policy-{n}", json.dumps({"Version": "2012-10-17", "Statement": [one]}))
            for n, one in enumerate(_statements(random, i))
        ),
        trust=_trust(random, number),
        instance_profiles=("profile",) if random.random() < 0.2 else (),
    )


def _trust(random: Random, number: int) -> str:
    kind = random.random()
    if kind < 0.6:
        principal = {"Service": f"{random.choice(_SERVICES)}.amazonaws.com"}
    elif kind < 0.8:
        principal = {"AWS": f"arn:aws:iam::{_ACCOUNT}:role/role-{random.randrange(number)}"}
    else:
        principal = {"AWS": f"arn:aws:iam::{_ACCOUNT}:root"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _statements(random: Random, i: int) -> Iterator[dict[str, object]]:
    yield _allow(["s3:GetObject", "logs:PutLogEvents"], f"arn:aws:s3:::bucket-{i}/*")
    kind = random.random()
    if kind < 0.03:
        yield _allow("*", "*")
    elif kind < 0.08:
        yield _allow(["iam:PassRole", "ec2:*", "lambda:*"], "*")
    elif kind < 0.11:
        where = f"arn:aws:iam::{_ACCOUNT}:role/role-{random.randrange(10)}*"
        yield _allow("iam:PassRole", where)
        yield _allow(["glue:*", "codebuild:*", "states:*"], "*")
    elif kind < 0.13:
        yield _allow(["iam:Put*", "iam:Attach*", "iam:UpdateAssumeRolePolicy"], "*")
    elif kind < 0.3:
        yield _allow("sts:AssumeRole", f"arn:aws:iam::{_ACCOUNT}:role/role-{random.randrange(99)}*")


def _allow(actions: object, resource: str) -> dict[str, object]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}
