"""AWS Lambda: functions, their aliases and layers, and event source mappings.

Environment variables hold secrets too often to be kept: only their names are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cloudwarden.providers.aws.declarations import (
    Call,
    Computed,
    Document,
    Naming,
    Part,
    Path,
    Resource,
    pointed_from,
    points_to,
)
from cloudwarden.providers.aws.resource_policies import anonymous
from cloudwarden.providers.aws.values import to_text
from cloudwarden.schema.labels import PropertyType


def _environment_names(document: Document) -> list[str]:
    return sorted((document.get("Environment") or {}).get("Variables") or {})


def _image_digest(document: Document) -> str | None:
    resolved = to_text((document.get("Code") or {}).get("ResolvedImageUri"))
    return resolved.partition("@")[2] or None if resolved else None


def _function_arn(arn: Any, _document: Document) -> str | None:
    """A function's own ARN, from one that may end in a version or an alias."""
    return ":".join(str(arn).split(":")[:7]) if arn else None


def _only(service: str) -> Callable[[Any, Document], str | None]:
    """Keeps the ARNs of one service: a mapping's source may be of several."""
    return lambda arn, _document: str(arn) if str(arn).split(":")[2:3] == [service] else None


FUNCTION = Resource(
    label="AWSLambda",
    groups=("Function",),
    description="A Lambda function.",
    list=Call("lambda:ListFunctions", items="Functions[]"),
    details=(
        Call("lambda:GetPolicy", into="Resource", absent=("ResourceNotFoundException",)),
        Call("lambda:GetFunctionUrlConfig", into="Url", absent=("ResourceNotFoundException",)),
        Call("lambda:ListTags", parameters={"Resource": Path("FunctionArn")}, tags="Tags"),
        # Says which image runs; also answers a signed address of the code, which is not kept.
        Call("lambda:GetFunction", items="Code", into="Code", when="PackageType == 'Image'"),
    ),
    id="FunctionArn",
    arn="FunctionArn",
    name="FunctionName",
    naming=Naming.SQUASHED,
    names={
        "MemorySize": "memory",
        "LastModified": "modifieddate",
        "Role": "role_arn",
        "VpcConfig.VpcId": "vpc_id",
        "VpcConfig.SubnetIds": "subnet_ids",
        "VpcConfig.SecurityGroupIds": "security_group_ids",
        "VpcConfig.Ipv6AllowedForDualStack": "ipv6_allowed",
        "DeadLetterConfig.TargetArn": "dead_letter_target_arn",
        "EphemeralStorage.Size": "ephemeral_storage_size",
        "Code.ImageUri": "image_uri",
        "Resource.Policy": "policy",
        "Url.FunctionUrl": "function_url",
        "Url.AuthType": "function_url_auth_type",
    },
    omit=(
        "AcceleratorConfig",
        "CapacityProviderConfig",
        "DurableConfig",
        "Environment",
        "RuntimeConfig",
        "RuntimeVersionConfig.Error",
        "ImageConfigResponse",
        "Layers",
        "Code.Location",
        "Code.RepositoryType",
        "Code.SourceKMSKeyArn",
        "Code.ResolvedImageUri",
        "Code.ResolvedS3Object",
        "Code.Error",
        "Resource.RevisionId",
        "Url.FunctionArn",
        "Url.Cors",
        "Url.CreationTime",
        "Url.LastModifiedTime",
        "Url.InvokeMode",
    ),
    computed=(
        *anonymous("lambda:GetPolicy", by="Resource.Policy"),
        Computed(
            "environment_variable_names",
            PropertyType.STRINGS,
            _environment_names,
            "lambda:ListFunctions",
            "Names of its environment variables; values are not kept.",
        ),
        Computed("image_digest", PropertyType.STRING, _image_digest, "lambda:GetFunction"),
    ),
    relations=(
        points_to("AWSRole", "ASSUMES", by="Role"),
        points_to("AWSPrincipal", "STS_ASSUMEROLE_ALLOW", by="Role"),
        points_to(
            "AWSEC2SecurityGroup",
            "MEMBER_OF_EC2_SECURITY_GROUP",
            by="VpcConfig.SecurityGroupIds",
        ),
        points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="VpcConfig.SubnetIds"),
        points_to("AWSKMSKey", "ENCRYPTED_BY", by="KMSKeyArn"),
        points_to(
            "AWSECRImage",
            "HAS_IMAGE",
            by="Code.ResolvedImageUri",
            transform=lambda uri, _document: str(uri).partition("@")[2] or None,
        ),
    ),
    parts=(
        Part(
            label="AWSLambdaFunctionAlias",
            description="A name for one version of a function.",
            list=Call("lambda:ListAliases", items="Aliases[]"),
            id="AliasArn",
            arn="AliasArn",
            name="Name",
            parent_relation="KNOWN_AS",
            parent_incoming=True,
            naming=Naming.SQUASHED,
            names={"Name": "aliasname"},
        ),
        Part(
            label="AWSLambdaLayer",
            description="A layer that a function uses.",
            path="Layers",
            id="Arn",
            arn="Arn",
            name="split(Arn, ':')[6]",
            parent_relation="HAS",
            parent_incoming=True,
            naming=Naming.SQUASHED,
        ),
    ),
)

EVENT_SOURCE_MAPPING = Resource(
    label="AWSLambdaEventSourceMapping",
    description="What makes a function run: a queue, stream or topic that is polled for it.",
    list=Call("lambda:ListEventSourceMappings", items="EventSourceMappings[]"),
    id="UUID",
    arn="EventSourceMappingArn",
    name="UUID",
    naming=Naming.SQUASHED,
    names={"MaximumRecordAgeInSeconds": "maximumrecordage"},
    omit=(
        "FilterCriteria",
        "FilterCriteriaError",
        "SourceAccessConfigurations",
        "AmazonManagedKafkaEventSourceConfig",
        "SelfManagedKafkaEventSourceConfig",
        "ProvisionedPollerConfig",
    ),
    volatile=("LastProcessingResult",),
    relations=(
        pointed_from("AWSLambda", "RESOURCE", by="FunctionArn", transform=_function_arn),
        points_to("AWSSQSQueue", "POLLS", by="EventSourceArn", transform=_only("sqs")),
        points_to("AWSDynamoDBStream", "POLLS", by="EventSourceArn", transform=_only("dynamodb")),
    ),
)

LAYER = Resource(
    label="AWSLambdaSharedLayer",
    description="A layer that the account publishes, for functions of its own or of others.",
    list=Call("lambda:ListLayers", items="Layers[]"),
    id="LayerArn",
    arn="LayerArn",
    name="LayerName",
    omit=("LatestMatchingVersion",),
    parts=(
        Part(
            label="AWSLambdaLayerVersion",
            description="A version of a layer that the account publishes.",
            list=Call("lambda:ListLayerVersions", items="LayerVersions[]"),
            details=(
                Call(
                    "lambda:GetLayerVersionPolicy",
                    parameters={
                        "LayerName": Path("parent.LayerArn"),
                        "VersionNumber": Path("Version"),
                    },
                    into="Resource",
                    absent=("ResourceNotFoundException",),
                ),
            ),
            id="LayerVersionArn",
            arn="LayerVersionArn",
            name="split(LayerVersionArn, ':')[6]",
            names={"Resource.Policy": "policy", "Version": "version_number"},
            omit=("Resource.RevisionId",),
            parent_relation="VERSION_OF",
        ),
    ),
)

RESOURCES = (FUNCTION, EVENT_SOURCE_MAPPING, LAYER)
