"""Which accounts the estate's resources name: in trust, in policies, by peering and sharing.

An account that nobody collects is foreign, and not audited; these relations say who lets it in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.vocabulary import Vocabulary
from cloudwarden.core.json import loads
from cloudwarden.schema.common import ACCOUNT
from cloudwarden.schema.derived import Certainty, DerivedRelations
from cloudwarden.schema.labels import PropertyType, RelationKind

NAMES: Final = "NAMES_ACCOUNT"

#: The properties that hold a policy which may name other accounts, by label.
POLICIES: Final[Mapping[str, str]] = {
    "AWSRole": "assume_role_policy_document",
    "AWSAPIGatewayRestAPI": "policy",
    "AWSDynamoDBTable": "policy",
    "AWSS3AccessPoint": "policy",
    "AWSS3MultiRegionAccessPoint": "policy",
    "AWSS3Bucket": "policy",
    "AWSKMSKey": "policy",
    "AWSSQSQueue": "policy",
    "AWSSNSTopic": "policy",
    "AWSSecretsManagerSecret": "policy",
    "AWSLambda": "policy",
    "AWSLambdaLayerVersion": "policy",
    "AWSECRRepository": "policy",
    "AWSEfsFileSystem": "policy",
    "AWSESDomain": "policy",
    "AWSEventBridgeEventBus": "policy",
    "AWSBackupVault": "policy",
    "AWSGlueResourcePolicy": "policy",
    "AWSCloudWatchLogResourcePolicy": "policy",
    "AWSVpcEndpoint": "policy_document",
}

#: The properties that hold accounts at the other end, by label: ids, or ARNs of their own.
ACCOUNTS: Final[Mapping[str, tuple[str, ...]]] = {
    "AWSPeeringConnection": ("accepter_owner_id", "requester_owner_id"),
    "AWSTransitGatewayAttachment": ("resource_owner_id", "transit_gateway_owner_id"),
    "AWSTransitGateway": ("ownerid",),
    "AWSEC2Image": ("owner", "shared_with"),
    "AWSEBSSnapshot": ("ownerid", "shared_with"),
    "AWSRDSSnapshot": ("shared_with",),
    "AWSRDSClusterSnapshot": ("shared_with",),
    "AWSRAMResourceShare": ("shared_with",),
    "AWSKMSGrant": ("grantee_principal",),
}

LABELS: Final = frozenset({*POLICIES, *ACCOUNTS})

VOCABULARY: Final = Vocabulary(
    relations=tuple(
        RelationKind(
            NAMES,
            label,
            ACCOUNT,
            properties={"through": PropertyType.STRING},
            description="It names the account, which is not its own.",
            carriers=(label,),
        )
        for label in sorted(LABELS)
    )
)

_KEYS = frozenset(
    {"aws:principalaccount", "aws:principalarn", "aws:sourceaccount", "aws:sourcearn",
     "aws:sourceowner", "kms:calleraccount"}
)  # fmt: skip
_ID = re.compile(r"\d{12}")
_ARN = re.compile(r"arn:[^:]*:[^:]*:[^:]*:(\d{12}):")


def derive(estate: Estate) -> Iterator[DerivedRelations]:
    """A relation from each asset to each account, other than its own, that it names."""
    for label in sorted(LABELS):
        found = [
            (asset.id, account, through)
            for asset in estate.assets(label)
            for account, through in sorted(_named(asset).items())
            if account != asset.account
        ]
        if found:
            ids, accounts, throughs = zip(*found, strict=True)
            yield DerivedRelations(
                NAMES,
                label,
                ACCOUNT,
                ids,
                accounts,
                [Certainty.SURE] * len(ids),
                columns={"through": throughs},
                implied={account: {} for account in accounts},
            )


def _named(asset: EstateAsset) -> dict[str, str]:
    """The accounts that an asset names, and where it does."""
    found: dict[str, str] = {}
    for name in ACCOUNTS.get(asset.label, ()):
        # Images of Amazon's own accounts are everywhere and say nothing.
        if asset.get("image_owner_alias"):
            continue
        for text in map(str, _list(asset.get(name))):
            account = _account(text)
            if account is not None:
                found.setdefault(account, name)
    held_by = POLICIES.get(asset.label)
    document = asset.get(held_by) if held_by else None
    if isinstance(document, str):
        for account in _in_policy(document):
            found.setdefault(account, "trust policy" if asset.label == "AWSRole" else "policy")
    return found


def _in_policy(text: str) -> Iterator[str]:
    """The accounts that statements of a policy allow; what is no policy names none."""
    try:
        document = loads(text)
    except ValueError:
        return
    statements = document.get("Statement") if isinstance(document, dict) else None
    for statement in _list(statements):
        if isinstance(statement, dict) and statement.get("Effect") == "Allow":
            principal = statement.get("Principal")
            named = principal.get("AWS") if isinstance(principal, dict) else principal
            for one in (*_list(named), *_compared(statement.get("Condition"))):
                account = _account(str(one))
                if account is not None:
                    yield account


def _compared(conditions: Any) -> Iterator[Any]:
    """What callers, or the sources that services act for, have to be."""
    for operator, tests in conditions.items() if isinstance(conditions, dict) else ():
        # Whoever is excluded is not let in.
        if "not" in operator.lower() or not isinstance(tests, dict):
            continue
        for key, values in tests.items():
            if key.lower() in _KEYS:
                yield from _list(values)


def _account(text: str) -> str | None:
    """The account of twelve digits or an ARN; an organization's is that of its management."""
    found = _ID.fullmatch(text) or _ARN.match(text)
    return found[found.lastindex or 0] if found and ":organizations:" not in text else None


def _list(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)
