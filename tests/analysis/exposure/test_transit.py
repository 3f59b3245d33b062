"""What one thing can reach of another over transit gateways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cloudwarden.analysis.exposure.reach import Reach
from cloudwarden.schema.records import Relation

from .networks import OTHER, Builder
from .test_reach import asked, two_vpcs

ENABLED: dict[str, Any] = {
    "vpc_options_appliance_mode_support": "disable",
    "vpc_options_ipv6_support": "enable",
}


def by_transit(
    routes: dict[str, str] | None = None,
    zones: tuple[str, str] = ("eu-west-1a", "eu-west-1a"),
    acls: Mapping[int, Mapping[str, Any]] | None = None,
    rule: str = "tcp/5432 10.0.0.0/16",
    members: str | None = "disable",
    options: Mapping[str, Any] = ENABLED,
) -> Builder:
    """Two VPCs attached to one transit gateway, ruled by one table with these routes."""
    made = two_vpcs({"10.2.0.0/16": "tgw-1"}, {"10.0.0.0/16": "tgw-1"}, rule)
    made.add("AWSTransitGateway", "tgw-1", ownerid=OTHER,
             options_security_group_referencing_support=members)  # fmt: skip
    for number, zone in enumerate(zones, 1):
        made.subnet(f"subnet-tgw-{number}", f"vpc-{number}", availability_zone=zone)
        made.acl(f"acl-tgw-{number}", [f"subnet-tgw-{number}"], **(acls or {}).get(number, {}))
        made.add(
            "AWSTransitGatewayAttachment", f"att-{number}",
            [Relation("PART_OF_SUBNET", "AWSEC2Subnet", f"subnet-tgw-{number}")],
            transit_gateway_id="tgw-1", transit_gateway_owner_id=OTHER, resource_type="vpc",
            resource_id=f"vpc-{number}", state="available",
            association_transit_gateway_route_table_id="tgw-rtb-1", **options,
        )  # fmt: skip
    made.add("AWSTransitGatewayRouteTable", "tgw-rtb-1", transit_gateway_id="tgw-1")
    known = {"10.0.0.0/16": "att-1", "10.2.0.0/16": "att-2"} if routes is None else routes
    for block, attachment in known.items():
        route(made, "tgw-rtb-1", block, attachment)
    return made


def route(made: Builder, table: str, block: str, attachment: str) -> None:
    made.add(
        "AWSTransitGatewayRoute", f"{table}|{block}",
        [Relation("ROUTES_TO_TGW_ATTACHMENT", "AWSTransitGatewayAttachment", attachment)],
        state="active" if attachment else "blackhole",
    )  # fmt: skip


def answer(found: Reach) -> tuple[bool | None, str]:
    return found.reachable, found.certainty.value


def told(found: Reach) -> str:
    return "; ".join((*found.steps, *found.unknown, found.condition or ""))


def test_a_transit_gateway_leads_there_by_its_table() -> None:
    found = asked(by_transit())
    assert (found.reachable, found.ports) == (True, ("tcp/5432",))
    assert "att-1 is ruled by tgw-rtb-1" in found.steps


def test_a_transit_gateway_without_a_route_there_does_not() -> None:
    assert asked(by_transit({"10.0.0.0/16": "att-1"})).reachable is False
    dropped = {"10.0.0.0/16": "att-1", "10.2.0.0/16": "att-2", "10.2.1.0/24": ""}
    assert asked(by_transit(dropped)).steps[-1] == "tgw-rtb-1 drops 10.2.1.0/24"


def test_a_transit_gateway_serves_the_zones_that_it_is_attached_in() -> None:
    found = asked(by_transit(zones=("eu-west-1b", "eu-west-1a")))
    assert found.steps[-1] == "att-1 has no subnet in the zone of subnet-1"


def test_routes_of_a_transit_gateway_that_were_not_read_leave_it_unknown() -> None:
    made = by_transit({})
    made.unread = {"AWSTransitGatewayRoute"}
    assert asked(made).reachable is None


@pytest.mark.parametrize(
    ("number", "rules"),
    [
        (1, {"inbound": ["100 allow tcp/5432 10.9.0.0/16"]}),
        (1, {"outbound": ["100 allow tcp/443 0.0.0.0/0"]}),
        (2, {"outbound": ["100 deny tcp/5432 10.2.0.0/16", "200 allow all 0.0.0.0/0"]}),
        (2, {"inbound": ["100 allow tcp/443 0.0.0.0/0"]}),
    ],
    ids=["it comes in", "answers go out", "it goes out", "answers come in"],
)
def test_the_filters_of_an_attachments_own_subnets_count(
    number: int, rules: Mapping[str, Any]
) -> None:
    found = asked(by_transit(acls={number: rules}))
    assert answer(found) == (False, "sure")
    assert f"network ACL acl-tgw-{number} does not let" in found.steps[-1]


def test_what_an_attachments_subnets_need_not_let_through_does_not_count() -> None:
    rules = {
        "inbound": ["100 allow tcp/5432 10.0.0.0/16"],
        "outbound": ["100 allow tcp/1024-65535 10.0.0.0/16"],
    }
    found = asked(by_transit(acls={1: rules}))
    assert answer(found) == (True, "sure")


def test_nothing_filters_what_a_gateway_hands_over_in_the_targets_own_subnet() -> None:
    made = by_transit()
    made.found = [one for one in made.found if one.id not in ("acl-2", "subnet-tgw-2", "att-2")]
    made.acl("acl-2", ["subnet-2"], inbound=["100 allow tcp/1024-65535 10.2.0.0/16"])
    made.add(
        "AWSTransitGatewayAttachment", "att-2",
        [Relation("PART_OF_SUBNET", "AWSEC2Subnet", "subnet-2")],
        transit_gateway_id="tgw-1", transit_gateway_owner_id=OTHER, resource_type="vpc",
        resource_id="vpc-2", state="available", **ENABLED,
        association_transit_gateway_route_table_id="tgw-rtb-1",
    )  # fmt: skip
    assert answer(asked(made)) == (True, "sure")


def test_filters_of_subnets_by_one_of_which_it_comes_leave_it_open() -> None:
    spread = {**ENABLED, "vpc_options_appliance_mode_support": "enable"}
    for options, expected in ((ENABLED, (True, "sure")), (spread, (None, "unknown"))):
        made = by_transit(options=options)
        made.subnet("subnet-tgw-3", "vpc-2", availability_zone="eu-west-1b")
        made.acl("acl-tgw-3", ["subnet-tgw-3"], outbound=["100 allow tcp/443 0.0.0.0/0"])
        (second,) = [one for one in made.found if one.id == "att-2"]
        made.found.remove(second)
        cards = [Relation("PART_OF_SUBNET", "AWSEC2Subnet", "subnet-tgw-3"), *second.relations]
        made.add(second.label, second.id, cards, **second.properties)
        assert answer(asked(made)) == expected


def test_zones_of_two_accounts_are_told_apart_by_their_ids() -> None:
    made = by_transit(zones=("eu-west-1a", "eu-west-1a"))
    (near,) = [one for one in made.found if one.id == "subnet-1"]
    made.found.remove(near)
    made.account = near.account
    made.add(near.label, near.id, **{**near.properties, "availability_zone_id": "euw1-az3"})
    assert asked(made).steps[-1] == "att-1 has no subnet in the zone of subnet-1"


def test_a_local_zone_may_be_joined_by_another() -> None:
    made = by_transit()
    (near,) = [one for one in made.found if one.id == "subnet-1"]
    made.found.remove(near)
    made.account = near.account
    made.add(near.label, near.id, **{**near.properties, "availability_zone": "us-west-2-lax-1a"})
    assert answer(asked(made)) == (None, "unknown")


def test_attachments_that_are_of_an_earlier_reading_may_have_changed() -> None:
    made = by_transit()
    made.unread = {"AWSTransitGatewayAttachment"}
    assert answer(asked(made)) == (None, "unknown")


@pytest.mark.parametrize(
    ("support", "attached", "expected"),
    [
        ("enable", "enable", (True, "sure")),
        ("disable", "enable", (False, "sure")),
        ("enable", "disable", (False, "sure")),
        (None, "enable", (None, "unknown")),
        ("enable", None, (None, "unknown")),
    ],
)
def test_rules_may_name_groups_across_a_gateway_that_supports_it(
    support: str | None, attached: str | None, expected: tuple[bool | None, str]
) -> None:
    options = {**ENABLED, "vpc_options_security_group_referencing_support": attached}
    found = asked(by_transit(rule="tcp/5432 sg-1", members=support, options=options))
    assert answer(found) == expected


def test_an_attachment_whose_subnets_were_not_read_is_not_certain() -> None:
    made = by_transit()
    (first,) = [one for one in made.found if one.id == "att-1"]
    made.found.remove(first)
    made.add(first.label, first.id, **first.properties)
    found = asked(made)
    assert answer(found) == (None, "unknown")
    assert "the subnets of att-1, or their zones, were not read" in told(found)


def test_a_vpc_that_is_not_attached_is_not_reached() -> None:
    made = by_transit()
    made.found = [one for one in made.found if one.id != "att-2"]
    assert asked(made).steps[-1] == "vpc-2 is not attached to tgw-1"
    made.unread = {"AWSTransitGatewayAttachment"}
    assert answer(asked(made)) == (None, "unknown")


def test_a_gateway_of_an_account_that_nobody_reads_is_unknown() -> None:
    made = by_transit()
    for one in [one for one in made.found if one.label.startswith("AWSTransitGateway")]:
        made.found.remove(one)
        if one.label == "AWSTransitGatewayAttachment":
            owned = {**one.properties, "transit_gateway_owner_id": "999999999999"}
            made.add(one.label, one.id, one.relations, **owned)
    found = asked(made)
    assert answer(found) == (None, "unknown")
    assert "transit gateway route tables of 999999999999 in eu-west-1 were never read" in told(
        found
    )


def through(kind: str, resource: str, target: str = "") -> Builder:
    """As `by_transit`, but the table sends what is for vpc-2 to an attachment of another kind."""
    made = by_transit({"10.0.0.0/16": "att-1", "10.2.0.0/16": "att-3"})
    relations = []
    if kind == "vpc":
        made.vpc(resource, "10.3.0.0/16")
        made.subnet("subnet-3", resource, "10.3.1.0/24")
        made.table("rtb-3", resource, {"10.3.0.0/16": "local", "0.0.0.0/0": target}, main=True)
        relations = [Relation("PART_OF_SUBNET", "AWSEC2Subnet", "subnet-3")]
    made.add(
        "AWSTransitGatewayAttachment", "att-3", relations, transit_gateway_id="tgw-1",
        transit_gateway_owner_id=OTHER, resource_type=kind, resource_id=resource,
        state="available",
    )  # fmt: skip
    return made


@pytest.mark.parametrize(
    ("made", "expected", "says"),
    [
        (through("vpc", "vpc-3", "vpce-fw"), (None, "conditional"), "vpce-fw, which the traffic"),
        (through("vpc", "vpc-3", "igw-3"), (False, "sure"), "vpc-3 does not pass it on"),
        (through("network-function", "firewall/1"), (None, "conditional"), "firewall/1"),
        (through("vpn", "vpn-1"), (None, "unknown"), "what is beyond att-3 (vpn) was not read"),
        (through("direct-connect-gateway", "d"), (None, "unknown"), "was not read"),
        (through("connect", "att-2"), (None, "unknown"), "was not read"),
    ],
    ids=["an appliance", "a dead end", "a firewall", "a VPN", "a direct connection", "connect"],
)
def test_what_leads_elsewhere_may_be_passed_on(
    made: Builder, expected: tuple[bool | None, str], says: str
) -> None:
    found = asked(made)
    assert answer(found) == expected
    assert says in told(found)


def test_a_policy_table_that_chooses_is_unknown() -> None:
    made = by_transit()
    (first,) = [one for one in made.found if one.id == "att-1"]
    made.found.remove(first)
    ruled = {**first.properties, "association_transit_gateway_policy_table_id": "tgw-ptb-1"}
    del ruled["association_transit_gateway_route_table_id"]
    made.add(first.label, first.id, first.relations, **ruled)
    found = asked(made)
    assert answer(found) == (None, "unknown")
    assert "policy table tgw-ptb-1" in told(found)


def by_two_gateways(
    there: str = "att-p", back: str = "att-p", *, state: str = "available"
) -> Builder:
    """vpc-1 at tgw-1 and vpc-2 at tgw-2, which a peering of gateways joins."""
    made = two_vpcs({"10.2.0.0/16": "tgw-1"}, {"10.0.0.0/16": "tgw-2"}, "tcp/5432 10.0.0.0/16")
    for number, account in ((1, "111111111111"), (2, OTHER)):
        made.account = account
        gateway, table = f"tgw-{number}", f"tgw-rtb-{number}"
        made.add("AWSTransitGateway", gateway, ownerid=account,
                 options_security_group_referencing_support="enable")  # fmt: skip
        made.subnet(f"subnet-tgw-{number}", f"vpc-{number}")
        made.acl(f"acl-tgw-{number}", [f"subnet-tgw-{number}"])
        made.add("AWSTransitGatewayRouteTable", table, transit_gateway_id=gateway)
        made.add(
            "AWSTransitGatewayAttachment", f"att-{number}",
            [Relation("PART_OF_SUBNET", "AWSEC2Subnet", f"subnet-tgw-{number}")],
            transit_gateway_id=gateway, transit_gateway_owner_id=account, resource_type="vpc",
            resource_id=f"vpc-{number}", state="available", **ENABLED,
        )  # fmt: skip
        made.add(
            "AWSTransitGatewayAttachment", "att-p", transit_gateway_id=gateway,
            transit_gateway_owner_id=account, resource_type="peering",
            resource_id=f"tgw-{3 - number}", state=state,
        )  # fmt: skip
        for attachment in (f"att-{number}", "att-p"):
            made.add("AWSTransitGatewayRouteTableAssociation", f"{table}|{attachment}",
                     attachment_id=attachment, state="associated")  # fmt: skip
    for table, block, attachment in (
        ("tgw-rtb-1", "10.0.0.0/16", "att-1"),
        ("tgw-rtb-1", "10.2.0.0/16", there),
        ("tgw-rtb-2", "10.2.0.0/16", "att-2"),
        ("tgw-rtb-2", "10.0.0.0/16", back),
    ):
        if attachment:
            route(made, table, block, attachment)
    return made


def test_a_peering_of_gateways_leads_on_by_the_tables_of_both() -> None:
    found = asked(by_two_gateways())
    assert (found.reachable, found.ports) == (True, ("tcp/5432",))
    for step in (
        "att-1 is ruled by tgw-rtb-1",
        "att-p joins tgw-1 and tgw-2",
        "att-p is ruled by tgw-rtb-2",
    ):
        assert step in found.steps


def test_a_peering_of_gateways_needs_a_route_on_either_side() -> None:
    for made in (by_two_gateways(there=""), by_two_gateways(back="")):
        assert answer(asked(made)) == (False, "sure")
    assert asked(by_two_gateways(state="pendingAcceptance")).steps[-1] == "att-p is not available"


def test_a_peering_with_a_gateway_that_nobody_reads_is_unknown() -> None:
    made = by_two_gateways()
    made.found = [
        one
        for one in made.found
        if not (one.account == OTHER and one.label.startswith("AWSTransitGateway"))
    ]
    made.blind = {OTHER}
    assert answer(asked(made)) == (None, "unknown")


def test_a_peering_tells_of_both_its_ends_from_one() -> None:
    made = by_two_gateways()
    (near, far) = [one for one in made.found if one.id == "att-p"]
    made.found = [one for one in made.found if one.id != "att-p"]
    ends = {
        f"peering_{end}_tgw_info_{name}": value
        for end, values in (("requester", near), ("accepter", far))
        for name, value in (
            ("transit_gateway_id", values.properties["transit_gateway_id"]),
            ("owner_id", values.account),
            ("region", values.region),
        )
    }
    made.account = near.account
    made.add(near.label, near.id, **{**near.properties, "resource_id": "", **ends})
    assert asked(made).reachable is True


def test_groups_may_not_be_named_over_a_peering_of_gateways() -> None:
    made = by_two_gateways()
    made.found = [one for one in made.found if one.id != "sg-2" and not one.id.startswith("sg-2/")]
    made.group("sg-2", "vpc-2", inbound=["tcp/5432 sg-1"])
    assert answer(asked(made)) == (False, "sure")


def test_over_ipv6_both_attachments_must_take_it() -> None:
    for support, expected in (("enable", True), ("disable", False), (None, None)):
        made = by_transit(
            {"2600:1::/56": "att-1", "2600:2::/56": "att-2"},
            rule="tcp/22 2600:1::/56",
            options={**ENABLED, "vpc_options_ipv6_support": support},
        )
        for one in [one for one in made.found if one.label == "AWSNetworkInterface"]:
            number = one.id[-1]
            made.add("AWSEC2Ipv6Address", f"{one.id}:6", network_interface_id=one.id,
                     ipv6_address=f"2600:{number}::5")  # fmt: skip
            made.add("AWSEC2Route", f"rtb-{number}|2600::/16", target="tgw-1", state="active")
        assert asked(made).reachable is expected
