"""What a resource's policy grants to anybody."""

from __future__ import annotations

from typing import Any

import pytest

from cloudwarden.providers.aws.declarations import UnreadableError
from cloudwarden.providers.aws.resource_policies import (
    anonymous,
    anonymous_actions,
    grants_anonymous,
    requires_tls,
)


def policy(**statement: Any) -> dict[str, Any]:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    return {"Statement": {**allow, **statement}}


@pytest.mark.parametrize(
    "statement",
    [
        {},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["arn:aws:iam::111122223333:root", "*"]}},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {"StringLike": {"aws:Referer": "https://example.com/*"}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "0.0.0.0/0"]}}},
        {"Condition": {"StringNotEquals": {"aws:SourceAccount": "111122223333"}}},
        {"Condition": {"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}},
        {"Condition": {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
        {"Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}},
    ],
)
def test_a_statement_that_keeps_nobody_out_is_open(statement: dict[str, Any]) -> None:
    assert anonymous_actions(policy(**statement)) == ["s3:GetObject"]


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny"},
        {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"Principal": {"Service": "sns.amazonaws.com"}},
        {"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}},
        {"Condition": {"StringEquals": {"AWS:SourceOwner": "111122223333"}}},
        {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}}},
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
    ],
)
def test_a_statement_for_known_callers_is_not_open(statement: dict[str, Any]) -> None:
    assert not grants_anonymous(policy(**statement))


def test_everybody_but_a_few_is_everybody() -> None:
    statement = {
        "Effect": "Allow",
        "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"},
        "NotAction": "s3:DeleteBucket",
        "Resource": "*",
    }
    assert anonymous_actions({"Statement": [statement]}) == ["*"]


def test_no_policy_grants_nothing() -> None:
    assert not grants_anonymous(None)
    assert not grants_anonymous("")


def test_a_policy_that_cannot_be_read_leaves_it_unknown_whether_it_is_open() -> None:
    for computed in anonymous("sqs:GetQueueAttributes", by="Policy"):
        for text in ("{not json", "[]", "null and void"):
            with pytest.raises(UnreadableError) as raised:
                computed.function({"Policy": text})
            assert raised.value.failure.code == "UnreadablePolicy"


def test_without_a_policy_or_with_an_empty_one_nobody_has_access() -> None:
    access, actions = anonymous("sqs:GetQueueAttributes", by="Policy")
    for document in ({}, {"Policy": ""}, {"Policy": "{}"}):
        assert access.function(document) is False
        assert actions.function(document) == []


PLAIN = {"Bool": {"aws:SecureTransport": "false"}}
SITE = "arn:aws:s3:::site/"


def deny(**statement: Any) -> dict[str, Any]:
    return policy(
        **{
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::site", "arn:aws:s3:::site/*"],
            "Condition": PLAIN,
            **statement,
        }
    )


def test_denying_everybody_everything_without_tls_requires_it() -> None:
    assert requires_tls(deny(), "s3", SITE)
    assert requires_tls(deny(Action="*", Resource="*"), "s3", SITE)


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow"},
        {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"Action": "s3:PutObject"},
        {"Resource": "arn:aws:s3:::site/public/*"},
        {"Condition": {}},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {**PLAIN, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}},
    ],
)
def test_denying_less_than_that_does_not_require_tls(statement: dict[str, Any]) -> None:
    assert not requires_tls(deny(**statement), "s3", SITE)
