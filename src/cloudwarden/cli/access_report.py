"""`cloudwarden access report`: who has what, through what, since when, and when it was used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudwarden.cli import access_words
from cloudwarden.cli.access_report_rows import CSV, TABLE, flat, short
from cloudwarden.cli.options import AccountOption, AsOfOption, OutputOption
from cloudwarden.cli.output import Output, print_rows, say
from cloudwarden.cli.workspace import Workspace, workspace
from cloudwarden.core.errors import UsageError

if TYPE_CHECKING:
    from cloudwarden.analysis.iam.review.entry import Entry
    from cloudwarden.analysis.iam.review.population import Population
    from cloudwarden.analysis.iam.review.uses import Moments

_POPULATION = [
    "account", "account_name", "as_of", "window_days", "read_at", "run", "complete", "root_rows",
    "user_rows", "role_rows", "person_rows", "external_rows", "principals", "credential_report",
    "keys_and_devices", "service_use", "organization_policies", "identity_center",
    "resources_not_read",
]  # fmt: skip


class Kinds(StrEnum):
    """What rows can be about; `unread` stands for users and roles that were not read."""

    ROOT = "root"
    USER = "user"
    ROLE = "role"
    PERSON = "person"
    EXTERNAL = "external"
    UNREAD = "unread"


class Sort(StrEnum):
    """The orders of rows."""

    NAME = "name"
    RISK = "risk"
    IDLE = "idle"


def report(
    ctx: typer.Context,
    account: AccountOption = None,
    principal: Annotated[
        str | None,
        typer.Option(
            "--principal",
            help="Only rows about this user, role or outsider: name or ARN, * for any text.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        list[Kinds], typer.Option("--kind", help="Only rows of this kind; may be repeated.")
    ] = [],  # noqa: B006  typer copies it
    window: Annotated[int, typer.Option(min=1, help="Days back in which use counts as use.")] = 90,
    sort: Annotated[
        Sort,
        typer.Option(
            "--sort",
            help="By account, kind and name; by what could be lost, unknown first; or by when "
            "it was last used, never first.",
        ),
    ] = Sort.NAME,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many; all by default.", show_default=False)
    ] = None,
    offset: Annotated[int, typer.Option(min=0, help="Leave out so many first.")] = 0,
    population: Annotated[
        bool,
        typer.Option(
            "--population",
            help="Tell how the report was produced instead: of each account, what was read, when "
            "and by which run, what was not, and how many rows there are.",
        ),
    ] = False,
    as_of: AsOfOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List who has access, what it is and when it was used.

    Roots, users, roles, people of Identity Center, and outsiders whom resources let in. Each row
    says what somebody has and through what, how much that is (none, read, write, admin),
    credentials, and what was used when. `unknown` is what was not read: it is never "none" or
    "never". Exits with 5 where an account's users and roles were not all read.
    """
    with workspace(ctx) as work:
        chosen = work.account_id(account) if account else None
        made = _Made(work, as_of, window, chosen)
        rows = made.rows
    if principal is not None:
        rows = _about(rows, principal)
    if kind:
        rows = [row for row in rows if row.kind.value in kind]
    rows = sorted(rows, key=_sorting(sort))
    if population:
        print_rows([one.to_json() for one in made.populations], _POPULATION, output)
    else:
        shown = rows[offset : offset + limit] if limit else rows[offset:]
        _print(shown, made.moments, output)
        if len(shown) < len(rows) and output is Output.TABLE:
            say(f"{len(shown)} of {len(rows)}; --offset {offset + len(shown)} shows the next.")
        say(_summary(made.populations))
    for sentence in _gaps(made.populations):
        say(f"unknown: {sentence}")
    if not all(one.complete for one in made.populations):
        raise typer.Exit(5)


