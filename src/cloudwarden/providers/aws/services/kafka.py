"""Amazon MSK: clusters of Kafka brokers."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Resource, points_to

_NODES = "Provisioned.BrokerNodeGroupInfo"

RESOURCES = (
    Resource(
        label="AWSMSKCluster",
        description="A cluster of Kafka brokers.",
        list=Call("kafka:ListClustersV2", items="ClusterInfoList[]"),
        id="ClusterArn",
        arn="ClusterArn",
        name="ClusterName",
        names={
            "Provisioned": "",
            _NODES: "broker",
            "Provisioned.EncryptionInfo": "encryption",
            "Provisioned.LoggingInfo": "logging",
            f"{_NODES}.ConnectivityInfo.PublicAccess.Type": "public_access_type",
            f"{_NODES}.ClientSubnets": "client_subnets",
            f"{_NODES}.SecurityGroups": "security_groups",
        },
        omit=("StateInfo", "ActiveOperationArn"),
        relations=(
            points_to("AWSEC2Subnet", "PART_OF_SUBNET", by=f"{_NODES}.ClientSubnets[]"),
            points_to(
                "AWSEC2SecurityGroup",
                "MEMBER_OF_EC2_SECURITY_GROUP",
                by=f"{_NODES}.SecurityGroups[]",
            ),
            points_to(
                "AWSKMSKey",
                "ENCRYPTED_BY",
                by="Provisioned.EncryptionInfo.EncryptionAtRest.DataVolumeKMSKeyId",
            ),
        ),
    ),
)
