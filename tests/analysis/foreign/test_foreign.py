"""Accounts that ours name, and by what."""

from __future__ import annotations

import json

from cloudwarden.analysis.estate import EstateAsset
from cloudwarden.analysis.foreign.derive import derive
from tests.support.estates import asset, estate


def named(*assets: EstateAsset) -> set[tuple[str, str, str]]:
    return {
        (source, target, through)
        for found in derive(estate(assets))
        for source, target, through in zip(
            found.sources, found.targets, found.columns["through"], strict=True
        )
    }


def policy(principal: object, effect: str = "Allow") -> str:
    return json.dumps({"Statement": [{"Effect": effect, "Principal": principal}]})


def test_a_trust_policy_names_accounts_in_either_spelling() -> None:
    trust = policy({"AWS": ["999999999999", "arn:aws-cn:iam::888888888888:role/x"]})
    role = asset("AWSRole", "r", assume_role_policy_document=trust)
    assert named(role) == {
        ("r", "999999999999", "trust policy"),
        ("r", "888888888888", "trust policy"),
    }


def test_its_own_account_everybody_services_and_denials_are_not_foreign() -> None:
    for principal in ({"AWS": "111111111111"}, "*", {"Service": "lambda.amazonaws.com"}):
        assert named(asset("AWSSQSQueue", "q", policy=policy(principal))) == set()
    denied = policy({"AWS": "999999999999"}, "Deny")
    assert named(asset("AWSSQSQueue", "q", policy=denied)) == set()


def test_both_ends_of_a_peering_are_known() -> None:
    peering = asset(
        "AWSPeeringConnection", "pcx", requester_owner_id="111111111111",
        accepter_owner_id="222222222222",
    )  # fmt: skip
    assert named(peering) == {("pcx", "222222222222", "accepter_owner_id")}


def test_what_is_no_policy_names_nobody() -> None:
    for text in ("", "not json", "[]", '{"Statement": "x"}', '{"Statement": [1]}'):
        assert named(asset("AWSSNSTopic", "t", policy=text)) == set()


def test_those_that_copies_and_resources_are_shared_with_are_named() -> None:
    organization = "arn:aws:organizations::888888888888:organization/o-1"
    role = "arn:aws:iam::999999999999:role/r"
    for label, shared in (
        ("AWSEBSSnapshot", ["all", "999999999999", "111111111111"]),
        ("AWSRDSSnapshot", ["999999999999"]),
        ("AWSEC2Image", [organization, "999999999999"]),
        ("AWSRAMResourceShare", [role, organization, "sns.amazonaws.com"]),
    ):
        found = named(asset(label, "x", shared_with=shared))
        assert found == {("x", "999999999999", "shared_with")}


def test_accounts_that_conditions_ask_for_are_named_and_those_that_they_exclude_are_not() -> None:
    asked = {
        "StringEquals": {"aws:PrincipalAccount": "999999999999"},
        "ArnLike": {"AWS:SourceArn": ["arn:aws:sns:*:888888888888:*", "arn:aws:s3:::bucket"]},
        "StringNotEquals": {"aws:PrincipalAccount": "777777777777"},
    }
    statement = {"Effect": "Allow", "Principal": "*", "Condition": asked}
    queue = asset("AWSSQSQueue", "q", policy=json.dumps({"Statement": statement}))
    assert {account for _, account, _ in named(queue)} == {"999999999999", "888888888888"}
