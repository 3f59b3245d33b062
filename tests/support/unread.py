"""Estates of which less was read: operations and listings that fail, with all that they told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from cloudwarden.analysis.estate import Estate, EstateAsset, Listing
from cloudwarden.analysis.run import Context, analyse
from cloudwarden.schema.derived import DerivedProperties
from cloudwarden.schema.records import Failure, Verdict
from cloudwarden.schema.registry import Registry

DENIED = Failure(Verdict.DENIED, "AccessDenied", "not allowed")


def less(
    assets: Collection[EstateAsset],
    listings: Collection[Listing],
    registry: Registry,
    denied: Collection[str],
    unlisted: Collection[str],
) -> Estate:
    """The estate without what `denied` operations tell, and without `unlisted` labels."""
    kept = [_without(one, registry, denied) for one in assets if one.label not in unlisted]
    told = [
        replace(one, verdict=Verdict.DENIED, shows_absence=False, reason="AccessDenied")
        if one.label in unlisted
        else one
        for one in listings
    ]
    return Estate(kept, told, dict.fromkeys({one.account for one in assets}, "name"))


def _without(asset: EstateAsset, registry: Registry, denied: Collection[str]) -> EstateAsset:
    label = registry.labels[asset.label]
    # Without what lists it, an asset would not be there at all.
    failed = {
        operation
        for told in label.properties.values()
        for operation in told.rests_on
        if operation in denied and operation not in (label.operation, *label.listings)
    }
    if not failed:
        return asset
    properties = {
        name: value
        for name, value in asset.properties.items()
        if name not in label.properties or not failed.intersection(label.properties[name].rests_on)
    }
    return replace(
        asset, properties=properties, unread={**asset.unread, **dict.fromkeys(failed, DENIED)}
    )


def answers(estate: Estate, now: datetime) -> tuple[dict[Any, bool], dict[Any, str]]:
    """What analyses say yes or no to, and the relations that they find with their certainty."""
    said: dict[Any, bool] = {}
    found: dict[Any, str] = {}
    for told in analyse(estate, Context(now)):
        if isinstance(told, DerivedProperties):
            for name, column in told.columns.items():
                for id_, value in zip(told.ids, column, strict=True):
                    if isinstance(value, bool):
                        said[told.label, id_, name] = value
        else:
            ends = zip(told.sources, told.targets, told.certainty, strict=True)
            for source, target, certainty in ends:
                found[told.type, source, target] = certainty.value
    return said, found
