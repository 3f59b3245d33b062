"""The rows of people: users of Identity Center, with the roles that they are assigned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam.identity_center import (
    GROUP,
    PERSON,
    SET,
    Assignment,
    Assignments,
    permission_set,
)
from cloudwarden.analysis.iam.levels import Level
from cloudwarden.analysis.iam.review.entry import (
    RISKS,
    UNKNOWN,
    Assumable,
    Entry,
    Kind,
    Used,
)
from cloudwarden.analysis.iam.review.grants import Grant
from cloudwarden.analysis.iam.world import World
from cloudwarden.core.clock import format_moment
from cloudwarden.schema.records import Verdict

_NOT_TOLD = "no API that is read tells its second factors, nor when it signed in"


def people(estate: Estate, world: World, rows: Iterable[Entry]) -> Iterator[Entry]:
    """A row for each user of Identity Center; `rows` are those of roles, of which they come by."""
    found = _People(estate, world, rows)
    yield from (found.row(person) for person in estate.assets(PERSON))


class _People:
    def __init__(self, estate: Estate, world: World, rows: Iterable[Entry]) -> None:
        self._estate = estate
        self._assignments = Assignments(estate)
        self._by_arn = {row.arn: row for row in rows if row.kind is Kind.ROLE}
        self._roles = {
            (one.account, name): one.arn
            for one in world.principals
            if (name := permission_set(one.name, one.path)) is not None
        }
        self._doubts = tuple(dict.fromkeys(_doubts(estate)))
        self._assigned: dict[tuple[str, str], list[Assignment]] = defaultdict(list)
        for one in self._assignments.all():
            self._assigned[one.label, one.id].append(one)

    def row(self, person: EstateAsset) -> Entry:
        """One person's row."""
        account_name = self._estate.accounts.get(person.account, "")
        read_at = format_moment(person.seen) if person.seen else None
        if person.stale:
            return Entry(
                person.account, account_name, Kind.PERSON, person.name, None, read_at,
                unknown=("what is known of it is of an earlier reading",),
            )  # fmt: skip
        groups = self._assignments.groups.get(person.id, [])
        assigned = [(one, None) for one in self._assigned[PERSON, person.id]]
        had = [*assigned, *((one, g) for g in groups for one in self._assigned[GROUP, g.id])]
        roles = self._taken_on(one for one, _ in had)
        level, certainty = self._level(roles)
        unknown = (*self._doubts, _NOT_TOLD)
        if self._doubts:
            certainty = UNKNOWN
        return Entry(
            account=person.account,
            account_name=account_name,
            kind=Kind.PERSON,
            name=person.name,
            arn=None,
            read_at=read_at,
            created=person.get("created_at"),
            used_by=Used.HUMAN,
            level=level,
            level_certainty=certainty,
            grants=tuple(_grant(one, group) for one, group in had),
            groups=tuple(sorted(group.name or group.id for group in groups)),
            roles=roles,
            unknown=unknown,
        )

    def _taken_on(self, assignments: Iterable[Assignment]) -> tuple[Assumable, ...]:
        found: dict[str, Assumable] = {}
        for one in assignments:
            arn = self._roles.get((one.account, one.permission_set))
            what = arn or f"{one.permission_set} in account {one.account}"
            found[what] = Assumable(what, "sure" if arn else UNKNOWN, None)
        return tuple(found[what] for what in sorted(found))

    def _level(self, roles: Iterable[Assumable]) -> tuple[str | None, str]:
        """The most that any of the roles gives, and how certain that is."""
        best, certainty = Level.NONE.value, "sure"
        for role in roles:
            row = self._by_arn.get(role.role)
            if row is None or row.level is None:
                return None, UNKNOWN
            if RISKS[row.level] > RISKS[best]:
                best, certainty = row.level, row.level_certainty
            elif row.level_certainty == UNKNOWN:
                certainty = UNKNOWN
        return best, certainty


def _doubts(estate: Estate) -> Iterator[str]:
    """Why more may be assigned to anybody than is told."""
    for one in estate.listings(SET):
        if not one.shows_absence and one.verdict is not Verdict.UNSUPPORTED:
            yield f"permission sets of {one.account} in {one.region} are {one.verdict.value}"
    for asset in estate.assets(SET, GROUP):
        for operation, failure in asset.unread.items():
            yield f"{operation} of {asset.name}: {failure.code}"


def _grant(one: Assignment, group: EstateAsset | None) -> Grant:
    through = f"assignment in {one.account}"
    if group is not None:
        through = f"{through} to group {group.name or group.id}"
    return Grant(one.permission_set, through, None, or_earlier=True, read=True)
