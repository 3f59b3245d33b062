"""Amazon SQS: queues."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Computed, Document, Resource, points_to
from cloudwarden.providers.aws.resource_policies import anonymous
from cloudwarden.providers.aws.values import to_boolean
from cloudwarden.schema.labels import PropertyType

_ATTRIBUTES = "sqs:GetQueueAttributes"

_FLAG, _COUNT = PropertyType.BOOLEAN, PropertyType.INTEGER


def _is_fifo(document: Document) -> bool:
    return to_boolean(document.get("FifoQueue")) or False


def _is_encrypted(document: Document) -> bool:
    managed = to_boolean(document.get("SqsManagedSseEnabled")) or False
    return managed or bool(document.get("KmsMasterKeyId"))


RESOURCES = (
    Resource(
        label="AWSSQSQueue",
        aliases=("SQSQueue",),
        description="A message queue.",
        # Without a limit of ours SQS answers the first thousand and no word about the others.
        list=Call(
            "sqs:ListQueues",
            items="QueueUrls[]",
            bind="QueueUrl",
            parameters={"MaxResults": 1000},
        ),
        details=(
            Call(_ATTRIBUTES, items="Attributes", parameters={"AttributeNames": ["All"]}),
            Call("sqs:ListQueueTags", tags="Tags"),
        ),
        # From the address, so that a queue whose attributes are denied is still known.
        id="arn:{partition}:sqs:{region}:{account}:{split(QueueUrl, '/')[-1]}",
        arn="arn:{partition}:sqs:{region}:{account}:{split(QueueUrl, '/')[-1]}",
        name="split(QueueUrl, '/')[-1]",
        names={
            "QueueUrl": "url",
            "RedrivePolicy.deadLetterTargetArn": "redrive_policy_dead_letter_target_arn",
            "RedrivePolicy.maxReceiveCount": "redrive_policy_max_receive_count",
        },
        types={
            "ContentBasedDeduplication": _FLAG,
            "CreatedTimestamp": _COUNT,
            "DelaySeconds": _COUNT,
            "KmsDataKeyReusePeriodSeconds": _COUNT,
            "LastModifiedTimestamp": _COUNT,
            "MaximumMessageSize": _COUNT,
            "MessageRetentionPeriod": _COUNT,
            "Policy": PropertyType.JSON,
            "ReceiveMessageWaitTimeSeconds": _COUNT,
            "RedrivePolicy.deadLetterTargetArn": PropertyType.STRING,
            "RedrivePolicy.maxReceiveCount": _COUNT,
            "SqsManagedSseEnabled": _FLAG,
            "VisibilityTimeout": _COUNT,
        },
        omit=(
            # Counts change by themselves and say nothing about how the queue is set up.
            "All",
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
            "QueueArn",
        ),
        computed=(
            Computed("fifo_queue", PropertyType.BOOLEAN, _is_fifo, _ATTRIBUTES),
            Computed(
                "encrypted",
                PropertyType.BOOLEAN,
                _is_encrypted,
                _ATTRIBUTES,
                "Whether messages are encrypted at rest, by SQS's own key or one of KMS.",
            ),
            *anonymous(_ATTRIBUTES, by="Policy"),
        ),
        relations=(
            points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsMasterKeyId"),
            points_to(
                "AWSSQSQueue",
                "HAS_DEADLETTER_QUEUE",
                by="RedrivePolicy.deadLetterTargetArn",
            ),
        ),
    ),
)
