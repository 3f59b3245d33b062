"""AWS Step Functions: state machines. Their definitions are not kept: secrets are put into them."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Path, Resource, points_to

RESOURCES = (
    Resource(
        label="AWSStepFunctionsStateMachine",
        aliases=("StepFunctionsStateMachine",),
        description="A state machine, and the role as which it calls other services.",
        list=Call("stepfunctions:ListStateMachines", items="stateMachines[]"),
        details=(
            Call("stepfunctions:DescribeStateMachine"),
            Call(
                "stepfunctions:ListTagsForResource",
                tags="tags",
                parameters={"resourceArn": Path("stateMachineArn")},
            ),
        ),
        id="stateMachineArn",
        arn="stateMachineArn",
        name="name",
        omit=("stateMachineArn", "definition", "variableReferences", "label"),
        relations=(
            points_to("AWSRole", "HAS_EXECUTION_ROLE", by="roleArn"),
            points_to("AWSKMSKey", "ENCRYPTED_BY", by="encryptionConfiguration.kmsKeyId"),
        ),
    ),
)
