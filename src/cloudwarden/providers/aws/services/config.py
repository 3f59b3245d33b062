"""AWS Config: recorders with their status, delivery channels and rules."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Batch, Call, Resource, points_to

RESOURCES = (
    Resource(
        label="AWSConfigurationRecorder",
        list=Call("config:DescribeConfigurationRecorders", items="ConfigurationRecorders[]"),
        details=(
            Call(
                "config:DescribeConfigurationRecorderStatus",
                items="ConfigurationRecordersStatus[]",
                batch=Batch("ConfigurationRecorderNames", by="name", match="name"),
            ),
        ),
        id="{name}:{account}:{region}",
        arn="arn",
        name="name",
        names={
            "roleARN": "role_arn",
            "recordingGroup.includeGlobalResourceTypes": (
                "recording_group_include_global_resource_types"
            ),
        },
        # When the status last changed is different at every reading, and says nothing more.
        omit=("lastStatusChangeTime",),
        relations=(points_to("AWSRole", "HAS_ROLE", by="roleARN"),),
        description="What records the configuration of a region's resources.",
    ),
    Resource(
        label="AWSConfigDeliveryChannel",
        list=Call("config:DescribeDeliveryChannels", items="DeliveryChannels[]"),
        id="{name}:{account}:{region}",
        name="name",
        names={
            "s3BucketName": "s3_bucket_name",
            "s3KeyPrefix": "s3_key_prefix",
            "s3KmsKeyArn": "s3_kms_key_arn",
            "snsTopicARN": "sns_topic_arn",
            "configSnapshotDeliveryProperties.deliveryFrequency": (
                "config_snapshot_delivery_properties_delivery_frequency"
            ),
        },
        relations=(
            points_to("AWSS3Bucket", "DELIVERS_TO", by="s3BucketName"),
            points_to("AWSSNSTopic", "NOTIFIES", by="snsTopicARN"),
        ),
        description="Where a recorder delivers to.",
    ),
    Resource(
        label="AWSConfigRule",
        list=Call("config:DescribeConfigRules", items="ConfigRules[]"),
        id="ConfigRuleArn",
        arn="ConfigRuleArn",
        name="ConfigRuleName",
        names={
            "ConfigRuleName": "name",
            "ConfigRuleArn": "arn",
            "ConfigRuleId": "rule_id",
            "ConfigRuleState": "rule_state",
            "Scope.ComplianceResourceTypes": "scope_compliance_resource_types",
            "Scope.ComplianceResourceId": "scope_tag_compliance_resource_id",
            "Scope.TagKey": "scope_tag_key",
            "Scope.TagValue": "scope_tag_value",
            "Source.Owner": "source_owner",
            "Source.SourceIdentifier": "source_identifier",
            "Source.SourceDetails": "source_details",
        },
        description="A rule that judges recorded configurations.",
    ),
)
