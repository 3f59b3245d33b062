"""Amazon EC2: VPC block public access, the region's setting and what is excluded from it.

One script for both: there is nothing to exclude where nothing is blocked, and it is not asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwarden.providers.aws.declarations import Produced, Resource
from cloudwarden.providers.aws.tags import read_tags

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Steps

_OPTIONS = "ec2:DescribeVpcBlockPublicAccessOptions"
_EXCLUSIONS = "ec2:DescribeVpcBlockPublicAccessExclusions"
_LABEL = "AWSVpcBlockPublicAccess"
_EXCLUSION = "AWSVpcBlockPublicAccessExclusion"
_GONE = frozenset({"delete-complete", "create-failed", "disable-complete"})


def read_settings(context: ReadContext) -> Steps:
    """The setting, then the exclusions from it where it blocks anything."""
    answer = yield from context.request(_OPTIONS)
    options = (answer.document or {}).get("VpcBlockPublicAccessOptions") or {}
    if answer.document is None:
        context.incomplete(_OPTIONS, answer.failure)
        return context.reading([])
    found = [
        context.asset(
            _LABEL, options, id_=f"{context.account}/{context.region}", name=context.region
        )
    ]
    if options.get("InternetGatewayBlockMode") in (None, "off"):
        return context.reading(found)
    listed = yield from context.paginate(_EXCLUSIONS, tokens={"NextToken": "NextToken"})
    for one in listed.items("VpcBlockPublicAccessExclusions"):
        if one.get("State") not in _GONE:
            tags = read_tags(one.get("Tags"))
            found.append(
                context.asset(
                    _EXCLUSION, one, id_=one["ExclusionId"], name=tags.get("Name"), tags=tags
                )
            )
    return context.reading(found)


RESOURCES = (
    Resource(
        label=_LABEL,
        read=read_settings,
        operations=(_OPTIONS, _EXCLUSIONS),
        produces=(
            Produced(
                label=_LABEL,
                shape=(_OPTIONS, "VpcBlockPublicAccessOptions"),
                omit=("AwsAccountId", "AwsRegion"),
                listings=(_OPTIONS,),
                description="Whether a region keeps VPCs from the internet, whatever their routes.",
            ),
            Produced(
                label=_EXCLUSION,
                shape=(_EXCLUSIONS, "VpcBlockPublicAccessExclusions[]"),
                listings=(_OPTIONS, _EXCLUSIONS),
                description="A VPC or subnet that block public access leaves alone.",
            ),
        ),
        description="Whether a region keeps VPCs from the internet, whatever their routes.",
    ),
)
