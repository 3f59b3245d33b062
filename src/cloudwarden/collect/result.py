"""What a collection came to, and its machine-readable form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cloudwarden.core.clock import format_moment
from cloudwarden.schema.records import Verdict

#: Verdicts of scopes that leave nothing to be desired: read, or not there to be read.
_SATISFIED = frozenset({Verdict.COMPLETE, Verdict.UNSUPPORTED})


@dataclass(frozen=True, slots=True)
class AccountResult:
    """How one account fared: `complete`, `partial` or `failed`; and why, where not complete.

    `signed_in` is false where it failed because signing in to it was refused.
    """

    id: str
    name: str
    verdict: Verdict
    error: str | None = None
    signed_in: bool = True


@dataclass(frozen=True, slots=True)
class CollectResult:
    """How a collection fared. `api_calls` counts every request that left the process.

    The verdict is `complete` if every account is, `failed` if every one is, `partial` otherwise.
    """

    run: int
    verdict: Verdict
    started_at: datetime
    finished_at: datetime
    api_calls: int
    scopes: Mapping[Verdict, int] = field(default_factory=dict)
    seen: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    accounts: tuple[AccountResult, ...] = ()

    @property
    def signed_in(self) -> bool:
        """Whether any account let us in; false if signing in to every one was refused."""
        return not self.accounts or any(account.signed_in for account in self.accounts)

    def to_json(self) -> dict[str, Any]:
        """The answer of `cloudwarden collect --output json`."""
        return {
            "run": self.run,
            "verdict": self.verdict.value,
            "started_at": format_moment(self.started_at),
            "finished_at": format_moment(self.finished_at),
            "api_calls": self.api_calls,
            "scopes": {verdict.value: count for verdict, count in sorted(self.scopes.items())},
            "assets": {
                "seen": self.seen,
                "new": self.new,
                "changed": self.changed,
                "gone": self.gone,
            },
            "accounts": [
                {
                    "id": account.id,
                    "name": account.name,
                    "verdict": account.verdict.value,
                    "error": account.error,
                }
                for account in self.accounts
            ],
        }


def judge_account(scopes: Mapping[Verdict, int]) -> tuple[Verdict, str | None]:
    """The verdict of a connected account from its scopes' verdicts, and a sentence if not good."""
    missing = {v: n for v, n in sorted(scopes.items()) if v not in _SATISFIED and n}
    if not missing:
        return Verdict.COMPLETE, None
    listed = ", ".join(f"{count} {verdict.value}" for verdict, count in missing.items())
    return (
        Verdict.PARTIAL,
        f"{sum(missing.values())} of {sum(scopes.values())} scopes were not fully read: {listed}",
    )


def judge_run(accounts: Iterable[Verdict]) -> Verdict:
    """The verdict of a run from those of its accounts."""
    verdicts = set(accounts)
    if verdicts <= {Verdict.COMPLETE}:
        return Verdict.COMPLETE
    return Verdict.FAILED if verdicts == {Verdict.FAILED} else Verdict.PARTIAL
