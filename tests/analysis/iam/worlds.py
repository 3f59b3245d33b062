"""Random worlds of access in which every layer and every kind of statement occurs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import Any

from cloudwarden.analysis.iam.world import (
    UNREAD,
    Account,
    Attachment,
    Levels,
    Principal,
    PrincipalKind,
    ResourceRow,
    Resources,
    World,
)

HUB, ONE, TWO, LONER = "444444444444", "111111111111", "222222222222", "333333333333"
ACCOUNTS = (HUB, ONE, TWO, LONER)
REGION = "eu-west-1"

ACTIONS = (
    "s3:GetObject",
    "s3:PutBucketPolicy",
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "kms:Decrypt",
    "secretsmanager:GetSecretValue",
    "sts:AssumeRole",
    "iam:PassRole",
)
NAMES = ("app", "ops", "ann", "bob")

#: Keys of which an audit knows nothing, with values that policies and requests may have.
UNKNOWN_KEYS = {
    "aws:SourceIp": ("10.0.0.1", "192.0.2.7"),
    "aws:MultiFactorAuthPresent": ("true", "false"),
    "aws:SourceVpce": ("vpce-1", "vpce-2"),
    "aws:UserAgent": ("cli", "console"),
    "sts:ExternalId": ("x", "y"),
}


class Worlds:
    """Makes worlds; one of the same seed is the same."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def world(self) -> World:
        accounts = [self._account(id_) for id_ in ACCOUNTS]
        groups = [self._group(account) for account in ACCOUNTS]
        principals = [
            self._principal(kind, account, name, groups)
            for account in ACCOUNTS
            for kind in (PrincipalKind.USER, PrincipalKind.ROLE)
            for name in NAMES
        ]
        linked = self._principal(
            PrincipalKind.ROLE, ONE, "AWSServiceRoleForX", groups, "/aws-service-role/x/"
        )
        everybody = [*principals, linked, *groups]
        return World(accounts, everybody, self._resources(everybody))

    def _account(self, id_: str) -> Account:
        if id_ == LONER:
            return Account(id_)
        path = f"o-1/r-1/{'ou-1/' if id_ == ONE else ''}"
        if id_ == HUB:
            return Account(id_, organization="o-1", path=path, is_management=True)
        return Account(
            id_,
            organization="o-1",
            path=path,
            scps=UNREAD if self._rarely() else self._levels(self._scp),
            rcps=UNREAD if self._rarely() else self._levels(self._rcp),
        )

    def _levels(self, make: Any) -> Levels:
        count = self.random.randint(0, 3)
        return tuple(
            tuple(
                Attachment(f"p-{level}-{i}", UNREAD if self._rarely() else make(), "level")
                for i in range(self.random.randint(1, 2))
            )
            for level in range(count)
        )

    def _group(self, account: str) -> Principal:
        arn = f"arn:aws:iam::{account}:group/team"
        return Principal(PrincipalKind.GROUP, arn, account, "team", policies=self._attached(1))

    def _principal(
        self,
        kind: PrincipalKind,
        account: str,
        name: str,
        groups: Sequence[Principal],
        path: str = "",
    ) -> Principal:
        path = path or self.random.choice(("/", "/", "/team/"))
        policies = self._attached(self.random.randint(0, 3))
        member = kind is PrincipalKind.USER and self._maybe()
        if member:
            policies += next(g.policies for g in groups if g.account == account)
        boundary = self.random.random() < 0.25
        return Principal(
            kind,
            f"arn:aws:iam::{account}:{kind}{path}{name}",
            account,
            name,
            id=f"AIDA{name.upper()}" if self._maybe() else "",
            path=path,
            tags={"team": self.random.choice(("red", "blue"))} if self._maybe() else {},
            policies=policies,
            boundary=self._attached(1)[0] if boundary else None,
            trust=self._trust(account) if kind is PrincipalKind.ROLE else None,
        )

    def _attached(self, count: int) -> tuple[Attachment, ...]:
        return tuple(
            Attachment(f"policy-{i}", UNREAD if self._rarely() else self._identity(), "inline")
            for i in range(count)
        )

    def _resources(self, principals: Sequence[Principal]) -> list[Resources]:
        make = {
            "AWSS3Bucket": ("arn:aws:s3:::{account}-{name}", self._bucket_policy, False),
            "AWSSQSQueue": (f"arn:aws:sqs:{REGION}:{{account}}:{{name}}", self._policy, False),
            "AWSKMSKey": (f"arn:aws:kms:{REGION}:{{account}}:key/{{name}}", self._policy, True),
            "AWSSecretsManagerSecret": (
                f"arn:aws:secretsmanager:{REGION}:{{account}}:secret:{{name}}-AbCdEf",
                self._policy,
                False,
            ),
        }
        tables = [
            Resources(
                label,
                [
                    self._row(
                        label, form.format(account=account, name=name), account, policy, always
                    )
                    for account in ACCOUNTS
                    for name in ("red", "blue", "ann")
                ],
            )
            for label, (form, policy, always) in make.items()
        ]
        roles = [
            ResourceRow("AWSRole", p.arn, p.arn, p.account, "global", p.name, p.trust, p.tags)
            for p in principals
            if p.kind is PrincipalKind.ROLE
        ]
        return [*tables, Resources("AWSRole", roles)]

    def _row(self, label: str, arn: str, account: str, policy: Any, always: bool) -> ResourceRow:
        text = (
            UNREAD if self._rarely() else policy(arn, account) if always or self._maybe() else None
        )
        tags = None if self._rarely() else {"team": "red"} if self._maybe() else {}
        properties = {}
        if label == "AWSKMSKey":
            properties["key_manager"] = "AWS" if self._rarely() else "CUSTOMER"
        name = arn.rpartition(":")[2]
        return ResourceRow(label, arn, arn, account, REGION, name, text, tags, properties)

    # Policies of each kind.

    def _identity(self) -> str:
        return self._document([self._statement() for _ in range(self.random.randint(1, 3))])

    def _scp(self) -> str:
        statements = [self._statement(effect="Deny") for _ in range(self.random.randint(0, 2))]
        if self.random.random() < 0.85:
            statements.append({"Effect": "Allow", "Action": "*", "Resource": "*"})
        else:
            statements.append(self._statement(effect="Allow"))
        return self._document(statements)

    def _rcp(self) -> str:
        statements = [
            {**self._statement(effect="Deny"), "Principal": "*"}
            for _ in range(self.random.randint(1, 2))
        ]
        return self._document(statements)

    def _bucket_policy(self, arn: str, account: str) -> str:
        return self._policy(arn, account, (arn, f"{arn}/*", f"{arn}/public/*"))

    def _policy(self, arn: str, account: str, resources: Sequence[str] = ()) -> str:
        statements = []
        for _ in range(self.random.randint(1, 3)):
            statement = self._statement()
            statement.pop("NotResource", None)
            statement["Resource"] = self.random.choice(
                [*resources, arn, arn, "*", "arn:aws:*:::nothing"]
            )
            statements.append({**statement, **self._principals(account)})
        if self._maybe():
            statements.append(
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                    "Action": "*",
                    "Resource": "*",
                }
            )
        return self._document(statements)

    def _trust(self, account: str) -> str:
        statements = []
        for _ in range(self.random.randint(1, 2)):
            statement = {
                "Effect": self._effect(),
                "Action": self.random.choice(("sts:*", "sts:AssumeRole")),
            }
            statements.append({**statement, **self._principals(account), **self._conditions()})
        return self._document(statements)

    def _principals(self, account: str) -> dict[str, Any]:
        other = self.random.choice(ACCOUNTS)
        name = self.random.choice(NAMES)
        one: Any = self.random.choice(
            [
                "*",
                {"AWS": "*"},
                {"AWS": account},
                {"AWS": f"arn:aws:iam::{other}:root"},
                {
                    "AWS": [
                        f"arn:aws:iam::{other}:role/{name}",
                        f"arn:aws:iam::{account}:user/{name}",
                    ]
                },
                {"AWS": f"arn:aws:iam::{account}:role/{name.upper()}"},
                {"AWS": f"arn:aws:sts::{account}:assumed-role/{name}/session"},
                {"Service": "ec2.amazonaws.com"},
                {"AWS": ["AIDAGONE", f"arn:aws:iam::{other}:user/team/{name}"]},
            ]
        )
        element = "NotPrincipal" if self.random.random() < 0.15 else "Principal"
        return {element: one}

    def _document(self, statements: Sequence[dict[str, Any]]) -> str:
        version = "2008-10-17" if self._rarely() else "2012-10-17"
        return json.dumps({"Version": version, "Statement": list(statements)})

    def _statement(self, effect: str = "") -> dict[str, Any]:
        action = "NotAction" if self.random.random() < 0.15 else "Action"
        resource = "NotResource" if self.random.random() < 0.15 else "Resource"
        return {
            "Effect": effect or self._effect(),
            action: self._some(
                "*", "s3:*", "s3:Get*", "sqs:*", "sqs:SendMessage", "kms:*", "kms:De?rypt",
                "secretsmanager:Get*", "sts:AssumeRole", "iam:*", "IAM:passrole", "*:*",
                "bad action",
            ),
            resource: self._some(
                "*", "*", "*", "arn:aws:s3:::*", "arn:aws:s3:::*-red/*", f"arn:aws:s3:::{ONE}-red",
                f"arn:aws:s3:::{ONE}-*/home/${{aws:username}}/*", "arn:aws:s3:::*/public/*",
                f"arn:aws:s3:::{TWO}-blue/logs/*", f"arn:aws:sqs:*:{ONE}:*", "arn:aws:sqs:*:*:r*d",
                "arn:aws:sqs:*:*:${aws:PrincipalTag/team}", "arn:aws:sqs:*:*:${aws:username}",
                "arn:aws:kms:*:*:key/*", "arn:aws:kms:*:*:key/${aws:userid}", "arn:aws:s3",
                f"arn:aws:secretsmanager:*:{TWO}:secret:b*", "arn:aws:iam::*:role/*",
                f"arn:aws:iam::{ONE}:role/app", "arn:aws:iam::*:role/team/*", "arn:aws:*:*:*:*",
                "arn:aws:sqs:*:*:${aws:PrincipalTag/none, 'red'}", "not an arn",
                "arn:aws:sqs:*:${aws:ResourceAccount}:*",
            ),
            **self._conditions(),
        }  # fmt: skip

    def _conditions(self) -> dict[str, Any]:
        if self.random.random() < 0.55:
            return {}
        block: dict[str, dict[str, Any]] = {}
        for _ in range(self.random.choice((1, 1, 2))):
            operator, key, value = self.random.choice(_CLAUSES)
            block.setdefault(operator, {})[key] = value
        return {"Condition": block}

    def _some(self, *values: str) -> str | list[str]:
        found = self.random.sample(values, self.random.choice((1, 1, 2)))
        return found[0] if len(found) == 1 else found

    def _effect(self) -> str:
        return "Deny" if self.random.random() < 0.2 else "Allow"

    def _maybe(self) -> bool:
        return self.random.random() < 0.5

    def _rarely(self) -> bool:
        return self.random.random() < 0.03


