"""Amazon RDS and Aurora: instances, clusters, snapshots, subnet and parameter groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jmespath

from cloudwarden.providers.aws.declarations import (
    Call,
    Computed,
    Document,
    Points,
    Resource,
    points_to,
)
from cloudwarden.schema.labels import PropertyType


def _sibling(own_arn: str, kind: str) -> Callable[[Any, Document], str | None]:
    """Maps an identifier to the ARN of that `kind` in the account and region of `own_arn`.

    RDS names neighbours by bare identifier within a region and by ARN across regions.
    """

    def transform(identifier: Any, document: Document) -> str | None:
        if not identifier or str(identifier).startswith("arn:"):
            return identifier or None
        own = document.get(own_arn)
        if not own:
            return None
        return ":".join([*str(own).split(":")[:5], kind, str(identifier)])

    return transform


def _shared_with(document: Document) -> list[str]:
    """The accounts that a snapshot was shared with; `all` is everybody."""
    return sorted(
        jmespath.search("Restore[?AttributeName=='restore'][].AttributeValues[]", document) or []
    )


def _is_public(document: Document) -> bool:
    return "all" in _shared_with(document)


def _sharing(operation: str) -> tuple[Computed, ...]:
    return (
        Computed(
            "ispublic",
            PropertyType.BOOLEAN,
            _is_public,
            operation,
            "Whether any AWS account may restore it.",
        ),
        Computed(
            "shared_with",
            PropertyType.STRINGS,
            _shared_with,
            operation,
            "Accounts that may restore it; `all` means every one.",
        ),
    )


_SECURITY_GROUPS = points_to(
    "AWSEC2SecurityGroup",
    "MEMBER_OF_EC2_SECURITY_GROUP",
    by="VpcSecurityGroups[].VpcSecurityGroupId",
)


def _subnet_group(by: str, own_arn: str) -> Points:
    return points_to(
        "AWSDBSubnetGroup",
        "MEMBER_OF_DB_SUBNET_GROUP",
        by=by,
        transform=_sibling(own_arn, "subgrp"),
    )


def _monitors(target: str, source_type: str, kind: str) -> Points:
    return points_to(
        target,
        "MONITORS",
        by=f"SourceType == '{source_type}' && SourceIdsList || `[]`",
        transform=_sibling("EventSubscriptionArn", kind),
    )


INSTANCE = Resource(
    label="AWSRDSInstance",
    aliases=("RDSInstance",),
    groups=("Database",),
    description="A database instance.",
    list=Call("rds:DescribeDBInstances", items="DBInstances[]"),
    id="DBInstanceArn",
    arn="DBInstanceArn",
    name="DBInstanceIdentifier",
    names={
        "Endpoint.HostedZoneId": "endpoint_hostedzoneid",
        "DBSubnetGroup.DBSubnetGroupName": "db_subnet_group_name",
        "DBSubnetGroup.VpcId": "vpc_id",
    },
    omit=(
        "PendingModifiedValues",
        "PercentProgress",
        "DBSubnetGroup.DBSubnetGroupArn",
        "DBSubnetGroup.DBSubnetGroupDescription",
        "DBSubnetGroup.SubnetGroupStatus",
        "DBSubnetGroup.Subnets",
        "DBSubnetGroup.SupportedNetworkTypes",
    ),
    volatile=("LatestRestorableTime", "StorageOperationPercentProgress"),
    relations=(
        _SECURITY_GROUPS,
        _subnet_group("DBSubnetGroup.DBSubnetGroupName", "DBInstanceArn"),
        points_to(
            "AWSRDSCluster",
            "IS_CLUSTER_MEMBER_OF",
            by="DBClusterIdentifier",
            transform=_sibling("DBInstanceArn", "cluster"),
        ),
        points_to(
            "AWSRDSInstance",
            "IS_READ_REPLICA_OF",
            by="ReadReplicaSourceDBInstanceIdentifier",
            transform=_sibling("DBInstanceArn", "db"),
        ),
        points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsKeyId"),
    ),
)

CLUSTER = Resource(
    label="AWSRDSCluster",
    aliases=("RDSCluster",),
    description="An Aurora or Multi-AZ database cluster.",
    list=Call("rds:DescribeDBClusters", items="DBClusters[]"),
    id="DBClusterArn",
    arn="DBClusterArn",
    name="DBClusterIdentifier",
    names={
        "DBClusterParameterGroup": "db_parameter_group",
        "DBSubnetGroup": "db_subnet_group_name",
    },
    omit=("PendingModifiedValues", "PercentProgress"),
    volatile=("EarliestRestorableTime", "LatestRestorableTime", "EarliestBacktrackTime"),
    relations=(
        _SECURITY_GROUPS,
        _subnet_group("DBSubnetGroup", "DBClusterArn"),
        points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsKeyId"),
    ),
)

SNAPSHOT = Resource(
    label="AWSRDSSnapshot",
    aliases=("RDSSnapshot",),
    groups=("Snapshot",),
    description="A snapshot of a database instance.",
    list=Call("rds:DescribeDBSnapshots", items="DBSnapshots[]"),
    details=(
        # Only a manual snapshot can be shared, so the others need no call to be known as private.
        Call(
            "rds:DescribeDBSnapshotAttributes",
            items="DBSnapshotAttributesResult.DBSnapshotAttributes",
            into="Restore",
            when="SnapshotType == 'manual'",
        ),
    ),
    id="DBSnapshotArn",
    arn="DBSnapshotArn",
    name="DBSnapshotIdentifier",
    omit=("Restore",),
    volatile=("PercentProgress",),
    computed=_sharing("rds:DescribeDBSnapshotAttributes"),
    relations=(
        points_to(
            "AWSRDSInstance",
            "IS_SNAPSHOT_SOURCE",
            by="DBInstanceIdentifier",
            transform=_sibling("DBSnapshotArn", "db"),
        ),
        points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsKeyId"),
    ),
)

CLUSTER_SNAPSHOT = Resource(
    label="AWSRDSClusterSnapshot",
    groups=("Snapshot",),
    description="A snapshot of a database cluster.",
    list=Call("rds:DescribeDBClusterSnapshots", items="DBClusterSnapshots[]"),
    details=(
        Call(
            "rds:DescribeDBClusterSnapshotAttributes",
            items="DBClusterSnapshotAttributesResult.DBClusterSnapshotAttributes",
            into="Restore",
            when="SnapshotType == 'manual'",
        ),
    ),
    id="DBClusterSnapshotArn",
    arn="DBClusterSnapshotArn",
    name="DBClusterSnapshotIdentifier",
    names={"StorageEncrypted": "encrypted"},
    omit=("Restore",),
    volatile=("PercentProgress",),
    computed=_sharing("rds:DescribeDBClusterSnapshotAttributes"),
    relations=(
        points_to(
            "AWSRDSCluster",
            "IS_SNAPSHOT_SOURCE",
            by="DBClusterIdentifier",
            transform=_sibling("DBClusterSnapshotArn", "cluster"),
        ),
        points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsKeyId"),
    ),
)

SUBNET_GROUP = Resource(
    label="AWSDBSubnetGroup",
    aliases=("DBSubnetGroup",),
    description="The subnets that a database may be placed in.",
    list=Call("rds:DescribeDBSubnetGroups", items="DBSubnetGroups[]"),
    id="DBSubnetGroupArn",
    arn="DBSubnetGroupArn",
    name="DBSubnetGroupName",
    names={"DBSubnetGroupDescription": "description", "SubnetGroupStatus": "status"},
    omit=("Subnets",),
    relations=(
        points_to("AWSEC2Subnet", "RESOURCE", by="Subnets[].SubnetIdentifier"),
        points_to("AWSVpc", "MEMBER_OF_AWS_VPC", by="VpcId"),
    ),
)

PARAMETER_GROUP = Resource(
    label="AWSRDSParameterGroup",
    description="Engine settings of database instances.",
    list=Call("rds:DescribeDBParameterGroups", items="DBParameterGroups[]"),
    id="DBParameterGroupArn",
    arn="DBParameterGroupArn",
    name="DBParameterGroupName",
)

EVENT_SUBSCRIPTION = Resource(
    label="AWSRDSEventSubscription",
    aliases=("RDSEventSubscription",),
    description="Database events sent to a topic.",
    list=Call("rds:DescribeEventSubscriptions", items="EventSubscriptionsList[]"),
    id="EventSubscriptionArn",
    arn="EventSubscriptionArn",
    name="CustSubscriptionId",
    names={
        "SourceIdsList": "source_ids",
        "EventCategoriesList": "event_categories",
    },
    relations=(
        points_to("AWSSNSTopic", "NOTIFIES", by="SnsTopicArn"),
        _monitors("AWSRDSInstance", "db-instance", "db"),
        _monitors("AWSRDSCluster", "db-cluster", "cluster"),
        _monitors("AWSRDSSnapshot", "db-snapshot", "snapshot"),
    ),
)

RESOURCES = (
    INSTANCE,
    CLUSTER,
    SNAPSHOT,
    CLUSTER_SNAPSHOT,
    SUBNET_GROUP,
    PARAMETER_GROUP,
    EVENT_SUBSCRIPTION,
)
