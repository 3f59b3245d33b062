"""Row GQ4 of the requirements: who can read what, and where roles lead."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from tests.support.commands import Run
from tests.support.moto import HUB, Aws

from .estate import collect, rows

READERS = (
    "MATCH (p:AWSPrincipal)-[r:CAN_READ]->(b:S3Bucket {name: 'orders'}) "
    "RETURN p.name AS name, r.certainty AS certainty ORDER BY name"
)
SERVICES = "iam,s3,secretsmanager,organizations"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def trusting(*principals: str) -> str:
    return document(
        {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": "sts:AssumeRole"}
    )


def test_gq4_an_explicit_deny_removes_can_read(run: Run, aws: Aws) -> None:
    iam = aws.client("iam")
    aws.client("s3").create_bucket(Bucket="orders")
    iam.create_user(UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="read", PolicyDocument=document(allow("s3:*")))
    iam.create_user(UserName="ben")
    iam.put_user_policy(
        UserName="ben",
        PolicyName="read",
        PolicyDocument=document(allow("s3:GetObject", resource="arn:aws:s3:::orders/*")),
    )
    collect(run, SERVICES)
    assert rows(run, READERS) == [
        {"name": "ann", "certainty": "sure"}, {"name": "ben", "certainty": "sure"},
    ]  # fmt: skip
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::orders/*"}
    iam.put_user_policy(UserName="ann", PolicyName="not", PolicyDocument=document(deny))
    collect(run, SERVICES)
    assert rows(run, READERS) == [{"name": "ben", "certainty": "sure"}]


def test_gq4_who_can_read_a_secret_is_in_the_packs_answer(run: Run, aws: Aws) -> None:
    iam = aws.client("iam")
    aws.client("secretsmanager").create_secret(Name="password", SecretString="x")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trusting(f"arn:aws:iam::{HUB}:root"))
    iam.put_role_policy(
        RoleName="app",
        PolicyName="read",
        PolicyDocument=document(allow("secretsmanager:GetSecretValue")),
    )
    collect(run, SERVICES)
    answer = run("query", "--name", "rpr_secrets_manager_access", "--output", "json")
    assert answer.exit_code == 0, answer.stderr
    assert "notice" not in answer.stderr
    assert [row for row in answer.json if "app" in json.dumps(row)]


def test_gq4_a_chain_of_roles_to_admin_is_a_path(run: Run, aws: Aws) -> None:
    iam = aws.client("iam")
    arn = f"arn:aws:iam::{HUB}:role/"
    iam.create_role(RoleName="admin", AssumeRolePolicyDocument=trusting(f"{arn}b"))
    iam.put_role_policy(RoleName="admin", PolicyName="all", PolicyDocument=document(allow("*")))
    iam.create_role(RoleName="b", AssumeRolePolicyDocument=trusting(f"{arn}a"))
    iam.create_role(RoleName="a", AssumeRolePolicyDocument=trusting(f"arn:aws:iam::{HUB}:root"))
    collect(run, SERVICES)
    found = rows(
        run,
        "MATCH p = shortestPath((:AWSRole {name: 'a'})-[:CAN_ASSUME*]->(:AWSRole {name: 'admin'})) "
        "RETURN [n IN nodes(p) | n.name] AS names",
    )
    assert found == [{"names": ["a", "b", "admin"]}]


def test_gq4_a_build_and_a_functions_own_policy_are_ways_to_admin(run: Run, aws: Aws) -> None:
    iam = aws.client("iam")
    services = ["codebuild.amazonaws.com", "lambda.amazonaws.com"]
    role = iam.create_role(
        RoleName="release",
        AssumeRolePolicyDocument=document(
            {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
        ),
    )["Role"]["Arn"]
    iam.put_role_policy(RoleName="release", PolicyName="all", PolicyDocument=document(allow("*")))
    for name, actions in (("ann", ["codebuild:StartBuild"]), ("ben", ["s3:ListAllMyBuckets"])):
        iam.create_user(UserName=name)
        iam.put_user_policy(
            UserName=name, PolicyName="some", PolicyDocument=document(allow(*actions))
        )
    aws.client("codebuild").create_project(
        name="site",
        source={"type": "S3", "location": "sources/site.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "x",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=role,
    )
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("f.py", "")
    functions = aws.client("lambda")
    functions.create_function(
        FunctionName="report", Runtime="python3.12", Role=role, Handler="f.f",
        Code={"ZipFile": code.getvalue()},
    )  # fmt: skip
    for action in ("UpdateFunctionCode", "InvokeFunction"):
        functions.add_permission(
            FunctionName="report", StatementId=action, Action=f"lambda:{action}", Principal="*"
        )
    collect(run, "iam,lambda,codebuild,organizations")
    answer = run("access", "paths", "--output", "json")
    found = {row["principal"].rpartition("/")[2]: row for row in answer.json}
    assert {
        name: (row["certainty"], [hop["technique"] for hop in row["path"]])
        for name, row in found.items() if name in ("ann", "ben")
    } == {"ann": ("sure", ["codebuild-002"]), "ben": ("sure", ["lambda-004"])}  # fmt: skip
    assert found["ben"]["edge_to_cut"]["policy"] == "resource policy"
