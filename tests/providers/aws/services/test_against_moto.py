"""One of each type that moto can make, read back through real clients and real answers."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from tests.support.moto import HUB, Aws

from cloudwarden.providers.aws.catalogue import Catalogue
from cloudwarden.providers.aws.endpoints import keep_local_endpoints
from cloudwarden.providers.aws.loader import check
from cloudwarden.providers.aws.services import __name__ as services
from cloudwarden.providers.base import Answer, Request
from cloudwarden.schema.records import GLOBAL_REGION, Failure, Reading, Scope, Verdict

REGION = "us-east-1"
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [OPEN]})
ROLE = f"arn:aws:iam::{HUB}:role/any"


def cache(aws: Aws) -> None:
    aws.client("elasticache").create_cache_cluster(
        CacheClusterId="cc", Engine="redis", CacheNodeType="cache.t3.micro", NumCacheNodes=1
    )


def database(aws: Aws) -> None:
    aws.client("rds").create_db_instance(
        DBInstanceIdentifier="db",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        AllocatedStorage=5,
        MasterUsername="owner",
        MasterUserPassword="passw0rd",
        PubliclyAccessible=True,
    )


def database_cluster(aws: Aws) -> None:
    aws.client("rds").create_db_cluster(
        DBClusterIdentifier="cl",
        Engine="aurora-postgresql",
        MasterUsername="owner",
        MasterUserPassword="passw0rd",
    )


def table(aws: Aws) -> None:
    aws.client("dynamodb").create_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


def function(aws: Aws) -> None:
    trust = json.dumps({"Statement": [{**OPEN, "Principal": {"Service": "lambda.amazonaws.com"}}]})
    aws.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument=trust)
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("f.py", "")
    aws.client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.12",
        Role=ROLE,
        Handler="f.f",
        Code={"ZipFile": code.getvalue()},
    )
    aws.client("lambda").add_permission(
        FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal="*"
    )


def repository(aws: Aws) -> None:
    aws.client("ecr").create_repository(repositoryName="app")


def kubernetes(aws: Aws) -> None:
    aws.client("eks").create_cluster(
        name="prod", roleArn=ROLE, resourcesVpcConfig={"endpointPublicAccess": True}
    )


def containers(aws: Aws) -> None:
    client = aws.client("ecs")
    client.create_cluster(clusterName="main")
    client.register_task_definition(
        family="web", containerDefinitions=[{"name": "app", "image": "x:1", "memory": 64}]
    )
    client.create_service(cluster="main", serviceName="web", taskDefinition="web:1", desiredCount=1)


def domain(aws: Aws) -> None:
    aws.client("opensearch").create_domain(DomainName="logs", EngineVersion="OpenSearch_2.11")


def warehouse(aws: Aws) -> None:
    aws.client("redshift").create_cluster(
        ClusterIdentifier="dw",
        NodeType="dc2.large",
        MasterUsername="owner",
        MasterUserPassword="Passw0rd",
    )


def machines(aws: Aws) -> None:
    aws.client("emr").run_job_flow(
        Name="nightly",
        Instances={"InstanceCount": 1, "KeepJobFlowAliveWhenNoSteps": True},
        ServiceRole="s",
        JobFlowRole="j",
        ReleaseLabel="emr-6.0.0",
    )


def interface(aws: Aws) -> None:
    aws.client("apigateway").create_rest_api(name="orders", policy=POLICY)


def http_interface(aws: Aws) -> None:
    aws.client("apigatewayv2").create_api(Name="web", ProtocolType="HTTP")


def stack(aws: Aws) -> None:
    template = {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}
    aws.client("cloudformation").create_stack(StackName="shop", TemplateBody=json.dumps(template))


def files(aws: Aws) -> None:
    aws.client("efs").create_file_system(CreationToken="x")


def access_point(aws: Aws) -> None:
    aws.client("s3").create_bucket(Bucket="ledger")
    client = aws.client("s3control")
    keep_local_endpoints(client)
    client.create_access_point(AccountId=HUB, Name="finance", Bucket="ledger")
    client.put_access_point_policy(AccountId=HUB, Name="finance", Policy=POLICY)


def catalog_policy(aws: Aws) -> None:
    aws.client("glue").put_resource_policy(PolicyInJson=POLICY)


def event_bus(aws: Aws) -> None:
    """The default bus is there by itself; this opens it."""
    opened = {**OPEN, "Sid": "all"}
    aws.client("events").put_permission(Policy=json.dumps({"Statement": [opened]}))


def resource_share(aws: Aws) -> None:
    aws.client("ram").create_resource_share(name="network", principals=["111111111111"])


def queue(aws: Aws) -> None:
    aws.client("sqs").create_queue(QueueName="orders", Attributes={"Policy": POLICY})


def topic(aws: Aws) -> None:
    aws.client("sns").create_topic(Name="alerts")


def build_project(aws: Aws) -> None:
    aws.client("codebuild").create_project(
        name="site",
        source={"type": "S3", "location": "sources/site.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=ROLE,
    )


def deployment_group(aws: Aws) -> None:
    client = aws.client("codedeploy")
    client.create_application(applicationName="shop", computePlatform="Server")
    client.create_deployment_group(
        applicationName="shop", deploymentGroupName="prod", serviceRoleArn=ROLE
    )


def glue_job(aws: Aws) -> None:
    command = {"Name": "glueetl", "ScriptLocation": "s3://scripts/load.py"}
    aws.client("glue").create_job(Name="load", Role=ROLE, Command=command)


def glue_session(aws: Aws) -> None:
    command = {"Name": "glueetl", "PythonVersion": "3"}
    aws.client("glue").create_session(Id="s1", Role=ROLE, Command=command)


def dev_endpoint(aws: Aws) -> None:
    aws.client("glue").create_dev_endpoint(EndpointName="dev", RoleArn=ROLE)


def notebook(aws: Aws) -> None:
    aws.client("sagemaker").create_notebook_instance(
        NotebookInstanceName="lab", InstanceType="ml.t2.medium", RoleArn=ROLE
    )


def state_machine(aws: Aws) -> None:
    states = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    aws.client("stepfunctions").create_state_machine(
        name="flow", definition=json.dumps(states), roleArn=ROLE
    )


def job_definition(aws: Aws) -> None:
    aws.client("batch").register_job_definition(
        jobDefinitionName="nightly",
        type="container",
        containerProperties={"image": "x:1", "vcpus": 1, "memory": 128, "jobRoleArn": ROLE},
    )


def stack_set(aws: Aws) -> None:
    template = {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}
    aws.client("cloudformation").create_stack_set(
        StackSetName="baseline", TemplateBody=json.dumps(template), AdministrationRoleARN=ROLE
    )


def environment(aws: Aws) -> None:
    client = aws.client("elasticbeanstalk")
    client.create_application(ApplicationName="shop")
    client.create_environment(
        ApplicationName="shop", EnvironmentName="shop-prod", SolutionStackName="any"
    )


def distribution(aws: Aws) -> None:
    aws.client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": "1",
            "Comment": "",
            "Enabled": True,
            "Origins": {
                "Quantity": 1,
                "Items": [{"Id": "o", "DomainName": "site.s3.us-west-2.amazonaws.com"}],
            },
            "DefaultCacheBehavior": {
                "TargetOriginId": "o",
                "ViewerProtocolPolicy": "allow-all",
                "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
                "MinTTL": 0,
            },
        }
    )


def bucket(aws: Aws) -> None:
    client = aws.client("s3", region="us-west-2")
    client.create_bucket(
        Bucket="site", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    client.put_bucket_policy(Bucket="site", Policy=POLICY)
    client.put_bucket_website(
        Bucket="site", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}}
    )
    client.put_bucket_tagging(Bucket="site", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})


def zone(aws: Aws) -> None:
    client = aws.client("route53")
    made = client.create_hosted_zone(Name="ex.test.", CallerReference="1")["HostedZone"]["Id"]
    changes = [
        {
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": f"h{number}.ex.test",
                "Type": "A",
                "TTL": 60,
                "ResourceRecords": [{"Value": "192.0.2.1"}],
            },
        }
        for number in range(600)
    ]
    client.change_resource_record_sets(HostedZoneId=made, ChangeBatch={"Changes": changes})


#: What makes one, the label to find it under, and properties that it then has.
MADE: Sequence[tuple[Callable[[Aws], None], str, dict[str, Any]]] = (
    (access_point, "AWSS3AccessPoint", {"bucket": "ledger", "policy": POLICY}),
    (build_project, "AWSCodeBuildProject", {"service_role_arn": ROLE}),
    (bucket, "AWSS3Bucket", {"anonymous_access": True, "website_enabled": True}),
    (cache, "AWSElasticacheCluster", {"engine": "redis"}),
    (catalog_policy, "AWSGlueResourcePolicy", {"policy": POLICY}),
    (containers, "AWSECSCluster", {"status": "ACTIVE"}),
    (deployment_group, "AWSCodeDeployApplication", {}),
    (dev_endpoint, "AWSGlueDevEndpoint", {"role_arn": ROLE}),
    (database, "AWSRDSInstance", {"publicly_accessible": True, "storage_encrypted": False}),
    (database_cluster, "AWSRDSCluster", {"storage_encrypted": False}),
    (distribution, "AWSCloudFrontDistribution", {"viewer_protocol_policy": "allow-all"}),
    (domain, "AWSESDomain", {"elasticsearch_version": "OpenSearch_2.11"}),
    (environment, "AWSElasticBeanstalkEnvironment", {"environment_name": "shop-prod"}),
    (event_bus, "AWSEventBridgeEventBus", {"anonymous_access": True}),
    (files, "AWSEfsFileSystem", {"encrypted": False}),
    (function, "AWSLambda", {"anonymous_access": True, "runtime": "python3.12"}),
    (glue_job, "AWSGlueJob", {"script_location": "s3://scripts/load.py"}),
    (glue_session, "AWSGlueSession", {"role": ROLE}),
    (job_definition, "AWSBatchJobDefinition", {"job_role_arn": ROLE, "image": "x:1"}),
    (notebook, "AWSSageMakerNotebookInstance", {"role_arn": ROLE}),
    (stack_set, "AWSCloudFormationStackSet", {"administration_role_arn": ROLE}),
    (state_machine, "AWSStepFunctionsStateMachine", {"role_arn": ROLE}),
    (http_interface, "AWSAPIGatewayV2API", {"protocoltype": "HTTP"}),
    (interface, "AWSAPIGatewayRestAPI", {"anonymous_access": True}),
    (kubernetes, "AWSEKSCluster", {"exposed_internet": True, "audit_logging": False}),
    (machines, "AWSEMRCluster", {"servicerole": "s"}),
    (queue, "AWSSQSQueue", {"anonymous_access": True, "fifo_queue": False}),
    (repository, "AWSECRRepository", {"anonymous_access": False}),
    (resource_share, "AWSRAMResourceShare", {"shared_with": ["111111111111"]}),
    (stack, "AWSCloudFormationStack", {"stack_name": "shop"}),
    (table, "AWSDynamoDBTable", {"billing_mode": "PAY_PER_REQUEST"}),
    (topic, "AWSSNSTopic", {"encrypted": False, "anonymous_access": False}),
    (warehouse, "AWSRedshiftCluster", {"encrypted": False}),
    (zone, "AWSDNSZone", {"privatezone": False}),
)

_MODULES = [
    "apigateway",
    "apigatewayv2",
    "batch",
    "cloudformation",
    "cloudfront",
    "codebuild",
    "codedeploy",
    "dynamodb",
    "ecr",
    "ecs",
    "efs",
    "eks",
    "elasticache",
    "elasticbeanstalk",
    "emr",
    "events",
    "glue",
    "lambda_",
    "opensearch",
    "ram",
    "rds",
    "redshift",
    "route53",
    "s3",
    "s3control",
    "sagemaker",
    "sns",
    "sqs",
    "stepfunctions",
]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The declarations under test; targets that others declare need not exist."""
    return check(f"{services}.{module}" for module in _MODULES)[0]


