"""Load balancers, and what is exposed through them."""

from __future__ import annotations

from typing import Any

import pytest

from cloudwarden.analysis.exposure.derive import Exposures
from cloudwarden.analysis.exposure.verdicts import Exposure

from .networks import DENIED, Builder, standard

CLASSIC, NEWER = "old.elb.amazonaws.com", "new.elb.eu-west-1.amazonaws.com"


def network(*target: str, balancer: tuple[str, ...] = ("tcp/80 0.0.0.0/0",)) -> Builder:
    """A private instance behind `target` rules; a group `sg-lb` for balancers in `subnet-2`."""
    made = standard(
        group={"inbound": list(target)},
        interface={"public": None},
        table={"routes": {"10.0.0.0/16": "local"}},
    )
    made.subnet("subnet-2", cidr="10.0.2.0/24")
    made.table("rtb-2", routes={"10.0.0.0/16": "local", "0.0.0.0/0": "igw-1"}, subnets=["subnet-2"])
    made.acl("acl-2", ["subnet-2"])
    made.group("sg-lb", inbound=balancer)
    made.instance()
    return made


def of(made: Builder, label: str, id_: str) -> Exposure:
    estate = made.estate()
    asset = estate.asset(label, id_)
    assert asset is not None
    return Exposures(estate).of(asset)


def instance(made: Builder, id_: str = "i-1") -> Exposure:
    return of(made, "AWSEC2Instance", id_)


def test_a_classic_balancer_exposes_its_instances() -> None:
    made = network("tcp/8080 sg-lb")
    made.classic(subnets=["subnet-2"])
    assert of(made, "AWSLoadBalancer", CLASSIC).ports == ("tcp/80",)
    found = instance(made)
    assert (found.exposed, found.certainty) == (True, "sure")
    assert (found.types, found.ports) == (("elb",), ("tcp/8080",))
    assert "old is internet-facing" in found.steps
    assert "listener TCP 80 forwards to old, where i-1 has port 8080" in found.steps
    assert "sg-1 allows tcp 8080 from sg-lb" in found.steps


def test_a_newer_balancer_exposes_the_targets_of_its_groups() -> None:
    made = network("tcp/8080 sg-lb")
    made.balancer(subnets=["subnet-2"])
    made.target_group()
    assert of(made, "AWSLoadBalancerV2", NEWER).types == ("direct",)
    assert (instance(made).exposed, instance(made).types) == (True, ("elbv2",))


def test_an_instance_exposed_in_every_way_has_every_type() -> None:
    made = standard(group={"inbound": ["tcp/8080 0.0.0.0/0"]})
    made.group("sg-lb", inbound=["tcp/80 0.0.0.0/0"])
    made.instance()
    made.classic()
    made.balancer()
    made.target_group()
    assert instance(made).types == ("direct", "elb", "elbv2")


def without(made: Builder, **changes: Any) -> Builder:
    made.balancer(**{"subnets": ["subnet-2"], **changes})
    made.target_group()
    return made


def test_an_internal_balancer_exposes_nothing() -> None:
    found = instance(without(network("tcp/8080 sg-lb"), scheme="internal"))
    assert (found.exposed, found.certainty) == (False, "sure")
    assert "new is not exposed: new is internal" in found.steps


def test_a_balancer_whose_groups_let_nobody_in_exposes_nothing() -> None:
    made = without(network("tcp/8080 sg-lb", balancer=("tcp/80 10.0.0.0/8",)))
    assert (of(made, "AWSLoadBalancerV2", NEWER).exposed, instance(made).exposed) == (False, False)


def test_a_rule_for_a_port_without_listener_exposes_nothing() -> None:
    made = without(network("tcp/8080 sg-lb", balancer=("tcp/443 0.0.0.0/0",)))
    assert of(made, "AWSLoadBalancerV2", NEWER).exposed is False


def test_a_balancer_in_a_private_subnet_exposes_nothing() -> None:
    found = of(without(network("tcp/8080 sg-lb"), subnets=["subnet-1"]), "AWSLoadBalancerV2", NEWER)
    assert found.exposed is False
    assert "no route to an internet gateway" in found.steps[-1]


