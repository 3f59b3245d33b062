from __future__ import annotations

from typing import Any

import pytest

from cloudwarden.providers.aws.shapes import Models
from cloudwarden.providers.aws.tags import holds_tags, read_tags


@pytest.mark.parametrize(
    "value",
    [
        [{"Key": "owner", "Value": "ops"}, {"Key": "empty", "Value": ""}],
        [{"key": "owner", "value": "ops"}, {"key": "empty"}],
        [{"TagKey": "owner", "TagValue": "ops"}, {"TagKey": "empty", "TagValue": None}],
        [{"owner": "ops"}, {"empty": ""}],
        {"owner": "ops", "empty": None},
    ],
)
def test_every_spelling_gives_the_same_tags(value: Any) -> None:
    assert read_tags(value) == {"owner": "ops", "empty": ""}


@pytest.mark.parametrize("value", [None, [], {}, "text", 5])
def test_what_is_no_tags_gives_none(value: Any) -> None:
    assert read_tags(value) == {}


@pytest.mark.parametrize(
    ("operation", "item", "member"),
    [
        ("ec2:DescribeVolumes", "Volumes", "Tags"),
        ("ec2:DescribeNetworkInterfaces", "NetworkInterfaces", "TagSet"),
        ("rds:DescribeDBInstances", "DBInstances", "TagList"),
        ("ecs:DescribeClusters", "clusters", "tags"),
        ("apigateway:GetRestApis", "items", "tags"),
    ],
)
def test_tags_are_found_by_their_name_and_shape(operation: str, item: str, member: str) -> None:
    shape = Models().output(operation).members[item].element
    assert [n for n, one in shape.members.items() if holds_tags(n, one)] == [member]
