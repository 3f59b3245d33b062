"""Runs, readings, and the health of accounts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cloudwarden.core.errors import UsageError
from cloudwarden.inventory.records import Counts
from cloudwarden.providers.base import AccountSettings
from cloudwarden.schema.records import Failure, Verdict
from tests.inventory.estate import BUCKETS, DENIED, QUEUES, START, Estate, after, queue, read

ALPHA = AccountSettings(
    "111111111111", "alpha", role_arn="arn:aws:iam::111111111111:role/r", regions=("eu-west-1",)
)


def test_a_run_knows_its_parameters_scopes_and_counts(estate: Estate) -> None:
    run = estate.inventory.begin_run({"regions": ["eu-west-1"]})
    assert (run.state, run.started_at, run.finished_at, run.verdict) == (
        *("running", START),
        *(None, None),
    )
    estate.inventory.store(run.id, read(queue("a"), queue("b")))
    estate.inventory.store(run.id, read(scope=BUCKETS, verdict=Verdict.DENIED))
    estate.clock.set(after(1))

    done = estate.inventory.finish_run(run.id, Verdict.PARTIAL, api_calls=7)

    assert estate.inventory.runs() == [done]
    assert (done.state, done.finished_at, done.verdict) == ("finished", after(1), Verdict.PARTIAL)
    assert (done.api_calls, done.parameters) == (7, {"regions": ["eu-west-1"]})
    assert done.scopes == {Verdict.COMPLETE: 1, Verdict.DENIED: 1}
    assert done.assets == Counts(seen=2, new=2)


def test_runs_are_listed_latest_first(estate: Estate) -> None:
    for _ in range(3):
        estate.run()

    assert [run.id for run in estate.inventory.runs(limit=2)] == [3, 2]


def test_a_run_that_never_finished_is_interrupted_when_the_next_begins(estate: Estate) -> None:
    estate.inventory.begin_run({})
    estate.inventory.begin_run({})

    assert [run.state for run in estate.inventory.runs()] == ["running", "interrupted"]


def test_only_a_running_run_can_be_finished(estate: Estate) -> None:
    estate.run()

    with pytest.raises(UsageError, match="run 1 is not running"):
        estate.inventory.finish_run(1, Verdict.COMPLETE, 0)


def test_a_reading_is_kept_with_its_reasons(estate: Estate) -> None:
    estate.run(
        read(
            verdict=Verdict.DENIED,
            listed=True,
            reason="sqs:ListQueues was denied",
            operations={"sqs:ListQueues": 1},
            failures={"sqs:ListQueues": DENIED},
            started_at=after(0.5),
            finished_at=after(0.75),
        )
    )

    (reading,) = estate.inventory.readings(1)
    assert (reading.scope, reading.verdict, reading.listed) == (QUEUES, Verdict.DENIED, True)
    assert reading.reason == "sqs:ListQueues was denied"
    assert (reading.operations, reading.api_calls) == ({"sqs:ListQueues": 1}, 1)
    assert reading.failures == {"sqs:ListQueues": DENIED}
    assert (reading.started_at, reading.finished_at) == (after(0.5), after(0.75))


def test_the_last_reading_of_every_scope_is_what_is_known(estate: Estate) -> None:
    estate.run(read(), read(scope=BUCKETS))
    estate.run(read(verdict=Verdict.DENIED))

    assert [(r.run_id, r.scope, r.verdict) for r in estate.inventory.readings()] == [
        (2, QUEUES, Verdict.DENIED),
        (1, BUCKETS, Verdict.COMPLETE),
    ]


def test_an_account_is_saved_and_changed(estate: Estate) -> None:
    estate.inventory.save_account(ALPHA)
    assert [record.settings for record in estate.inventory.accounts()] == [ALPHA]

    changed = AccountSettings("111111111111", "first", profile="p", enabled=False)
    estate.inventory.save_account(changed)

    (record,) = estate.inventory.accounts()
    assert record.settings == changed
    assert record.configured
    assert record.working is None


def test_health_tells_of_failure_and_of_repair(estate: Estate) -> None:
    inventory = estate.inventory
    inventory.save_account(ALPHA)
    inventory.record_connection("111111111111", "learnt", None)
    estate.clock.set(after(1))
    inventory.record_connection("111111111111", "", Failure(Verdict.DENIED, "AccessDenied", "no"))

    (broken,) = inventory.accounts()
    assert (broken.working, broken.last_success, broken.last_used) == (False, START, after(1))
    assert (broken.last_error, broken.last_error_at) == ("AccessDenied: no", after(1))

    estate.clock.set(after(2))
    inventory.record_connection("111111111111", "learnt", None)

    (repaired,) = inventory.accounts()
    assert (repaired.working, repaired.last_success, repaired.last_used) == (
        *(True, after(2)),
        after(2),
    )
    assert repaired.last_error_at == after(1)
    assert repaired.settings == ALPHA


def test_an_account_that_nobody_saved_has_health_too(estate: Estate) -> None:
    estate.inventory.record_connection("333333333333", "ambient", None)

    (record,) = estate.inventory.accounts()
    assert (record.settings.name, record.configured, record.working) == ("ambient", False, True)


def test_removing_an_account_keeps_its_assets(estate: Estate) -> None:
    estate.inventory.save_account(ALPHA)
    estate.run(read(queue("jobs")))

    estate.inventory.remove_account("111111111111")

    assert estate.inventory.accounts() == []
    assert estate.names() == ["jobs"]
    assert estate.inventory.accounts_known() == {"111111111111": ""}


def test_an_account_that_was_not_added_cannot_be_removed(estate: Estate) -> None:
    with pytest.raises(UsageError, match="no account 999999999999 was added"):
        estate.inventory.remove_account("999999999999")


def test_known_accounts_are_those_saved_connected_or_read(estate: Estate) -> None:
    estate.inventory.save_account(ALPHA)
    estate.inventory.record_connection("222222222222", "beta", None)
    read_only = type(QUEUES)("aws", "333333333333", "eu-west-1", "sqs:queue")
    estate.run(read(scope=read_only))

    assert estate.inventory.accounts_known() == {
        "111111111111": "alpha",
        "222222222222": "beta",
        "333333333333": "",
    }


def test_the_time_of_a_run_is_exact(estate: Estate) -> None:
    moment = START + timedelta(microseconds=123_457)
    estate.clock.set(moment)

    estate.inventory.begin_run({})
    assert estate.inventory.runs()[0].started_at == moment
