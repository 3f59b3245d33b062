import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cloudwarden.analysis.estate import Estate, EstateAsset, Listing
from cloudwarden.analysis.iam.ask import Access, WhoCan
from cloudwarden.analysis.iam.bulk.unknowns import unknowns
from cloudwarden.analysis.iam.decisions import Outcome
from cloudwarden.analysis.iam.estate_world import world_of
from cloudwarden.providers.aws.iam.principals import Details, Report, assets_of
from cloudwarden.schema.derived import Certainty
from cloudwarden.schema.records import Failure, Relation, Scope, Verdict

ONE, TWO = "111111111111", "222222222222"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
KEY = f"arn:aws:kms:eu-west-1:{ONE}:key/k1"
DENIED = Failure(Verdict.DENIED, "AccessDeniedException", "no")


def arn(name: str, account: str = ONE) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def role(name: str, account: str = ONE, action: str | None = None) -> list[EstateAsset]:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    inline = [{"PolicyName": "own", "PolicyDocument": {"Statement": [statement]}}]
    details = {
        "Arn": arn(name, account), "RoleName": name, "RoleId": f"AROA{name.upper()}", "Path": "/",
        "AssumeRolePolicyDocument": {"Statement": []},
        "RolePolicyList": inline if action else [],
    }  # fmt: skip
    scope = Scope("aws", account, "global", "AWSPrincipal")
    return [
        EstateAsset(a.label, a.id, a.account, a.region, a.name, a.properties, a.tags, a.relations)
        for a in assets_of(Details(roles=[details]), Report(), scope, "aws")
    ]


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def key(*unread: str) -> EstateAsset:
    text = policy({
        "Effect": "Allow", "Principal": {"AWS": arn("admin")}, "Action": "kms:*", "Resource": "*",
    })  # fmt: skip
    return EstateAsset(
        "AWSKMSKey", "k1", ONE, "eu-west-1", "k1", {"arn": KEY, "policy": text},
        unread=dict.fromkeys(unread, DENIED),
    )  # fmt: skip


def grant(grantee: str, *operations: str, **more: Any) -> EstateAsset:
    return EstateAsset(
        "AWSKMSGrant", "g1", ONE, "eu-west-1", None,
        {"grant_id": "g1", "grantee_principal": grantee, "operations": operations, **more},
        relations=[Relation("APPLIED_ON", "AWSKMSKey", "k1")],
    )  # fmt: skip


def access(*assets: EstateAsset, listings: tuple[Listing, ...] = ()) -> Access:
    places = [
        Listing(label, account, "global", Verdict.COMPLETE, shows_absence=True)
        for label in ("AWSUser", "AWSRole", "AWSGroup", "AWSOrganization")
        for account in (ONE, TWO)
    ]
    estate = Estate(assets, [*places, *listings], {ONE: "one", TWO: "two"})
    return Access(world_of(estate), NOW)


def told(found: WhoCan) -> dict[str, tuple[Certainty, str | None]]:
    return {one.principal: (one.certainty, one.condition) for one in found.found}


def test_a_grant_lets_a_role_use_a_key_whose_policy_does_not_name_it() -> None:
    asked = access(key(), grant(arn("worker"), "Decrypt"), *role("worker"), *role("other"))

    assert told(asked.who_can("kms:Decrypt", KEY)) == {arn("worker"): (Certainty.SURE, None)}
    answer = asked.can(arn("worker"), "kms:Decrypt", KEY)
    assert answer.decision.outcome is Outcome.ALLOWED
    assert any("grant g1" in line for line in answer.explain())
    assert asked.can(arn("worker"), "kms:Encrypt", KEY).decision.outcome is Outcome.IMPLICIT_DENY


def test_a_grant_to_another_account_needs_its_own_policies_as_well() -> None:
    able = role("able", TWO, "kms:Decrypt")
    asked = access(
        key(), grant(arn("able", TWO), "Decrypt"), *able, *role("idle", TWO),
    )  # fmt: skip
    assert told(asked.who_can("kms:Decrypt", KEY)) == {arn("able", TWO): (Certainty.SURE, None)}

    asked = access(key(), grant(arn("idle", TWO), "Decrypt"), *able, *role("idle", TWO))
    assert told(asked.who_can("kms:Decrypt", KEY)) == {}


@pytest.mark.parametrize("spelled", [{"team": "red"}, '{"team":"red"}'])
def test_a_grant_for_an_encryption_context_is_conditional_where_one_is_used(spelled: Any) -> None:
    limited = grant(
        arn("worker"), "Decrypt", "DescribeKey", constraints_encryption_context_subset=spelled
    )
    asked = access(key(), limited, *role("worker"))

    certainty, condition = told(asked.who_can("kms:Decrypt", KEY))[arn("worker")]
    assert (certainty, condition) == (
        Certainty.CONDITIONAL, "if kms:EncryptionContext:team is red",
    )  # fmt: skip
    assert told(asked.who_can("kms:DescribeKey", KEY))[arn("worker")][0] is Certainty.SURE


def test_grants_that_were_not_read_leave_it_open_who_may_use_a_key() -> None:
    asked = access(key("kms:ListGrants"), *role("worker"))

    decision = asked.can(arn("worker"), "kms:Decrypt", KEY).decision
    assert decision.certainty is Certainty.UNKNOWN
    assert "its grants were not read" in decision.reason
    assert (
        "There may be more: its grants were not read." in asked.who_can("kms:Decrypt", KEY).unknown
    )


