"""Access that ACLs and public access blocks decide, as a matrix; grants and shared copies."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest

from cloudwarden.analysis.estate import EstateAsset
from cloudwarden.analysis.iam.external.blocks import is_public
from cloudwarden.analysis.iam.policies import PolicyCompiler, PolicyKind
from cloudwarden.schema.records import Failure, Relation, Verdict
from tests.support.estates import OURS, asset, estate, listed

from .deriving import derived, told

THEIRS = "999999999999"
GROUPS = "http://acs.amazonaws.com/groups/global/"
DENIED = Failure(Verdict.DENIED, "AccessDenied", "no")
OPEN = {
    "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::bucket/*",
}  # fmt: skip


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


NO_BLOCK: dict[str, Any] = {"ignore_public_acls": False, "restrict_public_buckets": False}


def bucket(**properties: Any) -> EstateAsset:
    unread = properties.pop("unread", None)
    told = {"arn": "arn:aws:s3:::bucket", **NO_BLOCK, **properties}
    return asset("AWSS3Bucket", "bucket", unread=unread, **told)


def acl(permission: str, **grantee: Any) -> EstateAsset:
    return asset(
        "AWSS3Acl", f"bucket/{permission}", Relation("APPLIES_TO", "AWSS3Bucket", "bucket"),
        permission=permission, ownerid="owner", **grantee,
    )  # fmt: skip


def account_block(**settings: Any) -> EstateAsset:
    return asset("AWSS3AccountPublicAccessBlock", f"{OURS}:global", **{**NO_BLOCK, **settings})


@pytest.mark.parametrize(
    ("own", "accounts", "enforced"), list(product((False, True), (False, True), (False, True)))
)
def test_a_public_acl_counts_unless_ignored_or_out_of_force(
    own: bool,
    accounts: bool,
    enforced: bool,
) -> None:
    ownership = "BucketOwnerEnforced" if enforced else "ObjectWriter"
    found = told(
        bucket(ignore_public_acls=own, object_ownership=ownership),
        acl("READ", uri=f"{GROUPS}AllUsers"),
        account_block(ignore_public_acls=accounts),
    )
    expected = [] if own or accounts or enforced else ["anonymous"]
    assert found["bucket"]["external_access"] == expected


@pytest.mark.parametrize(("own", "accounts"), list(product((False, True), (False, True))))
def test_a_public_policy_counts_unless_restricted(own: bool, accounts: bool) -> None:
    found = told(
        bucket(policy=policy(OPEN), restrict_public_buckets=own),
        account_block(restrict_public_buckets=accounts),
    )
    assert found["bucket"]["external_access"] == ([] if own or accounts else ["anonymous"])


@pytest.mark.parametrize("name", ["block_public_acls", "block_public_policy"])
def test_what_only_refuses_new_grants_leaves_those_that_there_are(name: str) -> None:
    found = told(
        bucket(policy=policy(OPEN)), acl("READ", uri=f"{GROUPS}AllUsers"),
        account_block(**{name: True}),
    )  # fmt: skip
    assert found["bucket"]["external_access"] == ["anonymous"]


def test_a_restricted_bucket_keeps_accounts_that_a_policy_names_if_that_is_not_public() -> None:
    named = {**OPEN, "Principal": {"AWS": THEIRS}}
    block = account_block(restrict_public_buckets=True)
    alone = told(bucket(policy=policy(named)), block)
    assert alone["bucket"]["external_access"] == [f"account {THEIRS}"]
    beside = told(bucket(policy=policy(named, {**OPEN, "Sid": "open"})), block)
    assert beside["bucket"]["external_access"] == []


def test_a_policy_is_public_by_its_words_whatever_it_denies() -> None:
    closed = policy(OPEN, {**OPEN, "Effect": "Deny"})
    assert is_public(PolicyCompiler().compile(closed, PolicyKind.RESOURCE))
    found = told(bucket(policy=closed))
    assert found["bucket"]["external_access"] == []


@pytest.mark.parametrize(
    ("condition", "public"),
    [
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
        ({"StringLike": {"aws:PrincipalOrgID": "o-*"}}, True),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
        ({"IpAddress": {"aws:SourceIp": "128.0.0.0/1"}}, True),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, False),
        ({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}, True),
        ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, True),
        ({"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111111111111:*"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}, True),
        ({"StringLike": {"aws:Referer": "https://example.com/*"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
    ],
)
def test_what_ties_a_policy_to_fixed_values(condition: dict[str, Any], public: bool) -> None:
    compiled = PolicyCompiler().compile(
        policy({**OPEN, "Condition": condition}), PolicyKind.RESOURCE
    )
    assert is_public(compiled) is public


def test_grants_of_an_acl_to_others_and_to_all_who_are_signed_in() -> None:
    found = told(
        bucket(),
        acl("READ", uri=f"{GROUPS}AuthenticatedUsers"),
        acl("FULL_CONTROL", granteeid="other"),
        acl("WRITE", granteeid="owner"),
    )
    assert found["bucket"]["external_access"] == ["authenticated", "canonical user other"]


def test_whose_a_canonical_user_is_follows_from_whose_the_bucket_is() -> None:
    named = [{**OPEN, "Principal": {"CanonicalUser": one}} for one in ("owner", "other")]
    opened = bucket(policy=policy(*named))
    unread = told(opened, account_block())["bucket"]
    assert unread["external_access"] == ["canonical user owner", "canonical user other"]
    assert unread["external_access_certainty"] == "conditional"
    read = told(opened, acl("FULL_CONTROL", granteeid="owner"), account_block())["bucket"]
    assert read["external_access"] == ["canonical user other"]
    assert read["external_access_certainty"] == "sure"


def test_what_was_not_read_of_a_bucket_is_unknown() -> None:
    for operation in ("s3:GetBucketPolicy", "s3:GetBucketAcl"):
        found = told(bucket(unread={operation: DENIED}))["bucket"]
        assert found["external_access"] is None
        assert operation in found["external_access_unknown"]


def test_somebody_who_gets_in_by_the_acl_says_nothing_of_a_policy_that_was_denied() -> None:
    parts = bucket(unread={"s3:GetBucketPolicy": DENIED}), acl("READ", granteeid="other")
    found = told(*parts, account_block())["bucket"]
    assert found["external_access"] == ["canonical user other"]
    assert "s3:GetBucketPolicy" in found["external_access_unknown"]


OPENED = {"policy": policy(OPEN), "anonymous_access": True, "anonymous_actions": ["s3:GetObject"]}
READ_BLOCK = account_block()
BLOCKS_UNREAD = {
    "its own was denied": (bucket(unread={"s3:GetPublicAccessBlock": DENIED}, **OPENED),
                           READ_BLOCK, ()),
    "its own was not told of": (
        bucket(**OPENED, ignore_public_acls=None, restrict_public_buckets=None), READ_BLOCK, ()
    ),
    "nobody asked for the account's": (bucket(**OPENED), None, ()),
    "the account's was denied": (
        bucket(**OPENED), None,
        listed("AWSS3AccountPublicAccessBlock", verdict=Verdict.DENIED, reason="denied"),
    ),
    "the account's was read, but not the last time": (
        bucket(**OPENED), READ_BLOCK,
        listed("AWSS3AccountPublicAccessBlock", verdict=Verdict.FAILED),
    ),
}  # fmt: skip


@pytest.mark.parametrize("unread", BLOCKS_UNREAD)
def test_a_block_that_was_not_read_leaves_open_whether_anybody_gets_in(unread: str) -> None:
    opened, block, listings = BLOCKS_UNREAD[unread]
    found = told(*filter(None, (opened, block)), listings=listings)["bucket"]
    assert found["external_access"] == ["anonymous"]
    assert found["external_access_certainty"] == "conditional"
    assert "public access block" in found["external_access_reason"]
    assert "was not read" in found["external_access_unknown"]
    assert found["anonymous_access"] is None
    assert "was not read" in found["anonymous_access_unknown"]


@pytest.mark.parametrize("block", [
    account_block(restrict_public_buckets=True), bucket(restrict_public_buckets=True, **OPENED),
])  # fmt: skip
def test_one_block_that_restricts_is_enough_whatever_was_not_read_of_the_other(
    block: EstateAsset,
) -> None:
    unread = bucket(unread={"s3:GetPublicAccessBlock": DENIED}, **OPENED)
    parts = [block] if block.id == "bucket" else [unread, block]
    found = told(*parts)["bucket"]
    assert found["external_access"] == []
    assert found["external_access_unknown"] is None
    assert found["anonymous_access"] is False


def test_an_account_that_never_set_a_block_has_none() -> None:
    found = told(bucket(**OPENED), listings=listed("AWSS3AccountPublicAccessBlock"))["bucket"]
    assert found["external_access_certainty"] == "sure"
    assert found["anonymous_access"] is True


def test_the_account_s_block_closes_what_a_bucket_was_read_to_have_open() -> None:
    actions = ["s3:GetObject", "s3:ListBucket"]
    opened = bucket(**{**OPENED, "anonymous_actions": actions})
    parts = (opened, acl("READ", uri=f"{GROUPS}AllUsers"))
    assert told(*parts, account_block())["bucket"]["anonymous_access"] is True
    restricted = told(*parts, account_block(restrict_public_buckets=True))["bucket"]
    assert restricted["anonymous_access"] is True
    assert "s3:ListBucket" in restricted["anonymous_actions"]
    assert "s3:GetObject" not in restricted["anonymous_actions"]
    ignored = told(*parts, account_block(ignore_public_acls=True))["bucket"]
    assert ignored["anonymous_actions"] == ["s3:GetObject"]
    both = account_block(ignore_public_acls=True, restrict_public_buckets=True)
    assert told(*parts, both)["bucket"]["anonymous_access"] is False


def test_a_denial_closes_what_was_written_to_be_open() -> None:
    closed = bucket(**{**OPENED, "policy": policy(OPEN, {**OPEN, "Effect": "Deny"})})
    found = told(closed, READ_BLOCK)["bucket"]
    assert found["anonymous_access"] is False


def test_what_everybody_can_have_is_open_to_anybody_however_it_is_written() -> None:
    named = {**OPEN, "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/reader"}}}
    found = told(bucket(policy=policy(named), anonymous_access=False), READ_BLOCK)["bucket"]
    assert found["anonymous_access"] is True


def test_grants_of_a_key_to_other_accounts() -> None:
    key = asset(
        "AWSKMSKey", "k", arn=f"arn:aws:kms:eu-west-1:{OURS}:key/k",
        policy=policy({"Effect": "Allow", "Principal": {"AWS": OURS}, "Action": "kms:*",
                       "Resource": "*"}),
    )  # fmt: skip
    applied = Relation("APPLIED_ON", "AWSKMSKey", "k")
    role = f"arn:aws:iam::{THEIRS}:role/r"
    grants = [
        asset("AWSKMSGrant", "g1", applied, grantee_principal=role, operations=["Decrypt"]),
        asset("AWSKMSGrant", "g2", applied, grantee_principal=f"arn:aws:iam::{OURS}:role/r",
              operations=["Decrypt"]),
        asset("AWSKMSGrant", "g3", applied, grantee_principal="rds.amazonaws.com",
              operations=["Decrypt"]),
    ]  # fmt: skip
    assert told(key, *grants)["k"]["external_access"] == [role]


def test_a_function_is_anybody_s_by_an_open_address_alone() -> None:
    arn = f"arn:aws:lambda:eu-west-1:{OURS}:function:f"
    opened = policy({
        "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl", "Resource": arn,
        "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
    })  # fmt: skip
    for auth, certainty in (("NONE", "sure"), ("AWS_IAM", "conditional"), (None, "conditional")):
        found = told(
            asset("AWSLambda", arn, arn=arn, policy=opened, function_url_auth_type=auth,
                  function_url="https://f.example.com/" if auth else None)
        )  # fmt: skip
        assert found[arn]["external_access_certainty"] == certainty


@pytest.mark.parametrize(
    ("unread", "address", "certainty", "known"),
    [
        ({}, {"function_url": "https://f", "function_url_auth_type": "AWS_IAM"}, "sure", True),
        ({}, {}, "conditional", True),
        ({"lambda:GetFunctionUrlConfig": DENIED}, {}, "conditional", False),
    ],
)
def test_a_signed_call_of_an_address_needs_that_there_is_one(
    unread: dict[str, Failure], address: dict[str, str], certainty: str, known: bool
) -> None:
    arn = f"arn:aws:lambda:eu-west-1:{OURS}:function:f"
    signed = policy({
        "Effect": "Allow", "Principal": {"AWS": THEIRS}, "Action": "lambda:InvokeFunctionUrl",
        "Resource": arn, "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}},
    })  # fmt: skip
    properties: dict[str, Any] = {"arn": arn, "policy": signed, **address}
    found = told(asset("AWSLambda", arn, unread=unread, **properties))[arn]
    assert found["external_access"] == [f"account {THEIRS}"]
    assert found["external_access_certainty"] == certainty
    assert (found["external_access_unknown"] is None) is known


def test_a_table_lets_in_by_its_own_policy_and_by_its_stream_s() -> None:
    table = f"arn:aws:dynamodb:eu-west-1:{OURS}:table/orders"
    stream = f"{table}/stream/2026"
    allowed = {"Effect": "Allow", "Principal": {"AWS": THEIRS}, "Action": "dynamodb:GetRecords",
               "Resource": stream}  # fmt: skip
    streaming: dict[str, Any] = {
        "arn": table,
        "latest_stream_arn": stream,
        "stream_policy": policy(allowed),
    }
    (edge,) = derived(estate([asset("AWSDynamoDBTable", table, **streaming)])).edges
    assert (edge[2], edge[3]["through"]) == (THEIRS, "stream policy")
    assert json.loads(edge[3]["witness"])["resource"] == stream
    denied = {"dynamodb:GetResourcePolicy": DENIED}
    unread = told(asset("AWSDynamoDBTable", table, unread=denied, **streaming))[table]
    assert unread["external_access"] is None


@pytest.mark.parametrize(
    ("action", "key", "words"),
    [
        ("secretsmanager:GetSecretValue", None, "encrypted with another key"),
        ("secretsmanager:GetSecretValue", "alias/aws/secretsmanager", "encrypted with another key"),
        ("secretsmanager:GetSecretValue", "key-1", "if key key-1 lets it decrypt too"),
        ("secretsmanager:*", None, None),
    ],
)
def test_the_value_of_a_secret_needs_its_key(
    action: str, key: str | None, words: str | None
) -> None:
    arn = f"arn:aws:secretsmanager:eu-west-1:{OURS}:secret:s-AbCdEf"
    allowed = {"Effect": "Allow", "Principal": {"AWS": THEIRS}, "Action": action, "Resource": "*"}
    found = told(
        asset("AWSSecretsManagerSecret", arn, arn=arn, policy=policy(allowed), kms_key_id=key)
    )[arn]
    assert found["external_access"] == [f"account {THEIRS}"]
    assert found["external_access_certainty"] == ("conditional" if words else "sure")
    assert (words or "") in found["external_access_reason"]


def test_an_api_is_open_by_a_policy_with_short_resources() -> None:
    arn = "arn:aws:apigateway:eu-west-1::/restapis/a1b2"
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke",
               "Resource": "execute-api:/prod/*"}  # fmt: skip
    found = derived(
        estate([asset("AWSAPIGatewayRestAPI", "a1b2", arn=arn, policy=policy(allowed))])
    )
    (edge,) = found.edges
    assert json.loads(edge[3]["witness"])["resource"].startswith(
        f"arn:aws:execute-api:eu-west-1:{OURS}:a1b2/prod/"
    )


def test_an_acl_out_of_force_does_not_have_to_be_read() -> None:
    denied = {"s3:GetBucketAcl": DENIED}
    enforced = told(bucket(unread=denied, object_ownership="BucketOwnerEnforced"))["bucket"]
    assert enforced["external_access"] == []
    assert enforced["external_access_unknown"] is None


def test_each_outsider_is_related_with_a_witness() -> None:
    queue = f"arn:aws:sqs:eu-west-1:{OURS}:q"
    statement = {"Effect": "Allow", "Principal": {"AWS": THEIRS}, "Action": "sqs:*",
                 "Resource": queue}  # fmt: skip
    found = derived(estate([asset("AWSSQSQueue", queue, arn=queue, policy=policy(statement))]))
    (edge,) = found.edges
    assert edge[:3] == (queue, "AWSAccount", THEIRS)
    assert json.loads(edge[3]["witness"])["action"] == "sqs:ReceiveMessage"


def test_a_policy_that_is_none_is_unknown_and_so_is_a_role_without_one() -> None:
    found = told(
        asset("AWSSQSQueue", "q", policy="not json"),
        asset("AWSRole", f"arn:aws:iam::{OURS}:role/r"),
    )
    assert all(one["external_access"] is None for one in found.values())
    assert all(one["external_access_unknown"] for one in found.values())


def access_point(**properties: Any) -> EstateAsset:
    arn = f"arn:aws:s3:eu-west-1:{OURS}:accesspoint/finance"
    allowed = {
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{THEIRS}:root"},
        "Action": "s3:GetObject", "Resource": f"{arn}/object/*",
    }  # fmt: skip
    settings = {"policy": policy(allowed), "bucket": "ledger", **NO_BLOCK, **properties}
    return asset("AWSS3AccessPoint", arn, **settings)


def test_an_access_point_lets_another_account_in_if_its_bucket_does_too() -> None:
    point = access_point()

    found = told(point)[point.id]

    assert found["external_access"] == [f"account {THEIRS}"]
    assert found["external_access_certainty"] == "conditional"
    assert "the policy of bucket ledger allows it" in found["external_access_reason"]


def test_an_access_point_open_to_anybody_is_closed_by_a_block_of_its_own() -> None:
    arn = access_point().id
    opened = policy({**OPEN, "Resource": f"{arn}/object/*"})

    for blocked in (False, True):
        point = access_point(policy=opened, restrict_public_buckets=blocked)
        assert bool(told(point)[arn]["external_access"]) is not blocked


DELEGATING = {"StringEquals": {"s3:DataAccessPointAccount": OURS}}


@pytest.mark.parametrize(
    ("statements", "certainty"),
    [
        ([{**OPEN, "Action": "*", "Resource": "*", "Condition": DELEGATING}], "sure"),
        ([{**OPEN, "Principal": {"AWS": THEIRS}, "Resource": "arn:aws:s3:::ledger/*"}], "sure"),
        ([{**OPEN, "Resource": "arn:aws:s3:::ledger/other/*"}], "conditional"),
        ([{**OPEN, "Principal": {"AWS": OURS}, "Resource": "arn:aws:s3:::ledger/*"}],
         "conditional"),
    ],
)  # fmt: skip
def test_what_a_bucket_is_seen_to_allow_through_an_access_point_needs_nothing_more(
    statements: list[dict[str, Any]], certainty: str
) -> None:
    point = access_point()
    ledger = asset(
        "AWSS3Bucket", "ledger", arn="arn:aws:s3:::ledger", policy=policy(*statements), **NO_BLOCK
    )
    found = told(point, ledger, account_block())[point.id]
    assert found["external_access"] == [f"account {THEIRS}"]
    assert found["external_access_certainty"] == certainty


def test_an_access_point_of_several_regions_needs_the_policy_of_one_of_its_buckets() -> None:
    arn = f"arn:aws:s3::{OURS}:accesspoint/m1.mrap"
    opened = policy({**OPEN, "Resource": f"{arn}/object/*"})
    point = asset("AWSS3MultiRegionAccessPoint", arn, arn=arn, policy=opened,
                  buckets=["eu", "us"], **NO_BLOCK)  # fmt: skip

    found = told(point, account_block())[arn]

    assert found["external_access"] == ["anonymous"]
    assert "the policy of bucket eu or us allows it" in found["external_access_reason"]


def test_an_access_point_of_a_bucket_without_a_policy_lets_in_no_other_account() -> None:
    point = access_point()
    ledger = asset("AWSS3Bucket", "ledger", arn="arn:aws:s3:::ledger", **NO_BLOCK)
    assert told(point, ledger)[point.id]["external_access"] == []
    denied: Any = {"s3:GetBucketPolicy": DENIED}
    unread = asset("AWSS3Bucket", "ledger", arn="arn:aws:s3:::ledger", unread=denied, **NO_BLOCK)
    assert told(point, unread)[point.id]["external_access"] == [f"account {THEIRS}"]


@pytest.mark.parametrize(
    ("label", "id_", "private", "words"),
    [
        ("AWSESDomain", "arn:aws:es:eu-west-1:{a}:domain/d", {"vpc_id": "vpc-1"},
         "from the network vpc-1"),
        ("AWSAPIGatewayRestAPI", "arn:aws:apigateway:eu-west-1::/restapis/a1",
         {"endpointconfigurationtypes": ["PRIVATE"]}, "through an endpoint of a network"),
    ],
)  # fmt: skip
def test_what_is_in_a_network_is_open_to_those_who_reach_it(
    label: str, id_: str, private: dict[str, Any], words: str
) -> None:
    arn = id_.format(a=OURS)
    action = "es:*" if label == "AWSESDomain" else "execute-api:Invoke"
    allowed = policy({"Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"})
    public = told(asset(label, arn, arn=arn, policy=allowed))[arn]
    assert public["external_access_certainty"] == "sure"
    inside = told(asset(label, arn, arn=arn, policy=allowed, **private))[arn]
    assert inside["external_access_certainty"] == "conditional"
    assert words in inside["external_access_reason"]


def test_an_access_point_whose_policy_was_denied_is_unknown() -> None:
    point = access_point(policy=None, unread={"s3control:GetAccessPointPolicy": DENIED})

    assert told(point)[point.id]["external_access_unknown"]


@pytest.mark.parametrize(
    ("label", "id_", "action", "resource"),
    [
        ("AWSEventBridgeEventBus", "arn:aws:events:eu-west-1:{a}:event-bus/default",
         "events:PutEvents", "arn:aws:events:eu-west-1:{a}:event-bus/default"),
        ("AWSEventBridgeEventBus", "arn:aws:events:eu-west-1:{a}:event-bus/default",
         "events:PutRule", "arn:aws:events:eu-west-1:{a}:rule/*"),
        ("AWSBackupVault", "arn:aws:backup:eu-west-1:{a}:backup-vault:nightly",
         "backup:CopyIntoBackupVault", "*"),
        ("AWSBackupVault", "arn:aws:backup:eu-west-1:{a}:backup-vault:nightly",
         "backup:StartRestoreJob", "arn:aws:ec2:*::snapshot/*"),
        ("AWSLambdaLayerVersion", "arn:aws:lambda:eu-west-1:{a}:layer:tools:2",
         "lambda:GetLayerVersion", "arn:aws:lambda:eu-west-1:{a}:layer:tools:2"),
        ("AWSGlueResourcePolicy", "{a}:eu-west-1:glue-resource-policy",
         "glue:GetTable", "arn:aws:glue:eu-west-1:{a}:table/sales/*"),
    ],
)  # fmt: skip
def test_a_policy_lets_another_account_in_to_what_it_is_about(
    label: str, id_: str, action: str, resource: str
) -> None:
    theirs = {"AWS": f"arn:aws:iam::{THEIRS}:root"}
    allowed = {"Effect": "Allow", "Principal": theirs, "Action": action,
               "Resource": resource.format(a=OURS)}  # fmt: skip
    opened = asset(label, id_.format(a=OURS), policy=policy(allowed))

    assert told(opened)[opened.id]["external_access"] == [f"account {THEIRS}"]
