"""A synthetic organization for access analysis: accounts, principals, resources, policies.

10,000 principals have about 22,000 policies, 6,000 of them distinct; a tenth of all resources has
a policy of its own, and every key has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from cloudwarden.analysis.iam.world import (
    Account,
    Attachment,
    Levels,
    Principal,
    PrincipalKind,
    ResourceRow,
    Resources,
    World,
)

REGION = "eu-west-1"

#: Labels, the form of their ARNs, their share of all resources, and the share with a policy.
_LABELS: tuple[tuple[str, str, float, float], ...] = (
    ("AWSS3Bucket", "arn:aws:s3:::{name}-{account}", 0.25, 0.1),
    ("AWSSQSQueue", f"arn:aws:sqs:{REGION}:{{account}}:{{name}}", 0.15, 0.1),
    ("AWSSNSTopic", f"arn:aws:sns:{REGION}:{{account}}:{{name}}", 0.05, 0.2),
    ("AWSDynamoDBTable", f"arn:aws:dynamodb:{REGION}:{{account}}:table/{{name}}", 0.15, 0.0),
    ("AWSKMSKey", f"arn:aws:kms:{REGION}:{{account}}:key/{{name}}", 0.1, 1.0),
    (
        "AWSSecretsManagerSecret",
        f"arn:aws:secretsmanager:{REGION}:{{account}}:secret:{{name}}-AbCdEf",
        0.1,
        0.05,
    ),
    ("AWSLambda", f"arn:aws:lambda:{REGION}:{{account}}:function:{{name}}", 0.15, 0.1),
    ("AWSSSMParameter", f"arn:aws:ssm:{REGION}:{{account}}:parameter/{{name}}", 0.05, 0.0),
)
_TEAMS = ("billing", "search", "web", "data", "mobile", "core", "growth", "risk")
_READS = (
    "s3:GetObject", "sqs:ReceiveMessage", "dynamodb:GetItem", "dynamodb:Query", "ssm:GetParameter",
    "secretsmanager:GetSecretValue", "kms:Decrypt", "sns:Subscribe",
)  # fmt: skip
_WRITES = (
    "s3:PutObject", "sqs:SendMessage", "dynamodb:PutItem", "sns:Publish", "lambda:InvokeFunction",
    "lambda:UpdateFunctionCode", "ssm:PutParameter", "kms:Encrypt",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """How large the world is."""

    accounts: int = 200
    principals: int = 10_000
    resources: int = 100_000


def build(size: Size, seed: int = 7) -> World:
    """The world of this size."""
    return _Builder(size, Random(seed)).world()


class _Builder:
    def __init__(self, size: Size, random: Random) -> None:
        self._size = size
        self._random = random
        self._ids = [f"{10**11 + i * 7919:012d}" for i in range(size.accounts)]
        self._shared = _managed()
        self._root = (
            Attachment("full", _text(_allow("*", "*")), "root"),
            Attachment("guard", _text(_guard()), "root"),
        )

    def world(self) -> World:
        return World(
            [self._account(i, id_) for i, id_ in enumerate(self._ids)],
            self._principals(),
            [self._table(*label) for label in _LABELS],
        )

    def _account(self, number: int, id_: str) -> Account:
        unit = f"ou-{number % 8}"
        full = (self._root[0],)
        regions = Attachment("regions", _text(_allow("*", "*"), _regions()), unit)
        scps: Levels = (self._root, (regions,), full)
        rcps: Levels = ((Attachment("perimeter", _text(_perimeter()), "root"),),)
        return Account(id_, organization="o-1", path=f"o-1/r-1/{unit}/", scps=scps, rcps=rcps)

    def _principals(self) -> Iterator[Principal]:
        each = self._size.principals // self._size.accounts
        for account in self._ids:
            own = [self._customer(account, team) for team in _TEAMS]
            boundary = Attachment("boundary", _text(_allow(["s3:*", "sqs:*", "kms:*"], "*")))
            for number in range(each):
                kind = PrincipalKind.USER if number % 3 == 0 else PrincipalKind.ROLE
                name = f"{self._random.choice(_TEAMS)}-{kind}-{number}"
                policies = self._random.sample(own, 1 + (self._random.random() < 0.4))
                if self._random.random() < 0.3:
                    policies.append(self._random.choice(self._shared))
                if self._random.random() < 0.45:
                    policies.append(self._inline(account, number))
                yield Principal(
                    kind,
                    f"arn:aws:iam::{account}:{kind}/{name}",
                    account,
                    name,
                    tags={"team": self._random.choice(_TEAMS)},
                    policies=tuple(policies),
                    boundary=boundary if self._random.random() < 0.1 else None,
                )

    def _customer(self, account: str, team: str) -> Attachment:
        statements: list[dict[str, Any]] = [
            _allow(list(_READS), f"arn:aws:*:*:*:*{team}*"),
            _allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{team}-*"),
            _allow("dynamodb:*", f"arn:aws:dynamodb:*:{account}:table/{team}-*"),
        ]
        if self._random.random() < 0.05:
            statements.append({**_allow("*", "*"), "Effect": "Deny", **_WITHOUT_MFA})
        return Attachment(f"{account}-{team}", _text(*statements), "managed")

    def _inline(self, account: str, number: int) -> Attachment:
        random = self._random
        team = random.choice(_TEAMS)
        statements: list[dict[str, Any]] = [
            _allow(random.sample(_READS, 3), f"arn:aws:sqs:*:{account}:{team}-{number}*"),
            _allow(random.sample(_WRITES, 2), "*" if random.random() < 0.1 else
                   [f"arn:aws:lambda:*:{account}:function:{team}*",
                    f"arn:aws:ssm:*:{account}:parameter/{team}-?{number % 10}*"]),
        ]  # fmt: skip
        if random.random() < 0.2:
            statements.append({**_allow("s3:*", f"arn:aws:s3:::{team}-*/home/${{aws:username}}/*")})
        if random.random() < 0.15:
            statements[0]["Condition"] = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
        if random.random() < 0.1:
            statements[1]["Condition"] = {
                "StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}
            }
        return Attachment(f"inline-{number}", _text(*statements), "inline")

    def _table(self, label: str, form: str, share: float, with_policy: float) -> Resources:
        each = int(self._size.resources * share) // self._size.accounts
        return Resources(label, self._rows(label, form, each, with_policy))

    def _rows(self, label: str, form: str, each: int, share: float) -> Iterator[ResourceRow]:
        tags = [{"team": team} for team in _TEAMS]
        for account in self._ids:
            for number in range(each):
                team = number % len(_TEAMS)
                name = f"{_TEAMS[team]}-{number:05d}"
                arn = form.format(account=account, name=name)
                policy = (
                    self._policy(label, arn, account) if self._random.random() < share else None
                )
                yield ResourceRow(label, arn, arn, account, REGION, name, policy, tags[team])

    def _policy(self, label: str, arn: str, account: str) -> str:
        owner = {"Principal": {"AWS": f"arn:aws:iam::{account}:root"}}
        if label == "AWSKMSKey":
            return _text({**_allow("kms:*", "*"), **owner})
        other = self._random.choice(self._ids)
        if label == "AWSS3Bucket":
            statements = [
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [arn, f"{arn}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ]
            if self._random.random() < 0.1:
                statements.append(
                    {**_allow("s3:GetObject", f"{arn}/public/*"), "Principal": {"AWS": other}}
                )
            return _text(*statements)
        if self._random.random() < 0.1:
            organization = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
            return _text({**_allow("*", arn), "Principal": "*", "Condition": organization})
        return _text(
            {**_allow("*", arn), **owner},
            {**_allow("*", arn), "Principal": {"Service": "events.amazonaws.com"}},
            {**_allow("*", arn), "Principal": {"AWS": f"arn:aws:iam::{other}:role/web-role-1"}},
        )


_WITHOUT_MFA = {"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}


def _allow(actions: Any, resources: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def _guard() -> dict[str, Any]:
    return {
        "Effect": "Deny",
        "Action": ["kms:ScheduleKeyDeletion", "s3:PutBucketPolicy", "iam:*"],
        "Resource": "*",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/core-*"}},
    }


def _regions() -> dict[str, Any]:
    return {
        "Effect": "Deny",
        "NotAction": ["iam:*", "sts:*", "s3:*"],
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
    }


def _perimeter() -> dict[str, Any]:
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:*", "sqs:*", "kms:*", "secretsmanager:*"],
        "Resource": "*",
        "Condition": {
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    }


def _managed() -> list[Attachment]:
    reads = [
        "s3:Get*",
        "s3:List*",
        "sqs:Get*",
        "dynamodb:Get*",
        "ssm:Get*",
        "sns:Get*",
        "kms:List*",
    ]
    power = {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}
    return [
        Attachment(f"arn:aws:iam::aws:policy/{name}", _text(statement), "managed")
        for name, statement in (
            ("ReadOnlyAccess", _allow(reads, "*")),
            ("AdministratorAccess", _allow("*", "*")),
            ("PowerUserAccess", power),
            ("AmazonSQSFullAccess", _allow("sqs:*", "*")),
            ("AmazonS3ReadOnlyAccess", _allow(["s3:Get*", "s3:List*"], "*")),
        )
    ]


def _text(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
