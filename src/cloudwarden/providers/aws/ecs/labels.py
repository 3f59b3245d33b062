"""The labels of ECS, from the shapes of its descriptions.

Members in `by` paths that no shape has (`serviceArn` of a task, `networkInterfaceIds`) are put
into the documents by the script.
"""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Produced, pointed_from, points_to
from cloudwarden.schema.labels import PropertyType

CLUSTER = "AWSECSCluster"
SERVICE = "AWSECSService"
TASK = "AWSECSTask"
CONTAINER = "AWSECSContainer"
INSTANCE = "AWSECSContainerInstance"
DEFINITION = "AWSECSTaskDefinition"
CONTAINER_DEFINITION = "AWSECSContainerDefinition"

_TEXTS = PropertyType.STRINGS

#: Sizes that some answers spell as text.
_SIZES = {"cpu": PropertyType.INTEGER, "memory": PropertyType.INTEGER}

_CLUSTER = Produced(
    label=CLUSTER,
    aliases=("ECSCluster",),
    groups=("ComputeCluster",),
    description="A cluster: where services and tasks run.",
    shape=("ecs:DescribeClusters", "clusters[]"),
    names={"clusterArn": "arn", "configuration.executeCommandConfiguration": "ecc"},
    # Counts of what runs are the tasks and services themselves.
    omit=(
        "clusterName",
        "statistics",
        "attachments",
        "registeredContainerInstancesCount",
        "runningTasksCount",
        "pendingTasksCount",
        "activeServicesCount",
    ),
    properties={"container_insights": (PropertyType.STRING, "ecs:DescribeClusters")},
)

_SERVICE = Produced(
    label=SERVICE,
    aliases=("ECSService",),
    groups=("ComputeService",),
    description="A service: tasks that are kept running.",
    shape=("ecs:DescribeServices", "services[]"),
    names={
        "serviceArn": "arn",
        "deploymentConfiguration": "deployment_config",
        "deploymentConfiguration.deploymentCircuitBreaker.enable": (
            "deployment_config_circuit_breaker_enable"
        ),
        "deploymentConfiguration.deploymentCircuitBreaker.rollback": (
            "deployment_config_circuit_breaker_rollback"
        ),
        "networkConfiguration.awsvpcConfiguration.subnets": "subnet_ids",
        "networkConfiguration.awsvpcConfiguration.securityGroups": "security_group_ids",
        "networkConfiguration.awsvpcConfiguration.assignPublicIp": "assign_public_ip",
    },
    omit=(
        "serviceName",
        "loadBalancers",
        "events",
        "deployments",
        "taskSets",
        "currentServiceDeployment",
        "currentServiceRevisions",
        "deploymentConfiguration.deploymentCircuitBreaker.resetOnHealthyTask",
        "deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration",
        "deploymentConfiguration.lifecycleHooks",
        "deploymentConfiguration.linearConfiguration",
        "deploymentConfiguration.canaryConfiguration",
        "deploymentConfiguration.earlySuccessCriteria",
    ),
    volatile=("runningCount", "pendingCount"),
    relations=(
        pointed_from(CLUSTER, "HAS_SERVICE", by="clusterArn"),
        points_to(CLUSTER, "WORKLOAD_PARENT", by="clusterArn"),
        points_to(DEFINITION, "HAS_TASK_DEFINITION", by="taskDefinition"),
        pointed_from("AWSELBV2TargetGroup", "TARGETS", by="loadBalancers[].targetGroupArn"),
        points_to(
            "AWSEC2SecurityGroup",
            "MEMBER_OF_EC2_SECURITY_GROUP",
            by="networkConfiguration.awsvpcConfiguration.securityGroups",
        ),
    ),
)

_TASK = Produced(
    label=TASK,
    aliases=("ECSTask",),
    groups=("ComputePod",),
    description="Containers that run together.",
    shape=("ecs:DescribeTasks", "tasks[]"),
    names={
        "taskArn": "arn",
        "ephemeralStorage.sizeInGiB": "ephemeral_storage_size_in_gib",
        "fargateEphemeralStorage.sizeInGiB": "fargate_ephemeral_storage_size_in_gib",
    },
    types=_SIZES,
    # Overrides may hold secrets; the version counts changes of state.
    omit=(
        "containers",
        "attributes",
        "attachments",
        "overrides",
        "version",
        "inferenceAccelerators",
    ),
    properties={
        "service_name": (PropertyType.STRING, "ecs:DescribeTasks"),
        "network_interface_id": (PropertyType.STRING, "ecs:DescribeTasks"),
    },
    relations=(
        pointed_from(CLUSTER, "HAS_TASK", by="clusterArn"),
        pointed_from(SERVICE, "HAS_TASK", by="serviceArn"),
        pointed_from(INSTANCE, "HAS_TASK", by="containerInstanceArn"),
        points_to(SERVICE, "WORKLOAD_PARENT", by="serviceArn"),
        points_to(CLUSTER, "WORKLOAD_PARENT", by="!serviceArn && clusterArn || ''"),
        points_to(DEFINITION, "HAS_TASK_DEFINITION", by="taskDefinitionArn"),
        points_to(CONTAINER, "HAS_CONTAINER", by="containers[].containerArn"),
        points_to("AWSNetworkInterface", "NETWORK_INTERFACE", by="networkInterfaceIds"),
    ),
)

