"""Every analysis over one estate, in the order in which their results are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cloudwarden.analysis.dns import derive as dns
from cloudwarden.analysis.dns.resolver import Resolver
from cloudwarden.analysis.estate import Estate
from cloudwarden.analysis.exposure import derive as exposure
from cloudwarden.analysis.foreign import derive as foreign
from cloudwarden.analysis.iam import access, identity_center, last_accessed
from cloudwarden.analysis.iam import escalation_derive as escalation
from cloudwarden.analysis.iam.external import derive as external
from cloudwarden.analysis.vocabulary import Vocabulary, extended
from cloudwarden.schema.derived import Derived
from cloudwarden.schema.registry import Registry


@dataclass(frozen=True, slots=True)
class Context:
    """What analyses are told beside the estate.

    `now` is the moment that conditions on time are compared with. `former_addresses` are public
    addresses that were ours, with the words for when; `resolver` is whom to ask about names of
    others, where somebody may be asked.
    """

    now: datetime
    former_addresses: Mapping[str, str] = field(default_factory=dict)
    resolver: Resolver | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """One analysis: what it reads, what it adds to the schema, and how it is done."""

    name: str
    labels: Callable[[], frozenset[str]]
    vocabulary: Callable[[], Vocabulary]
    derive: Callable[[Estate, Context], Iterator[Derived]]


AREAS: Final = (
    Area(
        "exposure",
        lambda: exposure.LABELS,
        lambda: exposure.VOCABULARY,
        lambda estate, _: exposure.derive(estate),
    ),
    Area(
        "access",
        lambda: access.LABELS,
        access.vocabulary,
        lambda estate, context: access.derive(estate, context.now),
    ),
    Area(
        "use",
        lambda: last_accessed.LABELS,
        lambda: last_accessed.VOCABULARY,
        lambda estate, _: last_accessed.derive(estate),
    ),
    Area(
        "identity center",
        lambda: identity_center.LABELS,
        lambda: identity_center.VOCABULARY,
        lambda estate, _: identity_center.derive(estate),
    ),
    Area(
        "external",
        lambda: external.LABELS,
        lambda: external.VOCABULARY,
        lambda estate, context: external.derive(estate, context.now),
    ),
    Area(
        "escalation",
        escalation.labels,
        lambda: escalation.VOCABULARY,
        lambda estate, context: escalation.derive(estate, context.now),
    ),
    Area(
        "foreign",
        lambda: foreign.LABELS,
        lambda: foreign.VOCABULARY,
        lambda estate, _: foreign.derive(estate),
    ),
    Area(
        "dns",
        lambda: dns.LABELS,
        lambda: dns.VOCABULARY,
        lambda estate, context: dns.derive(estate, context.former_addresses, context.resolver),
    ),
)


def labels() -> frozenset[str]:
    """Everything that analyses read."""
    return frozenset().union(*(area.labels() for area in AREAS))


def with_analysis(registry: Registry) -> Registry:
    """The registry with all that analyses derive."""
    return extended(registry, (area.vocabulary() for area in AREAS))


def analyse(estate: Estate, context: Context) -> Iterator[Derived]:
    """Everything that follows from the estate."""
    for area in AREAS:
        yield from area.derive(estate, context)
