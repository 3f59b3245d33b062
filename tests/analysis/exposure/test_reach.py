"""What one thing can reach of another, over every kind of road."""

from __future__ import annotations

from typing import Any

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


def by_endpoint(groups: tuple[str, ...] = (), rule: str = "tcp/443 0.0.0.0/0") -> Builder:
    """`eni-1`, an endpoint in its VPC, and a service of another account with `i-2` behind it."""
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
    made.balancer(
        "net/svc/1", "internal", "network", ["subnet-2"], groups, {443: ["tg-1"]}, "vpc-2"
    )
    made.group("sg-nlb", "vpc-2", inbound=[rule])
    made.target_group(targets=[("AWSEC2Instance", "i-2", 8443)], balancers=["net/svc/1"],
                      protocol="TCP")  # fmt: skip
    made.add(
        "AWSVpcEndpointService", "vpce-svc-1",
        [Relation("SERVED_BY", "AWSLoadBalancerV2", made.balancer_arn("net/svc/1"))],
        service_name="com.amazonaws.vpce.eu-west-1.vpce-svc-1",
    )  # fmt: skip
    return made


def test_an_endpoint_leads_to_the_service_behind_it() -> None:
    found = asked(by_endpoint(), "eni-1", "i-2")
    assert (found.reachable, found.ports) == (True, ("tcp/8443",))
    assert "vpce-1 leads to svc in vpc-2" in found.steps


@pytest.mark.parametrize("label", ["AWSVpcEndpoint", "AWSVpcEndpointService"])
def test_endpoints_and_services_that_were_not_read_may_lead_there(label: str) -> None:
    made = by_endpoint()
    made.found = [one for one in made.found if one.label != label]
    assert asked(made, "eni-1", "i-2").reachable is False
    made.unread = {label}
    found = asked(made, "eni-1", "i-2")
    assert (found.reachable, found.certainty, found.ports) == (None, "unknown", ("tcp/8443",))


def test_a_peering_of_an_earlier_reading_may_have_changed() -> None:
    made = peered()
    made.unread = {"AWSPeeringConnection"}
    assert asked(made).reachable is None


def test_the_groups_of_a_services_balancer_filter_what_comes_by_endpoints() -> None:
    for rule, expected in (
        ("tcp/443 0.0.0.0/0", (True, "sure")),
        ("tcp/443 10.0.0.0/16", (None, "conditional")),
        ("tcp/80 0.0.0.0/0", (False, "sure")),
    ):
        found = asked(by_endpoint(("sg-nlb",), rule), "eni-1", "i-2")
        assert (found.reachable, found.certainty) == expected


def test_what_nobody_knows_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot tell what i-9 is"):
        asked(standard(), "i-9", "eni-1")


def test_with_ports_it_is_about_those_alone() -> None:
    made = standard(group={"inbound": ["tcp/443 0.0.0.0/0", "tcp/8000-8100 0.0.0.0/0"]})
    estate = made.estate()
    assert reach(estate, "internet", "eni-1", ((6, 443, 443),)).ports == ("tcp/443",)
    assert reach(estate, "internet", "eni-1", ((6, 8080, 9000),)).ports == ("tcp/8080-8100",)
    found = reach(estate, "internet", "eni-1", ((6, 22, 22),))
    assert (found.reachable, found.certainty) == (False, "sure")
    assert found.steps[-1] == "only tcp/443, tcp/8000-8100 gets through"


def test_ends_go_by_id_arn_or_name_unless_several_have_it() -> None:
    made = standard()
    arn = "arn:aws:ec2:eu-west-1:111111111111:instance/i-1"
    made.instance(name="web", arn=arn)
    for name in ("i-1", arn, "web", "sg-1"):
        assert asked(made, "internet", name).ports == ("tcp/443",)
    made.instance("i-2", ["eni-2"], name="web")
    with pytest.raises(UsageError, match="several are called 'web': i-1, i-2; give an id"):
        asked(made, "internet", "web")


