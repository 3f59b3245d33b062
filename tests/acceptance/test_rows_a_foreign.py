"""Row A7 of the requirements: accounts that ours name and that nobody audits."""

from __future__ import annotations

import json

from tests.support.commands import Run
from tests.support.moto import Aws

from .estate import add_accounts, collect, rows

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::999999999999:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
QUEUE = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "888888888888"},
                "Action": "sqs:SendMessage",
                "Resource": "*",
            }
        ],
    }
)


def test_a7_an_account_that_a_trust_policy_names_is_foreign(run: Run, aws: Aws) -> None:
    add_accounts(run, aws)
    aws.client("iam", account="111111111111").create_role(
        RoleName="partner", AssumeRolePolicyDocument=TRUST
    )
    aws.client("sqs", account="111111111111").create_queue(
        QueueName="orders", Attributes={"Policy": QUEUE}
    )
    collect(run, "iam,sqs")
    answer = run("query", "--name", "aws_accounts_autodiscovered", "--output", "json")
    assert answer.exit_code == 0, answer.stderr
    found = {row["account_id"]: row for row in answer.json}
    assert set(found) == {"999999999999", "888888888888"}
    assert rows(
        run,
        "MATCH (a:AWSAccount) WHERE a.id IN ['111111111111', '999999999999'] "
        "RETURN a.id AS id, a.foreign AS foreign, a.inscope AS inscope ORDER BY id",
    ) == [
        {"id": "111111111111", "foreign": False, "inscope": True},
        {"id": "999999999999", "foreign": True, "inscope": False},
    ]
    named = rows(
        run,
        "MATCH (x)-[n:NAMES_ACCOUNT]->(a:AWSAccount {foreign: true}) "
        "RETURN labels(x)[0] AS what, x.name AS name, n.through AS through, a.id AS id ORDER BY id",
    )
    assert named == [
        {"what": "AWSSQSQueue", "name": "orders", "through": "policy", "id": "888888888888"},
        {"what": "AWSRole", "name": "partner", "through": "trust policy", "id": "999999999999"},
    ]
