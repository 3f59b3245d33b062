"""Amazon Bedrock AgentCore: runtimes, code interpreters and browsers, and the roles they have."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Path, Resource, points_to
from cloudwarden.providers.aws.resource_policies import anonymous
from cloudwarden.schema.labels import PropertyType

_POLICY = "bedrock-agentcore-control:GetResourcePolicy"
_WHAT_IT_RUNS = (
    "authorizerConfiguration",
    "agentRuntimeArtifact.codeConfiguration",
    "environmentVariables",
    "requestHeaderConfiguration",
    "filesystemConfigurations",
)

RESOURCES = (
    Resource(
        label="AWSBedrockAgentCoreRuntime",
        description="An agent's runtime: the role it acts as, and who may invoke it.",
        list=Call("bedrock-agentcore-control:ListAgentRuntimes", items="agentRuntimes[]"),
        details=(
            Call("bedrock-agentcore-control:GetAgentRuntime"),
            Call(
                _POLICY,
                into="Resource",
                parameters={"resourceArn": Path("agentRuntimeArn")},
                absent=("ResourceNotFoundException",),
            ),
        ),
        id="agentRuntimeArn",
        arn="agentRuntimeArn",
        name="agentRuntimeName",
        names={"Resource.policy": "policy"},
        types={"Resource.policy": PropertyType.JSON},
        omit=("agentRuntimeArn", "hooksConfiguration", *_WHAT_IT_RUNS),
        computed=anonymous(_POLICY, by="Resource.policy"),
        relations=(points_to("AWSRole", "HAS_EXECUTION_ROLE", by="roleArn"),),
    ),
    Resource(
        label="AWSBedrockAgentCoreCodeInterpreter",
        description="Where agents run code, and as which role. AWS's own one has none.",
        list=Call(
            "bedrock-agentcore-control:ListCodeInterpreters",
            items="codeInterpreterSummaries[]",
            parameters={"type": "CUSTOM"},
        ),
        details=(Call("bedrock-agentcore-control:GetCodeInterpreter"),),
        id="codeInterpreterArn",
        arn="codeInterpreterArn",
        name="name",
        omit=("codeInterpreterArn", "certificates", "filesystemConfigurations"),
        relations=(points_to("AWSRole", "HAS_EXECUTION_ROLE", by="executionRoleArn"),),
    ),
    Resource(
        label="AWSBedrockAgentCoreBrowser",
        description="A browser that agents drive, and as which role. AWS's own one has none.",
        list=Call(
            "bedrock-agentcore-control:ListBrowsers",
            items="browserSummaries[]",
            parameters={"type": "CUSTOM"},
        ),
        details=(Call("bedrock-agentcore-control:GetBrowser"),),
        id="browserArn",
        arn="browserArn",
        name="name",
        omit=("browserArn", "certificates", "filesystemConfigurations", "enterprisePolicies"),
        relations=(points_to("AWSRole", "HAS_EXECUTION_ROLE", by="executionRoleArn"),),
    ),
)
