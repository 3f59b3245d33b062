"""Container registries, ECS and EKS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.support.reading import Read, denied, failed, read_resource

from cloudwarden.providers.aws.services import ecr, ecs, eks
from cloudwarden.schema.records import Asset, Verdict

ECS = "arn:aws:ecs:eu-west-1:111122223333"
CLUSTER = f"{ECS}:cluster/main"
SERVICE = f"{ECS}:service/main/web"
TASK = f"{ECS}:task/main/1"
INSTANCE = f"{ECS}:container-instance/main/i"
DEFINITION = f"{ECS}:task-definition/web:3"


def edges(asset: Asset) -> set[tuple[str, str, bool]]:
    return {(one.type, one.target, one.incoming) for one in asset.relations}


def repositories(**answers: Any) -> Read:
    names = ("one", "two")
    image = {"imageDigest": "sha256:ab", "imageTags": ["v1", "live"], "imageSizeInBytes": 5}
    given = {
        "DescribeRepositories": {
            "repositories": [
                {
                    "repositoryArn": f"arn:aws:ecr:eu-west-1:1:repository/{name}",
                    "repositoryName": name,
                    "repositoryUri": f"1.dkr.example/{name}",
                    "imageScanningConfiguration": {"scanOnPush": True},
                }
                for name in names
            ]
        },
        "DescribeImages": {"imageDetails": [image, {"imageDigest": "sha256:cd"}]},
        "GetRepositoryPolicy": failed("RepositoryPolicyNotFoundException"),
        "ListTagsForResource": {"tags": [{"Key": "team", "Value": "web"}]},
        **answers,
    }
    (resource,) = ecr.RESOURCES
    return read_resource(resource, {f"ecr:{name}": answer for name, answer in given.items()})


def test_an_image_in_two_repositories_is_one_image_under_all_its_tags() -> None:
    found = repositories()
    labels = [asset.label for asset in found.reading.assets]
    assert labels.count("AWSECRImage") == 2
    assert labels.count("AWSECRRepositoryImage") == 6
    tagged = found.assets["1.dkr.example/one:live"]
    assert tagged.properties["tag"] == "live"
    assert edges(tagged) == {("IMAGE", "sha256:ab", False)}
    assert "1.dkr.example/two@sha256:cd" in found.assets


def test_a_repository_holds_its_images_and_may_be_open() -> None:
    policy = json.dumps(
        {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}]}
    )
    found = repositories(GetRepositoryPolicy={"policyText": policy})
    asset = found.assets["arn:aws:ecr:eu-west-1:1:repository/one"]
    assert asset.tags == {"team": "web"}
    assert asset.properties["scan_on_push"] is True
    assert asset.properties["anonymous_actions"] == ["ecr:BatchGetImage"]
    assert ("REPO_IMAGE", "1.dkr.example/one:v1", False) in edges(asset)


def test_a_repository_whose_policy_is_no_json_is_neither_open_nor_closed() -> None:
    found = repositories(GetRepositoryPolicy={"policyText": "{not json"})
    asset = found.assets["arn:aws:ecr:eu-west-1:1:repository/one"]
    assert "anonymous_access" not in asset.properties
    assert asset.unread["ecr:GetRepositoryPolicy"].code == "UnreadablePolicy"
    assert found.reading.verdict is Verdict.PARTIAL


def test_a_repository_whose_policy_is_denied_is_neither_open_nor_closed() -> None:
    asset = repositories(GetRepositoryPolicy=denied()).assets[
        "arn:aws:ecr:eu-west-1:1:repository/one"
    ]
    assert "anonymous_access" not in asset.properties
    assert "ecr:GetRepositoryPolicy" in asset.unread


def test_denied_images_are_not_called_gone() -> None:
    assert not repositories(DescribeImages=denied()).reading.shows_absence


def clusters(**answers: Any) -> Read:
    task = {
        "taskArn": TASK,
        "clusterArn": CLUSTER,
        "group": "service:web",
        "taskDefinitionArn": DEFINITION,
        "containerInstanceArn": INSTANCE,
        "cpu": "256",
        "memory": "512",
        "attachments": [{"details": [{"name": "networkInterfaceId", "value": "eni-1"}]}],
        "containers": [
            {"containerArn": f"{ECS}:container/c", "name": "app", "imageDigest": "sha256:ab"}
        ],
        "tags": [{"key": "team", "value": "web"}],
    }
    definition = {
        "taskDefinitionArn": DEFINITION,
        "taskRoleArn": "arn:aws:iam::111122223333:role/task",
        "cpu": "256",
        "containerDefinitions": [
            {
                "name": "app",
                "image": "x:1",
                "privileged": True,
                "environment": [{"name": "TOKEN", "value": "s3cret"}],
            }
        ],
    }
    service = {
        "serviceArn": SERVICE,
        "serviceName": "web",
        "clusterArn": CLUSTER,
        "taskDefinition": DEFINITION,
        "desiredCount": 2,
        "loadBalancers": [{"targetGroupArn": "arn:tg"}],
        "deploymentConfiguration": {
            "deploymentCircuitBreaker": {"enable": True, "rollback": False}
        },
    }
    given = {
        "ListClusters": {"clusterArns": [CLUSTER]},
        "DescribeClusters": {
            "clusters": [
                {
                    "clusterArn": CLUSTER,
                    "clusterName": "main",
                    "status": "ACTIVE",
                    "settings": [{"name": "containerInsights", "value": "enabled"}],
                    "configuration": {"executeCommandConfiguration": {"logging": "NONE"}},
                }
            ]
        },
        "ListServices": {"serviceArns": [SERVICE]},
        "DescribeServices": {"services": [service]},
        "ListTasks": {"taskArns": [TASK]},
        "DescribeTasks": {"tasks": [task]},
        "ListContainerInstances": {"containerInstanceArns": [INSTANCE]},
        "DescribeContainerInstances": {
            "containerInstances": [{"containerInstanceArn": INSTANCE, "ec2InstanceId": "i-1"}]
        },
        "DescribeTaskDefinition": {"taskDefinition": definition},
        **answers,
    }
    (resource,) = ecs.RESOURCES
    return read_resource(resource, {f"ecs:{name}": answer for name, answer in given.items()})


def test_a_cluster_its_services_and_tasks_hang_together() -> None:
    found = clusters()
    cluster, service, task = (found.assets[one] for one in (CLUSTER, SERVICE, TASK))
    assert cluster.properties["container_insights"] == "enabled"
    assert cluster.properties["ecc_logging"] == "NONE"
    assert service.properties["deployment_config_circuit_breaker_enable"] is True
    assert {
        ("HAS_SERVICE", CLUSTER, True),
        ("HAS_TASK_DEFINITION", DEFINITION, False),
        ("TARGETS", "arn:tg", True),
    } <= edges(service)
    assert (task.properties["cpu"], task.properties["memory"]) == (256, 512)
    assert task.tags == {"team": "web"}
    assert {
        ("HAS_TASK", CLUSTER, True),
        ("HAS_TASK", SERVICE, True),
        ("HAS_TASK", INSTANCE, True),
        ("WORKLOAD_PARENT", SERVICE, False),
        ("HAS_CONTAINER", f"{ECS}:container/c", False),
        ("NETWORK_INTERFACE", "eni-1", False),
    } <= edges(task)
    assert ("WORKLOAD_PARENT", CLUSTER, False) not in edges(task)
    assert ("HAS_CONTAINER_INSTANCE", CLUSTER, True) in edges(found.assets[INSTANCE])
    assert ("HAS_IMAGE", "sha256:ab", False) in edges(found.assets[f"{ECS}:container/c"])


def test_a_definition_is_asked_for_once_and_keeps_no_values_of_variables() -> None:
    found = clusters()
    assert found.reading.operations["ecs:DescribeTaskDefinition"] == 1
    container = found.assets[f"{DEFINITION}-app"]
    assert container.properties["environment_variable_names"] == ["TOKEN"]
    assert container.properties["privileged"] is True
    assert "s3cret" not in str(found.reading)
    assert ("HAS_TASK_ROLE", "arn:aws:iam::111122223333:role/task", False) in edges(
        found.assets[DEFINITION]
    )


def test_what_is_listed_but_not_described_is_kept_as_unread() -> None:
    found = clusters(DescribeServices=denied(), DescribeClusters=denied())
    assert set(found.assets[SERVICE].unread) == {"ecs:DescribeServices"}
    assert set(found.assets[CLUSTER].unread) == {"ecs:DescribeClusters"}
    assert found.reading.verdict is Verdict.PARTIAL


def test_containers_of_tasks_that_are_not_described_are_not_called_gone() -> None:
    assert not clusters(DescribeTasks=denied()).reading.shows_absence


def test_services_are_described_ten_at_a_time() -> None:
    arns = [f"{SERVICE}{n}" for n in range(12)]

    def described(asked: Mapping[str, Any]) -> dict[str, Any]:
        return {"services": [{"serviceArn": arn, "serviceName": arn} for arn in asked["services"]]}

    found = clusters(ListServices={"serviceArns": arns}, DescribeServices=described)
    assert found.reading.operations["ecs:DescribeServices"] == 2
    assert set(arns) <= set(found.assets)


def kubernetes(cluster: dict[str, Any], **answers: Any) -> Read:
    given = {
        "ListClusters": {"clusters": ["prod"]},
        "DescribeCluster": {"cluster": {"name": "prod", **cluster}},
        "ListNodegroups": {"nodegroups": []},
        **answers,
    }
    return read_resource(eks.CLUSTER, {f"eks:{name}": answer for name, answer in given.items()})


def test_a_cluster_tells_whether_it_is_audited_and_open_to_the_internet() -> None:
    closed = kubernetes(
        {
            "roleArn": "arn:aws:iam::111122223333:role/eks",
            "tags": {"team": "platform"},
            "logging": {"clusterLogging": [{"types": ["audit", "api"], "enabled": True}]},
            "resourcesVpcConfig": {
                "endpointPublicAccess": True,
                "publicAccessCidrs": ["192.0.2.0/24"],
                "securityGroupIds": ["sg-1"],
                "clusterSecurityGroupId": "sg-2",
            },
        }
    ).only("AWSEKSCluster")
    assert closed.tags == {"team": "platform"}
    expected = {
        "audit_logging": True,
        "enabled_log_types": ["api", "audit"],
        "endpoint_public_access": True,
        "exposed_internet": False,
        "rolearn": "arn:aws:iam::111122223333:role/eks",
    }
    assert expected.items() <= closed.properties.items()
    groups = {one.target for one in closed.relations if one.target.startswith("sg-")}
    assert groups == {"sg-1", "sg-2"}
    open_ = kubernetes(
        {
            "logging": {"clusterLogging": [{"types": ["audit"], "enabled": False}]},
            "resourcesVpcConfig": {
                "endpointPublicAccess": True,
                "publicAccessCidrs": ["0.0.0.0/0"],
            },
        }
    ).only("AWSEKSCluster")
    assert open_.properties["exposed_internet"] is True
    assert open_.properties["audit_logging"] is False


def test_a_cluster_that_cannot_be_described_is_known_by_its_arn() -> None:
    asset = kubernetes({}, DescribeCluster=denied()).only("AWSEKSCluster")
    assert asset.id == "arn:aws:eks:eu-west-1:111122223333:cluster/prod"
    assert "exposed_internet" not in asset.properties


def test_node_groups_belong_to_their_cluster() -> None:
    group = {"nodegroupName": "blue", "scalingConfig": {"minSize": 1}, "nodeRole": "arn:role"}
    found = kubernetes(
        {}, ListNodegroups={"nodegroups": ["blue"]}, DescribeNodegroup={"nodegroup": group}
    )
    asset = found.only("AWSEKSNodegroup")
    assert asset.properties["minsize"] == 1
    assert {
        ("MEMBER_OF_EKS_CLUSTER", "arn:aws:eks:eu-west-1:111122223333:cluster/prod", False),
        ("ASSUMES", "arn:role", False),
    } <= edges(asset)
