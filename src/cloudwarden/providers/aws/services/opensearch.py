"""Amazon OpenSearch Service: domains, of OpenSearch and of Elasticsearch."""

from __future__ import annotations

from typing import Any

from cloudwarden.providers.aws.declarations import (
    Batch,
    Call,
    Computed,
    Document,
    Path,
    Resource,
    points_to,
)
from cloudwarden.providers.aws.resource_policies import anonymous, grants_anonymous
from cloudwarden.schema.labels import PropertyType

_DESCRIBE = "opensearch:DescribeDomains"

_LOGS = ("AUDIT_LOGS", "ES_APPLICATION_LOGS", "INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS")

_CLUSTER_CONFIG = {
    f"ClusterConfig.{member}": f"elasticsearch_cluster_config_{member.lower()}"
    for member in (
        "DedicatedMasterCount",
        "DedicatedMasterEnabled",
        "DedicatedMasterType",
        "InstanceCount",
        "InstanceType",
        "ZoneAwarenessEnabled",
    )
}

_EBS_OPTIONS = {
    f"EBSOptions.{member}": f"ebs_options_{member.lower()}"
    for member in ("EBSEnabled", "Iops", "Throughput", "VolumeSize", "VolumeType")
}


def _version(document: Document) -> str | None:
    """`Elasticsearch_7.10` as the `7.10` that older queries expect; `OpenSearch_2.11` as it is."""
    version = document.get("EngineVersion")
    return str(version).removeprefix("Elasticsearch_") if version else None


def _engine(document: Document) -> str | None:
    version = document.get("EngineVersion")
    return str(version).partition("_")[0] if version else None


def _is_exposed(document: Document) -> bool:
    """Whether anybody on the internet may call it: an open policy, and no VPC around it."""
    in_vpc = bool((document.get("VPCOptions") or {}).get("VPCId"))
    return not in_vpc and grants_anonymous(document.get("AccessPolicies"))


def _log(document: Document, kind: str, member: str) -> Any:
    return ((document.get("LogPublishingOptions") or {}).get(kind) or {}).get(member)


def _log_properties(kind: str) -> tuple[Computed, Computed]:
    prefix = f"log_publishing_{kind.lower()}"
    return (
        Computed(
            f"{prefix}_arn",
            PropertyType.STRING,
            lambda document: _log(document, kind, "CloudWatchLogsLogGroupArn"),
            _DESCRIBE,
        ),
        Computed(
            f"{prefix}_enabled",
            PropertyType.BOOLEAN,
            lambda document: bool(_log(document, kind, "Enabled")),
            _DESCRIBE,
        ),
    )


RESOURCES = (
    Resource(
        label="AWSESDomain",
        aliases=("ESDomain",),
        groups=("Database",),
        description="A search domain.",
        list=Call("opensearch:ListDomainNames", items="DomainNames[]"),
        details=(
            Call(
                _DESCRIBE,
                items="DomainStatusList[]",
                batch=Batch("DomainNames", by="DomainName", match="DomainName", size=5),
            ),
            Call(
                "opensearch:ListTags",
                parameters={
                    "ARN": Path("ARN"),
                },
                tags="TagList",
            ),
        ),
        id="{account}/{DomainName}",
        arn="arn:{partition}:es:{region}:{account}:domain/{DomainName}",
        name="DomainName",
        names={
            "DomainId": "domainid",
            "AccessPolicies": "policy",
            "NodeToNodeEncryptionOptions.Enabled": "node_to_node_encryption_enabled",
            "DomainEndpointOptions.EnforceHTTPS": "enforce_https",
            "DomainEndpointOptions.TLSSecurityPolicy": "tls_security_policy",
            "VPCOptions.VPCId": "vpc_id",
            "VPCOptions.SubnetIds": "subnet_ids",
            "VPCOptions.SecurityGroupIds": "security_group_ids",
            "VPCOptions.AvailabilityZones": "availability_zones",
            "AdvancedSecurityOptions.Enabled": "advanced_security_enabled",
            **_CLUSTER_CONFIG,
            **_EBS_OPTIONS,
        },
        omit=(
            "AdvancedSecurityOptions.SAMLOptions",
            "AdvancedSecurityOptions.JWTOptions",
            "AIMLOptions",
            "AutoTuneOptions",
            "AutomatedSnapshotPauseOptions",
            "ChangeProgressDetails",
            "LogPublishingOptions",
            "ModifyingProperties",
            "OffPeakWindowOptions",
            "SnapshotOptions",
        ),
        computed=(
            Computed("elasticsearch_version", PropertyType.STRING, _version, _DESCRIBE),
            Computed("engine", PropertyType.STRING, _engine, _DESCRIBE),
            Computed(
                "exposed_internet",
                PropertyType.BOOLEAN,
                _is_exposed,
                _DESCRIBE,
                "Whether anybody on the internet may call it.",
            ),
            *anonymous(_DESCRIBE, by="AccessPolicies"),
            *(computed for kind in _LOGS for computed in _log_properties(kind)),
        ),
        relations=(
            points_to(
                "AWSEC2SecurityGroup",
                "MEMBER_OF_EC2_SECURITY_GROUP",
                by="VPCOptions.SecurityGroupIds",
            ),
            points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="VPCOptions.SubnetIds"),
            points_to("AWSKMSKey", "ENCRYPTED_BY", by="EncryptionAtRestOptions.KmsKeyId"),
        ),
    ),
)
