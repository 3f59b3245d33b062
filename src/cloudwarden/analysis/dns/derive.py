"""Takeover suspicions as properties of the records and distributions that they concern."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from cloudwarden.analysis.dns.owned import ADDRESSES, DISTRIBUTION, GATEWAY, HOLDERS
from cloudwarden.analysis.dns.resolver import Resolver
from cloudwarden.analysis.dns.takeover import RECORD, ZONE, Suspicion, suspicions
from cloudwarden.analysis.estate import Estate
from cloudwarden.analysis.vocabulary import Vocabulary
from cloudwarden.core.clock import format_moment
from cloudwarden.inventory.records import PastState
from cloudwarden.schema.derived import Certainty, DerivedProperties
from cloudwarden.schema.labels import Property, PropertyType

UNKNOWN: Final = "takeover_unknown"

_TEXT = PropertyType.STRING
_PROPERTIES = (
    Property(
        "takeover",
        _TEXT,
        description="What of it others may take over; null if nothing.",
        unknown_by=UNKNOWN,
    ),
    Property("takeover_target", _TEXT, description="The name or address that is not owned."),
    Property("takeover_certainty", _TEXT, description="`sure` or `conditional`."),
    Property("takeover_reason", _TEXT, description="Why, in words."),
    Property(UNKNOWN, _TEXT, description="Why nobody can tell whether others may take it over."),
)

VOCABULARY: Final = Vocabulary(properties={RECORD: _PROPERTIES, DISTRIBUTION: _PROPERTIES})

#: What is read of the estate.
LABELS: Final = frozenset(
    {
        RECORD,
        ZONE,
        DISTRIBUTION,
        GATEWAY,
        *(label for labels in HOLDERS.values() for label in labels),
    }
)

#: What may have had a public address that others have now.
FORMER_LABELS: Final = frozenset(ADDRESSES)


def derive(
    estate: Estate, former: Mapping[str, str] | None = None, resolver: Resolver | None = None
) -> Iterator[DerivedProperties]:
    """Properties of every record and distribution of which something is suspected or unknown.

    `former` and `resolver` as in `takeover.suspicions`.
    """
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for one in suspicions(estate, former, resolver):
        known = found[one.asset.label].get(one.asset.id)
        # Of a distribution's several origins what can be told goes before what cannot.
        if known is None or UNKNOWN in known:
            found[one.asset.label][one.asset.id] = _told(one)
    for label, assets in found.items():
        yield DerivedProperties(
            label,
            list(assets),
            {p.name: [told.get(p.name) for told in assets.values()] for p in _PROPERTIES},
        )


def _told(one: Suspicion) -> dict[str, Any]:
    if one.certainty is Certainty.UNKNOWN:
        return {UNKNOWN: one.reason}
    return {
        "takeover": one.kind,
        "takeover_target": one.target,
        "takeover_certainty": one.certainty.value,
        "takeover_reason": one.reason,
    }


def former_addresses(past: Iterable[PastState]) -> dict[str, str]:
    """Public addresses that assets once had, with the words for until when.

    `past` are states that ended, the earliest first, of the labels in `FORMER_LABELS`.
    """
    return {
        address: f"until {format_moment(state.ended)}"
        for state in past
        for name in ADDRESSES[state.label]
        if isinstance(address := state.properties.get(name), str)
    }
