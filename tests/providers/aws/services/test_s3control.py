import json

from tests.support.reading import ACCOUNT, Read, denied, failed, read_resource

from cloudwarden.providers.aws.services.s3control import MULTI_REGION, RESOURCES
from cloudwarden.schema.records import Verdict

ARN = f"arn:aws:s3:eu-west-1:{ACCOUNT}:accesspoint/finance"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
LISTED = {"Name": "finance", "NetworkOrigin": "VPC", "Bucket": "ledger", "AccessPointArn": ARN}


def points(**changed: object) -> Read:
    answers = {
        "ListAccessPoints": {"AccessPointList": [LISTED]},
        "GetAccessPoint": {
            **LISTED,
            "VpcConfiguration": {"VpcId": "vpc-1"},
            "PublicAccessBlockConfiguration": {"RestrictPublicBuckets": True},
        },
        "GetAccessPointPolicy": {"Policy": POLICY},
        "ListTagsForResource": {"Tags": [{"Key": "data", "Value": "public"}]},
    }
    renamed = {f"s3control:{name}": answer for name, answer in (answers | changed).items()}
    return read_resource(RESOURCES[0], renamed)


def test_an_access_point_has_a_policy_a_bucket_and_a_network() -> None:
    read = points()
    point = read.only()

    assert all(request.parameters["AccountId"] == ACCOUNT for request in read.requests)
    assert (point.id, point.name) == (ARN, "finance")
    assert point.properties["policy"] == POLICY
    assert point.tags == {"data": "public"}
    assert point.properties["restrict_public_buckets"] is True
    assert {(edge.type, edge.target) for edge in point.relations} == {
        ("ACCESS_POINT_OF", "ledger"),
        ("MEMBER_OF_AWS_VPC", "vpc-1"),
    }


def test_an_access_point_without_a_policy_is_read_whole() -> None:
    read = points(GetAccessPointPolicy=failed("NoSuchAccessPointPolicy"))

    assert read.reading.verdict is Verdict.COMPLETE
    assert "policy" not in read.only().properties


def test_a_denied_policy_of_an_access_point_is_unread() -> None:
    read = points(GetAccessPointPolicy=denied())

    assert read.reading.verdict is Verdict.PARTIAL
    assert set(read.only().unread) == {"s3control:GetAccessPointPolicy"}


def test_denied_tags_of_an_access_point_are_unread() -> None:
    point = points(ListTagsForResource=denied()).only()

    assert set(point.unread) == {"s3control:ListTagsForResource"}


MULTI = f"arn:aws:s3::{ACCOUNT}:accesspoint/m1.mrap"


def multi_region(policy: object, partition: str = "aws") -> Read:
    point = {
        "Name": "everywhere",
        "Alias": "m1.mrap",
        "PublicAccessBlock": {"RestrictPublicBuckets": True, "IgnorePublicAcls": False},
        "Regions": [{"Bucket": "ledger-eu"}, {"Bucket": "ledger-us"}],
    }
    answers = {
        "s3control:ListMultiRegionAccessPoints": {"AccessPoints": [point]},
        "s3control:GetMultiRegionAccessPointPolicy": policy,
    }
    return read_resource(MULTI_REGION, answers, region="global", partition=partition)


def test_an_access_point_of_several_regions_is_asked_for_where_all_are_known() -> None:
    read = multi_region({"Policy": {"Established": {"Policy": POLICY}}})
    point = read.only()

    assert {request.region for request in read.requests} == {"us-west-2"}
    assert (point.id, point.name, point.properties["policy"]) == (MULTI, "everywhere", POLICY)
    assert point.properties["restrict_public_buckets"] is True
    assert [edge.target for edge in point.relations] == ["ledger-eu", "ledger-us"]


def test_one_without_a_policy_is_read_whole_and_a_denied_policy_is_unread() -> None:
    none = multi_region(failed("NoSuchMultiRegionAccessPointPolicy"))
    assert none.reading.verdict is Verdict.COMPLETE
    assert set(multi_region(denied()).only().unread) == {
        "s3control:GetMultiRegionAccessPointPolicy"
    }


def test_other_partitions_have_none_and_are_not_asked() -> None:
    read = multi_region(denied(), partition="aws-cn")
    assert (read.reading.verdict, read.requests) == (Verdict.COMPLETE, [])
