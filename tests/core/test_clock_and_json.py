from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwarden.core.clock import (
    FixedClock,
    SystemClock,
    clock_from_environment,
    format_moment,
    parse_moment,
)
from cloudwarden.core.errors import UsageError
from cloudwarden.core.json import content_hash, dumps, loads


def test_a_moment_has_one_spelling() -> None:
    east = datetime(2026, 1, 31, 14, tzinfo=timezone(timedelta(hours=2)))
    assert format_moment(east) == "2026-01-31T12:00:00Z"


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_written_and_read_is_the_same(moment: datetime) -> None:
    assert parse_moment(format_moment(moment)) == moment


def test_a_date_is_its_first_moment_in_utc() -> None:
    assert parse_moment("2026-01-31") == datetime(2026, 1, 31, tzinfo=UTC)


def test_what_is_no_moment_is_refused_with_an_example() -> None:
    with pytest.raises(UsageError, match="2026-01-31T12:00:00Z"):
        parse_moment("yesterday")


def test_the_environment_can_fix_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDWARDEN_NOW", "2026-05-01T00:00:00Z")
    clock = clock_from_environment()
    assert isinstance(clock, FixedClock)
    assert clock.now() == datetime(2026, 5, 1, tzinfo=UTC)
    monkeypatch.delenv("CLOUDWARDEN_NOW")
    assert isinstance(clock_from_environment(), SystemClock)


def test_json_is_canonical() -> None:
    value = {"b": [Decimal("1.50"), Decimal(3)], "a": datetime(2026, 1, 1, tzinfo=UTC), "c": b"\0"}
    assert dumps(value) == '{"a":"2026-01-01T00:00:00Z","b":[1.5,3],"c":"AA=="}'
    assert content_hash({"x": 1, "y": 2}) == content_hash({"y": 2, "x": 1})
    assert loads(dumps({"é": None})) == {"é": None}


def test_a_value_without_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        dumps(object())
