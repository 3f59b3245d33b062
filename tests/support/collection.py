"""A provider and a store in memory, to watch the collection engine at work.

A `FakeProvider` is told what each operation answers; everything else is real: threads, queue,
pacing, retries.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cloudwarden.collect import CollectSettings
from cloudwarden.collect.events import Event
from cloudwarden.core.errors import UsageError
from cloudwarden.providers.base import (
    AccountSettings,
    AccountState,
    CallError,
    ConnectSteps,
    HomeSteps,
    Request,
    Steps,
)
from cloudwarden.schema.labels import Label, RelationKind
from cloudwarden.schema.records import (
    GLOBAL_REGION,
    Asset,
    Failure,
    Reading,
    Scope,
    Verdict,
)

#: No waiting between tries.
AT_ONCE = CollectSettings(threads=4, backoff=0.0, rate=10_000.0, rate_floor=10_000.0)

Handler = Callable[[Request], Mapping[str, Any]]


def throttling() -> CallError:
    return CallError(Failure(Verdict.THROTTLED, "Throttling", "Rate exceeded"), retry=True)


def denial() -> CallError:
    return CallError(Failure(Verdict.DENIED, "AccessDenied", "not authorized"))


class FakeTransport:
    """Answers from handlers, by operation; remembers every request."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers
        self._lock = threading.Lock()
        self.requests: list[Request] = []
        self.under_way = 0
        self.most_under_way = 0

    @property
    def calls(self) -> int:
        return len(self.requests)

    def call(self, request: Request) -> Mapping[str, Any]:
        with self._lock:
            self.requests.append(request)
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return self._handlers[request.operation](request)
        finally:
            with self._lock:
                self.under_way -= 1


class FakeProvider:
    """Services `a` and `b` of one type each, read in every region by one list call.

    `read` may be replaced, `unreachable` names accounts that cannot be connected to.
    """

    name = "fake"

    def __init__(
        self,
        handlers: Mapping[str, Handler] | None = None,
        *,
        read: Callable[[Scope], Steps] | None = None,
        unreachable: Mapping[str, Failure] | None = None,
        regions: Sequence[str] = ("here", "there"),
        home: str = "1",
    ) -> None:
        self.transport = FakeTransport(
            {
                "id:Who": lambda request: {"Account": request.account},
                "a:List": lambda request: {"Items": ["x"]},
                "b:List": lambda request: {"Items": ["y"]},
                **(handlers or {}),
            }
        )
        self._read = read or read_list
        self._unreachable = unreachable or {}
        self._regions = tuple(regions)
        self._home = home

    def labels(self) -> Sequence[Label]:
        return ()

    def relations(self) -> Sequence[RelationKind]:
        return ()

    def check(self, services: Sequence[str] = (), regions: Sequence[str] = ()) -> None:
        for region in regions:
            if region not in self._regions:
                raise UsageError(f"no region {region}")

    def home(self) -> HomeSteps:
        yield [Request("id:Who", "", "here")]
        return self._home

    def connect(self, account: AccountSettings, services: Sequence[str] = ()) -> ConnectSteps:
        (answer,) = yield [Request("id:Who", account.id, "here")]
        failure = answer.failure or self._unreachable.get(account.id)
        regions = account.regions or (() if failure else self._regions)
        return AccountState(account.id, account.name, regions, failure)

    def scopes(self, account: AccountState, services: Sequence[str] = ()) -> Sequence[Scope]:
        return [
            Scope(self.name, account.id, region, service)
            for region in (*account.regions, GLOBAL_REGION)
            for service in ("a", "b")
            if (not services or service in services)
            and (service == "a") is (region != GLOBAL_REGION)
        ]

    def read(self, scope: Scope) -> Steps:
        return self._read(scope)


def read_list(scope: Scope) -> Steps:
    """One list call; its items are assets."""
    (answer,) = yield [Request(f"{scope.type}:List", scope.account, scope.region)]
    if answer.failure:
        operation = answer.request.operation
        return Reading(
            scope,
            answer.failure.verdict,
            answer.failure.message,
            failures={operation: answer.failure},
        )
    assert answer.document is not None
    assets = (
        Asset("Thing", item, scope.account, scope.region) for item in answer.document["Items"]
    )
    return Reading(scope, Verdict.COMPLETE, assets=tuple(assets))


@dataclass(frozen=True, slots=True)
class FakeRun:
    id: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class FakeCounts:
    seen: int
    new: int
    changed: int = 0
    gone: int = 0


@dataclass(slots=True)
class MemoryStore:
    """Keeps what it is given."""

    stored: list[Reading] = field(default_factory=list)
    connections: dict[str, Failure | None] = field(default_factory=dict)
    finished: tuple[Verdict, int] | None = None
    known: list[Reading] = field(default_factory=list)
    on_store: Callable[[Reading], None] = lambda reading: None

    def begin_run(self, parameters: Mapping[str, Any]) -> FakeRun:
        return FakeRun(1, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))

    def store(self, run_id: int, reading: Reading) -> FakeCounts:
        self.on_store(reading)
        self.stored.append(reading)
        return FakeCounts(len(reading.assets), len(reading.assets))

    def finish_run(self, run_id: int, verdict: Verdict, api_calls: int) -> None:
        self.finished = (verdict, api_calls)

    def record_connection(self, account_id: str, name: str, failure: Failure | None) -> None:
        self.connections[account_id] = failure

    def readings(self, run_id: int | None = None) -> Sequence[Reading]:
        return self.known

    def by_scope(self) -> dict[tuple[str, str, str], Reading]:
        return {(r.scope.account, r.scope.region, r.scope.type): r for r in self.stored}


@dataclass(slots=True)
class Events:
    """Collects the events of a run."""

    seen: list[Event] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)

    def __call__(self, event: Event) -> None:
        self.seen.append(event)
        self.threads.add(threading.current_thread().name)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.seen if isinstance(event, kind)]
