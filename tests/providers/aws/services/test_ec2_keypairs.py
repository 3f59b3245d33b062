"""Key pairs."""

from __future__ import annotations

import pytest
from tests.support.live import declared
from tests.support.reading import ACCOUNT, REGION, denied, read_resource

from cloudwarden.schema.records import Verdict

KEY_PAIR = declared("ec2_keypairs", "AWSEC2KeyPair")
MD5 = ":".join(["ab"] * 16)
SHA1 = ":".join(["ab"] * 20)


@pytest.mark.parametrize(
    ("kind", "fingerprint", "uploaded"),
    [("rsa", MD5, True), ("rsa", SHA1, False), ("ed25519", "x" * 43 + "=", None)],
)
def test_the_fingerprint_tells_whether_a_key_was_uploaded(
    kind: str, fingerprint: str, uploaded: bool | None
) -> None:
    key = {
        "KeyName": "ops",
        "KeyPairId": "key-1",
        "KeyType": kind,
        "KeyFingerprint": fingerprint,
        "Tags": [{"Key": "team", "Value": "shop"}],
    }
    found = read_resource(KEY_PAIR, {"ec2:DescribeKeyPairs": {"KeyPairs": [key]}}).only()
    assert found.id == f"arn:aws:ec2:{REGION}:{ACCOUNT}:key-pair/ops"
    assert (found.name, found.tags) == ("ops", {"team": "shop"})
    assert found.properties["keyname"] == "ops"
    assert found.properties["keyfingerprint"] == fingerprint
    assert found.properties.get("user_uploaded") is uploaded


def test_denied_key_pairs_are_a_verdict() -> None:
    result = read_resource(KEY_PAIR, {"ec2:DescribeKeyPairs": denied()})
    assert result.reading.verdict is Verdict.DENIED
