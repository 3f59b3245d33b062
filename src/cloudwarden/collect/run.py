"""One run of a collection, as the thread that owns it sees it: who, what next, what came of it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from queue import SimpleQueue

from cloudwarden.collect.events import (
    AccountConnected,
    CallMade,
    OnEvent,
    RunFinished,
    RunStarted,
    ScopeFinished,
    ScopeStarted,
)
from cloudwarden.collect.messages import Connected, Home, Message, Read, Stop
from cloudwarden.collect.plan import Plan, connection_error, not_connected
from cloudwarden.collect.queue import CallQueue
from cloudwarden.collect.result import AccountResult, CollectResult, judge_run
from cloudwarden.collect.retry import RetryPolicy
from cloudwarden.collect.scripts import Script
from cloudwarden.collect.settings import CollectSettings, Reach
from cloudwarden.collect.store import Store
from cloudwarden.collect.workers import Workers
from cloudwarden.core.clock import Clock
from cloudwarden.core.errors import CredentialsError, UsageError
from cloudwarden.providers.base import AccountSettings, AccountState, Provider, Steps
from cloudwarden.schema.records import GLOBAL_REGION, Failure, Reading, Scope, Verdict

_log = logging.getLogger(__name__)


class Run:
    """Everything a run remembers. Belongs to one thread and is used once."""

    def __init__(
        self,
        provider: Provider,
        store: Store,
        clock: Clock,
        settings: CollectSettings,
        retry: RetryPolicy,
        messages: SimpleQueue[Message],
        on_event: OnEvent,
    ) -> None:
        self._provider = provider
        self._store = store
        self._clock = clock
        self._settings = settings
        self._messages = messages
        self._tell = on_event
        self._queue = CallQueue(clock, settings.threads, settings.rate, settings.rate_floor)
        self._workers = Workers(
            settings.threads, self._queue, provider.transport, retry, clock, messages.put
        )
        self._plan = Plan()
        self._id = 0
        self._services: Sequence[str] = ()
        self._connecting = 0
        self._without_id: list[AccountResult] = []
        self._order: dict[str, int] = {}
        self._throttled = 0
        self._assets: Counter[str] = Counter()

    def carry_out(
        self, accounts: Sequence[AccountSettings], services: Sequence[str], regions: Sequence[str]
    ) -> CollectResult:
        """Collect. Raises as `Collector.run` does."""
        calls_before = self._provider.transport.calls
        self._services = services
        finished = False
        self._workers.start()
        try:
            accounts = self._within_reach(accounts)
            started_at = self._begin(accounts, services, regions)
            for account in accounts:
                self._connect(account)
            finished = self._follow()
            if not finished:
                self._wind_up()
        finally:
            # After a failure or an interruption the calls under way are not worth waiting for.
            self._workers.stop(wait=finished)
        calls = self._provider.transport.calls - calls_before
        result = self._finish(started_at, calls, interrupted=not finished)
        if not finished:
            raise KeyboardInterrupt
        return result

    def _within_reach(self, accounts: Sequence[AccountSettings]) -> Sequence[AccountSettings]:
        reach = Reach(self._settings.reach)
        if reach is Reach.ALL:
            return accounts
        messages = self._messages
        Script(self._provider.home(), self._queue.put, lambda o: messages.put(Home(o))).start()
        while not isinstance(message := messages.get(), Home):
            if isinstance(message, Stop):
                raise KeyboardInterrupt
        home = message.outcome.value
        if not home:
            raise CredentialsError(
                "the ambient credentials do not tell which account is theirs, so local accounts "
                "cannot be told from remote ones; sign in, or collect all accounts"
            )
        chosen = [a for a in accounts if (a.id in {home, ""}) is (reach is Reach.LOCAL)]
        if not chosen:
            raise UsageError(f"no account is {reach.value}: the credentials are those of {home}")
        return chosen

    def _begin(
        self, accounts: Sequence[AccountSettings], services: Sequence[str], regions: Sequence[str]
    ) -> datetime:
        run = self._store.begin_run(
            {
                "accounts": [account.id for account in accounts],
                "services": list(services),
                "regions": list(regions),
            }
        )
        self._id = run.id
        self._order = {account.id: position for position, account in enumerate(accounts)}
        self._tell(RunStarted(run.id, run.started_at, len(accounts)))
        return run.started_at

    def _follow(self) -> bool:
        """Handle messages until everything is stored; False if asked to stop before that."""
        while self._connecting or self._plan.under_way:
            message = self._messages.get()
            if isinstance(message, CallMade):
                self._throttled += message.verdict is Verdict.THROTTLED
                self._tell(message)
            elif isinstance(message, Read):
                self._keep(self._reading(message))
            elif isinstance(message, Connected):
                self._admit(message)
            elif isinstance(message, Stop):
                return False
            self._start_scopes()
        return True

    def _wind_up(self) -> None:
        """Store what was read to its end, and that the rest was not read."""
        self._queue.close()
        while not self._messages.empty():
            message = self._messages.get()
            if isinstance(message, Read):
                self._keep(self._reading(message))
        for scope in self._plan.unfinished():
            self._skip(scope, "the collection was interrupted")

    def _connect(self, account: AccountSettings) -> None:
        self._connecting += 1
        messages = self._messages
        Script(
            self._provider.connect(account, self._services),
            self._queue.put,
            lambda outcome: messages.put(Connected(account, outcome)),
        ).start()

    def _admit(self, connected: Connected) -> None:
        """Plan the scopes of an account that was connected to; skip those of one that was not."""
        self._connecting -= 1
        account = connected.account
        state = connected.outcome.value
        if state is None:
            bug = _bug(connected.outcome.error, f"connecting to account {account.id}")
            state = AccountState(account.id, account.name, account.regions, bug)
        failure = state.failure
        if not state.id:
            unknown = Failure(Verdict.FAILED, "", "the account is unknown")
            self._without_id.append(not_connected("", state.name, failure or unknown))
            return
        self._store.record_connection(state.id, state.name, failure)
        if failure and not state.regions:
            state = replace(state, regions=self._known_regions(state.id))
        scopes = self._provider.scopes(state, self._services)
        self._tell(AccountConnected(state.id, state.name, state.regions, len(scopes), failure))
        self._plan.add(state, () if failure else scopes)
        if failure:
            for scope in scopes:
                self._skip(scope, f"not connected: {connection_error(failure)}")

    def _known_regions(self, account_id: str) -> tuple[str, ...]:
        """Where the account was read before: what is known of it there is now out of date."""
        regions = {
            known.scope.region
            for known in self._store.readings()
            if known.scope.account == account_id and known.scope.region != GLOBAL_REGION
        }
        return tuple(sorted(regions))

    def _start_scopes(self) -> None:
        while self._plan.under_way < self._settings.scopes_in_flight:
            scope = self._plan.start()
            if scope is None:
                return
            self._tell(ScopeStarted(scope))
            self._read(scope)

    def _read(self, scope: Scope) -> None:
        messages, clock = self._messages, self._clock
        started_at = clock.now()

        def steps() -> Steps:
            # Begun by the script, so that an error in making the reader costs its scope only.
            return (yield from self._provider.read(scope))

        Script(
            steps(),
            self._queue.put,
            lambda outcome: messages.put(Read(scope, started_at, clock.now(), outcome)),
        ).start()

    def _reading(self, read: Read) -> Reading:
        reading = read.outcome.value
        if reading is None:
            failure = _bug(read.outcome.error, f"reading {read.scope}")
            reading = Reading(read.scope, Verdict.FAILED, f"{failure.code}: {failure.message}")
        return replace(
            reading,
            scope=read.scope,
            operations=dict(read.outcome.operations),
            started_at=read.started_at,
            finished_at=read.finished_at,
        )

    def _skip(self, scope: Scope, reason: str) -> None:
        now = self._clock.now()
        self._keep(Reading(scope, Verdict.SKIPPED, reason, started_at=now, finished_at=now))

    def _keep(self, reading: Reading) -> None:
        counts = self._store.store(self._id, reading)
        self._plan.stored(reading.scope, reading.verdict)
        self._assets.update(
            seen=counts.seen, new=counts.new, changed=counts.changed, gone=counts.gone
        )
        self._tell(
            ScopeFinished(
                reading.scope,
                reading.verdict,
                reading.reason,
                counts.seen,
                counts.new,
                counts.changed,
                counts.gone,
            )
        )

    def _finish(self, started_at: datetime, calls: int, *, interrupted: bool) -> CollectResult:
        last = len(self._order)
        results = sorted(self._plan.results(), key=lambda each: self._order.get(each.id, last))
        accounts = (*self._without_id, *results)
        verdict = judge_run(account.verdict for account in accounts)
        if interrupted:
            verdict = Verdict.PARTIAL
        self._store.finish_run(self._id, verdict, calls)
        self._tell(RunFinished(self._id, verdict, calls, self._throttled))
        return CollectResult(
            run=self._id,
            verdict=verdict,
            started_at=started_at,
            finished_at=self._clock.now(),
            api_calls=calls,
            scopes=dict(self._plan.verdicts),
            accounts=accounts,
            **self._assets,
        )


def _bug(error: Exception | None, doing: str) -> Failure:
    """What an unexpected exception in a provider comes to; logged with its traceback."""
    _log.error("%s failed", doing, exc_info=error)
    return Failure(Verdict.FAILED, type(error).__name__, str(error))
