"""Amazon CloudWatch Logs: log groups, metric filters, and the policies that let others write."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import (
    Batch,
    Call,
    Computed,
    Document,
    Epoch,
    Resource,
    points_to,
)
from cloudwarden.providers.aws.resource_policies import anonymous
from cloudwarden.schema.labels import PropertyType


def _of_metric(name: str, member: str) -> Computed:
    """A property of the metric that a filter feeds; the API allows a filter exactly one."""

    def read(metric_filter: Document) -> str | None:
        transformations = metric_filter.get("metricTransformations")
        return str(transformations[0][member]) if transformations else None

    return Computed(name, PropertyType.STRING, read, "logs:DescribeMetricFilters")


RESOURCES = (
    Resource(
        label="AWSCloudWatchLogGroup",
        aliases=("CloudWatchLogGroup",),
        list=Call("logs:DescribeLogGroups", items="logGroups[]", parameters={"limit": 50}),
        details=(
            Call(
                "resourcegroupstaggingapi:GetResources",
                items="ResourceTagMappingList[]",
                batch=Batch("ResourceARNList", by="logGroupArn", match="ResourceARN"),
                tags="Tags",
            ),
        ),
        id="logGroupArn",
        name="logGroupName",
        types={"creationTime": Epoch.MILLISECONDS},
        volatile=("storedBytes",),
        relations=(points_to("AWSKMSKey", "ENCRYPTED_BY", by="kmsKeyId"),),
        description="A group of log streams: how long it is kept, and under which key.",
    ),
    Resource(
        label="AWSCloudWatchLogMetricFilter",
        aliases=("CloudWatchLogMetricFilter",),
        list=Call("logs:DescribeMetricFilters", items="metricFilters[]", parameters={"limit": 50}),
        id="{account}:{region}:{logGroupName}:{filterName}",
        name="filterName",
        types={"creationTime": Epoch.MILLISECONDS},
        computed=(
            _of_metric("metric_name", "metricName"),
            _of_metric("metric_namespace", "metricNamespace"),
            _of_metric("metric_value", "metricValue"),
        ),
        relations=(
            points_to(
                "AWSCloudWatchLogGroup",
                "METRIC_FILTER_OF",
                by="arn:{partition}:logs:{region}:{account}:log-group:{logGroupName}",
            ),
        ),
        description="What turns matching log events into a metric.",
    ),
    Resource(
        label="AWSCloudWatchLogResourcePolicy",
        list=Call(
            "logs:DescribeResourcePolicies", items="resourcePolicies[]", parameters={"limit": 50}
        ),
        id="{account}:{region}:{policyName}",
        name="policyName",
        names={"policyDocument": "policy"},
        types={"lastUpdatedTime": Epoch.MILLISECONDS},
        computed=anonymous("logs:DescribeResourcePolicies", by="policyDocument"),
        description="Who else may write into the region's log groups.",
    ),
)
