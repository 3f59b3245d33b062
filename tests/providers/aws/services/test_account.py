from contextlib import closing

from tests.support.reading import ACCOUNT, Read, denied, failed, read_resource

from cloudwarden.core.clock import SystemClock
from cloudwarden.providers.aws.loader import load_catalogue
from cloudwarden.providers.aws.provider import AwsProvider
from cloudwarden.providers.aws.services.account import RESOURCES
from cloudwarden.providers.base import AccountState
from cloudwarden.schema.records import Verdict

RESOURCE = {resource.label: resource for resource in RESOURCES}

SUMMARY = {"SummaryMap": {"Users": 3, "UsersQuota": 5000, "AccountMFAEnabled": 0}}
POLICY = {"PasswordPolicy": {"MinimumPasswordLength": 8, "RequireSymbols": True}}


def account(**changed: object) -> Read:
    answers = {
        "iam:GetAccountSummary": SUMMARY,
        "iam:GetAccountPasswordPolicy": POLICY,
        "iam:ListAccountAliases": {"AccountAliases": ["acme"]},
    }
    renamed = {f"iam:{operation}": answer for operation, answer in changed.items()}
    return read_resource(RESOURCE["AWSAccount"], {**answers, **renamed}, region="global")


def test_an_account_says_who_it_is_and_how_it_is_protected() -> None:
    asset = account().only("AWSAccount")

    assert (asset.id, asset.name) == (ACCOUNT, "acme")
    assert asset.properties == {
        "alias": "acme",
        "users": 3,
        "account_mfa_enabled": 0,
        "password_policy_exists": True,
        "minimum_password_length": 8,
        "require_symbols": True,
    }


def test_having_no_password_policy_is_a_fact() -> None:
    read = account(GetAccountPasswordPolicy=failed("NoSuchEntity"))

    assert read.reading.verdict is Verdict.COMPLETE
    assert read.only().properties["password_policy_exists"] is False


def test_a_denied_password_policy_is_unread_and_not_absent() -> None:
    read = account(GetAccountPasswordPolicy=denied())

    assert read.reading.verdict is Verdict.PARTIAL
    assert set(read.only().unread) == {"iam:GetAccountPasswordPolicy"}
    assert "password_policy_exists" not in read.only().properties


def test_an_account_that_never_blocked_public_access_blocks_nothing() -> None:
    resource = RESOURCE["AWSS3AccountPublicAccessBlock"]
    none = failed("NoSuchPublicAccessBlockConfiguration")

    read = read_resource(resource, {"s3control:GetPublicAccessBlock": none}, region="global")

    assert read.requests[0].parameters == {"AccountId": ACCOUNT}
    assert read.only().properties["block_public_acls"] is False


def test_a_denied_public_access_block_is_not_taken_for_none() -> None:
    resource = RESOURCE["AWSS3AccountPublicAccessBlock"]

    read = read_resource(resource, {"s3control:GetPublicAccessBlock": denied()}, region="global")

    assert read.reading.verdict is Verdict.DENIED
    assert not read.reading.assets


def test_regions_say_whether_the_account_enabled_them() -> None:
    regions = [{"RegionName": "af-south-1", "OptInStatus": "not-opted-in", "Geography": []}]

    read = read_resource(
        RESOURCE["AWSRegion"], {"ec2:DescribeRegions": {"Regions": regions}}, region="global"
    )

    assert read.requests[0].parameters == {"AllRegions": True}
    assert read.only().id == f"{ACCOUNT}:af-south-1"
    assert read.only().properties["opt_in_status"] == "not-opted-in"


def test_ec2_settings_are_one_asset_a_region() -> None:
    read = read_resource(
        RESOURCE["AWSEC2AccountSettings"],
        {
            "ec2:GetEbsEncryptionByDefault": {"EbsEncryptionByDefault": False},
            "ec2:GetEbsDefaultKmsKeyId": {"KmsKeyId": "alias/aws/ebs"},
            "ec2:GetSnapshotBlockPublicAccessState": {"State": "unblocked", "ManagedBy": "account"},
            "ec2:GetImageBlockPublicAccessState": denied("UnauthorizedOperation"),
        },
        region="eu-west-1",
    )

    asset = read.only()
    assert asset.id == f"{ACCOUNT}:eu-west-1"
    assert asset.properties == {
        "ebs_encryption_by_default": False,
        "ebs_default_kms_key_id": "alias/aws/ebs",
        "snapshot_block_public_access_state": "unblocked",
        "snapshot_block_public_access_managed_by": "account",
    }
    assert set(asset.unread) == {"ec2:GetImageBlockPublicAccessState"}


def test_the_account_s_public_access_block_is_read_with_its_buckets() -> None:
    state = AccountState(ACCOUNT, "acme", ("us-east-1",))
    with closing(AwsProvider(load_catalogue(), SystemClock())) as provider:
        types = {scope.type for scope in provider.scopes(state, ["s3"])}
    assert types == {"AWSS3Bucket", "AWSS3AccountPublicAccessBlock"}
