"""S3's public access block, and AWS's own test of whether a bucket's policy is public.

That test looks at how a policy is written, not at what it allows: it leaves out every Deny, and
counts as public what is not tied to fixed values. It matters only because the block goes by it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam.conditions import Clause, Quantifier
from cloudwarden.analysis.iam.policies import Policy, Statement

ACCOUNT_BLOCK: Final = "AWSS3AccountPublicAccessBlock"
#: What tells a bucket's own block.
BUCKET_BLOCK: Final = "s3:GetPublicAccessBlock"

#: Conditions on these, with values that are fixed, make a statement none to the public.
_FIXING: Final = frozenset(
    {
        "aws:sourceip", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner",
        "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:userid",
        "aws:principalorgid", "aws:principalorgpaths", "aws:principalarn", "aws:principalaccount",
        "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)  # fmt: skip
_OPERATORS: Final = frozenset(
    {"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress"}
)
#: Ranges of addresses that are wider are no limit.
_NARROWEST: Final = {4: 8, 6: 32}


@dataclass(frozen=True, slots=True)
class Block:
    """The settings of a public access block that bear on who gets in.

    None: it was not read, of whom `unread` says. The two that only refuse new grants are left out.
    """

    ignore_public_acls: bool | None = False
    restrict_public_buckets: bool | None = False
    unread: str = ""

    def joined(self, other: Block) -> Block:
        """The settings of a bucket and its account together: what either sets is in force."""
        return Block(
            _either(self.ignore_public_acls, other.ignore_public_acls),
            _either(self.restrict_public_buckets, other.restrict_public_buckets),
            " and ".join(one.unread for one in (self, other) if one.unread),
        )


def block_of(properties: Mapping[str, Any], whose: str) -> Block:
    """The block of which properties tell; a setting that they do not tell of was not read."""
    acls, buckets = (_flag(properties.get(name)) for name in _NAMES)
    return Block(acls, buckets, whose if None in {acls, buckets} else "")


_NAMES: Final = ("ignore_public_acls", "restrict_public_buckets")


def block_in_force(estate: Estate, asset: EstateAsset, operation: str = BUCKET_BLOCK) -> Block:
    """The public access block in force on a bucket or access point: its own and its account's.

    `operation` is the one that tells its own.
    """
    told = {} if operation in asset.unread else asset.properties
    own = block_of(told, f"that of {asset.name or asset.id}")
    return own.joined(_of_account(estate, asset.account))


def _of_account(estate: Estate, account: str) -> Block:
    """The account's public access block; what nobody asked about is no more known than a denied."""
    whose = f"that of account {account}"
    listings = [one for one in estate.listings(ACCOUNT_BLOCK) if one.account == account]
    if any(not one.shows_absence for one in listings):
        return block_of({}, whose)
    for asset in estate.assets(ACCOUNT_BLOCK):
        if asset.account == account:
            return block_of(asset.properties, whose)
    # An account that never set one has none.
    return Block() if listings else block_of({}, whose)


def is_public(policy: Policy) -> bool:
    """Whether AWS calls a bucket's policy public: some Allow is not tied to fixed values."""
    return any(s.allows and _is_to_public(s) for s in policy.statements)


def _is_to_public(statement: Statement) -> bool:
    if statement.principals is None:
        return False
    if not statement.not_principal and not statement.principals.anybody:
        return False
    return not any(_fixes(clause) for clause in statement.conditions)


def _fixes(clause: Clause) -> bool:
    name = clause.name
    if clause.key not in _FIXING or name.operator is None or name.if_exists:
        return False
    if name.quantifier is Quantifier.ALL or name.operator.name not in _OPERATORS:
        return False
    return bool(clause.values) and all(_is_fixed(clause.key, value) for value in clause.values)


def _is_fixed(key: str, value: str) -> bool:
    if key == "aws:sourceip":
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError:
            return False
        return network.prefixlen >= _NARROWEST[network.version]
    if key == "aws:userid":
        # The part after the colon is a session's name.
        value = value.partition(":")[0]
    if key in {"aws:sourcearn", "aws:principalarn", "s3:dataaccesspointarn"}:
        parts = value.split(":")
        # An account that is fixed is enough; without one all of it has to be.
        account = parts[4] if len(parts) > 5 else "*"
        return account.isdigit() or (account == "" and not set(value) & {"*", "?"})
    return not set(value) & {"*", "?", "$"}


def _flag(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _either(one: bool | None, other: bool | None) -> bool | None:
    if one or other:
        return True
    return None if one is None or other is None else False
