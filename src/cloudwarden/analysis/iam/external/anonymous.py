"""Whether anybody gets at a thing, after everything that its policy and its account deny.

What was collected of that goes by how policies and ACLs are written. Here it gives way to what the
search for outsiders found, which heeds denials and the account's public access block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from cloudwarden.analysis.iam.external.access import POLICY_LABELS, Access
from cloudwarden.analysis.iam.external.kinds import Kind
from cloudwarden.schema.derived import Certainty, DerivedProperties
from cloudwarden.schema.labels import Property, PropertyType

UNKNOWN: Final = "anonymous_access_unknown"

PROPERTIES: Final = (
    Property(
        "anonymous_access",
        PropertyType.BOOLEAN,
        description="Whether its policy or ACL opens it to anybody, and nothing denies that: no "
        "statement, and no public access block of its own or of its account.",
        unknown_by=UNKNOWN,
    ),
    Property("anonymous_actions", PropertyType.STRINGS, unknown_by=UNKNOWN),
    Property(UNKNOWN, PropertyType.STRING, description="Why it is not known; null if it is."),
)
_ANYBODY: Final = frozenset({Kind.ANONYMOUS, Kind.AUTHENTICATED})


#: Labels with policies of which nothing of the kind is collected.
_WITHOUT: Final = frozenset(
    {
        "AWSGlueResourcePolicy", "AWSLambdaLayerVersion", "AWSRole", "AWSS3AccessPoint",
        "AWSS3MultiRegionAccessPoint",
    }
)  # fmt: skip
LABELS: Final = frozenset(POLICY_LABELS) - _WITHOUT


def derive(label: str, found: Iterable[Access]) -> Iterator[DerivedProperties]:
    """What differs from what was collected of a label; nothing of what was not read."""
    if label not in LABELS:
        return
    told = [(one.asset.id, told) for one in found if (told := _told(one)) is not None]
    if told:
        yield DerivedProperties(
            label,
            [id_ for id_, _ in told],
            {p.name: [found.get(p.name) for _, found in told] for p in PROPERTIES},
        )


def _told(access: Access) -> dict[str, Any] | None:
    collected = access.asset.get("anonymous_access")
    if collected is None:
        return None
    opening = [one for one in access.entries if one.kind in _ANYBODY]
    sure = [one for one in opening if one.certainty is Certainty.SURE]
    read = [one for one in opening if one.doubt is None]
    if sure or (collected and read):
        actions = sorted({action for one in read for action in one.actions})
        return {"anonymous_access": True, "anonymous_actions": actions}
    if not collected:
        return None
    # What lets in others does not let in everybody, but what is not known might.
    unknown = dict.fromkeys([*(one.doubt for one in opening if one.doubt), *access.policy_gaps])
    if unknown:
        return {UNKNOWN: "; ".join(unknown)}
    return {"anonymous_access": False, "anonymous_actions": []}
