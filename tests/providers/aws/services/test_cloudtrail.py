from datetime import UTC, datetime
from typing import Any

from tests.support.reading import ACCOUNT, REGION, Read, denied, failed, read_resource

from cloudwarden.providers.aws.services.cloudtrail import RESOURCES
from cloudwarden.schema.records import Verdict

HUB = "999999999999"


def arn(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:cloudtrail:{REGION}:{account}:trail/{name}"


def trail(name: str, account: str = ACCOUNT, **more: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "TrailARN": arn(name, account),
        "HomeRegion": REGION,
        "S3BucketName": "logs",
        "IsMultiRegionTrail": True,
        **more,
    }


def trails(*listed: dict[str, Any], **changed: Any) -> Read:
    answers = {
        "cloudtrail:DescribeTrails": {"trailList": list(listed)},
        "cloudtrail:GetTrailStatus": {
            "IsLogging": True,
            "StartLoggingTime": datetime(2024, 1, 2, tzinfo=UTC),
            "LatestDeliveryTime": datetime(2026, 1, 1, tzinfo=UTC),
            "LatestDeliveryError": "",
        },
        "cloudtrail:GetEventSelectors": {"EventSelectors": [{"ReadWriteType": "All"}]},
        "cloudtrail:GetInsightSelectors": {"InsightSelectors": [{"InsightType": "ApiCallRate"}]},
        "cloudtrail:ListTags": lambda asked: {
            "ResourceTagList": [
                {"ResourceId": one, "TagsList": [{"Key": "name", "Value": one}]}
                for one in asked["ResourceIdList"]
            ]
        },
    }
    renamed = {f"cloudtrail:{operation}": answer for operation, answer in changed.items()}
    return read_resource(RESOURCES[0], {**answers, **renamed})


def test_a_trail_says_what_it_records_and_whether_it_does() -> None:
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:trail"
    read = trails(trail("main", CloudWatchLogsLogGroupArn=f"{group}:*", KmsKeyId="k-1"))
    asset = read.only()

    assert (asset.id, asset.name, asset.tags) == (arn("main"), "main", {"name": arn("main")})
    assert asset.properties["is_logging"] is True
    assert asset.properties["is_multi_region_trail"] is True
    assert asset.properties["start_logging_time"] == "2024-01-02T00:00:00Z"
    assert asset.properties["event_selectors"] == '[{"ReadWriteType":"All"}]'
    assert {(r.type, r.target) for r in asset.relations} == {
        ("LOGS_TO", "logs"),
        ("SENDS_LOGS_TO_CLOUDWATCH", group),
        ("ENCRYPTED_BY", "k-1"),
    }


def test_a_delivery_changes_nothing() -> None:
    assert "latest_delivery_time" not in trails(trail("main")).only().properties


def test_replicas_of_other_regions_trails_are_left_out() -> None:
    read = trails(trail("here"), trail("elsewhere", HomeRegion="us-east-1"))

    assert read.only().name == "here"
    assert read.reading.operations["cloudtrail:GetTrailStatus"] == 1


def test_an_organizations_trail_is_seen_by_members_and_asked_only_whether_it_logs() -> None:
    read = trails(trail("org", HUB, IsOrganizationTrail=True))

    assert read.only().properties["is_logging"] is True
    assert read.only().unread == {}
    assert set(read.reading.operations) == {
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetTrailStatus",
    }


def test_insights_are_asked_only_where_there_are_some() -> None:
    read = trails(trail("plain"), trail("insightful", HasInsightSelectors=True))

    assert read.reading.operations["cloudtrail:GetInsightSelectors"] == 1
    assert "insight_selectors" in read.assets[arn("insightful")].properties
    assert "insight_selectors" not in read.assets[arn("plain")].properties


def test_tags_are_asked_for_twenty_trails_at_once() -> None:
    read = trails(*(trail(f"t{number}") for number in range(21)))

    assert read.reading.operations["cloudtrail:ListTags"] == 2
    assert read.assets[arn("t20")].tags == {"name": arn("t20")}


def test_a_denied_status_is_unread() -> None:
    read = trails(trail("main"), GetTrailStatus=denied())

    assert read.reading.verdict is Verdict.PARTIAL
    assert read.reading.shows_absence
    assert set(read.only().unread) == {"cloudtrail:GetTrailStatus"}
    assert "is_logging" not in read.only().properties


def test_denied_trails_are_a_denied_scope() -> None:
    read = trails(DescribeTrails=denied())

    assert read.reading.verdict is Verdict.DENIED


def test_a_trail_without_selectors_is_no_failure() -> None:
    read = trails(trail("main"), GetEventSelectors=failed("TrailNotFoundException"))

    assert read.reading.verdict is Verdict.COMPLETE
