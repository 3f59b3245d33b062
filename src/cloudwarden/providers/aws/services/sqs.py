"""Amazon SQS: queues."""

from __future__ import annotations

from typing import Any

from cloudwarden.providers.aws.declarations import Call, Computed, Document, Resource, points_to
from cloudwarden.providers.aws.resource_policies import anonymous
from cloudwarden.providers.aws.values import (
    attribute,
    parsed,
    to_boolean,
    to_integer,
    to_text,
)
from cloudwarden.schema.labels import PropertyType

_ATTRIBUTES = "sqs:GetQueueAttributes"

#: Attributes as (property, attribute, type). Message counts are left out: they change by
#: themselves and say nothing about how the queue is set up.
_PROPERTIES = (
    ("content_based_deduplication", "ContentBasedDeduplication", PropertyType.BOOLEAN),
    ("created_timestamp", "CreatedTimestamp", PropertyType.INTEGER),
    ("deduplication_scope", "DeduplicationScope", PropertyType.STRING),
    ("delay_seconds", "DelaySeconds", PropertyType.INTEGER),
    ("fifo_throughput_limit", "FifoThroughputLimit", PropertyType.STRING),
    ("kms_data_key_reuse_period_seconds", "KmsDataKeyReusePeriodSeconds", PropertyType.INTEGER),
    ("kms_master_key_id", "KmsMasterKeyId", PropertyType.STRING),
    ("last_modified_timestamp", "LastModifiedTimestamp", PropertyType.INTEGER),
    ("maximum_message_size", "MaximumMessageSize", PropertyType.INTEGER),
    ("message_retention_period", "MessageRetentionPeriod", PropertyType.INTEGER),
    ("policy", "Policy", PropertyType.JSON),
    ("receive_message_wait_time_seconds", "ReceiveMessageWaitTimeSeconds", PropertyType.INTEGER),
    ("visibility_timeout", "VisibilityTimeout", PropertyType.INTEGER),
)


def _redrive(document: Document, member: str) -> Any:
    return (parsed(document.get("RedrivePolicy")) or {}).get(member)


def _is_fifo(document: Document) -> bool:
    return to_boolean(document.get("FifoQueue")) or False


def _is_encrypted(document: Document) -> bool:
    managed = to_boolean(document.get("SqsManagedSseEnabled")) or False
    return managed or bool(document.get("KmsMasterKeyId"))


def _dead_letter_queue(policy: Any, _document: Document) -> str | None:
    return to_text((parsed(policy) or {}).get("deadLetterTargetArn"))


RESOURCES = (
    Resource(
        label="AWSSQSQueue",
        aliases=("SQSQueue",),
        description="A message queue.",
        list=Call("sqs:ListQueues", items="QueueUrls[]", bind="QueueUrl"),
        details=(
            Call(_ATTRIBUTES, items="Attributes", parameters={"AttributeNames": ["All"]}),
            Call("sqs:ListQueueTags", tags="Tags"),
        ),
        # From the address, so that a queue whose attributes are denied is still known.
        id="arn:{partition}:sqs:{region}:{account}:{split(QueueUrl, '/')[-1]}",
        arn="arn:{partition}:sqs:{region}:{account}:{split(QueueUrl, '/')[-1]}",
        name="split(QueueUrl, '/')[-1]",
        names={"QueueUrl": "url"},
        computed=(
            *(attribute(name, member, type_, _ATTRIBUTES) for name, member, type_ in _PROPERTIES),
            Computed("fifo_queue", PropertyType.BOOLEAN, _is_fifo, _ATTRIBUTES),
            Computed(
                "encrypted",
                PropertyType.BOOLEAN,
                _is_encrypted,
                _ATTRIBUTES,
                "Whether messages are encrypted at rest, by SQS's own key or one of KMS.",
            ),
            Computed(
                "redrive_policy_dead_letter_target_arn",
                PropertyType.STRING,
                lambda document: to_text(_redrive(document, "deadLetterTargetArn")),
                _ATTRIBUTES,
            ),
            Computed(
                "redrive_policy_max_receive_count",
                PropertyType.INTEGER,
                lambda document: to_integer(_redrive(document, "maxReceiveCount")),
                _ATTRIBUTES,
            ),
            *anonymous(_ATTRIBUTES, by="Policy"),
        ),
        relations=(
            points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsMasterKeyId"),
            points_to(
                "AWSSQSQueue",
                "HAS_DEADLETTER_QUEUE",
                by="RedrivePolicy",
                transform=_dead_letter_queue,
            ),
        ),
    ),
)
