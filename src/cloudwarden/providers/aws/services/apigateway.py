"""Amazon API Gateway, REST: interfaces, stages, resources, methods and what is behind them."""

from __future__ import annotations

import re
from typing import Any

from cloudwarden.providers.aws.declarations import (
    Call,
    Computed,
    Document,
    Naming,
    Part,
    Path,
    Resource,
    points_to,
)
from cloudwarden.providers.aws.resource_policies import anonymous_actions
from cloudwarden.providers.aws.values import to_text
from cloudwarden.schema.labels import PropertyType

_APIS = "apigateway:GetRestApis"
_RESOURCES = "apigateway:GetResources"


def _policy(document: Document) -> str | None:
    """The interface's policy; the service answers it with its quotation marks escaped."""
    text = to_text(document.get("policy"))
    return text.replace('\\"', '"') if text and text.startswith("{\\") else text


def _anonymous_actions(document: Document) -> list[str]:
    return anonymous_actions(_policy(document))


def _open_methods(document: Document) -> list[str]:
    """Methods that ask for no authorisation and no key; OPTIONS is what browsers ask first."""
    methods = document.get("resourceMethods") or {}
    return sorted(
        verb
        for verb, method in methods.items()
        if verb != "OPTIONS"
        and (method or {}).get("authorizationType") == "NONE"
        and not (method or {}).get("apiKeyRequired")
    )


def _endpoint_type(document: Document) -> str | None:
    types = (document.get("endpointConfiguration") or {}).get("types") or []
    return types[0] if types else None


#: A function's ARN within the URI that API Gateway calls it by.
_FUNCTION = re.compile(r"functions/(arn:[^/]+:function:[^/:]+)(?::[^/]*)?/invocations")


def function_of(uri: Any, _document: Document | None = None) -> str | None:
    """The function that an integration's URI calls; None for any other."""
    found = _FUNCTION.search(str(uri))
    return found[1] if found else None


def _is_exposed(document: Document) -> bool:
    """Whether its address resolves on the internet: every endpoint type but a private one."""
    return _endpoint_type(document) != "PRIVATE" and not document.get("disableExecuteApiEndpoint")


STAGE = Part(
    label="AWSAPIGatewayStage",
    aliases=("APIGatewayStage",),
    description="A deployed version of a REST interface.",
    list=Call("apigateway:GetStages", items="item[]", parameters={"restApiId": Path("id")}),
    id="arn:{partition}:apigateway:{region}::/restapis/{parent.id}/stages/{stageName}",
    arn="arn:{partition}:apigateway:{region}::/restapis/{parent.id}/stages/{stageName}",
    name="stageName",
    parent_relation="ASSOCIATED_WITH",
    parent_incoming=True,
    naming=Naming.SQUASHED,
    # Stage variables may hold secrets.
    omit=("variables", "canarySettings.stageVariableOverrides"),
)

INTEGRATION = Part(
    label="AWSAPIGatewayIntegration",
    aliases=("APIGatewayIntegration",),
    description="What answers a method: a function, an address, a load balancer behind a VPC link.",
    path="[methodIntegration] | [?@]",
    id="{parent.parent.parent.id}/{parent.parent.id}/{parent.httpMethod}",
    parent_relation="HAS_INTEGRATION",
    parent_incoming=True,
    names={"httpMethod": "integration_http_method"},
    # Parameters and templates may hold secrets.
    omit=(
        "requestParameters",
        "requestTemplates",
        "integrationResponses",
        "cacheNamespace",
        "cacheKeyParameters",
        "tlsConfig",
    ),
    computed=(
        Computed(
            "api_id",
            PropertyType.STRING,
            lambda document: str(document["parent"]["parent"]["parent"]["id"]),
            _RESOURCES,
        ),
        Computed(
            "resource_id",
            PropertyType.STRING,
            lambda document: str(document["parent"]["parent"]["id"]),
            _RESOURCES,
        ),
        Computed(
            "httpmethod",
            PropertyType.STRING,
            lambda document: document["parent"].get("httpMethod"),
            _RESOURCES,
        ),
        Computed(
            "authorization_type",
            PropertyType.STRING,
            lambda document: document["parent"].get("authorizationType"),
            _RESOURCES,
            "Who may call the method: `NONE` is everybody.",
        ),
        Computed(
            "api_key_required",
            PropertyType.BOOLEAN,
            lambda document: document["parent"].get("apiKeyRequired"),
            _RESOURCES,
        ),
    ),
    relations=(
        points_to("AWSAPIGatewayResource", "HAS_INTEGRATION", by="parent.parent.id", incoming=True),
        points_to("AWSLambda", "INVOKES", by="uri", transform=function_of),
        points_to("AWSAPIGatewayVpcLink", "USES_VPC_LINK", by="connectionId"),
        points_to("AWSLoadBalancerV2", "INTEGRATES_WITH", by="integrationTarget"),
    ),
)

