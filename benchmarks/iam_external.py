"""What external access costs: one resource policy, each zone asked, and the same one again."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from cloudwarden.analysis.iam.external.policy_rows import PolicyRows
from cloudwarden.analysis.iam.world import Account

Row = tuple[str, str, str]

ACCOUNT, FOREIGN, ORGANIZATION = "111111111111", "222222222222", "o-example"
ROUNDS = 40


def run() -> list[Row]:
    """Judge policies of the kinds that estates hold: each new, then all of them again."""
    policies = [(label, form) for label, form in _policies() for _ in range(ROUNDS)]
    texts = [
        (label, orjson.dumps(_numbered(form, number)).decode(), _arn(label, number))
        for number, (label, form) in enumerate(policies)
    ]
    judge = _judge()
    _judged(judge, texts[0])
    new = _millis(lambda: [_judged(judge, one) for one in texts])
    again = _millis(lambda: [_judged(judge, one) for one in texts])
    return [
        ("iam external: CPU a policy, two zones", f"{new:.2f} ms", "≤ 1 ms"),
        ("iam external: the same policy again", f"{again:.3f} ms", ""),
    ]


def _judge() -> PolicyRows:
    account = Account(ACCOUNT, organization=ORGANIZATION, path=f"{ORGANIZATION}/r-1/")
    return PolicyRows({ACCOUNT: account}, datetime(2026, 11, 1, tzinfo=UTC))


def _judged(judge: PolicyRows, one: tuple[str, str, str]) -> object:
    label, text, arn = one
    return judge.rows(judge.policy(text, label), ACCOUNT, arn)


def _millis(work: Callable[[], list[Any]]) -> float:
    started = time.process_time()
    count = len(work())
    return (time.process_time() - started) / count * 1e3


def _arn(label: str, number: int) -> str:
    return {
        "AWSS3Bucket": f"arn:aws:s3:::bucket-{number}",
        "AWSSQSQueue": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:queue-{number}",
        "AWSKMSKey": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{number}",
        "AWSRole": f"arn:aws:iam::{ACCOUNT}:role/role-{number}",
    }[label]


def _numbered(form: list[dict[str, Any]], number: int) -> dict[str, Any]:
    """A document that no other number has."""
    text = orjson.dumps(form).decode().replace("NUMBER", str(number))
    return {"Version": "2012-10-17", "Id": f"p{number}", "Statement": orjson.loads(text)}


def _policies() -> list[tuple[str, list[dict[str, Any]]]]:
    bucket = ["arn:aws:s3:::bucket-NUMBER", "arn:aws:s3:::bucket-NUMBER/*"]
    without_tls = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": bucket,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }  # fmt: skip
    root = {
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*", "Resource": "*",
    }  # fmt: skip
    return [
        ("AWSS3Bucket", [without_tls]),
        ("AWSS3Bucket", [without_tls, {
            "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"],
            "Resource": bucket,
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}},
        }]),
        ("AWSS3Bucket", [without_tls, {
            "Effect": "Allow", "Principal": {"AWS": [f"arn:aws:iam::{FOREIGN}:role/reader"]},
            "Action": ["s3:Get*", "s3:List*"], "Resource": bucket,
        }]),
        ("AWSS3Bucket", [without_tls, {
            "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:PutObject", "Resource": bucket[1],
            "Condition": {"StringEquals": {
                "s3:x-amz-acl": "bucket-owner-full-control",
                "aws:SourceArn": f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/main",
            }},
        }]),
        ("AWSSQSQueue", [{
            "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage", "Resource": "*",
            "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{ACCOUNT}:topic-NUMBER"}},
        }]),
        ("AWSKMSKey", [root]),
        ("AWSKMSKey", [root, {
            "Effect": "Allow", "Principal": {"AWS": [FOREIGN, f"arn:aws:iam::{ACCOUNT}:role/r"]},
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
            "Resource": "*",
        }]),
        ("AWSRole", [{
            "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole", "Sid": "sNUMBER",
        }]),
        ("AWSRole", [{
            "Effect": "Allow", "Principal": {"AWS": FOREIGN}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "id-NUMBER"}},
        }]),
    ]  # fmt: skip