def test_a_key_whose_grants_were_not_read_says_so_of_itself() -> None:
    alone = Listing("AWSOrganization", ONE, "global", Verdict.COMPLETE, shows_absence=True)
    estate = Estate([key("kms:ListGrants")], [alone], {ONE: "one"})

    found = {told.label: told for told in unknowns(world_of(estate))}
    assert list(found["AWSKMSKey"].ids) == ["k1"]
    assert found["AWSKMSKey"].columns["access_unknown"] == ["its grants were not read"]


def bucket(**block: bool | None) -> EstateAsset:
    text = policy({
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::photos/*",
    })  # fmt: skip
    own = {"ignore_public_acls": False, "restrict_public_buckets": False, **block}
    return EstateAsset(
        "AWSS3Bucket", "photos", ONE, "us-east-1", "photos",
        {"arn": "arn:aws:s3:::photos", "policy": text, **own},
        unread={} if None not in block.values() else {"s3:GetPublicAccessBlock": DENIED},
    )  # fmt: skip


NO_BLOCK = Listing(
    "AWSS3AccountPublicAccessBlock", ONE, "global", Verdict.COMPLETE, shows_absence=True
)
READERS = [*role("reader", ONE, "s3:GetObject"), *role("reader", TWO, "s3:GetObject")]
OBJECTS = "arn:aws:s3:::photos/a.jpg"


def readers(found: EstateAsset, *listings: Listing) -> dict[str, tuple[Certainty, str | None]]:
    return told(access(found, *READERS, listings=listings).who_can("s3:GetObject", OBJECTS))


def test_a_restricted_bucket_with_a_public_policy_is_its_own_accounts_alone() -> None:
    sure = (Certainty.SURE, None)
    assert readers(bucket(), NO_BLOCK) == {arn("reader"): sure, arn("reader", TWO): sure}
    assert readers(bucket(restrict_public_buckets=True), NO_BLOCK) == {arn("reader"): sure}


def test_a_block_that_was_not_read_leaves_other_accounts_in_doubt() -> None:
    for found in (
        readers(bucket(restrict_public_buckets=None), NO_BLOCK),
        readers(bucket()),
    ):
        assert found[arn("reader")] == (Certainty.SURE, None)
        assert found[arn("reader", TWO)] == (
            Certainty.CONDITIONAL, "unless cloudwarden:RestrictPublicBuckets is true",
        )  # fmt: skip


def test_a_restriction_does_not_keep_out_services() -> None:
    asked = access(bucket(restrict_public_buckets=True), listings=(NO_BLOCK,))

    decision = asked.can("cloudfront.amazonaws.com", "s3:GetObject", OBJECTS).decision
    assert decision.outcome is Outcome.ALLOWED
    assert asked.can("*", "s3:GetObject", OBJECTS).decision.outcome is Outcome.EXPLICIT_DENY


def acl(permission: str, group: str) -> EstateAsset:
    return EstateAsset(
        "AWSS3Acl", "acl1", ONE, "us-east-1", None,
        {"permission": permission, "uri": f"http://acs.amazonaws.com/groups/global/{group}"},
        relations=[Relation("APPLIES_TO", "AWSS3Bucket", "photos")],
    )  # fmt: skip


def plain_bucket(*unread: str, **more: Any) -> EstateAsset:
    return EstateAsset(
        "AWSS3Bucket", "photos", ONE, "us-east-1", "photos",
        {"arn": "arn:aws:s3:::photos", "ignore_public_acls": False,
         "restrict_public_buckets": False, **more},
        unread=dict.fromkeys(unread, DENIED),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("found", "anonymous", "role"),
    [
        (acl("WRITE", "AllUsers"), Outcome.ALLOWED, Outcome.ALLOWED),
        (acl("FULL_CONTROL", "AuthenticatedUsers"), Outcome.IMPLICIT_DENY, Outcome.ALLOWED),
        (acl("READ", "AllUsers"), Outcome.IMPLICIT_DENY, Outcome.IMPLICIT_DENY),
        (acl("WRITE", "Strangers"), Outcome.IMPLICIT_DENY, Outcome.IMPLICIT_DENY),
    ],
)
def test_an_acl_lets_in_whom_it_names(
    found: EstateAsset, anonymous: Outcome, role: Outcome
) -> None:
    asked = access(plain_bucket(), found, *READERS, listings=(NO_BLOCK,))

    assert asked.can("*", "s3:PutObject", OBJECTS).decision.outcome is anonymous
    assert asked.can(arn("reader"), "s3:PutObject", OBJECTS).decision.outcome is role


@pytest.mark.parametrize(
    "more", [{"ignore_public_acls": True}, {"object_ownership": "BucketOwnerEnforced"}]
)
def test_an_acl_that_is_switched_off_or_ignored_lets_nobody_in(more: dict[str, Any]) -> None:
    asked = access(plain_bucket(**more), acl("WRITE", "AllUsers"), listings=(NO_BLOCK,))

    assert asked.can("*", "s3:PutObject", OBJECTS).decision.outcome is Outcome.IMPLICIT_DENY


def test_an_acl_that_a_block_may_ignore_is_conditional() -> None:
    asked = access(plain_bucket(), acl("WRITE", "AllUsers"))

    assert asked.can("*", "s3:PutObject", OBJECTS).decision.certainty is Certainty.CONDITIONAL


def test_an_acl_that_was_not_read_leaves_it_open_who_may_get_in() -> None:
    asked = access(plain_bucket("s3:GetBucketAcl"), *READERS, listings=(NO_BLOCK,))

    decision = asked.can(arn("reader"), "s3:PutObject", OBJECTS).decision
    assert decision.certainty is Certainty.UNKNOWN
    assert "access control list was not read" in decision.reason
