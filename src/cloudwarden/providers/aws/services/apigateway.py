"""Amazon API Gateway, REST: interfaces, stages, resources and methods."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import (
    Call,
    Computed,
    Document,
    Naming,
    Part,
    Path,
    Resource,
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
)
