"""What properties a declaration brings by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from tests.support.reading import compiled, problems, read_resource

from cloudwarden.providers.aws.declarations import Call, Computed, Epoch, Naming, Part, Resource
from cloudwarden.schema.labels import Property, PropertyType


def queue(**changes: Any) -> Resource:
    given: dict[str, Any] = {
        "label": "AWSSQSQueue",
        "list": Call("sqs:ListQueues", items="QueueUrls[]", bind="QueueUrl"),
        "details": (
            Call(
                "sqs:GetQueueAttributes",
                items="Attributes",
                parameters={"AttributeNames": ["All"]},
            ),
        ),
        "id": "QueueUrl",
        **changes,
    }
    return Resource(**given)


def volume(**changes: Any) -> Resource:
    given: dict[str, Any] = {
        "label": "AWSEBSVolume",
        "list": Call("ec2:DescribeVolumes", items="Volumes[]"),
        "id": "VolumeId",
        **changes,
    }
    return Resource(**given)


def properties(resource: Resource) -> Mapping[str, Property]:
    compiler = compiled(resource)
    assert compiler.problems == []
    return compiler.labels[resource.label].properties


def test_scalars_are_typed_and_know_their_operation() -> None:
    found = properties(volume())
    assert found["size"] == Property("size", PropertyType.INTEGER, "ec2:DescribeVolumes")
    assert found["encrypted"].type is PropertyType.BOOLEAN
    assert found["volume_type"].type is PropertyType.STRING


def test_times_are_texts_that_are_moments() -> None:
    assert properties(volume())["create_time"] == Property(
        "create_time", PropertyType.STRING, "ec2:DescribeVolumes", moment=True
    )


def test_lists_of_structures_are_json_and_tags_are_no_property() -> None:
    found = properties(volume())
    assert found["attachments"].type is PropertyType.JSON
    assert "tags" not in found


def test_structures_are_flattened_and_lists_of_scalars_stay() -> None:
    found = properties(
        Resource(
            label="AWSLambda", list=Call("lambda:ListFunctions", items="Functions[]"),
            id="FunctionArn",
        )
    )  # fmt: skip
    assert found["vpc_config_subnet_ids"].type is PropertyType.STRINGS
    assert found["dead_letter_config_target_arn"].type is PropertyType.STRING
    assert found["layers"].type is PropertyType.JSON


def test_squashed_naming_and_given_names() -> None:
    found = properties(volume(naming=Naming.SQUASHED, names={"VolumeType": "type"}))
    assert {"createtime", "type"} <= set(found)
    assert "volumetype" not in found


def test_a_name_given_to_a_structure_begins_the_names_inside_it() -> None:
    found = properties(
        Resource(
            label="AWSLambda", list=Call("lambda:ListFunctions", items="Functions[]"),
            id="FunctionArn", names={"VpcConfig": "vpc", "DeadLetterConfig": ""},
        )
    )  # fmt: skip
    assert {"vpc_subnet_ids", "target_arn"} <= set(found)


def test_a_map_with_known_keys_brings_a_property_for_each() -> None:
    found = properties(queue())
    assert found["visibility_timeout"] == Property(
        "visibility_timeout", PropertyType.STRING, "sqs:GetQueueAttributes"
    )


def test_declared_types_make_numbers_and_moments_of_texts() -> None:
    types = {
        "VisibilityTimeout": PropertyType.INTEGER,
        "FifoQueue": PropertyType.BOOLEAN,
        "CreatedTimestamp": Epoch.SECONDS,
        "RedrivePolicy.maxReceiveCount": PropertyType.INTEGER,
    }
    resource = queue(types=types)
    found = properties(resource)
    assert found["visibility_timeout"].type is PropertyType.INTEGER
    assert found["created_timestamp"].moment
    read = read_resource(
        resource,
        {
            "sqs:ListQueues": {"QueueUrls": ["u"]},
            "sqs:GetQueueAttributes": {
                "Attributes": {
                    "VisibilityTimeout": "30",
                    "FifoQueue": "true",
                    "CreatedTimestamp": "1700000000",
                    "RedrivePolicy": '{"maxReceiveCount": "5"}',
                }
            },
        },
    )
    assert read.only().properties == {
        "queue_url": "u",
        "visibility_timeout": 30,
        "fifo_queue": True,
        "created_timestamp": "2023-11-14T22:13:20Z",
        "redrive_policy": '{"maxReceiveCount": "5"}',
        "redrive_policy_max_receive_count": 5,
    }


def test_declared_types_name_the_keys_of_a_map_that_the_model_does_not_know() -> None:
    topic = Resource(
        label="AWSSNSTopic",
        list=Call("sns:ListTopics", items="Topics[]"),
        details=(Call("sns:GetTopicAttributes", items="Attributes"),),
        id="TopicArn",
        types={"SubscriptionsConfirmed": PropertyType.INTEGER},
    )
    read = read_resource(
        topic,
        {
            "sns:ListTopics": {"Topics": [{"TopicArn": "arn:t"}]},
            "sns:GetTopicAttributes": {
                "Attributes": {"SubscriptionsConfirmed": "2", "Owner": "somebody"}
            },
        },
    )
    assert read.only().properties == {"topic_arn": "arn:t", "subscriptions_confirmed": 2}
    assert properties(topic)["subscriptions_confirmed"].operation == "sns:GetTopicAttributes"


def test_what_a_declaration_computes_replaces_the_member_of_that_name() -> None:
    delay = Computed("delay_seconds", PropertyType.INTEGER, lambda _: 1, "sqs:GetQueueAttributes")
    assert properties(queue(computed=(delay,)))["delay_seconds"].type is PropertyType.INTEGER


def test_what_parts_are_made_of_is_no_property() -> None:
    attachment = Part(label="AWSAttachment", path="Attachments[]", id="{VolumeId}/{Device}")
    assert "attachments" not in properties(volume(parts=(attachment,)))


def test_a_shape_that_contains_itself_ends_as_json() -> None:
    found = properties(
        Resource(
            label="AWSServer", list=Call("emr:ListInstanceGroups", items="InstanceGroups[]",
                                         parameters={"ClusterId": "c"}),
            id="Id",
        )
    )  # fmt: skip
    assert found["configurations"].type is PropertyType.JSON


def test_what_changes_by_itself_is_marked_by_path_or_by_name() -> None:
    computed = (Computed("used", PropertyType.INTEGER, len, "ec2:DescribeVolumes"),)
    label = properties(
        volume(volatile=("State", "used"), names={"State": "phase"}, computed=computed)
    )
    assert {name for name, one in label.items() if one.volatile} == {"phase", "used"}


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (
            volume(names={"Sise": "size"}),
            "names has Sise, which no answer holds; did you mean Size",
        ),
        (volume(omit=("Sise",)), "omit has Sise"),
        (volume(volatile=("Sise",)), "volatile has Sise, which is no property; did you mean Size"),
        (volume(omit=("Size",), volatile=("Size",)), "volatile has Size, which is no property"),
        (volume(names={"VolumeType": "size"}), "would both be called size"),
        (volume(id="VolumeType", names={"VolumeId": "id"}), "cannot be called id"),
        (queue(types={"Visibility": PropertyType.INTEGER}), "types has Visibility"),
    ],
)
def test_a_slip_in_names_is_refused(resource: Resource, reason: str) -> None:
    (problem,) = problems(resource)
    assert problem.startswith("test.py:1: ")

    assert re.search(reason, problem), problem


def test_one_name_has_one_type_over_all_labels() -> None:
    other = Resource(
        label="AWSOther",
        list=Call("sqs:ListQueues", items="QueueUrls[]", bind="Size"),
        id="Size",
    )
    (problem,) = problems(volume(), other)
    assert problem.startswith("size is string in AWSOther (test.py:1) and integer in AWSEBSVolume")


def test_a_member_that_is_a_value_here_and_a_structure_there_is_refused() -> None:
    clash = Resource(
        label="AWSECSCluster",
        list=Call("ecs:ListClusters", items="clusterArns[]", bind="configuration"),
        details=(Call("ecs:DescribeClusters", items="clusters[]", parameters={"clusters": ["x"]}),),
        id="configuration",
    )
    assert any("into" in problem for problem in problems(clash))
