"""What one judgement changes of the findings: compared in memory, then written in bulk."""

from __future__ import annotations

from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING

from cloudwarden.checks.results import CheckResult, Judgement, Status
from cloudwarden.schema.records import GLOBAL_REGION

if TYPE_CHECKING:
    from cloudwarden.checks.models import Finding, FindingEvent


class State(StrEnum):
    """Where a finding stands."""

    OPEN = "open"
    REOPENED = "reopened"
    FIXED = "fixed"


def finding_id(check: str, account: str, label: str, asset: str) -> str:
    """The lasting id of a finding: 32 hexadecimal digits of what it is about."""
    text = f"{check}\0{account}\0{label}\0{asset}"
    return blake2b(text.encode(), digest_size=16).hexdigest()


class FindingUpdate:
    """The findings that are known, by id, and what a judgement makes of them.

    `changed` counts the changes of state, by the new state.
    """

    def __init__(self, judgement: Judgement, known: dict[str, Finding]) -> None:
        self.changed: dict[State, int] = {}
        self._judgement = judgement
        self._known = known
        self._new: list[Finding] = []
        self._touched: list[Finding] = []
        self._events: list[FindingEvent] = []

    def apply(self) -> None:
        """Compare the judgement with what is known."""
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
        """Write what changed, within the transaction of the caller."""
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
