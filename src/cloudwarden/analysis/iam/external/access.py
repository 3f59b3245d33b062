"""Who gets into each collected resource from outside its account, by policy or otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam import organization_world
from cloudwarden.analysis.iam.documents import PolicyError
from cloudwarden.analysis.iam.estate_world import RESOURCE_LABELS
from cloudwarden.analysis.iam.external import sharing
from cloudwarden.analysis.iam.external.blocks import Block, block_of, is_public
from cloudwarden.analysis.iam.external.kinds import Kind
from cloudwarden.analysis.iam.external.policy_rows import ROLE, PolicyRows, once, owner_of
from cloudwarden.analysis.iam.external.report import ExternalRow
from cloudwarden.analysis.iam.external.sharing import Share
from cloudwarden.analysis.iam.external.zones import ZoneName
from cloudwarden.schema.derived import Certainty

BUCKET, KEY, FUNCTION, API = "AWSS3Bucket", "AWSKMSKey", "AWSLambda", "AWSAPIGatewayRestAPI"
ACCESS_POINT: Final = "AWSS3AccessPoint"
ACCOUNT_BLOCK: Final = "AWSS3AccountPublicAccessBlock"

#: The labels that have policies of their own. What an endpoint's policy says limits its users.
POLICY_LABELS: Final = tuple(
    label for label, kept in RESOURCE_LABELS.items() if kept.policy and label != "AWSVpcEndpoint"
)
#: Every label of which external access is told.
SUBJECTS: Final = (
    *POLICY_LABELS,
    *(copies.label for copies in sharing.COPIES),
    sharing.RAM_SHARE,
)
LABELS: Final = (
    frozenset({*POLICY_LABELS, ACCOUNT_BLOCK, "AWSUser", "AWSRole"})
    | sharing.LABELS
    | organization_world.LABELS
)
_BLOCK, _ACL = "s3:GetPublicAccessBlock", "s3:GetBucketAcl"
_POINT_BLOCK: Final = "s3control:GetAccessPoint"
_OWNERSHIP, _GRANTS, _URL = (
    "s3:GetBucketOwnershipControls",
    "kms:ListGrants",
    "lambda:GetFunctionUrlConfig",
)
_OF_OTHERS: Final = frozenset(
    {Kind.ANONYMOUS, Kind.AUTHENTICATED, Kind.ORGANIZATION, Kind.ACCOUNT, Kind.PRINCIPAL}
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody outside who gets in. `zone` is the widest thing that it is outside of."""

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


@dataclass(frozen=True, slots=True)
class Access:
    """Who gets into one asset, and what of that is not known, in words."""

    asset: EstateAsset
    entries: tuple[Entry, ...]
    gaps: tuple[str, ...]


