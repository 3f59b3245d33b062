"""Who gets into each collected resource from outside its account, by policy or otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam import organization_world
from cloudwarden.analysis.iam.documents import PolicyError, read
from cloudwarden.analysis.iam.estate_world import RESOURCE_LABELS
from cloudwarden.analysis.iam.external import copies, resource_shares, sharing
from cloudwarden.analysis.iam.external.api_policies import written_out
from cloudwarden.analysis.iam.external.blocks import (
    ACCOUNT_BLOCK,
    BUCKET_BLOCK,
    Block,
    block_in_force,
    is_public,
)
from cloudwarden.analysis.iam.external.kinds import RESTRICTED, Kind
from cloudwarden.analysis.iam.external.points import BUCKET, through_point
from cloudwarden.analysis.iam.external.policy_rows import ROLE, PolicyRows, once, owner_of
from cloudwarden.analysis.iam.external.report import ExternalRow
from cloudwarden.analysis.iam.external.sharing import Share
from cloudwarden.analysis.iam.external.ways import BY_A_WAY, by_owner, doubted
from cloudwarden.analysis.iam.external.witnesses import witness_of
from cloudwarden.analysis.iam.external.zones import ZoneName
from cloudwarden.schema.derived import Certainty

KEY, API = "AWSKMSKey", "AWSAPIGatewayRestAPI"
TABLE: Final = "AWSDynamoDBTable"

#: The labels that have policies of their own. What an endpoint's policy says limits its users.
POLICY_LABELS: Final = tuple(
    label for label, kept in RESOURCE_LABELS.items() if kept.policy and label != "AWSVpcEndpoint"
)
#: Every label of which external access is told.
SUBJECTS: Final = (
    *POLICY_LABELS,
    *(one.label for one in copies.COPIES),
    resource_shares.LABEL,
)
LABELS: Final = (
    frozenset({*POLICY_LABELS, ACCOUNT_BLOCK, "AWSUser", "AWSRole"})
    | sharing.LABELS
    | copies.LABELS
    | {resource_shares.LABEL}
    | organization_world.LABELS
)
_ACL = "s3:GetBucketAcl"
#: What tells the public access block of an entry to buckets.
_POINT_BLOCKS: Final = {
    "AWSS3AccessPoint": "s3control:GetAccessPoint",
    "AWSS3MultiRegionAccessPoint": "s3control:ListMultiRegionAccessPoints",
}
_OWNERSHIP, _GRANTS, _URL = (
    "s3:GetBucketOwnershipControls",
    "kms:ListGrants",
    "lambda:GetFunctionUrlConfig",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody outside who gets in. `zone` is the widest thing that it is outside of.

    `doubt` is what was not read and may keep it out, in words.
    """

    zone: ZoneName
    kind: Kind
    who: str
    account: str | None
    actions: tuple[str, ...]
    certainty: Certainty
    condition: str | None
    reason: str
    witness: Mapping[str, Any] | None
    through: str
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """Who gets into one asset, and what of that is not known, in words.

    `policy_gaps` are those of `gaps` that its policy leaves.
    """

    asset: EstateAsset
    entries: tuple[Entry, ...]
    gaps: tuple[str, ...]
    policy_gaps: tuple[str, ...] = ()

    @property
    def doubts(self) -> tuple[str, ...]:
        """Everything that was not read and may let in or keep out somebody, in words."""
        return tuple(dict.fromkeys([*self.gaps, *(e.doubt for e in self.entries if e.doubt)]))


def accesses(estate: Estate, now: datetime) -> Iterator[Access]:
    """The external access of every asset of `SUBJECTS`."""
    accounts = {one.id: one for one in organization_world.accounts_of(estate, {})}
    judge = _Judge(estate, PolicyRows(accounts, now))
    for label in POLICY_LABELS:
        for asset in once(estate.assets(label)):
            yield judge.of_policy(asset)
    settings = copies.settings_by_place(estate)
    for kind in copies.COPIES:
        for asset in once(estate.assets(kind.label)):
            gaps = _unread(asset, kind.operation)
            shares = copies.copy_shares(asset, kind, settings)
            yield Access(asset, tuple(judge.shared(asset, shares)), tuple(gaps))
    for asset in once(estate.assets(resource_shares.LABEL)):
        gaps = _unread(asset, resource_shares.OPERATION)
        shares = resource_shares.ram_shares(asset, owner_of(asset))
        yield Access(asset, tuple(judge.shared(asset, shares)), tuple(gaps))


