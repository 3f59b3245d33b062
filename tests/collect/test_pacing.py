"""How a lane learns its rate, and when a call is tried again."""

from __future__ import annotations

import pytest

from cloudwarden.collect import CollectSettings
from cloudwarden.collect.pacing import Pace
from cloudwarden.collect.retry import RetryPolicy
from cloudwarden.providers.base import CallError
from cloudwarden.schema.records import Failure, Verdict


def spend(pace: Pace, calls: int, now: float) -> None:
    for _ in range(calls):
        assert pace.wait(now) == 0
        pace.take(now)


def test_a_lane_has_a_second_of_calls_at_once_and_then_its_rate():
    pace = Pace(10, 0.5)
    spend(pace, 10, 100.0)
    assert pace.wait(100.0) == pytest.approx(0.1)
    spend(pace, 1, 100.101)


def test_throttling_halves_what_was_really_sent():
    pace = Pace(200, 0.5)
    spend(pace, 40, 100.0)
    pace.throttled(100.0, 101.0)
    assert pace.rate == pytest.approx(20)
    assert pace.wait(101.0) > 0


def test_calls_throttled_together_narrow_once():
    pace = Pace(200, 0.5)
    spend(pace, 40, 100.0)
    for _ in range(30):
        pace.throttled(100.0, 101.0)
    assert pace.rate == pytest.approx(20)


def test_a_rate_never_falls_to_nothing():
    pace = Pace(200, 0.5)
    for second in range(100, 200):
        pace.throttled(float(second), second + 0.5)
    assert pace.rate == 0.5


def test_answers_widen_the_rate_again_up_to_where_it_began():
    pace = Pace(50, 0.5)
    spend(pace, 10, 100.0)
    pace.throttled(100.0, 101.0)
    narrow = pace.rate
    for _ in range(int(narrow)):
        pace.succeeded()
    assert narrow + 1 < pace.rate <= narrow + 2
    for _ in range(10_000):
        pace.succeeded()
    assert pace.rate == 50


SETTINGS = CollectSettings(backoff=1.0, backoff_limit=5.0, deadline=60.0)


def error(verdict: Verdict, *, retry: bool = True, retry_after: float | None = None) -> CallError:
    return CallError(Failure(verdict, "Code", "words"), retry=retry, retry_after=retry_after)


@pytest.fixture
def policy():
    return RetryPolicy(SETTINGS, uniform=lambda low, high: high)


def test_waits_double_up_to_a_limit(policy):
    waits = [policy.delay(error(Verdict.THROTTLED), tries, 0.0) for tries in range(1, 6)]
    assert waits == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_waits_are_drawn_from_nothing_to_the_limit():
    drawn = []
    policy = RetryPolicy(SETTINGS, uniform=lambda low, high: drawn.append((low, high)) or low)
    assert policy.delay(error(Verdict.FAILED), 2, 0.0) == 0.0
    assert drawn == [(0.0, 2.0)]


def test_what_is_permanent_is_never_tried_again(policy):
    assert policy.delay(error(Verdict.DENIED, retry=False), 1, 0.0) is None


def test_throttling_is_borne_longer_than_other_failures(policy):
    assert policy.delay(error(Verdict.FAILED), 4, 0.0) is None
    assert policy.delay(error(Verdict.THROTTLED), 4, 0.0) is not None
    assert policy.delay(error(Verdict.THROTTLED), 10, 0.0) is None


def test_the_time_asked_for_is_waited(policy):
    assert policy.delay(error(Verdict.THROTTLED, retry_after=30.0), 1, 0.0) == 30.0


def test_no_try_begins_after_the_deadline(policy):
    assert policy.delay(error(Verdict.THROTTLED, retry_after=30.0), 1, 31.0) is None


def test_what_is_still_being_made_is_waited_for_until_the_deadline(policy):
    pending = CallError(
        Failure(Verdict.FAILED, "Code", "words"), retry=True, retry_after=2.0, pending=True
    )
    assert policy.delay(pending, 4, 20.0) is not None
    assert policy.delay(pending, 4, 59.0) is None
    assert policy.delay(pending, SETTINGS.attempts_pending, 20.0) is None
