"""The estate out of the inventory: the assets of the labels asked for, and how they were read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from cloudwarden.analysis.dns.derive import FORMER_LABELS, former_addresses
from cloudwarden.analysis.estate import Estate, EstateAsset, Listing
from cloudwarden.analysis.run import Context, analyse, labels
from cloudwarden.collect.garbage import rarely_collected
from cloudwarden.core.clock import Clock
from cloudwarden.inventory.records import (
    AssetFilter,
    PastState,
    ReadingRecord,
    RunRecord,
    StoredAsset,
)
from cloudwarden.schema.derived import Derived
from cloudwarden.schema.records import Failure, Relation, Scope, Verdict
from cloudwarden.schema.registry import Registry

#: How many runs back to look for a scope's reading at a past moment.
_RUNS = 1000

#: Among resolvers: whichever the machine itself asks.
_SYSTEM = "system"


class Source(Protocol):
    """What the inventory offers to analyses."""

    def assets(  # noqa: D102
        self, where: AssetFilter = ..., *, as_of: datetime | None = None
    ) -> Iterator[StoredAsset]: ...

    def readings(self, run_id: int | None = None) -> Sequence[ReadingRecord]: ...  # noqa: D102

    def runs(self, limit: int = 20) -> Sequence[RunRecord]: ...  # noqa: D102

    def past(  # noqa: D102
        self, labels: Collection[str], until: datetime
    ) -> Iterator[PastState]: ...

    def accounts_known(self) -> Mapping[str, str]: ...  # noqa: D102


def read_estate(
    source: Source, registry: Registry, wanted_labels: frozenset[str], as_of: datetime | None = None
) -> Estate:
    """Everything known of `wanted_labels` now, or at a past moment.

    Labels that the registry does not know are left out. An asset that its scope's last reading
    did not see is still there, and its scope is then not whole.
    """
    wanted = wanted_labels & registry.labels.keys()
    # Nothing asked for must not mean everything.
    stored = source.assets(AssetFilter(labels=wanted), as_of=as_of) if wanted else ()
    return Estate(
        (_asset(one) for one in stored),
        (
            listing
            for reading in _readings(source, as_of)
            for listing in _listings(reading, registry, wanted)
        ),
        source.accounts_known(),
    )


def analysed(
    source: Source,
    registry: Registry,
    clock: Clock,
    as_of: datetime | None = None,
    dns_resolvers: Sequence[str] = (),
) -> Iterator[Derived]:
    """What follows from the inventory now, or at a past moment.

    `dns_resolvers` may be asked about names of others, but only about now: the DNS has no history.
    """
    resolver = None
    if dns_resolvers and as_of is None:
        from cloudwarden.analysis.dns.live import LiveResolver

        resolver = LiveResolver([one for one in dns_resolvers if one != _SYSTEM])
    now = as_of or clock.now()
    former = former_addresses(source.past(FORMER_LABELS, now))
    # All of the estate lives until the end: looking through it for garbage finds none.
    with rarely_collected():
        estate = read_estate(source, registry, labels(), as_of)
        yield from analyse(estate, Context(now, former, resolver))


def _asset(stored: StoredAsset) -> EstateAsset:
    return EstateAsset(
        stored.label,
        stored.id,
        stored.account,
        stored.region,
        stored.name,
        {"arn": stored.arn, **stored.properties} if stored.arn else stored.properties,
        stored.tags,
        tuple(_relation(one) for one in stored.relations),
        {name: _failure(one) for name, one in stored.unread.items()},
        stored.since,
        stored.last_seen,
        stored.stale,
    )


def _relation(stored: Mapping[str, Any]) -> Relation:
    return Relation(
        stored["type"],
        stored["target_label"],
        stored["target"],
        stored.get("properties") or {},
        bool(stored.get("incoming")),
        stored.get("implied"),
        stored.get("found_by") or "",
    )


def _failure(stored: Mapping[str, str]) -> Failure:
    return Failure(Verdict(stored["verdict"]), stored["code"], stored["message"])


def _readings(source: Source, as_of: datetime | None) -> Iterator[ReadingRecord]:
    if as_of is None:
        yield from source.readings()
        return
    told: set[Scope] = set()
    for run in source.runs(_RUNS):
        if run.started_at > as_of:
            continue
        for reading in source.readings(run.id):
            if reading.scope not in told and reading.stored_at <= as_of:
                told.add(reading.scope)
                yield reading


def _listings(
    reading: ReadingRecord, registry: Registry, labels: frozenset[str]
) -> Iterator[Listing]:
    for name in sorted(labels):
        label = registry.labels[name]
        if label.scope_type == reading.scope.type:
            yield Listing(
                name,
                reading.scope.account,
                reading.scope.region,
                reading.verdict,
                reading.lists(label.listings),
                reading.reason,
                reading.failures,
                reading.stored_at,
                reading.run_id,
            )
