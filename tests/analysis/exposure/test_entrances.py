"""What is reached past its own address: by APIs, by CloudFront, by global accelerators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cloudwarden.analysis.exposure.verdicts import Exposure
from cloudwarden.core.json import dumps
from cloudwarden.schema.records import Relation

from .networks import DENIED, Builder, standard
from .test_balancers import NEWER, instance, network, of

ARN = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer"
FUNCTION = "arn:aws:lambda:eu-west-1:111111111111:function:shop"
EXPOSED, CLOSED = (True, "sure"), (False, "sure")
CONDITIONAL, UNKNOWN = (None, "conditional"), (None, "unknown")
INVOKE = {"Effect": "Allow", "Action": "lambda:InvokeFunction"}


def policy(service: str) -> str:
    return dumps({"Statement": [{**INVOKE, "Principal": {"Service": service}}]})


def answer(found: Exposure) -> tuple[bool | None, str]:
    return found.exposed, found.certainty.value


def internal(
    type_: str = "application", target: str = "tcp/8080 sg-lb", rule: str = "tcp/80 10.0.0.0/16",
    **more: Any,
) -> Builder:  # fmt: skip
    """An instance behind an internal load balancer in `subnet-2`."""
    made = network(target, balancer=(rule,))
    kind = "app" if type_ == "application" else "net"
    more = {"groups": ["sg-lb"] if kind == "app" else []} | more
    made.balancer(f"{kind}/new/1", "internal", type_, ["subnet-2"], **more)
    made.target_group(balancers=[f"{kind}/new/1"], protocol="HTTP" if kind == "app" else "TCP")
    return made


def rest(
    made: Builder, *relations: Relation, authorization: str = "NONE", key: bool = False,
    uri: str = "http://internal", **api: Any,
) -> None:  # fmt: skip
    made.add("AWSAPIGatewayRestAPI", "a1", name="orders", **api)
    made.add(
        "AWSAPIGatewayIntegration", "a1/r1/GET", relations, api_id="a1", httpmethod="GET",
        authorization_type=authorization, api_key_required=key, uri=uri,
    )  # fmt: skip


CALLS = Relation("INVOKES", "AWSLambda", FUNCTION)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, EXPOSED),
        ({"endpoint_type": "PRIVATE"}, CLOSED),
        ({"authorization": "AWS_IAM"}, CONDITIONAL),
        ({"authorization": "CUSTOM"}, CONDITIONAL),
        ({"key": True}, CONDITIONAL),
    ],
)
def test_a_function_is_exposed_by_the_api_that_calls_it(
    changes: dict[str, Any], expected: tuple[bool | None, str]
) -> None:
    made = Builder()
    rest(made, CALLS, **changes)
    made.add("AWSLambda", FUNCTION, name="shop", policy=policy("apigateway.amazonaws.com"))
    found = of(made, "AWSLambda", FUNCTION)
    assert answer(found) == expected
    if expected == EXPOSED:
        assert found.types == ("api_gateway",)
        assert f"GET of orders leads to {FUNCTION}" in found.steps


def test_an_api_that_a_functions_policy_does_not_let_in_does_not_reach_it() -> None:
    made = Builder()
    rest(made, CALLS)
    made.add("AWSLambda", FUNCTION, name="shop", policy=policy("s3.amazonaws.com"))
    assert answer(of(made, "AWSLambda", FUNCTION)) == CLOSED
    (integration,) = [one for one in made.found if one.label == "AWSAPIGatewayIntegration"]
    made.found.remove(integration)
    by_role = {**integration.properties, "credentials": "arn:aws:iam::111111111111:role/r"}
    made.add(integration.label, integration.id, [CALLS], **by_role)
    assert answer(of(made, "AWSLambda", FUNCTION)) == EXPOSED
    made = Builder()
    rest(made, CALLS)
    made.add("AWSLambda", FUNCTION, unread={"lambda:GetPolicy": DENIED})
    assert answer(of(made, "AWSLambda", FUNCTION)) == UNKNOWN


@pytest.mark.parametrize(
    ("service", "label", "expected"),
    [
        ("apigateway.amazonaws.com", "AWSAPIGatewayIntegration", UNKNOWN),
        ("apigateway.amazonaws.com", "AWSAPIGatewayV2Integration", UNKNOWN),
        ("elasticloadbalancing.amazonaws.com", "AWSLoadBalancerV2", UNKNOWN),
        ("cloudfront.amazonaws.com", "AWSCloudFrontDistribution", UNKNOWN),
        ("s3.amazonaws.com", "AWSAPIGatewayIntegration", CLOSED),
        ("apigateway.amazonaws.com", "AWSLoadBalancerV2", CLOSED),
    ],
)
def test_what_a_functions_policy_lets_call_it_may_do_so_where_it_was_not_read(
    service: str, label: str, expected: tuple[bool | None, str]
) -> None:
    made = Builder()
    made.add("AWSLambda", FUNCTION, policy=policy(service))
    assert answer(of(made, "AWSLambda", FUNCTION)) == CLOSED
    made.unread = {label}
    assert answer(of(made, "AWSLambda", FUNCTION)) == expected


def http(
    made: Builder, *relations: Relation, routes: Mapping[str, str] | None = None,
    unread: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """An HTTP API with one integration; routes are names to their authorisation."""
    made.add("AWSAPIGatewayV2API", "h1", unread=unread, name="web")
    made.add("AWSAPIGatewayV2Integration", "h1/i1", relations, api_id="h1")
    for number, (name, type_) in enumerate(
        ({"GET /": "NONE"} if routes is None else routes).items()
    ):
        made.add("AWSAPIGatewayV2Route", f"h1/{number}", name=name, api_id="h1",
                 authorization_type=type_, target="integrations/i1")  # fmt: skip


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ({"GET /": "NONE"}, EXPOSED),
        ({"GET /": "JWT"}, CONDITIONAL),
        ({"GET /": "JWT", "GET /open": "NONE"}, EXPOSED),
        ({}, CLOSED),
    ],
)
def test_a_function_is_exposed_by_the_routes_that_lead_to_it(
    routes: dict[str, str], expected: tuple[bool | None, str]
) -> None:
    made = Builder()
    http(made, CALLS, routes=routes)
    made.add("AWSLambda", FUNCTION, policy=policy("apigateway.amazonaws.com"))
    assert answer(of(made, "AWSLambda", FUNCTION)) == expected


def test_routes_that_were_not_read_may_lead_to_it() -> None:
    made = Builder()
    http(made, CALLS, routes={}, unread={"apigatewayv2:GetRoutes": DENIED})
    made.add("AWSLambda", FUNCTION, policy=policy("apigateway.amazonaws.com"))
    assert answer(of(made, "AWSLambda", FUNCTION)) == UNKNOWN


def linked(made: Builder, **changes: Any) -> Builder:
    """A REST API that leads to the network load balancer by a VPC link."""
    rest(made, Relation("USES_VPC_LINK", "AWSAPIGatewayVpcLink", "vl-1"), **changes)
    made.add("AWSAPIGatewayVpcLink", "vl-1", [
        Relation("LEADS_TO", "AWSLoadBalancerV2", f"{ARN}/net/new/1")
    ])  # fmt: skip
    return made


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (linked(internal("network", "tcp/8080 10.0.2.0/24")), EXPOSED),
        (linked(internal("network", "tcp/8080 10.0.2.0/24"), uri="http://x:8443"), CLOSED),
        (linked(internal("network", "tcp/8080 10.0.2.0/24"), endpoint_type="PRIVATE"), CLOSED),
        (linked(internal("network", "tcp/8080 10.0.2.0/24"), authorization="AWS_IAM"), CONDITIONAL),
        (linked(internal("network", "tcp/8080 10.9.0.0/24")), CLOSED),
        (linked(internal("network", groups=["sg-lb"], rule="tcp/80 0.0.0.0/0")), EXPOSED),
        (linked(internal("network", groups=["sg-lb"])), CONDITIONAL),
        (linked(internal("network", groups=["sg-lb"], rule="tcp/443 0.0.0.0/0")), CLOSED),
        (
            linked(internal(
                "network", groups=["sg-lb"], rule="tcp/443 0.0.0.0/0",
                enforcesecuritygroupinboundrulesonprivatelinktraffic="off",
            )),
            EXPOSED,
        ),
    ],
)  # fmt: skip
def test_an_internal_balancer_is_exposed_by_the_api_whose_link_leads_to_it(
    made: Builder, expected: tuple[bool | None, str]
) -> None:
    found = instance(made)
    assert answer(found) == expected, found
    if expected == EXPOSED:
        assert of(made, "AWSLoadBalancerV2", NEWER).types == ("api_gateway",)
        assert found.types == ("elbv2",)


@pytest.mark.parametrize(
    ("rule", "listener", "expected"),
    [
        ("tcp/80 sg-link", "80", EXPOSED),
        ("tcp/80 10.0.0.0/16", "80", EXPOSED),
        ("tcp/80 10.9.0.0/16", "80", CLOSED),
        ("tcp/80 sg-link", "81", CLOSED),
    ],
)
def test_a_link_of_an_http_api_comes_from_its_own_subnets_and_groups(
    rule: str, listener: str, expected: tuple[bool | None, str]
) -> None:
    made = internal(rule=rule)
    made.group("sg-link")
    http(
        made,
        Relation("USES_VPC_LINK", "AWSAPIGatewayV2VpcLink", "vl-2"),
        Relation("INTEGRATES_WITH", "AWSELBV2Listener", f"{ARN}/app/new/1/listener/{listener}"),
    )
    made.add("AWSAPIGatewayV2VpcLink", "vl-2", [
        Relation("PART_OF_SUBNET", "AWSEC2Subnet", "subnet-1"),
        Relation("MEMBER_OF_EC2_SECURITY_GROUP", "AWSEC2SecurityGroup", "sg-link"),
    ])  # fmt: skip
    assert answer(of(made, "AWSLoadBalancerV2", NEWER)) == expected
    assert answer(instance(made)) == expected


def accelerated(made: Builder, endpoint: str, **changes: Any) -> Builder:
    arn = "arn:aws:globalaccelerator::111111111111:accelerator/1"
    made.region = "global"
    made.add("AWSGlobalAccelerator", arn, name="fast", enabled=changes.get("enabled", True))
    made.add("AWSGlobalAcceleratorListener", f"{arn}/listener/1", protocol="TCP",
             port_ranges=dumps([{"FromPort": 80, "ToPort": 81}]))  # fmt: skip
    made.add(
        "AWSGlobalAcceleratorEndpointGroup", f"{arn}/listener/1/endpoint-group/1",
        endpoints=dumps([{"id": endpoint, "weight": changes.get("weight", 128)}]),
        port_overrides=dumps(changes.get("overrides", [])),
    )  # fmt: skip
    made.region = "eu-west-1"
    return made


BLOCKED = {"block_public_access_states_internet_gateway_block_mode": "block-ingress"}


@pytest.mark.parametrize(
    ("rule", "changes", "expected"),
    [
        ("tcp/80 0.0.0.0/0", {}, EXPOSED),
        ("tcp/80 203.0.113.0/24", {}, (False, "conditional")),
        ("tcp/80 10.0.0.0/16", {}, CLOSED),
        ("tcp/80 0.0.0.0/0", {"enabled": False}, CLOSED),
        ("tcp/80 0.0.0.0/0", {"weight": 0}, CLOSED),
        ("tcp/80 0.0.0.0/0", {"overrides": [{"ListenerPort": 80, "EndpointPort": 8443}]}, CLOSED),
    ],
)
def test_an_internal_balancer_is_exposed_by_an_accelerator(
    rule: str, changes: dict[str, Any], expected: tuple[bool | None, str]
) -> None:
    made = accelerated(internal(rule=rule), f"{ARN}/app/new/1", **changes)
    assert answer(of(made, "AWSLoadBalancerV2", NEWER)) == expected
    assert answer(instance(made)) == expected


@pytest.mark.parametrize(
    ("rule", "more", "expected"),
    [
        ("tcp/80 0.0.0.0/0", {}, EXPOSED),
        ("tcp/443 0.0.0.0/0", {}, CLOSED),
        ("tcp/80 0.0.0.0/0", {"subnet": BLOCKED}, CLOSED),
        ("tcp/80 0.0.0.0/0", {"gateway": None}, CLOSED),
        ("tcp/80 0.0.0.0/0", {"acl": {"inbound": []}}, CLOSED),
    ],
)
def test_a_private_instance_is_exposed_by_an_accelerator(
    rule: str, more: dict[str, Any], expected: tuple[bool | None, str]
) -> None:
    private = {
        "interface": {"public": None, "instance_id": "i-1"},
        "table": {"routes": {"10.0.0.0/16": "local"}},
    }
    made = standard(group={"inbound": [rule]}, **{**private, **more})
    made.instance()
    found = instance(accelerated(made, "i-1"))
    assert answer(found) == expected
    if expected == EXPOSED:
        assert (found.types, found.ports) == (("global_accelerator",), ("tcp/80",))


def test_accelerators_that_could_not_be_read_may_lead_there() -> None:
    made = internal(rule="tcp/80 0.0.0.0/0")
    made.unread = {"AWSGlobalAcceleratorEndpointGroup"}
    found = of(made, "AWSLoadBalancerV2", NEWER)
    assert answer(found) == UNKNOWN
    assert found.unknown == (
        "global accelerators of 111111111111 in global were not read (AccessDenied)",
    )


def test_accelerators_that_nobody_asked_for_may_lead_there() -> None:
    made = internal(rule="tcp/80 0.0.0.0/0")
    made.never_asked = {"AWSGlobalAcceleratorEndpointGroup"}
    found = of(made, "AWSLoadBalancerV2", NEWER)
    assert answer(found) == UNKNOWN
    assert found.unknown == ("global accelerators of 111111111111 in global were never read",)


def distributed(made: Builder, **changes: Any) -> Builder:
    made.add("AWSCloudFrontVpcOrigin", "vo-1", [
        Relation("LEADS_TO", "AWSLoadBalancerV2", f"{ARN}/app/new/1")
    ])  # fmt: skip
    origins = [{"host": NEWER, "vpc_origin": "vo-1", "protocols": "http-only", "http_port": 80}]
    made.add(
        "AWSCloudFrontDistribution", "E1", name="d1.cloudfront.net", origins=dumps(origins),
        origin_domain_names=[NEWER], **{"enabled": True, **changes},
    )  # fmt: skip
    return made


@pytest.mark.parametrize(
    ("rule", "changes", "expected"),
    [
        ("tcp/80 pl-cf", {}, EXPOSED),
        ("tcp/80 sg-cf", {}, EXPOSED),
        ("tcp/80 10.0.0.0/16", {}, EXPOSED),
        ("tcp/443 pl-cf", {}, CLOSED),
        ("tcp/80 10.9.0.0/16", {}, CLOSED),
        ("tcp/80 pl-cf", {"enabled": False}, CLOSED),
    ],
)
def test_an_internal_balancer_is_exposed_by_a_vpc_origin_that_its_groups_let_in(
    rule: str, changes: dict[str, Any], expected: tuple[bool | None, str]
) -> None:
    made = internal(rule=rule)
    made.prefix_list("pl-cf", None, "AWS", "com.amazonaws.global.cloudfront.origin-facing")
    made.add("AWSEC2SecurityGroup", "sg-cf", name="CloudFront-VPCOrigins-Service-SG", vpcid="vpc-1")
    distributed(made, **changes)
    found = of(made, "AWSLoadBalancerV2", NEWER)
    assert answer(found) == expected, found
    assert answer(instance(made)) == expected


@pytest.mark.parametrize(
    ("service", "control", "expected"),
    [
        ("cloudfront.amazonaws.com", "oac-1", EXPOSED),
        ("s3.amazonaws.com", "oac-1", CLOSED),
        ("cloudfront.amazonaws.com", None, CLOSED),
    ],
)
def test_a_function_is_exposed_by_a_distribution_that_may_call_its_url(
    service: str, control: str | None, expected: tuple[bool | None, str]
) -> None:
    made = Builder()
    host = "x.lambda-url.eu-west-1.on.aws"
    origins = [{"host": host, **({"access_control": control} if control else {})}]
    made.add("AWSCloudFrontDistribution", "E1", name="d1", enabled=True, origins=dumps(origins))
    made.add(
        "AWSLambda", FUNCTION, name="shop", function_url=f"https://{host}/",
        function_url_auth_type="AWS_IAM", policy=policy(service),
    )  # fmt: skip
    assert answer(of(made, "AWSLambda", FUNCTION)) == expected


@pytest.mark.parametrize(
    ("rule", "more", "expected"),
    [
        ("tcp/80 10.0.0.0/16", {}, EXPOSED),
        ("tcp/80 0.0.0.0/0", {}, EXPOSED),
        ("tcp/80 pl-cf", {}, EXPOSED),
        ("tcp/443 0.0.0.0/0", {}, CLOSED),
        ("tcp/80 10.0.0.0/16", {"subnet": BLOCKED}, CLOSED),
    ],
)
def test_a_private_instance_is_exposed_by_a_vpc_origin_that_it_lets_in(
    rule: str, more: dict[str, Any], expected: tuple[bool | None, str]
) -> None:
    private = {
        "interface": {"public": None, "instance_id": "i-1"},
        "table": {"routes": {"10.0.0.0/16": "local"}},
    }
    made = standard(group={"inbound": [rule]}, **{**private, **more})
    made.prefix_list("pl-cf", None, "AWS", "com.amazonaws.global.cloudfront.origin-facing")
    made.instance()
    made.add("AWSCloudFrontVpcOrigin", "vo-1", [Relation("LEADS_TO", "AWSEC2Instance", "i-1")])
    origins = [{"host": "inner", "vpc_origin": "vo-1", "protocols": "http-only"}]
    made.add("AWSCloudFrontDistribution", "E1", name="d1", enabled=True, origins=dumps(origins))
    found = instance(made)
    assert answer(found) == expected
    if expected == EXPOSED:
        assert (found.types, found.ports) == (("cloudfront",), ("tcp/80",))
