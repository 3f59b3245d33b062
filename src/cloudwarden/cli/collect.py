"""`cloudwarden collect`: read the accounts, remember what was read, seal a graph of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from cloudwarden.cli.options import AccountOption, OutputOption, split
from cloudwarden.cli.output import Output, print_rows, print_value, say
from cloudwarden.cli.progress import CollectProgress
from cloudwarden.cli.workspace import Workspace, workspace
from cloudwarden.collect import CollectResult
from cloudwarden.core.errors import CredentialsError, UsageError
from cloudwarden.providers.base import AccountSettings
from cloudwarden.schema.records import Verdict

#: Exit code of a collection in which some scope was not read.
PARTIAL = 5


def collect(
    ctx: typer.Context,
    account: AccountOption = None,
    regions: Annotated[
        str | None, typer.Option(help="Only these regions, comma-separated.", show_default=False)
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(help="Only these services, comma-separated (iam,s3).", show_default=False),
    ] = None,
    scope: Annotated[
        str, typer.Option(help="all, local (the ambient account only) or remote (the others).")
    ] = "all",
    no_graph: Annotated[
        bool, typer.Option("--no-graph", help="Store only; do not seal a graph.")
    ] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Read the configured accounts (or the ambient credentials' own) and store what is found."""
    if scope not in {"all", "local", "remote"}:
        raise UsageError(f"--scope is all, local or remote, not {scope!r}")
    with workspace(ctx) as work:
        result = run(
            work,
            accounts=choose(work, account),
            services=split(only),
            regions=split(regions),
            reach=scope,
            graph=not no_graph,
        )
        show(result, output)
    if not result.signed_in:
        raise typer.Exit(CredentialsError.exit_code)
    if result.verdict is not Verdict.COMPLETE:
        raise typer.Exit(PARTIAL if result.verdict is Verdict.PARTIAL else 1)


def choose(work: Workspace, account: str | None) -> list[AccountSettings]:
    """The accounts to collect: the enabled ones, or the one named. Raises `UsageError`."""
    configured = work.configured_accounts()
    if account is not None:
        account_id = work.account_id(account, configured)
        return [a for a in configured if a.id == account_id] or [_ambient(work, account_id)]
    enabled = [a for a in configured if a.enabled]
    if configured and not enabled:
        raise UsageError("every configured account is disabled; see `cloudwarden accounts list`")
    return enabled or [_ambient(work)]


def run(
    work: Workspace,
    *,
    accounts: Sequence[AccountSettings],
    services: Sequence[str] = (),
    regions: Sequence[str] = (),
    reach: str = "all",
    graph: bool = True,
) -> CollectResult:
    """Collect and, unless told otherwise, seal a generation. Raises `BusyError` if another runs."""
    from cloudwarden.collect import Collector, CollectSettings
    from cloudwarden.collect.events import Event, RunStarted
    from cloudwarden.providers.aws.provider import AwsProvider

    settings = work.settings
    provider = AwsProvider(
        catalogue=work.catalogue,
        clock=work.clock,
        exclude_regions=settings.exclude_regions,
        exclude_services=settings.exclude_services,
        exclude_types=settings.exclude_types,
        max_connections=settings.threads,
    )
    with work.inventory.lock(), CollectProgress() as progress:

        def on_event(event: Event) -> None:
            if isinstance(event, RunStarted):
                work.outdate_graph()
            progress.on_event(event)

        collector = Collector(
            provider,
            work.inventory,
            work.clock,
            CollectSettings(threads=settings.threads, reach=reach),
            on_event,
        )
        result = collector.run(accounts, services=services or settings.services, regions=regions)
        if graph:
            progress.say("Sealing the graph…")
            work.build_graph(result.run)
    return result


def show(result: CollectResult, output: Output) -> None:
    """Print a collection's result."""
    answer = result.to_json()
    if output is Output.JSON:
        print_value(answer)
        return
    print_rows(answer["accounts"], ["id", "name", "verdict", "error"], output)
    if output is not Output.TABLE:
        return
    assets = answer["assets"]
    say(
        f"Run {answer['run']} {answer['verdict']}: {assets['seen']} assets seen, "
        f"{assets['new']} new, {assets['changed']} changed, {assets['gone']} gone; "
        f"{answer['api_calls']} API calls."
    )
    if result.verdict is not Verdict.COMPLETE:
        say("Something was not read; its assets are kept as they were. See: cloudwarden status")


def _ambient(work: Workspace, account_id: str = "") -> AccountSettings:
    return AccountSettings(id=account_id, regions=work.settings.regions)
