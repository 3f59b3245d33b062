"""AWS CloudTrail: trails with their status and selectors.

Each trail belongs to its home region: the replicas that a multi-region trail has everywhere else
are left out, but not an organization's trail as its member accounts see it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cloudwarden.core.json import dumps
from cloudwarden.providers.aws.declarations import Document, Produced, Resource, points_to
from cloudwarden.schema.labels import PropertyType

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Answer, Request, Steps
    from cloudwarden.schema.records import Asset

LIST = "cloudtrail:DescribeTrails"
STATUS = "cloudtrail:GetTrailStatus"
EVENTS = "cloudtrail:GetEventSelectors"
INSIGHTS = "cloudtrail:GetInsightSelectors"
TAGS = "cloudtrail:ListTags"

#: How many trails `ListTags` takes at once.
_TAGS_AT_ONCE = 20

#: Deleted since it was listed, or without insights: facts.
_ABSENT = ("TrailNotFoundException", "InsightNotEnabledException")

_TEXT, _TRUTH, _JSON = PropertyType.STRING, PropertyType.BOOLEAN, PropertyType.JSON

#: Status members that become properties. Times of deliveries are different at every reading and
#: would make a version of each trail; the errors say what matters.
_STATUS = {
    "is_logging": "IsLogging",
    "start_logging_time": "StartLoggingTime",
    "stop_logging_time": "StopLoggingTime",
    "latest_delivery_error": "LatestDeliveryError",
    "latest_notification_error": "LatestNotificationError",
    "latest_digest_delivery_error": "LatestDigestDeliveryError",
    "latest_cloudwatch_logs_delivery_error": "LatestCloudWatchLogsDeliveryError",
}


def read_trails(context: ReadContext) -> Steps:
    """List the trails that live here, then ask about all of them at once."""
    # Without replicas, an organization's trail would be missing in member accounts.
    pages = yield from context.paginate(LIST, includeShadowTrails=True)
    trails = [
        trail
        for trail in pages.items("trailList[]")
        if trail.get("HomeRegion", context.region) == context.region
    ]
    answers = yield from context.requests(_questions(context, trails), absent=_ABSENT)
    by_trail: dict[str, dict[str, Answer]] = {trail["TrailARN"]: {} for trail in trails}
    tags: dict[str, Document] = {}
    for answer in answers:
        parameters = answer.request.parameters
        for arn in parameters.get("ResourceIdList") or [parameters.get("Name")]:
            named = arn or parameters["TrailName"]
            by_trail[named][answer.request.operation] = answer
        for entry in (answer.document or {}).get("ResourceTagList") or ():
            tags[entry["ResourceId"]] = entry
    return context.reading(
        [
            _asset(context, trail, by_trail[trail["TrailARN"]], tags.get(trail["TrailARN"], {}))
            for trail in trails
        ]
    )


def _questions(context: ReadContext, trails: Sequence[Document]) -> list[Request]:
    """What to ask about the trails.

    Selectors and tags of an organization's trail are told only to the account that keeps it.
    """
    arns = [trail["TrailARN"] for trail in trails]
    own = [arn for arn in arns if arn.split(":")[4] == context.account]
    insightful = {trail["TrailARN"] for trail in trails if trail.get("HasInsightSelectors")}
    return [
        *(context.prepare(STATUS, Name=arn) for arn in arns),
        *(context.prepare(EVENTS, TrailName=arn) for arn in own),
        *(context.prepare(INSIGHTS, TrailName=arn) for arn in own if arn in insightful),
        *(
            context.prepare(TAGS, ResourceIdList=own[start : start + _TAGS_AT_ONCE])
            for start in range(0, len(own), _TAGS_AT_ONCE)
        ),
    ]


def _asset(
    context: ReadContext, trail: Document, answers: Mapping[str, Answer], tagged: Document
) -> Asset:
    def told(operation: str) -> Document:
        answer = answers.get(operation)
        return (answer.document if answer else None) or {}

    properties: dict[str, Any] = {
        name: told(STATUS).get(member) or None for name, member in _STATUS.items()
    }
    properties["is_logging"] = told(STATUS).get("IsLogging")
    for name, operation, member in (
        ("event_selectors", EVENTS, "EventSelectors"),
        ("advanced_event_selectors", EVENTS, "AdvancedEventSelectors"),
        ("insight_selectors", INSIGHTS, "InsightSelectors"),
    ):
        if told(operation).get(member):
            properties[name] = dumps(told(operation)[member])
    return context.asset(
        "AWSCloudTrailTrail",
        trail,
        id_=trail["TrailARN"],
        name=trail["Name"],
        properties=properties,
        tags={tag["Key"]: tag.get("Value", "") for tag in tagged.get("TagsList") or ()},
        unread={name: a.failure for name, a in answers.items() if a.failure is not None},
    )


def _log_group(arn: Any, _trail: Document) -> str:
    """A log group as its own label spells it, without the `:*` that stands for its streams."""
    return str(arn).removesuffix(":*")


RESOURCES = (
    Resource(
        label="AWSCloudTrailTrail",
        read=read_trails,
        operations=(LIST, STATUS, EVENTS, INSIGHTS, TAGS),
        produces=(
            Produced(
                label="AWSCloudTrailTrail",
                aliases=("CloudTrailTrail",),
                shape=(LIST, "trailList[]"),
                names={
                    "TrailARN": "arn",
                    "CloudWatchLogsLogGroupArn": "cloudwatch_logs_log_group_arn",
                    "CloudWatchLogsRoleArn": "cloudwatch_logs_role_arn",
                },
                properties={
                    **dict.fromkeys(_STATUS, (_TEXT, STATUS)),
                    "is_logging": (_TRUTH, STATUS),
                    "event_selectors": (_JSON, EVENTS),
                    "advanced_event_selectors": (_JSON, EVENTS),
                    "insight_selectors": (_JSON, INSIGHTS),
                },
                relations=(
                    points_to("AWSS3Bucket", "LOGS_TO", by="S3BucketName"),
                    points_to(
                        "AWSCloudWatchLogGroup",
                        "SENDS_LOGS_TO_CLOUDWATCH",
                        by="CloudWatchLogsLogGroupArn",
                        transform=_log_group,
                    ),
                    points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsKeyId"),
                    points_to("AWSSNSTopic", "NOTIFIES", by="SnsTopicARN"),
                ),
                description="A trail: what it records, where to, and whether it does.",
            ),
        ),
    ),
)
