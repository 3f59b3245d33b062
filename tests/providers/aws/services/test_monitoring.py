"""CloudWatch's alarms and CloudWatch Logs."""

from typing import Any

from tests.support.reading import ACCOUNT, REGION, Read, denied, read_resource

from cloudwarden.providers.aws.services import cloudwatch, logs
from cloudwarden.schema.records import Verdict

RESOURCE = {resource.label: resource for resource in (*cloudwatch.RESOURCES, *logs.RESOURCES)}
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:trail"
ALARM = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:root"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:security"


def tags_of(asked: Any) -> dict[str, Any]:
    return {
        "ResourceTagMappingList": [
            {"ResourceARN": arn, "Tags": [{"Key": "of", "Value": arn}]}
            for arn in asked["ResourceARNList"]
        ]
    }


def groups(number: int = 1, tags: Any = tags_of) -> Read:
    names = ["trail", *(f"group-{one}" for one in range(1, number))]
    listed = [
        {
            "logGroupName": name,
            "logGroupArn": GROUP.replace("trail", name),
            "arn": f"{GROUP.replace('trail', name)}:*",
            "creationTime": 1704153600000,
            "retentionInDays": 90,
        }
        for name in names
    ]
    answers = {
        "logs:DescribeLogGroups": {"logGroups": listed},
        "resourcegroupstaggingapi:GetResources": tags,
    }
    return read_resource(RESOURCE["AWSCloudWatchLogGroup"], answers)


def test_a_log_group_says_since_when_and_how_long_it_keeps() -> None:
    group = groups().only()

    assert (group.id, group.name, group.tags) == (GROUP, "trail", {"of": GROUP})
    assert group.properties["creation_time"] == "2024-01-02T00:00:00Z"
    assert group.properties["retention_in_days"] == 90


def test_tags_of_log_groups_are_asked_for_a_hundred_at_once() -> None:
    read = groups(number=101)

    assert read.reading.operations["resourcegroupstaggingapi:GetResources"] == 2
    assert all(asset.tags == {"of": asset.id} for asset in read.reading.assets)


def test_denied_tags_are_unread() -> None:
    read = groups(tags=denied())

    assert read.reading.verdict is Verdict.PARTIAL
    assert set(read.only().unread) == {"resourcegroupstaggingapi:GetResources"}


def test_a_metric_filter_says_which_metric_it_feeds_and_from_where() -> None:
    metric_filter = {
        "filterName": "root-use",
        "filterPattern": '{ $.userIdentity.type = "Root" }',
        "logGroupName": "trail",
        "metricTransformations": [
            {"metricName": "RootUse", "metricNamespace": "CIS", "metricValue": "1"}
        ],
    }

    asset = read_resource(
        RESOURCE["AWSCloudWatchLogMetricFilter"],
        {"logs:DescribeMetricFilters": {"metricFilters": [metric_filter]}},
    ).only()

    assert asset.id == f"{ACCOUNT}:{REGION}:trail:root-use"
    assert asset.properties["metric_name"] == "RootUse"
    assert asset.properties["metric_namespace"] == "CIS"
    assert asset.properties["metric_value"] == "1"
    assert [(r.type, r.target) for r in asset.relations] == [("METRIC_FILTER_OF", GROUP)]


def test_a_policy_of_the_log_service_says_whether_anybody_may_write() -> None:
    document = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"logs:PutLogEvents"}]}'
    policy = {"policyName": "open", "policyDocument": document}

    asset = read_resource(
        RESOURCE["AWSCloudWatchLogResourcePolicy"],
        {"logs:DescribeResourcePolicies": {"resourcePolicies": [policy]}},
    ).only()

    assert asset.properties["policy"] == document
    assert asset.properties["anonymous_actions"] == ["logs:PutLogEvents"]


def test_an_alarm_points_to_whom_it_tells() -> None:
    alarm = {
        "AlarmArn": ALARM,
        "AlarmName": "root",
        "MetricName": "RootUse",
        "Namespace": "CIS",
        "AlarmActions": [TOPIC],
        "Threshold": 1.0,
        "StateReasonData": "{}",
    }
    answers = {
        "cloudwatch:DescribeAlarms": {"MetricAlarms": [alarm]},
        "resourcegroupstaggingapi:GetResources": tags_of,
    }

    read = read_resource(RESOURCE["AWSCloudWatchMetricAlarm"], answers)

    asset = read.only()
    assert (asset.id, asset.name, asset.tags) == (ALARM, "root", {"of": ALARM})
    assert asset.properties["metric_name"] == "RootUse"
    assert asset.properties["threshold"] == 1.0
    assert "state_reason_data" not in asset.properties
    assert [(r.type, r.target) for r in asset.relations] == [("NOTIFIES", TOPIC)]


def test_denied_alarms_are_a_denied_scope() -> None:
    answers = {"cloudwatch:DescribeAlarms": denied()}

    assert (
        read_resource(RESOURCE["AWSCloudWatchMetricAlarm"], answers).reading.verdict
        is Verdict.DENIED
    )
