"""What worker threads, and whoever asks a run to stop, tell the thread that runs a collection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cloudwarden.collect.events import CallMade
from cloudwarden.collect.scripts import Outcome
from cloudwarden.providers.base import AccountSettings, AccountState
from cloudwarden.schema.records import Reading, Scope


@dataclass(frozen=True, slots=True)
class Home:
    """The script that asks whose the ambient credentials are came to its end."""

    outcome: Outcome[str]


@dataclass(frozen=True, slots=True)
class Connected:
    """The script that connects to an account came to its end."""

    account: AccountSettings
    outcome: Outcome[AccountState]


@dataclass(frozen=True, slots=True)
class Read:
    """The script that reads a scope came to its end."""

    scope: Scope
    started_at: datetime
    finished_at: datetime
    outcome: Outcome[Reading]


@dataclass(frozen=True, slots=True)
class Stop:
    """The run is to stop."""


Message = Home | Connected | Read | CallMade | Stop
