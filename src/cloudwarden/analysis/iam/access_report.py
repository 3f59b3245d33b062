"""The access report: each principal with what it has, through what, since when, and last used.

What an access review samples: a row a user or role, with its grants, credentials and how far they
lead. What was not read is said to be unknown, never to be none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam.world import UNREAD, Attachment, Principal, PrincipalKind, World
from cloudwarden.core.clock import format_moment, parse_moment
from cloudwarden.core.errors import UsageError
from cloudwarden.inventory.records import PastState

#: What the report reads beside what decides access.
LABELS: Final = frozenset({"AWSUser", "AWSRole", "AWSGroup", "AWSAccountAccessKey", "AWSMfaDevice"})

#: The labels whose past tells since when a principal has what it has.
PAST_LABELS: Final = frozenset({"AWSUser", "AWSRole", "AWSGroup"})

_REPORT = "iam:GetCredentialReport"
_GRANTS = {"POLICY", "PERMISSIONS_BOUNDARY", "MEMBER_AWS_GROUP"}


class Use(StrEnum):
    """When something was last used. `NOT_TRACKED` has nothing whose use AWS notes."""

    USED = "used"
    UNUSED = "not in window"
    NOT_TRACKED = "not tracked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Grant:
    """One policy that a principal has, through what, and since when that was seen."""

    policy: str
    through: str
    since: str | None

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {"policy": self.policy, "through": self.through, "since": self.since}


@dataclass(frozen=True, slots=True)
class Key:
    """One access key; ages are in whole days."""

    id: str
    active: bool
    created: str | None
    age_days: int | None
    use: Use
    last_used: str | None
    service: str | None

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "id": self.id,
            "active": self.active,
            "created": self.created,
            "age_days": self.age_days,
            "use": self.use.value,
            "last_used": self.last_used,
            "service": self.service,
        }


@dataclass(frozen=True, slots=True)
class Lead:
    """How far a principal's access leads: to administration at once, in some steps, or not.

    `hops` are None where no way was found; 0 is an administrator. `certainty` is that of the way;
    of none, `no`, or `unknown` where something was not read.
    """

    certainty: str
    hops: int | None
    path: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One principal of the report."""

    account: str
    account_name: str
    kind: str
    name: str
    arn: str
    created: str | None
    grants: tuple[Grant, ...]
    groups: tuple[str, ...]
    boundary: str | None
    console: bool | None
    mfa: bool | None
    keys: tuple[Key, ...]
    use: Use
    last_used: str | None
    last_used_by: str | None
    lead: Lead | None
    unknown: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain data; what is null was not read, or does not apply (a role has no password)."""
        return {
            "account": self.account,
            "account_name": self.account_name,
            "kind": self.kind,
            "name": self.name,
            "arn": self.arn,
            "created": self.created,
            "groups": list(self.groups),
            "policies": [grant.to_json() for grant in self.grants],
            "boundary": self.boundary,
            "console": self.console,
            "mfa": self.mfa,
            "keys": [key.to_json() for key in self.keys],
            "use": self.use.value,
            "last_used": self.last_used,
            "last_used_by": self.last_used_by,
            "admin": self.lead.certainty if self.lead else None,
            "admin_in": self.lead.hops if self.lead else None,
            "admin_path": list(self.lead.path) if self.lead else [],
            "unknown": list(self.unknown),
        }


def entries(
    estate: Estate,
    world: World,
    *,
    now: datetime,
    window_days: int,
    past: Iterable[PastState] = (),
    leads: Mapping[str, Lead] | None = None,
    account: str | None = None,
) -> Iterator[Entry]:
    """An entry for each user and role, by account, kind and name.

    Use within `window_days` before `now` is use; earlier use is `not in window`. `past` are the
    ended states of `PAST_LABELS`; `leads` says by ARN how far access leads.
    """
    facts = _Facts(estate, now, window_days, _since(estate, past))
    actors = [p for p in world.principals if p.kind is not PrincipalKind.GROUP]
    for principal in sorted(actors, key=lambda p: (p.account, p.kind.value, p.name)):
        if account is None or principal.account == account:
            yield facts.entry(principal, (leads or {}).get(principal.arn))


def unlisted(estate: Estate) -> Iterator[tuple[str, str]]:
    """The accounts whose principals were not all listed, with the reason."""
    for account in sorted(estate.accounts):
        listing = estate.listing("AWSUser", account)
        if listing is None:
            yield account, "its users and roles were never read"
        elif not listing.shows_absence:
            reason = f": {listing.reason}" if listing.reason else ""
            yield account, f"its users and roles are {listing.verdict.value}{reason}"


#: Since when a (label, id) has had a relation to a target.
Since = Mapping[tuple[str, str, str], datetime]


class _Facts:
    def __init__(self, estate: Estate, now: datetime, window_days: int, since: Since) -> None:
        self._estate = estate
        self._now = now
        self._window = window_days
        self._since = since
        self._keys: dict[str, list[EstateAsset]] = defaultdict(list)
        for key in estate.assets("AWSAccountAccessKey"):
            for owner in key.targets("OWNED_BY"):
                self._keys[owner].append(key)
        self._devices = {
            owner
            for device in estate.assets("AWSMfaDevice")
            for owner in device.targets("MFA_DEVICE", incoming=True)
        }

    def entry(self, principal: Principal, lead: Lead | None) -> Entry:
        label = "AWSUser" if principal.kind is PrincipalKind.USER else "AWSRole"
        asset = self._estate.asset(label, principal.arn)
        properties = asset.properties if asset else {}
        unread = [f"{name} was not read ({f.verdict.value}: {f.message})"
                  for name, f in (asset.unread if asset else {}).items()]  # fmt: skip
        unknown = tuple(dict.fromkeys([*principal.unread, *unread]))
        is_user = principal.kind is PrincipalKind.USER
        keys = tuple(self._key(key) for key in self._keys[principal.arn]) if is_user else ()
        use, used, by = self._use(principal, properties, keys, known=not unread)
        return Entry(
            account=principal.account,
            account_name=self._estate.accounts.get(principal.account, ""),
            kind=principal.kind.value,
            name=principal.name,
            arn=principal.arn,
            created=properties.get("createdate"),
            grants=tuple(self._grant(principal, one) for one in principal.policies),
            groups=tuple(sorted(group.rpartition("/")[2] for group in principal.groups)),
            boundary=principal.boundary.policy if principal.boundary else None,
            console=properties.get("password_enabled") if is_user else None,
            mfa=self._mfa(principal, properties) if is_user else None,
            keys=keys,
            use=use,
            last_used=used,
            last_used_by=by,
            lead=lead,
            unknown=unknown,
        )

    def _grant(self, principal: Principal, attachment: Attachment) -> Grant:
        holders = [principal.arn, *principal.groups]
        known = [
            moment for holder in holders
            if (moment := self._since.get((holder, "POLICY", attachment.policy))) is not None
        ]  # fmt: skip
        through = attachment.through
        if attachment.document is UNREAD:
            through = f"{through} (its text was not read)"
        # Through a group it is had since both the policy and the membership are there.
        if "group" in attachment.through:
            known += [
                moment for group in principal.groups
                if group.rpartition("/")[2] == attachment.through.rpartition(" ")[2]
                and (moment := self._since.get((principal.arn, "MEMBER_AWS_GROUP", group)))
            ]  # fmt: skip
        since = format_moment(max(known)) if known else None
        return Grant(attachment.policy, through, since)

    def _mfa(self, principal: Principal, properties: Mapping[str, Any]) -> bool | None:
        reported = properties.get("mfa_active")
        if reported is None and principal.arn in self._devices:
            return True
        return reported

    def _key(self, key: EstateAsset) -> Key:
        created, used = key.get("createdate"), key.get("lastuseddate")
        use = self._within(used) if used else Use.UNUSED
        return Key(
            id=key.id,
            active=key.get("status") == "Active",
            created=created,
            age_days=self._age(created),
            use=Use.UNKNOWN if key.unread and not used else use,
            last_used=used,
            service=key.get("lastusedservice"),
        )

    def _use(
        self,
        principal: Principal,
        properties: Mapping[str, Any],
        keys: Sequence[Key],
        *,
        known: bool,
    ) -> tuple[Use, str | None, str | None]:
        """Whether and when the principal was last used, and by what."""
        uses: list[tuple[Any, str]] = [(key.last_used, f"key {key.id}") for key in keys]
        if principal.kind is PrincipalKind.ROLE:
            uses += [(properties.get("last_used_date"), "role")]
        uses += [(properties.get("passwordlastused"), "password")]
        uses += [
            (properties.get(f"access_key_{number}_last_used_date"), f"key {number}")
            for number in (1, 2)
            if not keys
        ]
        dated = [(moment, by) for moment, by in uses if moment and self._age(moment) is not None]
        if dated:
            moment, by = max(dated)
            return self._within(moment), moment, by
        if not known:
            return Use.UNKNOWN, None, None
        has_credentials = bool(keys) or properties.get("password_enabled")
        if principal.kind is PrincipalKind.USER and not has_credentials:
            return Use.NOT_TRACKED, None, None
        return Use.UNUSED, None, None

    def _within(self, moment: str) -> Use:
        age = self._age(moment)
        if age is None:
            return Use.UNKNOWN
        return Use.USED if age <= self._window else Use.UNUSED

    def _age(self, moment: str | None) -> int | None:
        """Whole days since a moment; None for what is none (`N/A`, `no_information`)."""
        if not moment:
            return None
        try:
            return (self._now - parse_moment(moment)).days
        except UsageError:
            return None


def _since(estate: Estate, past: Iterable[PastState]) -> Since:
    """Since when each holder has each of its grants, as far as it was seen.

    A grant that was gone in between counts from when it came back.
    """
    held: dict[str, list[tuple[datetime, frozenset[tuple[str, str]]]]] = defaultdict(list)
    for state in past:
        held[state.id].append((state.began, _grants_of(state.relations)))
    since: dict[tuple[str, str, str], datetime] = {}
    for holder in estate.assets(*PAST_LABELS):
        now = frozenset((r.type, r.target) for r in holder.relations if r.type in _GRANTS)
        for type_, target in now:
            began = holder.since
            for earlier, grants in sorted(held[holder.id], reverse=True, key=lambda one: one[0]):
                if (type_, target) not in grants:
                    break
                began = earlier
            if began is not None:
                since[holder.id, type_, target] = began
    return since


def _grants_of(relations: Iterable[Mapping[str, Any]]) -> frozenset[tuple[str, str]]:
    return frozenset((r["type"], r["target"]) for r in relations if r["type"] in _GRANTS)
