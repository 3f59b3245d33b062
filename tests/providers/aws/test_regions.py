"""Regions and where services live."""

from __future__ import annotations

import pytest

from cloudwarden.core.errors import UsageError
from cloudwarden.providers.aws.models import ModelLoader
from cloudwarden.providers.aws.regions import Regions, without


@pytest.fixture(scope="module")
def regions():
    operations = {"ec2": ["DescribeVpcs"], "iam": ["ListRoles"], "elasticbeanstalk": []}
    return Regions(ModelLoader(operations))


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eu-west-99", "aws"),
        ("nowhere", ""),
    ],
)
def test_a_region_belongs_to_a_partition(regions, region, partition):
    assert regions.partition_of(region) == partition


def test_each_partition_has_a_region_for_what_has_none(regions):
    assert regions.home("aws") == "us-east-1"
    assert regions.home("aws-us-gov") == "us-gov-west-1"
    assert regions.home("aws-cn").startswith("cn-")


@pytest.mark.parametrize(
    ("service", "is_global"), [("iam", True), ("route53", True), ("ec2", False), ("s3", False)]
)
def test_global_services_are_told_from_regional_ones(regions, service, is_global):
    assert regions.is_global(service) is is_global


def test_a_service_is_not_asked_where_it_does_not_exist(regions):
    missing = set(regions.names("aws")) - {
        region for region in regions.names("aws") if regions.has("elasticbeanstalk", region)
    }
    assert missing
    assert regions.has("elasticbeanstalk", "us-east-1")


def test_a_region_newer_than_our_data_is_asked_for_everything(regions):
    assert regions.has("ec2", "eu-west-99")
    assert not regions.lists("ec2", "eu-west-99")


def test_a_service_newer_than_our_data_is_asked_for_everywhere(regions):
    assert regions.has("quantum-toaster", "us-east-1")


def test_an_unknown_region_is_refused_with_close_names(regions):
    regions.check(["eu-west-1"])
    with pytest.raises(UsageError, match="'eu-wst-1'; did you mean eu-west-1"):
        regions.check(["eu-wst-1"])


def test_regions_not_opted_in_and_of_other_partitions_are_left_out(regions):
    answer = {
        "Regions": [
            {"RegionName": "us-east-1", "OptInStatus": "opt-in-not-required"},
            {"RegionName": "af-south-1", "OptInStatus": "opted-in"},
            {"RegionName": "me-south-1", "OptInStatus": "not-opted-in"},
            {"RegionName": "cn-north-1", "OptInStatus": "opt-in-not-required"},
        ]
    }
    assert regions.enabled(answer, "aws") == ("af-south-1", "us-east-1")


def test_a_pattern_excludes_regions():
    assert without(("us-east-1", "us-west-2", "eu-west-1"), "^us-west") == (
        "us-east-1",
        "eu-west-1",
    )
    assert without(("us-east-1",), "") == ("us-east-1",)


@pytest.mark.parametrize(
    ("address", "is_amazon"),
    [
        ("https://ec2.us-east-1.amazonaws.com", True),
        ("https://ec2.us-east-1.api.aws", True),
        ("https://ec2.cn-north-1.amazonaws.com.cn", True),
        ("http://127.0.0.1:5555", False),
        ("https://amazonaws.com.example.org", False),
    ],
)
def test_amazons_endpoints_are_told_from_others(regions, address, is_amazon):
    assert regions.is_amazon(address) is is_amazon
