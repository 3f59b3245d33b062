"""`cloudwarden assets`: what is known, was, and changed."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from difflib import get_close_matches
from typing import Annotated, Any

import typer

from cloudwarden.cli.options import AccountOption, AsOfOption, OutputOption, pairs
from cloudwarden.cli.output import Output, cell, print_rows, print_value, say
from cloudwarden.cli.workspace import Workspace, workspace
from cloudwarden.core.clock import format_moment
from cloudwarden.core.errors import UsageError

app = typer.Typer(
    help="What is known, what it was, what changed.", no_args_is_help=True, rich_markup_mode=None
)

LabelOption = Annotated[
    str | None,
    typer.Option(
        "--label", help="A label, alias or group (AWSS3Bucket, S3Bucket).", show_default=False
    ),
]
RegionOption = Annotated[str | None, typer.Option("--region", show_default=False)]
TagOption = Annotated[list[str], typer.Option("--tag", help="key=value; may be repeated.")]


@app.command("list")
def list_(
    ctx: typer.Context,
    label: LabelOption = None,
    account: AccountOption = None,
    region: RegionOption = None,
    tag: TagOption = [],  # noqa: B006  typer copies it
    text: Annotated[
        str | None, typer.Option("--search", help="In id, name or ARN.", show_default=False)
    ] = None,
    as_of: AsOfOption = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many; all by default.", show_default=False)
    ] = None,
    offset: Annotated[int, typer.Option(min=0, help="Leave out so many first.")] = 0,
    output: OutputOption = Output.TABLE,
) -> None:
    """List assets, by account, region, label and id."""
    with workspace(ctx) as work:
        where = _where(work, label, account, region, tag, text)
        moment = work.moment(as_of) if as_of else None
        rows = (
            _row(a) for a in work.inventory.assets(where, as_of=moment, limit=limit, offset=offset)
        )
        # Closed before the inventory is, even where the reader of our output left.
        with closing(rows):
            shown = print_rows(
                rows,
                ["label", "id", "name", "account", "region", "last_seen"],
                output,
                empty="No asset matches. See `cloudwarden status` for what was read.",
            )
        if limit and shown == limit and output is Output.TABLE:
            total = work.inventory.count_assets(where, as_of=moment)
            say(f"{shown} of {total}; --offset {offset + shown} shows the next.")


@app.command("show")
def show(
    ctx: typer.Context,
    asset_id: Annotated[str, typer.Argument(metavar="ID", help="Its id or ARN.")],
    as_of: AsOfOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show everything known about one asset."""
    with workspace(ctx) as work:
        found = work.inventory.asset(asset_id, as_of=work.moment(as_of) if as_of else None)
        if not found:
            raise _not_found(work, asset_id)
        rows = [_detail(asset) for asset in found]
    if output is Output.JSON:
        print_value(rows[0] if len(rows) == 1 else rows)
        return
    if output is not Output.TABLE:
        print_rows(rows, list(rows[0]), output)
        return
    for row in rows:
        lines = [
            {"what": k, "value": row[k]} for k in row if k not in _NESTED and row[k] is not None
        ]
        lines += [{"what": k, "value": v} for k, v in row["properties"].items()]
        lines += [{"what": f"tag {k}", "value": v} for k, v in row["tags"].items()]
        lines += [
            {"what": f"{'<-' if r.get('incoming') else '->'} {r['type']}", "value": r["target"]}
            for r in row["relations"]
        ]
        lines += [
            {"what": f"not read: {operation}", "value": f"{f['verdict']}: {f['message']}"}
            for operation, f in row["unread"].items()
        ]
        print_rows(lines, ["what", "value"], output, title=f"{row['label']} {row['id']}")


