"""AWS Backup: vaults, and who may copy into them or read from them."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Path, Resource, points_to
from cloudwarden.providers.aws.resource_policies import anonymous
from cloudwarden.schema.labels import PropertyType

_POLICY = "backup:GetBackupVaultAccessPolicy"

RESOURCES = (
    Resource(
        label="AWSBackupVault",
        aliases=("BackupVault",),
        description="A vault of recovery points: how it is locked, and who may use it.",
        list=Call("backup:ListBackupVaults", items="BackupVaultList[]"),
        details=(
            # A vault without a policy has none to be found.
            Call(_POLICY, absent=("ResourceNotFoundException",)),
            Call(
                "backup:ListTags", tags="Tags", parameters={"ResourceArn": Path("BackupVaultArn")}
            ),
        ),
        id="BackupVaultArn",
        arn="BackupVaultArn",
        name="BackupVaultName",
        types={"Policy": PropertyType.JSON},
        omit=("BackupVaultArn", "CreatorRequestId"),
        volatile=("NumberOfRecoveryPoints",),
        computed=anonymous(_POLICY, by="Policy"),
        relations=(points_to("AWSKMSKey", "ENCRYPTED_BY", by="EncryptionKeyArn"),),
    ),
)
