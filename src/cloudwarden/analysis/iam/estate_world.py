"""The world of access out of collected assets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam import beside_policies, organization_world
from cloudwarden.analysis.iam.beside_policies import BesidePolicies
from cloudwarden.analysis.iam.organization_world import accounts_of
from cloudwarden.analysis.iam.patterns import ARN_PARTS
from cloudwarden.analysis.iam.world import (
    UNREAD,
    Attachment,
    PolicyText,
    Principal,
    PrincipalKind,
    ResourceRow,
    Resources,
    Unread,
    World,
)

DETAILS = "iam:GetAccountAuthorizationDetails"


@dataclass(frozen=True, slots=True)
class ResourceLabel:
    """Where the assets of a label keep what decides who may use them.

    `policy` is the property that holds the resource's own policy, `operation` what provides it;
    without them the label has no policies. `properties` are those that ARNs of what is in it are
    made of. `tells_tags` is whether its assets have all the tags that conditions compare: those of
    some are not read, and those of buckets count only once that is switched on for a bucket.
    """

    policy: str = ""
    operation: str = ""
    properties: tuple[str, ...] = ()
    tells_tags: bool = True

    def tags_of(self, asset: EstateAsset) -> Mapping[str, str] | None:
        """The tags that conditions compare; None where they are not known."""
        if not self.tells_tags or any("Tag" in operation for operation in asset.unread):
            return None
        return asset.tags or _NO_TAGS


_NO_TAGS: Mapping[str, str] = {}

#: Every label that questions ask about or that has policies of its own.
RESOURCE_LABELS: Mapping[str, ResourceLabel] = {
    "AWSAPIGatewayRestAPI": ResourceLabel("policy", "apigateway:GetRestApis"),
    "AWSBedrockAgentCoreRuntime": ResourceLabel(
        "policy", "bedrock-agentcore-control:GetResourcePolicy"
    ),
    "AWSBackupVault": ResourceLabel("policy", "backup:GetBackupVaultAccessPolicy"),
    "AWSCloudFormationStack": ResourceLabel(),
    "AWSCloudWatchLogResourcePolicy": ResourceLabel(
        "policy", "logs:DescribeResourcePolicies", tells_tags=False
    ),
    "AWSDynamoDBTable": ResourceLabel("policy", "dynamodb:GetResourcePolicy"),
    "AWSEC2Instance": ResourceLabel(),
    "AWSECRRepository": ResourceLabel("policy", "ecr:GetRepositoryPolicy", tells_tags=False),
    "AWSECSTask": ResourceLabel(),
    "AWSEKSCluster": ResourceLabel(),
    "AWSESDomain": ResourceLabel("policy", "opensearch:DescribeDomains"),
    "AWSEfsFileSystem": ResourceLabel("policy", "efs:DescribeFileSystemPolicy"),
    "AWSEventBridgeEventBus": ResourceLabel("policy", "events:ListEventBuses"),
    "AWSGlueResourcePolicy": ResourceLabel("policy", "glue:GetResourcePolicy", tells_tags=False),
    "AWSGroup": ResourceLabel(),
    "AWSKMSKey": ResourceLabel("policy", "kms:GetKeyPolicy", ("key_manager",)),
    "AWSLambda": ResourceLabel("policy", "lambda:GetPolicy"),
    "AWSLambdaLayerVersion": ResourceLabel(
        "policy", "lambda:GetLayerVersionPolicy", tells_tags=False
    ),
    "AWSManagedPolicy": ResourceLabel(tells_tags=False),
    "AWSRDSInstance": ResourceLabel(properties=("dbi_resource_id",)),
    "AWSRedshiftCluster": ResourceLabel(),
    "AWSRole": ResourceLabel("assume_role_policy_document", DETAILS),
    "AWSS3AccessPoint": ResourceLabel("policy", "s3control:GetAccessPointPolicy"),
    "AWSS3Bucket": ResourceLabel("policy", "s3:GetBucketPolicy", tells_tags=False),
    "AWSS3MultiRegionAccessPoint": ResourceLabel(
        "policy", "s3control:GetMultiRegionAccessPointPolicy", tells_tags=False
    ),
    "AWSSNSTopic": ResourceLabel("policy", "sns:GetTopicAttributes"),
    "AWSSQSQueue": ResourceLabel("policy", "sqs:GetQueueAttributes"),
    "AWSSSMParameter": ResourceLabel(),
    "AWSSecretsManagerSecret": ResourceLabel("policy", "secretsmanager:GetResourcePolicy"),
    "AWSUser": ResourceLabel(),
    "AWSVpcEndpoint": ResourceLabel("policy_document", "ec2:DescribeVpcEndpoints"),
}

#: Stands for the policies of groups that nothing names.
_UNREAD_GROUPS = "policies of its groups"

_KINDS = {
    "AWSUser": PrincipalKind.USER,
    "AWSRole": PrincipalKind.ROLE,
    "AWSGroup": PrincipalKind.GROUP,
}
_POLICIES = ("AWSManagedPolicy", "AWSInlinePolicy")

#: The labels that `world_of` reads.
LABELS = frozenset(
    {*RESOURCE_LABELS, *_KINDS, *_POLICIES, "AWSInstanceProfile", *organization_world.LABELS}
    | beside_policies.LABELS
)


def world_of(estate: Estate) -> World:
    """Everything that decides access, as far as it was read.

    An account without a listing of its principals, or with one that was cut short, has
    `lists_principals` unset.
    """
    partitions = {a.account: _partition(a) for a in estate.assets(*_KINDS)}
    listed = {account for account in estate.accounts if estate.whole("AWSUser", account)}
    accounts = [
        account if account.id in listed else replace(account, lists_principals=False)
        for account in accounts_of(estate, partitions)
    ]
    texts: dict[str, str] = {}
    beside = BesidePolicies(estate)
    return World(
        accounts,
        _Principals(estate, texts).all(),
        (
            Resources(label, _rows(estate, label, kept, texts, beside))
            for label, kept in RESOURCE_LABELS.items()
        ),
    )


class _Principals:
    """Principals with the policies that bear on them; equal texts become one object."""

    def __init__(self, estate: Estate, texts: dict[str, str]) -> None:
        self._estate = estate
        self._texts = texts
        # AWS's own policies are read in every account that uses them.
        self._documents = {
            asset.id: _required_text(asset, "policy", DETAILS, texts)
            for asset in estate.assets(*_POLICIES)
        }
        self._profiles: dict[str, list[str]] = defaultdict(list)
        for profile in estate.assets("AWSInstanceProfile"):
            for role in profile.targets("ASSOCIATED_WITH"):
                self._profiles[role].append(_arn(profile))

    def all(self) -> Iterator[Principal]:
        carried = {a.id: tuple(self._attached(a)) for a in self._estate.assets("AWSGroup")}
        for label, kind in _KINDS.items():
            for asset in self._estate.assets(label):
                yield self._principal(asset, kind, carried)

    def _principal(
        self,
        asset: EstateAsset,
        kind: PrincipalKind,
        carried: Mapping[str, tuple[Attachment, ...]],
    ) -> Principal:
        groups = tuple(asset.targets("MEMBER_AWS_GROUP"))
        policies = list(self._attached(asset))
        for group in groups:
            through = f"group {group.rpartition('/')[2]}"
            if group in carried:
                policies += [Attachment(p.policy, p.document, through) for p in carried[group]]
            else:
                policies.append(Attachment(group, UNREAD, through))
        if DETAILS in asset.unread:
            # Groups of it were not read: what these grant may be anything.
            policies.append(Attachment(_UNREAD_GROUPS, UNREAD, "groups that were not read"))
        boundary = asset.get("permissions_boundary_arn")
        trust: PolicyText | None = None
        if kind is PrincipalKind.ROLE:
            trust = _required_text(asset, "assume_role_policy_document", DETAILS, self._texts)
        return Principal(
            kind,
            asset.id,
            asset.account,
            asset.name or asset.id.rpartition("/")[2],
            id=asset.get("userid") or asset.get("roleid") or asset.get("groupid") or "",
            path=asset.get("path") or "/",
            tags=asset.tags,
            policies=tuple(policies),
            boundary=self._attachment(boundary, "boundary") if boundary else None,
            trust=trust,
            groups=groups,
            instance_profiles=tuple(self._profiles.get(asset.id, ())),
        )

    def _attached(self, asset: EstateAsset) -> Iterator[Attachment]:
        for relation in asset.relations:
            if relation.type == "POLICY" and not relation.incoming:
                inline = relation.target_label == "AWSInlinePolicy"
                yield self._attachment(relation.target, "inline" if inline else "managed")

    def _attachment(self, policy: str, through: str) -> Attachment:
        return Attachment(policy, self._documents.get(policy, UNREAD), through)


def _rows(
    estate: Estate,
    label: str,
    kept: ResourceLabel,
    texts: dict[str, str],
    beside: BesidePolicies,
) -> Iterator[ResourceRow]:
    for asset in _once(estate.assets(label)):
        arn = _arn(asset)
        if not arn:
            continue
        policy: PolicyText | None = None
        if kept.policy:
            policy = _policy_text(asset, kept.policy, kept.operation, texts)
            if label in _ALWAYS_HAVE_ONE and policy is None:
                policy = UNREAD
            if not isinstance(policy, Unread):
                policy = beside.joined(asset, policy)
        yield ResourceRow(
            label,
            arn,
            asset.id,
            _owner(asset, arn),
            asset.region,
            asset.name or "",
            policy,
            kept.tags_of(asset),
            {name: str(asset.get(name) or "") for name in kept.properties},
            beside.doubt(asset),
        )


#: A key or role without a policy is not one that has none: it was not read.
_ALWAYS_HAVE_ONE = frozenset({"AWSKMSKey", "AWSRole"})


def _once(assets: Iterable[EstateAsset]) -> Iterable[EstateAsset]:
    """Each asset once, whoever it was shared with: as its owner tells of it, where that is read."""
    found: dict[str, EstateAsset] = {}
    for asset in assets:
        known = found.get(asset.id)
        if known is None or _owner(asset, _arn(asset)) == asset.account:
            found[asset.id] = asset
    return found.values()


def _owner(asset: EstateAsset, arn: str) -> str:
    """The account that a resource belongs to: its ARN says, or else who read it."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and parts[4].isdigit() else asset.account


