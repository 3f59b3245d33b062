"""`cloudwarden findings`: what the checks found, over time."""

from __future__ import annotations

from typing import Annotated

import typer

from cloudwarden.cli.options import AccountOption, OutputOption
from cloudwarden.cli.output import Output, print_rows
from cloudwarden.cli.workspace import workspace
from cloudwarden.core.errors import UsageError

_STATES = ("open", "reopened", "fixed", "unknown", "all")


def findings(
    ctx: typer.Context,
    finding: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Show one finding's history.")
    ] = None,
    state: Annotated[
        str, typer.Option(help="open (includes reopened), reopened, fixed, unknown or all.")
    ] = "open",
    severity: Annotated[str | None, typer.Option(show_default=False)] = None,
    check: Annotated[str | None, typer.Option("--check", show_default=False)] = None,
    account: AccountOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List findings with when they were first seen, fixed and reopened."""
    from cloudwarden.checks.findings import FindingStore
    from cloudwarden.checks.packs import SEVERITIES

    if state not in _STATES:
        raise UsageError(f"--state is one of {', '.join(_STATES)}, not {state!r}")
    if severity is not None and severity not in SEVERITIES:
        raise UsageError(f"--severity is one of {', '.join(SEVERITIES)}, not {severity!r}")
    with workspace(ctx) as work:
        store = FindingStore(work.inventory, work.clock)
        if finding is not None:
            events = store.history(finding)
            if not events:
                raise UsageError(f"no finding has the id {finding!r}; see `cloudwarden findings`")
            print_rows([e.to_json() for e in events], ["at", "state", "run", "why"], output)
            return
        rows = [
            f.to_json()
            for f in store.find(
                state=state,
                severity=severity,
                check=check,
                account=work.account_id(account) if account else None,
            )
        ]
    print_rows(
        rows,
        ["id", "state", "severity", "check", "asset", "account", "region", "first_seen", "why"],
        output,
        empty="No findings. `cloudwarden check` judges the current graph.",
    )
