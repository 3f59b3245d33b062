"""EBS volumes and snapshots."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.support.live import declared, edges, read_live
from tests.support.moto import Aws
from tests.support.reading import ACCOUNT, REGION, denied, read_resource

from cloudwarden.schema.records import Verdict

VOLUME = declared("ec2_storage", "AWSEBSVolume")
SNAPSHOT = declared("ec2_storage", "AWSEBSSnapshot")
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"


def snapshots(*names: str) -> dict[str, Any]:
    return {
        "Snapshots": [
            {"SnapshotId": one, "VolumeId": "vol-1", "Encrypted": False, "OwnerId": ACCOUNT}
            for one in names
        ]
    }


def test_a_volume_has_its_properties_tags_and_edges() -> None:
    volume = {
        "VolumeId": "vol-1",
        "VolumeType": "gp3",
        "Size": 8,
        "State": "in-use",
        "Encrypted": True,
        "KmsKeyId": KEY,
        "SnapshotId": "snap-1",
        "CreateTime": datetime(2026, 1, 31, tzinfo=UTC),
        "Attachments": [{"InstanceId": "i-1", "DeleteOnTermination": True}],
        "Tags": [{"Key": "Name", "Value": "data"}],
    }
    found = read_resource(VOLUME, {"ec2:DescribeVolumes": {"Volumes": [volume]}}).only()
    assert found.properties == {
        "volumeid": "vol-1",
        "type": "gp3",
        "size": 8,
        "state": "in-use",
        "encrypted": True,
        "kmskeyid": KEY,
        "snapshotid": "snap-1",
        "createtime": "2026-01-31T00:00:00Z",
        "deleteontermination": True,
        "arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-1",
    }
    assert (found.name, found.tags) == ("data", {"Name": "data"})
    assert edges(found) == {
        ("ATTACHED_TO", "i-1"),
        ("RESTORED_FROM", "snap-1"),
        ("ENCRYPTED_BY", KEY),
    }


def test_denied_volumes_are_a_verdict() -> None:
    result = read_resource(VOLUME, {"ec2:DescribeVolumes": denied()})
    assert result.reading.verdict is Verdict.DENIED
    assert not result.reading.listed


def test_a_snapshot_tells_with_whom_it_is_shared() -> None:
    shared = {
        "snap-open": [{"Group": "all"}],
        "snap-closed": [],
        "snap-lent": [{"UserId": "999999999999"}, {"UserId": "222222222222"}],
    }
    result = read_resource(
        SNAPSHOT,
        {
            "ec2:DescribeSnapshots": snapshots(*shared),
            "ec2:DescribeSnapshotAttribute": lambda parameters: {
                "CreateVolumePermissions": shared[parameters["SnapshotId"]]
            },
        },
    )
    told = {n: (a.properties["ispublic"], a.properties["shared_with"])
            for n, a in result.assets.items()}  # fmt: skip
    assert told == {
        "snap-open": (True, ["all"]),
        "snap-closed": (False, []),
        "snap-lent": (False, ["222222222222", "999999999999"]),
    }
    assert result.reading.operations == {
        "ec2:DescribeSnapshots": 1,
        "ec2:DescribeSnapshotAttribute": 3,
    }
    assert edges(result.assets["snap-open"]) == {("CREATED_FROM", "vol-1")}


def test_a_snapshot_whose_permissions_are_denied_is_neither_public_nor_private() -> None:
    result = read_resource(
        SNAPSHOT,
        {
            "ec2:DescribeSnapshots": snapshots("snap-1"),
            "ec2:DescribeSnapshotAttribute": denied(),
        },
    )
    snapshot = result.only()
    assert not {"ispublic", "shared_with"} & snapshot.properties.keys()
    assert snapshot.unread["ec2:DescribeSnapshotAttribute"].verdict is Verdict.DENIED
    assert result.reading.verdict is Verdict.PARTIAL


def test_snapshots_of_a_moto_account_are_its_own(aws: Aws) -> None:
    ec2 = aws.client("ec2")
    volume = ec2.create_volume(Size=1, AvailabilityZone="us-east-1a")["VolumeId"]
    ids = [ec2.create_snapshot(VolumeId=volume)["SnapshotId"] for _ in range(2)]
    ec2.modify_snapshot_attribute(
        SnapshotId=ids[0],
        Attribute="createVolumePermission",
        OperationType="add",
        GroupNames=["all"],
    )
    found = read_live(aws, SNAPSHOT).assets
    assert {name: asset.properties["ispublic"] for name, asset in found.items()} == {
        ids[0]: True,
        ids[1]: False,
    }
