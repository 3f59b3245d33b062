"""Amazon Managed Workflows for Apache Airflow: environments, which run code as a role."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Path, Resource, points_to

_ARN = "arn:{partition}:airflow:{region}:{account}:environment/{EnvironmentName}"

RESOURCES = (
    Resource(
        label="AWSMWAAEnvironment",
        aliases=("MWAAEnvironment",),
        description="An Airflow environment: where its graphs come from, and as whom they run.",
        list=Call("mwaa:ListEnvironments", items="Environments[]", bind="EnvironmentName"),
        details=(
            Call(
                "mwaa:GetEnvironment",
                items="Environment",
                parameters={"Name": Path("EnvironmentName")},
            ),
        ),
        id=_ARN,
        arn=_ARN,
        name="EnvironmentName",
        names={
            "SourceBucketArn": "source_bucket_arn",
            "WebserverAccessMode": "webserver_access_mode",
            "KmsKey": "kms_key_id",
            "CreatedAt": "created_at",
            "NetworkConfiguration.SubnetIds": "subnet_ids",
            "NetworkConfiguration.SecurityGroupIds": "security_group_ids",
        },
        # Options of Airflow may hold connections with their passwords.
        omit=(
            "Arn",
            "Name",
            "EnvironmentName",
            "AirflowConfigurationOptions",
            "LastUpdate",
            "LoggingConfiguration",
            "CeleryExecutorQueue",
            "DatabaseVpcEndpointService",
            "WebserverVpcEndpointService",
            "PluginsS3ObjectVersion",
            "RequirementsS3ObjectVersion",
            "StartupScriptS3ObjectVersion",
            "WeeklyMaintenanceWindowStart",
            "Schedulers",
            "MinWebservers",
            "MaxWebservers",
            "MinWorkers",
            "MaxWorkers",
        ),
        relations=(
            points_to("AWSRole", "HAS_EXECUTION_ROLE", by="ExecutionRoleArn"),
            points_to("AWSS3Bucket", "READS_FROM", by="SourceBucketArn"),
            points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsKey"),
        ),
    ),
)
