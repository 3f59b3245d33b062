"""Amazon SNS: topics and subscriptions."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import (
    Call,
    Computed,
    Document,
    Path,
    Resource,
    points_to,
)
from cloudwarden.providers.aws.resource_policies import anonymous
from cloudwarden.providers.aws.values import attribute
from cloudwarden.schema.labels import PropertyType

_ATTRIBUTES = "sns:GetTopicAttributes"

_PROPERTIES = (
    ("deliverypolicy", "DeliveryPolicy", PropertyType.JSON),
    ("displayname", "DisplayName", PropertyType.STRING),
    ("effectivedeliverypolicy", "EffectiveDeliveryPolicy", PropertyType.JSON),
    ("kmsmasterkeyid", "KmsMasterKeyId", PropertyType.STRING),
    ("owner", "Owner", PropertyType.STRING),
    ("policy", "Policy", PropertyType.JSON),
    ("subscriptionsconfirmed", "SubscriptionsConfirmed", PropertyType.INTEGER),
    ("subscriptionsdeleted", "SubscriptionsDeleted", PropertyType.INTEGER),
    ("subscriptionspending", "SubscriptionsPending", PropertyType.INTEGER),
)


def _is_encrypted(document: Document) -> bool:
    return bool(document.get("KmsMasterKeyId"))


TOPIC = Resource(
    label="AWSSNSTopic",
    aliases=("SNSTopic",),
    description="A topic that notifies its subscribers.",
    list=Call("sns:ListTopics", items="Topics[]"),
    details=(
        Call(_ATTRIBUTES, items="Attributes"),
        Call("sns:ListTagsForResource", parameters={"ResourceArn": Path("TopicArn")}, tags="Tags"),
    ),
    id="TopicArn",
    arn="TopicArn",
    name="split(TopicArn, ':')[-1]",
    computed=(
        *(attribute(name, member, type_, _ATTRIBUTES) for name, member, type_ in _PROPERTIES),
        Computed(
            "encrypted",
            PropertyType.BOOLEAN,
            _is_encrypted,
            _ATTRIBUTES,
            "Whether messages are encrypted at rest.",
        ),
        *anonymous(_ATTRIBUTES, by="Policy"),
    ),
    relations=(points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsMasterKeyId"),),
)

SUBSCRIPTION = Resource(
    label="AWSSNSTopicSubscription",
    aliases=("SNSTopicSubscription",),
    description="Where a topic's messages go.",
    list=Call("sns:ListSubscriptions", items="Subscriptions[]"),
    # An unconfirmed subscription answers `PendingConfirmation` in place of its ARN.
    id="starts_with(SubscriptionArn, 'arn:') && SubscriptionArn"
    " || join('/', [TopicArn, SubscriptionArn, Protocol, Endpoint])",
    arn="SubscriptionArn",
    name="Endpoint",
    relations=(
        points_to("AWSSNSTopic", "HAS_SUBSCRIPTION", by="TopicArn"),
        points_to("AWSSQSQueue", "DELIVERS_TO", by="Protocol == 'sqs' && Endpoint || ''"),
        points_to("AWSLambda", "DELIVERS_TO", by="Protocol == 'lambda' && Endpoint || ''"),
    ),
)

RESOURCES = (TOPIC, SUBSCRIPTION)
