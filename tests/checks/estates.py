"""Estates made by hand: readings go into a real inventory, a real graph is sealed and judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cloudwarden.checks.packs import Check, load_checks
from cloudwarden.checks.results import CheckResult, Judgement
from cloudwarden.checks.runner import Runner
from cloudwarden.core.clock import FixedClock
from cloudwarden.graph.generations import Generations
from cloudwarden.inventory.store import Inventory
from cloudwarden.providers.base import AccountSettings
from cloudwarden.schema.records import (
    GLOBAL_REGION,
    Asset,
    Failure,
    Reading,
    Relation,
    Scope,
    Verdict,
)
from cloudwarden.schema.registry import Registry

ALPHA, BETA = "111111111111", "222222222222"
EAST, WEST = "us-east-1", "us-west-2"

DENIED = Failure(Verdict.DENIED, "AccessDenied", "you may not")

CHECKS = {check.id: check for check in load_checks()}


def asset(
    label: str,
    id_: str,
    account: str = ALPHA,
    region: str = EAST,
    *,
    unread: Sequence[str] = (),
    relations: Sequence[Relation] = (),
    tags: Mapping[str, str] | None = None,
    **properties: Any,
) -> Asset:
    """An asset; `unread` are the operations that were denied for it."""
    return Asset(
        label,
        id_,
        account,
        region,
        properties=properties,
        tags=tags or {},
        relations=tuple(relations),
        unread=dict.fromkeys(unread, DENIED),
    )


def read(
    type_: str,
    *assets: Asset,
    account: str = ALPHA,
    region: str = EAST,
    denied: Sequence[str] = (),
) -> Reading:
    """A reading whose listing was whole; details `denied`, or unread of an asset, failed in it."""
    failed = {*denied, *(one for found in assets for one in found.unread)}
    return Reading(
        Scope("aws", account, region, type_),
        Verdict.PARTIAL if failed else Verdict.COMPLETE,
        "a detail was denied" if failed else "",
        assets,
        failures=dict.fromkeys(failed, DENIED),
        listed=True,
    )


def unlisted(
    type_: str,
    operation: str,
    *assets: Asset,
    account: str = ALPHA,
    region: str = EAST,
    verdict: Verdict = Verdict.DENIED,
) -> Reading:
    """A reading whose listing failed: at once, or, with assets, after the first page."""
    failure = Failure(verdict, "AccessDenied", "you may not")
    return Reading(
        Scope("aws", account, region, type_),
        Verdict.PARTIAL if assets else verdict,
        f"{operation}: AccessDenied: you may not",
        assets,
        failures={operation: failure},
    )


def bucket(name: str, account: str = ALPHA, *, region: str = EAST, **facts: Any) -> Asset:
    return asset("AWSS3Bucket", name, account, region, **facts)


def vpc(name: str, account: str = ALPHA, region: str = EAST) -> Asset:
    return asset("AWSVpc", name, account, region)


def flow_log(of: str, account: str = ALPHA, region: str = EAST) -> Asset:
    return asset(
        "AWSVpcFlowLog",
        f"fl-{of}",
        account,
        region,
        flow_log_status="ACTIVE",
        relations=[Relation("LOGS_TRAFFIC_OF", "AWSVpc", of)],
    )


def account_itself(account: str = ALPHA, *, unread: Sequence[str] = (), **facts: Any) -> Asset:
    return asset("AWSAccount", account, account, GLOBAL_REGION, unread=unread, **facts)


def trail(
    name: str,
    account: str = ALPHA,
    region: str = EAST,
    *,
    multi: bool = True,
    unread: Sequence[str] = (),
) -> Asset:
    return asset(
        "AWSCloudTrailTrail",
        f"arn:aws:cloudtrail:{region}:{account}:trail/{name}",
        account,
        region,
        unread=unread,
        is_multi_region_trail=multi,
        include_global_service_events=True,
        **({} if unread else {"is_logging": True}),
    )


@contextmanager
def new_estate(folder: Path, registry: Registry) -> Iterator[Estate]:
    """An empty estate whose data are in `folder`."""
    clock = FixedClock(datetime(2026, 3, 1, tzinfo=UTC))
    url = f"sqlite:///{folder / 'cloudwarden.db'}"
    with Inventory.open(url, clock, apps=["cloudwarden.checks"]) as opened:
        yield Estate(opened, registry, clock, folder / "graph")


Statuses = dict[str | None, str]


@dataclass
class Estate:
    """An inventory that is collected into and judged, as the command line does it."""

    inventory: Inventory
    registry: Registry
    clock: FixedClock
    folder: Path

    def account(self, *ids: str) -> None:
        for id_ in ids:
            self.inventory.save_account(AccountSettings(id=id_, name=id_))

    def collect(self, *readings: Reading, seal: bool = True, finish: bool = True) -> int:
        """Store a run of these readings and seal a graph of everything."""
        self._later()
        run = self.inventory.begin_run({})
        for reading in readings:
            self.inventory.store(run.id, replace(reading, finished_at=self.clock.now()))
        if finish:
            self.inventory.finish_run(run.id, Verdict.COMPLETE, 0)
        if seal:
            self._later()
            self._generations.build(
                self.inventory.documents(),
                self.registry,
                self.inventory.accounts_known(),
                run.id,
                self.clock.now(),
            )
        return run.id

    def run(self, *checks: str | Check, account: str | None = None) -> Judgement:
        found = [CHECKS[one] if isinstance(one, str) else one for one in checks]
        self._later()
        with self._generations.open() as graph:
            runner = Runner(graph, self.inventory, self.registry, self.clock)
            return runner.run(found, account=account)

    def judge(self, check: str | Check, account: str | None = None) -> Statuses:
        """The status of each asset; None stands for a scope of the subject that was not read."""
        return {r.asset: r.status.value for r in self.results(check, account)}

    def results(self, check: str | Check, account: str | None = None) -> Sequence[CheckResult]:
        return self.run(check, account=account).results

    def _later(self) -> None:
        self.clock.set(self.clock.now() + timedelta(minutes=1))

    @property
    def _generations(self) -> Generations:
        return Generations(self.folder, self.clock, keep=2)
