"""DynamoDB, ElastiCache, OpenSearch, Redshift and EFS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.support.reading import Read, denied, failed, read_resource

from cloudwarden.providers.aws.services import dynamodb, efs, elasticache, opensearch, redshift
from cloudwarden.schema.records import Asset, Verdict

TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
OPEN = json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "es:*"}]})


def edges(asset: Asset) -> set[tuple[str, str]]:
    return {(one.type, one.target) for one in asset.relations}


def tables(**answers: Any) -> Read:
    table = {
        "TableName": "orders",
        "TableArn": TABLE,
        "ItemCount": 3,
        "TableSizeBytes": 99,
        "DeletionProtectionEnabled": True,
        "SSEDescription": {"Status": "ENABLED", "KMSMasterKeyArn": "arn:key"},
        "LatestStreamArn": f"{TABLE}/stream/1",
        "StreamSpecification": {"StreamEnabled": True},
        "GlobalSecondaryIndexes": [{"IndexName": "by-day", "IndexArn": f"{TABLE}/index/by-day"}],
    }
    recovery = {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"}}
    given = {
        "ListTables": {"TableNames": ["orders"]},
        "DescribeTable": {"Table": table},
        "DescribeContinuousBackups": {"ContinuousBackupsDescription": recovery},
        "GetResourcePolicy": failed("PolicyNotFoundException"),
        "ListTagsOfResource": {"Tags": [{"Key": "team", "Value": "shop"}]},
        **answers,
    }
    return read_resource(dynamodb.TABLE, {f"dynamodb:{name}": a for name, a in given.items()})


def test_a_table_with_its_index_stream_and_backups() -> None:
    found = tables()
    asset = found.only("AWSDynamoDBTable")
    assert (asset.id, asset.name, asset.tags) == (TABLE, "orders", {"team": "shop"})
    expected = {
        "rows": 3,
        "size": 99,
        "sse_status": "ENABLED",
        "point_in_time_recovery_status": "DISABLED",
        "deletion_protection_enabled": True,
        "anonymous_access": False,
    }
    assert expected.items() <= asset.properties.items()
    assert edges(asset) == {("ENCRYPTED_BY", "arn:key"), ("LATEST_STREAM", f"{TABLE}/stream/1")}
    index = found.only("AWSDynamoDBGlobalSecondaryIndex")
    assert edges(index) == {("GLOBAL_SECONDARY_INDEX", TABLE)}


def test_a_table_that_cannot_be_described_loses_neither_itself_nor_its_indexes() -> None:
    found = tables(DescribeTable=denied())
    assert found.only("AWSDynamoDBTable").id == TABLE
    assert "deletion_protection_enabled" not in found.only("AWSDynamoDBTable").properties
    assert not found.reading.shows_absence


def domains(domain: dict[str, Any], names: tuple[str, ...] = ("logs",), **answers: Any) -> Read:
    def described(asked: Mapping[str, Any]) -> dict[str, Any]:
        assert len(asked["DomainNames"]) <= 5
        return {
            "DomainStatusList": [
                {
                    "DomainName": name,
                    "DomainId": f"111122223333/{name}",
                    "ARN": f"arn:aws:es:eu-west-1:111122223333:domain/{name}",
                    **domain,
                }
                for name in asked["DomainNames"]
            ]
        }

    given = {
        "ListDomainNames": {"DomainNames": [{"DomainName": name} for name in names]},
        "DescribeDomains": described,
        "ListTags": {"TagList": [{"Key": "team", "Value": "ops"}]},
        **answers,
    }
    (resource,) = opensearch.RESOURCES
    return read_resource(resource, {f"opensearch:{name}": a for name, a in given.items()})


def test_a_domain_has_the_names_that_older_queries_read() -> None:
    asset = domains(
        {
            "EngineVersion": "Elasticsearch_7.10",
            "AccessPolicies": OPEN,
            "EncryptionAtRestOptions": {"Enabled": False},
            "ClusterConfig": {"InstanceType": "t3.small.search"},
            "LogPublishingOptions": {
                "AUDIT_LOGS": {"Enabled": True, "CloudWatchLogsLogGroupArn": "arn:group"}
            },
        }
    ).only()
    assert (asset.id, asset.tags) == ("111122223333/logs", {"team": "ops"})
    expected = {
        "domainid": "111122223333/logs",
        "elasticsearch_version": "7.10",
        "engine": "Elasticsearch",
        "encryption_at_rest_options_enabled": False,
        "elasticsearch_cluster_config_instancetype": "t3.small.search",
        "log_publishing_audit_logs_enabled": True,
        "log_publishing_audit_logs_arn": "arn:group",
        "log_publishing_index_slow_logs_enabled": False,
        "anonymous_access": True,
        "exposed_internet": True,
    }
    assert expected.items() <= asset.properties.items()


def test_a_domain_inside_a_network_is_not_exposed_by_an_open_policy() -> None:
    network = {"VPCId": "vpc-1", "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    asset = domains({"AccessPolicies": OPEN, "VPCOptions": network}).only()
    assert asset.properties["exposed_internet"] is False
    assert asset.properties["anonymous_access"] is True
    assert {("PART_OF_SUBNET", "subnet-1"), ("MEMBER_OF_EC2_SECURITY_GROUP", "sg-1")} <= edges(
        asset
    )


def test_domains_are_described_five_at_a_time() -> None:
    found = domains({}, tuple(f"logs-{n}" for n in range(7)))
    assert found.reading.operations["opensearch:DescribeDomains"] == 2
    assert len(found.assets) == 7


def test_domains_that_cannot_be_described_are_known_by_name() -> None:
    asset = domains({}, DescribeDomains=denied(), ListTags=denied()).only()
    assert asset.id == "111122223333/logs"
    assert "exposed_internet" not in asset.properties


def test_a_warehouse_tells_its_exposure_its_encryption_and_its_log() -> None:
    (resource,) = redshift.RESOURCES
    cluster = {
        "ClusterIdentifier": "dw",
        "PubliclyAccessible": True,
        "Encrypted": False,
        "Endpoint": {"Address": "dw.example", "Port": 5439},
        "VpcId": "vpc-1",
        "IamRoles": [{"IamRoleArn": "arn:role"}],
        "PendingModifiedValues": {"MasterUserPassword": "s3cret"},
        "Tags": [{"Key": "team", "Value": "bi"}],
    }
    asset = read_resource(
        resource,
        {
            "redshift:DescribeClusters": {"Clusters": [cluster]},
            "redshift:DescribeLoggingStatus": {"LoggingEnabled": True, "BucketName": "logs"},
        },
    ).only()
    assert asset.id == "arn:aws:redshift:eu-west-1:111122223333:cluster:dw"
    expected = {
        "publicly_accessible": True,
        "encrypted": False,
        "endpoint_address": "dw.example",
        "endpoint_port": 5439,
        "logging_enabled": True,
    }
    assert expected.items() <= asset.properties.items()
    assert "s3cret" not in str(asset)
    assert asset.tags == {"team": "bi"}
    assert edges(asset) == {
        ("MEMBER_OF_AWS_VPC", "vpc-1"),
        ("STS_ASSUMEROLE_ALLOW", "arn:role"),
        ("LOGS_TO", "logs"),
    }


def test_a_warehouse_whose_log_status_is_denied_neither_logs_nor_does_not() -> None:
    (resource,) = redshift.RESOURCES
    found = read_resource(
        resource,
        {
            "redshift:DescribeClusters": {"Clusters": [{"ClusterIdentifier": "dw"}]},
            "redshift:DescribeLoggingStatus": denied(),
        },
    )
    assert "logging_enabled" not in found.only().properties
    assert found.reading.verdict is Verdict.PARTIAL


def test_a_file_system_with_its_mount_targets() -> None:
    system, _ = efs.RESOURCES
    found = read_resource(
        system,
        {
            "efs:DescribeFileSystems": {
                "FileSystems": [
                    {
                        "FileSystemId": "fs-1",
                        "FileSystemArn": "arn:fs",
                        "Name": "home",
                        "Encrypted": True,
                        "LifeCycleState": "available",
                        "Tags": [{"Key": "team", "Value": "web"}],
                    }
                ]
            },
            "efs:DescribeFileSystemPolicy": failed("PolicyNotFound"),
            "efs:DescribeMountTargets": {
                "MountTargets": [
                    {"MountTargetId": "fsmt-1", "FileSystemId": "fs-1", "SubnetId": "subnet-1"}
                ]
            },
        },
    )
    asset = found.assets["fs-1"]
    assert (asset.name, asset.tags) == ("home", {"team": "web"})
    assert asset.properties["encrypted"] is True
    assert asset.properties["anonymous_access"] is False
    assert edges(found.assets["fsmt-1"]) == {
        ("ATTACHED_TO", "fs-1"),
        ("PART_OF_SUBNET", "subnet-1"),
    }


def test_a_cache_cluster_its_group_and_its_topic() -> None:
    arn = "arn:aws:elasticache:eu-west-1:111122223333"
    cluster = read_resource(
        elasticache.CLUSTER,
        {
            "elasticache:DescribeCacheClusters": {
                "CacheClusters": [
                    {
                        "CacheClusterId": "c-001",
                        "ARN": f"{arn}:cluster:c-001",
                        "TransitEncryptionEnabled": False,
                        "SecurityGroups": [{"SecurityGroupId": "sg-1"}],
                        "NotificationConfiguration": {"TopicArn": "arn:t", "TopicStatus": "active"},
                    }
                ]
            },
            "elasticache:ListTagsForResource": {"TagList": [{"Key": "team", "Value": "web"}]},
        },
    ).only()
    assert cluster.tags == {"team": "web"}
    assert cluster.properties["transit_encryption_enabled"] is False
    (topic,) = [one for one in cluster.relations if one.type == "CACHE_CLUSTER"]
    assert topic.incoming
    assert topic.implied == {"arn": "arn:t", "status": "active"}
    group = read_resource(
        elasticache.REPLICATION_GROUP,
        {
            "elasticache:DescribeReplicationGroups": {
                "ReplicationGroups": [
                    {
                        "ReplicationGroupId": "c",
                        "ARN": f"{arn}:replicationgroup:c",
                        "MemberClusters": ["c-001"],
                    }
                ]
            }
        },
    ).only()
    assert edges(group) == {("MEMBER_OF_REPLICATION_GROUP", f"{arn}:cluster:c-001")}


def test_the_stream_of_a_table_has_a_policy_of_its_own() -> None:
    def policy(parameters: dict[str, Any]) -> dict[str, Any]:
        return {"Policy": f'{{"of": "{parameters["ResourceArn"]}"}}'}

    asset = tables(GetResourcePolicy=policy).only("AWSDynamoDBTable")
    assert f"{TABLE}/stream/1" in asset.properties["stream_policy"]
    assert f"{TABLE}/stream/1" not in asset.properties["policy"]
