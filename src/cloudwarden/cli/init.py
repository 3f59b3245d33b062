"""`cloudwarden init`: write a configuration file and make the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cloudwarden.cli.output import say
from cloudwarden.cli.workspace import workspace
from cloudwarden.core.errors import UsageError
from cloudwarden.core.settings import FILE_NAME

_TEMPLATE = """\
# cloudwarden: every key is also an environment variable, CLOUDWARDEN_<KEY>.
# Credentials are never written here: they come from the AWS chain (environment, profile, SSO…).

# data_dir = "~/.local/share/cloudwarden"
# database = "postgresql://cloudwarden@localhost/cloudwarden"   # default: SQLite in data_dir

# regions = ["eu-west-1", "us-east-1"]      # default: every region enabled in the account
# exclude_regions = "^(ap|sa)-"             # a regular expression
# exclude_services = ["rds"]
# exclude_types = ["AWSServiceLastAccessed"]   # two calls for each user and role

# The role to assume in every account that names none; {account} is its id.
# role_arn = "arn:aws:iam::{account}:role/cloudwarden-audit"
# external_id = ""

# Without any account, the one that the ambient credentials belong to is collected.
# [[accounts]]
# id = "111111111111"
# name = "production"
# role_arn = "arn:aws:iam::111111111111:role/cloudwarden-audit"
"""


def init(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to write cloudwarden.toml.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write a commented cloudwarden.toml and create the database."""
    target = folder / FILE_NAME
    if target.exists() and not force:
        raise UsageError(f"{target} exists; --force overwrites it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target.write_text(_TEMPLATE, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}") from error
    with workspace(ctx) as work:
        work.inventory.runs(limit=1)
        say(f"Wrote {target}; the database is {work.settings.database}.")
    say("Next: cloudwarden collect   (or: cloudwarden accounts add --id … --role-arn …)")
