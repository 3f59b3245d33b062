"""`cloudwarden access report`: who has what, through what, since when, and when it was used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudwarden.cli import access_words
from cloudwarden.cli.options import AccountOption, AsOfOption, OutputOption
from cloudwarden.cli.output import Output, print_rows, say
from cloudwarden.cli.workspace import Workspace, workspace
from cloudwarden.core.errors import UsageError

if TYPE_CHECKING:
    from cloudwarden.analysis.iam.review.entry import Entry
    from cloudwarden.analysis.iam.review.population import Population
    from cloudwarden.analysis.iam.review.uses import Moments

_TABLE = [
    "account", "kind", "name", "level", "has", "groups", "console", "mfa", "keys", "use",
    "last_used", "unread",
]  # fmt: skip
_CSV = [
    "account", "account_name", "kind", "name", "arn", "read_at", "created", "level",
    "level_certainty", "admin", "admin_in", "policies", "groups", "boundary", "identity_center",
    "trusted", "roles", "resource_policies", "console", "password_age_days",
    "password_last_used", "mfa", "mfa_type", "keys", "use", "last_used", "last_used_by",
    "services_used", "services_unused", "services_not_tracked", "resource", "actions", "condition",
    "unknown",
]  # fmt: skip
_POPULATION = [
    "account", "account_name", "as_of", "window_days", "read_at", "run", "complete", "root_rows",
    "user_rows", "role_rows", "external_rows", "principals", "credential_report",
    "keys_and_devices", "service_use", "organization_policies", "resources_not_read",
]  # fmt: skip

_UNKNOWN = "unknown"


class Kinds(StrEnum):
    """What rows can be about; `unread` stands for users and roles that were not read."""

    ROOT = "root"
    USER = "user"
    ROLE = "role"
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

    Roots, users, roles, and outsiders whom resources let in. Each row says what somebody has and
    through what, how much that is (none, read, write, admin), credentials, and what was used when.
    `unknown` is what was not read: it is never "none" or "never". Exits with 5 where an account's
    users and roles were not all read.
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
        say(f"{_UNKNOWN}: {sentence}")
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
        plain = [_flat(row) for row in plain]
    if output is Output.TABLE:
        plain = [_short(row) for row in plain]
    columns = _TABLE if output is Output.TABLE else _CSV
    print_rows(plain, columns, output, empty="No account was read.")


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its lists as words, and `unknown` for what applies and was not read."""
    kind = row["kind"]
    signs_in = kind in {"user", "root", "unread"}
    has_policies = kind in {"user", "role", "unread"}
    password, services = row["password"] or {}, row["services"] or {}
    unread_services = _UNKNOWN if has_policies and row["services"] is None else None
    keys = row["keys"]
    return {
        **row,
        "level": row["level"] or _UNKNOWN,
        "policies": _words(row["policies"], _policy, applies=has_policies),
        "groups": _words(row["groups"], str, applies=kind in {"user", "unread"}),
        "trusted": _words(row["trusted"], _trust, applies=kind in {"role", "unread"}),
        "roles": _words(row["roles"], _role, applies=has_policies),
        "resource_policies": _words(row["resource_policies"], _grant, applies=has_policies),
        "console": _UNKNOWN if row["console"] is None and signs_in else row["console"],
        "password_age_days": password.get("age_days"),
        "password_last_used": password.get("last_used"),
        "mfa": _UNKNOWN if row["mfa"] is None and signs_in else row["mfa"],
        "mfa_type": _UNKNOWN if row["mfa_type"] is None and signs_in else row["mfa_type"],
        "keys": _words(keys, _key, applies=signs_in),
        "services_used": unread_services or [one["service"] for one in services.get("used", ())],
        "services_unused": unread_services or services.get("unused"),
        "services_not_tracked": unread_services or services.get("not_tracked"),
        "use": None if kind == "external" else row["use"],
    }


def _short(row: dict[str, Any]) -> dict[str, Any]:
    """A flat row for a terminal."""
    kind, level, certainty = row["kind"], row["level"], row["level_certainty"]
    if level == "becomes admin":
        level = f"{level} in {row['admin_in']}"
    if certainty == _UNKNOWN and level != _UNKNOWN:
        level = f"{level} or more"
    elif certainty == "conditional":
        level = f"{level} ({certainty})"
    has = row["policies"]
    if kind == "external":
        has = f"{', '.join(row['actions'] or ()) or _UNKNOWN} on {row['resource']}"
    mfa = row["mfa_type"]
    if mfa == _UNKNOWN and row["mfa"] is True:
        mfa = "yes"
    name = row["name"] or f"({_UNKNOWN})"
    if row["identity_center"]:
        name = f"{name} (permission set)"
    return {
        **row,
        "name": name,
        "level": level,
        "has": has,
        "mfa": mfa,
        "unread": len(row["unknown"]) or None,
    }


def _words(found: Any, told: Callable[[Any], str], *, applies: bool) -> Any:
    if found is None:
        return _UNKNOWN if applies else None
    return [told(one) for one in found]


def _policy(one: dict[str, Any]) -> str:
    name = one["policy"].rpartition("/")[2]
    return f"{name} ({one['through']}{'' if one['read'] else ', its text was not read'})"


def _trust(one: dict[str, Any]) -> str:
    return f"{one['who']}{' (conditional)' if one['conditional'] else ''}"


def _role(one: dict[str, Any]) -> str:
    return one["role"] if one["certainty"] == "sure" else f"{one['role']} ({one['certainty']})"


def _grant(one: dict[str, Any]) -> str:
    return f"{', '.join(one['actions'])} on {one['resource']}"


def _key(one: dict[str, Any]) -> str:
    states = {True: "active", False: "inactive", None: "state unknown"}
    age = _UNKNOWN + " age" if one["age_days"] is None else f"{one['age_days']} d"
    return f"{one['id'] or 'key'} ({states[one['active']]}, {age}, {one['use']})"


def _summary(found: Sequence[Population]) -> str:
    """What the report is of, in a sentence."""
    total: Counter[str] = Counter()
    for one in found:
        total.update(one.rows)
    read = sorted({one.run for one in found if one.run is not None})
    runs = f"read by {'run' if len(read) == 1 else 'runs'} {', '.join(map(str, read))}, "
    first = found[0].to_json()
    return (
        f"As of {first['as_of']}, {runs if read else ''}{len(found)} accounts: "
        f"{total['user']} users, {total['role']} roles, {total['external']} grants to outsiders. "
        f"Use counts within {first['window_days']} days."
    )


def _gaps(found: Sequence[Population]) -> list[str]:
    """What was not read, in sentences; what is the same of several accounts is said once."""
    told: dict[str, list[str]] = {}
    for one in found:
        if one.reason is not None:
            told.setdefault(one.reason, []).append(one.account)
        for source, words in _SOURCES.items():
            state = one.sources[source]
            if state != "complete" and one.complete:
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
}
