"""Services that watch: GuardDuty, Security Hub, Access Analyzer."""

from typing import Any

from tests.support.reading import ACCOUNT, REGION, Read, denied, failed, read_resource

from cloudwarden.providers.aws.services import accessanalyzer, guardduty, securityhub
from cloudwarden.schema.records import Verdict

HUB = f"arn:aws:securityhub:{REGION}:{ACCOUNT}:hub/default"


def hub(described: Any = None) -> Read:
    described = described or {"HubArn": HUB, "AutoEnableControls": True}
    return read_resource(securityhub.RESOURCES[0], {"securityhub:DescribeHub": described})


def detectors(described: Any) -> Read:
    answers = {
        "guardduty:ListDetectors": {"DetectorIds": ["d-1"]},
        "guardduty:GetDetector": described,
    }
    return read_resource(guardduty.RESOURCES[0], answers)


def test_a_detector_is_described_under_the_ecosystems_names() -> None:
    read = detectors(
        {
            "Status": "ENABLED",
            "ServiceRole": "role",
            "FindingPublishingFrequency": "SIX_HOURS",
            "CreatedAt": "2024-01-02T00:00:00Z",
            "DataSources": {"S3Logs": {"Status": "ENABLED"}},
            "Features": [{"Name": "S3_DATA_EVENTS", "Status": "ENABLED"}],
            "Tags": {"team": "a"},
        }
    )

    detector = read.only()
    assert (detector.id, detector.tags) == ("d-1", {"team": "a"})
    assert detector.properties == {
        "detectorid": "d-1",
        "arn": f"arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/d-1",
        "status": "ENABLED",
        "service_role": "role",
        "findingpublishingfrequency": "SIX_HOURS",
        "createdat": "2024-01-02T00:00:00Z",
        "features": '[{"Name":"S3_DATA_EVENTS","Status":"ENABLED"}]',
    }


def test_a_detector_whose_description_is_denied_is_still_there() -> None:
    read = detectors(denied("BadRequestException"))

    assert set(read.only().unread) == {"guardduty:GetDetector"}
    assert "status" not in read.only().properties


def test_a_hub_has_the_standards_that_it_checks() -> None:
    subscription = {"StandardsSubscriptionArn": f"{HUB}/cis", "StandardsStatus": "READY"}
    answers = {"securityhub:GetEnabledStandards": {"StandardsSubscriptions": [subscription]}}

    standard = read_resource(securityhub.RESOURCES[1], answers).only()

    assert hub().only().properties["auto_enable_controls"] is True
    assert standard.properties["standards_status"] == "READY"
    assert [(r.type, r.target, r.incoming) for r in standard.relations] == [
        ("HAS_STANDARD", HUB, True)
    ]


def test_a_region_that_did_not_subscribe_has_no_hub() -> None:
    read = hub(failed("InvalidAccessException"))

    assert read.reading.verdict is Verdict.COMPLETE
    assert not read.reading.assets


def test_a_denied_hub_is_a_denied_scope() -> None:
    assert hub(denied("AccessDeniedException")).reading.verdict is Verdict.DENIED


def test_an_analyzer_says_what_it_looks_for() -> None:
    analyzer = {
        "arn": f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/a",
        "name": "a",
        "type": "ACCOUNT",
        "status": "ACTIVE",
        "lastResourceAnalyzed": "bucket",
        "tags": {"team": "a"},
    }

    asset = read_resource(
        accessanalyzer.RESOURCES[0], {"accessanalyzer:ListAnalyzers": {"analyzers": [analyzer]}}
    ).only()

    assert (asset.id, asset.name, asset.tags) == (analyzer["arn"], "a", {"team": "a"})
    assert asset.properties == {"arn": analyzer["arn"], "type": "ACCOUNT", "status": "ACTIVE"}


def test_denied_analyzers_are_not_taken_for_none() -> None:
    read = read_resource(accessanalyzer.RESOURCES[0], {"accessanalyzer:ListAnalyzers": denied()})

    assert read.reading.verdict is Verdict.DENIED
