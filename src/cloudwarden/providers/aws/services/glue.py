"""AWS Glue: the policy of the Data Catalog, and what runs code: jobs, endpoints and sessions.

What jobs are started with is not kept: secrets are put there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwarden.providers.aws.declarations import (
    Call,
    Document,
    Points,
    Produced,
    Resource,
    points_to,
)
from cloudwarden.schema.labels import PropertyType

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Steps

_LABEL = "AWSGlueResourcePolicy"
_POLICY = "glue:GetResourcePolicy"


def read_policy(context: ReadContext) -> Steps:
    """The policy of a region's catalog; one without a policy brings nothing."""
    answer = yield from context.request(_POLICY, absent=("EntityNotFoundException",))
    if answer.document is None:
        context.incomplete(_POLICY, answer.failure)
        return context.reading(())
    text = answer.document.get("PolicyInJson")
    if not text:
        return context.reading(())
    asset = context.asset(
        _LABEL,
        {},
        # No ARN: it is about databases and tables, which are not inside the catalog's.
        id_=f"{context.account}:{context.scope.region}:glue-resource-policy",
        name=f"Data Catalog of {context.scope.region}",
        properties={
            "policy": text,
            "policy_hash": answer.document.get("PolicyHash"),
            "create_time": answer.document.get("CreateTime"),
            "update_time": answer.document.get("UpdateTime"),
        },
    )
    return context.reading([asset])


def _arn(role: Any, _document: Document) -> str | None:
    """The ARN where a role is given by that, else none; made of its name by a template, that."""
    return str(role) if str(role).count("arn:") == 1 else None


#: A role is given by its ARN or by its name, with its path.
_RUNS_AS: tuple[Points, ...] = tuple(
    points_to("AWSRole", "HAS_EXECUTION_ROLE", by=by, transform=_arn)
    for by in ("Role", "arn:{partition}:iam::{account}:role/{Role}")
)

JOB = Resource(
    label="AWSGlueJob",
    aliases=("GlueJob",),
    description="A script that runs as the role that it was given.",
    list=Call("glue:GetJobs", items="Jobs[]"),
    id="arn:{partition}:glue:{region}:{account}:job/{Name}",
    arn="arn:{partition}:glue:{region}:{account}:job/{Name}",
    name="Name",
    names={"Connections.Connections": "connections", "Command.ScriptLocation": "script_location"},
    omit=(
        "AllocatedCapacity",
        "CodeGenConfigurationNodes",
        "DefaultArguments",
        "ExecutionProperty",
        "NonOverridableArguments",
        "NotificationProperty",
        "SourceControlDetails",
    ),
    relations=_RUNS_AS,
)

DEV_ENDPOINT = Resource(
    label="AWSGlueDevEndpoint",
    aliases=("GlueDevEndpoint",),
    description="A machine that one signs in to by SSH, and that acts as a role.",
    list=Call("glue:GetDevEndpoints", items="DevEndpoints[]"),
    id="arn:{partition}:glue:{region}:{account}:devEndpoint/{EndpointName}",
    arn="arn:{partition}:glue:{region}:{account}:devEndpoint/{EndpointName}",
    name="EndpointName",
    # The names by themselves are numbers elsewhere.
    names={"CreatedTimestamp": "created_at", "LastModifiedTimestamp": "last_modified_at"},
    omit=("Arguments", "PublicKey", "PublicKeys", "FailureReason", "LastUpdateStatus"),
    relations=(
        points_to("AWSRole", "HAS_EXECUTION_ROLE", by="RoleArn"),
        points_to("AWSEC2SecurityGroup", "MEMBER_OF_EC2_SECURITY_GROUP", by="SecurityGroupIds"),
        points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="SubnetId"),
    ),
)

SESSION = Resource(
    label="AWSGlueSession",
    aliases=("GlueSession",),
    description="An interactive session: statements that it is given run as its role.",
    list=Call("glue:ListSessions", items="Sessions[]"),
    id="arn:{partition}:glue:{region}:{account}:session/{Id}",
    arn="arn:{partition}:glue:{region}:{account}:session/{Id}",
    name="Id",
    names={"Id": "session_id", "Connections.Connections": "connections"},
    omit=("DefaultArguments", "Progress", "ErrorMessage", "ExecutionTime", "DPUSeconds"),
    relations=_RUNS_AS,
)

RESOURCES = (
    Resource(
        label=_LABEL,
        read=read_policy,
        operations=(_POLICY,),
        produces=(
            Produced(
                label=_LABEL,
                aliases=("GlueResourcePolicy",),
                description="Who may use the Data Catalog of a region, beside its own account.",
                properties={
                    "policy": (PropertyType.JSON, _POLICY),
                    "policy_hash": (PropertyType.STRING, _POLICY),
                    "create_time": (PropertyType.STRING, _POLICY),
                    "update_time": (PropertyType.STRING, _POLICY),
                },
            ),
        ),
    ),
    JOB,
    DEV_ENDPOINT,
    SESSION,
)
