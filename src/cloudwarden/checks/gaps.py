"""What was not read, indexed so that a check can ask whether its answer for an asset stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cloudwarden.checks.dependencies import Dependencies
from cloudwarden.inventory.records import ReadingRecord, StoredAsset
from cloudwarden.schema.records import GLOBAL_REGION, Verdict


@dataclass(frozen=True, slots=True)
class Subject:
    """One asset that is judged."""

    label: str
    id: str
    account: str
    region: str
    name: str | None = None


class Gaps:
    """Every reading that did not give all, and every asset that lacks something.

    `incomplete` are the assets that are stale or have unread operations; all others are whole.
    """

    def __init__(
        self, readings: Iterable[ReadingRecord], incomplete: Iterable[StoredAsset]
    ) -> None:
        self._readings: dict[tuple[str, str], dict[str, ReadingRecord]] = defaultdict(dict)
        for reading in readings:
            scope = reading.scope
            self._readings[scope.account, scope.type][scope.region] = reading
        self._unread: dict[tuple[str, str, str], Mapping[str, Mapping[str, str]]] = {}
        self._stale: set[tuple[str, str, str]] = set()
        for asset in incomplete:
            key = (asset.account, asset.label, asset.id)
            if asset.stale:
                self._stale.add(key)
            if asset.unread:
                self._unread[key] = asset.unread

    def reason(self, subject: Subject, needs: Dependencies) -> str | None:
        """Why nothing can be said of `subject`; None where everything needed was read."""
        return self._own(subject, needs) or next(
            (
                reason
                for label, scope_type in sorted(needs.scope_types.items())
                if label != subject.label
                and (reason := self._other(subject, label, scope_type, needs))
            ),
            None,
        )

    def unread_scopes(self, scope_type: str) -> list[tuple[ReadingRecord, str]]:
        """The scopes of a type whose listing is not known to be whole, each with the reason."""
        return [
            (reading, _told(reading))
            for (_, type_), regions in sorted(self._readings.items())
            if type_ == scope_type
            for _, reading in sorted(regions.items())
            if not _listed(reading)
        ]

    def _own(self, subject: Subject, needs: Dependencies) -> str | None:
        key = (subject.account, subject.label, subject.id)
        if key in self._stale:
            return "it was not read in the last collection of its scope"
        unread = self._unread.get(key, {})
        for operation in sorted(needs.of(subject.label) & set(unread)):
            failure = unread[operation]
            return _sentence(operation, failure["verdict"], failure["message"])
        return None

    def _other(
        self, subject: Subject, label: str, scope_type: str, needs: Dependencies
    ) -> str | None:
        regions = self._readings.get((subject.account, scope_type), {})
        relevant = [
            reading
            for region, reading in sorted(regions.items())
            if subject.region == GLOBAL_REGION or region in {subject.region, GLOBAL_REGION}
        ]
        if not relevant:
            return f"{label} was never read in {subject.account}/{subject.region}"
        for reading in relevant:
            if not _listed(reading):
                return _told(reading)
            for operation in sorted(needs.of(label) & set(reading.failures)):
                failure = reading.failures[operation]
                return _sentence(operation, failure.verdict.value, failure.message)
        return None


def _listed(reading: ReadingRecord) -> bool:
    return reading.verdict is Verdict.COMPLETE or reading.listed


def _told(reading: ReadingRecord) -> str:
    scope = reading.scope
    reason = f": {reading.reason}" if reading.reason else ""
    return f"{scope.type} in {scope.account}/{scope.region} is {reading.verdict.value}{reason}"


def _sentence(operation: str, verdict: str, message: str) -> str:
    return f"{operation} was not read ({verdict}: {message})"
