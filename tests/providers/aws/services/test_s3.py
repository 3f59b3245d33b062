"""Buckets: what is known, what there is not, and what could not be read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.reading import Read, denied, failed, read_resource

from cloudwarden.providers.aws.s3 import details
from cloudwarden.providers.aws.services.s3 import BUCKET
from cloudwarden.schema.records import Asset, Verdict

EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
OPEN = json.dumps(
    {
        "Version": "2012-10-17",
        "Id": "web",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::site/*",
            },
            {"Effect": "Deny", "Principal": "*", "Action": ["s3:Put*"], "Resource": "*"},
        ],
    }
)

#: A bucket without anything that can be set on one.
BARE: Mapping[str, Any] = {
    details.LIST: {
        "Buckets": [
            {
                "Name": "site",
                "CreationDate": datetime(2026, 1, 2, tzinfo=UTC),
                "BucketRegion": "eu-west-1",
            }
        ]
    },
    details.POLICY: failed("NoSuchBucketPolicy"),
    details.POLICY_STATUS: failed("NoSuchBucketPolicy"),
    details.ACL: {"Owner": {"ID": "me", "DisplayName": "Me"}, "Grants": []},
    details.TAGS: failed("NoSuchTagSet"),
    details.ENCRYPTION: failed("ServerSideEncryptionConfigurationNotFoundError"),
    details.WEBSITE: failed("NoSuchWebsiteConfiguration"),
    details.METRICS: {},
    details.BLOCK: failed("NoSuchPublicAccessBlockConfiguration"),
    details.VERSIONING: {},
    details.LOGGING: {},
    details.OWNERSHIP: failed("OwnershipControlsNotFoundError"),
    details.LIFECYCLE: failed("NoSuchLifecycleConfiguration"),
    details.NOTIFICATION: {},
}


def read(**answers: Any) -> Read:
    given = {getattr(details, name): answer for name, answer in answers.items()}
    return read_resource(BUCKET, {**BARE, **given}, region="global")


def bucket(**answers: Any) -> Asset:
    return read(**answers).only("AWSS3Bucket")


def edges(asset: Asset) -> set[tuple[str, str, str]]:
    return {(one.type, one.target_label, one.target) for one in asset.relations}


def test_what_a_bare_bucket_lacks_is_stored_as_a_fact() -> None:
    found = read()
    asset = found.only("AWSS3Bucket")
    assert found.reading.verdict is Verdict.COMPLETE
    assert asset.unread == {}
    assert asset.properties["default_encryption"] is False
    assert asset.properties["block_public_acls"] is False
    assert asset.properties["versioning_status"] == "Disabled"
    assert asset.properties["anonymous_access"] is False
    assert asset.properties["website_enabled"] is False
    assert asset.properties["creationdate"] == "2026-01-02T00:00:00Z"


def test_a_bucket_lives_and_is_asked_about_in_its_own_region() -> None:
    found = read()
    assert found.only("AWSS3Bucket").region == "eu-west-1"
    assert {r.region for r in found.requests if r.operation != details.LIST} == {"eu-west-1"}


@pytest.mark.parametrize(
    ("location", "region"),
    [(None, "us-east-1"), ("EU", "eu-west-1"), ("ap-south-1", "ap-south-1")],
)
def test_a_list_without_regions_is_completed_by_locations(location: Any, region: str) -> None:
    found = read(LIST={"Buckets": [{"Name": "site"}]}, LOCATION={"LocationConstraint": location})
    assert found.only("AWSS3Bucket").region == region


def test_a_bucket_that_cannot_be_located_is_kept_and_nothing_of_it_known() -> None:
    found = read(LIST={"Buckets": [{"Name": "site"}]}, LOCATION=denied())
    asset = found.only("AWSS3Bucket")
    assert set(BARE) - {details.LIST} <= set(asset.unread)
    assert "versioning_status" not in asset.properties
    assert not found.reading.shows_absence


def test_settings_become_properties_and_relations() -> None:
    asset = bucket(
        TAGS={"TagSet": [{"Key": "team", "Value": "web"}]},
        ENCRYPTION={
            "ServerSideEncryptionConfiguration": {
                "Rules": [
                    {
                        "ApplyServerSideEncryptionByDefault": {
                            "SSEAlgorithm": "aws:kms",
                            "KMSMasterKeyID": "arn:aws:kms:eu-west-1:1:key/k",
                        },
                        "BucketKeyEnabled": True,
                    }
                ]
            }
        },
        WEBSITE={"IndexDocument": {"Suffix": "index.html"}},
        METRICS={"MetricsConfigurationList": [{"Id": "all"}]},
        VERSIONING={"Status": "Enabled", "MFADelete": "Enabled"},
        LOGGING={"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "s/"}},
        OWNERSHIP={"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
        LIFECYCLE={"Rules": [{"ID": "a", "Status": "Enabled"}, {"ID": "b", "Status": "Disabled"}]},
        NOTIFICATION={
            "TopicConfigurations": [{"TopicArn": "arn:aws:sns:eu-west-1:1:t", "Events": []}]
        },
        REPLICATION={
            "ReplicationConfiguration": {
                "Role": "r",
                "Rules": [{"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::copy"}}],
            }
        },
        OBJECT_LOCK={"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}},
    )
    properties = asset.properties
    assert asset.tags == {"team": "web"}
    assert properties["default_encryption"] is True
    assert properties["encryption_algorithm"] == "aws:kms"
    assert properties["bucket_key_enabled"] is True
    assert properties["website_index_document"] == "index.html"
    assert properties["metrics_configuration_ids"] == ["all"]
    assert properties["mfa_delete"] == "Enabled"
    assert properties["logging_target_bucket"] == "logs"
    assert properties["object_ownership"] == "BucketOwnerEnforced"
    assert properties["lifecycle_rule_count"] == 1
    assert properties["replication_enabled"] is True
    assert properties["object_lock_enabled"] is True
    assert edges(asset) == {
        ("ENCRYPTED_BY", "AWSKMSKey", "arn:aws:kms:eu-west-1:1:key/k"),
        ("NOTIFIES", "AWSSNSTopic", "arn:aws:sns:eu-west-1:1:t"),
        ("LOGS_TO", "AWSS3Bucket", "logs"),
        ("REPLICATES_TO", "AWSS3Bucket", "copy"),
    }


def test_an_open_policy_gives_anonymous_access_and_statements_of_their_own() -> None:
    found = read(POLICY={"Policy": OPEN}, POLICY_STATUS={"PolicyStatus": {"IsPublic": True}})
    asset = found.only("AWSS3Bucket")
    assert asset.properties["anonymous_access"] is True
    assert asset.properties["anonymous_actions"] == ["s3:GetObject"]
    assert asset.properties["policy_is_public"] is True
    statement = found.assets["site/policy_statement/1/Read"]
    assert statement.properties["action"] == ["s3:GetObject"]
    assert statement.properties["principal"] == '"*"'
    assert statement.relations[0].type == "POLICY_STATEMENT"
    assert statement.relations[0].incoming
    assert found.assets["site/policy_statement/2"].properties["effect"] == "Deny"


def test_a_bucket_tells_whether_it_answers_without_tls() -> None:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::site", "arn:aws:s3:::site/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    strict = bucket(
        POLICY={"Policy": json.dumps({"Statement": [statement]})},
        POLICY_STATUS={"PolicyStatus": {}},
    )
    assert strict.properties["tls_only"] is True
    assert bucket().properties["tls_only"] is False
    assert "tls_only" not in bucket(POLICY=denied()).properties


def test_a_policy_that_is_no_json_leaves_access_unknown() -> None:
    found = read(POLICY={"Policy": "{not json"}, POLICY_STATUS={"PolicyStatus": {}})
    asset = found.only("AWSS3Bucket")
    assert not {"anonymous_access", "anonymous_actions", "tls_only"} & set(asset.properties)
    assert asset.unread[details.POLICY].code == "UnreadablePolicy"
    assert asset.properties["policy_is_public"] is False
    # Its statements are assets: that there are none is not known.
    assert not found.reading.shows_absence


def test_a_block_silences_an_open_policy() -> None:
    asset = bucket(
        POLICY={"Policy": OPEN},
        POLICY_STATUS={"PolicyStatus": {"IsPublic": False}},
        BLOCK={"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": True}},
    )
    assert asset.properties["anonymous_access"] is False
    assert asset.properties["restrict_public_buckets"] is True


ACL = {
    "Owner": {"ID": "me", "DisplayName": "Me"},
    "Grants": [
        {"Grantee": {"Type": "CanonicalUser", "ID": "me"}, "Permission": "FULL_CONTROL"},
        {"Grantee": {"Type": "Group", "URI": EVERYBODY}, "Permission": "READ_ACP"},
    ],
}


def test_a_grant_to_everybody_is_anonymous_access() -> None:
    found = read(ACL=ACL)
    assert found.only("AWSS3Bucket").properties["anonymous_actions"] == ["s3:GetBucketAcl"]
    grant = found.assets[f"site/acl/READ_ACP/{EVERYBODY}"]
    assert grant.properties["owner"] == "Me"
    assert grant.properties["uri"] == EVERYBODY
    assert edges(grant) == {("APPLIES_TO", "AWSS3Bucket", "site")}


@pytest.mark.parametrize(
    "answers",
    [
        {"BLOCK": {"PublicAccessBlockConfiguration": {"IgnorePublicAcls": True}}},
        {
            "OWNERSHIP": {
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
            }
        },
    ],
)
def test_a_grant_that_is_ignored_gives_nobody_access(answers: dict[str, Any]) -> None:
    assert bucket(ACL=ACL, **answers).properties["anonymous_access"] is False


def test_a_denied_detail_is_unread_and_not_a_fact() -> None:
    found = read(ENCRYPTION=denied())
    asset = found.only("AWSS3Bucket")
    assert asset.unread[details.ENCRYPTION].code == "AccessDenied"
    assert "default_encryption" not in asset.properties
    assert asset.properties["versioning_status"] == "Disabled"
    assert found.reading.verdict is Verdict.PARTIAL
    assert found.reading.shows_absence


@pytest.mark.parametrize("operation", ["POLICY", "ACL", "BLOCK", "OWNERSHIP"])
def test_anonymous_access_is_unknown_where_anything_it_rests_on_was_denied(operation: str) -> None:
    asset = bucket(**{operation: denied()})
    assert "anonymous_access" not in asset.properties
    declared = BUCKET.produces[0].properties["anonymous_access"][1]
    assert getattr(details, operation) in declared
    assert getattr(details, operation) in asset.unread


@pytest.mark.parametrize("operation", ["POLICY", "ACL"])
def test_statements_and_grants_are_not_called_gone_where_they_were_denied(operation: str) -> None:
    assert not read(**{operation: denied()}).reading.shows_absence


def test_only_versioned_buckets_are_asked_about_replication_and_lock() -> None:
    asked = {request.operation for request in read().requests}
    assert not asked & {details.REPLICATION, details.OBJECT_LOCK, details.POLICY_STATUS}


def test_what_depends_on_a_denied_answer_is_unread_as_well() -> None:
    asset = bucket(VERSIONING=denied())
    assert {details.VERSIONING, details.REPLICATION, details.OBJECT_LOCK} <= set(asset.unread)
    assert "replication_enabled" not in asset.properties


def test_a_bucket_deleted_meanwhile_is_left_out() -> None:
    answers = {o: failed("NoSuchBucket") for o in BARE if o != details.LIST}
    assert read_resource(BUCKET, {**BARE, **answers}, region="global").reading.assets == ()


def test_a_denied_list_finds_nothing_and_says_so() -> None:
    reading = read(LIST=denied()).reading
    assert reading.verdict is Verdict.DENIED
    assert not reading.shows_absence
