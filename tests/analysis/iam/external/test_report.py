"""The report of one policy: what it is read from, what it says, and the problems it tells."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudwarden.analysis.iam.external import search
from cloudwarden.analysis.iam.external.report import ExternalReport, external_access
from cloudwarden.core.errors import UsageError

from .table import GITHUB, OIDC, OURS, QUEUE, THEIRS, allow, deny


def report(*statements: Any, **options: Any) -> ExternalReport:
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return external_access(text, OURS, **options)


def kinds(found: ExternalReport) -> list[str]:
    return [problem.kind for problem in found.problems]


POLICY = {"Version": "2012-10-17", "Statement": [allow({"AWS": THEIRS}, "sqs:*", QUEUE)]}
TRUST = {"Version": "2012-10-17", "Statement": [allow({"AWS": THEIRS}, "sts:AssumeRole", None)]}


@pytest.mark.parametrize(
    "answer",
    [
        POLICY,
        {"Policy": json.dumps(POLICY)},
        {"Policy": json.dumps(POLICY), "PolicyName": "default"},
        {"policyText": json.dumps(POLICY)},
        {"id": "a1", "policy": json.dumps(POLICY).replace('"', '\\"')},
        {"ResourcePolicy": json.dumps(POLICY)},
        {"Attributes": {"Policy": json.dumps(POLICY)}},
        {"Role": {"RoleName": "r", "AssumeRolePolicyDocument": TRUST}},
        {"DomainStatus": {"AccessPolicies": json.dumps(POLICY)}},
        {"Policy": {"Established": {"Policy": json.dumps(POLICY)}, "Proposed": {}}},
        {"policy": {"revision": "1", "document": json.dumps(POLICY)}},
        {"resourcePolicy": {"policy": json.dumps(POLICY), "resourceArn": "a"}},
        {"resourcePolicies": [{"policyName": "p", "policyDocument": json.dumps(POLICY)}]},
        {"Policies": {"p": json.dumps(POLICY)}},
        {"DomainConfig": {"AccessPolicies": {"Options": json.dumps(POLICY), "Status": {}}}},
    ],
    ids=lambda answer: next(iter(answer)),
)
def test_a_policy_is_found_in_what_the_aws_cli_answers(answer: Any) -> None:
    (row,) = external_access(json.dumps(answer), OURS).rows
    assert row.who == f"account {THEIRS}"


def test_of_several_policies_one_has_to_be_given() -> None:
    several = [{"policyName": name, "policyDocument": json.dumps(POLICY)} for name in "ab"]
    with pytest.raises(UsageError, match="2 policies"):
        external_access(json.dumps({"resourcePolicies": several}), OURS)


def test_a_mark_of_the_encoding_is_no_matter() -> None:
    (row,) = external_access(b"\xef\xbb\xbf" + json.dumps(POLICY).encode(), OURS).rows
    assert row.who == f"account {THEIRS}"


@pytest.mark.parametrize(
    "text",
    ["", "nothing", "[]", "null", "{}", '{"Policy": null}', '{"Policy": "x"}',
     '{"Statement": 1}', '{"Statement": [{"Effect": "Maybe", "Action": "*"}]}',
     '{"Version": "2013-01-01", "Statement": []}'],
)  # fmt: skip
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        external_access(text, OURS)


def test_a_row_says_which_statement_and_shows_a_request() -> None:
    found = report(
        {**allow({"AWS": THEIRS}, "s3:GetObject"), "Sid": "share"},
        deny("*", "s3:*", Bool={"aws:SecureTransport": "false"}),
    ).to_json()
    (row,) = found["access"]
    assert (row["statement"], row["sid"], row["zone"]) == (0, "share", "account")
    assert row["witness"] == {
        "principal": f"arn:aws:iam::{THEIRS}:user/outsider",
        "principal_type": "user",
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::bucket/example",
        "context": {"aws:SecureTransport": "true"},
    }


def test_actions_that_a_denial_takes_away_are_not_told() -> None:
    (row,) = report(allow("*", ["s3:GetObject", "s3:PutObject"]), deny("*", "s3:Put*")).rows
    assert row.actions == ("s3:GetObject",)
    (wide,) = report(allow({"AWS": THEIRS}, "s3:*"), deny("*", "s3:Delete*")).rows
    assert wide.actions == ("s3:* except s3:Delete*",)
    (few,) = report(
        allow({"AWS": THEIRS}, "sqs:Purge*", QUEUE), deny("*", "sqs:PurgeX", QUEUE)
    ).rows
    assert few.actions == ("sqs:Purge*",)


def test_what_is_let_to_a_wider_kind_is_not_repeated_of_a_narrower_one() -> None:
    (row,) = report(allow({"AWS": ["*", THEIRS]})).rows
    assert row.kind == "anonymous"


def test_accounts_that_are_known_to_be_in_the_organization_are_inside() -> None:
    statement = allow({"AWS": THEIRS})
    zones = [row.zone for row in report(statement, organization="o-ours").rows]
    assert zones == ["account", "organization"]
    known = report(statement, organization="o-ours", known_accounts=[THEIRS])
    assert [row.zone for row in known.rows] == ["account"]


def test_a_resource_that_is_given_is_what_it_is_about() -> None:
    elsewhere = report(allow(), resource="arn:aws:s3:::other")
    assert elsewhere.rows == ()
    (row,) = report(allow("*", "s3:GetObject", "*"), resource="arn:aws:s3:::bucket").rows
    assert row.witness is not None
    assert row.witness["resource"] == "arn:aws:s3:::bucket/example"


def test_a_service_without_a_source_is_a_confused_deputy() -> None:
    open_ = allow({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", QUEUE)
    assert kinds(report(open_)) == ["confused-deputy"]
    tied = {**open_, "Condition": {"StringEquals": {"aws:SourceAccount": OURS}}}
    assert kinds(report(tied)) == []


def test_federation_that_anybody_can_use_is_a_problem() -> None:
    open_ = allow({"Federated": GITHUB}, "sts:AssumeRoleWithWebIdentity", None)
    assert kinds(report(open_)) == ["open-federation"]
    tied = {**open_, "Condition": {"StringLike": {f"{OIDC}:sub": "repo:ours/*"}}}
    assert kinds(report(tied)) == []


def test_mistakes_of_authors_are_told() -> None:
    everybody_else = {
        "Effect": "Allow", "NotPrincipal": {"AWS": OURS}, "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::bucket/*",
    }  # fmt: skip
    assert "allow-not-principal" in kinds(report(everybody_else))
    literal = allow({"AWS": THEIRS}, StringEquals={"aws:Referer": "https://*"})
    assert "trap" in kinds(report(literal))
    delegating = allow("*", StringEquals={"s3:DataAccessPointAccount": OURS})
    assert "delegated-to-access-points" in kinds(report(delegating))


def test_too_many_combinations_are_unknown_and_not_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST", 1)
    # Every combination is denied, which takes all of them to know.
    tls, referer = "aws:SecureTransport", "aws:Referer"
    denials = [
        deny("*", "s3:*", Bool={tls: value}, **{operator: {referer: "a*"}})
        for value in ("true", "false")
        for operator in ("StringLike", "StringNotLike")
    ]
    rows = report(allow(), *denials).rows
    assert {row.certainty.value for row in rows} == {"unknown"}
    assert all(row.witness is None and row.condition for row in rows)


def test_one_way_in_is_told_however_many_combinations_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "MOST", 1)
    denial = deny(
        "*", "s3:*", StringLike={"aws:Referer": "a*"}, Bool={"aws:SecureTransport": "false"}
    )
    assert [row.certainty.value for row in report(allow(), denial).rows] == ["sure"]


BUCKET = allow("*"), allow({"AWS": THEIRS}, "s3:PutObject")


def test_what_a_policy_alone_does_not_say_is_told() -> None:
    alone = report(*BUCKET)
    assert any("public access block" in one for one in alone.left_out)
    assert all(row.certainty.value == "sure" for row in alone.rows)
    assert "left_out" in alone.to_json()
    key = report(allow({"AWS": THEIRS}, "kms:*", "*"))
    assert any("grants" in one for one in key.left_out)
    assert not any("public access block" in one for one in key.left_out)


def test_a_public_access_block_that_is_told_of_restricts_a_public_bucket_alone() -> None:
    assert report(*BUCKET, restrict_public_buckets=True).rows == ()
    opened = report(*BUCKET, restrict_public_buckets=False)
    assert {row.kind for row in opened.rows} == {"anonymous", "account"}
    assert not any("public access block" in one for one in opened.left_out)
    assert report(BUCKET[1], restrict_public_buckets=True).rows
    queue = allow("*", "sqs:SendMessage", QUEUE)
    assert report(queue, restrict_public_buckets=True).rows


def test_a_principal_with_a_wildcard_is_nobody_and_told_as_a_problem() -> None:
    found = report(allow({"AWS": "arn:aws:iam::*:role/reader"}, "sqs:*", QUEUE))
    assert found.rows == ()
    assert kinds(found) == ["trap"]


API = f"arn:aws:execute-api:eu-west-1:{OURS}:a1b2c3"


@pytest.mark.parametrize("resource", [None, API])
@pytest.mark.parametrize("path", ["*", "prod/GET/pets"])
def test_resources_of_an_api_s_policy_may_be_short(resource: str | None, path: str) -> None:
    statement = allow("*", "execute-api:Invoke", f"execute-api:/{path}")
    found = report(statement, resource=resource)
    assert [row.kind for row in found.rows] == ["anonymous"]
    closed = report(statement, deny("*", "execute-api:Invoke", ["execute-api:/*"]))
    assert closed.rows == ()


@pytest.mark.parametrize("named", [THEIRS, "222222222222", [THEIRS]])
def test_a_principal_without_its_kind_is_one_of_aws(named: Any) -> None:
    bare, told = (report(allow(one, "sqs:*", QUEUE)) for one in (named, {"AWS": named}))

    assert [row.who for row in bare.rows] == [row.who for row in told.rows] != []