@pytest.mark.parametrize(
    ("rule", "exposed"),
    [
        ("tcp/8080 sg-lb", True),
        ("tcp/8080 10.0.2.0/24", True),
        ("tcp/8080 0.0.0.0/0", True),
        ("tcp/8081 sg-lb", False),
        ("tcp/8080 sg-9", False),
        ("tcp/8080 10.0.3.0/24", False),
    ],
)
def test_the_targets_own_groups_must_let_the_balancer_in(rule: str, exposed: bool) -> None:
    assert instance(without(network(rule))).exposed is exposed


def test_part_of_the_balancers_subnet_is_not_surely_its_address() -> None:
    found = instance(without(network("tcp/8080 10.0.2.0/25")))
    assert found.exposed is None


def test_the_balancers_own_interfaces_tell_its_address() -> None:
    for private, exposed in (("10.0.2.7", True), ("10.0.2.200", False)):
        made = without(network("tcp/8080 10.0.2.0/25"))
        arn = made.balancer_arn("app/new/1")
        made.interface("eni-lb", "subnet-2", ["sg-lb"], private=private, balancer=arn)
        assert instance(made).exposed is exposed


def test_network_acls_between_balancer_and_target_count() -> None:
    made = network("tcp/8080 sg-lb")
    made.found = [one for one in made.found if not one.id.startswith("acl-1")]
    made.acl("acl-1", ["subnet-1"], inbound=["100 deny tcp/8080 0.0.0.0/0"])
    found = instance(without(made))
    assert found.exposed is False
    assert found.steps[-1] == "network ACL acl-1 does not let it in from new"


def test_a_group_that_no_exposed_listener_forwards_to_is_not_exposed() -> None:
    made = network("tcp/8080 sg-lb")
    made.balancer(subnets=["subnet-2"], listeners={80: ["tg-2"], 8443: ["tg-1"]})
    made.target_group()
    assert instance(made).exposed is False


def test_rules_of_a_listener_that_were_not_read_may_forward_anywhere() -> None:
    made = network("tcp/8080 sg-lb")
    made.balancer(subnets=["subnet-2"], listeners={80: ["tg-2"]}, rules_unread=True)
    made.target_group()
    found = instance(made)
    assert found.exposed is None
    assert any("elbv2:DescribeRules" in text for text in found.unknown)


def test_a_network_balancer_without_groups_shows_its_targets_the_clients() -> None:
    def judged(rule: str, *, keeps: bool | None) -> Exposure:
        made = network(rule)
        made.balancer("net/new/1", subnets=["subnet-2"], type_="network", groups=[])
        made.target_group(balancers=["net/new/1"], protocol="TCP", keeps=keeps)
        return instance(made)

    assert judged("tcp/8080 0.0.0.0/0", keeps=True).types == ("elbv2",)
    assert judged("tcp/8080 10.0.0.0/16", keeps=True).exposed is False
    assert judged("tcp/8080 10.0.0.0/16", keeps=False).exposed is True
    assert judged("tcp/8080 203.0.113.0/24", keeps=True).condition == "from 203.0.113.0/24"
    assert judged("tcp/8080 203.0.113.0/24", keeps=False).exposed is False
    assert judged("tcp/8080 0.0.0.0/0", keeps=None).exposed is True
    assert judged("tcp/8080 10.0.0.0/16", keeps=None).exposed is None


def test_an_address_is_a_target_by_its_interface() -> None:
    made = without(network("tcp/8080 sg-lb"))
    made.target_group("tg-2", [("AWSEC2PrivateIp", "eni-1:10.0.1.10", 8080)], kind="ip")
    made.found = [one for one in made.found if one.id != "tg-1"]
    made.balancer("app/other/1", subnets=["subnet-2"], listeners={80: ["tg-2"]})
    made.target_group("tg-2", [("AWSEC2PrivateIp", "eni-1:10.0.1.10", 8080)],
                      balancers=["app/other/1"], kind="ip")  # fmt: skip
    assert instance(made).types == ("elbv2",)


def test_a_function_behind_a_balancer_is_exposed() -> None:
    arn = "arn:aws:lambda:eu-west-1:111111111111:function:shop"
    made = without(network())
    made.found = [one for one in made.found if one.id != "tg-1"]
    made.target_group(targets=[("AWSLambda", arn, 0)], kind="lambda")
    made.add("AWSLambda", arn, name="shop")
    found = of(made, "AWSLambda", arn)
    assert (found.exposed, found.types) == (True, ("elbv2",))


