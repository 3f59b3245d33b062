from typing import Any

from tests.support.reading import ACCOUNT, Read, denied, read_resource

from cloudwarden.providers.aws.services.ram import RESOURCES
from cloudwarden.schema.records import Verdict

ARN = f"arn:aws:ram:eu-west-1:{ACCOUNT}:resource-share/s-1"
SUBNET = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:subnet/subnet-1"
LISTED = {
    "resourceShareArn": ARN,
    "name": "network",
    "status": "ACTIVE",
    "allowExternalPrincipals": True,
    "tags": [{"key": "team", "value": "a"}],
}


def _associations(parameters: dict[str, Any]) -> dict[str, Any]:
    entities = {
        "PRINCIPAL": [("444455556666", False, "ASSOCIATED"), ("999999999999", True, "ASSOCIATING"),
                      ("888888888888", True, "DISASSOCIATED")],
        "RESOURCE": [(SUBNET, False, "ASSOCIATED")],
    }  # fmt: skip
    return {
        "resourceShareAssociations": [
            {"resourceShareArn": ARN, "associatedEntity": entity, "external": external,
             "status": status}
            for entity, external, status in entities[parameters["associationType"]]
        ]
    }  # fmt: skip


def shares(*listed: dict[str, Any], associations: Any = _associations) -> Read:
    return read_resource(
        RESOURCES[0],
        {
            "ram:GetResourceShares": {"resourceShares": list(listed)},
            "ram:GetResourceShareAssociations": associations,
        },
    )


def test_a_share_says_what_is_shared_with_whom() -> None:
    share = shares(LISTED).only()

    assert (share.id, share.name, share.tags) == (ARN, "network", {"team": "a"})
    assert share.properties["shared_with"] == ["444455556666", "999999999999"]
    assert share.properties["external_principals"] == ["999999999999"]
    assert share.properties["shared_resources"] == [SUBNET]
    assert share.properties["allow_external_principals"] is True


def test_a_region_without_shares_takes_one_call() -> None:
    read = shares({**LISTED, "status": "DELETED"})

    assert (read.reading.verdict, len(read.requests)) == (Verdict.COMPLETE, 1)
    assert not read.assets


def test_denied_associations_leave_it_unknown_with_whom_a_share_is_shared() -> None:
    read = shares(LISTED, associations=denied())

    assert read.reading.verdict is Verdict.PARTIAL
    assert set(read.only().unread) == {"ram:GetResourceShareAssociations"}
    assert "shared_with" not in read.only().properties