_CONTAINER = Produced(
    label=CONTAINER,
    aliases=("ECSContainer",),
    groups=("Container",),
    description="A container of a running task.",
    shape=("ecs:DescribeTasks", "tasks[].containers[]"),
    names={"containerArn": "arn"},
    types={**_SIZES, "memoryReservation": PropertyType.INTEGER},
    omit=("name", "managedAgents", "networkBindings", "networkInterfaces", "gpuSharingStrategy"),
    relations=(
        points_to(TASK, "WORKLOAD_PARENT", by="taskArn"),
        points_to("AWSECRImage", "HAS_IMAGE", by="imageDigest"),
    ),
)

_INSTANCE = Produced(
    label=INSTANCE,
    aliases=("ECSContainerInstance",),
    description="A machine that takes containers.",
    shape=("ecs:DescribeContainerInstances", "containerInstances[]"),
    names={
        "containerInstanceArn": "arn",
        "versionInfo.agentHash": "version_info_agent_hash",
        "versionInfo.agentVersion": "version_info_agent_version",
        "versionInfo.dockerVersion": "version_info_agent_docker_version",
        "healthStatus": "health_status",
        "healthStatus.overallStatus": "health_status",
    },
    # What is left of its resources, and how often it changed, is no part of what it is.
    omit=(
        "attachments",
        "attributes",
        "remainingResources",
        "registeredResources",
        "runningTasksCount",
        "pendingTasksCount",
        "version",
        "healthStatus.details",
        "gpuDevices",
    ),
    relations=(
        pointed_from(CLUSTER, "HAS_CONTAINER_INSTANCE", by="clusterArn"),
        points_to("AWSEC2Instance", "IS_INSTANCE", by="ec2InstanceId"),
    ),
)

_DEFINITION = Produced(
    label=DEFINITION,
    aliases=("ECSTaskDefinition",),
    description="What a task is made of, as some service or task in the region uses it.",
    shape=("ecs:DescribeTaskDefinition", "taskDefinition"),
    names={
        "taskDefinitionArn": "arn",
        "ephemeralStorage.sizeInGiB": "ephemeral_storage_size_in_gib",
        "runtimePlatform.cpuArchitecture": "runtime_platform_cpu_architecture",
    },
    types=_SIZES,
    omit=(
        "containerDefinitions",
        "requiresAttributes",
        "inferenceAccelerators",
        "proxyConfiguration.properties",
        "trustedExecutionConfiguration",
    ),
    relations=(
        points_to("AWSRole", "HAS_TASK_ROLE", by="taskRoleArn"),
        points_to("AWSRole", "HAS_EXECUTION_ROLE", by="executionRoleArn"),
    ),
)

_CONTAINER_DEFINITION = Produced(
    label=CONTAINER_DEFINITION,
    aliases=("ECSContainerDefinition",),
    description="A container as a task definition describes it.",
    shape=("ecs:DescribeTaskDefinition", "taskDefinition.containerDefinitions[]"),
    omit=(
        "name",
        "environment",
        "environmentFiles",
        "secrets",
        "repositoryCredentials",
        "logConfiguration.options",
        "logConfiguration.secretOptions",
        "firelensConfiguration.options",
        "resourceRequirements",
    ),
    properties={
        "task_definition_arn": (PropertyType.STRING, "ecs:DescribeTaskDefinition"),
        "environment_variable_names": (_TEXTS, "ecs:DescribeTaskDefinition"),
        "secret_names": (_TEXTS, "ecs:DescribeTaskDefinition"),
    },
    relations=(pointed_from(DEFINITION, "HAS_CONTAINER_DEFINITION", by="taskDefinitionArn"),),
)

PRODUCED = (
    _CLUSTER,
    _SERVICE,
    _TASK,
    _CONTAINER,
    _INSTANCE,
    _DEFINITION,
    _CONTAINER_DEFINITION,
)