class _Judge:
    """Judges assets of one estate."""

    def __init__(self, estate: Estate, rows: PolicyRows) -> None:
        self._estate = estate
        self._rows = rows
        self._acls = sharing.grants_by(estate, sharing.ACL, "APPLIES_TO")
        self._grants = sharing.grants_by(estate, sharing.KMS_GRANT, "APPLIED_ON")

    def of_policy(self, asset: EstateAsset) -> Access:
        """Who gets into an asset with a policy of its own."""
        kept = RESOURCE_LABELS[asset.label]
        text = asset.get(kept.policy)
        gaps: list[str] = []
        entries: list[Entry] = []
        of_policy = _unread(asset, kept.operation)
        rows, undecided = ([], []) if of_policy else self._judged(asset, text, _arn(asset))
        of_policy += undecided
        if not text and not of_policy and asset.label in {ROLE, KEY}:
            # There always is one.
            of_policy.append("its policy was not read")
        if asset.label == BUCKET:
            block = block_in_force(self._estate, asset, BUCKET_BLOCK)
            grants = self._acls.get(asset.id, ())
            owners = {str(one["ownerid"]) for one in grants if one.get("ownerid")}
            rows = list(by_owner(self._blocked(asset, str(text or ""), rows, block), owners))
            # Where an owner enforces its ownership ACLs are out of force.
            is_enforced = asset.get("object_ownership") == sharing.ENFORCED
            gaps += _unread(asset, *([] if is_enforced else [_ACL]), _OWNERSHIP)
            shares = sharing.acl_shares(grants, block, asset.get("object_ownership"))
            entries += self.shared(asset, shares)
        elif asset.label in _POINT_BLOCKS:
            block = block_in_force(self._estate, asset, _POINT_BLOCKS[asset.label])
            rows = self._blocked(asset, str(text or ""), rows, block)
            rows = list(through_point(rows, asset, self._estate, self._rows))
        elif asset.label == KEY:
            gaps += _unread(asset, _GRANTS)
            shares = sharing.key_shares(self._grants.get(asset.id, ()), owner_of(asset))
            entries += self.shared(asset, shares)
        elif asset.label in BY_A_WAY:
            rows = [BY_A_WAY[asset.label](row, asset) for row in rows]
        elif asset.label == TABLE and not _unread(asset, kept.operation):
            arn = asset.get("latest_stream_arn")
            of_stream, undecided = self._judged(asset, asset.get("stream_policy"), arn)
            entries += _of_rows(of_stream, "stream policy")
            of_policy += undecided
        through = "trust policy" if asset.label == ROLE else "policy"
        entries = [*_of_rows(rows, through), *entries]
        undecided = [one.reason for one in entries if one.certainty is Certainty.UNKNOWN]
        known = tuple(one for one in entries if one.certainty is not Certainty.UNKNOWN)
        gaps = [*of_policy, *gaps, *undecided]
        return Access(asset, known, tuple(dict.fromkeys(gaps)), (*of_policy, *undecided))

    def _judged(
        self, asset: EstateAsset, text: Any, arn: str | None
    ) -> tuple[list[ExternalRow], list[str]]:
        """Who gets in by a policy of an asset, and what of that is not known, in words."""
        if not text:
            return [], []
        tags, owner = RESOURCE_LABELS[asset.label].tags_of(asset), owner_of(asset)
        try:
            document = written_out(read(text), owner, arn) if asset.label == API else str(text)
            policy = self._rows.policy(document, asset.label)
        except PolicyError as error:
            return [], [f"its policy cannot be understood: {error}"]
        rows = self._rows.rows(policy, owner, arn, tags)
        if tags is None and self._rows.heeds_tags(policy, owner):
            return rows, ["its tags, which its policy goes by, were not read"]
        return rows, []

    def shared(self, asset: EstateAsset, shares: Iterable[Share]) -> Iterator[Entry]:
        """Shares as entries, with whether they leave the organization."""
        owner = self._rows.accounts.get(owner_of(asset))
        organization = owner.organization if owner is not None else None
        inside = self._rows.members(organization if isinstance(organization, str) else None)
        for share in shares:
            zone = ZoneName.ORGANIZATION
            is_own = share.account in inside or share.organization == organization
            if is_own or not isinstance(organization, str):
                zone = ZoneName.ACCOUNT
            what = ", ".join(share.actions) or "use what is shared"
            reason = f"{share.who} may {what} by {share.through}"
            if share.condition:
                reason += f" ({share.condition})"
            yield Entry(
                zone, share.kind, share.who, share.account, share.actions, share.certainty,
                share.condition, reason, witness_of(share, _arn(asset) or asset.id), share.through,
                share.doubt,
            )  # fmt: skip

    def _blocked(
        self, asset: EstateAsset, text: str, rows: list[ExternalRow], block: Block
    ) -> list[ExternalRow]:
        """What RestrictPublicBuckets leaves of what a policy gives."""
        if not rows or block.restrict_public_buckets is False:
            return rows
        public = asset.get("policy_is_public")
        if public is None:
            public = is_public(self._rows.policy(text, asset.label))
        if not public:
            return rows
        if block.restrict_public_buckets:
            return [row for row in rows if row.kind not in RESTRICTED]
        doubt = f"unless a public access block restricts it, but {block.unread} was not read"
        return [doubted(row, doubt) if row.kind in RESTRICTED else row for row in rows]


def _of_rows(rows: Iterable[ExternalRow], through: str) -> Iterator[Entry]:
    """Rows of both zones as entries, each with the widest zone that it is outside of."""
    widest: dict[tuple[Any, ...], ExternalRow] = {}
    for row in rows:
        # The zone of the organization comes last, and tells of those who are outside both.
        widest[row.kind, row.who, row.statement, row.actions] = row
    for row in widest.values():
        yield Entry(
            ZoneName(row.zone), Kind(row.kind), row.who, row.account, row.actions, row.certainty,
            row.condition, row.in_words(), row.witness, through, row.doubt,
        )  # fmt: skip


def _unread(asset: EstateAsset, *operations: str) -> list[str]:
    return [
        f"{operation}: {asset.unread[operation].code}"
        for operation in operations
        if operation in asset.unread
    ]


def _arn(asset: EstateAsset) -> str | None:
    arn = asset.get("arn") or (asset.id if asset.id.startswith("arn:") else None)
    if arn is None:
        return None
    if asset.label == API:
        # Callers are let in to what executes it, not to its configuration.
        parts = str(arn).split(":")
        return f"arn:{parts[1]}:execute-api:{parts[3]}:{asset.account}:{asset.id}"
    return str(arn)
