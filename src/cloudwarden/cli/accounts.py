"""`cloudwarden accounts`: what is collected, and whether its role works."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from cloudwarden.cli.options import OutputOption
from cloudwarden.cli.output import Output, print_rows, say
from cloudwarden.cli.workspace import Workspace, workspace
from cloudwarden.core.clock import format_moment
from cloudwarden.core.errors import UsageError
from cloudwarden.providers.base import AccountSettings

app = typer.Typer(
    help="The accounts that are collected.", no_args_is_help=True, rich_markup_mode=None
)

_COLUMNS = ["id", "name", "working", "last_success", "last_error", "role_arn", "profile", "enabled"]


@app.command("add")
def add(
    ctx: typer.Context,
    account_id: Annotated[str, typer.Option("--id", help="The 12-digit account id.")],
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    role_arn: Annotated[str, typer.Option(help="The role to assume there.")] = "",
    external_id: Annotated[str, typer.Option(help="The ExternalId that its trust asks for.")] = "",
    via_role_arn: Annotated[str, typer.Option(help="A role to assume first, as a hop.")] = "",
    profile: Annotated[str, typer.Option(help="The AWS profile to start from.")] = "",
    disabled: Annotated[
        bool, typer.Option("--disabled", help="Keep it, do not collect it.")
    ] = False,
) -> None:
    """Add an account, or change one that was added."""
    if not re.fullmatch(r"\d{12}", account_id):
        raise UsageError(f"{account_id!r} is not an AWS account id: it has 12 digits")
    for option, arn in (("--role-arn", role_arn), ("--via-role-arn", via_role_arn)):
        if arn and not re.fullmatch(r"arn:[a-z-]+:iam::(\d{12}|\{account\}):role/.+", arn):
            raise UsageError(f"{option} takes the ARN of a role, not {arn!r}")
    with workspace(ctx) as work:
        work.inventory.save_account(
            AccountSettings(
                id=account_id,
                name=name,
                role_arn=role_arn,
                external_id=external_id,
                via_role_arn=via_role_arn,
                profile=profile,
                session_name="",
                enabled=not disabled,
            )
        )
    say(f"Saved {account_id}{f' ({name})' if name else ''}. Next: cloudwarden collect")


@app.command("remove")
def remove(
    ctx: typer.Context, account: Annotated[str, typer.Argument(help="Its id or name.")]
) -> None:
    """Stop collecting an account; what is known about it is kept."""
    with workspace(ctx) as work:
        account_id = work.account_id(account)
        if account_id in {table["id"] for table in work.settings.accounts}:
            raise UsageError(f"{account_id} is written in {work.settings.source}; remove it there")
        work.inventory.remove_account(account_id)
    say(f"Removed {account_id}; its assets stay in the inventory.")


@app.command("list")
def list_(ctx: typer.Context, output: OutputOption = Output.TABLE) -> None:
    """List the accounts with the health of their roles."""
    with workspace(ctx) as work:
        print_rows(
            _rows(work),
            _COLUMNS,
            output,
            empty="No account is configured: the ambient credentials' own account is collected. "
            "Add one: cloudwarden accounts add --id …",
        )


def _rows(work: Workspace) -> list[dict[str, Any]]:
    health = {record.settings.id: record for record in work.inventory.accounts()}
    settings = {a.id: a for a in work.configured_accounts()}
    rows = []
    for account_id in sorted({*health, *settings}):
        record = health.get(account_id)
        account = settings[account_id] if account_id in settings else health[account_id].settings
        rows.append(
            {
                "id": account_id,
                "name": account.name,
                "working": record.working if record else None,
                "last_success": _time(record.last_success) if record else None,
                "last_error": record.last_error if record else None,
                "last_error_at": _time(record.last_error_at) if record else None,
                "last_used": _time(record.last_used) if record else None,
                "role_arn": account.role_arn,
                "external_id_set": bool(account.external_id),
                "profile": account.profile,
                "enabled": account.enabled,
            }
        )
    return rows


def _time(moment: Any) -> str | None:
    return format_moment(moment) if moment else None