class _Made:
    """The report of a workspace: rows, and how they came about."""

    def __init__(
        self, work: Workspace, as_of: str | None, window_days: int, account: str | None
    ) -> None:
        from cloudwarden.analysis.iam.escalation_paths import paths
        from cloudwarden.analysis.iam.escalation_setting import setting_of
        from cloudwarden.analysis.iam.estate_world import world_of
        from cloudwarden.analysis.iam.review import grants
        from cloudwarden.analysis.iam.review.population import populations
        from cloudwarden.analysis.iam.review.report import labels
        from cloudwarden.analysis.iam.review.report import report as rows_of
        from cloudwarden.analysis.iam.review.uses import Moments

        now = work.moment(as_of) if as_of else work.clock.now()
        self.moments: Moments = Moments(now, window_days)
        estate = access_words.collected(work.estate(labels(), now if as_of else None))
        world = world_of(estate)
        ways = paths(world, setting_of(estate), now)
        past = work.inventory.past(grants.PAST_LABELS, now)
        rows = rows_of(estate, world, self.moments, ways, past)
        told = populations(estate, world, rows, now, window_days)
        self.rows: list[Entry] = [row for row in rows if account in {None, row.account}]
        self.populations: list[Population] = [p for p in told if account in {None, p.account}]


def _about(rows: Sequence[Entry], text: str) -> list[Entry]:
    """The rows about somebody, and about whom a role of that name lets in."""
    found = [
        row
        for row in rows
        if any(fnmatchcase(one, text) for one in (row.name, row.arn, row.resource) if one)
    ]
    if not found:
        raise UsageError(
            f"no user, role or outsider is called {text!r}; without --principal, all are listed"
        )
    return found


def _sorting(sort: Sort) -> Callable[[Entry], tuple[Any, ...]]:
    from cloudwarden.analysis.iam.review.entry import by_idleness, by_name, by_risk

    return {Sort.NAME: by_name, Sort.RISK: by_risk, Sort.IDLE: by_idleness}[sort]


def _print(rows: Sequence[Entry], moments: Moments, output: Output) -> None:
    plain = [row.to_json(moments) for row in rows]
    if output in {Output.TABLE, Output.CSV}:
        plain = [flat(row) for row in plain]
    if output is Output.TABLE:
        plain = [short(row) for row in plain]
    print_rows(plain, TABLE if output is Output.TABLE else CSV, output, empty="No such row.")


def _summary(found: Sequence[Population]) -> str:
    """What the report is of, in a sentence."""
    total: Counter[str] = Counter()
    for one in found:
        total.update(one.rows)
    read = sorted({one.run for one in found if one.run is not None})
    runs = f"read by {'run' if len(read) == 1 else 'runs'} {', '.join(map(str, read))}, "
    first = found[0].to_json()
    people = f", {total['person']} of Identity Center" if total["person"] else ""
    return (
        f"As of {first['as_of']}, {runs if read else ''}{_count(len(found), 'account')}: "
        f"{_count(total['user'], 'user')}, {_count(total['role'], 'role')}, "
        f"{_count(total['external'], 'grant')} to outsiders{people}. "
        f"Use counts within {first['window_days']} days."
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _gaps(found: Sequence[Population]) -> list[str]:
    """What was not read, in sentences; what is the same of several accounts is said once."""
    told: dict[str, list[str]] = {}
    for one in found:
        if one.reason is not None:
            told.setdefault(one.reason, []).append(one.account)
        for source, words in _SOURCES.items():
            state = one.sources[source]
            if one.complete and state.partition(":")[0] not in _WELL.get(source, {"complete"}):
                told.setdefault(f"{words} ({state})", []).append(one.account)
    sentences = [f"of account {', '.join(accounts)}, {words}" for words, accounts in told.items()]
    unread = {label for one in found for label in one.resources_not_read}
    if unread:
        sentences.append(
            f"who gets in from outside through {len(unread)} types of resources that were not "
            "read everywhere; --population lists them"
        )
    return sentences


_SOURCES = {
    "credential_report": "the credential report was not read",
    "keys_and_devices": "keys and devices of users were not all read",
    "service_use": "the use of services was not all read",
    "organization_policies": "what its organization takes away was not all read",
    "identity_center": "Identity Center was not all read",
}
#: States that are nothing to be told of: most accounts have no Identity Center of their own.
_WELL = {"identity_center": {"complete", "unsupported"}}
