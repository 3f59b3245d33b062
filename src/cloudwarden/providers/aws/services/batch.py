"""AWS Batch: job definitions, with the roles that their containers act as, and job queues."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Resource, points_to

#: A job runs in one container, in tasks of ECS, or on several nodes, each with a role of its own.
_ROLES = (
    "[containerProperties.jobRoleArn, ecsProperties.taskProperties[].taskRoleArn,"
    " nodeProperties.nodeRangeProperties[].container.jobRoleArn,"
    " nodeProperties.nodeRangeProperties[].ecsProperties.taskProperties[].taskRoleArn][]"
)

RESOURCES = (
    Resource(
        label="AWSBatchJobDefinition",
        aliases=("BatchJobDefinition",),
        description="What a job runs, and the roles that it acts as.",
        list=Call(
            "batch:DescribeJobDefinitions",
            items="jobDefinitions[]",
            parameters={"status": "ACTIVE"},
        ),
        id="jobDefinitionArn",
        arn="jobDefinitionArn",
        name="jobDefinitionName",
        names={
            "containerProperties.image": "image",
            "containerProperties.jobRoleArn": "job_role_arn",
            "containerProperties.executionRoleArn": "execution_role_arn",
            "containerProperties.privileged": "privileged",
        },
        # Commands and environment variables hold secrets too often to be kept.
        omit=(
            "jobDefinitionArn",
            "consumableResourceProperties",
            "containerProperties.command",
            "containerProperties.environment",
            "containerProperties.secrets",
            "containerProperties.ephemeralStorage",
            "containerProperties.fargatePlatformConfiguration",
            "containerProperties.linuxParameters",
            "containerProperties.logConfiguration",
            "containerProperties.mountPoints",
            "containerProperties.networkConfiguration",
            "containerProperties.repositoryCredentials",
            "containerProperties.resourceRequirements",
            "containerProperties.runtimePlatform",
            "containerProperties.ulimits",
            "containerProperties.volumes",
            "ecsProperties",
            "eksProperties",
            "nodeProperties",
            "parameters",
            "propagateTags",
            "retryStrategy",
        ),
        relations=(points_to("AWSRole", "HAS_EXECUTION_ROLE", by=_ROLES),),
    ),
    Resource(
        label="AWSBatchJobQueue",
        aliases=("BatchJobQueue",),
        description="A queue that jobs wait in until there is room for them.",
        list=Call("batch:DescribeJobQueues", items="jobQueues[]"),
        id="jobQueueArn",
        arn="jobQueueArn",
        name="jobQueueName",
        omit=("jobQueueArn", "jobStateTimeLimitActions", "statusReason"),
    ),
)
