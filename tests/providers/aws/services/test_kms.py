from datetime import UTC, datetime
from typing import Any

from tests.support.reading import ACCOUNT, Read, denied, read_resource

from cloudwarden.providers.aws.services.kms import RESOURCES
from cloudwarden.schema.records import Verdict

RESOURCE = {resource.label: resource for resource in RESOURCES}
BORN = datetime(2024, 1, 2, tzinfo=UTC)
ARN = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key"
PUBLIC = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt"}]}'


def keys(key_id: str = "k-1", *, of_key: Any = None, **changed: Any) -> Read:
    described = {
        "KeyId": key_id,
        "Arn": f"{ARN}/{key_id}",
        "CreationDate": BORN,
        "Enabled": True,
        "KeyManager": "CUSTOMER",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "Origin": "AWS_KMS",
        "MultiRegion": False,
        **(of_key or {}),
    }
    answers = {
        "kms:ListKeys": {"Keys": [{"KeyId": key_id, "KeyArn": f"{ARN}/{key_id}"}]},
        "kms:DescribeKey": {"KeyMetadata": described},
        "kms:GetKeyRotationStatus": {"KeyRotationEnabled": True, "RotationPeriodInDays": 365},
        "kms:GetKeyPolicy": {"Policy": PUBLIC, "PolicyName": "default"},
        "kms:ListResourceTags": {"Tags": [{"TagKey": "team", "TagValue": "a"}]},
        "kms:ListGrants": {"Grants": [{"GrantId": "g-1", "Operations": ["Decrypt"]}]},
    }
    renamed = {f"kms:{operation}": answer for operation, answer in changed.items()}
    return read_resource(RESOURCE["AWSKMSKey"], {**answers, **renamed})


def test_a_key_has_its_policy_rotation_and_tags() -> None:
    key = keys().only("AWSKMSKey")

    assert (key.id, key.tags) == ("k-1", {"team": "a"})
    assert key.properties["arn"] == f"{ARN}/k-1"
    assert key.properties["key_rotation_enabled"] is True
    assert key.properties["policy"] == PUBLIC
    assert key.properties["anonymous_access"] is True
    assert key.properties["anonymous_actions"] == ["kms:Decrypt"]


def test_a_grant_is_an_asset_applied_on_its_key() -> None:
    grant = keys().only("AWSKMSGrant")

    assert grant.properties["operations"] == ["Decrypt"]
    assert [(r.type, r.target) for r in grant.relations] == [("APPLIED_ON", "k-1")]


def test_rotation_is_asked_only_of_keys_that_rotate() -> None:
    for trait in (
        {"KeyManager": "AWS"},
        {"KeySpec": "RSA_2048"},
        {"Origin": "EXTERNAL"},
        {"Enabled": False},
    ):
        read = keys(of_key=trait)
        assert "kms:GetKeyRotationStatus" not in read.reading.operations
        assert "key_rotation_enabled" not in read.only("AWSKMSKey").properties


def test_a_multi_region_key_goes_by_its_arn_as_its_replicas_share_the_id() -> None:
    key = keys("mrk-1", of_key={"MultiRegion": True}).only("AWSKMSKey")

    assert key.id == f"{ARN}/mrk-1"


def test_a_denied_policy_is_unread_and_grants_nothing_by_that() -> None:
    read = keys(GetKeyPolicy=denied())
    key = read.only("AWSKMSKey")

    assert read.reading.verdict is Verdict.PARTIAL
    assert read.reading.shows_absence
    assert set(key.unread) == {"kms:GetKeyPolicy"}
    assert "anonymous_access" not in key.properties


def test_where_the_description_is_denied_rotation_is_unknown_too() -> None:
    read = keys(DescribeKey=denied())

    assert {"kms:DescribeKey", "kms:GetKeyRotationStatus"} <= set(read.reading.failures)


def test_denied_grants_show_no_absence() -> None:
    assert not keys(ListGrants=denied()).reading.shows_absence


def test_an_alias_points_to_its_key() -> None:
    def alias_of(key_id: str) -> list[str]:
        alias = {
            "AliasName": "alias/x",
            "AliasArn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/x",
            "TargetKeyId": key_id,
        }
        answers = {"kms:ListAliases": {"Aliases": [alias]}}
        asset = read_resource(RESOURCE["AWSKMSAlias"], answers).only()
        return [r.target for r in asset.relations if r.type == "KNOWN_AS"]

    assert alias_of("k-1") == ["k-1"]
    assert alias_of("mrk-1") == [f"{ARN}/mrk-1"]
