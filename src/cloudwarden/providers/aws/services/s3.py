"""Amazon S3: buckets with their policy statements and ACL grants.

Buckets are listed once an account and asked about in the region that each lives in; hence a
script of its own instead of a list call with details.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwarden.providers.aws.declarations import Produced, Resource, points_to
from cloudwarden.providers.aws.s3 import details
from cloudwarden.providers.aws.s3.assets import Bucket, assets_of
from cloudwarden.providers.aws.script import Script
from cloudwarden.schema.labels import PropertyType

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Answer, Request, Steps
    from cloudwarden.schema.records import Asset, Failure

#: How one location is still spelled for the oldest buckets; a bucket without one is in the first.
_OLD_SPELLING = {"EU": "eu-west-1"}

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
    script = Script(context.scope, context.region)
    entries = yield from script.listing(
        details.LIST,
        "Buckets",
        {"ContinuationToken": "ContinuationToken"},
        # Only a list with a parameter says where its buckets are.
        {"MaxBuckets": 1000},
    )
    regions, lost = yield from _locate(script, entries, context.region)
    requests: list[Request] = [
        script.request(operation, {"Bucket": entry["Name"]}, regions[entry["Name"]])
        for entry in entries
        if entry["Name"] in regions
        for operation in details.DETAILS
    ]
    answers = yield from script.ask(requests, absent=details.DETAILS)
    by_bucket: dict[str, list[Answer]] = {entry["Name"]: [] for entry in entries}
    for answer in answers:
        by_bucket[answer.request.parameters["Bucket"]].append(answer)
    found: list[Asset] = []
    for entry in entries:
        name = entry["Name"]
        facts = {a.request.operation: a.document for a in by_bucket[name] if a.document is not None}
        unread: dict[str, Failure] = {
            a.request.operation: a.failure for a in by_bucket[name] if a.failure is not None
        }
        if name in lost:
            unread = dict.fromkeys((details.LOCATION, *details.DETAILS), lost[name])
        for operation in (details.POLICY, details.ACL):
            # Their statements and grants are assets too, and must not be called gone.
            script.incomplete(unread.get(operation), operation)
        region = regions.get(name, context.scope.region)
        found += assets_of(
            Bucket(entry, context.scope.account, context.partition, region, facts, unread)
        )
    return script.reading(found)


def _locate(script: Script, entries: list[Any], first_region: str) -> Any:
    """Where each bucket is, and why some could not be located."""
    regions = {e["Name"]: str(e["BucketRegion"]) for e in entries if e.get("BucketRegion")}
    lost: dict[str, Failure] = {}
    unknown = [entry["Name"] for entry in entries if entry["Name"] not in regions]
    answers = yield from script.ask(
        [script.request(details.LOCATION, {"Bucket": name}) for name in unknown]
    )
    for name, answer in zip(unknown, answers, strict=True):
        if answer.document is None:
            lost[name] = answer.failure
            continue
        location = answer.document.get("LocationConstraint") or first_region
        regions[name] = _OLD_SPELLING.get(location, str(location))
    return regions, lost


BUCKET = Resource(
    label="AWSS3Bucket",
    is_global=True,
    read=read_buckets,
    operations=(details.LIST, details.LOCATION, *details.DETAILS),
    produces=(
        Produced(
            label="AWSS3Bucket",
            aliases=("S3Bucket",),
            groups=("ObjectStorage",),
            description="A bucket, in the region that it lives in.",
            properties={
                "creationdate": (_TEXT, details.LIST),
                **{p.name: (p.type, p.operations[0]) for p in details.PROPERTIES},
            },
            relations=(
                points_to("AWSKMSKey", "ENCRYPTED_BY", by=""),
                points_to("AWSSNSTopic", "NOTIFIES", by=""),
                points_to("AWSSQSQueue", "NOTIFIES", by=""),
                points_to("AWSLambda", "NOTIFIES", by=""),
                points_to("AWSS3Bucket", "LOGS_TO", by=""),
                points_to("AWSS3Bucket", "REPLICATES_TO", by=""),
                points_to("AWSS3PolicyStatement", "POLICY_STATEMENT", by=""),
            ),
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
            relations=(points_to("AWSS3Bucket", "APPLIES_TO", by=""),),
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
        ),
    ),
)

RESOURCES = (BUCKET,)
