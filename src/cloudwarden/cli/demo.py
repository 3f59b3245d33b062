"""`cloudwarden demo`: a company in three accounts, collected, changed, collected again, judged."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from importlib import resources
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudwarden.cli.assets import change_row
from cloudwarden.cli.collect import run as collect
from cloudwarden.cli.options import CONTEXT_KEY, GlobalOptions
from cloudwarden.cli.output import Output, cell, print_rows, say
from cloudwarden.cli.tree import internet_tree
from cloudwarden.cli.workspace import Workspace, workspace
from cloudwarden.core.errors import UsageError
from cloudwarden.providers.base import AccountSettings

if TYPE_CHECKING:
    from cloudwarden.checks.findings import FindingRecord
    from cloudwarden.checks.packs import Check
    from cloudwarden.checks.results import Judgement
    from cloudwarden.providers.aws.demo_estate import Estate

_FOLDER = Path("cloudwarden-demo")

#: What marks a folder as the demo's, so that it may be made anew.
_MARK = ".cloudwarden-demo"

_SEVERITIES = ("critical", "high", "medium", "low")

_CHANGES = ("new", "changed", "gone")

_REGIONS = ("us-east-1", "us-west-2")

#: How many of the worst findings are told.
_WORST = 10

#: What changes because something else did, or because we looked.
_ECHOES = frozenset(
    {"attachment_count", "last_used_date", "last_used_region", "policy_versions_in_use", "users"}
)

#: What comes and goes only with what it is a part of.
_PARTS = frozenset({"AWSEC2Reservation", "AWSS3PolicyStatement"})

#: Longer values are not told in the table of changes.
_SHORT = 40

#: Commands to try on the data that the demo leaves behind.
NEXT = (
    "findings --severity critical",
    "query --name s3_anonymous",
    'query "MATCH (r:AWSRole)-[:TRUSTS_AWS_PRINCIPAL]->(p) RETURN r.name, p.id"',
)


def demo(
    ctx: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Where to leave the data, made anew each time: --data-dir where that was given, "
            "else ./cloudwarden-demo.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """See it work: no credentials, no internet, under a minute."""
    from cloudwarden.checks.packs import load_checks
    from cloudwarden.providers.aws.demo import Builder
    from cloudwarden.providers.aws.demo_estate import load_estate
    from cloudwarden.providers.aws.demo_server import moto_server

    folder = _chosen(ctx, folder)
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
            checks = load_checks()
            first = collect(work, accounts=accounts, regions=_REGIONS)
            _judge(work, checks)
            say(f"Changing something ({builder.run('after')} calls), and collecting again…")
            second = collect(work, accounts=accounts, regions=_REGIONS)
            judged = _judge(work, checks)
            _tell(work, first.finished_at, second.finished_at, judged, checks)
    _next_steps(folder)


def _chosen(ctx: typer.Context, folder: Path | None) -> Path:
    """The folder of the demo. Raises `UsageError` where two were named."""
    options: GlobalOptions = (ctx.obj or {}).get(CONTEXT_KEY, GlobalOptions())
    named = options.data_dir.expanduser() if options.data_dir else None
    if folder is not None and named is not None and folder.absolute() != named.absolute():
        raise UsageError(f"--data-dir says {named} and the argument {folder}; name one of them")
    return folder or named or _FOLDER


def _prepare(folder: Path) -> None:
    if (folder / _MARK).exists():
        shutil.rmtree(folder)
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} exists and is not the demo's; name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _MARK).touch()
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}") from error


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
        # A proxy would not find what is on this machine.
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    before = {k: v for k, v in os.environ.items() if k.startswith("AWS_") or k in ours}
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
        exclude_types=(),
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
            regions=_REGIONS,
        )
        for name, number in estate.accounts.items()
    ]


def _judge(work: Workspace, checks: Sequence[Check]) -> Judgement:
    from cloudwarden.checks.findings import FindingStore
    from cloudwarden.checks.runner import Runner

    with work.graph() as graph:
        judged = Runner(graph, work.inventory, work.registry, work.clock).run(checks)
    FindingStore(work.inventory, work.clock).record(judged)
    return judged


def _tell(
    work: Workspace, first: datetime, second: datetime, judged: Judgement, checks: Sequence[Check]
) -> None:
    from cloudwarden.checks.findings import FindingStore, worst

    every = FindingStore(work.inventory, work.clock).find(state="all")
    findings = [f for f in every if f.fixed_at is None]
    names = work.inventory.accounts_known()
    titles = {check.id: check.title for check in checks}

    def row(finding: FindingRecord, moved: str = "") -> dict[str, Any]:
        return {
            "finding": moved,
            "severity": finding.severity,
            "account": names.get(finding.account, finding.account),
            "asset": finding.name or finding.asset,
            "what is wrong": titles[finding.check],
        }

    _heading("The accounts, and how many findings they have")
    print_rows(_by_account(work, findings), ["account", "assets", *_SEVERITIES], Output.TABLE)
    counts = judged.counts()
    say(
        f"{len(checks)} checks: {counts.get('pass', 0)} passed, {counts.get('fail', 0)} failed, "
        f"{counts.get('unknown', 0)} unknown."
    )
    _heading("The worst findings")
    columns = ["severity", "account", "asset", "what is wrong"]
    print_rows([row(f) for f in worst(findings, _WORST)], columns, Output.TABLE)
    _heading("What changed between the two collections")
    changes = (change_row(change) for change in work.inventory.diff(first, second))
    print_rows(
        [
            _change(change, names)
            for change in sorted(changes, key=lambda change: _CHANGES.index(change["change"]))
            if not _is_noise(change)
        ],
        ["change", "account", "what", "now"],
        Output.TABLE,
    )
    _heading("What that did to the findings")
    now = judged.judged_at
    moved = [row(f, "fixed") for f in every if f.fixed_at == now]
    moved += [row(f, "opened") for f in every if now in {f.first_seen, f.reopened_at}]
    print_rows(moved, ["finding", *columns], Output.TABLE)
    _heading("From the internet to data")
    with work.graph() as graph:
        sys.stdout.write(internet_tree(graph) + "\n")


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


def _is_noise(change: dict[str, Any]) -> bool:
    """Whether a change only echoes another one, or that we were there."""
    only_echoes = change["change"] == "changed" and set(change["properties"]) <= _ECHOES
    return only_echoes or change["label"] in _PARTS


def _change(change: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    told = [
        f"{name} = {cell(values['to'])}"
        for name, values in sorted(change["properties"].items())
        if name not in _ECHOES and len(cell(values["to"])) <= _SHORT
    ]
    return {
        "change": change["change"],
        "account": names.get(change["account"], change["account"]),
        "what": f"{change['label']} {change['name'] or change['id']}",
        "now": "".join(told[:1]) if change["change"] == "changed" else "",
    }


def _heading(text: str) -> None:
    sys.stdout.write(f"\n{text}\n{'=' * len(text)}\n")
    sys.stdout.flush()


def _next_steps(folder: Path) -> None:
    start = f"cloudwarden --data-dir {quote(str(folder))}"
    lines = "\n".join(f"  {start} {command}" for command in NEXT)
    sys.stdout.write(f"\nTry next, on the data that it left behind:\n{lines}\n")
