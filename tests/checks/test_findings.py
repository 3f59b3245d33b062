from __future__ import annotations

from datetime import timedelta

from cloudwarden.checks.findings import FindingStore, State, worst
from cloudwarden.checks.results import CheckResult, Judgement, Status
from cloudwarden.core.clock import FixedClock
from cloudwarden.inventory.store import Inventory

from .conftest import START


def result(
    status: Status,
    asset: str | None = "b",
    *,
    check: str = "c",
    severity: str = "high",
    why: str = "w",
    region: str = "global",
) -> CheckResult:
    return CheckResult(check, severity, status, asset, "AWSS3Bucket", "111111111111", region, why)


def judge(
    store: FindingStore, day: int, *results: CheckResult, account: str | None = None
) -> dict[State, int]:
    checks = sorted({r.check for r in results} | {"c"})
    at = START + timedelta(days=day)
    return store.record(Judgement(results, checks, account, day, at))


def test_a_failure_opens_a_finding_and_a_pass_fixes_it_with_the_date(
    inventory: Inventory, clock: FixedClock
) -> None:
    store = FindingStore(inventory, clock)
    assert judge(store, 1, result(Status.FAIL)) == {State.OPEN: 1}
    assert judge(store, 2, result(Status.FAIL)) == {}
    assert judge(store, 3, result(Status.PASS)) == {State.FIXED: 1}
    (finding,) = store.find(state="fixed")
    assert finding.first_seen == START + timedelta(days=1)
    assert finding.last_seen == START + timedelta(days=2)
    assert finding.fixed_at == START + timedelta(days=3)
    assert store.find() == []


def test_a_finding_that_comes_back_is_reopened_under_the_same_id(
    inventory: Inventory, clock: FixedClock
) -> None:
    store = FindingStore(inventory, clock)
    judge(store, 1, result(Status.FAIL))
    (opened,) = store.find()
    judge(store, 2, result(Status.PASS))
    assert judge(store, 3, result(Status.FAIL, why="again")) == {State.REOPENED: 1}
    (reopened,) = store.find()
    assert (reopened.id, reopened.state) == (opened.id, State.REOPENED)
    assert reopened.fixed_at is None
    assert [(e.state, e.run, e.why) for e in store.history(opened.id)] == [
        (State.OPEN, 1, "w"),
        (State.FIXED, 2, "the check passes"),
        (State.REOPENED, 3, "again"),
    ]


def test_an_unknown_answer_neither_opens_nor_fixes(inventory: Inventory, clock: FixedClock) -> None:
    store = FindingStore(inventory, clock)
    assert judge(store, 1, result(Status.UNKNOWN)) == {}
    assert store.find(state="all") == []
    judge(store, 2, result(Status.FAIL))
    assert judge(store, 3, result(Status.UNKNOWN, why="denied")) == {}
    (finding,) = store.find(state="unknown")
    assert (finding.state, finding.unknown_why) == (State.OPEN, "denied")
    assert finding.unknown_since == START + timedelta(days=3)
    judge(store, 4, result(Status.FAIL))
    assert store.find(state="unknown") == []


def test_an_asset_that_is_gone_fixes_its_findings(inventory: Inventory, clock: FixedClock) -> None:
    store = FindingStore(inventory, clock)
    judge(store, 1, result(Status.FAIL, "b"), result(Status.FAIL, "d"))
    assert judge(store, 2, result(Status.FAIL, "d")) == {State.FIXED: 1}
    assert [f.asset for f in store.find()] == ["d"]


def test_a_bucket_that_lives_in_a_region_is_missing_from_the_unread_scope_without_one(
    inventory: Inventory, clock: FixedClock
) -> None:
    store = FindingStore(inventory, clock)
    judge(store, 1, result(Status.FAIL, region="us-west-2"))
    assert judge(store, 2, result(Status.UNKNOWN, None)) == {}
    assert len(store.find(state="unknown")) == 1


def test_an_asset_that_is_missing_from_an_unread_scope_keeps_its_finding_open(
    inventory: Inventory, clock: FixedClock
) -> None:
    store = FindingStore(inventory, clock)
    judge(store, 1, result(Status.FAIL))
    assert judge(store, 2, result(Status.UNKNOWN, None)) == {}
    (finding,) = store.find()
    assert finding.unknown_why == "its scope was not read"


def test_judging_one_account_leaves_the_others_findings_alone(
    inventory: Inventory, clock: FixedClock
) -> None:
    store = FindingStore(inventory, clock)
    judge(store, 1, result(Status.FAIL))
    assert judge(store, 2, account="222222222222") == {}
    assert len(store.find()) == 1


def test_the_most_severe_findings_come_first_and_no_check_crowds_out_the_others(
    inventory: Inventory, clock: FixedClock
) -> None:
    store = FindingStore(inventory, clock)
    judge(
        store,
        1,
        result(Status.FAIL, "x", check="low", severity="low"),
        result(Status.FAIL, "x", check="one", severity="high"),
        result(Status.FAIL, "y", check="one", severity="high"),
        result(Status.FAIL, "x", check="two", severity="high"),
    )
    found = store.find()
    assert [f.check for f in found] == ["one", "one", "two", "low"]
    assert [(f.check, f.asset) for f in worst(found, 3)] == [
        ("one", "x"),
        ("two", "x"),
        ("one", "y"),
    ]
    assert [f.check for f in store.find(severity="low")] == ["low"]
    assert [f.check for f in store.find(check="two")] == ["two"]
    assert store.find(account="222222222222") == []
