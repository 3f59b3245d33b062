"""Findings over time: opened by a failure, fixed by a pass, reopened under the same id.

An unknown answer changes nothing but is noted on the finding: what was open stays open until a
check has seen it pass. A finding whose asset is gone (its scope was read whole, and it was not in
it) is fixed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from cloudwarden.checks.packs import SEVERITIES
from cloudwarden.checks.results import CheckResult, Judgement, Status
from cloudwarden.core.clock import Clock, format_moment
from cloudwarden.schema.records import GLOBAL_REGION

if TYPE_CHECKING:
    from cloudwarden.checks.models import Finding, FindingEvent
    from cloudwarden.inventory.store import Inventory


class State(StrEnum):
    """Where a finding stands."""

    OPEN = "open"
    REOPENED = "reopened"
    FIXED = "fixed"


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
            update = _Update(judgement, {finding.id: finding for finding in known})
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


def finding_id(check: str, account: str, label: str, asset: str) -> str:
    """The lasting id of a finding: 32 hexadecimal digits of what it is about."""
    text = f"{check}\0{account}\0{label}\0{asset}"
    return blake2b(text.encode(), digest_size=16).hexdigest()


class _Update:
    """What one judgement changes: compared in memory, then written in bulk."""

    def __init__(self, judgement: Judgement, known: dict[str, Finding]) -> None:
        self.changed: dict[State, int] = {}
        self._judgement = judgement
        self._known = known
        self._new: list[Finding] = []
        self._touched: list[Finding] = []
        self._events: list[FindingEvent] = []

    def apply(self) -> None:
        judged: set[str] = set()
        unread: set[tuple[str, str, str]] = set()
        for result in self._judgement.results:
            if result.asset is None:
                unread.add((result.check, result.account, result.region))
                continue
            key = finding_id(result.check, result.account, result.label, result.asset)
            judged.add(key)
            finding = self._known.get(key)
            if finding is None:
                if result.status is Status.FAIL:
                    self._open(key, result)
            else:
                self._judge(finding, result)
        for key, finding in self._known.items():
            if key not in judged:
                self._missing(finding, unread)

    def write(self, alias: str) -> None:
        from cloudwarden.checks.models import Finding, FindingEvent

        Finding.objects.using(alias).bulk_create(self._new, batch_size=500)
        Finding.objects.using(alias).bulk_update(
            self._touched,
            [
                "severity",
                "name",
                "state",
                "why",
                "last_seen",
                "judged_at",
                "fixed_at",
                "reopened_at",
                "unknown_since",
                "unknown_why",
                "run",
            ],
            batch_size=200,
        )
        FindingEvent.objects.using(alias).bulk_create(self._events, batch_size=500)

    def _open(self, key: str, result: CheckResult) -> None:
        from cloudwarden.checks.models import Finding

        now = self._judgement.judged_at
        finding = Finding(
            id=key,
            check_id=result.check,
            severity=result.severity,
            label=result.label,
            asset=result.asset or "",
            name=result.name,
            account=result.account,
            region=result.region,
            state=State.OPEN.value,
            why=result.why,
            first_seen=now,
            last_seen=now,
            judged_at=now,
            run=self._judgement.run,
        )
        self._new.append(finding)
        self._event(finding, State.OPEN, result.why)

    def _judge(self, finding: Finding, result: CheckResult) -> None:
        now = self._judgement.judged_at
        finding.judged_at = now
        finding.severity = result.severity
        finding.run = self._judgement.run
        self._touched.append(finding)
        if result.status is Status.UNKNOWN:
            finding.unknown_since = finding.unknown_since or now
            finding.unknown_why = result.why
            return
        finding.unknown_since, finding.unknown_why = None, ""
        finding.name = result.name
        if result.status is Status.PASS:
            self._fix(finding, "the check passes")
            return
        finding.why, finding.last_seen = result.why, now
        if finding.state == State.FIXED.value:
            finding.state, finding.reopened_at, finding.fixed_at = State.REOPENED.value, now, None
            self._event(finding, State.REOPENED, result.why)

    def _missing(self, finding: Finding, unread: set[tuple[str, str, str]]) -> None:
        now = self._judgement.judged_at
        finding.judged_at = now
        self._touched.append(finding)
        # A scope without a region holds assets of any.
        regions = (finding.region, GLOBAL_REGION)
        if any((finding.check_id, finding.account, region) in unread for region in regions):
            finding.unknown_since = finding.unknown_since or now
            finding.unknown_why = "its scope was not read"
            return
        finding.unknown_since, finding.unknown_why = None, ""
        self._fix(finding, "the asset is gone or no longer judged")

    def _fix(self, finding: Finding, why: str) -> None:
        if finding.state != State.FIXED.value:
            finding.state, finding.fixed_at = State.FIXED.value, self._judgement.judged_at
            self._event(finding, State.FIXED, why)

    def _event(self, finding: Finding, state: State, why: str) -> None:
        from cloudwarden.checks.models import FindingEvent

        self.changed[state] = self.changed.get(state, 0) + 1
        self._events.append(
            FindingEvent(
                finding=finding,
                at=self._judgement.judged_at,
                state=state.value,
                why=why,
                run=self._judgement.run,
            )
        )


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
