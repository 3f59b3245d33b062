from datetime import UTC, datetime
from typing import Any

from tests.support.reading import ACCOUNT, Read, denied, read_resource

from cloudwarden.providers.aws.services.secretsmanager import RESOURCES
from cloudwarden.schema.records import Verdict

ARN = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:db-AbCdEf"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k-1"
ROTATOR = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:rotate"


def secrets(policy: Any = None) -> Read:
    secret = {
        "ARN": ARN,
        "Name": "db",
        "KmsKeyId": KEY,
        "RotationEnabled": True,
        "RotationLambdaARN": ROTATOR,
        "RotationRules": {"AutomaticallyAfterDays": 30},
        "LastRotatedDate": datetime(2024, 1, 2, tzinfo=UTC),
        "Tags": [{"Key": "team", "Value": "a"}],
    }
    answers = {
        "secretsmanager:ListSecrets": {"SecretList": [secret]},
        "secretsmanager:GetResourcePolicy": policy or {"ARN": ARN, "Name": "db"},
    }
    return read_resource(RESOURCES[0], answers)


def test_a_secret_says_how_it_is_kept_and_rotated() -> None:
    secret = secrets().only()

    assert (secret.id, secret.name, secret.tags) == (ARN, "db", {"team": "a"})
    assert secret.properties["rotation_enabled"] is True
    assert secret.properties["rotation_rules_automatically_after_days"] == 30
    assert secret.properties["last_rotated_date"] == "2024-01-02T00:00:00Z"
    assert {(r.type, r.target) for r in secret.relations} == {
        ("ENCRYPTED_BY", KEY),
        ("ROTATED_BY", ROTATOR),
    }


def test_a_secret_without_a_policy_is_open_to_nobody() -> None:
    secret = secrets().only()

    assert secret.properties["anonymous_access"] is False
    assert "policy" not in secret.properties


def test_a_denied_policy_is_unread() -> None:
    read = secrets(denied())

    assert read.reading.verdict is Verdict.PARTIAL
    assert set(read.only().unread) == {"secretsmanager:GetResourcePolicy"}
    assert "anonymous_access" not in read.only().properties
