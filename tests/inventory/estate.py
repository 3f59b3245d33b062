"""Estates in one line: assets, readings, and runs of an inventory under test."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cloudwarden.core.clock import FixedClock
from cloudwarden.inventory.records import Counts, StoredAsset
from cloudwarden.inventory.store import Inventory
from cloudwarden.schema.records import Asset, Failure, Reading, Scope, Verdict

START = datetime(2026, 1, 1, tzinfo=UTC)
QUEUES = Scope("aws", "111111111111", "eu-west-1", "sqs:queue")
BUCKETS = Scope("aws", "111111111111", "global", "s3:bucket")
DENIED = Failure(Verdict.DENIED, "AccessDenied", "User is not authorized")


def queue(name: str, /, scope: Scope = QUEUES, **values: Any) -> Asset:
    """A queue of that name; `tags`, `relations` and `unread` are its own, the rest properties."""
    own = {key: values.pop(key) for key in ("tags", "relations", "unread") if key in values}
    arn = f"arn:aws:sqs:{scope.region}:{scope.account}:{name}"
    return Asset(
        "AWSSQSQueue", arn, scope.account, scope.region, name, {"arn": arn, **values}, **own
    )


def read(
    *assets: Asset, scope: Scope = QUEUES, verdict: Verdict = Verdict.COMPLETE, **values: Any
) -> Reading:
    """A reading that found these assets."""
    return Reading(scope, verdict, assets=assets, **values)


class Estate:
    """An inventory and its clock; every run takes place an hour after the one before."""

    def __init__(self, inventory: Inventory, clock: FixedClock) -> None:
        self.inventory = inventory
        self.clock = clock

    def run(self, *readings: Reading) -> list[Counts]:
        """Collect these readings in a run of their own."""
        self.clock.set(self.clock.now() + timedelta(hours=1))
        run = self.inventory.begin_run({})
        counts = [self.inventory.store(run.id, reading) for reading in readings]
        self.inventory.finish_run(run.id, Verdict.COMPLETE, api_calls=len(readings))
        return counts

    def names(self, **options: Any) -> list[str | None]:
        """The names of all assets."""
        return [asset.name for asset in self.inventory.assets(**options)]

    def only(self) -> StoredAsset:
        """The one asset that there is."""
        (asset,) = self.inventory.assets()
        return asset


def after(hours: float) -> datetime:
    """A moment: the first run is at 1, the second at 2."""
    return START + timedelta(hours=hours)


def at(reading: Reading, moment: datetime) -> Reading:
    """The same reading, finished at that moment."""
    return replace(reading, started_at=moment, finished_at=moment)
