"""Services that act for anybody and providers all of whose tenants are trusted, by node."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudwarden.analysis.estate import EstateAsset
from cloudwarden.analysis.iam.external.access import POLICY_LABELS
from cloudwarden.analysis.iam.external.derive import VOCABULARY
from cloudwarden.analysis.iam.external.policy_rows import ROLE
from cloudwarden.schema.records import Failure, Verdict
from tests.support.estates import OURS, asset

from .deriving import told
from .table import GITHUB, allow

KEY = f"arn:aws:kms:eu-west-1:{OURS}:key/k"
ACCOUNT = allow({"AWS": OURS}, "kms:*", "*")
DENIED = Failure(Verdict.DENIED, "AccessDenied", "no")
ITS_OWN = {"StringEquals": {"aws:SourceAccount": OURS}}


def key(*statements: Any, unread: Any = None) -> EstateAsset:
    text = json.dumps({"Version": "2012-10-17", "Statement": [ACCOUNT, *statements]})
    return asset("AWSKMSKey", KEY, arn=KEY, policy=text, unread=unread)


def service(**condition: Any) -> dict[str, Any]:
    return allow({"Service": "logs.amazonaws.com"}, "kms:Decrypt", "*", **condition)


@pytest.mark.parametrize(
    ("statements", "deputies"),
    [
        ((), []),
        ((service(),), ["logs.amazonaws.com"]),
        ((service(**ITS_OWN),), []),
        ((service(StringEquals={"aws:SourceAccount": "999999999999"}),), []),
        ((service(ArnLike={"aws:SourceArn": "arn:aws:logs:*:*:*"}),), ["logs.amazonaws.com"]),
    ],
)
def test_a_service_without_a_source_is_one(
    statements: tuple[Any, ...], deputies: list[str]
) -> None:
    found = told(key(*statements))[KEY]
    assert found["confused_deputies"] == deputies
    assert found["confused_deputies_unknown"] is None


def test_grants_that_were_denied_do_not_bear_on_it() -> None:
    found = told(key(service(**ITS_OWN), unread={"kms:ListGrants": DENIED}))[KEY]
    assert found["confused_deputies"] == []
    assert found["confused_deputies_unknown"] is None
    assert found["external_access_unknown"]


def test_a_policy_that_was_denied_leaves_it_unknown() -> None:
    found = told(key(unread={"kms:GetKeyPolicy": DENIED}))[KEY]
    assert found["confused_deputies"] is None
    assert "kms:GetKeyPolicy" in found["confused_deputies_unknown"]


def test_every_label_with_a_policy_tells_it_but_roles_which_are_given_to_services() -> None:
    for label in POLICY_LABELS:
        names = {one.name for one in VOCABULARY.properties[label]}
        assert ("confused_deputies" in names) is (label != ROLE)
        assert ("open_federation" in names) is (label == ROLE)


def role(*statements: Any) -> EstateAsset:
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return asset(ROLE, f"arn:aws:iam::{OURS}:role/r", assume_role_policy_document=text)


def test_a_role_tells_the_providers_all_of_whose_tenants_it_trusts() -> None:
    action = "sts:AssumeRoleWithWebIdentity"
    sub = {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:ours/*"}}
    open_, closed = (
        role(allow({"Federated": GITHUB}, action, None, **condition)) for condition in ({}, sub)
    )
    (found,) = told(open_).values()
    assert found["open_federation"] == ["any repository of token.actions.githubusercontent.com"]
    (found,) = told(closed).values()
    assert found["open_federation"] == []
