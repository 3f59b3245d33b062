"""Findings over time: opened by a failure, fixed by a pass, reopened under the same id.

An unknown answer changes nothing but is noted on the finding: what was open stays open until a
check has seen it pass. A finding whose asset is gone (its scope was read whole, and it was not in
it) is fixed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cloudwarden.checks.packs import SEVERITIES
from cloudwarden.checks.results import Judgement
from cloudwarden.checks.updates import FindingUpdate, State
from cloudwarden.core.clock import Clock, format_moment

if TYPE_CHECKING:
    from cloudwarden.checks.models import Finding
    from cloudwarden.inventory.store import Inventory


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """A finding as it stands."""

    id: str
    state: State
    check: str
    severity: str
    asset: str
    name: str | None
    label: str
    account: str
    region: str
    why: str
    first_seen: datetime
    last_seen: datetime
    fixed_at: datetime | None
    reopened_at: datetime | None
    unknown_since: datetime | None
    unknown_why: str

    def to_json(self) -> dict[str, Any]:
        """As the machine-readable listing has it."""
        return {
            "id": self.id,
            "state": self.state.value,
            "check": self.check,
            "severity": self.severity,
            "asset": self.asset,
            "name": self.name,
            "label": self.label,
            "account": self.account,
            "region": self.region,
            "why": self.why,
            "first_seen": format_moment(self.first_seen),
            "last_seen": format_moment(self.last_seen),
            "fixed_at": _time(self.fixed_at),
            "reopened_at": _time(self.reopened_at),
            "unknown_since": _time(self.unknown_since),
            "unknown_why": self.unknown_why or None,
        }


@dataclass(frozen=True, slots=True)
class EventRecord:
    """A change of a finding's state."""

    at: datetime
    state: State
    run: int | None
    why: str

    def to_json(self) -> dict[str, Any]:
        """As the machine-readable history has it."""
        return {
            "at": format_moment(self.at),
            "state": self.state.value,
            "run": self.run,
            "why": self.why,
        }


class FindingStore:
    """The findings of one database; the inventory must be open on it."""

    def __init__(self, inventory: Inventory, clock: Clock) -> None:
        self._inventory = inventory
        self._clock = clock

    def record(self, judgement: Judgement) -> dict[State, int]:
        """Bring the findings up to date, in one transaction; returns how many changed, by state.

        Only findings of the judgement's checks (and of its account, where it has one) are touched.
        """
        from django.db import transaction

        from cloudwarden.checks.models import Finding

        alias = self._inventory.database.alias
        with transaction.atomic(using=alias):
            known = Finding.objects.using(alias).filter(check_id__in=list(judgement.checks))
            if judgement.account is not None:
                known = known.filter(account=judgement.account)
            update = FindingUpdate(judgement, {finding.id: finding for finding in known})
            update.apply()
            update.write(alias)
        return update.changed

    def find(
        self,
        *,
        state: str = "open",
        severity: str | None = None,
        check: str | None = None,
        account: str | None = None,
    ) -> list[FindingRecord]:
        """Findings, the most severe first.

        `state` open includes reopened; unknown means open ones that the last judgement could not
        decide; all leaves out nothing.
        """
        from cloudwarden.checks.models import Finding

        found = Finding.objects.using(self._inventory.database.alias).all()
        still = [State.OPEN.value, State.REOPENED.value]
        if state == "unknown":
            found = found.filter(state__in=still, unknown_since__isnull=False)
        elif state == State.OPEN.value:
            found = found.filter(state__in=still)
        elif state != "all":
            found = found.filter(state=state)
        for key, value in (("severity", severity), ("check_id", check), ("account", account)):
            if value is not None:
                found = found.filter(**{key: value})
        records = [_record(finding) for finding in found]
        return sorted(
            records,
            key=lambda f: (-SEVERITIES.index(f.severity), f.check, f.account, f.region, f.asset),
        )

    def history(self, finding_id: str) -> list[EventRecord]:
        """Every change of one finding's state, oldest first; empty if there is no such finding."""
        from cloudwarden.checks.models import FindingEvent

        events = FindingEvent.objects.using(self._inventory.database.alias).filter(
            finding_id=finding_id
        )
        return [EventRecord(e.at, State(e.state), e.run, e.why) for e in events]


def _record(finding: Finding) -> FindingRecord:
    return FindingRecord(
        id=finding.id,
        state=State(finding.state),
        check=finding.check_id,
        severity=finding.severity,
        asset=finding.asset,
        name=finding.name,
        label=finding.label,
        account=finding.account,
        region=finding.region,
        why=finding.why,
        first_seen=finding.first_seen,
        last_seen=finding.last_seen,
        fixed_at=finding.fixed_at,
        reopened_at=finding.reopened_at,
        unknown_since=finding.unknown_since,
        unknown_why=finding.unknown_why,
    )


def _time(moment: datetime | None) -> str | None:
    return format_moment(moment) if moment else None


def worst(findings: Iterable[FindingRecord], limit: int) -> list[FindingRecord]:
    """The `limit` most severe findings, no check more often than another while others remain."""
    by_check: dict[str, list[FindingRecord]] = {}
    for finding in findings:
        by_check.setdefault(finding.check, []).append(finding)
    ranked = [
        (-SEVERITIES.index(finding.severity), place, finding.check, finding)
        for group in by_check.values()
        for place, finding in enumerate(group)
    ]
    ranked.sort(key=lambda entry: entry[:3])
    return [finding for *_, finding in ranked[:limit]]
