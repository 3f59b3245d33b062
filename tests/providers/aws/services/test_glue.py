import json
from datetime import UTC, datetime
from typing import Any

from tests.support.reading import ACCOUNT, Read, denied, failed, read_resource

from cloudwarden.providers.aws.services.glue import RESOURCES
from cloudwarden.schema.records import Verdict

POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})


def policies(answer: Any) -> Read:
    return read_resource(RESOURCES[0], {"glue:GetResourcePolicy": answer})


def test_the_policy_of_a_catalog_is_one_asset_a_region() -> None:
    changed = datetime(2024, 1, 2, tzinfo=UTC)
    found = policies({"PolicyInJson": POLICY, "PolicyHash": "h", "UpdateTime": changed}).only()

    assert found.id == f"{ACCOUNT}:eu-west-1:glue-resource-policy"
    assert found.properties == {
        "policy": POLICY,
        "policy_hash": "h",
        "update_time": "2024-01-02T00:00:00Z",
    }


def test_a_catalog_without_a_policy_is_a_fact() -> None:
    for none in ({}, failed("EntityNotFoundException")):
        read = policies(none)
        assert (read.reading.verdict, list(read.reading.assets)) == (Verdict.COMPLETE, [])


def test_a_denied_policy_of_a_catalog_is_not_taken_for_none() -> None:
    read = policies(denied())

    assert read.reading.verdict is Verdict.DENIED
