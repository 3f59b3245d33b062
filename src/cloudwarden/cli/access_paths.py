"""`cloudwarden access paths`: how far each principal is from administration, and by which steps."""

from __future__ import annotations

import codecs
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudwarden.cli import access_words
from cloudwarden.cli.options import AsOfOption, OutputOption
from cloudwarden.cli.output import Output, print_rows, say
from cloudwarden.cli.workspace import workspace
from cloudwarden.core.errors import UsageError

if TYPE_CHECKING:
    from cloudwarden.analysis.iam.escalation_cuts import Cut
    from cloudwarden.analysis.iam.escalation_setting import Setting
    from cloudwarden.analysis.iam.world import World

_COLUMNS = ["principal", "admin", "certainty", "hops", "path", "condition", "edge_to_cut"]


def paths(
    ctx: typer.Context,
    principal: Annotated[
        str | None,
        typer.Argument(
            metavar="PRINCIPAL", help="A user or role (ARN or name); everybody by default."
        ),
    ] = None,
    authorization_details: Annotated[
        Path | None,
        typer.Option(
            "--authorization-details",
            help="A saved `aws iam get-account-authorization-details`, instead of the inventory;"
            " - is standard input.",
            show_default=False,
        ),
    ] = None,
    as_of: AsOfOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List who is or can become an administrator.

    The shortest way, step by step, surest first. `conditional` is what depends on the request or
    on what nobody can tell beforehand; `unknown`, on what was not read. `edge_to_cut` is the grant
    that closes this way and most others. Exits with 5 where an account's users and roles were not
    all read.
    """
    from cloudwarden.analysis.iam.escalation_paths import paths as ways
    from cloudwarden.analysis.iam.escalation_paths import survey

    if authorization_details is not None:
        moment, world, setting = _saved(authorization_details)
    else:
        from cloudwarden.analysis.iam.escalation_derive import labels
        from cloudwarden.analysis.iam.escalation_setting import setting_of
        from cloudwarden.analysis.iam.estate_world import world_of

        with workspace(ctx) as work:
            moment = work.moment(as_of) if as_of else work.clock.now()
            estate = access_words.collected(work.estate(labels(), moment if as_of else None))
        world, setting = world_of(estate), setting_of(estate)
    unread = [one.id for one in world.accounts.values() if not one.lists_principals]
    arn = None if principal is None else access_words.actor(world, principal)
    cut = None
    if arn is None:
        found, cut = survey(world, setting, moment)
    else:
        found = ways(world, setting, moment, arn)
    rows = [one.to_json() for one in found]
    for note in setting.notes:
        say(note)
    for account in unread:
        say(f"unknown: the users and roles of account {account} were not all read")
    if output in {Output.TABLE, Output.CSV}:
        rows = [_flat(row) for row in rows]
    print_rows(rows, _COLUMNS, output, empty="No users or roles were read.")
    if cut is not None and cut.grants:
        say(_advice(cut))
    if cut is not None and cut.skipped:
        say(f"What to cut was not worked out: there are {cut.skipped} moves.")
    if unread:
        raise typer.Exit(5)


def _saved(file: Path) -> tuple[datetime, World, Setting]:
    """The world that a saved file tells."""
    from cloudwarden.analysis.iam.authorization_details import read_authorization_details
    from cloudwarden.core.clock import SystemClock

    read = read_authorization_details(_text(file), str(file))
    return SystemClock().now(), read.world, read.setting


def _text(file: Path) -> str:
    """A file's text, or that of standard input for `-`. Raises `UsageError` if there is none."""
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    # PowerShell's `>` writes UTF-16.
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if wide else "utf-8", errors="replace")


def _advice(cut: Cut) -> str:
    """What to take away to close as many ways as can be."""
    grants = "; ".join(_grant(one.to_json()) for one in cut.grants)
    whole = (
        " (found step by step: another set may do better)"
        if cut.greedy
        else ", and no smaller set does"
    )
    left = f" and leaves {cut.leaves}" if cut.leaves else ""
    return f"To cut: {grants}. That closes the ways of {len(cut.closes)} principals{left}{whole}."


def _grant(grant: dict[str, Any]) -> str:
    """A grant in words."""
    name = grant["policy"].rpartition("/")[2]
    return f"{_short(grant['attached_to'])}: {name} statement {grant['sid'] or grant['statement']}"


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its way and its cut in words."""
    steps = [f"{hop['technique']} → {_short(hop['to'])}" for hop in row["path"]]
    cut = row["edge_to_cut"]
    return {
        **row,
        "path": ", ".join(steps) or None,
        "condition": row["condition"] or ("; ".join(row["unknown"]) or None),
        "edge_to_cut": cut and f"{_grant(cut)} (closes {cut['closes']})",
    }


def _short(arn: str) -> str:
    """The last part of an ARN."""
    return arn.split(":", 5)[-1]
