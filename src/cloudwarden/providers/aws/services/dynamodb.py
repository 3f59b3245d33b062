"""Amazon DynamoDB: tables with their indexes and streams."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Part, Path, Produced, Resource, points_to
from cloudwarden.providers.aws.resource_policies import anonymous
from cloudwarden.schema.labels import PropertyType

TABLE = Resource(
    label="AWSDynamoDBTable",
    aliases=("DynamoDBTable",),
    groups=("Database",),
    description="A table.",
    list=Call("dynamodb:ListTables", items="TableNames[]", bind="TableName"),
    details=(
        Call("dynamodb:DescribeTable", items="Table"),
        Call("dynamodb:DescribeContinuousBackups", items="ContinuousBackupsDescription"),
        Call(
            "dynamodb:GetResourcePolicy",
            parameters={"ResourceArn": Path("TableArn")},
            into="Resource",
            absent=("PolicyNotFoundException",),
        ),
        # A stream has a policy of its own.
        Call(
            "dynamodb:GetResourcePolicy",
            parameters={"ResourceArn": Path("LatestStreamArn")},
            into="Stream",
            absent=("PolicyNotFoundException",),
            when="LatestStreamArn",
        ),
        Call(
            "dynamodb:ListTagsOfResource",
            parameters={"ResourceArn": Path("TableArn")},
            tags="Tags",
        ),
    ),
    id="arn:{partition}:dynamodb:{region}:{account}:table/{TableName}",
    arn="arn:{partition}:dynamodb:{region}:{account}:table/{TableName}",
    name="TableName",
    names={
        "ItemCount": "rows",
        "TableSizeBytes": "size",
        "BillingModeSummary.BillingMode": "billing_mode",
        "SSEDescription.Status": "sse_status",
        "SSEDescription.SSEType": "sse_type",
        "SSEDescription.KMSMasterKeyArn": "kms_master_key_arn",
        "StreamSpecification.StreamEnabled": "stream_enabled",
        "StreamSpecification.StreamViewType": "stream_view_type",
        "TableClassSummary.TableClass": "table_class",
        "PointInTimeRecoveryDescription.PointInTimeRecoveryStatus": "point_in_time_recovery_status",
        "PointInTimeRecoveryDescription.RecoveryPeriodInDays": "recovery_period_in_days",
        "Resource.Policy": "policy",
        "Stream.Policy": "stream_policy",
    },
    omit=(
        "ProvisionedThroughput.NumberOfDecreasesToday",
        # The window moves by itself; whether there is one is what matters.
        "PointInTimeRecoveryDescription.EarliestRestorableDateTime",
        "PointInTimeRecoveryDescription.LatestRestorableDateTime",
        "GlobalSecondaryIndexes",
        "Resource.RevisionId",
        "Stream.RevisionId",
        "VectorIndexes",
        "WarmThroughput",
        "OnDemandThroughput",
    ),
    volatile=("ItemCount", "TableSizeBytes"),
    computed=anonymous("dynamodb:GetResourcePolicy", by="Resource.Policy"),
    relations=(
        points_to("AWSKMSKey", "ENCRYPTED_BY", by="SSEDescription.KMSMasterKeyArn"),
        points_to(
            "AWSDynamoDBStream",
            "LATEST_STREAM",
            by="LatestStreamArn",
            implied={
                "arn": "LatestStreamArn",
                "stream_label": "LatestStreamLabel",
                "stream_enabled": "StreamSpecification.StreamEnabled",
                "stream_view_type": "StreamSpecification.StreamViewType",
            },
        ),
    ),
    produces=(
        Produced(
            label="AWSDynamoDBStream",
            aliases=("DynamoDBStream",),
            description="The change stream of a table.",
            properties={
                "stream_label": (PropertyType.STRING, "dynamodb:DescribeTable"),
                "stream_enabled": (PropertyType.BOOLEAN, "dynamodb:DescribeTable"),
                "stream_view_type": (PropertyType.STRING, "dynamodb:DescribeTable"),
            },
        ),
    ),
    parts=(
        Part(
            label="AWSDynamoDBGlobalSecondaryIndex",
            aliases=("DynamoDBGlobalSecondaryIndex",),
            description="A global secondary index of a table.",
            path="GlobalSecondaryIndexes",
            id=(
                "arn:{partition}:dynamodb:{region}:{account}"
                ":table/{parent.TableName}/index/{IndexName}"
            ),
            arn="IndexArn",
            name="IndexName",
            parent_relation="GLOBAL_SECONDARY_INDEX",
            parent_incoming=True,
            omit=(
                "ProvisionedThroughput.NumberOfDecreasesToday",
                "IndexSizeBytes",
                "ItemCount",
                "WarmThroughput",
                "OnDemandThroughput",
            ),
        ),
    ),
)

RESOURCES = (TABLE,)
