"""Amazon Redshift: clusters."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Resource, points_to

RESOURCES = (
    Resource(
        label="AWSRedshiftCluster",
        aliases=("RedshiftCluster",),
        description="A data warehouse cluster.",
        list=Call("redshift:DescribeClusters", items="Clusters[]"),
        details=(Call("redshift:DescribeLoggingStatus", into="Logging"),),
        id="arn:{partition}:redshift:{region}:{account}:cluster:{ClusterIdentifier}",
        arn="arn:{partition}:redshift:{region}:{account}:cluster:{ClusterIdentifier}",
        name="ClusterIdentifier",
        names={
            "MultiAZ": "multi_az_status",
            "Logging.LoggingEnabled": "logging_enabled",
            "Logging.BucketName": "logging_target_bucket",
            "Logging.S3KeyPrefix": "logging_key_prefix",
            "Logging.LogDestinationType": "log_destination_type",
            "Logging.LogExports": "log_exports",
        },
        omit=(
            "PendingModifiedValues",
            "Endpoint.VpcEndpoints",
            "RestoreStatus",
            "DataTransferProgress",
            "ResizeInfo",
            "ClusterPublicKey",
            "LoggingPublishStatus",
            "ReservedNodeExchangeStatus",
            "Logging.LastSuccessfulDeliveryTime",
            "Logging.LastFailureTime",
            "Logging.LastFailureMessage",
            "Logging.S3Tables",
        ),
        volatile=("ExpectedNextSnapshotScheduleTime", "NextMaintenanceWindowStartTime"),
        relations=(
            points_to(
                "AWSEC2SecurityGroup",
                "MEMBER_OF_EC2_SECURITY_GROUP",
                by="VpcSecurityGroups[].VpcSecurityGroupId",
            ),
            points_to("AWSVpc", "MEMBER_OF_AWS_VPC", by="VpcId"),
            points_to("AWSPrincipal", "STS_ASSUMEROLE_ALLOW", by="IamRoles[].IamRoleArn"),
            points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsKeyId"),
            points_to("AWSS3Bucket", "LOGS_TO", by="Logging.BucketName"),
        ),
    ),
)
