"""Amazon EKS: Kubernetes clusters and their node groups."""

from __future__ import annotations

import jmespath

from cloudwarden.providers.aws.declarations import (
    Call,
    Computed,
    Document,
    Part,
    Path,
    Resource,
    points_to,
)
from cloudwarden.schema.labels import PropertyType

_DESCRIBE = "eks:DescribeCluster"
_ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})


def _enabled_logs(document: Document) -> list[str]:
    return sorted(jmespath.search("logging.clusterLogging[?enabled].types[]", document) or [])


def _has_audit_log(document: Document) -> bool:
    return "audit" in _enabled_logs(document)


def _is_exposed(document: Document) -> bool:
    """Whether the API server answers to the whole internet."""
    network = document.get("resourcesVpcConfig") or {}
    ranges = network.get("publicAccessCidrs") or _ANYWHERE
    return bool(network.get("endpointPublicAccess")) and not _ANYWHERE.isdisjoint(ranges)


NODE_GROUP = Part(
    label="AWSEKSNodegroup",
    description="Nodes of a cluster that EKS manages.",
    list=Call(
        "eks:ListNodegroups",
        items="nodegroups[]",
        bind="nodegroupName",
        parameters={"clusterName": Path("name")},
    ),
    details=(
        Call(
            "eks:DescribeNodegroup",
            items="nodegroup",
            parameters={"clusterName": Path("parent.name")},
        ),
    ),
    # The ARN ends in a part that only the description tells; the names alone are unique.
    id="arn:{partition}:eks:{region}:{account}:nodegroup/{parent.name}/{nodegroupName}",
    arn="nodegroupArn",
    name="nodegroupName",
    parent_relation="MEMBER_OF_EKS_CLUSTER",
    names={
        "clusterName": "cluster_name",
        "subnets": "subnet_ids",
        "nodeRole": "role_arn",
        "launchTemplate.id": "launch_template_id",
        "launchTemplate.name": "launch_template_name",
        "launchTemplate.version": "launch_template_version",
        "scalingConfig.minSize": "minsize",
        "scalingConfig.maxSize": "maxsize",
        "scalingConfig.desiredSize": "desiredcapacity",
    },
    omit=("health", "updateConfig", "nodeRepairConfig", "warmPoolConfig", "labels"),
    relations=(
        points_to("AWSRole", "ASSUMES", by="nodeRole"),
        points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="subnets"),
        points_to("AWSLaunchTemplate", "USES", by="launchTemplate.id"),
    ),
)

CLUSTER = Resource(
    label="AWSEKSCluster",
    aliases=("EKSCluster",),
    groups=("ComputeCluster",),
    description="A Kubernetes cluster.",
    list=Call("eks:ListClusters", items="clusters[]", bind="name"),
    details=(Call(_DESCRIBE, items="cluster"),),
    id="arn:{partition}:eks:{region}:{account}:cluster/{name}",
    arn="arn:{partition}:eks:{region}:{account}:cluster/{name}",
    name="name",
    names={
        "roleArn": "rolearn",
        "resourcesVpcConfig.endpointPublicAccess": "endpoint_public_access",
        "resourcesVpcConfig.endpointPrivateAccess": "endpoint_private_access",
        "resourcesVpcConfig.publicAccessCidrs": "public_access_cidrs",
        "resourcesVpcConfig.vpcId": "vpc_id",
        "resourcesVpcConfig.subnetIds": "subnet_ids",
        "resourcesVpcConfig.securityGroupIds": "security_group_ids",
        "resourcesVpcConfig.clusterSecurityGroupId": "cluster_security_group_id",
        "accessConfig.authenticationMode": "authentication_mode",
        "identity.oidc.issuer": "oidc_issuer",
    },
    omit=(
        "accessConfig.bootstrapClusterCreatorAdminPermissions",
        "certificateAuthority",
        "clientRequestToken",
        "connectorConfig",
        "controlPlaneScalingConfig",
        "health",
        "id",
        "kubeApiServerConfig",
        "kubeControllerManagerConfig",
        "kubeSchedulerConfig",
        "logging",
        "outpostConfig",
        "remoteNetworkConfig",
    ),
    computed=(
        Computed(
            "audit_logging",
            PropertyType.BOOLEAN,
            _has_audit_log,
            _DESCRIBE,
            "Whether the audit log of the control plane is kept.",
        ),
        Computed(
            "enabled_log_types",
            PropertyType.STRINGS,
            _enabled_logs,
            _DESCRIBE,
            "The control plane's logs that are kept.",
        ),
        Computed(
            "exposed_internet",
            PropertyType.BOOLEAN,
            _is_exposed,
            _DESCRIBE,
            "Whether the API server answers to the whole internet.",
        ),
    ),
    relations=(
        points_to("AWSRole", "ASSUMES", by="roleArn"),
        points_to("AWSVpc", "MEMBER_OF_AWS_VPC", by="resourcesVpcConfig.vpcId"),
        points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="resourcesVpcConfig.subnetIds"),
        points_to(
            "AWSEC2SecurityGroup",
            "MEMBER_OF_EC2_SECURITY_GROUP",
            by="resourcesVpcConfig.[securityGroupIds[], clusterSecurityGroupId][]",
        ),
        points_to("AWSKMSKey", "ENCRYPTED_BY", by="encryptionConfig[].provider.keyArn"),
    ),
    parts=(NODE_GROUP,),
)

RESOURCES = (CLUSTER,)
