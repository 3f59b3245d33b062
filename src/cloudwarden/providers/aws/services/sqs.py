"""Amazon SQS: queues."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Resource, points_to

RESOURCES = (
    Resource(
        label="AWSSQSQueue",
        aliases=("SQSQueue",),
        list=Call("sqs:ListQueues", items="QueueUrls[]", bind="QueueUrl"),
        details=(
            Call(
                "sqs:GetQueueAttributes",
                items="Attributes",
                parameters={"AttributeNames": ["All"]},
            ),
            Call("sqs:ListQueueTags", tags="Tags"),
        ),
        id="QueueArn",
        arn="QueueArn",
        name="QueueArn",
        names={"QueueUrl": "url"},
        relations=(
            points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsMasterKeyId"),
            points_to(
                "AWSSQSQueue", "HAS_DEADLETTER_QUEUE", by="RedrivePolicy.deadLetterTargetArn"
            ),
        ),
    ),
)
