import json

from tests.support.reading import ACCOUNT, Read, denied, failed, read_resource

from cloudwarden.providers.aws.services.backup import RESOURCES
from cloudwarden.schema.records import Verdict

ARN = f"arn:aws:backup:eu-west-1:{ACCOUNT}:backup-vault:nightly"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k-1"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
VAULT = {
    "BackupVaultName": "nightly",
    "BackupVaultArn": ARN,
    "EncryptionKeyArn": KEY,
    "Locked": True,
    "NumberOfRecoveryPoints": 3,
}


def vaults(policy: object) -> Read:
    answers = {
        "backup:ListBackupVaults": {"BackupVaultList": [VAULT]},
        "backup:GetBackupVaultAccessPolicy": policy,
        "backup:ListTags": {"Tags": {"team": "a"}},
    }
    return read_resource(RESOURCES[0], answers)


def test_a_vault_says_how_it_is_kept_and_who_may_use_it() -> None:
    vault = vaults({"BackupVaultArn": ARN, "Policy": POLICY}).only()

    assert (vault.id, vault.name, vault.tags) == (ARN, "nightly", {"team": "a"})
    assert (vault.properties["policy"], vault.properties["locked"]) == (POLICY, True)
    assert [(edge.type, edge.target) for edge in vault.relations] == [("ENCRYPTED_BY", KEY)]


def test_a_vault_whose_policy_is_not_found_has_none() -> None:
    read = vaults(failed("ResourceNotFoundException"))

    assert read.reading.verdict is Verdict.COMPLETE
    assert "policy" not in read.only().properties
    assert read.only().properties["anonymous_access"] is False


def test_a_denied_policy_of_a_vault_is_unread() -> None:
    read = vaults(denied())

    assert read.reading.verdict is Verdict.PARTIAL
    assert set(read.only().unread) == {"backup:GetBackupVaultAccessPolicy"}
