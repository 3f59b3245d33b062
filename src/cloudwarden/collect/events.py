"""What a collection tells while it runs. The command line draws it, a log writes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cloudwarden.schema.records import Failure, Scope, Verdict


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run exists in the store; its accounts are being connected to."""

    run: int
    started_at: datetime
    accounts: int


@dataclass(frozen=True, slots=True)
class AccountConnected:
    """An account was signed in to, or not; `scopes` of it will be read, or recorded as skipped."""

    account: str
    name: str
    regions: tuple[str, ...]
    scopes: int
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class ScopeStarted:
    """The first call of a scope was queued."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class ScopeFinished:
    """A scope's reading is in the store."""

    scope: Scope
    verdict: Verdict
    reason: str
    assets: int
    new: int
    changed: int
    gone: int


@dataclass(frozen=True, slots=True)
class CallMade:
    """A call was answered, or failed with `verdict`; it will be made again where `retried`."""

    operation: str
    account: str
    region: str
    seconds: float
    verdict: Verdict | None
    retried: bool


@dataclass(frozen=True, slots=True)
class RunFinished:
    """Everything that was read is in the store."""

    run: int
    verdict: Verdict
    api_calls: int
    throttled: int


Event = RunStarted | AccountConnected | ScopeStarted | ScopeFinished | CallMade | RunFinished
OnEvent = Callable[[Event], None]