_CLAUSES: tuple[tuple[str, str, Any], ...] = (
    ("StringEquals", "aws:PrincipalTag/team", "red"),
    ("StringNotEquals", "aws:PrincipalTag/team", ["red"]),
    ("StringLikeIfExists", "aws:PrincipalTag/other", "x*"),
    ("StringEquals", "aws:PrincipalOrgID", "o-1"),
    ("StringNotEqualsIfExists", "aws:PrincipalOrgID", "o-1"),
    ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1/r-1/*"),
    ("ForAllValues:StringLike", "aws:PrincipalOrgPaths", "o-1/r-1/ou-1/*"),
    ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*"),
    ("ArnNotLike", "aws:PrincipalArn", ["arn:aws:iam::*:user/ann", "arn:aws:iam::*:role/ops"]),
    ("StringEquals", "aws:PrincipalAccount", [ONE, HUB]),
    ("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"),
    ("StringNotEquals", "aws:ResourceOrgID", "${aws:PrincipalOrgID}"),
    ("StringEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/team}"),
    ("Null", "aws:ResourceTag/team", "true"),
    ("Null", "aws:PrincipalTag/team", "false"),
    ("StringEquals", "aws:username", "ann"),
    ("StringLike", "aws:userid", "AIDA*"),
    ("StringEquals", "aws:PrincipalType", "AssumedRole"),
    ("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
    ("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"),
    ("Bool", "aws:MultiFactorAuthPresent", "true"),
    ("BoolIfExists", "aws:MultiFactorAuthPresent", "false"),
    ("Bool", "aws:SecureTransport", "false"),
    ("StringEquals", "aws:SourceVpce", "vpce-1"),
    ("StringNotLikeIfExists", "aws:UserAgent", "cli*"),
    ("StringEquals", "sts:ExternalId", "x"),
    ("DateGreaterThan", "aws:CurrentTime", "2030-01-01T00:00:00Z"),
    ("DateLessThan", "aws:TokenIssueTime", "2020-01-01T00:00:00Z"),
    ("StringEqual", "aws:Oops", "x"),
)
