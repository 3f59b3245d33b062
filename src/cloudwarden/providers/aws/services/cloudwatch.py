"""Amazon CloudWatch: metric alarms."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Batch, Call, Resource, points_to

RESOURCES = (
    Resource(
        label="AWSCloudWatchMetricAlarm",
        aliases=("CloudWatchMetricAlarm",),
        list=Call(
            "cloudwatch:DescribeAlarms",
            items="MetricAlarms[]",
            parameters={"AlarmTypes": ["MetricAlarm"], "MaxRecords": 100},
        ),
        details=(
            Call(
                "resourcegroupstaggingapi:GetResources",
                items="ResourceTagMappingList[]",
                batch=Batch("ResourceARNList", by="AlarmArn", match="ResourceARN"),
                tags="Tags",
            ),
        ),
        id="AlarmArn",
        arn="AlarmArn",
        name="AlarmName",
        omit=("AlarmArn", "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp"),
        volatile=("StateReason",),
        relations=(points_to("AWSSNSTopic", "NOTIFIES", by="AlarmActions[]"),),
        description="An alarm on one metric, or on an expression over several.",
    ),
)