def inner(made: Builder) -> Builder:
    """Beside the standard network, `subnet-2` in another zone behind NAT."""
    made.subnet("subnet-2", cidr="10.0.2.0/24", availability_zone="eu-west-1b")
    made.table("rtb-2", routes={"10.0.0.0/16": "local", "0.0.0.0/0": "nat-1"}, subnets=["subnet-2"])
    made.acl("acl-2", ["subnet-2"])
    made.add("AWSNatGateway", "nat-1", public_ip="198.51.100.9")
    return made


def test_a_database_is_an_end_by_its_port_in_the_subnet_of_its_zone() -> None:
    made = inner(standard(interface={"groups": ["sg-app"]}))
    made.group("sg-app")
    made.group("sg-db", inbound=["all sg-app"])
    both = [Relation("RESOURCE", "AWSEC2Subnet", one) for one in ("subnet-1", "subnet-2")]
    made.add("AWSDBSubnetGroup", "group-1", both)
    edges = [Relation("MEMBER_OF_EC2_SECURITY_GROUP", "AWSEC2SecurityGroup", "sg-db"),
             Relation("MEMBER_OF_DB_SUBNET_GROUP", "AWSDBSubnetGroup", "group-1")]  # fmt: skip
    made.add("AWSRDSInstance", "db-1", edges, endpoint_port=5432, availability_zone="eu-west-1b")
    made.add("AWSRDSInstance", "db-2", edges, endpoint_port=5432)
    assert asked(made, "eni-1", "db-1").ports == ("tcp/5432",)
    found = asked(made, "eni-1", "db-2")
    assert (found.reachable, found.certainty) == (None, "unknown")
    assert found.unknown == ("which of subnet-1, subnet-2 db-2 is in was not read",)
    assert asked(made, "internet", "db-1").steps[-1] == "db-1 is not publicly accessible"


def test_a_function_in_a_vpc_reaches_by_its_subnets_and_is_not_reached() -> None:
    made = inner(standard(group={"inbound": ["tcp/443 sg-f"]}))
    made.group("sg-f")
    made.add("AWSLambda", "f", [
        Relation("MEMBER_OF_EC2_SECURITY_GROUP", "AWSEC2SecurityGroup", "sg-f"),
        Relation("PART_OF_SUBNET", "AWSEC2Subnet", "subnet-2"),
    ])  # fmt: skip
    assert asked(made, "f", "eni-1").ports == ("tcp/443",)
    assert asked(made, "f", "internet").reachable is True
    assert asked(made, "eni-1", "f").reachable is False
    made.add("AWSLambda", "g")
    with pytest.raises(UsageError, match="g is in no VPC"):
        asked(made, "g", "eni-1")


@pytest.mark.parametrize(
    ("mode", "by_gateway", "by_nat"),
    [("off", True, True), ("block-ingress", False, True), ("block-bidirectional", False, False)],
)
def test_block_public_access_closes_ways_out(mode: str, by_gateway: bool, by_nat: bool) -> None:
    state = {"block_public_access_states_internet_gateway_block_mode": mode}
    made = inner(standard(vpc=state))
    (nat,) = [one for one in made.found if one.id == "nat-1"]
    made.found.remove(nat)
    public = [Relation("PART_OF_SUBNET", "AWSEC2Subnet", "subnet-1")]
    made.add(nat.label, nat.id, public, public_ip="198.51.100.9")
    made.interface("eni-2", "subnet-2", private="10.0.2.5")
    assert asked(made, "eni-1", "internet").reachable is by_gateway
    assert asked(made, "eni-2", "internet").reachable is by_nat


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"interface_type": "natGateway"}, "NAT gateway"),
        ({"public": None, "ipv6": "fd00::5"}, "no public address"),
        ({"public": None, "ipv6": "2600::5", "deny_all_igw_traffic": True}, "closed to internet"),
    ],
)
def test_the_internet_reaches_nothing_that_takes_in_answers_alone(
    changes: dict[str, Any], says: str
) -> None:
    routes = {"10.0.0.0/16": "local", "0.0.0.0/0": "igw-1", "::/0": "igw-1"}
    made = standard(
        interface=changes, group={"inbound": ["all 0.0.0.0/0 ::/0"]}, table={"routes": routes}
    )
    found = asked(made, "internet", "eni-1")
    assert (found.reachable, found.certainty) == (False, "sure")
    assert says in found.steps[-1]
