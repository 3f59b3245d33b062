"""Amazon S3 access points: entries to buckets, each with a policy of its own.

Those for several regions, for directory buckets and for functions (Object Lambda) are other things
with APIs of their own.
"""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Path, Resource, points_to
from cloudwarden.schema.labels import PropertyType

_ACCOUNT = {"AccountId": Path("{account}")}
_SETTINGS, _POLICY = "s3control:GetAccessPoint", "s3control:GetAccessPointPolicy"
_BLOCK = "PublicAccessBlockConfiguration"

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
)
