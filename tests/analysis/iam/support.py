"""Small worlds of access, in one line each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from cloudwarden.analysis.iam.world import (
    Account,
    Attachment,
    PolicyText,
    Principal,
    PrincipalKind,
    ResourceRow,
    Resources,
    World,
)

ONE, TWO = "111111111111", "222222222222"
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def allow(actions: Any, resources: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def deny(actions: Any, resources: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": actions, "Resource": resources, **more}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def role(name: str, *policies: PolicyText, account: str = ONE, **more: Any) -> Principal:
    arn = f"arn:aws:iam::{account}:role/{name}"
    attached = tuple(Attachment(f"{name}-{i}", text, "inline") for i, text in enumerate(policies))
    return Principal(PrincipalKind.ROLE, arn, account, name, policies=attached, **more)


def bucket(name: str, text: PolicyText | None = None, account: str = ONE) -> ResourceRow:
    return ResourceRow(
        "AWSS3Bucket", f"arn:aws:s3:::{name}", name, account, "us-east-1", name, text, {}
    )


def world(
    principals: Iterable[Principal],
    resources: Iterable[ResourceRow],
    accounts: Iterable[Account] = (Account(ONE), Account(TWO)),
) -> World:
    by_label: dict[str, list[ResourceRow]] = {}
    for row in resources:
        by_label.setdefault(row.label, []).append(row)
    tables = [Resources(label, rows) for label, rows in by_label.items()]
    return World(accounts, principals, tables)
