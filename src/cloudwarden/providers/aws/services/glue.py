"""AWS Glue: the policy of the Data Catalog, which says who else may use what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwarden.providers.aws.declarations import Produced, Resource
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
)
