"""AWS Systems Manager: parameters (never their values) and managed instances."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import (
    Call,
    Computed,
    Document,
    Naming,
    Path,
    Resource,
    pointed_from,
    points_to,
)
from cloudwarden.schema.labels import PropertyType

# Not every answer has the ARN. A name that is no path gets the slash that its ARN has.
_PARAMETER_ARN = (
    "arn:{partition}:ssm:{region}:{account}:parameter"
    "{starts_with(Name, '/') && Name || join('', ['/', Name])}"
)


def _short_key_id(parameter: Document) -> str | None:
    """The key's bare id, where the parameter names it by id or ARN and not by alias."""
    key = str(parameter.get("KeyId") or "").rpartition("/")[2]
    return None if not key or "alias/" in str(parameter["KeyId"]) else key


RESOURCES = (
    Resource(
        label="AWSSSMParameter",
        aliases=("SSMParameter",),
        list=Call("ssm:DescribeParameters", items="Parameters[]", parameters={"MaxResults": 50}),
        details=(
            Call(
                "ssm:ListTagsForResource",
                parameters={"ResourceType": "Parameter", "ResourceId": Path("Name")},
                tags="TagList",
            ),
        ),
        id=_PARAMETER_ARN,
        arn=_PARAMETER_ARN,
        name="Name",
        naming=Naming.SQUASHED,
        # `version` is a text on every other label, and a property name has one type.
        names={"Policies": "policies_json", "Version": "parameter_version"},
        omit=("ARN",),
        computed=(
            Computed(
                "kms_key_id_short",
                PropertyType.STRING,
                _short_key_id,
                "ssm:DescribeParameters",
                "The id of the key that encrypts it, without its ARN.",
            ),
        ),
        relations=(points_to("AWSKMSKey", "ENCRYPTED_BY", by="KeyId"),),
        description="A configuration parameter, plain or encrypted.",
    ),
    Resource(
        label="AWSSSMInstanceInformation",
        aliases=("SSMInstanceInformation",),
        list=Call(
            "ssm:DescribeInstanceInformation",
            items="InstanceInformationList[]",
            parameters={"MaxResults": 50},
        ),
        id="InstanceId",
        name="InstanceId",
        names={"Name": "name"},
        omit=("AssociationOverview",),
        volatile=(
            "LastPingDateTime",
            "LastAssociationExecutionDate",
            "LastSuccessfulAssociationExecutionDate",
        ),
        relations=(pointed_from("AWSEC2Instance", "HAS_INFORMATION", by="InstanceId"),),
        description="What the Systems Manager agent of an instance reports.",
    ),
)
