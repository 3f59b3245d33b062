from typing import Any

from cloudwarden.providers.aws.iam.trust import trust_relations
from cloudwarden.schema.records import Relation

OWN = "111111111111"


def trusts(principal: Any, **more: Any) -> dict[str, Relation]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **more}
    found = trust_relations({"Statement": [statement]}, "aws", OWN)
    return {relation.target: relation for relation in found}


def test_a_foreign_account_is_implied_by_its_root_however_it_is_spelled() -> None:
    root = "arn:aws:iam::999999999999:root"

    for spelling in ("999999999999", root):
        relation = trusts({"AWS": spelling})[root]
        assert relation.type == "TRUSTS_AWS_PRINCIPAL"
        assert relation.target_label == "AWSRootPrincipal"
        assert relation.implied == {"arn": root, "name": "root", "account": "999999999999"}


def test_own_principals_are_looked_up_and_foreign_ones_implied() -> None:
    own, foreign = f"arn:aws:iam::{OWN}:role/a/b", "arn:aws:iam::999999999999:user/c"

    found = trusts({"AWS": [own, foreign]})

    assert (found[own].target_label, found[own].implied) == ("AWSRole", None)
    assert found[foreign].target_label == "AWSUser"
    assert found[foreign].implied == {"arn": foreign, "name": "c", "account": "999999999999"}


def test_a_session_stands_for_its_role() -> None:
    found = trusts({"AWS": f"arn:aws:sts::{OWN}:assumed-role/deploy/ci"})

    assert list(found) == [f"arn:aws:iam::{OWN}:role/deploy"]


def test_services_and_identity_providers_are_implied() -> None:
    provider = f"arn:aws:iam::{OWN}:oidc-provider/token.example.com"

    found = trusts({"Service": ["ec2.amazonaws.com"], "Federated": provider})

    assert found["ec2.amazonaws.com"].target_label == "AWSServicePrincipal"
    assert found["ec2.amazonaws.com"].implied == {
        "arn": "ec2.amazonaws.com",
        "name": "ec2.amazonaws.com",
    }
    assert found[provider].target_label == "AWSFederatedPrincipal"
    assert found[provider].implied == {
        "arn": provider,
        "name": "token.example.com",
        "account": OWN,
    }


def test_a_wildcard_trusts_anybody() -> None:
    for found in (trusts("*"), trusts({"AWS": "*"}), trusts({}, NotPrincipal={"AWS": OWN})):
        assert found["*"].target_label == "AWSAnonymousPrincipal"


def test_a_trust_is_conditional_only_if_every_statement_of_it_is() -> None:
    role = "arn:aws:iam::999999999999:role/r"
    bound = {
        "Effect": "Allow",
        "Principal": {"AWS": role},
        "Condition": {"StringEquals": {"sts:ExternalId": "x"}},
    }
    free = {"Effect": "Allow", "Principal": {"AWS": role}}

    (one,) = trust_relations({"Statement": [bound]}, "aws", OWN)
    (both,) = trust_relations({"Statement": [bound, free]}, "aws", OWN)

    assert one.properties == {"conditional": True, "external_id": True}
    assert both.properties == {"conditional": False, "external_id": False}


def test_denials_and_deleted_principals_make_no_edge() -> None:
    assert trusts({"AWS": "AROAEXAMPLE"}) == {}
    assert trust_relations({"Statement": {"Effect": "Deny", "Principal": "*"}}, "aws", OWN) == ()