def accesses(estate: Estate, now: datetime) -> Iterator[Access]:
    """The external access of every asset of `SUBJECTS`."""
    accounts = {one.id: one for one in organization_world.accounts_of(estate, {})}
    judge = _Judge(estate, PolicyRows(accounts, now))
    for label in POLICY_LABELS:
        for asset in once(estate.assets(label)):
            yield judge.of_policy(asset)
    settings = sharing.settings_by_place(estate)
    for copies in sharing.COPIES:
        for asset in once(estate.assets(copies.label)):
            gaps = _unread(asset, copies.operation)
            shares = sharing.copy_shares(asset, copies, settings)
            yield Access(asset, tuple(judge.shared(asset, shares)), tuple(gaps))
    for asset in once(estate.assets(sharing.RAM_SHARE)):
        gaps = _unread(asset, sharing.RAM_OPERATION)
        shares = sharing.ram_shares(asset, owner_of(asset))
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
        gaps = _unread(asset, kept.operation)
        rows: list[ExternalRow] = []
        entries: list[Entry] = []
        if text and not gaps:
            try:
                rows = self._rows.rows(str(text), asset.label, owner_of(asset), _arn(asset))
            except PolicyError as error:
                gaps.append(f"its policy cannot be understood: {error}")
        elif not gaps and asset.label in {ROLE, KEY}:
            # There always is one.
            gaps.append("its policy was not read")
        if asset.label == BUCKET:
            block = self.block(asset)
            rows = self._blocked(asset, str(text or ""), rows, block)
            gaps += _unread(asset, _ACL, _OWNERSHIP)
            shares = sharing.acl_shares(
                self._acls.get(asset.id, ()), block, asset.get("object_ownership")
            )
            entries += self.shared(asset, shares)
        elif asset.label == ACCESS_POINT:
            rows = self._blocked(asset, str(text or ""), rows, self.block(asset, _POINT_BLOCK))
            rows = [_through_point(row, asset) for row in rows]
        elif asset.label == KEY:
            gaps += _unread(asset, _GRANTS)
            shares = sharing.key_shares(self._grants.get(asset.id, ()), owner_of(asset))
            entries += self.shared(asset, shares)
        elif asset.label == FUNCTION:
            rows = [_by_address(row, asset) for row in rows]
        entries = [*_of_rows(rows, asset.label), *entries]
        gaps += [one.reason for one in entries if one.certainty is Certainty.UNKNOWN]
        known = tuple(one for one in entries if one.certainty is not Certainty.UNKNOWN)
        return Access(asset, known, tuple(dict.fromkeys(gaps)))

    def block(self, asset: EstateAsset, operation: str = _BLOCK) -> Block:
        """The public access block in force on a bucket or access point: its own and its account's.

        `operation` is the one that tells its own.
        """
        own = block_of(asset.properties, known=operation not in asset.unread)
        return own.joined(account_block(self._estate, asset.account))

    def shared(self, asset: EstateAsset, shares: Iterable[Share]) -> Iterator[Entry]:
        """Shares as entries, with whether they leave the organization."""
        owner = self._rows.accounts.get(owner_of(asset))
        organization = owner.organization if owner is not None else None
        inside = self._rows.members(organization if isinstance(organization, str) else None)
        for share in shares:
            zone = ZoneName.ORGANIZATION
            # Of organizations, a share can name only the account's own.
            is_own = share.account in inside or share.kind is Kind.ORGANIZATION
            if is_own or not isinstance(organization, str):
                zone = ZoneName.ACCOUNT
            what = ", ".join(share.actions) or "use what is shared"
            reason = f"{share.who} may {what} by {share.through}"
            if share.condition:
                reason += f" ({share.condition})"
            yield Entry(
                zone, share.kind, share.who, share.account, share.actions, share.certainty,
                share.condition, reason, None, share.through,
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
            return [row for row in rows if row.kind not in _OF_OTHERS]
        note = "unless a public access block, which was not read, restricts it"
        return [_noted(row, note) if row.kind in _OF_OTHERS else row for row in rows]


def account_block(estate: Estate, account: str) -> Block:
    """The account's public access block. One that nobody was asked to read is taken for unset."""
    for asset in estate.assets(ACCOUNT_BLOCK):
        if asset.account == account:
            return block_of(asset.properties)
    failed = any(
        one.account == account and not one.shows_absence for one in estate.listings(ACCOUNT_BLOCK)
    )
    return Block(None, None) if failed else Block()


def _of_rows(rows: Iterable[ExternalRow], label: str) -> Iterator[Entry]:
    """Rows of both zones as entries, each with the widest zone that it is outside of."""
    widest: dict[tuple[Any, ...], ExternalRow] = {}
    for row in rows:
        # The zone of the organization comes last, and tells of those who are outside both.
        widest[row.kind, row.who, row.statement, row.actions] = row
    for row in widest.values():
        yield Entry(
            ZoneName(row.zone), Kind(row.kind), row.who, row.account, row.actions, row.certainty,
            row.condition, row.in_words(), row.witness,
            "trust policy" if label == ROLE else "policy",
        )  # fmt: skip


def _by_address(row: ExternalRow, asset: EstateAsset) -> ExternalRow:
    """A grant to anybody to call a function's address counts only if it has an open one."""
    if row.kind != Kind.ANONYMOUS or _URL in asset.unread:
        note = "if it has an address that asks for no authorisation"
        return _noted(row, note) if row.kind == Kind.ANONYMOUS else row
    if asset.get("function_url") and asset.get("function_url_auth_type") == "NONE":
        return row
    return _noted(row, "once it has an address that asks for no authorisation")


def _through_point(row: ExternalRow, asset: EstateAsset) -> ExternalRow:
    """What an access point's policy gives counts only where its bucket's policy gives it too."""
    if asset.get("network_origin") == "VPC":
        row = _noted(row, f"from the network {asset.get('vpc_id')}")
    return _noted(row, f"if the policy of bucket {asset.get('bucket')} allows it through it too")


def _noted(row: ExternalRow, note: str) -> ExternalRow:
    condition = f"{row.condition}; {note}" if row.condition else note
    certainty = Certainty.CONDITIONAL if row.certainty is Certainty.SURE else row.certainty
    return replace(row, certainty=certainty, condition=condition)


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