METHOD = Part(
    label="AWSAPIGatewayMethod",
    aliases=("APIGatewayMethod",),
    description="A verb on a path of a REST interface, and who may use it.",
    path="resourceMethods.*",
    id="{parent.parent.id}/{parent.id}/{httpMethod}",
    parent_relation="HAS_METHOD",
    parent_incoming=True,
    names={"httpMethod": "httpmethod"},
    omit=("requestParameters", "requestModels", "methodResponses", "methodIntegration"),
    parts=(INTEGRATION,),
)

PATH = Part(
    label="AWSAPIGatewayResource",
    aliases=("APIGatewayResource",),
    description="A path of a REST interface.",
    list=Call(
        _RESOURCES,
        items="items[]",
        parameters={"restApiId": Path("id"), "embed": ["methods"]},
    ),
    id="id",
    name="path",
    parent_relation="RESOURCE",
    parent_incoming=True,
    naming=Naming.SQUASHED,
    omit=("resourceMethods",),
    computed=(
        Computed(
            "methods",
            PropertyType.STRINGS,
            lambda document: sorted(document.get("resourceMethods") or {}),
            _RESOURCES,
        ),
        Computed(
            "open_methods",
            PropertyType.STRINGS,
            _open_methods,
            _RESOURCES,
            "Methods that ask for no authorisation and no key.",
        ),
    ),
    parts=(METHOD,),
)

RESOURCES = (
    Resource(
        label="AWSAPIGatewayRestAPI",
        aliases=("APIGatewayRestAPI",),
        description="A REST interface.",
        list=Call("apigateway:GetRestApis", items="items[]"),
        id="id",
        arn="arn:{partition}:apigateway:{region}::/restapis/{id}",
        name="name",
        naming=Naming.SQUASHED,
        omit=("policy", "warnings"),
        computed=(
            Computed("policy", PropertyType.JSON, _policy, _APIS),
            Computed(
                "anonymous_access",
                PropertyType.BOOLEAN,
                lambda document: bool(_anonymous_actions(document)),
                _APIS,
                "Whether its policy lets anybody call it.",
            ),
            Computed("anonymous_actions", PropertyType.STRINGS, _anonymous_actions, _APIS),
            Computed("endpoint_type", PropertyType.STRING, _endpoint_type, _APIS),
            Computed(
                "exposed_internet",
                PropertyType.BOOLEAN,
                _is_exposed,
                _APIS,
                "Whether its address resolves on the internet.",
            ),
        ),
        parts=(STAGE, PATH),
    ),
    Resource(
        label="AWSAPIGatewayVpcLink",
        description="A private way from REST interfaces to network load balancers.",
        list=Call("apigateway:GetVpcLinks", items="items[]"),
        id="id",
        arn="arn:{partition}:apigateway:{region}::/vpclinks/{id}",
        name="name",
        relations=(points_to("AWSLoadBalancerV2", "LEADS_TO", by="targetArns[]"),),
    ),
)
