"""Amazon EMR: clusters."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Path, Resource, points_to

RESOURCES = (
    Resource(
        label="AWSEMRCluster",
        aliases=("EMRCluster",),
        groups=("ComputeCluster",),
        description="A Hadoop or Spark cluster that has not been terminated.",
        # Terminated clusters stay listed for two months, and are no part of the estate.
        list=Call(
            "emr:ListClusters",
            items="Clusters[]",
            parameters={
                "ClusterStates": ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING"]
            },
        ),
        details=(
            Call(
                "emr:DescribeCluster",
                items="Cluster",
                parameters={"ClusterId": Path("Id")},
            ),
        ),
        id="Id",
        arn="ClusterArn",
        name="Name",
        names={
            "ServiceRole": "servicerole",
            "AutoScalingRole": "autoscaling_role",
            "Status.State": "state",
            "Ec2InstanceAttributes.Ec2SubnetId": "subnet_id",
            "Ec2InstanceAttributes.Ec2KeyName": "key_name",
            "Ec2InstanceAttributes.IamInstanceProfile": "iam_instance_profile",
        },
        omit=(
            "NormalizedInstanceHours",
            "KerberosAttributes",
            "Configurations",
            "Status.StateChangeReason",
            "Status.ErrorDetails",
            "MonitoringConfiguration.CloudWatchLogConfiguration.LogTypes",
            "MonitoringConfiguration.S3LoggingConfiguration",
        ),
        relations=(
            points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="Ec2InstanceAttributes.Ec2SubnetId"),
            points_to(
                "AWSEC2SecurityGroup",
                "MEMBER_OF_EC2_SECURITY_GROUP",
                by="Ec2InstanceAttributes.[EmrManagedMasterSecurityGroup,"
                " EmrManagedSlaveSecurityGroup, ServiceAccessSecurityGroup][?@]",
            ),
            points_to("AWSKMSKey", "ENCRYPTED_BY", by="LogEncryptionKmsKeyId"),
            points_to(
                "AWSInstanceProfile",
                "INSTANCE_PROFILE",
                by="arn:{partition}:iam::{account}:instance-profile/"
                "{Ec2InstanceAttributes.IamInstanceProfile}",
            ),
        ),
    ),
)
