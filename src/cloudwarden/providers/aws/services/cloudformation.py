"""AWS CloudFormation: stacks, and the stack sets that make them in other accounts and regions.

Parameter values are not kept: they hold secrets too often.
"""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import (
    Call,
    Computed,
    Document,
    Resource,
    points_to,
)
from cloudwarden.schema.labels import PropertyType

_DESCRIBE = "cloudformation:DescribeStacks"


def _names(list_member: str, member: str, document: Document) -> list[str]:
    entries = document.get(list_member) or []
    return sorted(entry[member] for entry in entries if entry.get(member))


RESOURCES = (
    Resource(
        label="AWSCloudFormationStack",
        aliases=("CloudFormationStack",),
        description="Resources that were created from one template.",
        list=Call(_DESCRIBE, items="Stacks[]"),
        id="StackId",
        arn="StackId",
        name="StackName",
        names={"NotificationARNs": "notification_arns", "RoleARN": "role_arn"},
        omit=("Parameters", "Outputs", "LastOperations", "DriftInformation.LastCheckTimestamp"),
        computed=(
            Computed(
                "parameter_names",
                PropertyType.STRINGS,
                lambda document: _names("Parameters", "ParameterKey", document),
                _DESCRIBE,
                "Names of its parameters; values are not kept.",
            ),
            Computed(
                "output_names",
                PropertyType.STRINGS,
                lambda document: _names("Outputs", "OutputKey", document),
                _DESCRIBE,
                "Names of its outputs; values are not kept.",
            ),
        ),
        relations=(
            points_to("AWSRole", "HAS_EXECUTION_ROLE", by="RoleARN"),
            points_to("AWSSNSTopic", "NOTIFIES", by="NotificationARNs"),
            points_to("AWSCloudFormationStack", "PART_OF_STACK", by="ParentId"),
        ),
    ),
    Resource(
        label="AWSCloudFormationStackSet",
        aliases=("CloudFormationStackSet",),
        description="One template for many accounts and regions, and the role that administers it.",
        list=Call(
            "cloudformation:ListStackSets",
            items="Summaries[]",
            parameters={"Status": "ACTIVE"},
        ),
        details=(Call("cloudformation:DescribeStackSet", items="StackSet"),),
        id="arn:{partition}:cloudformation:{region}:{account}:stackset/{StackSetId}",
        arn="arn:{partition}:cloudformation:{region}:{account}:stackset/{StackSetId}",
        name="StackSetName",
        names={"AdministrationRoleARN": "administration_role_arn"},
        omit=(
            "StackSetARN",
            "TemplateBody",
            "Parameters",
            "DriftStatus",
            "LastDriftCheckTimestamp",
            "StackSetDriftDetectionDetails",
        ),
        relations=(points_to("AWSRole", "HAS_EXECUTION_ROLE", by="AdministrationRoleARN"),),
    ),
)