def test_an_application_balancer_behind_a_network_balancer_is_exposed_with_its_targets() -> None:
    made = network("tcp/8080 sg-lb", balancer=("tcp/80 0.0.0.0/0",))
    made.balancer(subnets=["subnet-2"], scheme="internal")
    made.target_group()
    made.balancer("net/front/1", subnets=["subnet-2"], type_="network", groups=[],
                  listeners={443: ["tg-alb"]})  # fmt: skip
    made.target_group("tg-alb", [("AWSLoadBalancerV2", NEWER, 80)], balancers=["net/front/1"],
                      kind="alb", protocol="TCP", keeps=True)  # fmt: skip
    assert of(made, "AWSLoadBalancerV2", NEWER).types == ("elbv2",)
    found = instance(made)
    assert (found.exposed, found.types, found.ports) == (True, ("elbv2",), ("tcp/8080",))


def test_targets_that_were_not_read_may_be_any_instance_that_lets_somebody_in() -> None:
    made = network("tcp/8080 sg-lb")
    made.balancer(subnets=["subnet-2"])
    made.target_group(targets=[], unread={"elbv2:DescribeTargetHealth": DENIED})
    assert instance(made).exposed is None
    made = network()
    made.balancer(subnets=["subnet-2"])
    made.target_group(targets=[], unread={"elbv2:DescribeTargetHealth": DENIED})
    assert instance(made).exposed is False


def test_balancers_that_were_not_read_may_expose_an_instance() -> None:
    made = network("tcp/8080 10.0.0.0/16")
    made.unread = {"AWSLoadBalancerV2"}
    found = instance(made)
    assert found.exposed is None
    assert found.unknown == (
        "load balancers of 111111111111 in eu-west-1 were not read (AccessDenied)",
    )


def test_listeners_that_were_not_read_leave_a_balancer_unknown() -> None:
    made = without(network("tcp/8080 sg-lb"))
    made.unread = {"AWSELBV2Listener"}
    assert of(made, "AWSLoadBalancerV2", NEWER).exposed is None
    assert instance(made).exposed is None


def test_a_balancer_of_which_no_group_is_known_is_unknown() -> None:
    made = network("tcp/8080 0.0.0.0/0")
    assert of(without(made, groups=[]), "AWSLoadBalancerV2", NEWER).exposed is None


def test_cloudfront_opens_what_lets_only_cloudfront_in() -> None:
    made = network("tcp/8080 sg-lb", balancer=("tcp/80 pl-cf",))
    made.prefix_list("pl-cf", None, "AWS", "com.amazonaws.global.cloudfront.origin-facing")
    without(made)
    assert of(made, "AWSLoadBalancerV2", NEWER).certainty == "conditional"
    made.add(
        "AWSCloudFrontDistribution",
        "arn:aws:cloudfront::111111111111:distribution/E1",
        name="d1.cloudfront.net",
        enabled=True,
        origin_domain_names=[NEWER.upper()],
    )
    assert of(made, "AWSLoadBalancerV2", NEWER).types == ("cloudfront",)
    found = instance(made)
    assert (found.exposed, found.types) == (True, ("elbv2", "cloudfront"))


def test_the_interfaces_of_a_balancer_are_as_exposed_as_it_is() -> None:
    made = without(network("tcp/8080 sg-lb", balancer=("all 0.0.0.0/0",)))
    made.interface("eni-lb", "subnet-2", ["sg-lb"], private="10.0.2.7", public="203.0.113.8",
                   balancer=made.balancer_arn("app/new/1"))  # fmt: skip
    assert of(made, "AWSNetworkInterface", "eni-lb").ports == ("tcp/80",)


def test_a_target_in_a_zone_that_the_balancer_is_not_enabled_for_gets_nothing() -> None:
    for zone, exposed in (("eu-west-1a", True), ("eu-west-1b", False), (None, True)):
        made = network("tcp/8080 sg-lb")
        (near,) = [one for one in made.found if one.id == "subnet-1"]
        made.found.remove(near)
        made.add(near.label, near.id, **{**near.properties, "availability_zone": zone})
        found = instance(without(made))
        assert found.exposed is exposed
        if not exposed:
            assert found.steps[-1] == "eni-1 is in a zone that new is not enabled for"
