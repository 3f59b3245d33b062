"""What faces the web, and what builds it: CloudFront, API Gateway, stacks, EMR, Beanstalk."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.reading import Read, denied, read_resource

from cloudwarden.providers.aws.services import (
    apigateway,
    apigatewayv2,
    cloudformation,
    cloudfront,
    elasticbeanstalk,
    emr,
    globalaccelerator,
)
from cloudwarden.schema.records import Asset, Verdict


def edges(asset: Asset) -> set[tuple[str, str]]:
    return {(one.type, one.target) for one in asset.relations}


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("site.s3.amazonaws.com", "site"),
        ("site.s3.eu-west-1.amazonaws.com", "site"),
        ("site.s3-eu-west-1.amazonaws.com", "site"),
        ("site.s3.dualstack.eu-west-1.amazonaws.com", "site"),
        ("site.s3-website-us-east-1.amazonaws.com", "site"),
        ("site.s3-website.eu-central-1.amazonaws.com", "site"),
        ("www.ex.test.s3.amazonaws.com", "www.ex.test"),
        ("site.s3.cn-north-1.amazonaws.com.cn", "site"),
        ("www.ex.test", None),
        ("web-1.eu-west-1.elb.amazonaws.com", None),
    ],
)
def test_an_origin_is_told_to_be_a_bucket_by_its_host(host: str, bucket: str | None) -> None:
    assert cloudfront.bucket_of(host) == bucket


def distribution(**answers: Any) -> Read:
    entry = {
        "Id": "E1",
        "ARN": "arn:aws:cloudfront::111122223333:distribution/E1",
        "DomainName": "d1.cloudfront.net",
        "Enabled": True,
        "Aliases": {"Quantity": 1, "Items": ["www.ex.test"]},
        "Origins": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": "o",
                    "DomainName": "site.s3.eu-west-1.amazonaws.com",
                    "CustomHeaders": {"Items": [{"HeaderName": "x", "HeaderValue": "s3cret"}]},
                }
            ],
        },
        "DefaultCacheBehavior": {
            "ViewerProtocolPolicy": "allow-all",
            "LambdaFunctionAssociations": {
                "Items": [{"LambdaFunctionARN": "arn:aws:lambda:us-east-1:1:function:edge:7"}]
            },
        },
        "ViewerCertificate": {"ACMCertificateArn": "arn:cert", "MinimumProtocolVersion": "TLSv1"},
    }
    given = {
        "ListDistributions": {"DistributionList": {"Items": [entry]}},
        "ListTagsForResource": {"Tags": {"Items": [{"Key": "team", "Value": "web"}]}},
        **answers,
    }
    resource = cloudfront.RESOURCES[0]
    return read_resource(
        resource, {f"cloudfront:{name}": a for name, a in given.items()}, region="global"
    )


def test_a_distribution_and_what_it_serves_from() -> None:
    asset = distribution().only()
    assert asset.tags == {"team": "web"}
    expected = {
        "distribution_id": "E1",
        "aliases": ["www.ex.test"],
        "viewer_protocol_policy": "allow-all",
        "acm_certificate_arn": "arn:cert",
        "minimum_protocol_version": "TLSv1",
        "origin_domain_names": ["site.s3.eu-west-1.amazonaws.com"],
    }
    assert expected.items() <= asset.properties.items()
    assert "s3cret" not in str(asset)
    assert json.loads(asset.properties["origins"]) == [
        {"id": "o", "host": "site.s3.eu-west-1.amazonaws.com"}
    ]
    assert edges(asset) == {
        ("SERVES_FROM", "site"),
        ("USES_CERTIFICATE", "arn:cert"),
        ("USES_LAMBDA_EDGE", "arn:aws:lambda:us-east-1:1:function:edge"),
    }


def test_an_origin_in_a_vpc_leads_to_what_is_there() -> None:
    resource = cloudfront.RESOURCES[1]
    balancer = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/inner/1"
    items = [
        {"Id": "vo-1", "Arn": "arn:vo-1", "OriginEndpointArn": balancer},
        {"Id": "vo-2", "Arn": "arn:vo-2",
         "OriginEndpointArn": "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"},
    ]  # fmt: skip
    answers = {"cloudfront:ListVpcOrigins": {"VpcOriginList": {"Items": items}}}
    found = read_resource(resource, answers, region="global").assets
    assert edges(found["vo-1"]) == {("LEADS_TO", balancer)}
    assert edges(found["vo-2"]) == {("LEADS_TO", "i-1")}


def test_an_accelerator_with_what_its_listeners_lead_to() -> None:
    arn = "arn:aws:globalaccelerator::111122223333:accelerator/1"
    listener, group = f"{arn}/listener/2", f"{arn}/listener/2/endpoint-group/3"
    balancer = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/inner/1"
    endpoints = [
        {"EndpointId": balancer, "Weight": 128, "HealthState": "HEALTHY"},
        {"EndpointId": "i-1", "ClientIPPreservationEnabled": True},
        {"EndpointId": "eipalloc-1"},
    ]
    ports = [{"FromPort": 80, "ToPort": 81}]
    addresses = [{"IpAddresses": ["203.0.113.7"]}]
    answers = {
        "ListAccelerators": {"Accelerators": [
            {"AcceleratorArn": arn, "Name": "fast", "Enabled": True, "IpSets": addresses}
        ]},
        "ListListeners": {"Listeners": [{"ListenerArn": listener, "PortRanges": ports}]},
        "ListEndpointGroups": {"EndpointGroups": [
            {"EndpointGroupArn": group, "EndpointDescriptions": endpoints}
        ]},
    }  # fmt: skip
    named = {f"globalaccelerator:{name}": answer for name, answer in answers.items()}
    read = read_resource(globalaccelerator.RESOURCES[0], named, region="global")
    assert {one.region for one in read.requests} == {"us-west-2"}
    assert read.assets[arn].properties["ip_addresses"] == ["203.0.113.7"]
    assert edges(read.assets[listener]) == {("HAS_LISTENER", arn)}
    found = read.assets[group]
    assert edges(found) == {
        ("HAS_ENDPOINT_GROUP", listener),
        ("LEADS_TO", balancer),
        ("LEADS_TO", "i-1"),
        ("LEADS_TO", "eipalloc-1"),
    }
    assert "HEALTHY" not in str(found)
    assert [one["id"] for one in json.loads(found.properties["endpoints"])] == [
        balancer, "i-1", "eipalloc-1",
    ]  # fmt: skip


def test_a_distribution_whose_tags_are_denied_says_so() -> None:
    found = distribution(ListTagsForResource=denied())
    assert set(found.only().unread) == {"cloudfront:ListTagsForResource"}
    assert found.reading.verdict is Verdict.PARTIAL


POLICY = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke"}]}


def interfaces(interface: dict[str, Any], **answers: Any) -> Read:
    given = {
        "GetRestApis": {"items": [{"id": "a1", "name": "orders", **interface}]},
        "GetStages": {"item": []},
        "GetResources": {"items": []},
        **answers,
    }
    resource = apigateway.RESOURCES[0]
    return read_resource(resource, {f"apigateway:{name}": a for name, a in given.items()})


@pytest.mark.parametrize("text", [json.dumps(POLICY), json.dumps(POLICY).replace('"', '\\"')])
def test_an_open_interface_is_told_however_its_policy_is_escaped(text: str) -> None:
    asset = interfaces({"policy": text, "tags": {"team": "shop"}}).only()
    assert asset.tags == {"team": "shop"}
    assert asset.properties["anonymous_access"] is True
    assert json.loads(asset.properties["policy"]) == POLICY
    assert asset.properties["exposed_internet"] is True


def test_a_private_interface_is_not_exposed() -> None:
    asset = interfaces({"endpointConfiguration": {"types": ["PRIVATE"]}}).only()
    assert asset.properties["exposed_internet"] is False
    assert asset.properties["anonymous_access"] is False
    assert asset.properties["endpoint_type"] == "PRIVATE"


def test_stages_and_paths_belong_to_their_interface() -> None:
    methods = {
        "GET": {"authorizationType": "NONE"},
        "POST": {"authorizationType": "AWS_IAM"},
        "PUT": {"authorizationType": "NONE", "apiKeyRequired": True},
        "OPTIONS": {"authorizationType": "NONE"},
    }
    stage = {"stageName": "prod", "tracingEnabled": True, "variables": {"key": "s3cret"}}
    found = interfaces(
        {},
        GetStages={"item": [stage]},
        GetResources={"items": [{"id": "r1", "path": "/", "resourceMethods": methods}]},
    )
    path = found.only("AWSAPIGatewayResource")
    assert path.properties["open_methods"] == ["GET"]
    assert edges(path) == {("RESOURCE", "a1")}
    kept = found.only("AWSAPIGatewayStage")
    assert kept.properties["tracingenabled"] is True
    assert edges(kept) == {("ASSOCIATED_WITH", "a1")}
    assert "s3cret" not in str(found.reading)


def test_methods_have_what_answers_them_without_its_parameters() -> None:
    function = "arn:aws:lambda:eu-west-1:111122223333:function:shop"
    uri = (
        f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{function}:live/invocations"
    )
    secret = {"requestParameters": {"integration.request.header.x": "'s3cret'"}}
    methods = {
        "GET": {
            "httpMethod": "GET",
            "authorizationType": "NONE",
            "methodIntegration": {"type": "AWS_PROXY", "httpMethod": "POST", "uri": uri, **secret},
        },
        "PUT": {
            "httpMethod": "PUT",
            "authorizationType": "AWS_IAM",
            "methodIntegration": {
                "type": "HTTP_PROXY",
                "uri": "http://inner",
                "connectionType": "VPC_LINK",
                "connectionId": "vl-1",
            },
        },
        "POST": {"httpMethod": "POST", "authorizationType": "NONE"},
    }
    resources = {"items": [{"id": "r1", "path": "/", "resourceMethods": methods}]}
    found = interfaces({}, GetResources=resources)
    assets = {one.id: one for one in found.reading.assets}
    get = assets["a1/r1/GET"]
    integrations = {
        one.id: one for one in found.reading.assets if one.label == "AWSAPIGatewayIntegration"
    }
    assert integrations.keys() == {"a1/r1/GET", "a1/r1/PUT"}
    told = integrations["a1/r1/GET"]
    assert (told.properties["httpmethod"], told.properties["integration_http_method"]) == (
        "GET",
        "POST",
    )
    assert told.properties["authorization_type"] == "NONE"
    assert edges(told) == {
        ("HAS_INTEGRATION", "a1/r1/GET"),
        ("HAS_INTEGRATION", "r1"),
        ("INVOKES", function),
    }
    assert ("USES_VPC_LINK", "vl-1") in edges(integrations["a1/r1/PUT"])
    assert "s3cret" not in str(found.reading)
    assert get.id == "a1/r1/GET"


def test_a_vpc_link_leads_to_its_balancers() -> None:
    link = {"id": "vl-1", "name": "inner", "targetArns": ["arn:balancer"]}
    resource = next(one for one in apigateway.RESOURCES if one.label == "AWSAPIGatewayVpcLink")
    found = read_resource(resource, {"apigateway:GetVpcLinks": {"items": [link]}}).only()
    assert edges(found) == {("LEADS_TO", "arn:balancer")}


def test_denied_stages_are_not_called_gone() -> None:
    assert not interfaces({}, GetStages=denied()).reading.shows_absence


def test_an_http_interface_with_its_stage() -> None:
    resource = apigatewayv2.RESOURCES[0]
    function = "arn:aws:lambda:eu-west-1:111122223333:function:shop"
    listener = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/inner/1/2"
    integrations = [
        {"IntegrationId": "i1", "IntegrationUri": f"{function}:live"},
        {"IntegrationId": "i2", "IntegrationUri": listener, "ConnectionId": "vl-2"},
    ]
    route = {"RouteId": "t1", "RouteKey": "GET /", "Target": "integrations/i1",
             "AuthorizationType": "NONE"}  # fmt: skip
    api = {"ApiId": "h1", "Name": "web", "ProtocolType": "HTTP", "Tags": {"team": "web"}}
    found = read_resource(
        resource,
        {
            "apigatewayv2:GetApis": {"Items": [api]},
            "apigatewayv2:GetStages": {"Items": [{"StageName": "live", "AutoDeploy": True}]},
            "apigatewayv2:GetIntegrations": {"Items": integrations},
            "apigatewayv2:GetRoutes": {"Items": [route]},
        },
    )
    assert edges(found.assets["h1/i1"]) == {("HAS_INTEGRATION", "h1"), ("INVOKES", function)}
    assert edges(found.assets["h1/i2"]) == {
        ("HAS_INTEGRATION", "h1"),
        ("INTEGRATES_WITH", listener),
        ("USES_VPC_LINK", "vl-2"),
    }
    told = found.assets["h1/t1"]
    assert (told.name, told.properties["api_id"]) == ("GET /", "h1")
    assert told.properties["target"] == "integrations/i1"
    assert found.assets["h1"].tags == {"team": "web"}
    assert found.assets["h1"].properties["protocoltype"] == "HTTP"
    assert edges(found.only("AWSAPIGatewayV2Stage")) == {("ASSOCIATED_WITH", "h1")}


def test_a_stack_keeps_names_of_parameters_and_not_their_values() -> None:
    resource = cloudformation.RESOURCES[0]
    stack = {
        "StackId": "arn:stack",
        "StackName": "shop",
        "StackStatus": "CREATE_COMPLETE",
        "RoleARN": "arn:role",
        "Parameters": [{"ParameterKey": "Password", "ParameterValue": "s3cret"}],
        "Outputs": [{"OutputKey": "Url", "OutputValue": "also-s3cret"}],
        "EnableTerminationProtection": False,
        "Tags": [{"Key": "team", "Value": "shop"}],
    }
    asset = read_resource(resource, {"cloudformation:DescribeStacks": {"Stacks": [stack]}}).only()
    assert (asset.id, asset.name, asset.tags) == ("arn:stack", "shop", {"team": "shop"})
    assert asset.properties["parameter_names"] == ["Password"]
    assert asset.properties["output_names"] == ["Url"]
    assert "s3cret" not in str(asset)
    assert edges(asset) == {("HAS_EXECUTION_ROLE", "arn:role")}


def test_a_cluster_of_machines_is_kept_when_it_cannot_be_described() -> None:
    (resource,) = emr.RESOURCES
    listed = {
        "Id": "j-1",
        "Name": "nightly",
        "ClusterArn": "arn:emr",
        "Status": {"State": "RUNNING"},
    }
    described = {
        "Id": "j-1",
        "ServiceRole": "EMR_DefaultRole",
        "KerberosAttributes": {"KdcAdminPassword": "s3cret"},
        "Tags": [{"Key": "team", "Value": "bi"}],
    }
    answers = {"emr:ListClusters": {"Clusters": [listed]}}
    asset = read_resource(
        resource, {**answers, "emr:DescribeCluster": {"Cluster": described}}
    ).only()
    assert asset.tags == {"team": "bi"}
    assert asset.properties["servicerole"] == "EMR_DefaultRole"
    assert "s3cret" not in str(asset)
    unread = read_resource(resource, {**answers, "emr:DescribeCluster": denied()}).only()
    assert (unread.id, unread.name) == ("j-1", "nightly")
    assert unread.properties["state"] == "RUNNING"
    assert "emr:DescribeCluster" in unread.unread


def test_an_environment_has_the_name_that_it_answers_to() -> None:
    (resource,) = elasticbeanstalk.RESOURCES
    environment = {
        "EnvironmentArn": "arn:env",
        "EnvironmentName": "shop-prod",
        "CNAME": "shop.eu-west-1.elasticbeanstalk.com",
        "Status": "Ready",
    }
    asset = read_resource(
        resource,
        {
            "elasticbeanstalk:DescribeEnvironments": {"Environments": [environment]},
            "elasticbeanstalk:ListTagsForResource": {
                "ResourceTags": [{"Key": "team", "Value": "shop"}]
            },
        },
    ).only()
    assert (asset.id, asset.name, asset.tags) == ("arn:env", "shop-prod", {"team": "shop"})
    assert asset.properties["cname"] == "shop.eu-west-1.elasticbeanstalk.com"
