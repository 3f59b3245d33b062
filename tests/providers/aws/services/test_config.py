from typing import Any

from tests.support.reading import ACCOUNT, REGION, Read, denied, read_resource

from cloudwarden.providers.aws.services.config import RESOURCES
from cloudwarden.schema.records import Verdict

RESOURCE = {resource.label: resource for resource in RESOURCES}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/config"


def recorders(status: Any = None) -> Read:
    recorder = {
        "name": "default",
        "roleARN": ROLE,
        "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
    }
    answers = {
        "config:DescribeConfigurationRecorders": {"ConfigurationRecorders": [recorder]},
        "config:DescribeConfigurationRecorderStatus": status
        or {"ConfigurationRecordersStatus": [{"name": "default", "recording": True}]},
    }
    return read_resource(RESOURCE["AWSConfigurationRecorder"], answers)


def test_a_recorder_says_what_it_records_and_whether_it_does() -> None:
    recorder = recorders().only()

    assert recorder.id == f"default:{ACCOUNT}:{REGION}"
    assert recorder.properties["recording"] is True
    assert recorder.properties["recording_group_all_supported"] is True
    assert recorder.properties["recording_group_include_global_resource_types"] is True
    assert [(r.type, r.target) for r in recorder.relations] == [("HAS_ROLE", ROLE)]


def test_a_denied_status_is_unread() -> None:
    read = recorders(denied())

    assert read.reading.verdict is Verdict.PARTIAL
    assert set(read.only().unread) == {"config:DescribeConfigurationRecorderStatus"}
    assert "recording" not in read.only().properties


def test_a_delivery_channel_points_to_where_it_delivers() -> None:
    channel = {
        "name": "default",
        "s3BucketName": "audit",
        "configSnapshotDeliveryProperties": {"deliveryFrequency": "One_Hour"},
    }
    answers = {"config:DescribeDeliveryChannels": {"DeliveryChannels": [channel]}}

    asset = read_resource(RESOURCE["AWSConfigDeliveryChannel"], answers).only()

    assert asset.properties == {
        "s3_bucket_name": "audit",
        "config_snapshot_delivery_properties_delivery_frequency": "One_Hour",
    }
    assert [(r.type, r.target) for r in asset.relations] == [("DELIVERS_TO", "audit")]


def test_a_rule_is_named_as_the_ecosystem_names_it() -> None:
    rule = {
        "ConfigRuleName": "passwords",
        "ConfigRuleArn": "arn:aws:config:rule",
        "ConfigRuleId": "config-rule-1",
        "Scope": {"ComplianceResourceTypes": ["AWS::S3::Bucket"]},
        "Source": {
            "Owner": "AWS",
            "SourceIdentifier": "IAM_PASSWORD_POLICY",
            "SourceDetails": [{"EventSource": "aws.config"}],
        },
        "ConfigRuleState": "ACTIVE",
    }

    asset = read_resource(
        RESOURCE["AWSConfigRule"], {"config:DescribeConfigRules": {"ConfigRules": [rule]}}
    ).only()

    assert (asset.id, asset.name) == ("arn:aws:config:rule", "passwords")
    assert asset.properties["rule_id"] == "config-rule-1"
    assert asset.properties["source_identifier"] == "IAM_PASSWORD_POLICY"
    assert asset.properties["source_details"] == '[{"EventSource":"aws.config"}]'
    assert asset.properties["scope_compliance_resource_types"] == ["AWS::S3::Bucket"]