@app.command("history")
def history(
    ctx: typer.Context,
    asset_id: Annotated[str, typer.Argument(metavar="ID", help="Its id or ARN.")],
    output: OutputOption = Output.TABLE,
) -> None:
    """Show every version of one asset, oldest first: when, in which run, what changed."""
    with workspace(ctx) as work:
        versions = work.inventory.history(asset_id)
        if not versions:
            raise _not_found(work, asset_id)
        rows: list[dict[str, Any]] = [
            {
                "label": v.label,
                "id": v.id,
                "account": v.account,
                "region": v.region,
                "valid_from": format_moment(v.valid_from),
                "valid_to": _time(v.valid_to),
                "run": v.opened_by,
                "closed_by": v.closed_by,
                "changed": {k: {"from": old, "to": new} for k, (old, new) in v.changed.items()},
                "properties": v.properties,
                "tags": v.tags,
            }
            for v in versions
        ]
    table = [{**row, "changed": _changes(row["changed"])} for row in rows]
    print_rows(
        table if output is Output.TABLE else rows,
        ["valid_from", "valid_to", "run", "account", "region", "changed"],
        output,
        title=f"History of {asset_id}",
    )


@app.command("diff")
def diff(
    ctx: typer.Context,
    earlier: Annotated[str, typer.Option("--from", help="The earlier moment (ISO 8601).")],
    later: Annotated[
        str | None,
        typer.Option("--to", help="The later moment; now by default.", show_default=False),
    ] = None,
    label: LabelOption = None,
    account: AccountOption = None,
    region: RegionOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show what is new, changed and gone between two moments."""
    with workspace(ctx) as work:
        start = work.moment(earlier)
        end = work.moment(later) if later else work.clock.now()
        if start > end:
            raise UsageError(f"--from {earlier} is later than --to {later or 'now'}")
        where = _where(work, label, account, region, [], None)
        rows = [change_row(change) for change in work.inventory.diff(start, end, where)]
    table = [{**row, "properties": _changes(row["properties"])} for row in rows]
    print_rows(
        table if output is Output.TABLE else rows,
        ["change", "label", "id", "name", "account", "region", "properties"],
        output,
        empty="Nothing changed.",
    )


def change_row(change: Any) -> dict[str, Any]:
    """One change of `diff` as a row."""
    return {
        "change": change.kind,
        "label": change.label,
        "id": change.id,
        "name": change.name,
        "account": change.account,
        "region": change.region,
        "properties": {k: {"from": old, "to": new} for k, (old, new) in change.properties.items()},
    }


_NESTED = {"properties", "tags", "relations", "unread"}


def _where(
    work: Workspace,
    label: str | None,
    account: str | None,
    region: str | None,
    tags: list[str],
    text: str | None,
) -> Any:
    from cloudwarden.inventory.records import AssetFilter

    if region is not None:
        work.check_region(region)
    return AssetFilter(
        labels=work.labels(label) if label else frozenset(),
        account=work.account_id(account) if account else None,
        region=region,
        tags=pairs(tags, "--tag"),
        text=text,
    )


def _row(asset: Any) -> dict[str, Any]:
    return {
        "label": asset.label,
        "id": asset.id,
        "name": asset.name,
        "account": asset.account,
        "region": asset.region,
        "first_seen": _time(asset.first_seen),
        "last_seen": _time(asset.last_seen),
        "stale": asset.stale,
        "tags": asset.tags,
        "properties": asset.properties,
    }


def _detail(asset: Any) -> dict[str, Any]:
    return {**_row(asset), "relations": list(asset.relations), "unread": asset.unread}


def _changes(changed: dict[str, dict[str, Any]]) -> str:
    return "\n".join(f"{k}: {_short(v['from'])} -> {_short(v['to'])}" for k, v in changed.items())


def _short(value: Any) -> str:
    text = cell(value) if value is not None else "none"
    return text if len(text) <= 60 else text[:57] + "…"


def _time(moment: datetime | None) -> str | None:
    return format_moment(moment) if moment else None


def _not_found(work: Workspace, asset_id: str) -> UsageError:
    from cloudwarden.inventory.records import AssetFilter

    found = list(work.inventory.assets(AssetFilter(text=asset_id), limit=1000))
    named = [asset.id for asset in found if asset.name == asset_id]
    close = named[:3] or get_close_matches(asset_id, [asset.id for asset in found], 3, 0.3)
    hint = f"; did you mean {' or '.join(close)}?" if close else "."
    return UsageError(f"no asset has the id or ARN {asset_id!r}{hint}")
