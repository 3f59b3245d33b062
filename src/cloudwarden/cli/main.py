"""The `cloudwarden` command: its groups, global options, and how errors become exit codes.

Importing this module must stay cheap: `cloudwarden --help` answers in under 0.3 s. Commands
import what they need when they run.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.core

from cloudwarden import __version__
from cloudwarden.cli import (
    access,
    accounts,
    assets,
    check,
    collect,
    demo,
    exposure,
    findings,
    init,
    publish,
    query,
    query_lint,
    schema,
    status,
)
from cloudwarden.cli.options import CONTEXT_KEY, GlobalOptions
from cloudwarden.core.errors import CloudwardenError


class _Group(typer.core.TyperGroup):
    """Turns our errors into one sentence on stderr and their exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except CloudwardenError as error:
            sys.stderr.write(f"error: {error}\n")
            raise typer.Exit(error.exit_code) from error

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """A command of two words (`query lint`) comes before one whose argument the second is."""
        two = " ".join(args[:2])
        return super().resolve_command(ctx, [two, *args[2:]] if two in self.commands else args)


app = typer.Typer(
    cls=_Group,
    name="cloudwarden",
    help=(
        "Knows everything in an organisation's clouds, says what is wrong with it, and puts it "
        "right.\n\nStart with `cloudwarden demo`, or `cloudwarden init` for your own account.\n\n"
        "Exit codes: 0 all well, 1 error, 2 usage, 3 findings at or above --fail-on, "
        "4 not signed in, 5 partial (something was not read), 130 interrupted."
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"cloudwarden {__version__}\n")
        raise typer.Exit


@app.callback()
def _global_options(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(help="Configuration file; default ./cloudwarden.toml.", show_default=False),
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(help="Where the database and the graph live.", show_default=False),
    ] = None,
    log_level: Annotated[
        str | None,
        typer.Option(help="debug, info, warning or error; logs go to stderr.", show_default=False),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    ctx.obj = {CONTEXT_KEY: GlobalOptions(config=config, data_dir=data_dir, log_level=log_level)}


app.command("demo")(demo.demo)
app.command("init")(init.init)
app.add_typer(accounts.app, name="accounts")
app.command("collect")(collect.collect)
app.command("status")(status.status)
app.add_typer(assets.app, name="assets")
app.command("query")(query.query)
app.command("query lint")(query_lint.lint)
app.command("publish")(publish.publish)
app.command("check")(check.check)
app.command("findings")(findings.findings)
app.add_typer(access.app, name="access")
app.add_typer(exposure.app, name="exposure")
app.command("schema")(schema.schema)


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What the terminal cannot show must not end a listing.
            stream.reconfigure(errors="backslashreplace")
    app()
