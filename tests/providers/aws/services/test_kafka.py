"""Clusters of Kafka brokers."""

from __future__ import annotations

from tests.support.live import edges
from tests.support.reading import read_resource

from cloudwarden.providers.aws.services.kafka import RESOURCES


def test_a_cluster_says_where_its_brokers_are_and_whether_they_are_public() -> None:
    nodes = {
        "ClientSubnets": ["subnet-1", "subnet-2"],
        "SecurityGroups": ["sg-1"],
        "ConnectivityInfo": {"PublicAccess": {"Type": "SERVICE_PROVIDED_EIPS"}},
    }
    cluster = {
        "ClusterArn": "arn:kafka",
        "ClusterName": "events",
        "Tags": {"team": "data"},
        "Provisioned": {
            "BrokerNodeGroupInfo": nodes,
            "EncryptionInfo": {"EncryptionAtRest": {"DataVolumeKMSKeyId": "arn:key"}},
        },
    }
    (resource,) = RESOURCES
    found = read_resource(resource, {"kafka:ListClustersV2": {"ClusterInfoList": [cluster]}}).only()
    assert (found.name, found.tags) == ("events", {"team": "data"})
    assert found.properties["public_access_type"] == "SERVICE_PROVIDED_EIPS"
    assert found.properties["client_subnets"] == ["subnet-1", "subnet-2"]
    assert edges(found) == {
        ("PART_OF_SUBNET", "subnet-1"),
        ("PART_OF_SUBNET", "subnet-2"),
        ("MEMBER_OF_EC2_SECURITY_GROUP", "sg-1"),
        ("ENCRYPTED_BY", "arn:key"),
    }
