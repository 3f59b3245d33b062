"""Amazon API Gateway, HTTP and WebSocket interfaces."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Naming, Part, Resource

RESOURCES = (
    Resource(
        label="AWSAPIGatewayV2API",
        aliases=("APIGatewayV2API",),
        description="An HTTP or WebSocket interface.",
        list=Call("apigatewayv2:GetApis", items="Items[]"),
        id="ApiId",
        arn="arn:{partition}:apigateway:{region}::/apis/{ApiId}",
        name="Name",
        naming=Naming.SQUASHED,
        omit=("ImportInfo", "Warnings"),
        parts=(
            Part(
                label="AWSAPIGatewayV2Stage",
                description="A deployed version of an HTTP or WebSocket interface.",
                list=Call("apigatewayv2:GetStages", items="Items[]"),
                id="arn:{partition}:apigateway:{region}::/apis/{parent.ApiId}/stages/{StageName}",
                arn="arn:{partition}:apigateway:{region}::/apis/{parent.ApiId}/stages/{StageName}",
                name="StageName",
                parent_relation="ASSOCIATED_WITH",
                parent_incoming=True,
                naming=Naming.SQUASHED,
                # Stage variables may hold secrets.
                omit=("StageVariables", "RouteSettings", "LastDeploymentStatusMessage"),
            ),
        ),
    ),
)
