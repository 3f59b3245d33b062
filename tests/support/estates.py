"""Estates for analyses, in one line each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cloudwarden.analysis.estate import Estate, EstateAsset, Listing
from cloudwarden.schema.records import GLOBAL_REGION, Relation, Verdict

OURS = "111111111111"
ACCOUNTS = {OURS: "alpha"}


def asset(
    label: str,
    id: str,  # noqa: A002
    *relations: Relation,
    account: str = OURS,
    region: str = "eu-west-1",
    name: str | None = None,
    tags: Mapping[str, str] | None = None,
    unread: Mapping[str, Any] | None = None,
    **properties: Any,
) -> EstateAsset:
    """One asset; `relations` are those that it carries."""
    return EstateAsset(
        label, id, account, region, name or id, properties, tags or {}, relations, unread or {}
    )


def listed(
    *labels: str,
    account: str = OURS,
    region: str = GLOBAL_REGION,
    verdict: Verdict = Verdict.COMPLETE,
    reason: str = "",
) -> list[Listing]:
    """Labels that were listed, whole unless the verdict says otherwise."""
    whole = verdict is Verdict.COMPLETE
    return [Listing(label, account, region, verdict, whole, reason) for label in labels]


def estate(
    assets: Iterable[EstateAsset],
    *listings: Iterable[Listing],
    accounts: Mapping[str, str] = ACCOUNTS,
) -> Estate:
    """All of it."""
    return Estate(assets, [one for several in listings for one in several], accounts)
