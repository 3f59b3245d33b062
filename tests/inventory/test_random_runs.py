"""Any sequence of runs leaves what a simple model in memory says, and its whole history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudwarden.core.clock import FixedClock
from cloudwarden.inventory.records import AssetFilter
from cloudwarden.inventory.store import Inventory
from cloudwarden.schema.records import Asset, Reading, Scope, Verdict
from tests.inventory.estate import DENIED, START, Estate, after

SCOPES = [Scope("aws", "1", region, "t") for region in ("a", "b")]
NAMES = ["x", "y", "z"]
DETAIL = "svc:Detail"
PROVIDED = {"value": "svc:List", "size": "svc:List", "detail": DETAIL}
VOLATILE = frozenset({"size"})
NOT_COMPLETE = [v for v in Verdict if v is not Verdict.COMPLETE]

#: What a reading tells of an asset: a value, a detail that is None where it was not read, and a
#: size that changes by itself and may be None where there is none.
Sight = tuple[int, int | None, int | None]
#: A reading of one scope: its verdict, whether its listing was whole, and what it saw.
Read = tuple[Verdict, bool, dict[str, Sight]]

optional = st.one_of(st.none(), st.integers(0, 1))
sights = st.tuples(st.integers(0, 1), optional, optional)
readings = st.tuples(
    st.one_of(st.just(Verdict.COMPLETE), st.sampled_from(NOT_COMPLETE)),
    st.booleans(),
    st.dictionaries(st.sampled_from(NAMES), sights),
)
runs = st.lists(st.dictionaries(st.sampled_from(range(len(SCOPES))), readings), max_size=8)


@dataclass(frozen=True)
class Version:
    """What the model knows of an asset from one run to another."""

    properties: dict[str, int]
    unread: bool
    first: int
    begun: int
    seen: int
    ended: int | None = None
    how: str | None = None


@dataclass
class Model:
    """The inventory as a dictionary of lists; runs are numbers and stand for their hours."""

    versions: dict[tuple[Scope, str], list[Version]] = field(default_factory=dict)
    latest: dict[Scope, int] = field(default_factory=dict)

    def current(self, scope: Scope, name: str) -> Version | None:
        """The version that holds now."""
        known = self.versions.get((scope, name), [])
        return known[-1] if known and known[-1].ended is None else None

    def take(self, run: int, scope: Scope, read: Read) -> None:
        """A reading, as the issue tells it: only a complete listing lets an asset be gone."""
        verdict, listed, seen = read
        self.latest[scope] = run
        for name, sight in seen.items():
            self._see(run, scope, name, sight)
        if verdict is Verdict.COMPLETE or (verdict is Verdict.PARTIAL and listed):
            for name in set(NAMES) - seen.keys():
                self._end(run, scope, name, "gone")

    def _see(self, run: int, scope: Scope, name: str, sight: Sight) -> None:
        before = self.current(scope, name)
        properties, unread = told_of(sight), sight[1] is None
        if unread and before and "detail" in before.properties:
            properties["detail"] = before.properties["detail"]
        known = self.versions.setdefault((scope, name), [])
        if before and (lasting(before.properties), before.unread) == (lasting(properties), unread):
            known[-1] = replace(before, properties=properties, seen=run)
            return
        self._end(run, scope, name, "changed")
        first = known[0].first if known else run
        known.append(Version(properties, unread, first, run, run))

    def _end(self, run: int, scope: Scope, name: str, how: str) -> None:
        before = self.current(scope, name)
        if before:
            self.versions[scope, name][-1] = replace(before, ended=run, how=how)

    def state(self) -> dict[Any, Any]:
        """Everything current, as `found` tells it."""
        return {
            (scope, name): (
                version.properties,
                version.unread,
                after(version.first),
                after(version.begun),
                after(version.seen),
                version.seen < self.latest[scope],
            )
            for scope, name in self.versions
            if (version := self.current(scope, name))
        }

    def history(self, name: str) -> list[Any]:
        """Every version of a name, as `told` tells it."""
        return sorted(
            (
                scope,
                after(v.begun),
                None if v.ended is None else after(v.ended),
                *(v.begun, v.ended, v.how),
                *(v.properties, v.unread, after(v.seen)),
            )
            for scope in SCOPES
            for v in self.versions.get((scope, name), [])
        )


def told_of(sight: Sight) -> dict[str, int]:
    """The properties that a sight tells."""
    values = zip(("value", "detail", "size"), sight, strict=True)
    return {name: value for name, value in values if value is not None}


def lasting(properties: dict[str, int]) -> dict[str, int]:
    """The properties that do not change by themselves."""
    return {name: value for name, value in properties.items() if name not in VOLATILE}


def reading(scope: Scope, read: Read) -> Reading:
    verdict, listed, seen = read
    assets = tuple(
        Asset(
            *("L", name, scope.account, scope.region, name),
            told_of(sight),
            unread={DETAIL: DENIED} if sight[1] is None else {},
        )
        for name, sight in seen.items()
    )
    return Reading(scope, verdict, assets=assets, listed=listed)


def found(inventory: Inventory, moment: datetime | None = None) -> dict[Any, Any]:
    return {
        (a.scope, a.id): (
            *(a.properties, bool(a.unread)),
            *(a.first_seen, a.since, a.last_seen, a.stale),
        )
        for a in inventory.assets(as_of=moment)
    }


def told(inventory: Inventory, name: str) -> list[Any]:
    return sorted(
        (
            *(v.scope, v.valid_from, v.valid_to, v.opened_by, v.closed_by, v.ended),
            *(v.properties, bool(v.unread), v.last_seen),
        )
        for v in inventory.history(name)
    )


def exact(state: dict[Any, Any]) -> dict[Any, Any]:
    """What is exact of a past moment: not sizes, nor sights by readings that were not complete."""
    return {key: (lasting(value[0]), *value[1:4]) for key, value in state.items()}


def difference(one: dict[Any, Any], other: dict[Any, Any]) -> dict[Any, Any]:
    """Kind, and old and new properties, of everything that differs."""
    changes: dict[Any, Any] = {}
    for key in one.keys() | other.keys():
        old, new = one.get(key), other.get(key)
        if old is None or new is None:
            changes[key] = ("new" if new else "gone", {})
        elif (lasting(old[0]), old[1]) != (lasting(new[0]), new[1]):
            properties = {
                name: (old[0].get(name), new[0].get(name))
                for name in ("value", "detail")
                if old[0].get(name) != new[0].get(name)
            }
            if old[1] != new[1]:
                words = "denied: AccessDenied"
                properties[f"unread.{DETAIL}"] = (
                    words if old[1] else None,
                    words if new[1] else None,
                )
            changes[key] = ("changed", properties)
    return changes


def check(url: str, plan: list[dict[int, Read]]) -> None:
    clock = FixedClock(START)
    model, states = Model(), []
    with Inventory.open(
        url, clock, provides=lambda _: PROVIDED, volatile=lambda _: VOLATILE
    ) as inventory:
        estate = Estate(inventory, clock)
        for number, scopes in enumerate(plan, start=1):
            for index, read in scopes.items():
                model.take(number, SCOPES[index], read)
            estate.run(*(reading(SCOPES[index], read) for index, read in scopes.items()))
            states.append(model.state())
            assert found(inventory) == model.state()

        for name in NAMES:
            assert told(inventory, name) == model.history(name)
        for number, state in enumerate(states, start=1):
            then = found(inventory, after(number))
            assert exact(then) == exact(state)
            assert all(then[key][4] <= state[key][4] for key in state)
            assert {(a.scope, a.id) for a in inventory.incomplete_assets()} == {
                key for key, value in model.state().items() if value[1] or value[5]
            }
        for earlier, later in zip(range(1, len(states)), range(2, len(states) + 1), strict=True):
            for start in {1, earlier}:
                changes = {
                    (c.scope, c.id): (c.kind, dict(c.properties))
                    for c in inventory.diff(after(start), after(later), AssetFilter())
                }
                assert changes == difference(states[start - 1], states[later - 1])


def examples(number: int) -> Callable[[Any], Any]:
    return settings(
        max_examples=number,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


@pytest.fixture
def sqlite_url(migrated_sqlite: Any, tmp_path: Any) -> Callable[[], str]:
    """Makes SQLite databases."""

    def new() -> str:
        path = tmp_path / "random.db"
        path.write_bytes(migrated_sqlite.read_bytes())
        return f"sqlite:///{path}"

    return new


@pytest.fixture
def pooled_url(postgresql_server: Any, postgresql_pool: Any) -> Callable[[], tuple[str, Any]]:
    """Lends PostgreSQL databases."""

    def new() -> tuple[str, Any]:
        name = postgresql_pool.take()
        return postgresql_server.url(name), lambda: postgresql_pool.give_back(name)

    return new


@given(runs)
@examples(60)
def test_any_runs_on_sqlite(sqlite_url: Callable[[], str], plan: list[dict[int, Read]]) -> None:
    check(sqlite_url(), plan)


@pytest.mark.postgresql
@given(runs)
@examples(10)
def test_any_runs_on_postgresql(
    pooled_url: Callable[[], tuple[str, Any]], plan: list[dict[int, Read]]
) -> None:
    url, give_back = pooled_url()
    check(url, plan)
    give_back()


@pytest.mark.slow
@given(runs)
@examples(1_500)
def test_very_many_runs_on_sqlite(
    sqlite_url: Callable[[], str], plan: list[dict[int, Read]]
) -> None:
    check(sqlite_url(), plan)


@pytest.mark.slow
@pytest.mark.postgresql
@given(runs)
@examples(150)
def test_very_many_runs_on_postgresql(
    pooled_url: Callable[[], tuple[str, Any]], plan: list[dict[int, Read]]
) -> None:
    url, give_back = pooled_url()
    check(url, plan)
    give_back()
