"""Whether anybody gets at a bucket, after everything that its account and its policy deny.

What was collected of that goes by how policy and ACL are written. Here it gives way to what the
search for outsiders found, which heeds denials and the account's public access block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from cloudwarden.analysis.iam.external.access import Access
from cloudwarden.analysis.iam.external.kinds import Kind
from cloudwarden.analysis.iam.external.ways import BUCKET
from cloudwarden.schema.derived import Certainty, DerivedProperties
from cloudwarden.schema.labels import Property, PropertyType

UNKNOWN: Final = "anonymous_access_unknown"

PROPERTIES: Final = (
    Property(
        "anonymous_access",
        PropertyType.BOOLEAN,
        description="Whether its policy or ACL opens it to anybody, and nothing denies that: no "
        "public access block of its own or of its account, and no statement.",
        unknown_by=UNKNOWN,
    ),
    Property("anonymous_actions", PropertyType.STRINGS, unknown_by=UNKNOWN),
    Property(UNKNOWN, PropertyType.STRING, description="Why it is not known; null if it is."),
)
_ANYBODY: Final = frozenset({Kind.ANONYMOUS, Kind.AUTHENTICATED})


def derive(buckets: Iterable[Access]) -> Iterator[DerivedProperties]:
    """What differs from what was collected of buckets; nothing of those that were not read."""
    told = [(one.asset.id, found) for one in buckets if (found := _told(one)) is not None]
    if told:
        yield DerivedProperties(
            BUCKET,
            [id_ for id_, _ in told],
            {p.name: [found.get(p.name) for _, found in told] for p in PROPERTIES},
        )


def _told(bucket: Access) -> dict[str, Any] | None:
    collected = bucket.asset.get("anonymous_access")
    if collected is None:
        return None
    opening = [one for one in bucket.entries if one.kind in _ANYBODY]
    sure = [one for one in opening if one.certainty is Certainty.SURE]
    read = [one for one in opening if one.doubt is None]
    if sure or (collected and read):
        actions = sorted({action for one in read for action in one.actions})
        return {"anonymous_access": True, "anonymous_actions": actions}
    if not collected:
        return None
    # What lets in others does not let in everybody, but what is not known might.
    unknown = dict.fromkeys([*(one.doubt for one in opening if one.doubt), *bucket.gaps])
    if unknown:
        return {UNKNOWN: "; ".join(unknown)}
    return {"anonymous_access": False, "anonymous_actions": []}
