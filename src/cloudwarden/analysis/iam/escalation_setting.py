"""What techniques need to know beside who may do what: which things exist, and what acts as whom.

Three-valued like everything: a kind of thing that was not read in an account may be there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from cloudwarden.analysis.estate import Estate, EstateAsset, Listing
from cloudwarden.analysis.iam.escalation_code import BUCKETS, RUNNING, code_objects
from cloudwarden.analysis.iam.escalation_roles import Directory, Fleet, roles_of
from cloudwarden.analysis.iam.estate_world import DETAILS, RESOURCE_LABELS, own_policy
from cloudwarden.analysis.iam.identity_center import SET
from cloudwarden.analysis.iam.technique_files import load_techniques
from cloudwarden.analysis.iam.techniques import Kind
from cloudwarden.analysis.iam.world import PolicyText
from cloudwarden.core.json import dumps, loads
from cloudwarden.schema.records import GLOBAL_REGION, Verdict

_KEYS = "AWSAccountAccessKey"
_KEYS_READ = "iam:ListAccessKeys"
_PROFILES = "AWSInstanceProfile"
_REPORT = "iam:GetCredentialReport"

#: What objects that hold code are told by.
_CODE: Final = (BUCKETS, *RUNNING)

#: So many access keys a user can have.
MOST_KEYS: Final = 2


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing that exists, and the ARNs of the roles that it acts with.

    `policy` is its own policy, which may let in whom no other policy does; None where it has none.
    `unread` says that it may act with roles that were not read. `tags` is None where they are not
    known.
    """

    kind: str
    arn: str
    account: str
    roles: tuple[str, ...] = ()
    policy: PolicyText | None = None
    region: str = ""
    unread: bool = False
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """How a user can sign in. None: not known."""

    keys: int | None = None
    password: bool | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """Things by kind, users' credentials by ARN, policies' other versions by ARN.

    `read` has the (kind, account) of which all things are known; `missed` those of which some were
    not, though they were asked for, whose own policies may let in anybody of the account. Of
    objects that hold code nothing is said where they are neither.
    `versions` lacks policies whose versions were not read. `notes` say in sentences what nothing
    here can be known about.
    """

    things: Mapping[str, tuple[Thing, ...]] = field(default_factory=dict)
    read: frozenset[tuple[str, str]] = frozenset()
    missed: frozenset[tuple[str, str]] = frozenset()
    credentials: Mapping[str, Credentials] = field(default_factory=dict)
    versions: Mapping[str, tuple[PolicyText, ...]] = field(default_factory=dict)
    #: The accounts whose instance profiles are all known.
    profiles_read: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    #: How it is said that a kind of thing was not read, after "whether there are Lambda functions".
    untold: str = "was not read"

    def knows(self, kind: str, account: str) -> bool:
        """Whether what is not among the things of a kind and account is not there."""
        return (kind, account) in self.read

    def credentials_of(self, user: str) -> Credentials:
        """How a user can sign in, as far as it is known."""
        return self.credentials.get(user, _UNKNOWN)


_UNKNOWN: Final = Credentials()


def _labels(kinds: Iterable[Kind]) -> Iterator[str]:
    for kind in kinds:
        if kind.label is not None:
            yield kind.label
        if kind.through is not None:
            yield kind.through[0]


def labels() -> frozenset[str]:
    """The labels that `setting_of` reads."""
    return frozenset(
        {*_labels(load_techniques().kinds.values()), _KEYS, _PROFILES, "AWSUser",
         "AWSECSTaskDefinition", "AWSManagedPolicy", BUCKETS, SET}
    )  # fmt: skip


def setting_of(estate: Estate) -> Setting:
    """What of an estate techniques need to know."""
    kinds = load_techniques().kinds
    read, missed = set(), set()
    for kind in kinds.values():
        for account, listings in _listings(estate, kind).items():
            if kind.code and not {*_CODE} <= {one.label for one in listings}:
                # What nobody asked for is not said to hold code.
                continue
            if not kind.part and all(one.shows_absence for one in listings):
                read.add((kind.name, account))
            elif (_may_let_in(kind) or kind.code) and any(map(_was_missed, listings)):
                missed.add((kind.name, account))
    return Setting(
        things={kind.name: tuple(_things(estate, kind)) for kind in kinds.values()},
        read=frozenset(read),
        missed=frozenset(missed),
        credentials=_credentials(estate),
        versions=_versions(estate),
        profiles_read=frozenset(
            account for account in estate.accounts if estate.whole(_PROFILES, account)
        ),
    )


