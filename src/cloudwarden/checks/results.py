"""What a judgement is: one result for each asset judged, and all of them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """A check's answer for one asset. `UNKNOWN`: something that it rests on was not read."""

    PASS = "pass"  # noqa: S105  a verdict, not a secret
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check's answer for one asset.

    `asset` is None where a whole scope of the check's subject was never read: what is in there is
    unknown, and so is how many there are.
    """

    check: str
    severity: str
    status: Status
    asset: str | None
    label: str
    account: str
    region: str
    why: str
    name: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As the machine-readable answer has it."""
        return {
            "check": self.check,
            "severity": self.severity,
            "status": self.status.value,
            "asset": self.asset,
            "label": self.label,
            "account": self.account,
            "region": self.region,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Judgement:
    """Every result of one run of checks over one graph.

    `account` is set where only that account was judged; `run` is the collection judged.
    """

    results: Sequence[CheckResult]
    checks: Sequence[str]
    account: str | None
    run: int | None
    judged_at: datetime

    def counts(self) -> Mapping[str, int]:
        """How many results there are of each status."""
        return Counter(result.status.value for result in self.results)