@pytest.mark.parametrize(("make", "label", "properties"), MADE, ids=[label for _, label, _ in MADE])
def test_what_was_made_is_found(
    aws: Aws,
    catalogue: Catalogue,
    make: Callable[[Aws], None],
    label: str,
    properties: dict[str, Any],
) -> None:
    make(aws)
    reading = read(aws, catalogue, label)
    assert reading.verdict is Verdict.COMPLETE, reading.reason
    (asset,) = (one for one in reading.assets if one.label == label)
    assert properties.items() <= asset.properties.items()
    if label == "AWSDNSZone":
        assert sum("/h" in one.id.removeprefix(asset.id) for one in reading.assets) == 600
    if label == "AWSS3Bucket":
        assert (asset.region, asset.tags) == ("us-west-2", {"k": "v"})


def read(aws: Aws, catalogue: Catalogue, label: str) -> Reading:
    """Read one type's scope with a client for each call."""
    service = catalogue.resource(label).service
    region = GLOBAL_REGION if service in {"s3", "route53", "cloudfront"} else REGION
    steps = catalogue.reader(Scope("aws", HUB, region, label))
    try:
        requests = next(steps)
        while True:
            requests = steps.send([answer(aws, request) for request in requests])
    except StopIteration as end:
        reading: Reading = end.value
        return reading


def answer(aws: Aws, request: Request) -> Answer:
    service, _, operation = request.operation.partition(":")
    client = aws.client(service, HUB, request.region)
    try:
        document = getattr(client, xform_name(operation))(**request.parameters)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        # An operation that moto lacks.
        verdict = Verdict.UNSUPPORTED if code == "404" else Verdict.FAILED
        return Answer(request, failure=Failure(verdict, code, str(error)))
    return Answer(request, document=document)