def _listings(estate: Estate, kind: Kind) -> Mapping[str, list[Listing]]:
    """How a kind was listed in each account that we look after, region by region."""
    found: dict[str, list[Listing]] = defaultdict(list)
    labels = _CODE if kind.code else [kind.label] if kind.label is not None else []
    for label in labels:
        for one in estate.listings(label):
            if one.account in estate.accounts:
                found[one.account].append(one)
    return found


def _was_missed(listing: Listing) -> bool:
    """Whether something may be there that was not read. What a place does not have, is not."""
    return not listing.shows_absence and listing.verdict is not Verdict.UNSUPPORTED


def _may_let_in(kind: Kind) -> bool:
    """Whether things of a kind have policies of their own."""
    kept = RESOURCE_LABELS.get(kind.label or "")
    return kept is not None and bool(kept.policy)


def _things(estate: Estate, kind: Kind) -> Iterator[Thing]:
    if kind.code:
        for one in code_objects(estate, load_techniques().kinds.values()):
            known = tuple(sorted(role for role in one.roles if role is not None))
            unread = None in one.roles
            yield Thing(kind.name, one.arn, one.account, known, one.policy, one.region, unread)
    if kind.label is None:
        return
    fleet, directory = Fleet(estate), Directory(estate)
    tellers: dict[str, list[EstateAsset]] = defaultdict(list)
    if kind.through is not None:
        label, relation = kind.through
        for asset in estate.assets(label):
            for owner in asset.targets(relation, incoming=True):
                tellers[owner].append(asset)
    for asset in estate.assets(kind.label):
        arn = directory.arn_of(asset) if kind.assigned else str(asset.get("arn") or asset.id)
        if not arn.startswith("arn:"):
            continue
        told = tellers[asset.id] if kind.through is not None else [asset]
        steps = tuple(zip(kind.role, kind.told_by, strict=True))
        found = {role for one in told for role in roles_of(estate, one, steps)}
        if kind.fleet:
            found |= fleet.roles_of(asset)
        if kind.assigned:
            found |= directory.roles_of(asset)
        roles = tuple(sorted(role for role in found if role is not None))
        unread = None in found
        yield Thing(
            kind.name, arn, asset.account, roles, own_policy(asset), asset.region, unread,
            _tags(asset),
        )  # fmt: skip


def _tags(asset: EstateAsset) -> Mapping[str, str] | None:
    """A thing's tags; that it has none is known of those only whose tags are read."""
    if any("Tag" in operation for operation in asset.unread):
        return None
    return asset.tags or ({} if asset.label in RESOURCE_LABELS else None)


def _versions(estate: Estate) -> Mapping[str, tuple[PolicyText, ...]]:
    """What policies would say if another version of them were made the default.

    A policy that does not tell of its versions is left out.
    """
    return {
        policy.id: tuple(dumps(one) for one in loads(told).values())
        for policy in estate.assets("AWSManagedPolicy")
        if isinstance(told := policy.get("other_versions"), str) and DETAILS not in policy.unread
    }


def _credentials(estate: Estate) -> Mapping[str, Credentials]:
    counts: dict[str, int] = defaultdict(int)
    for key in estate.assets(_KEYS):
        for owner in key.targets("OWNED_BY"):
            counts[owner] += 1
    listed = {account for account in estate.accounts if estate.whole(_KEYS, account, GLOBAL_REGION)}
    return {
        user.id: Credentials(
            counts[user.id] if user.account in listed and _KEYS_READ not in user.unread else None,
            None if _REPORT in user.unread else user.get("password_enabled"),
        )
        for user in estate.assets("AWSUser")
    }
