"""AWS Elastic Beanstalk: environments."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Path, Resource

RESOURCES = (
    Resource(
        label="AWSElasticBeanstalkEnvironment",
        description="An application's running environment, with the address it answers at.",
        list=Call("elasticbeanstalk:DescribeEnvironments", items="Environments[]"),
        details=(
            Call(
                "elasticbeanstalk:ListTagsForResource",
                parameters={"ResourceArn": Path("EnvironmentArn")},
                tags="ResourceTags",
            ),
        ),
        id="EnvironmentArn",
        arn="EnvironmentArn",
        name="EnvironmentName",
        names={"EndpointURL": "endpoint_url", "CNAME": "cname"},
        omit=("Health", "HealthStatus", "AbortableOperationInProgress", "Resources"),
    ),
)
