"""VPC endpoints, endpoint services and prefix lists."""

from __future__ import annotations

from tests.support.live import declared, edges
from tests.support.reading import ACCOUNT, REGION, denied, read_resource

from cloudwarden.schema.records import Verdict

ENDPOINT = declared("ec2_endpoints", "AWSVpcEndpoint")
SERVICE = declared("ec2_endpoints", "AWSVpcEndpointService")
PREFIXES = declared("ec2_endpoints", "AWSManagedPrefixList")
BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/net/n/1"


def test_an_endpoint_points_to_the_network_that_it_is_in() -> None:
    endpoint = {
        "VpcEndpointId": "vpce-1",
        "VpcId": "vpc-1",
        "OwnerId": ACCOUNT,
        "ServiceName": "com.amazonaws.eu-west-1.s3",
        "RouteTableIds": ["rtb-1"],
        "SubnetIds": ["subnet-1"],
        "Groups": [{"GroupId": "sg-1"}],
        "PolicyDocument": '{"Statement": []}',
        "Tags": [{"Key": "Name", "Value": "s3"}],
    }
    found = read_resource(ENDPOINT, {"ec2:DescribeVpcEndpoints": {"VpcEndpoints": [endpoint]}})
    asset = found.only()
    assert (asset.name, asset.tags) == ("s3", {"Name": "s3"})
    assert asset.properties["service_name"] == "com.amazonaws.eu-west-1.s3"
    assert asset.properties["arn"] == f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-endpoint/vpce-1"
    assert edges(asset) == {
        ("MEMBER_OF_AWS_VPC", "vpc-1"),
        ("MEMBER_OF_SECURITY_GROUP", "sg-1"),
        ("ROUTES_THROUGH", "rtb-1"),
        ("USES_SUBNET", "subnet-1"),
    }


def test_a_service_says_who_may_connect_and_what_serves_it() -> None:
    service = {"ServiceId": "vpce-svc-1", "NetworkLoadBalancerArns": [BALANCER]}
    asset = read_resource(
        SERVICE,
        {
            "ec2:DescribeVpcEndpointServiceConfigurations": {"ServiceConfigurations": [service]},
            "ec2:DescribeVpcEndpointServicePermissions": {
                "AllowedPrincipals": [{"Principal": "*", "PrincipalType": "All"}]
            },
        },
    ).only()
    assert asset.properties["allowed_principals"] == ["*"]
    assert edges(asset) == {("SERVED_BY", BALANCER)}


def test_who_may_connect_is_unknown_where_that_is_denied() -> None:
    asset = read_resource(
        SERVICE,
        {
            "ec2:DescribeVpcEndpointServiceConfigurations": {
                "ServiceConfigurations": [{"ServiceId": "vpce-svc-1"}]
            },
            "ec2:DescribeVpcEndpointServicePermissions": denied(),
        },
    ).only()
    assert "allowed_principals" not in asset.properties
    assert asset.unread["ec2:DescribeVpcEndpointServicePermissions"].verdict is Verdict.DENIED


def test_only_our_own_prefix_lists_are_asked_for_their_ranges() -> None:
    lists = [
        {"PrefixListId": "pl-aws", "OwnerId": "AWS", "PrefixListName": "com.amazonaws.s3"},
        {"PrefixListId": "pl-own", "OwnerId": ACCOUNT, "PrefixListName": "offices"},
    ]
    result = read_resource(
        PREFIXES,
        {
            "ec2:DescribeManagedPrefixLists": {"PrefixLists": lists},
            "ec2:GetManagedPrefixListEntries": {"Entries": [{"Cidr": "192.0.2.0/24"}]},
        },
    )
    assert result.reading.operations["ec2:GetManagedPrefixListEntries"] == 1
    assert result.assets["pl-own"].properties["cidrs"] == ["192.0.2.0/24"]
    assert "cidrs" not in result.assets["pl-aws"].properties
