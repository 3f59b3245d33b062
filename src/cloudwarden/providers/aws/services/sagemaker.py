"""Amazon SageMaker: notebook instances, and Studio's domains with the profiles of their users."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Part, Path, Resource, points_to

_PROFILE = "arn:{partition}:sagemaker:{region}:{account}:user-profile/{DomainId}/{UserProfileName}"
#: How applications look and what they are made of, which says nothing of who may do what.
_SETTINGS = (
    "AutoMountHomeEFS",
    "CanvasAppSettings",
    "CodeEditorAppSettings",
    "CustomFileSystemConfigs",
    "CustomPosixUserConfig",
    "DefaultLandingUri",
    "JupyterLabAppSettings",
    "JupyterServerAppSettings",
    "KernelGatewayAppSettings",
    "RSessionAppSettings",
    "RStudioServerProAppSettings",
    "SecurityGroups",
    "SharingSettings",
    "SpaceStorageSettings",
    "StudioWebPortal",
    "StudioWebPortalSettings",
    "TensorBoardAppSettings",
)

RESOURCES = (
    Resource(
        label="AWSSageMakerNotebookInstance",
        description="A notebook: whoever opens it acts as its role.",
        list=Call("sagemaker:ListNotebookInstances", items="NotebookInstances[]"),
        details=(Call("sagemaker:DescribeNotebookInstance"),),
        id="NotebookInstanceArn",
        arn="NotebookInstanceArn",
        name="NotebookInstanceName",
        omit=("NotebookInstanceArn", "AdditionalCodeRepositories", "DefaultCodeRepository"),
        relations=(
            points_to("AWSRole", "HAS_EXECUTION_ROLE", by="RoleArn"),
            points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsKeyId"),
            points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="SubnetId"),
            points_to("AWSEC2SecurityGroup", "MEMBER_OF_EC2_SECURITY_GROUP", by="SecurityGroups"),
        ),
    ),
    Resource(
        label="AWSSageMakerDomain",
        description="A domain of SageMaker Studio, and the role that its users have by default.",
        list=Call("sagemaker:ListDomains", items="Domains[]"),
        details=(Call("sagemaker:DescribeDomain"),),
        id="DomainArn",
        arn="DomainArn",
        name="DomainName",
        names={"DefaultUserSettings.ExecutionRole": "default_execution_role"},
        omit=(
            "DomainArn",
            "DefaultSpaceSettings",
            "DomainSettings",
            *(f"DefaultUserSettings.{member}" for member in _SETTINGS),
        ),
        relations=(
            points_to(
                "AWSRole", "HAS_DEFAULT_EXECUTION_ROLE", by="DefaultUserSettings.ExecutionRole"
            ),
            points_to("AWSVpc", "MEMBER_OF_AWS_VPC", by="VpcId"),
            points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="SubnetIds"),
            points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsKeyId"),
        ),
        parts=(
            Part(
                label="AWSSageMakerUserProfile",
                description="A user of a Studio domain, and the role that its applications act as.",
                list=Call(
                    "sagemaker:ListUserProfiles",
                    items="UserProfiles[]",
                    parameters={"DomainIdEquals": Path("DomainId")},
                ),
                details=(Call("sagemaker:DescribeUserProfile"),),
                id=_PROFILE,
                arn=_PROFILE,
                name="UserProfileName",
                parent_relation="CONTAINS",
                parent_incoming=True,
                names={"UserSettings.ExecutionRole": "execution_role"},
                omit=(
                    "UserProfileArn",
                    "SingleSignOnUserIdentifier",
                    *(f"UserSettings.{member}" for member in _SETTINGS),
                ),
                relations=(
                    points_to(
                        "AWSRole",
                        "HAS_EXECUTION_ROLE",
                        by="UserSettings.ExecutionRole || parent.DefaultUserSettings.ExecutionRole",
                    ),
                ),
            ),
        ),
    ),
)
