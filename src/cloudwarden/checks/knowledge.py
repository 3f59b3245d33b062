"""What was known of the estate when a graph was sealed: its scopes' readings, and what they lack.

The inventory goes on while a graph stays as it is: a scope that was denied when the graph was
sealed may have been read since. A verdict must go by what the graph's facts came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cloudwarden.inventory.records import AssetFilter, ReadingRecord, StoredAsset
from cloudwarden.schema.records import Scope

if TYPE_CHECKING:
    from cloudwarden.graph.manifest import Manifest
    from cloudwarden.inventory.store import Inventory

#: How many runs back to look for a scope's reading.
RUNS = 1000


class Knowledge:
    """Readings and incomplete assets as of the graph that `manifest` describes, or as of now."""

    def __init__(self, inventory: Inventory, manifest: Manifest | None) -> None:
        self._inventory = inventory
        self._manifest = manifest
        self._runs = inventory.runs(RUNS)
        latest = inventory.readings()
        self._since = {r.scope for r in latest if not self._is_known(r)}
        self.readings = [r for r in latest if r.scope not in self._since]
        self.readings += self._earlier(set(self._since))

    @property
    def run(self) -> int | None:
        """The run whose facts the graph holds."""
        if self._manifest is not None and self._manifest.run_id is not None:
            return self._manifest.run_id
        return self._runs[0].id if self._runs else None

    @property
    def finished(self) -> frozenset[int]:
        """The runs that came to their end."""
        return frozenset(run.id for run in self._runs if run.state == "finished")

    def incomplete(self) -> Iterator[StoredAsset]:
        """Every asset that was stale or lacked something."""
        for asset in self._inventory.incomplete_assets():
            if asset.scope not in self._since:
                yield asset
        for scope in sorted(self._since):
            for asset in self._assets(scope):
                if asset.stale or asset.unread:
                    yield asset

    def present(self, scope: Scope) -> frozenset[tuple[str, str]]:
        """The (label, id) of every asset known in a scope."""
        return frozenset((asset.label, asset.id) for asset in self._assets(scope))

    def _assets(self, scope: Scope) -> Iterator[StoredAsset]:
        moment = self._manifest.as_of if self._manifest and scope in self._since else None
        where = AssetFilter(account=scope.account, type=scope.type)
        for asset in self._inventory.assets(where, as_of=moment):
            if asset.scope == scope:
                yield asset

    def _is_known(self, reading: ReadingRecord) -> bool:
        """Whether the graph can hold what a reading brought."""
        sealed = self._manifest
        if sealed is None:
            return True
        if sealed.run_id is not None and reading.run_id > sealed.run_id:
            return False
        return reading.stored_at <= sealed.as_of

    def _earlier(self, wanted: set[Scope]) -> Iterator[ReadingRecord]:
        """The last reading, before the graph was sealed, of scopes that were read again since."""
        for run in self._runs:
            if not wanted:
                return
            for reading in self._inventory.readings(run.id):
                if reading.scope in wanted and self._is_known(reading):
                    wanted.remove(reading.scope)
                    yield reading
