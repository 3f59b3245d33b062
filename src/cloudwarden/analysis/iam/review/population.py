"""How a report's population was produced: of each account, what was read when, and what was not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cloudwarden.analysis.estate import Estate
from cloudwarden.analysis.iam import identity_center, last_accessed
from cloudwarden.analysis.iam.external.access import SUBJECTS
from cloudwarden.analysis.iam.review import credentials
from cloudwarden.analysis.iam.review.entry import Entry, Kind
from cloudwarden.analysis.iam.review.principals import unlisted
from cloudwarden.analysis.iam.world import Unread, World
from cloudwarden.core.clock import format_moment
from cloudwarden.schema.records import Verdict

_USERS: Final = "AWSUser"

READ: Final = "complete"
_NEVER: Final = "never read"


@dataclass(frozen=True, slots=True)
class Population:
    """One account's part of a report, and what it rests on.

    `complete` says that all its users and roles were listed. `sources` say for each thing that
    the report draws on `complete`, or why it is not. `resources_not_read` are the labels of which
    it is not known whether others get in through them.
    """

    account: str
    account_name: str
    as_of: datetime
    window_days: int
    read_at: datetime | None
    run: int | None
    complete: bool
    reason: str | None
    rows: dict[str, int]
    sources: dict[str, str]
    resources_not_read: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "account": self.account,
            "account_name": self.account_name,
            "as_of": format_moment(self.as_of),
            "window_days": self.window_days,
            "read_at": format_moment(self.read_at) if self.read_at else None,
            "run": self.run,
            "complete": self.complete,
            "reason": self.reason,
            **{f"{kind.value}_rows": self.rows.get(kind.value, 0) for kind in _COUNTED},
            **self.sources,
            "resources_not_read": list(self.resources_not_read),
        }


_COUNTED: Final = (Kind.ROOT, Kind.USER, Kind.ROLE, Kind.PERSON, Kind.EXTERNAL)


def populations(
    estate: Estate, world: World, rows: Iterable[Entry], now: datetime, window_days: int
) -> Iterator[Population]:
    """The population of each account that rows are of or that is looked after."""
    counts: dict[str, Counter[str]] = {account: Counter() for account in estate.accounts}
    for row in rows:
        if row.name is not None:
            counts.setdefault(row.account, Counter())[row.kind.value] += 1
    for account in sorted(counts):
        listing = estate.listing(_USERS, account)
        reason = unlisted(estate, account)
        yield Population(
            account,
            estate.accounts.get(account, ""),
            now,
            window_days,
            listing.read_at if listing else None,
            listing.run if listing else None,
            reason is None,
            reason,
            dict(counts[account]),
            {
                "principals": reason or READ,
                "credential_report": _report(estate, account),
                "keys_and_devices": _state(estate, credentials.KEY, account),
                "service_use": _state(estate, last_accessed.REPORT, account),
                "organization_policies": _policies(world, account),
                "identity_center": _identity_center(estate, account),
            },
            tuple(_resources(estate, account)),
        )


def _state(estate: Estate, label: str, account: str) -> str:
    listing = estate.listing(label, account)
    if listing is None:
        return _NEVER
    users = estate.listing(_USERS, account)
    if users is not None and listing.run != users.run and listing.read_at is not None:
        return f"of an earlier run: read at {format_moment(listing.read_at)}"
    if listing.verdict.value == READ:
        return READ
    return f"{listing.verdict.value}: {listing.reason}" if listing.reason else listing.verdict.value


def _report(estate: Estate, account: str) -> str:
    listing = estate.listing(_USERS, account)
    if listing is None:
        return _NEVER
    failure = listing.failures.get(credentials.REPORT)
    if failure is not None:
        return f"{failure.verdict.value}: {failure.code}: {failure.message}"
    # It is read after the users were.
    return _state(estate, _USERS, account) if not listing.shows_absence else READ


def _identity_center(estate: Estate, account: str) -> str:
    """How reading it went in an account, in whichever region it is."""
    found = [one for one in estate.listings(identity_center.PERSON) if one.account == account]
    if not found:
        return _NEVER
    worst = [one for one in found if not one.shows_absence]
    known = [one for one in worst if one.verdict is not Verdict.UNSUPPORTED] or worst
    if not known:
        return READ
    return f"{known[0].verdict.value}: {known[0].reason}"


def _policies(world: World, account: str) -> str:
    known = world.account(account)
    levels = [known.scps, known.rcps]
    if any(isinstance(one, Unread) for one in levels):
        return "not read"
    texts = [one.document for level in levels if not isinstance(level, Unread)
             for policies in level for one in policies]  # fmt: skip
    return "partial: not every policy was read" if any(
        isinstance(text, Unread) for text in texts
    ) else READ  # fmt: skip


def _resources(estate: Estate, account: str) -> Iterator[str]:
    """The labels of which something was not listed in some region of an account, or anywhere."""
    for label in SUBJECTS:
        found = [one for one in estate.listings(label) if one.account == account]
        if not found or not all(one.shows_absence for one in found):
            yield label
