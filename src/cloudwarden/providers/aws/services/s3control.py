"""Amazon S3 access points: entries to buckets, each with a policy of its own.

Those for directory buckets and for functions (Object Lambda) are other things with APIs of their
own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwarden.providers.aws.declarations import Call, Path, Produced, Resource, points_to
from cloudwarden.schema.labels import PropertyType
from cloudwarden.schema.records import Relation

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Steps

_ACCOUNT = {"AccountId": Path("{account}")}
_SETTINGS, _POLICY = "s3control:GetAccessPoint", "s3control:GetAccessPointPolicy"
_BLOCK = "PublicAccessBlockConfiguration"

_MULTI_LABEL = "AWSS3MultiRegionAccessPoint"
_MULTI, _MULTI_POLICY = (
    "s3control:ListMultiRegionAccessPoints",
    "s3control:GetMultiRegionAccessPointPolicy",
)
#: One region answers for all of them, and only this partition has any.
_MULTI_REGION, _MULTI_PARTITION = "us-west-2", "aws"
_NO_POLICY = ("NoSuchMultiRegionAccessPointPolicy", "NoSuchAccessPointPolicy")
_FLAGS = {
    "block_public_acls": "BlockPublicAcls",
    "block_public_policy": "BlockPublicPolicy",
    "ignore_public_acls": "IgnorePublicAcls",
    "restrict_public_buckets": "RestrictPublicBuckets",
}
_TEXT, _TEXTS, _FLAG = PropertyType.STRING, PropertyType.STRINGS, PropertyType.BOOLEAN


def read_multi_region(context: ReadContext) -> Steps:
    """List the account's access points for several regions, then the policy of each."""
    if context.partition != _MULTI_PARTITION:
        return context.reading(())
    listed = yield from context.paginate(_MULTI, region=_MULTI_REGION, AccountId=context.account)
    points = listed.items("AccessPoints")
    answers = yield from context.requests(
        [
            context.prepare(
                _MULTI_POLICY, region=_MULTI_REGION, AccountId=context.account, Name=one["Name"]
            )
            for one in points
        ],
        absent=_NO_POLICY,
    )
    assets = []
    for point, answer in zip(points, answers, strict=True):
        arn = f"arn:{context.partition}:s3::{context.account}:accesspoint/{point['Alias']}"
        buckets = sorted(str(one["Bucket"]) for one in point.get("Regions") or ())
        block = point.get("PublicAccessBlock") or {}
        properties: dict[str, Any] = {
            "arn": arn,
            "alias": point["Alias"],
            "status": point.get("Status"),
            "created_at": point.get("CreatedAt"),
            "buckets": buckets,
            **{name: block.get(member) for name, member in _FLAGS.items()},
        }
        if answer.document is not None:
            told = answer.document.get("Policy") or {}
            properties["policy"] = (told.get("Established") or {}).get("Policy")
        assets.append(
            context.asset(
                _MULTI_LABEL,
                {},
                id_=arn,
                name=point["Name"],
                properties=properties,
                relations=[Relation("ACCESS_POINT_OF", "AWSS3Bucket", one) for one in buckets],
                unread={_MULTI_POLICY: answer.failure} if answer.failure else {},
            )
        )
    return context.reading(assets)


MULTI_REGION = Resource(
    label=_MULTI_LABEL,
    is_global=True,
    read=read_multi_region,
    operations=(_MULTI, _MULTI_POLICY),
    produces=(
        Produced(
            label=_MULTI_LABEL,
            aliases=("S3MultiRegionAccessPoint",),
            description="An entry to buckets in several regions with a policy of its own.",
            properties={
                "alias": (_TEXT, _MULTI),
                "buckets": (_TEXTS, _MULTI),
                "created_at": (_TEXT, _MULTI),
                "policy": (PropertyType.JSON, _MULTI_POLICY),
                "status": (_TEXT, _MULTI),
                **dict.fromkeys(_FLAGS, (_FLAG, _MULTI)),
            },
            relations=(points_to("AWSS3Bucket", "ACCESS_POINT_OF", by="", operations=(_MULTI,)),),
            listings=(_MULTI,),
        ),
    ),
)

RESOURCES = (
    Resource(
        label="AWSS3AccessPoint",
        aliases=("S3AccessPoint",),
        description="An entry to a bucket with a name and a policy of its own.",
        list=Call("s3control:ListAccessPoints", items="AccessPointList[]", parameters=_ACCOUNT),
        details=(
            Call(_SETTINGS, parameters=_ACCOUNT),
            Call(_POLICY, parameters=_ACCOUNT, absent=("NoSuchAccessPointPolicy",)),
            # Policies may go by them.
            Call(
                "s3control:ListTagsForResource",
                parameters={**_ACCOUNT, "ResourceArn": Path("AccessPointArn")},
                tags="Tags",
            ),
        ),
        id="AccessPointArn",
        arn="AccessPointArn",
        name="Name",
        names={
            f"{_BLOCK}.BlockPublicAcls": "block_public_acls",
            f"{_BLOCK}.BlockPublicPolicy": "block_public_policy",
            f"{_BLOCK}.IgnorePublicAcls": "ignore_public_acls",
            f"{_BLOCK}.RestrictPublicBuckets": "restrict_public_buckets",
            "VpcConfiguration.VpcId": "vpc_id",
        },
        types={"Policy": PropertyType.JSON},
        omit=("AccessPointArn", "Endpoints"),
        relations=(
            points_to("AWSS3Bucket", "ACCESS_POINT_OF", by="Bucket"),
            points_to("AWSVpc", "MEMBER_OF_AWS_VPC", by="VpcConfiguration.VpcId"),
        ),
    ),
    MULTI_REGION,
)
