"""AWS Secrets Manager: secrets, never their values."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Path, Resource, points_to
from cloudwarden.providers.aws.resource_policies import anonymous

RESOURCES = (
    Resource(
        label="AWSSecretsManagerSecret",
        aliases=("SecretsManagerSecret",),
        groups=("Secret",),
        list=Call(
            "secretsmanager:ListSecrets", items="SecretList[]", parameters={"MaxResults": 100}
        ),
        details=(Call("secretsmanager:GetResourcePolicy", parameters={"SecretId": Path("ARN")}),),
        id="ARN",
        arn="ARN",
        name="Name",
        names={
            "ResourcePolicy": "policy",
            "RotationLambdaARN": "rotation_lambda_arn",
            "SecretVersionsToStages": "secret_versions_to_stages",
        },
        omit=("ARN", "PolicyName"),
        computed=anonymous("secretsmanager:GetResourcePolicy", by="ResourcePolicy"),
        relations=(
            points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsKeyId"),
            points_to("AWSLambda", "ROTATED_BY", by="RotationLambdaARN"),
        ),
        description="A secret: how it is kept and rotated, and who may read it.",
    ),
)
