"""Amazon S3: buckets with their policy statements and ACL grants.

Buckets are listed once an account and asked about in the region that each lives in; hence a
script of its own instead of a list call with details.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwarden.providers.aws.declarations import Points, Produced, Resource, points_to
from cloudwarden.providers.aws.s3 import details
from cloudwarden.providers.aws.s3.assets import Bucket, assets_of
from cloudwarden.providers.aws.s3.locations import locate
from cloudwarden.schema.labels import PropertyType

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Request, Steps
    from cloudwarden.schema.records import Asset

_TEXT, _TEXTS = PropertyType.STRING, PropertyType.STRINGS

_GRANT_TEXTS = (
    "displayname",
    "email",
    "granteeid",
    "owner",
    "ownerid",
    "permission",
    "type",
    "uri",
)
_STATEMENT_TEXTS = ("bucket", "effect", "policy_id", "policy_version", "sid")
_STATEMENT_LISTS = ("action", "notaction", "resource", "notresource")


def read_buckets(context: ReadContext) -> Steps:
    """List the account's buckets, then ask everything about each in its own region."""
    listed = yield from context.paginate(
        details.LIST,
        tokens={"ContinuationToken": "ContinuationToken"},
        # Only a list with a parameter says where its buckets are.
        MaxBuckets=1000,
    )
    buckets = {
        entry["Name"]: Bucket(entry, context.account, context.partition, context.scope.region)
        for entry in listed.items("Buckets")
    }
    yield from locate(context, buckets)
    for wave in details.WAVES:
        requests: list[Request] = [
            context.prepare(detail.operation, region=bucket.region, Bucket=bucket.name)
            for bucket in buckets.values()
            for detail in wave
            if bucket.wants(detail)
        ]
        answers = yield from context.requests(requests, absent=details.NOTHING_THERE)
        for answer in answers:
            buckets[answer.request.parameters["Bucket"]].take(answer)
    found: list[Asset] = []
    for bucket in buckets.values():
        if bucket.is_gone:
            continue
        bucket.doubt()
        for operation in (details.POLICY, details.ACL):
            # Their statements and grants are assets too, and must not be called gone.
            context.incomplete(operation, bucket.unread.get(operation))
        found += assets_of(bucket)
    return context.reading(found)


def _edge(target: str, type_: str, operation: str) -> Points:
    """An edge that `assets_of` makes from one operation's answer."""
    return points_to(target, type_, by="", operations=(operation,))


BUCKET = Resource(
    label="AWSS3Bucket",
    is_global=True,
    read=read_buckets,
    operations=(
        details.LIST,
        details.LOCATION,
        *(detail.operation for wave in details.WAVES for detail in wave),
    ),
    produces=(
        Produced(
            label="AWSS3Bucket",
            aliases=("S3Bucket",),
            groups=("ObjectStorage",),
            description="A bucket, in the region that it lives in.",
            properties={
                "arn": (_TEXT, details.LIST),
                "creationdate": (_TEXT, details.LIST),
                **{p.name: (p.type, p.operations) for p in details.PROPERTIES},
            },
            relations=(
                _edge("AWSKMSKey", "ENCRYPTED_BY", details.ENCRYPTION),
                _edge("AWSSNSTopic", "NOTIFIES", details.NOTIFICATION),
                _edge("AWSSQSQueue", "NOTIFIES", details.NOTIFICATION),
                _edge("AWSLambda", "NOTIFIES", details.NOTIFICATION),
                _edge("AWSS3Bucket", "LOGS_TO", details.LOGGING),
                _edge("AWSS3Bucket", "REPLICATES_TO", details.REPLICATION),
                _edge("AWSS3PolicyStatement", "POLICY_STATEMENT", details.POLICY),
            ),
            listings=(details.LIST,),
            tag_operations=(details.TAGS,),
        ),
        Produced(
            label="AWSS3Acl",
            aliases=("S3Acl",),
            description="One grant of a bucket's access control list.",
            properties=dict.fromkeys(
                (
                    "displayname",
                    "email",
                    "granteeid",
                    "owner",
                    "ownerid",
                    "permission",
                    "type",
                    "uri",
                ),
                (_TEXT, details.ACL),
            ),
            relations=(_edge("AWSS3Bucket", "APPLIES_TO", details.ACL),),
            listings=(details.LIST, details.ACL),
        ),
        Produced(
            label="AWSS3PolicyStatement",
            aliases=("S3PolicyStatement",),
            description="One statement of a bucket's policy.",
            properties={
                **dict.fromkeys(
                    ("bucket", "effect", "policy_id", "policy_version", "sid"),
                    (_TEXT, details.POLICY),
                ),
                **dict.fromkeys(
                    ("action", "notaction", "resource", "notresource"), (_TEXTS, details.POLICY)
                ),
                "condition": (PropertyType.JSON, details.POLICY),
                "principal": (PropertyType.JSON, details.POLICY),
            },
            listings=(details.LIST, details.POLICY),
        ),
    ),
)

RESOURCES = (BUCKET,)
