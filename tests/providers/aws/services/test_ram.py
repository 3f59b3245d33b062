import json
from typing import Any

import pytest
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


PERMISSION = "arn:aws:ram::aws:permission/AWSRAMDefaultPermissionSubnet"
TEXT = json.dumps({"Effect": "Allow", "Action": ["ec2:RunInstances", "ec2:DescribeSubnets"]})


def shares(*listed: dict[str, Any], associations: Any = _associations, **changed: Any) -> Read:
    answers = {
        "GetResourceShares": {"resourceShares": list(listed)},
        "GetResourceShareAssociations": associations,
        "ListResourceSharePermissions": {"permissions": [{"arn": PERMISSION, "version": "2"}]},
        "GetPermission": {"permission": {"arn": PERMISSION, "permission": TEXT}},
        "ListSourceAssociations": {"sourceAssociations": []},
    }
    renamed = {f"ram:{name}": answer for name, answer in (answers | changed).items()}
    return read_resource(RESOURCES[0], renamed)


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


def test_a_share_tells_what_its_permissions_let_do_and_reads_each_once() -> None:
    other = {**LISTED, "resourceShareArn": f"{ARN}2"}
    read = shares(LISTED, other)

    for share in read.assets.values():
        assert share.properties["permissions"] == [PERMISSION]
        assert share.properties["allowed_actions"] == ["ec2:DescribeSubnets", "ec2:RunInstances"]
    (request,) = [one for one in read.requests if one.operation == "ram:GetPermission"]
    assert request.parameters == {"permissionArn": PERMISSION, "permissionVersion": 2}
    assert "ram:ListSourceAssociations" not in read.reading.operations


@pytest.mark.parametrize("operation", ["ListResourceSharePermissions", "GetPermission"])
def test_permissions_that_were_denied_are_unread(operation: str) -> None:
    read = shares(LISTED, **{operation: denied()})
    share = read.only()
    assert read.reading.listed

    assert set(share.unread) == {f"ram:{operation}"}
    assert "allowed_actions" not in share.properties
    assert share.properties["shared_with"] == ["444455556666", "999999999999"]


def test_a_share_leads_to_what_it_shares_and_to_whom() -> None:
    share = shares(LISTED).only()

    assert {(edge.type, edge.target_label, edge.target) for edge in share.relations} == {
        ("SHARED_WITH", "AWSAccount", "444455556666"),
        ("SHARED_WITH", "AWSAccount", "999999999999"),
        ("SHARES", "AWSEC2Subnet", "subnet-1"),
    }
    assert share.properties["pending_principals"] == ["999999999999"]


def _to_a_service(parameters: dict[str, Any]) -> dict[str, Any]:
    entity = SUBNET if parameters["associationType"] == "RESOURCE" else "sns.amazonaws.com"
    one = {"resourceShareArn": ARN, "associatedEntity": entity, "status": "ASSOCIATED"}
    return {"resourceShareAssociations": [one]}


def test_the_sources_that_tie_a_service_are_asked_for() -> None:
    tied = {"resourceShareArn": ARN, "sourceId": "999999999999", "status": "ASSOCIATED"}
    told = {"ListSourceAssociations": {"sourceAssociations": [tied]}}

    share = shares(LISTED, associations=_to_a_service, **told).only()

    assert share.properties["sources"] == ["999999999999"]
    unread = shares(LISTED, associations=_to_a_service, ListSourceAssociations=denied()).only()
    assert set(unread.unread) == {"ram:ListSourceAssociations"}
    assert "sources" not in unread.properties


def test_all_pages_of_permissions_are_read() -> None:
    def pages(parameters: dict[str, Any]) -> dict[str, Any]:
        if "nextToken" in parameters:
            return {"permissions": [{"arn": f"{PERMISSION}2", "version": "1"}]}
        return {"permissions": [{"arn": PERMISSION, "version": "2"}], "nextToken": "t"}

    share = shares(LISTED, ListResourceSharePermissions=pages).only()

    assert share.properties["permissions"] == [PERMISSION, f"{PERMISSION}2"]
