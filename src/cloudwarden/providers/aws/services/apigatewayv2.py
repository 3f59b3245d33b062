"""Amazon API Gateway, HTTP and WebSocket interfaces, and what is behind them."""

from __future__ import annotations

from typing import Any

from cloudwarden.providers.aws.declarations import (
    Call,
    Computed,
    Document,
    Naming,
    Part,
    Resource,
    points_to,
)
from cloudwarden.providers.aws.services.apigateway import function_of
from cloudwarden.schema.labels import PropertyType


def _function(uri: Any, _document: Document) -> str | None:
    """The function that a URI names, by its own ARN or by that which API Gateway calls it by."""
    text = str(uri)
    if text.startswith("arn:") and text.split(":")[2] == "lambda":
        return ":".join(text.split(":")[:7])
    return function_of(text)


def _listener(uri: Any, _document: Document) -> str | None:
    return str(uri) if ":elasticloadbalancing:" in str(uri) else None


def _api(document: Document) -> str:
    return str(document["parent"]["ApiId"])


_INTEGRATION = Part(
    label="AWSAPIGatewayV2Integration",
    description="What answers routes: a function, an address, a listener behind a VPC link.",
    list=Call("apigatewayv2:GetIntegrations", items="Items[]"),
    id="{parent.ApiId}/{IntegrationId}",
    parent_relation="HAS_INTEGRATION",
    parent_incoming=True,
    # Parameters and templates may hold secrets.
    omit=("RequestParameters", "RequestTemplates", "ResponseParameters", "TlsConfig"),
    computed=(Computed("api_id", PropertyType.STRING, _api, "apigatewayv2:GetIntegrations"),),
    relations=(
        points_to("AWSLambda", "INVOKES", by="IntegrationUri", transform=_function),
        points_to("AWSELBV2Listener", "INTEGRATES_WITH", by="IntegrationUri", transform=_listener),
        points_to("AWSAPIGatewayV2VpcLink", "USES_VPC_LINK", by="ConnectionId"),
    ),
)

_ROUTE = Part(
    label="AWSAPIGatewayV2Route",
    description="What an interface answers to, who may use it, and the integration that answers.",
    list=Call("apigatewayv2:GetRoutes", items="Items[]"),
    id="{parent.ApiId}/{RouteId}",
    name="RouteKey",
    parent_relation="HAS_ROUTE",
    parent_incoming=True,
    omit=("RequestModels", "RequestParameters", "ModelSelectionExpression"),
    computed=(Computed("api_id", PropertyType.STRING, _api, "apigatewayv2:GetRoutes"),),
)

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
            _INTEGRATION,
            _ROUTE,
        ),
    ),
    Resource(
        label="AWSAPIGatewayV2VpcLink",
        description="A private way from interfaces into the subnets of a VPC.",
        list=Call("apigatewayv2:GetVpcLinks", items="Items[]"),
        id="VpcLinkId",
        arn="arn:{partition}:apigateway:{region}::/vpclinks/{VpcLinkId}",
        name="Name",
        relations=(
            points_to(
                "AWSEC2SecurityGroup", "MEMBER_OF_EC2_SECURITY_GROUP", by="SecurityGroupIds[]"
            ),
            points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="SubnetIds[]"),
        ),
    ),
)
