"""Outsiders are of the partition of the thing whose policy it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudwarden.analysis.iam.external.report import ExternalReport, external_access

from .table import OURS, allow

PARTITIONS = ("aws", "aws-cn", "aws-us-gov")


def report(*statements: Any, resource: str | None = None) -> ExternalReport:
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return external_access(text, OURS, resource=resource)


def texts(found: ExternalReport) -> str:
    return json.dumps([row.witness for row in found.rows])


@pytest.mark.parametrize("partition", PARTITIONS)
@pytest.mark.parametrize(
    "condition",
    [
        {"StringLike": {"aws:PrincipalArn": "*:role/reader"}},
        {"ArnLike": {"aws:SourceArn": "arn:*:sns:*:*:*"}},
        {"StringLike": {"aws:SourceArn": "*"}},
        {"ArnLike": {"aws:SourceVpcArn": "arn:*:ec2:*:*:vpc/*"}},
        {"ArnLike": {"s3:DataAccessPointArn": "arn:*:s3:*:*:accesspoint/*"}},
        {"ArnNotLike": {"aws:PrincipalArn": "arn:*:iam::*:role/x"}},
    ],
)
def test_whatever_a_witness_names_is_of_it(partition: str, condition: dict[str, Any]) -> None:
    queue = f"arn:{partition}:sqs:cn-north-1:{OURS}:q"
    found = report(allow({"AWS": "*"}, "sqs:SendMessage", "*", **condition), resource=queue)
    assert found.rows
    others = {f"arn:{other}:" for other in PARTITIONS if other != partition}
    assert not any(other in texts(found) for other in others)


def test_without_an_arn_the_policy_itself_tells_it() -> None:
    by_service = report(
        allow({"Service": "ec2.amazonaws.com.cn"}, "sqs:SendMessage", None),
        allow("*", "kms:*", "*"),
    )
    by_condition = report(
        allow("*", "kms:*", "*", ArnLike={"aws:PrincipalArn": "arn:aws-us-gov:iam::*:role/r"})
    )
    assert "arn:aws-cn:iam::" in texts(by_service)
    assert "arn:aws-us-gov:sts::" in texts(by_condition)


def test_a_service_of_china_without_a_source_is_a_deputy_of_anybody() -> None:
    queue = f"arn:aws-cn:sqs:cn-north-1:{OURS}:q"
    (row,) = report(allow({"Service": "events.amazonaws.com.cn"}, "sqs:SendMessage", queue)).rows
    assert (row.kind, row.who) == ("service", "events.amazonaws.com.cn")


@pytest.mark.parametrize("region", ["us-gov", "cn-north-1"])
def test_identity_pools_of_other_partitions_are_open_to_any_pool(region: str) -> None:
    pools = {
        "us-gov": "cognito-identity-us-gov.amazonaws.com",
        "cn-north-1": "cognito-identity.cn-north-1.amazonaws.com.cn",
    }
    found = report(allow({"Federated": pools[region]}, "sts:AssumeRoleWithWebIdentity", None))
    assert {row.who.partition(" of ")[0] for row in found.rows} == {
        "any identity pool", "guests",
    }  # fmt: skip
