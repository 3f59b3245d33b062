import gzip
import json

import orjson
import pytest

from cloudwarden.analysis.iam.action_patterns import action_pattern
from cloudwarden.analysis.iam.actions import AccessLevel, Catalogue, catalogue, is_multi_valued
from cloudwarden.analysis.iam.bake import bake


def test_an_action_has_its_level_and_the_resources_it_is_on():
    read = catalogue().action("S3:getobject")
    listing = catalogue().action("ec2:DescribeInstances")

    assert read is not None
    assert (read.name, read.level) == ("s3:GetObject", AccessLevel.READ)
    assert "object" in read.resource_types
    assert listing is not None
    assert listing.wildcard_only
    assert catalogue().action("iam:PutRolePolicy").level is AccessLevel.PERMISSIONS
    assert catalogue().action("s3:Teleport") is None


def test_a_pattern_finds_the_actions_it_matches_in_order():
    found = list(catalogue().matching(action_pattern("sqs:*Message")))

    assert found == ["sqs:deletemessage", "sqs:receivemessage", "sqs:sendmessage"]
    assert list(catalogue().matching(action_pattern("sqs:Send Message"))) == []
    assert len(list(catalogue().matching(action_pattern("*")))) == len(catalogue().names)


@pytest.mark.parametrize(
    ("key", "several"),
    [
        ("aws:tagkeys", True),
        ("aws:principalorgpaths", True),
        ("dynamodb:attributes", True),
        ("aws:username", False),
        ("aws:requesttag/team", False),
        ("events:metadata/x", True),
        ("nobody:knows", False),
    ],
)
def test_whether_a_key_can_have_several_values_is_known(key, several):
    assert is_multi_valued(key) is several


def test_services_with_resource_control_policies_are_known():
    assert {"s3", "sqs", "kms", "sts", "secretsmanager"} <= catalogue().rcp_services
    assert "ec2" not in catalogue().rcp_services


def test_the_form_of_a_resources_arns_is_known():
    assert (
        catalogue().arn_format("sqs", "queue")
        == "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}"
    )
    assert catalogue().arn_format("sqs", "nothing") is None


@pytest.fixture
def source(tmp_path):
    files = {
        "metadata.json": {"version": "2"},
        "rcpSupportedServices.json": ["s3"],
        "actions/s3.json": {
            "getobject": {
                "name": "GetObject",
                "accessLevel": "Read",
                "resourceTypes": [{"name": "object"}],
            },
            "putbucketpolicy": {
                "name": "PutBucketPolicy",
                "accessLevel": "Permissions management, Write",
                "resourceTypes": [],
            },
        },
        "resourceTypes/s3.json": {"object": {"arn": "arn:${Partition}:s3:::${Bucket}/${Object}"}},
        "conditionKeys/s3.json": {
            "s3:keys": {"type": "ArrayOfString"},
            "s3:prefix": {"type": "String"},
        },
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))
    return tmp_path


def baked(source, previous=None):
    return Catalogue(orjson.loads(gzip.decompress(bake(source, previous))))


def test_a_catalogue_is_baked_from_its_source_the_same_each_time(source):
    made = baked(source)

    assert made.names == ("s3:getobject", "s3:putbucketpolicy")
    assert made.action("s3:PutBucketPolicy").level is AccessLevel.PERMISSIONS
    assert made.is_multi_valued("s3:keys")
    assert not made.is_multi_valued("s3:prefix")
    assert bake(source, None) == bake(source, None)


def test_an_action_that_vanished_stays_as_a_tombstone(source):
    before = baked(source)
    actions = source / "actions" / "s3.json"
    content = json.loads(actions.read_text())
    del content["putbucketpolicy"]
    actions.write_text(json.dumps(content))

    after = baked(source, before)
    later = baked(source, after)

    assert after.names == ("s3:getobject",)
    assert after.tombstones == later.tombstones == {"s3:putbucketpolicy"}
