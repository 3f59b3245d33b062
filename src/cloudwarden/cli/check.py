"""`cloudwarden check`: judge the current graph."""

from __future__ import annotations

import sys
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloudwarden.cli.options import AccountOption
from cloudwarden.cli.output import Output, print_rows, print_value, say
from cloudwarden.cli.workspace import workspace
from cloudwarden.core.errors import UsageError

if TYPE_CHECKING:
    from cloudwarden.checks.results import Judgement


class CheckOutput(StrEnum):
    """The formats of a judgement."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    NDJSON = "ndjson"
    SARIF = "sarif"
    OCSF = "ocsf"


_COLUMNS = ["status", "severity", "check", "asset", "label", "account", "region", "why"]

#: Exit code of findings at or above `--fail-on`.
FOUND = 3


def check(
    ctx: typer.Context,
    pack: Annotated[
        str | None, typer.Option(help="Only this pack (name, file or folder).", show_default=False)
    ] = None,
    check_ids: Annotated[
        list[str], typer.Option("--check", help="Only this check; may be repeated.")
    ] = [],  # noqa: B006  typer copies it
    account: AccountOption = None,
    fail_on: Annotated[
        str | None,
        typer.Option(
            help="Exit 3 if a finding is at least this severe: low, medium, high or critical.",
            show_default=False,
        ),
    ] = None,
    passes: Annotated[bool, typer.Option("--passes", help="Show passes in the table too.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="List the checks; judge nothing.")] = False,
    output: Annotated[
        CheckOutput, typer.Option("--output", "-o", help="How to print the result.")
    ] = CheckOutput.TABLE,
) -> None:
    """Judge every asset that the checks are about: pass, fail, or unknown."""
    from cloudwarden.checks.exports import to_ocsf, to_sarif
    from cloudwarden.checks.findings import FindingStore
    from cloudwarden.checks.packs import SEVERITIES, load_checks
    from cloudwarden.checks.runner import Runner

    if fail_on is not None and fail_on not in SEVERITIES:
        raise UsageError(f"--fail-on is one of {', '.join(SEVERITIES)}, not {fail_on!r}")
    with workspace(ctx) as work:
        folders = [*work.settings.packs, work.settings.data_dir / "packs"]
        named = Path(pack) if pack and Path(pack).exists() else None
        checks = load_checks([named] if named else [], extra=[] if named else folders)
        checks = _choose(checks, None if named else pack, check_ids)
        if list_:
            rows = [
                {
                    "check": c.id,
                    "severity": c.severity,
                    "subject": c.subject,
                    "title": c.title,
                    "pack": c.pack,
                }
                for c in checks
            ]
            print_rows(rows, ["check", "severity", "subject", "title", "pack"], _plain(output))
            return
        graph = work.graph()
        account_id = work.account_id(account) if account else None
        judged = Runner(graph, work.inventory, work.registry, work.clock).run(
            checks, account=account_id
        )
        FindingStore(work.inventory, work.clock).record(judged)
    rows = [result.to_json() for result in judged.results]
    if output is CheckOutput.SARIF:
        print_value(to_sarif(judged, checks))
    elif output is CheckOutput.OCSF:
        print_value(to_ocsf(judged, checks, work.clock))
    elif output is CheckOutput.TABLE:
        # Of scopes that were not listed the reasons are told once, not for each check.
        shown = [
            row for row in rows if row["asset"] is not None and (passes or row["status"] != "pass")
        ]
        print_rows(shown, _COLUMNS, Output.TABLE, empty="No failure, nothing unknown.")
        _tell_unlisted(judged)
        counts = judged.counts()
        say(", ".join(f"{counts.get(s, 0)} {s}" for s in ("pass", "fail", "unknown")))
    else:
        print_rows(rows, _COLUMNS, _plain(output))
    sys.stdout.flush()
    if fail_on is not None:
        at_least = SEVERITIES[SEVERITIES.index(fail_on) :]
        if any(row["status"] == "fail" and row["severity"] in at_least for row in rows):
            raise typer.Exit(FOUND)


def _tell_unlisted(judged: Judgement) -> None:
    """Say where there may be more to judge than anybody knows."""
    reasons = Counter(result.why for result in judged.results if result.asset is None)
    for reason, number in sorted(reasons.items()):
        say(f"{number} check{'s' if number > 1 else ''} may have missed something: {reason}")


def _plain(output: CheckOutput) -> Output:
    known = {o.value for o in Output}
    return Output(output.value) if output.value in known else Output.JSON


def _choose(checks, pack: str | None, ids: list[str]):  # type: ignore[no-untyped-def]
    from difflib import get_close_matches

    for wanted, known, kind in (
        ([pack] if pack else [], {c.pack for c in checks}, "pack"),
        (ids, {c.id for c in checks}, "check"),
    ):
        for name in wanted:
            if name not in known:
                close = get_close_matches(name, sorted(known), 3, 0.5)
                hint = f"; did you mean {' or '.join(close)}?" if close else "."
                raise UsageError(
                    f"no {kind} is called {name!r}{hint} See `cloudwarden check --list`"
                )
    return [c for c in checks if (not pack or c.pack == pack) and (not ids or c.id in ids)]
