"""`cloudwarden demo`: a company in three accounts, collected, changed, collected again, judged."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudwarden.cli.assets import change_row
from cloudwarden.cli.collect import run as collect
from cloudwarden.cli.output import Output, print_rows, say
from cloudwarden.cli.tree import internet_tree
from cloudwarden.cli.workspace import Workspace, workspace
from cloudwarden.core.errors import UsageError
from cloudwarden.providers.base import AccountSettings

if TYPE_CHECKING:
    from cloudwarden.checks.findings import FindingRecord
    from cloudwarden.providers.aws.demo_estate import Estate

#: What marks a folder as the demo's, so that it may be made anew.
_MARK = ".cloudwarden-demo"

_SEVERITIES = ("critical", "high", "medium", "low")


def demo(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Argument(help="Where to leave the data; made anew each time.")
    ] = Path("cloudwarden-demo"),
) -> None:
    """See it work: no credentials, no internet, under a minute."""
    from cloudwarden.providers.aws.demo import Builder
    from cloudwarden.providers.aws.demo_estate import load_estate
    from cloudwarden.providers.aws.demo_server import moto_server

    _prepare(folder)
    with resources.as_file(resources.files("cloudwarden") / "packs" / "demo") as data:
        estate = load_estate(data)
    say("Starting a simulated AWS on 127.0.0.1…")
    with moto_server(estate.root) as server, workspace(ctx) as opened:
        work = Workspace(_settings(opened, folder), opened.clock)
        # The vocabulary is got ready while the server starts.
        _ = work.registry
        endpoint = server.url()
        with _environment(endpoint), closing(work):
            builder = Builder(estate, endpoint)
            say("Building a company of three accounts in it…")
            calls = builder.run("before")
            say(f"Built with {calls} calls. Collecting it…")
            accounts = _accounts(estate)
            for account in accounts:
                work.inventory.save_account(account)
            first = collect(work, accounts=accounts, regions=("us-east-1", "us-west-2"))
            _judge(work)
            say(f"Changing something ({builder.run('after')} calls), and collecting again…")
            second = collect(work, accounts=accounts, regions=("us-east-1", "us-west-2"))
            _judge(work)
            _tell(work, first.finished_at, second.finished_at)
    _next_steps(folder)


def _prepare(folder: Path) -> None:
    if folder.exists():
        if not (folder / _MARK).exists():
            raise UsageError(f"{folder} exists and is not the demo's; name another folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / _MARK).touch()


@contextmanager
def _environment(endpoint: str) -> Iterator[None]:
    """The simulated AWS in place of the user's own, for as long as the demo runs."""
    ours = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "demo",
        "AWS_SECRET_ACCESS_KEY": "demo",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    before = {key: value for key, value in os.environ.items() if key.startswith("AWS_")}
    try:
        for key in before:
            del os.environ[key]
        os.environ.update(ours)
        yield
    finally:
        for key in ours:
            os.environ.pop(key, None)
        os.environ.update(before)


def _settings(work: Workspace, folder: Path) -> Any:
    data_dir = folder.absolute()
    return replace(
        work.settings,
        data_dir=data_dir,
        database=f"sqlite:///{data_dir / 'cloudwarden.db'}",
        accounts=(),
        regions=(),
        services=(),
        exclude_services=(),
        exclude_regions="",
        role_arn="",
    )


def _accounts(estate: Estate) -> list[AccountSettings]:
    partition = "aws"
    return [
        AccountSettings(
            id=number,
            name=name,
            role_arn=f"arn:{partition}:iam::{number}:role/{estate.role}",
            regions=("us-east-1", "us-west-2"),
        )
        for name, number in estate.accounts.items()
    ]


def _judge(work: Workspace) -> None:
    from cloudwarden.checks.findings import FindingStore
    from cloudwarden.checks.packs import load_checks
    from cloudwarden.checks.runner import Runner

    judged = Runner(work.graph(), work.inventory, work.registry, work.clock).run(load_checks())
    FindingStore(work.inventory, work.clock).record(judged)


def _tell(work: Workspace, first: datetime, second: datetime) -> None:
    from cloudwarden.checks.findings import FindingStore, worst

    findings = FindingStore(work.inventory, work.clock).find()
    names = work.inventory.accounts_known()
    _heading("The accounts")
    print_rows(_by_account(work, findings), ["account", "assets", *_SEVERITIES], Output.TABLE)
    _heading("The worst findings")
    rows = [
        {
            "severity": f.severity,
            "account": names.get(f.account, f.account),
            "asset": f.name or f.asset,
            "check": f.check,
            "why": f.why,
        }
        for f in worst(findings, 12)
    ]
    print_rows(rows, ["severity", "account", "asset", "check", "why"], Output.TABLE)
    _heading("What changed between the two collections")
    changes = [change_row(change) for change in work.inventory.diff(first, second)]
    print_rows(
        [_change(row, names) for row in changes],
        ["change", "account", "label", "what", "properties"],
        Output.TABLE,
    )
    _heading("From the internet to data")
    sys.stdout.write(internet_tree(work.graph()) + "\n")


def _by_account(work: Workspace, findings: list[FindingRecord]) -> list[dict[str, Any]]:
    from cloudwarden.inventory.records import AssetFilter

    counted = Counter((f.account, f.severity) for f in findings)
    return [
        {
            "account": f"{name} ({account})",
            "assets": work.inventory.count_assets(AssetFilter(account=account)),
            **{severity: counted[account, severity] for severity in _SEVERITIES},
        }
        for account, name in sorted(work.inventory.accounts_known().items(), key=lambda a: a[1])
    ]


def _change(row: dict[str, Any], names: Any) -> dict[str, Any]:
    return {
        "change": row["change"],
        "account": names.get(row["account"], row["account"]),
        "label": row["label"],
        "what": row["name"] or row["id"],
        "properties": ", ".join(sorted(row["properties"])[:4])
        if row["change"] == "changed"
        else "",
    }


def _heading(text: str) -> None:
    sys.stdout.write(f"\n{text}\n{'=' * len(text)}\n")


def _next_steps(folder: Path) -> None:
    start = f"cloudwarden --data-dir {folder}"
    sys.stdout.write(
        "\nTry next, on the data that it left behind:\n"
        f"  {start} query --name ec2_public_world\n"
        f"  {start} check --fail-on critical\n"
        f'  {start} query "MATCH (r:AWSRole)-[:TRUSTS_AWS_PRINCIPAL]->(p) RETURN r.name, p.id"\n'
    )
