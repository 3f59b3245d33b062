from __future__ import annotations

import pytest

from cloudwarden.providers.aws.declarations import Naming
from cloudwarden.providers.aws.naming import property_name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("DBInstanceIdentifier", "db_instance_identifier"),
        ("Endpoint.Address", "endpoint_address"),
        ("SubnetIDs", "subnet_ids"),
        ("VpcId", "vpc_id"),
        ("KMSKeyArn", "kms_key_arn"),
        ("S3BucketName", "s3_bucket_name"),
        ("PublicIPv4Pool", "public_ipv4_pool"),
        ("IsIPV6Enabled", "is_ipv6_enabled"),
        ("MultiAZ", "multi_az"),
        ("securityGroups", "security_groups"),
    ],
)
def test_snake_names_keep_words_and_acronyms_whole(path: str, name: str) -> None:
    assert property_name(path.split("."), Naming.SNAKE) == name


@pytest.mark.parametrize(
    ("path", "name"), [("LaunchTime", "launchtime"), ("State.Name", "statename")]
)
def test_squashed_names_are_lower_case_without_separators(path: str, name: str) -> None:
    assert property_name(path.split("."), Naming.SQUASHED) == name
