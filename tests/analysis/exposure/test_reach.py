"""What one thing can reach of another, over every kind of road."""

from __future__ import annotations

import pytest

from cloudwarden.analysis.exposure.reach import Reach, reach
from cloudwarden.core.errors import UsageError
from cloudwarden.schema.records import Relation

from .networks import OTHER, Builder, standard


def two_vpcs(there: dict[str, str], back: dict[str, str], rule: str) -> Builder:
    """`eni-1` in vpc-1 and `eni-2` in vpc-2 of another account, with the routes of each."""
    made = standard(
        interface={"private": "10.0.1.5"},
        table={"routes": {"10.0.0.0/16": "local", **there}},
        group={"inbound": []},
    )
    made.account = OTHER
    made.vpc("vpc-2", "10.2.0.0/16")
    made.subnet("subnet-2", "vpc-2", "10.2.1.0/24")
    made.table("rtb-2", "vpc-2", routes={"10.2.0.0/16": "local", **back}, main=True)
    made.acl("acl-2", ["subnet-2"])
    made.group("sg-2", "vpc-2", inbound=[rule])
    made.interface("eni-2", "subnet-2", ["sg-2"], "vpc-2", private="10.2.1.5")
    return made


def peered(
    there: dict[str, str] | None = None,
    back: dict[str, str] | None = None,
    rule: str = "tcp/5432 10.0.0.0/16",
    status: str = "active",
    region: str = "eu-west-1",
) -> Builder:
    made = two_vpcs(
        {"10.2.0.0/16": "pcx-1"} if there is None else there,
        {"10.0.0.0/16": "pcx-1"} if back is None else back,
        rule,
    )
    made.add(
        "AWSPeeringConnection", "pcx-1",
        [Relation("REQUESTER_CIDR", "AWSIpv4CidrBlock", "vpc-1|10.0.0.0/16"),
         Relation("ACCEPTER_CIDR", "AWSIpv4CidrBlock", "vpc-2|10.2.0.0/16")],
        requester_vpc_id="vpc-1", accepter_vpc_id="vpc-2", status_code=status,
        requester_region="eu-west-1", accepter_region=region,
        requester_owner_id="111111111111", accepter_owner_id=OTHER,
    )  # fmt: skip
    return made


def asked(made: Builder, source: str = "eni-1", target: str = "eni-2") -> Reach:
    return reach(made.estate(), source, target)


def test_a_peering_with_routes_both_ways_leads_there() -> None:
    found = asked(peered())
    assert (found.reachable, found.ports) == (True, ("tcp/5432",))
    assert "pcx-1 joins vpc-1 and vpc-2" in found.steps
    assert "sg-2 allows tcp 5432 from 10.0.0.0/16" in found.steps


@pytest.mark.parametrize(
    ("made", "obstacle"),
    [
        (peered(there={}), "route table rtb-1 has no route to eni-2"),
        (peered(back={}), "route table rtb-2 has no route to eni-1"),
        (peered(status="pending-acceptance"), "pcx-1 is not active"),
        (
            peered(there={"10.2.0.0/16": "pcx-9"}),
            "route table rtb-1 sends 10.2.0.0/16 to pcx-9, which is not there",
        ),
        (peered(rule="tcp/5432 10.9.0.0/16"), "no rule of sg-2 lets eni-1 in"),
    ],
)
def test_what_is_first_in_the_way_is_said(made: Builder, obstacle: str) -> None:
    found = asked(made)
    assert (found.reachable, found.certainty) == (False, "sure")
    assert found.steps[-1].startswith(obstacle)


def test_groups_of_peered_vpcs_may_name_each_other_within_a_region() -> None:
    assert asked(peered(rule="tcp/5432 sg-1")).reachable is True
    assert asked(peered(rule="tcp/5432 sg-1", region="us-east-1")).reachable is False


def test_routes_that_were_not_read_leave_it_unknown() -> None:
    made = peered()
    made.unread = {"AWSEC2RouteTable"}
    assert asked(made).reachable is None
    made = peered(rule="tcp/5432 10.9.0.0/16")
    made.unread = {"AWSEC2RouteTable"}
    assert asked(made).reachable is False


def test_from_one_network_to_another_over_the_internet() -> None:
    made = standard()
    made.instance()
    made.account = OTHER
    made.vpc("vpc-2", "10.0.0.0/16")
    made.subnet("subnet-2", "vpc-2")
    made.table("rtb-2", "vpc-2", {"10.0.0.0/16": "local", "0.0.0.0/0": "nat-1"}, main=True)
    made.acl("acl-2", ["subnet-2"])
    made.group("sg-2", "vpc-2", outbound=["tcp 0.0.0.0/0"])
    made.add("AWSNatGateway", "nat-1", public_ip="198.51.100.9")
    made.interface("eni-2", "subnet-2", ["sg-2"], "vpc-2")
    found = asked(made, "eni-2", "i-1")
    assert (found.reachable, found.ports) == (True, ("tcp/443",))
    assert "route table rtb-2 sends 0.0.0.0/0 to nat-1" in found.steps
    assert asked(made, "i-1", "eni-2").reachable is False


