"""The external access that policies of collected assets give, each policy judged once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from cloudwarden.analysis.estate import EstateAsset
from cloudwarden.analysis.iam.actions import catalogue
from cloudwarden.analysis.iam.documents import PolicyError
from cloudwarden.analysis.iam.external.domains import is_resource_tag
from cloudwarden.analysis.iam.external.report import ExternalRow, access_rows
from cloudwarden.analysis.iam.layers import Attached
from cloudwarden.analysis.iam.policies import Policy, PolicyCompiler, PolicyKind
from cloudwarden.analysis.iam.world import Account, Unread
from cloudwarden.schema.derived import Certainty

ROLE: Final = "AWSRole"
_RCPS_UNREAD: Final = "unless a resource control policy, which was not read, denies it"


@dataclass(slots=True)
class PolicyRows:
    """Judges policies at a moment, and remembers what was judged.

    `accounts` are those of which the organization is known.
    """

    accounts: Mapping[str, Account]
    now: datetime
    _compiler: PolicyCompiler = field(default_factory=PolicyCompiler)
    _known: dict[tuple[Any, ...], list[ExternalRow]] = field(default_factory=dict)
    _rcps: dict[str, tuple[tuple[tuple[Attached, ...], ...], bool]] = field(default_factory=dict)
    _members: dict[str, frozenset[str]] = field(default_factory=dict)

    def policy(self, document: str | Mapping[str, Any], label: str) -> Policy:
        """The policy of a document or its text. Raises `PolicyError`."""
        return self._compiler.compile(document, PolicyKind.TRUST if label == ROLE else _RESOURCE)

    def rows(
        self,
        policy: Policy,
        owner: str,
        arn: str | None,
        tags: Mapping[str, str] | None = None,
    ) -> list[ExternalRow]:
        """Who gets in from outside by a policy of an account's resource.

        `tags` are the resource's, None where they are not known.
        """
        # Where no statement names a resource, what is judged of one is true of all.
        anywhere = all(s.resources is None for s in policy.statements)
        kind = arn.split(":")[1:3] if arn else ()
        told = (
            tuple(sorted(tags.items())) if tags and self.heeds_tags(policy, owner) else tags is None
        )
        key = id(policy), owner, tuple(kind) if anywhere else arn, told
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._judge(policy, owner, arn, tags)
        if not anywhere or arn is None:
            return found
        return [_at(row, arn) for row in found]

    def members(self, organization: str | None) -> frozenset[str]:
        """The accounts that are known to be in an organization."""
        if organization is None:
            return frozenset()
        if organization not in self._members:
            self._members[organization] = frozenset(
                one.id for one in self.accounts.values() if one.organization == organization
            )
        return self._members[organization]

    def heeds_tags(self, policy: Policy, owner: str) -> bool:
        """Whether a policy, or an RCP that limits it, compares the tags of resources."""
        levels, _ = self._limits(self.accounts.get(owner))
        limiting = (one.policy for level in levels for one in level)
        return any(
            is_resource_tag(clause.key)
            for one in (policy, *limiting)
            for statement in one.statements
            for clause in statement.conditions
        )

    def _judge(
        self, policy: Policy, owner: str, arn: str | None, tags: Mapping[str, str] | None
    ) -> list[ExternalRow]:
        account = self.accounts.get(owner)
        organization = account.organization if account is not None else None
        if isinstance(organization, Unread):
            organization = None
        rcps, whole = self._limits(account)
        rows = access_rows(
            policy, owner, organization, arn, self.members(organization), self.now, rcps,
            on_management_account=account is not None and account.is_management, tags=tags,
        )  # fmt: skip
        return rows if whole else [_doubted(row) for row in rows]

    def _limits(self, account: Account | None) -> tuple[tuple[tuple[Attached, ...], ...], bool]:
        """The RCPs that bind an account, and whether all of them were read."""
        if account is None:
            return (), False
        if account.id not in self._rcps:
            self._rcps[account.id] = self._compiled(account)
        return self._rcps[account.id]

    def _compiled(self, account: Account) -> tuple[tuple[tuple[Attached, ...], ...], bool]:
        if isinstance(account.rcps, Unread):
            # Of an account that is known by nothing but its id, nothing is doubted either.
            return (), account.organization is None
        whole = True
        levels = []
        for level in account.rcps:
            found = []
            for one in level:
                try:
                    if isinstance(one.document, Unread):
                        whole = False
                        continue
                    policy = self._compiler.compile(one.document, PolicyKind.RCP)
                except PolicyError:
                    whole = False
                    continue
                found.append(Attached(policy, one.policy, one.through))
            levels.append(tuple(found))
        return tuple(levels), whole


_RESOURCE: Final = PolicyKind.RESOURCE


def _doubted(row: ExternalRow) -> ExternalRow:
    services = {action.partition(":")[0].lower() for action in row.actions}
    bound = "*" in services or services & catalogue().rcp_services
    if row.certainty is Certainty.UNKNOWN or not bound:
        return row
    condition = f"{row.condition}; {_RCPS_UNREAD}" if row.condition else _RCPS_UNREAD
    return replace(row, certainty=Certainty.CONDITIONAL, condition=condition)


def _at(row: ExternalRow, arn: str) -> ExternalRow:
    witness = None if row.witness is None else {**row.witness, "resource": arn}
    return replace(row, resource=arn, witness=witness)


def owner_of(asset: EstateAsset) -> str:
    """The account that a resource belongs to: its ARN says, or else who read it."""
    parts = str(asset.get("arn") or asset.id).split(":")
    return parts[4] if len(parts) > 5 and parts[4].isdigit() else asset.account


def once(assets: Iterable[EstateAsset]) -> Iterable[EstateAsset]:
    """Each asset once, as its owner tells of it where that is read."""
    found: dict[str, EstateAsset] = {}
    for asset in assets:
        if asset.id not in found or owner_of(asset) == asset.account:
            found[asset.id] = asset
    return found.values()
