"""Services that run code as a role: whom each acts as, and what is not kept of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.reading import ACCOUNT, REGION, Read, denied, failed, read_resource

from cloudwarden.providers.aws.declarations import Resource
from cloudwarden.providers.aws.services import (
    apprunner,
    batch,
    bedrock_agentcore,
    cloudformation,
    codebuild,
    codedeploy,
    cognitoidentity,
    emr,
    glue,
    mwaa,
    sagemaker,
    stepfunctions,
)
from cloudwarden.schema.records import Verdict

ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
RUNTIME = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:runtime/agent-1"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
DECLARED: dict[str, Resource] = {
    resource.label: resource
    for module in (
        apprunner, batch, bedrock_agentcore, cloudformation, codebuild, codedeploy,
        cognitoidentity, emr, glue, mwaa, sagemaker, stepfunctions,
    )
    for resource in module.RESOURCES
}  # fmt: skip


def reading(label: str, answers: dict[str, Any]) -> Read:
    return read_resource(DECLARED[label], answers)


def worker_of(read: Read, label: str) -> list[str]:
    """The roles that one asset says it acts as."""
    told = ("HAS_EXECUTION_ROLE", "ASSOCIATED_WITH", "INSTANCE_PROFILE")
    return [edge.target for edge in read.only(label).relations if edge.type in told]


CASES: dict[str, dict[str, Any]] = {
    "AWSAppRunnerService": {
        "apprunner:ListServices": {"ServiceSummaryList": [{"ServiceArn": "arn:s"}]},
        "apprunner:DescribeService": {
            "Service": {"InstanceConfiguration": {"InstanceRoleArn": ROLE}}
        },
        "apprunner:ListTagsForResource": {"Tags": []},
    },
    "AWSBedrockAgentCoreCodeInterpreter": {
        "bedrock-agentcore-control:ListCodeInterpreters": {
            "codeInterpreterSummaries": [{"codeInterpreterId": "i", "codeInterpreterArn": "arn:i"}]
        },
        "bedrock-agentcore-control:GetCodeInterpreter": {"executionRoleArn": ROLE},
    },
    "AWSBedrockAgentCoreBrowser": {
        "bedrock-agentcore-control:ListBrowsers": {
            "browserSummaries": [{"browserId": "b", "browserArn": "arn:b"}]
        },
        "bedrock-agentcore-control:GetBrowser": {"executionRoleArn": ROLE},
    },
    "AWSBedrockAgentCoreRuntime": {
        "bedrock-agentcore-control:ListAgentRuntimes": {
            "agentRuntimes": [{"agentRuntimeId": "agent-1", "agentRuntimeArn": RUNTIME}]
        },
        "bedrock-agentcore-control:GetAgentRuntime": {"roleArn": ROLE},
        "bedrock-agentcore-control:GetResourcePolicy": {"policy": POLICY},
    },
    "AWSCognitoIdentityPool": {
        "cognito-identity:ListIdentityPools": {"IdentityPools": [{"IdentityPoolId": "p"}]},
        "cognito-identity:DescribeIdentityPool": {"AllowUnauthenticatedIdentities": True},
        "cognito-identity:GetIdentityPoolRoles": {"Roles": {"authenticated": ROLE}},
    },
    "AWSBatchJobDefinition": {
        "batch:DescribeJobDefinitions": {
            "jobDefinitions": [
                {
                    "jobDefinitionArn": "arn:d",
                    "ecsProperties": {"taskProperties": [{"taskRoleArn": ROLE}]},
                }
            ]
        },
    },
    "AWSGlueJob": {"glue:GetJobs": {"Jobs": [{"Name": "load", "Role": "worker"}]}},
    "AWSGlueSession": {"glue:ListSessions": {"Sessions": [{"Id": "s", "Role": ROLE}]}},
    "AWSMWAAEnvironment": {
        "mwaa:ListEnvironments": {"Environments": ["flows"]},
        "mwaa:GetEnvironment": {"Environment": {"Name": "flows", "ExecutionRoleArn": ROLE}},
    },
    "AWSSageMakerUserProfile": {
        "sagemaker:ListDomains": {"Domains": [{"DomainId": "d", "DomainArn": "arn:d"}]},
        "sagemaker:DescribeDomain": {},
        "sagemaker:ListUserProfiles": {"UserProfiles": [{"DomainId": "d", "UserProfileName": "u"}]},
        "sagemaker:DescribeUserProfile": {"UserSettings": {"ExecutionRole": ROLE}},
    },
}


@pytest.mark.parametrize("label", CASES)
def test_it_acts_as_the_role_that_it_was_given(label: str) -> None:
    listed = label if label in DECLARED else "AWSSageMakerDomain"
    assert worker_of(reading(listed, CASES[label]), label) == [ROLE]


def test_a_studio_user_without_a_role_has_that_of_its_domain() -> None:
    answers = {
        **CASES["AWSSageMakerUserProfile"],
        "sagemaker:DescribeDomain": {"DefaultUserSettings": {"ExecutionRole": ROLE}},
        "sagemaker:DescribeUserProfile": {},
    }
    read = reading("AWSSageMakerDomain", answers)
    assert worker_of(read, "AWSSageMakerUserProfile") == [ROLE]
    denied_domain = {**answers, "sagemaker:DescribeDomain": denied()}
    profile = reading("AWSSageMakerDomain", denied_domain).only("AWSSageMakerUserProfile")
    assert profile.unread.keys() == {"sagemaker:DescribeDomain"}


@pytest.mark.parametrize(
    "label", [label for label, answers in CASES.items() if 1 < len(answers) < 4]
)
def test_a_denied_description_leaves_the_role_unread(label: str) -> None:
    _, *details = CASES[label]
    read = reading(label, {**CASES[label], **dict.fromkeys(details, denied())})
    assert read.only(label).unread.keys() == set(details)
    assert worker_of(read, label) == []


def test_a_runtime_tells_of_its_own_policy() -> None:
    label = "AWSBedrockAgentCoreRuntime"
    assert reading(label, CASES[label]).only(label).properties["policy"] == POLICY
    operation = "bedrock-agentcore-control:GetResourcePolicy"
    none = {**CASES[label], operation: failed("ResourceNotFoundException")}
    assert (reading(label, none).only(label).unread, reading(label, none).reading.verdict) == (
        {},
        Verdict.COMPLETE,
    )


def test_plain_values_of_a_projects_variables_are_not_kept() -> None:
    variables = [
        {"name": "PASSWORD", "value": "hunter2", "type": "PLAINTEXT"},
        {"name": "TOKEN", "value": "shop/token", "type": "SECRETS_MANAGER"},
    ]
    project = {
        "name": "site",
        "serviceRole": ROLE,
        "environment": {"environmentVariables": variables},
    }
    found = reading(
        "AWSCodeBuildProject",
        {
            "codebuild:ListProjects": {"projects": ["site"]},
            "codebuild:BatchGetProjects": {"projects": [project]},
        },
    ).only()
    assert found.properties["environment_variables"] == ["PASSWORD=<REDACTED>", "TOKEN=shop/token"]
    assert "hunter2" not in str(found.properties)


def test_a_deployment_group_tells_whom_it_deploys_to() -> None:
    group = {
        "deploymentGroupName": "prod",
        "computePlatform": "Server",
        "ec2TagFilters": [{"Key": "app", "Value": "shop", "Type": "KEY_AND_VALUE"}],
    }
    read = reading(
        "AWSCodeDeployApplication",
        {
            "codedeploy:ListApplications": {"applications": ["shop"]},
            "codedeploy:ListDeploymentGroups": {"deploymentGroups": ["prod"]},
            "codedeploy:GetDeploymentGroup": {"deploymentGroupInfo": group},
        },
    )
    found = read.only("AWSCodeDeployDeploymentGroup")
    assert found.id == f"arn:aws:codedeploy:{REGION}:{ACCOUNT}:deploymentgroup:shop/prod"
    assert json.loads(found.properties["ec2_tag_filters"]) == group["ec2TagFilters"]


def test_a_cluster_takes_the_role_of_its_instance_profile() -> None:
    read = reading(
        "AWSEMRCluster",
        {
            "emr:ListClusters": {"Clusters": [{"Id": "j-1"}]},
            "emr:DescribeCluster": {
                "Cluster": {"Ec2InstanceAttributes": {"IamInstanceProfile": "EMR_EC2_DefaultRole"}}
            },
        },
    )
    profile = f"arn:aws:iam::{ACCOUNT}:instance-profile/EMR_EC2_DefaultRole"
    assert worker_of(read, "AWSEMRCluster") == [profile]
