"""What the engine promises, whichever the provider."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.support.collection import (
    AT_ONCE,
    Events,
    FakeProvider,
    MemoryStore,
    denial,
    read_list,
    throttling,
)

from cloudwarden.collect import Collector
from cloudwarden.collect.events import (
    AccountConnected,
    CallMade,
    RunFinished,
    RunStarted,
    ScopeFinished,
    ScopeStarted,
)
from cloudwarden.core.clock import FixedClock
from cloudwarden.core.errors import CredentialsError, StoreError, UsageError
from cloudwarden.providers.base import AccountSettings, CallError, Request, Steps
from cloudwarden.schema.records import Failure, Reading, Scope, Verdict

CLOCK = FixedClock(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
ONE = (AccountSettings(id="1", name="one"),)
TWO = (*ONE, AccountSettings(id="2", name="two"))
UNREACHABLE = {"2": Failure(Verdict.DENIED, "AccessDenied", "the role cannot be assumed")}


def collector(provider, store, settings=AT_ONCE, on_event=lambda event: None):
    return Collector(provider, store, CLOCK, settings, on_event)


def test_every_scope_of_every_account_is_stored_with_what_it_took():
    store = MemoryStore()

    result = collector(FakeProvider(), store).run(TWO)

    readings = store.by_scope()
    assert set(readings) == {
        (account, region, kind)
        for account in ("1", "2")
        for region, kind in (("here", "a"), ("there", "a"), ("global", "b"))
    }
    assert readings["1", "here", "a"].operations == {"a:List": 1}
    assert readings["1", "here", "a"].started_at == CLOCK.now()
    assert readings["1", "here", "a"].finished_at == CLOCK.now()
    assert store.connections == {"1": None, "2": None}
    assert store.finished == (Verdict.COMPLETE, 8)
    assert result.verdict is Verdict.COMPLETE


def test_the_result_has_the_machine_readable_form():
    result = collector(FakeProvider(unreachable=UNREACHABLE), MemoryStore()).run(TWO)

    assert result.to_json() == {
        "run": 1,
        "verdict": "partial",
        "started_at": "2026-01-02T03:04:05Z",
        "finished_at": "2026-01-02T03:04:05Z",
        "api_calls": 5,
        "scopes": {"complete": 3, "skipped": 1},
        "assets": {"seen": 3, "new": 3, "changed": 0, "gone": 0},
        "accounts": [
            {"id": "1", "name": "one", "verdict": "complete", "error": None},
            {
                "id": "2",
                "name": "two",
                "verdict": "failed",
                "error": "AccessDenied: the role cannot be assumed",
            },
        ],
    }


def test_an_account_that_cannot_be_read_is_noted_and_its_known_scopes_are_skipped():
    store = MemoryStore(known=[Reading(Scope("fake", "2", "there", "a"), Verdict.COMPLETE)])

    collector(FakeProvider(unreachable=UNREACHABLE), store).run(TWO)

    assert store.connections == {"1": None, "2": UNREACHABLE["2"]}
    skipped = {key: r for key, r in store.by_scope().items() if r.verdict is Verdict.SKIPPED}
    assert set(skipped) == {("2", "there", "a"), ("2", "global", "b")}
    assert "the role cannot be assumed" in skipped["2", "there", "a"].reason


def test_ambient_credentials_that_do_not_exist_give_a_reason_and_no_reading():
    failure = Failure(Verdict.FAILED, "NoCredentials", "there are no credentials")
    store = MemoryStore()

    result = collector(FakeProvider(unreachable={"": failure}), store).run([AccountSettings(id="")])

    assert result.verdict is Verdict.FAILED
    assert result.accounts[0].error == "NoCredentials: there are no credentials"
    assert not store.stored
    assert not store.connections


def test_services_and_regions_narrow_what_is_called():
    provider = FakeProvider()

    collector(provider, MemoryStore()).run(ONE, services=["a"], regions=["there"])

    read = [r for r in provider.transport.requests if r.operation != "id:Who"]
    assert [(r.operation, r.region) for r in read] == [("a:List", "there")]


def test_an_unknown_region_is_refused_before_a_run_begins():
    provider = FakeProvider()
    with pytest.raises(UsageError, match="no region nowhere"):
        collector(provider, MemoryStore()).run(ONE, regions=["nowhere"])
    assert not provider.transport.requests


def test_an_account_listed_twice_is_refused():
    with pytest.raises(UsageError, match="listed twice"):
        collector(FakeProvider(), MemoryStore()).run((*ONE, *ONE))


def test_a_throttled_call_is_made_again_until_it_is_answered():
    tries = Counter()

    def answer(request: Request):
        tries[request.region] += 1
        if tries[request.region] < 3:
            raise throttling()
        return {"Items": ["x"]}

    store, events = MemoryStore(), Events()
    result = collector(FakeProvider({"a:List": answer}), store, on_event=events).run(ONE)

    assert result.verdict is Verdict.COMPLETE
    assert tries == {"here": 3, "there": 3}
    assert store.by_scope()["1", "here", "a"].operations == {"a:List": 1}
    assert result.api_calls == 8
    assert events.of(RunFinished)[0].throttled == 4


def test_endless_throttling_is_a_verdict():
    def answer(request: Request):
        raise throttling()

    provider, store = FakeProvider({"a:List": answer}), MemoryStore()
    result = collector(provider, store, replace(AT_ONCE, attempts_throttled=3)).run(ONE)

    assert store.by_scope()["1", "here", "a"].verdict is Verdict.THROTTLED
    assert result.verdict is Verdict.PARTIAL
    assert result.accounts[0].error == "2 of 3 scopes were not fully read: 2 throttled"


def test_a_denied_call_is_made_once():
    def answer(request: Request):
        raise denial()

    provider, store = FakeProvider({"b:List": answer}), MemoryStore()
    collector(provider, store).run(ONE)

    assert [r.operation for r in provider.transport.requests].count("b:List") == 1
    assert store.by_scope()["1", "global", "b"].verdict is Verdict.DENIED
    assert store.by_scope()["1", "here", "a"].verdict is Verdict.COMPLETE


def test_an_unsupported_scope_does_not_make_a_run_partial():
    def answer(request: Request):
        raise CallError(Failure(Verdict.UNSUPPORTED, "OptInRequired", "not subscribed"))

    result = collector(FakeProvider({"b:List": answer}), MemoryStore()).run(ONE)

    assert result.verdict is Verdict.COMPLETE
    assert result.scopes[Verdict.UNSUPPORTED] == 1


def test_a_bug_in_a_generator_costs_its_scope_only(caplog):
    def read(scope: Scope) -> Steps:
        yield [Request("a:List", scope.account, scope.region)]
        if scope.region == "here":
            raise KeyError("Surprise")
        return Reading(scope, Verdict.COMPLETE)

    store = MemoryStore()
    result = collector(FakeProvider(read=read), store).run(ONE)

    assert store.by_scope()["1", "here", "a"].verdict is Verdict.FAILED
    assert store.by_scope()["1", "here", "a"].reason == "KeyError: 'Surprise'"
    assert store.by_scope()["1", "there", "a"].verdict is Verdict.COMPLETE
    assert result.verdict is Verdict.PARTIAL
    assert "Traceback" in caplog.text


def test_a_reader_that_cannot_be_made_costs_its_scope_only():
    def read(scope: Scope) -> Steps:
        if scope.region == "here":
            raise LookupError("no such declaration")
        return read_list(scope)

    store = MemoryStore()
    collector(FakeProvider(read=read), store).run(ONE)

    assert store.by_scope()["1", "here", "a"].reason == "LookupError: no such declaration"
    assert store.by_scope()["1", "there", "a"].verdict is Verdict.COMPLETE


def test_a_reading_is_kept_under_the_scope_that_was_asked_for():
    def read(scope: Scope) -> Steps:
        yield []
        return Reading(replace(scope, region="elsewhere"), Verdict.COMPLETE)

    store = MemoryStore()
    collector(FakeProvider(read=read), store).run(ONE, services=["b"])

    assert [r.scope for r in store.stored] == [Scope("fake", "1", "global", "b")]


def test_a_scope_listed_twice_is_read_once():
    class Stutterer(FakeProvider):
        def scopes(self, account, services=()):
            return [*super().scopes(account, services)] * 2

    store = MemoryStore()
    collector(Stutterer(), store).run(ONE)
    assert len(store.stored) == 3


def test_a_bug_in_a_transport_is_a_failed_call():
    def answer(request: Request):
        raise ZeroDivisionError("surprise")

    store = MemoryStore()
    collector(FakeProvider({"b:List": answer}), store).run(ONE)

    failures = store.by_scope()["1", "global", "b"].failures
    assert failures["b:List"] == Failure(Verdict.FAILED, "ZeroDivisionError", "surprise")


def test_calls_of_a_batch_run_at_once_and_never_more_than_there_are_threads():
    barrier = threading.Barrier(4, timeout=10)

    def read(scope: Scope) -> Steps:
        answers = yield [Request("c:Get", scope.account, scope.region, {"n": n}) for n in range(8)]
        assert [a.document["n"] for a in answers] == list(range(8))
        return Reading(scope, Verdict.COMPLETE)

    def answer(request: Request):
        barrier.wait()
        return request.parameters

    provider = FakeProvider({"c:Get": answer}, read=read)
    result = collector(provider, MemoryStore()).run(ONE, services=["b"])

    assert result.verdict is Verdict.COMPLETE
    assert provider.transport.most_under_way == 4


def test_a_script_without_calls_is_a_reading():
    def read(scope: Scope) -> Steps:
        answers = yield []
        assert not answers
        return Reading(scope, Verdict.COMPLETE)

    assert collector(FakeProvider(read=read), MemoryStore()).run(ONE).verdict is Verdict.COMPLETE


def test_only_so_many_scopes_are_between_first_call_and_store():
    store, events = MemoryStore(), Events()
    provider = FakeProvider(regions=[f"r{n}" for n in range(20)])

    collector(provider, store, replace(AT_ONCE, scopes_in_flight=3), events).run(ONE)

    open_scopes, most = 0, 0
    for event in events.seen:
        open_scopes += isinstance(event, ScopeStarted) - isinstance(event, ScopeFinished)
        most = max(most, open_scopes)
    assert most == 3
    assert len(store.stored) == 21


def test_a_hanging_account_leaves_threads_to_the_others():
    released = threading.Event()

    def read(scope: Scope) -> Steps:
        yield [Request("c:Get", scope.account, scope.region, {"n": n}) for n in range(40)]
        return Reading(scope, Verdict.COMPLETE)

    def answer(request: Request):
        if request.account == "1":
            assert released.wait(10)
        return {}

    def on_store(reading: Reading) -> None:
        if [r.scope.account for r in store.stored].count("2") == 2:
            released.set()

    store = MemoryStore(on_store=on_store)
    provider = FakeProvider({"c:Get": answer}, read=read)
    result = collector(provider, store, replace(AT_ONCE, threads=8)).run(TWO)

    assert result.verdict is Verdict.COMPLETE
    assert [r.scope.account for r in store.stored] == ["2"] * 3 + ["1"] * 3


def test_events_come_in_order_and_in_the_thread_of_the_caller():
    events = Events()

    collector(FakeProvider(), MemoryStore(), on_event=events).run(ONE)

    assert events.threads == {threading.current_thread().name}
    assert isinstance(events.seen[0], RunStarted)
    assert isinstance(events.seen[-1], RunFinished)
    assert events.of(AccountConnected) == [
        AccountConnected("1", "one", ("here", "there"), scopes=3, failure=None)
    ]
    assert len(events.of(ScopeStarted)) == len(events.of(ScopeFinished)) == 3
    assert Counter(e.operation for e in events.of(CallMade)) == {
        "id:Who": 1,
        "a:List": 2,
        "b:List": 1,
    }


@pytest.mark.parametrize(("reach", "read"), [("local", {"1"}), ("remote", {"2"})])
def test_reach_tells_the_home_account_from_the_others(reach, read):
    store = MemoryStore()
    collector(FakeProvider(), store, replace(AT_ONCE, reach=reach)).run(TWO)
    assert {r.scope.account for r in store.stored} == read


def test_a_reach_without_a_home_is_refused():
    with pytest.raises(CredentialsError, match="ambient credentials"):
        collector(FakeProvider(home=""), MemoryStore(), replace(AT_ONCE, reach="local")).run(TWO)


def test_a_failing_store_stops_the_run():
    def on_store(reading: Reading) -> None:
        raise StoreError("the disk is full")

    with pytest.raises(StoreError, match="the disk is full"):
        collector(FakeProvider(), MemoryStore(on_store=on_store)).run(TWO)


def engine_and_store(on_store):
    provider = FakeProvider(regions=[f"r{n}" for n in range(20)])
    store = MemoryStore(on_store=on_store)
    settings = replace(AT_ONCE, scopes_in_flight=2)
    return Collector(provider, store, CLOCK, settings), store


def assert_interrupted(store):
    verdicts = Counter(r.verdict for r in store.stored)
    assert verdicts[Verdict.COMPLETE] >= 1
    assert verdicts[Verdict.SKIPPED] >= 17
    assert verdicts.total() == len(store.by_scope()) == 21
    assert store.finished is not None
    assert store.finished[0] is Verdict.PARTIAL


def test_a_stopped_run_keeps_what_was_read_and_says_what_was_not():
    def on_store(reading: Reading) -> None:
        engine.stop()

    engine, store = engine_and_store(on_store)

    with pytest.raises(KeyboardInterrupt):
        engine.run(ONE)

    assert_interrupted(store)


def test_an_interrupt_from_the_keyboard_stops_a_run_cleanly():
    before = signal.getsignal(signal.SIGINT)
    sent = threading.Event()

    def on_store(reading: Reading) -> None:
        if not sent.is_set():
            sent.set()
            os.kill(os.getpid(), signal.SIGINT)

    engine, store = engine_and_store(on_store)

    with pytest.raises(KeyboardInterrupt):
        engine.run(ONE)

    assert_interrupted(store)
    assert signal.getsignal(signal.SIGINT) is before


def test_the_garbage_collector_is_left_as_it_was_found():
    thresholds = gc.get_threshold()
    collector(FakeProvider(), MemoryStore()).run(ONE)
    assert gc.get_threshold() == thresholds
