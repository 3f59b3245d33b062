"""AWS App Runner: services, and the roles that their containers act as."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Path, Resource, points_to

RESOURCES = (
    Resource(
        label="AWSAppRunnerService",
        aliases=("AppRunnerService",),
        description="A container that App Runner runs and serves.",
        list=Call("apprunner:ListServices", items="ServiceSummaryList[]"),
        details=(
            Call("apprunner:DescribeService", items="Service"),
            Call(
                "apprunner:ListTagsForResource",
                tags="Tags",
                parameters={"ResourceArn": Path("ServiceArn")},
            ),
        ),
        id="ServiceArn",
        arn="ServiceArn",
        name="ServiceName",
        names={
            "InstanceConfiguration.InstanceRoleArn": "instance_role_arn",
            "SourceConfiguration.AuthenticationConfiguration.AccessRoleArn": "access_role_arn",
            "SourceConfiguration.ImageRepository.ImageIdentifier": "image",
            "NetworkConfiguration.IngressConfiguration.IsPubliclyAccessible": "publicly_accessible",
        },
        omit=(
            "ServiceArn",
            "AutoScalingConfigurationSummary",
            "HealthCheckConfiguration",
            "ObservabilityConfiguration",
            "SourceConfiguration.ImageRepository.ImageConfiguration",
            "SourceConfiguration.CodeRepository.CodeConfiguration",
        ),
        relations=(
            points_to("AWSRole", "HAS_EXECUTION_ROLE", by="InstanceConfiguration.InstanceRoleArn"),
            points_to("AWSKMSKey", "ENCRYPTED_BY", by="EncryptionConfiguration.KmsKey"),
        ),
    ),
)
