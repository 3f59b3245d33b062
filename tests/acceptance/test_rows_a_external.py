"""Row A7's trust part: who gets in from outside, by the command line alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.commands import Run
from tests.support.moto import Aws
from tests.support.proxy import Proxy

from .estate import collect, one_sentence, rows

ACCOUNT, FOREIGN = "123456789012", "999999999999"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
_CHECKS = (
    "aws-iam-role-open-federation", "aws-sqs-confused-deputy",
)  # fmt: skip


def document(principal: Any, action: str, **more: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def build(aws: Aws) -> None:
    """A role for everybody, one for every repository, and a queue for every topic."""
    iam = aws.client("iam")
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    trusts = {
        "everybody": document({"AWS": "*"}, "sts:AssumeRole"),
        "repositories": document({"Federated": provider}, "sts:AssumeRoleWithWebIdentity"),
        "partner": document({"AWS": FOREIGN}, "sts:AssumeRole"),
        "own": document({"Service": "ec2.amazonaws.com"}, "sts:AssumeRole"),
    }
    for name, trust in trusts.items():
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    sent = document({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", Resource=QUEUE)
    aws.client("sqs").create_queue(QueueName="orders", Attributes={"Policy": sent})


def judge(run: Run, code: int = 0) -> dict[tuple[str, str], str]:
    collect(run, "iam,sqs", code=code)
    options = [part for check in _CHECKS for part in ("--check", check)]
    answer = run("check", *options, "--output", "json")
    assert answer.exit_code == 0, answer.stderr
    return {
        (row["check"], row["asset"].rpartition("/")[2].rpartition(":")[2]): row["status"]
        for row in answer.json
        if row["asset"]
    }


def test_a7_roles_and_queues_say_who_gets_in_from_outside(run: Run, aws: Aws) -> None:
    build(aws)
    judged = judge(run)
    assert {key for key, status in judged.items() if status == "fail"} == {
        ("aws-iam-role-open-federation", "repositories"),
        ("aws-sqs-confused-deputy", "orders"),
    }
    found = rows(
        run,
        "MATCH (r)-[a:ACCESSIBLE_BY]->(o) "
        "RETURN r.name AS name, a.kind AS kind, o.id AS who, a.witness AS witness ORDER BY name",
    )
    assert [(row["name"], row["kind"]) for row in found] == [
        ("everybody", "authenticated"),
        ("orders", "service"),
        ("partner", "account"),
        ("repositories", "federated"),
    ]
    assert found[2]["who"] == FOREIGN
    assert json.loads(found[2]["witness"])["action"] == "sts:AssumeRole"


def test_a7_a_policy_that_was_not_read_lets_in_nobody_knows_whom(
    run: Run, aws: Aws, proxy: Proxy
) -> None:
    build(aws)
    proxy.fail("sqs", r".*GetQueueAttributes.*")
    judged = judge(run, code=5)
    assert judged["aws-sqs-confused-deputy", "orders"] == "unknown"


def test_a7_copies_say_with_whom_they_are_shared(run: Run, aws: Aws) -> None:
    ec2, rds = aws.client("ec2"), aws.client("rds")
    volume = ec2.create_volume(Size=1, AvailabilityZone="us-east-1a")["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add",
        UserIds=[FOREIGN],
    )  # fmt: skip
    instance = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"][0]
    image = ec2.create_image(InstanceId=instance["InstanceId"], Name="golden")["ImageId"]
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": FOREIGN}]})
    rds.create_db_instance(DBInstanceIdentifier="db", DBInstanceClass="db.t3.micro",
                           Engine="postgres", AllocatedStorage=5, MasterUsername="owner",
                           MasterUserPassword="passw0rd")  # fmt: skip
    rds.create_db_snapshot(DBSnapshotIdentifier="copy", DBInstanceIdentifier="db")
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="copy", AttributeName="restore", ValuesToAdd=[FOREIGN]
    )

    collect(run, "ec2,rds")

    found = rows(
        run,
        "MATCH (c)-[r:ACCESSIBLE_BY]->(a:AWSAccount {foreign: true}) "
        "RETURN labels(c)[0] AS label, r.actions AS actions, a.id AS who, r.witness AS witness",
    )
    assert {(row["label"], *row["actions"], row["who"]) for row in found} == {
        ("AWSEBSSnapshot", "ec2:CreateVolume", FOREIGN),
        ("AWSEC2Image", "ec2:RunInstances", FOREIGN),
        ("AWSRDSSnapshot", "rds:RestoreDBInstanceFromDBSnapshot", FOREIGN),
    }
    assert all(json.loads(row["witness"])["principal_type"] == "root" for row in found)


def test_a7_a_bucket_is_public_only_where_the_account_s_block_was_read(
    run: Run, aws: Aws, proxy: Proxy
) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="site")
    resource = "arn:aws:s3:::site/*"
    s3.put_bucket_policy(Bucket="site", Policy=document("*", "s3:GetObject", Resource=resource))
    command = ("check", "--check", "aws-s3-public", "--output", "json")

    collect(run, "s3")
    assert [row["status"] for row in run(*command).json] == ["fail"]

    proxy.fail("s3", ".*public[aA]ccess[bB]lock", path_part="/v20180820/")
    collect(run, "s3", code=5)
    (row,) = run(*command).json
    assert row["status"] == "unknown"
    assert f"that of account {ACCOUNT} was not read" in row["why"]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda policy: policy,
        lambda policy: json.dumps({"Policy": policy}),
        lambda policy: json.dumps({"Attributes": {"Policy": policy}}),
        lambda policy: json.dumps({"Policy": json.loads(policy)}),
    ],
)
def test_a_saved_policy_is_judged_as_the_aws_cli_answers_it(
    run: Run, tmp_path: Path, wrap: Any
) -> None:
    file = tmp_path / "policy.json"
    file.write_text(wrap(document({"AWS": FOREIGN}, "sqs:SendMessage", Resource=QUEUE)))
    answer = run(
        "access", "external", "--policy", str(file), "--account", ACCOUNT, "--output", "json"
    )
    assert answer.exit_code == 0, answer.stderr
    (row,) = answer.json["access"]
    assert (row["kind"], row["who"]) == ("account", f"account {FOREIGN}")
    assert row["witness"]["resource"] == QUEUE


def test_standard_input_and_every_output_serve(run: Run) -> None:
    policy = document("*", "sqs:SendMessage", Resource=QUEUE)
    command = ("access", "external", "--policy", "-", "--account", ACCOUNT, "--resource", QUEUE)
    for output in ("table", "csv", "ndjson"):
        answer = run(*command, "--output", output, stdin=policy)
        assert answer.exit_code == 0, answer.stderr
        assert "anonymous" in answer.stdout


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '"x"', '{"Policy": "{"}', '{"Statement": [{"Effect": "Allow"}]}']
)
def test_what_holds_no_policy_is_refused_with_a_sentence(run: Run, text: str) -> None:
    one_sentence(
        run("access", "external", "--policy", "-", "--account", ACCOUNT, stdin=text), code=2
    )


def test_an_account_that_is_none_and_a_file_that_is_not_there_are_refused(run: Run) -> None:
    policy = document("*", "sqs:SendMessage", Resource=QUEUE)
    one_sentence(
        run("access", "external", "--policy", "-", "--account", "12", stdin=policy), code=2
    )
    one_sentence(
        run("access", "external", "--policy", "nowhere.json", "--account", ACCOUNT), code=2
    )
