"""Where buckets are, from endpoints whose list does not say it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.support.reading import Read, failed, read_resource

from cloudwarden.providers.aws.s3 import details
from cloudwarden.providers.aws.services.s3 import BUCKET

from .test_s3 import BARE

#: Twenty buckets in three regions.
HOME: Mapping[str, str] = {
    f"bucket-{n:02}": ("us-east-1", "eu-west-1", "eu-north-1")[n % 3] for n in range(20)
}


def read_buckets(homes: Mapping[str, str], *, filters: Any) -> Read:
    def listing(parameters: Mapping[str, Any]) -> Any:
        wanted = parameters.get("BucketRegion")
        if wanted is None:
            names = list(homes)
        elif callable(filters):
            names = filters(wanted)
        else:
            return filters
        return {"Buckets": [{"Name": name} for name in names]}

    def location(parameters: Mapping[str, Any]) -> Any:
        region = homes[parameters["Bucket"]]
        return {"LocationConstraint": None if region == "us-east-1" else region}

    answers = {**BARE, details.LIST: listing, details.LOCATION: location}
    return read_resource(BUCKET, answers, region="us-east-1")


def found(read: Read) -> dict[str, str]:
    return {a.id: a.region for a in read.reading.assets if a.label == "AWSS3Bucket"}


def asked(read: Read) -> Counter[str]:
    return Counter(request.operation for request in read.requests)


def test_a_filtered_list_places_all_buckets_of_a_region_at_once() -> None:
    read = read_buckets(HOME, filters=lambda region: [n for n, r in HOME.items() if r == region])
    assert found(read) == HOME
    assert asked(read)[details.LOCATION] == 3
    assert asked(read)[details.LIST] == 4


def test_a_filter_that_leaves_nothing_out_is_not_believed() -> None:
    read = read_buckets(HOME, filters=lambda _: list(HOME))
    assert found(read) == HOME
    assert asked(read)[details.LOCATION] == len(HOME)


def test_a_filter_that_leaves_out_everything_elsewhere_is_believed() -> None:
    homes = dict.fromkeys(HOME, "eu-west-1")
    read = read_buckets(homes, filters=lambda region: [n for n, r in homes.items() if r == region])
    assert found(read) == homes
    assert asked(read)[details.LOCATION] == 1
    assert asked(read)[details.LIST] == 3


def test_a_refused_filter_is_done_without() -> None:
    read = read_buckets(HOME, filters=failed("InvalidArgument"))
    assert found(read) == HOME
    assert read.reading.failures == {}


def test_a_list_that_was_cut_short_is_not_taken_for_a_filtered_one() -> None:
    def page(parameters: Mapping[str, Any]) -> Any:
        if "BucketRegion" not in parameters:
            return {"Buckets": [{"Name": name} for name in HOME]}
        cut = [{"Name": name} for name in HOME][:15]
        return {"Buckets": cut, "ContinuationToken": "more"}

    def location(parameters: Mapping[str, Any]) -> Any:
        return {"LocationConstraint": HOME[parameters["Bucket"]]}

    answers = {**BARE, details.LIST: page, details.LOCATION: location}
    read = read_resource(BUCKET, answers, region="us-east-1")
    assert found(read) == HOME


def test_a_few_buckets_are_asked_about_one_by_one() -> None:
    homes = dict(list(HOME.items())[:3])
    read = read_buckets(homes, filters=failed("InvalidArgument"))
    assert found(read) == homes
    assert asked(read)[details.LIST] == 1
