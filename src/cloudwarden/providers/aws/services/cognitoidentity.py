"""Amazon Cognito identity pools: which roles they hand out, and whether to anybody."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Computed, Document, Resource, points_to
from cloudwarden.schema.labels import PropertyType

_ROLES = "cognito-identity:GetIdentityPoolRoles"
_ARN = "arn:{partition}:cognito-identity:{region}:{account}:identitypool/{IdentityPoolId}"


def _roles(document: Document) -> list[str]:
    return sorted(set((document.get("Roles") or {}).values()))


RESOURCES = (
    Resource(
        label="AWSCognitoIdentityPool",
        aliases=("CognitoIdentityPool",),
        description="What hands roles to people who signed in elsewhere, or not at all.",
        list=Call(
            "cognito-identity:ListIdentityPools",
            items="IdentityPools[]",
            parameters={"MaxResults": 60},
        ),
        details=(Call("cognito-identity:DescribeIdentityPool"), Call(_ROLES)),
        id=_ARN,
        arn=_ARN,
        name="IdentityPoolName",
        tags="IdentityPoolTags",
        omit=("SupportedLoginProviders", "RoleMappings", "Roles"),
        computed=(
            Computed("role_arns", PropertyType.STRINGS, _roles, _ROLES, "The roles it hands out."),
        ),
        relations=(points_to("AWSRole", "ASSOCIATED_WITH", by="values(Roles)"),),
    ),
)
