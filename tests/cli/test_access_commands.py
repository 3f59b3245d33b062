"""How `access` takes what people write of principals, actions and resources."""

from __future__ import annotations

import json

import pytest
from tests.support.commands import Run
from tests.support.moto import HUB, Aws

READ = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
)


#: What goes wrong, and what is said of it.
WRONG = {
    "can nobody s3:GetObject *": "no user or role is called 'nobody'; give an ARN",
    "can ann.lee s3:Get* *": "'s3:Get*' is not an action; ask about one action at a time",
    "can ann.lee GetObject *": "'GetObject' is not an action; write it whole, as s3:GetObject",
    "can ann.lee s3:GetObject order": "'order' is not an ARN, and no resource that was",
    "can readers s3:GetObject *": "'readers' is a group, and groups cannot act",
    f"can arn:aws:iam::{HUB}:group/readers s3:GetObject *": "groups cannot act",
    "can ann.le s3:GetObject *": "did you mean ann.lee? See `cloudwarden access report`",
    "who-can s3:GetObject order": "'order' is not an ARN",
    "who-can reading orders": "There is no question reading about arn:aws:s3:::orders",
    "paths readers": "'readers' is a group",
    "paths eve": "no user or role is called 'eve'",
}


def test_access_takes_names_and_ids_and_says_what_it_cannot_take(run: Run, aws: Aws) -> None:
    iam = aws.client("iam")
    iam.create_user(UserName="ann.lee")
    iam.put_user_policy(UserName="ann.lee", PolicyName="read", PolicyDocument=READ)
    iam.create_group(GroupName="readers")
    aws.client("s3").create_bucket(Bucket="orders")
    collected = run("collect", "--only", "iam,s3,organizations", "--regions", "us-east-1")
    assert collected.exit_code == 0, collected.stderr

    # A name with a dot in it is a user's before it is a service's; an id is a resource's.
    (answer,) = run("access", "can", "ann.lee", "s3:getobject", "orders", "-o", "json").json
    assert answer["principal"] == f"arn:aws:iam::{HUB}:user/ann.lee"
    assert (answer["resource"], answer["decision"]) == ("arn:aws:s3:::orders", "allowed")
    (who,) = run("access", "who-can", "s3:GetObject", "orders", "-o", "json").json
    assert who["principal"] == answer["principal"]
    misspelt = run("access", "can", "ann.lee", "s3:GetObjct", "orders")
    assert misspelt.exit_code == 0
    assert "AWS lists no action s3:GetObjct; did you mean s3:GetObject" in misspelt.stderr

    for command, said in WRONG.items():
        answer = run("access", *command.split())
        assert (answer.exit_code, answer.stdout) == (2, ""), command
        assert said in answer.stderr, command
        assert answer.stderr.count("\n") == 1, answer.stderr


@pytest.mark.parametrize(
    "command", ["report", "paths", "can a s3:GetObject *", "who-can s3:GetObject arn:aws:s3:::b"]
)
def test_nothing_collected_is_not_nobody(run: Run, command: str) -> None:
    answer = run("access", *command.split(), "--output", "json")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "nothing has been collected yet" in answer.stderr
