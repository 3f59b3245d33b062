"""Where buckets are that the list did not say it of.

AWS's list names each bucket's region. An endpoint of another make may not, and yet take the list's
region filter (`BucketRegion` of ListBuckets): then the location of one bucket tells a region, and
the filtered list every other bucket in it, which is two calls a region instead of one a bucket. A
filter that leaves nothing out is believed only if it leaves out everything for another region;
otherwise each bucket is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudwarden.providers.aws.s3 import details
from cloudwarden.providers.aws.s3.assets import Bucket

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext

#: How one location is still spelled for the oldest buckets; a bucket without one is in the first.
_OLD_SPELLING = {"EU": "eu-west-1"}

#: So few are asked about one by one: filtering would save nothing.
_FEW = 3

#: Regions to try the filter with: one of them is not where the buckets are.
_REGIONS = ("us-east-1", "us-west-2")

#: Answers of endpoints that do not know the filter.
_NO_FILTER = ("InvalidArgument", "InvalidRequest", "NotImplemented")


def locate(context: ReadContext, buckets: Mapping[str, Bucket]) -> Any:
    """Set the region of each bucket; one whose location was not told is lost with the failure."""
    unknown: dict[str, Bucket] = {}
    for name, bucket in buckets.items():
        region = bucket.entry.get("BucketRegion")
        if region:
            bucket.region = region
        else:
            unknown[name] = bucket
    while len(unknown) > _FEW:
        name, bucket = next(iter(unknown.items()))
        yield from _ask(context, {name: unknown.pop(name)})
        if details.LOCATION in bucket.unread:
            continue
        beside = yield from _listed_in(context, bucket.region)
        if name not in beside:
            break
        if beside >= buckets.keys() and not (yield from _filters(context, bucket.region)):
            break
        for other in beside & unknown.keys():
            unknown.pop(other).region = bucket.region
    yield from _ask(context, unknown)


def _ask(context: ReadContext, buckets: Mapping[str, Bucket]) -> Any:
    answers = yield from context.requests(
        [context.prepare(details.LOCATION, Bucket=name) for name in buckets]
    )
    for bucket, answer in zip(buckets.values(), answers, strict=True):
        if answer.document is None:
            bucket.lose(answer.failure)
            continue
        location = answer.document.get("LocationConstraint") or context.region
        bucket.region = _OLD_SPELLING.get(location, str(location))


def _filters(context: ReadContext, region: str) -> Any:
    """Whether a list of a region where no bucket is has none."""
    other = next(one for one in _REGIONS if one != region)
    answer = yield from context.request(
        details.LIST, absent=_NO_FILTER, MaxBuckets=1000, BucketRegion=other
    )
    # A refusal comes as a document without a list.
    return (answer.document or {}).get("Buckets") == []


def _listed_in(context: ReadContext, region: str) -> Any:
    """The names of the buckets that a list of `region` alone has; none if it was refused.

    A page with more to come leaves buckets out for another reason than their region: it says
    nothing.
    """
    answer = yield from context.request(
        details.LIST, absent=_NO_FILTER, MaxBuckets=1000, BucketRegion=region
    )
    document = answer.document or {}
    if document.get("ContinuationToken"):
        return set()
    return {str(entry["Name"]) for entry in document.get("Buckets") or ()}
