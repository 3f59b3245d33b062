"""Runs and readings: what was collected when, and how it went.

Importing this needs Django configured (`core.database`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Sum

from cloudwarden.core.errors import UsageError
from cloudwarden.core.json import dumps, loads
from cloudwarden.inventory.models import Reading, Run
from cloudwarden.inventory.records import Counts, ReadingRecord, RunRecord
from cloudwarden.schema.records import Failure, Scope, Verdict

_COUNTS = ("seen", "new", "changed", "gone")


def begin_run(alias: str, parameters: Mapping[str, Any], now: datetime) -> RunRecord:
    """A new run; what was still running cannot be any more, and was interrupted."""
    Run.objects.using(alias).filter(state="running").update(state="interrupted")
    run = Run(started_at=now, parameters=dumps(dict(parameters)))
    run.save(using=alias, force_insert=True)
    return _run(run, {}, Counts())


def finish_run(
    alias: str, run_id: int, verdict: Verdict, api_calls: int, now: datetime
) -> RunRecord:
    """End a run. Raises `UsageError` if there is none that runs under this number."""
    ended = (
        Run.objects.using(alias)
        .filter(id=run_id, state="running")
        .update(state="finished", finished_at=now, verdict=verdict.value, api_calls=api_calls)
    )
    if not ended:
        raise UsageError(f"run {run_id} is not running, so it cannot be finished")
    return _with_sums(alias, Run.objects.using(alias).filter(id=run_id))[0]


def list_runs(alias: str, limit: int) -> list[RunRecord]:
    """The last runs, the latest first."""
    return _with_sums(alias, Run.objects.using(alias).order_by("-id")[:limit])


def list_readings(alias: str, run_id: int | None) -> list[ReadingRecord]:
    """A run's readings, or the last one of every scope; sorted by scope."""
    found = Reading.objects.using(alias).select_related("scope")
    if run_id is None:
        found = found.filter(run_id=F("scope__latest_run_id"))
    else:
        found = found.filter(run_id=run_id)
    order = ("scope__provider", "scope__account", "scope__region", "scope__type")
    return [_reading(reading) for reading in found.order_by(*order)]


def _with_sums(alias: str, runs: Iterable[Run]) -> list[RunRecord]:
    runs = list(runs)
    scopes: dict[int, dict[Verdict, int]] = defaultdict(dict)
    assets: dict[int, Counts] = defaultdict(Counts)
    sums = (
        Reading.objects.using(alias)
        .filter(run_id__in=[run.pk for run in runs])
        .values("run_id", "verdict")
        .annotate(readings=Count("id"), **{f"all_{name}": Sum(name) for name in _COUNTS})
    )
    for row in sums:
        scopes[row["run_id"]][Verdict(row["verdict"])] = row["readings"]
        assets[row["run_id"]] += Counts(*(int(row[f"all_{name}"]) for name in _COUNTS))
    return [_run(run, scopes[run.pk], assets[run.pk]) for run in runs]


def _run(run: Run, scopes: Mapping[Verdict, int], assets: Counts) -> RunRecord:
    return RunRecord(
        id=run.pk,
        state=run.state,
        started_at=run.started_at,
        finished_at=run.finished_at,
        verdict=Verdict(run.verdict) if run.verdict else None,
        api_calls=run.api_calls,
        parameters=loads(run.parameters),
        scopes=scopes,
        assets=assets,
    )


def _reading(reading: Reading) -> ReadingRecord:
    scope = reading.scope
    return ReadingRecord(
        run_id=reading.run_id,
        scope=Scope(scope.provider, scope.account, scope.region, scope.type),
        verdict=Verdict(reading.verdict),
        listed=reading.listed,
        reason=reading.reason,
        operations=loads(reading.operations),
        failures={
            operation: Failure(Verdict(f["verdict"]), f["code"], f["message"])
            for operation, f in loads(reading.failures).items()
        },
        assets=Counts(reading.seen, reading.new, reading.changed, reading.gone),
        started_at=reading.started_at,
        finished_at=reading.finished_at,
        stored_at=reading.stored_at,
    )
