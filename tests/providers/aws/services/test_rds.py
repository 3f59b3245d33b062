"""Databases, their snapshots and what they belong to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.reading import denied, read_resource

from cloudwarden.providers.aws.services import rds
from cloudwarden.schema.records import Verdict

ARN = "arn:aws:rds:eu-west-1:111122223333"


def snapshot(kind: str = "manual") -> dict[str, Any]:
    return {
        "DBSnapshots": [
            {
                "DBSnapshotIdentifier": "s",
                "DBSnapshotArn": f"{ARN}:snapshot:s",
                "DBInstanceIdentifier": "orders",
                "SnapshotType": kind,
                "Encrypted": False,
            }
        ]
    }


def attributes(*accounts: str) -> dict[str, Any]:
    shared = [{"AttributeName": "restore", "AttributeValues": list(accounts)}]
    return {"DBSnapshotAttributesResult": {"DBSnapshotAttributes": shared}}


def test_an_instance_has_what_checks_and_queries_read() -> None:
    instance = {
        "DBInstanceIdentifier": "orders",
        "DBInstanceArn": f"{ARN}:db:orders",
        "Endpoint": {"Address": "orders.example", "Port": 5432, "HostedZoneId": "Z"},
        "PubliclyAccessible": True,
        "StorageEncrypted": False,
        "AutoMinorVersionUpgrade": False,
        "DeletionProtection": False,
        "BackupRetentionPeriod": 0,
        "MultiAZ": False,
        "IAMDatabaseAuthenticationEnabled": False,
        "InstanceCreateTime": datetime(2026, 1, 1, tzinfo=UTC),
        "PendingModifiedValues": {"MasterUserPassword": "secret"},
        "TagList": [{"Key": "team", "Value": "shop"}],
    }
    asset = read_resource(
        rds.INSTANCE, {"rds:DescribeDBInstances": {"DBInstances": [instance]}}
    ).only()
    assert (asset.id, asset.name) == (f"{ARN}:db:orders", "orders")
    assert asset.tags == {"team": "shop"}
    expected = {
        "endpoint_address": "orders.example",
        "endpoint_port": 5432,
        "endpoint_hostedzoneid": "Z",
        "publicly_accessible": True,
        "storage_encrypted": False,
        "auto_minor_version_upgrade": False,
        "deletion_protection": False,
        "backup_retention_period": 0,
        "multi_az": False,
        "iam_database_authentication_enabled": False,
        "instance_create_time": "2026-01-01T00:00:00Z",
        "db_instance_identifier": "orders",
    }
    assert expected.items() <= asset.properties.items()
    assert "secret" not in str(asset.properties)


def test_an_instance_points_to_what_it_belongs_to() -> None:
    instance = {
        "DBInstanceIdentifier": "orders",
        "DBInstanceArn": f"{ARN}:db:orders",
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1"}],
        "DBSubnetGroup": {"DBSubnetGroupName": "inner", "VpcId": "vpc-1"},
        "DBClusterIdentifier": "main",
        "ReadReplicaSourceDBInstanceIdentifier": "arn:aws:rds:us-east-1:111122223333:db:first",
        "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/k",
    }
    asset = read_resource(
        rds.INSTANCE, {"rds:DescribeDBInstances": {"DBInstances": [instance]}}
    ).only()
    assert asset.properties["vpc_id"] == "vpc-1"
    assert {(one.type, one.target) for one in asset.relations} == {
        ("MEMBER_OF_EC2_SECURITY_GROUP", "sg-1"),
        ("MEMBER_OF_DB_SUBNET_GROUP", f"{ARN}:subgrp:inner"),
        ("IS_CLUSTER_MEMBER_OF", f"{ARN}:cluster:main"),
        ("IS_READ_REPLICA_OF", "arn:aws:rds:us-east-1:111122223333:db:first"),
        ("ENCRYPTED_BY", "arn:aws:kms:eu-west-1:111122223333:key/k"),
    }


@pytest.mark.parametrize(("shared", "public"), [((), False), (("all",), True), (("1",), False)])
def test_a_manual_snapshot_says_whom_it_is_shared_with(
    shared: tuple[str, ...], public: bool
) -> None:
    asset = read_resource(
        rds.SNAPSHOT,
        {
            "rds:DescribeDBSnapshots": snapshot(),
            "rds:DescribeDBSnapshotAttributes": attributes(*shared),
        },
    ).only()
    assert asset.properties["ispublic"] is public
    assert asset.properties["shared_with"] == list(shared)
    assert asset.relations[0].target == f"{ARN}:db:orders"


def test_an_automatic_snapshot_is_private_without_asking() -> None:
    found = read_resource(rds.SNAPSHOT, {"rds:DescribeDBSnapshots": snapshot("automated")})
    assert found.only().properties["ispublic"] is False
    assert len(found.requests) == 1


def test_a_snapshot_whose_sharing_is_denied_is_neither_public_nor_private() -> None:
    found = read_resource(
        rds.SNAPSHOT,
        {
            "rds:DescribeDBSnapshots": snapshot(),
            "rds:DescribeDBSnapshotAttributes": denied(),
        },
    )
    assert "ispublic" not in found.only().properties
    assert "rds:DescribeDBSnapshotAttributes" in found.only().unread
    assert found.reading.verdict is Verdict.PARTIAL


def test_a_subnet_group_holds_its_subnets() -> None:
    group = {
        "DBSubnetGroupName": "inner",
        "DBSubnetGroupArn": f"{ARN}:subgrp:inner",
        "VpcId": "vpc-1",
        "Subnets": [{"SubnetIdentifier": "subnet-1"}, {"SubnetIdentifier": "subnet-2"}],
    }
    asset = read_resource(
        rds.SUBNET_GROUP, {"rds:DescribeDBSubnetGroups": {"DBSubnetGroups": [group]}}
    ).only()
    subnets = {one.target for one in asset.relations if one.type == "RESOURCE"}
    assert subnets == {"subnet-1", "subnet-2"}


def test_an_event_subscription_monitors_only_what_its_source_type_says() -> None:
    subscription = {
        "CustSubscriptionId": "alerts",
        "EventSubscriptionArn": f"{ARN}:es:alerts",
        "SnsTopicArn": "arn:aws:sns:eu-west-1:111122223333:t",
        "SourceType": "db-cluster",
        "SourceIdsList": ["main"],
    }
    asset = read_resource(
        rds.EVENT_SUBSCRIPTION,
        {"rds:DescribeEventSubscriptions": {"EventSubscriptionsList": [subscription]}},
    ).only()
    assert {(one.type, one.target_label, one.target) for one in asset.relations} == {
        ("NOTIFIES", "AWSSNSTopic", "arn:aws:sns:eu-west-1:111122223333:t"),
        ("MONITORS", "AWSRDSCluster", f"{ARN}:cluster:main"),
    }
