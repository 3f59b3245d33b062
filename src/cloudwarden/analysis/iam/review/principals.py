"""The rows of users, roles and roots, and of accounts of which these were not read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam.ask import Access
from cloudwarden.analysis.iam.bulk.relations import ALL_OF_TYPE, Options, relations
from cloudwarden.analysis.iam.escalation_paths import Path
from cloudwarden.analysis.iam.estate_world import DETAILS
from cloudwarden.analysis.iam.identity_center import (
    GROUP,
    PERSON,
    Assignments,
    permission_set,
)
from cloudwarden.analysis.iam.last_accessed import Reports, ServiceUse
from cloudwarden.analysis.iam.levels import Effective, levels
from cloudwarden.analysis.iam.questions import load_questions
from cloudwarden.analysis.iam.review.credentials import ROOT, Credentials, SignIns
from cloudwarden.analysis.iam.review.entry import (
    NO,
    UNKNOWN,
    Assumable,
    Entry,
    Kind,
    Lead,
    Used,
)
from cloudwarden.analysis.iam.review.grants import Grants, Trust, trusted
from cloudwarden.analysis.iam.review.leads import lead_of, level_of, level_of_admin
from cloudwarden.analysis.iam.review.uses import Moments, Use
from cloudwarden.analysis.iam.world import UNREAD, Principal, PrincipalKind, World
from cloudwarden.core.clock import format_moment
from cloudwarden.inventory.records import PastState
from cloudwarden.schema.derived import Certainty

_ASSUME: Final = "CAN_ASSUME"
#: Who may take on all of more roles than this, in an account, has one entry for them.
_OPTIONS: Final = Options(collapse_above=50, unknown_pairs=0)


@dataclass(frozen=True, slots=True)
class _LastUse:
    """When somebody was last used, and by what."""

    use: Use
    at: str | None = None
    by: str | None = None


class PrincipalRows:
    """Rows out of an estate and its world. `ways` are how far each user and role is from admin.

    `past` are the ended states of `grants.PAST_LABELS`.
    """

    def __init__(
        self,
        estate: Estate,
        world: World,
        moments: Moments,
        ways: Iterable[Path] = (),
        past: Iterable[PastState] = (),
    ) -> None:
        self._estate = estate
        self._world = world
        self._moments = moments
        self._grants = Grants(estate, past)
        self._signs_in = SignIns(estate, moments)
        self._reports = Reports(estate)
        self._assignments = Assignments(estate)
        self._leads = {way.principal: lead_of(way) for way in ways}
        self._levels: Mapping[str, Effective] = dict(levels(world, moments.now))
        self._roles = _assumable(world, moments.now)
        self._access = Access(world, moments.now)

    def of_account(self, account: str) -> Iterator[Entry]:
        """The rows of an account: its root, its users and roles, and that there may be more."""
        yield self._root(account)
        for principal in self._world.of_account(account):
            yield self._principal(principal)
        reason = unlisted(self._estate, account)
        if reason is not None:
            name = self._estate.accounts.get(account, "")
            yield Entry(account, name, Kind.UNREAD, None, None, unknown=(reason,))

    def _principal(self, principal: Principal) -> Entry:
        kind = Kind.USER if principal.kind is PrincipalKind.USER else Kind.ROLE
        asset = self._estate.asset(principal.label, principal.arn)
        name = self._estate.accounts.get(principal.account, "")
        if asset is None or asset.stale:
            reason = unlisted(self._estate, principal.account) or "it was not read"
            last = f"{reason}; what is known of it is of an earlier reading"
            seen = _text(asset.seen) if asset else None
            return Entry(
                principal.account, name, kind, principal.name, principal.arn, seen,
                lead=Lead(UNKNOWN), unknown=(last,),
            )  # fmt: skip
        trusts = trusted(asset) if kind is Kind.ROLE else None
        services = self._reports.use(principal)
        signs_in = self._signs_in.of(asset) if kind is Kind.USER else Credentials()
        used = self._used(asset, signs_in, services)
        lead = self._lead(principal, asset)
        effective = self._levels[principal.arn]
        level, certainty = level_of(effective, lead, partly=DETAILS in asset.unread)
        through = permission_set(principal.name, principal.path)
        unassigned = None if through is None else self._assignments.unknown(through)
        return Entry(
            account=principal.account,
            account_name=name,
            kind=kind,
            name=principal.name,
            arn=principal.arn,
            read_at=_text(asset.seen),
            created=asset.get("createdate"),
            used_by=_used_by(principal, trusts, signs_in),
            level=level,
            level_certainty=certainty,
            lead=lead,
            grants=self._grants.of(principal),
            groups=tuple(sorted(group.rpartition("/")[2] for group in principal.groups)),
            boundary=principal.boundary.policy if principal.boundary else None,
            identity_center=through,
            assigned=None if through is None else self._assigned(through, principal.account),
            trusted=trusts,
            roles=self._roles.get(principal.arn, ()),
            resource_grants=effective.grants,
            credentials=signs_in,
            use=used.use,
            last_used=used.at,
            last_used_by=used.by,
            services=services,
            condition=lead.condition,
            unknown=_unknowns(principal, asset, services, unassigned),
        )

    def _assigned(self, name: str, account: str) -> tuple[str, ...] | None:
        """Who is assigned a permission set; None where nobody is known and others may be."""
        kinds = {PERSON: "user", GROUP: "group"}
        found = [f"{kinds[a.label]} {a.name}" for a in self._assignments.of(name, account)]
        return tuple(sorted(found)) if found or not self._assignments.unknown(name) else None

    def _root(self, account: str) -> Entry:
        partition = self._world.account(account).partition
        arn = f"arn:{partition}:iam::{account}:root"
        asset = self._estate.asset(ROOT, arn)
        lead = self._root_lead(arn)
        name = self._estate.accounts.get(account, "")
        if asset is None or asset.stale or not asset.properties:
            reason = unlisted(self._estate, account) or "how it signs in was not read"
            return Entry(
                account, name, Kind.ROOT, "root", arn, None, level=level_of_admin(lead),
                level_certainty=lead.certainty, lead=lead, unknown=(reason,),
            )  # fmt: skip
        signs_in = self._signs_in.of(asset)
        used = self._used(asset, signs_in, ServiceUse(unknown="not asked"))
        return Entry(
            account=account,
            account_name=name,
            kind=Kind.ROOT,
            name="root",
            arn=arn,
            read_at=_text(asset.seen),
            level=level_of_admin(lead),
            level_certainty=lead.certainty,
            lead=lead,
            credentials=signs_in,
            use=used.use,
            last_used=used.at,
            last_used_by=used.by,
            unknown=tuple(_unread(asset)),
        )

    def _root_lead(self, arn: str) -> Lead:
        """Nobody grants the root anything; only the organization can take it away."""
        anybody = arn.replace(":root", ":user/anybody")
        decision = self._access.can(arn, "iam:PutUserPolicy", anybody).decision
        if decision.certainty is Certainty.UNKNOWN:
            return Lead(UNKNOWN)
        return Lead(decision.certainty.value, 0, (arn,)) if decision.allowed else Lead(NO)

    def _lead(self, principal: Principal, asset: EstateAsset) -> Lead:
        lead = self._leads.get(principal.arn) or Lead(UNKNOWN)
        if lead.hops is None and DETAILS in asset.unread:
            return Lead(UNKNOWN, condition=lead.condition)
        return lead

    def _used(self, asset: EstateAsset, signs_in: Credentials, services: ServiceUse) -> _LastUse:
        """Whether and when a principal was last used, and by what."""
        uses: list[tuple[str | None, str]] = [
            (key.last_used, f"key {key.id}" if key.id else "key") for key in signs_in.keys or ()
        ]
        uses += [(one["last_used"], f"service {one['service']}") for one in services.used[:1]]
        uses += [(asset.get("last_used_date"), "role")]
        if signs_in.password:
            uses += [(signs_in.password.last_used, "password")]
        dated = [(at, by) for at, by in uses if at and self._moments.age(at) is not None]
        if dated:
            at, by = max(dated, key=lambda one: one[0])
            use = self._moments.use(at)
            if use is not Use.UNUSED or self._knows_use(asset, signs_in):
                return _LastUse(use, at, by)
            # Something else may have been used since.
            return _LastUse(Use.UNKNOWN, at, by)
        if not self._knows_use(asset, signs_in):
            return _LastUse(Use.UNKNOWN)
        if asset.label == "AWSUser" and not signs_in.keys and not signs_in.console:
            return _LastUse(Use.NOT_TRACKED)
        return _LastUse(Use.UNUSED)

    def _knows_use(self, asset: EstateAsset, signs_in: Credentials) -> bool:
        """Whether all that could have been used is known, so that no use means none."""
        if asset.label == "AWSRole":
            return DETAILS not in asset.unread
        keys = signs_in.keys
        known = keys is not None and all(key.use is not Use.UNKNOWN for key in keys)
        return known and (asset.label == ROOT or signs_in.console is not None)


def unlisted(estate: Estate, account: str) -> str | None:
    """Why users and roles of an account may be missing; None if all of them were listed."""
    listing = estate.listing("AWSUser", account)
    if listing is None:
        return "its users and roles were never read"
    if listing.shows_absence:
        return None
    reason = f": {listing.reason}" if listing.reason else ""
    return f"its users and roles are {listing.verdict.value}{reason}"


def _used_by(
    principal: Principal, trusts: Sequence[Trust] | None, signs_in: Credentials
) -> Used | None:
    """By whom a user or role is meant to be used; None where that does not show."""
    if principal.is_service_linked:
        return Used.SERVICE_LINKED
    if trusts is None:
        if signs_in.console:
            return Used.HUMAN
        return Used.WORKLOAD if signs_in.console is False and signs_in.keys else None
    if permission_set(principal.name, principal.path) is not None:
        return Used.HUMAN
    return Used.WORKLOAD if trusts and all(one.is_service for one in trusts) else None


def _unknowns(
    principal: Principal, asset: EstateAsset, services: ServiceUse, unassigned: str | None
) -> tuple[str, ...]:
    found = [*principal.unread, *_unread(asset)]
    found += [
        f"the text of policy {one.policy} ({one.through}) was not read"
        for one in principal.policies
        if one.document is UNREAD and one.policy.startswith("arn:")
    ]
    if principal.boundary is not None and principal.boundary.document is UNREAD:
        found.append(f"the text of its boundary {principal.boundary.policy} was not read")
    if services.unknown is not None:
        found.append(services.unknown)
    if unassigned is not None:
        found.append(unassigned)
    return tuple(dict.fromkeys(found))


def _unread(asset: EstateAsset) -> Sequence[str]:
    return [
        f"{operation} was not read ({failure.verdict.value}: {failure.message})"
        for operation, failure in asset.unread.items()
    ]


def _assumable(world: World, now: datetime) -> Mapping[str, tuple[Assumable, ...]]:
    """The roles that each user and role may take on."""
    asked = [one for one in load_questions() if one.name == _ASSUME]
    found: dict[str, list[Assumable]] = {}
    for told in relations(world, asked, now, _OPTIONS):
        if told.type != _ASSUME:
            continue
        whole = told.target_label == ALL_OF_TYPE
        conditions: Sequence[Any] = told.conditions or [None] * len(told.sources)
        for source, target, certainty, condition in zip(
            told.sources, told.targets, told.certainty, conditions, strict=True
        ):
            role = f"every role of account {target.partition('/')[0]}" if whole else target
            found.setdefault(source, []).append(Assumable(role, certainty.value, condition))
    return {who: tuple(sorted(roles, key=lambda one: one.role)) for who, roles in found.items()}


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else format_moment(moment)