def own_policy(asset: EstateAsset) -> PolicyText | None:
    """What a resource's own policy says; None where it has none, or things like it cannot."""
    kept = RESOURCE_LABELS.get(asset.label)
    if kept is None or not kept.policy:
        return None
    return _policy_text(asset, kept.policy, kept.operation, {})


def _required_text(
    asset: EstateAsset, name: str, operation: str, texts: dict[str, str]
) -> PolicyText:
    """The text of a policy that there must be: without one it was not read."""
    return _policy_text(asset, name, operation, texts) or UNREAD


def _policy_text(
    asset: EstateAsset, name: str, operation: str, texts: dict[str, str]
) -> PolicyText | None:
    """A policy's text, `UNREAD`, or None where there is none."""
    if operation in asset.unread:
        return UNREAD
    value: Any = asset.get(name)
    return texts.setdefault(str(value), str(value)) if value else None


def _arn(asset: EstateAsset) -> str:
    """The ARN; empty where it has none, which no policy can then speak of."""
    arn = str(asset.get("arn") or asset.id)
    return arn if arn.startswith("arn:") and arn.count(":") >= ARN_PARTS - 1 else ""


def _partition(asset: EstateAsset) -> str:
    return asset.id.split(":")[1] if asset.id.startswith("arn:") else "aws"
