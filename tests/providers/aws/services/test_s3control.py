import json

from tests.support.reading import ACCOUNT, Read, denied, failed, read_resource

from cloudwarden.providers.aws.services.s3control import RESOURCES
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
