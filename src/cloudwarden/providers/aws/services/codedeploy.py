"""AWS CodeDeploy: applications, and the groups that their revisions are deployed to."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Part, Path, Resource

_APPLICATION = "arn:{partition}:codedeploy:{region}:{account}:application:{applicationName}"
_GROUP = (
    "arn:{partition}:codedeploy:{region}:{account}:deploymentgroup:"
    "{parent.applicationName}/{deploymentGroupName}"
)

RESOURCES = (
    Resource(
        label="AWSCodeDeployApplication",
        aliases=("CodeDeployApplication",),
        description="What CodeDeploy deploys.",
        list=Call("codedeploy:ListApplications", items="applications[]", bind="applicationName"),
        id=_APPLICATION,
        arn=_APPLICATION,
        name="applicationName",
        omit=("applicationName",),
        parts=(
            Part(
                label="AWSCodeDeployDeploymentGroup",
                aliases=("CodeDeployDeploymentGroup",),
                description="Where revisions of an application go: instances, services, functions.",
                list=Call(
                    "codedeploy:ListDeploymentGroups",
                    items="deploymentGroups[]",
                    bind="deploymentGroupName",
                ),
                details=(
                    Call(
                        "codedeploy:GetDeploymentGroup",
                        items="deploymentGroupInfo",
                        parameters={"applicationName": Path("parent.applicationName")},
                    ),
                ),
                id=_GROUP,
                arn=_GROUP,
                name="deploymentGroupName",
                parent_relation="DEPLOYED_TO",
                parent_incoming=True,
                omit=(
                    "alarmConfiguration",
                    "applicationName",
                    "autoRollbackConfiguration",
                    "blueGreenDeploymentConfiguration",
                    "deploymentStyle",
                    "ec2DeploymentOptions",
                    "lastAttemptedDeployment",
                    "lastSuccessfulDeployment",
                    "loadBalancerInfo",
                    "onPremisesInstanceTagFilters",
                    "onPremisesTagSet",
                    "outdatedInstancesStrategy",
                    "targetRevision",
                    "terminationHookEnabled",
                    "triggerConfigurations",
                ),
                names={"ec2TagSet.ec2TagSetList": "ec2_tag_sets"},
            ),
        ),
    ),
)
