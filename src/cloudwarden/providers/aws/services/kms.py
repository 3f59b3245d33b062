"""AWS KMS: keys with their policy, rotation and grants, and aliases."""

from __future__ import annotations

from typing import Any

from cloudwarden.providers.aws.declarations import Call, Document, Part, Resource, points_to
from cloudwarden.providers.aws.resource_policies import anonymous

# Automatic rotation exists only for these; asking about others is an error.
_ROTATES = (
    "KeyManager == 'CUSTOMER' && KeySpec == 'SYMMETRIC_DEFAULT' && Origin == 'AWS_KMS' && Enabled"
)


def _key_of_alias(key_id: Any, alias: Document) -> str | None:
    """The target's id as `AWSKMSKey` spells it: a multi-region key's is its ARN."""
    if not str(key_id).startswith("mrk-"):
        return str(key_id)
    return f"{str(alias['AliasArn']).partition(':alias/')[0]}:key/{key_id}"


RESOURCES = (
    Resource(
        label="AWSKMSKey",
        aliases=("KMSKey",),
        groups=("EncryptionKey",),
        list=Call("kms:ListKeys", items="Keys[]", parameters={"Limit": 1000}),
        details=(
            Call("kms:DescribeKey", items="KeyMetadata"),
            Call("kms:GetKeyRotationStatus", when=_ROTATES),
            Call("kms:GetKeyPolicy", parameters={"PolicyName": "default"}),
            Call("kms:ListResourceTags", tags="Tags"),
        ),
        # Replicas of a multi-region key share its key id, so theirs is the ARN.
        id="MultiRegion && Arn || KeyId",
        arn="KeyArn",
        name="KeyId",
        omit=("KeyArn", "PolicyName", "AWSAccountId"),
        computed=anonymous("kms:GetKeyPolicy", by="Policy"),
        parts=(
            Part(
                label="AWSKMSGrant",
                aliases=("KMSGrant",),
                list=Call("kms:ListGrants", items="Grants[]", parameters={"Limit": 100}),
                id="GrantId",
                name="Name",
                parent_relation="APPLIED_ON",
                description="A grant: who may use a key without its policy saying so.",
            ),
        ),
        description="A key, the account's own or AWS's.",
    ),
    Resource(
        label="AWSKMSAlias",
        aliases=("KMSAlias",),
        list=Call("kms:ListAliases", items="Aliases[]", parameters={"Limit": 100}),
        id="AliasArn",
        arn="AliasArn",
        name="AliasName",
        omit=("AliasArn",),
        relations=(points_to("AWSKMSKey", "KNOWN_AS", by="TargetKeyId", transform=_key_of_alias),),
        description="A name for a key.",
    ),
)
