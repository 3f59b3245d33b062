"""The estate as analyses read it: assets by label, and what was not read of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cloudwarden.schema.records import GLOBAL_REGION, Failure, Relation, Verdict


@dataclass(frozen=True, slots=True)
class EstateAsset:
    """One asset as one scope holds it: the last state that was read.

    `unread` has the operations that failed for it: what they tell is of an earlier reading, or
    missing, and must not be concluded from. `since` is when this state was first seen, `seen` when
    it was last; `stale` says that its scope's last reading did not see it, nor that it is gone.
    """

    label: str
    id: str
    account: str
    region: str
    name: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    relations: Sequence[Relation] = ()
    unread: Mapping[str, Failure] = field(default_factory=dict)
    since: datetime | None = None
    seen: datetime | None = None
    stale: bool = False

    def get(self, name: str, default: Any = None) -> Any:
        """A property's value, or `default` where it has none."""
        value = self.properties.get(name)
        return default if value is None else value

    def targets(self, type_: str, *, incoming: bool = False) -> list[str]:
        """The ids (or ARNs) that relations of this type name, in order."""
        return [r.target for r in self.relations if r.type == type_ and r.incoming is incoming]


@dataclass(frozen=True, slots=True)
class Listing:
    """How the last reading of one label in one account and region ended.

    `shows_absence` says that what is not among the assets is not there. `reason` says why not.
    `read_at` is when the reading was taken in, by `run`.
    """

    label: str
    account: str
    region: str
    verdict: Verdict
    shows_absence: bool
    reason: str = ""
    failures: Mapping[str, Failure] = field(default_factory=dict)
    read_at: datetime | None = None
    run: int | None = None


class Estate:
    """Everything analyses may rest on. Immutable once made.

    `accounts` maps the ids of the accounts that we look after to their names. A (label, account,
    region) without a `Listing` was never read: its absence shows nothing.
    """

    def __init__(
        self,
        assets: Iterable[EstateAsset],
        listings: Iterable[Listing] = (),
        accounts: Mapping[str, str] | None = None,
    ) -> None:
        self._by_label: dict[str, list[EstateAsset]] = defaultdict(list)
        self._by_id: dict[tuple[str, str], EstateAsset] = {}
        for asset in assets:
            self._by_label[asset.label].append(asset)
            known = self._by_id.setdefault((asset.label, asset.id), asset)
            # A resource shared with others is told of best by whoever owns it.
            if known is not asset and _owned(asset) and not _owned(known):
                self._by_id[asset.label, asset.id] = asset
        self._listings = {(x.label, x.account, x.region): x for x in listings}
        self.accounts: Mapping[str, str] = dict(accounts or {})

    def assets(self, *labels: str) -> list[EstateAsset]:
        """All assets of these labels; one that several scopes hold comes once for each."""
        return [asset for label in labels for asset in self._by_label.get(label, ())]

    def asset(self, label: str, id_: str) -> EstateAsset | None:
        """An asset by its id; of several scopes that hold it, its owner's."""
        return self._by_id.get((label, id_))

    def listing(self, label: str, account: str, region: str = GLOBAL_REGION) -> Listing | None:
        """How listing the label went there; None if it was never tried."""
        return self._listings.get((label, account, region))

    def listings(self, label: str) -> list[Listing]:
        """Every place where the label was, or should have been, listed."""
        return [listing for listing in self._listings.values() if listing.label == label]

    def whole(self, label: str, account: str, region: str = GLOBAL_REGION) -> bool:
        """Whether what is not among the label's assets of that place is known not to exist."""
        listing = self.listing(label, account, region)
        return listing is not None and listing.shows_absence


def _owned(asset: EstateAsset) -> bool:
    owner = asset.get("owner_id") or asset.get("ownerid")
    return owner is None or owner == asset.account
