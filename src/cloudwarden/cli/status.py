"""`cloudwarden status`: what was read, when, and what was not."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import typer

from cloudwarden.cli.options import OutputOption
from cloudwarden.cli.output import Output, print_rows, print_value, say
from cloudwarden.cli.workspace import Workspace, workspace
from cloudwarden.core.clock import format_moment
from cloudwarden.schema.records import Verdict


def status(
    ctx: typer.Context,
    output: OutputOption = Output.TABLE,
    every: Annotated[
        bool, typer.Option("--all", help="Every scope, not only those not fully read.")
    ] = False,
) -> None:
    """Show the last runs, and every scope whose last reading was not complete."""
    with workspace(ctx) as work:
        summary = _summary(work)
        scopes = _scopes(work, every=every)
    if output is Output.JSON:
        print_value({**summary, "scopes": scopes})
        return
    if output is Output.TABLE:
        _say_summary(summary)
    print_rows(
        scopes,
        ["account", "region", "type", "verdict", "read_at", "reason"],
        output,
        title="Scopes" if every else "Scopes not fully read",
        empty=_nothing_amiss(summary),
    )


def _summary(work: Workspace) -> dict[str, Any]:
    runs = [
        {
            "run": run.id,
            "started_at": format_moment(run.started_at),
            "finished_at": format_moment(run.finished_at) if run.finished_at else None,
            "verdict": run.verdict.value if run.verdict else run.state,
            "api_calls": run.api_calls,
        }
        for run in work.inventory.runs(limit=5)
    ]
    verdicts = Counter(reading.verdict.value for reading in work.inventory.readings())
    generation = work.generations.current()
    return {
        "database": _without_password(work.settings.database),
        "data_dir": str(work.settings.data_dir),
        "assets": work.inventory.count_assets(),
        "verdicts": dict(sorted(verdicts.items())),
        "graph": generation.name if generation else None,
        "runs": runs,
    }


def _scopes(work: Workspace, *, every: bool) -> list[dict[str, Any]]:
    return [
        {
            "account": reading.scope.account,
            "region": reading.scope.region,
            "type": reading.scope.type,
            "verdict": reading.verdict.value,
            "read_at": format_moment(reading.finished_at) if reading.finished_at else None,
            "reason": reading.reason,
        }
        for reading in work.inventory.readings()
        if every or reading.verdict is not Verdict.COMPLETE
    ]


def _nothing_amiss(summary: dict[str, Any]) -> str:
    if summary["verdicts"]:
        return "Every scope was read completely."
    return "No scope was read yet." if summary["runs"] else ""


def _say_summary(summary: dict[str, Any]) -> None:
    if not summary["runs"]:
        say("Nothing has been collected yet. Next: cloudwarden collect (or cloudwarden demo)")
        return
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in summary["verdicts"].items())
    say(f"{summary['assets']} assets; scopes: {verdicts}; graph: {summary['graph'] or 'none'}")
    for run in summary["runs"]:
        say(
            f"run {run['run']}: {run['started_at']}, {run['verdict']}, {run['api_calls']} API calls"
        )


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    credentials, at, host = rest.rpartition("@")
    return f"{scheme}://{credentials.partition(':')[0]}{at}{host}" if at else url
