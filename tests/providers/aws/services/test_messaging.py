"""Queues, topics and subscriptions."""

from __future__ import annotations

import json
from typing import Any

from tests.support.reading import denied, read_resource

from cloudwarden.providers.aws.services import sns, sqs
from cloudwarden.schema.records import Verdict

(QUEUE,) = sqs.RESOURCES
ARN = "arn:aws:sqs:eu-west-1:111122223333:orders.fifo"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:alerts"
OPEN = json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "SQS:SendMessage"}})
QUEUES = {
    "sqs:ListQueues": {
        "QueueUrls": ["https://sqs.eu-west-1.amazonaws.com/111122223333/orders.fifo"]
    }
}


def test_a_queue_is_typed_whatever_its_attributes_spell() -> None:
    attributes = {
        "QueueArn": ARN,
        "VisibilityTimeout": "30",
        "FifoQueue": "true",
        "SqsManagedSseEnabled": "false",
        "ApproximateNumberOfMessages": "7",
        "Policy": OPEN,
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": f"{ARN}-dead", "maxReceiveCount": "3"}),
    }
    asset = read_resource(
        QUEUE,
        {
            **QUEUES,
            "sqs:GetQueueAttributes": {"Attributes": attributes},
            "sqs:ListQueueTags": {"Tags": {"team": "shop"}},
        },
    ).only()
    assert (asset.id, asset.name, asset.tags) == (ARN, "orders.fifo", {"team": "shop"})
    expected = {
        "visibility_timeout": 30,
        "fifo_queue": True,
        "encrypted": False,
        "anonymous_access": True,
        "anonymous_actions": ["SQS:SendMessage"],
        "policy": OPEN,
        "redrive_policy_max_receive_count": 3,
        "redrive_policy_dead_letter_target_arn": f"{ARN}-dead",
    }
    assert expected.items() <= asset.properties.items()
    assert "approximate_number_of_messages" not in asset.properties
    assert [(r.type, r.target) for r in asset.relations] == [
        ("HAS_DEADLETTER_QUEUE", f"{ARN}-dead")
    ]


def test_a_queue_whose_attributes_are_denied_is_still_known() -> None:
    found = read_resource(
        QUEUE,
        {**QUEUES, "sqs:GetQueueAttributes": denied(), "sqs:ListQueueTags": {}},
    )
    asset = found.only()
    assert asset.id == ARN
    assert not {"encrypted", "anonymous_access", "fifo_queue"} & set(asset.properties)
    assert found.reading.shows_absence
    assert found.reading.verdict is Verdict.PARTIAL


def topic(**attributes: str) -> Any:
    return read_resource(
        sns.TOPIC,
        {
            "sns:ListTopics": {"Topics": [{"TopicArn": TOPIC}]},
            "sns:GetTopicAttributes": {"Attributes": {"TopicArn": TOPIC, **attributes}},
            "sns:ListTagsForResource": {"Tags": [{"Key": "team", "Value": "ops"}]},
        },
    ).only()


def test_a_topic_tells_its_policy_and_its_key() -> None:
    asset = topic(
        Policy=json.dumps(
            {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "SNS:Publish"}]}
        ),
        KmsMasterKeyId="alias/aws/sns",
        SubscriptionsConfirmed="2",
    )
    expected = {
        "anonymous_access": True,
        "anonymous_actions": ["SNS:Publish"],
        "encrypted": True,
        "kmsmasterkeyid": "alias/aws/sns",
        "subscriptionsconfirmed": 2,
    }
    assert (asset.name, asset.tags) == ("alerts", {"team": "ops"})
    assert expected.items() <= asset.properties.items()


def test_a_topic_that_only_its_owner_uses_is_closed_and_may_be_unencrypted() -> None:
    asset = topic(
        Policy=json.dumps(
            {
                "Statement": {
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": "SNS:Publish",
                    "Condition": {"StringEquals": {"AWS:SourceOwner": "111122223333"}},
                }
            }
        )
    )
    assert asset.properties["anonymous_access"] is False
    assert asset.properties["encrypted"] is False


def test_unconfirmed_subscriptions_of_a_topic_stay_apart() -> None:
    def pending(address: str) -> dict[str, str]:
        return {
            "SubscriptionArn": "PendingConfirmation",
            "TopicArn": TOPIC,
            "Protocol": "email",
            "Endpoint": address,
        }

    confirmed = {
        "SubscriptionArn": f"{TOPIC}:1",
        "TopicArn": TOPIC,
        "Protocol": "sqs",
        "Endpoint": ARN,
    }
    subscriptions = [pending("a@ex.test"), pending("b@ex.test"), confirmed]
    found = read_resource(
        sns.SUBSCRIPTION, {"sns:ListSubscriptions": {"Subscriptions": subscriptions}}
    )
    assert len(found.assets) == 3
    assert {(r.type, r.target) for r in found.assets[f"{TOPIC}:1"].relations} == {
        ("HAS_SUBSCRIPTION", TOPIC),
        ("DELIVERS_TO", ARN),
    }
