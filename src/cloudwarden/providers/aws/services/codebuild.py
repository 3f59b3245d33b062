"""AWS CodeBuild: projects, which run commands as the role that they were given.

The plain values of environment variables are not kept: they hold secrets too often.
"""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import (
    Batch,
    Call,
    Computed,
    Document,
    Resource,
    points_to,
)
from cloudwarden.schema.labels import PropertyType

_DESCRIBE = "codebuild:BatchGetProjects"


def _variables(document: Document) -> list[str]:
    """Each as `NAME=value`, where the value only names a parameter or secret."""
    variables = (document.get("environment") or {}).get("environmentVariables") or ()
    return sorted(
        f"{one.get('name')}={one.get('value') if _names_a_secret(one) else '<REDACTED>'}"
        for one in variables
    )


def _names_a_secret(variable: Document) -> bool:
    return variable.get("type") in {"PARAMETER_STORE", "SECRETS_MANAGER"}


RESOURCES = (
    Resource(
        label="AWSCodeBuildProject",
        aliases=("CodeBuildProject",),
        groups=("CICDPipeline",),
        description="A build project: where its source is, and as which role it runs commands.",
        list=Call("codebuild:ListProjects", items="projects[]", bind="projectName"),
        details=(
            Call(
                _DESCRIBE,
                items="projects[]",
                batch=Batch("names", by="projectName", match="name"),
            ),
        ),
        id="arn:{partition}:codebuild:{region}:{account}:project/{projectName}",
        arn="arn:{partition}:codebuild:{region}:{account}:project/{projectName}",
        name="projectName",
        names={
            "serviceRole": "service_role_arn",
            "encryptionKey": "kms_key_id",
            # `created` is a truth value elsewhere.
            "created": "created_at",
        },
        omit=(
            "arn",
            "name",
            "projectName",
            "environment.environmentVariables",
            "environment.registryCredential",
            "environment.computeConfiguration",
            "environment.dockerServer",
            "source.auth",
            "source.buildspec",
            "badge",
            "artifacts",
            "buildBatchConfig",
            "cache",
            "fileSystemLocations",
            "logsConfig",
            "secondaryArtifacts",
            "secondarySourceVersions",
            "secondarySources",
            "webhook",
        ),
        computed=(
            Computed(
                "environment_variables",
                PropertyType.STRINGS,
                _variables,
                _DESCRIBE,
                "Its environment variables; plain values are not kept.",
            ),
        ),
        relations=(
            points_to("AWSRole", "HAS_EXECUTION_ROLE", by="serviceRole"),
            points_to("AWSKMSKey", "ENCRYPTED_BY", by="encryptionKey"),
            points_to(
                "AWSEC2SecurityGroup",
                "MEMBER_OF_EC2_SECURITY_GROUP",
                by="vpcConfig.securityGroupIds",
            ),
            points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="vpcConfig.subnets"),
        ),
    ),
)
