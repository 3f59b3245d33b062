"""Amazon ElastiCache: cache clusters, replication groups and the topics they notify."""

from __future__ import annotations

from typing import Any

from cloudwarden.providers.aws.declarations import (
    Call,
    Document,
    Path,
    Produced,
    Resource,
    pointed_from,
    points_to,
)
from cloudwarden.schema.labels import PropertyType

_DESCRIBE = "elasticache:DescribeCacheClusters"


def _cluster_arn(identifier: Any, group: Document) -> str:
    """The ARN of a member, which a replication group names by its bare identifier."""
    return f"{str(group['ARN']).partition(':replicationgroup:')[0]}:cluster:{identifier}"


CLUSTER = Resource(
    label="AWSElasticacheCluster",
    aliases=("ElasticacheCluster",),
    description="A cache cluster: one node of Redis or Valkey, or some of Memcached.",
    list=Call(_DESCRIBE, items="CacheClusters[]"),
    details=(
        Call(
            "elasticache:ListTagsForResource",
            parameters={"ResourceName": Path("ARN")},
            tags="TagList",
        ),
    ),
    id="ARN",
    arn="ARN",
    name="CacheClusterId",
    names={"NotificationConfiguration.TopicArn": "topic_arn"},
    omit=("SecurityGroups", "PendingModifiedValues", "ClientDownloadLandingPage"),
    relations=(
        points_to(
            "AWSEC2SecurityGroup",
            "MEMBER_OF_EC2_SECURITY_GROUP",
            by="SecurityGroups[].SecurityGroupId",
        ),
        pointed_from(
            "AWSElasticacheTopic",
            "CACHE_CLUSTER",
            by="NotificationConfiguration.TopicArn",
            implied={
                "arn": "NotificationConfiguration.TopicArn",
                "status": "NotificationConfiguration.TopicStatus",
            },
        ),
    ),
    produces=(
        Produced(
            label="AWSElasticacheTopic",
            aliases=("ElasticacheTopic",),
            description="A topic as a cache cluster sees it.",
            properties={"status": (PropertyType.STRING, _DESCRIBE)},
        ),
    ),
)

REPLICATION_GROUP = Resource(
    label="AWSElasticacheReplicationGroup",
    description="Cache clusters that hold the same data.",
    list=Call("elasticache:DescribeReplicationGroups", items="ReplicationGroups[]"),
    id="ARN",
    arn="ARN",
    name="ReplicationGroupId",
    names={"MultiAZ": "multi_az_status", "MemberClusters": "member_cluster_ids"},
    omit=("PendingModifiedValues",),
    relations=(
        points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsKeyId"),
        pointed_from(
            "AWSElasticacheCluster",
            "MEMBER_OF_REPLICATION_GROUP",
            by="MemberClusters",
            transform=_cluster_arn,
        ),
    ),
)

RESOURCES = (CLUSTER, REPLICATION_GROUP)