def test_a_nat_gateways_address_must_be_let_in() -> None:
    made = standard(group={"inbound": ["tcp/22 198.51.100.9/32"]})
    made.subnet("subnet-2", cidr="10.0.2.0/24")
    made.table("rtb-2", routes={"10.0.0.0/16": "local", "0.0.0.0/0": "nat-1"}, subnets=["subnet-2"])
    made.acl("acl-2", ["subnet-2"])
    made.add("AWSNatGateway", "nat-1", public_ip="198.51.100.9")
    made.interface("eni-2", "subnet-2", private="10.0.2.5")
    assert asked(made, "eni-2", "eni-1").ports == ("tcp/22",)


def test_the_internet_and_blocks_are_ends_too() -> None:
    made = standard(group={"inbound": ["tcp/22 203.0.113.0/24"]})
    assert asked(made, "203.0.113.7", "eni-1").ports == ("tcp/22",)
    assert asked(made, "198.51.100.7", "eni-1").reachable is False
    assert asked(made, "eni-1", "internet").ports == ("all",)
    assert asked(made, "eni-1", "203.0.113.0/24").reachable is True
    assert asked(made, "10.0.1.0/24", "internet").reachable is True


def test_private_addresses_of_nobody_we_know_come_by_some_gateway() -> None:
    made = standard(
        group={"inbound": ["tcp/22 192.168.0.0/16"]},
        table={"routes": {"10.0.0.0/16": "local", "192.168.0.0/16": "vgw-1"}},
    )
    found = asked(made, "192.168.1.0/24", "eni-1")
    assert (found.reachable, found.certainty, found.ports) == (None, "conditional", ("tcp/22",))
    assert asked(made, "172.16.0.0/24", "eni-1").reachable is False


def test_subnets_and_vpcs_are_all_that_is_in_them() -> None:
    made = standard(group={"inbound": ["tcp/443 sg-2"]})
    made.subnet("subnet-2", cidr="10.0.2.0/24")
    made.acl("acl-2", ["subnet-2"])
    made.group("sg-2")
    made.interface("eni-2", "subnet-2", ["sg-2"], private="10.0.2.5")
    assert asked(made, "subnet-2", "subnet-1").ports == ("tcp/443",)
    assert asked(made, "vpc-1", "eni-1").ports == ("tcp/443",)
    assert asked(made, "subnet-1", "subnet-2").reachable is False


def test_an_endpoint_leads_to_the_service_behind_it() -> None:
    made = standard(interface={"private": "10.0.1.5"})
    made.group("sg-endpoint", inbound=["tcp/443 sg-1"])
    made.interface("eni-endpoint", groups=["sg-endpoint"], private="10.0.1.77")
    made.add(
        "AWSVpcEndpoint", "vpce-1", [Relation("NETWORK_INTERFACE", "x", "eni-endpoint")],
        vpc_id="vpc-1", service_name="com.amazonaws.vpce.eu-west-1.vpce-svc-1", state="available",
    )  # fmt: skip
    made.account = OTHER
    made.vpc("vpc-2", "10.2.0.0/16")
    made.subnet("subnet-2", "vpc-2", "10.2.1.0/24")
    made.table("rtb-2", "vpc-2", {"10.2.0.0/16": "local"}, main=True)
    made.acl("acl-2", ["subnet-2"])
    made.group("sg-2", "vpc-2", inbound=["tcp/8443 10.2.0.0/16"])
    made.interface("eni-2", "subnet-2", ["sg-2"], "vpc-2", private="10.2.1.5")
    made.instance("i-2", ["eni-2"])
    made.balancer("net/svc/1", "internal", "network", ["subnet-2"], [], {443: ["tg-1"]}, "vpc-2")
    made.target_group(targets=[("AWSEC2Instance", "i-2", 8443)], balancers=["net/svc/1"],
                      protocol="TCP")  # fmt: skip
    made.add(
        "AWSVpcEndpointService", "vpce-svc-1",
        [Relation("SERVED_BY", "AWSLoadBalancerV2", made.balancer_arn("net/svc/1"))],
        service_name="com.amazonaws.vpce.eu-west-1.vpce-svc-1",
    )  # fmt: skip
    found = asked(made, "eni-1", "i-2")
    assert (found.reachable, found.ports) == (True, ("tcp/8443",))
    assert "vpce-1 leads to svc in vpc-2" in found.steps


def test_what_nobody_knows_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot tell what i-9 is"):
        asked(standard(), "i-9", "eni-1")
