"""Small networks with answers computed by hand: each clause alone, then pairs of clauses.

A case changes the parts of `standard()`: one interface `eni-1` with a public address, in one
subnet that leads to an internet gateway, behind a network ACL that allows everything and a group
that allows tcp 443 from anywhere. `says` is in the steps, or in what was not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: An answer: whether it is exposed, and how certain that is.
EXPOSED = (True, "sure")
CLOSED = (False, "sure")
#: Reached by some of the internet only.
NARROW = (False, "conditional")
#: Reached through something whose own rules nobody read.
FILTERED = (None, "conditional")
UNKNOWN = (None, "unknown")


@dataclass(frozen=True, slots=True)
class Case:
    """A network by what differs from the standard one, and the answer for `eni-1`.

    `also` adds parts: the name of a method of `Builder`, then its arguments.
    """

    name: str
    answer: tuple[bool | None, str]
    ports: tuple[str, ...] = ()
    says: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    unread: frozenset[str] = frozenset()


def routes(**given: str) -> dict[str, Any]:
    """A main table; names of arguments cannot be blocks, so they are spelt with words."""
    spelt = {"everything": "0.0.0.0/0", "everything6": "::/0", "some": "203.0.113.0/24"}
    return {
        "table": {
            "routes": {
                "10.0.0.0/16": "local",
                **{spelt.get(name, name): target for name, target in given.items()},
            }
        }
    }


def group(*rules: str) -> dict[str, Any]:
    return {"group": {"inbound": list(rules)}}


def inbound(*rules: str) -> dict[str, Any]:
    return {"acl": {"inbound": list(rules)}}


def outbound(*rules: str) -> dict[str, Any]:
    return {"acl": {"outbound": list(rules)}}


def setting(mode: str) -> tuple[str, dict[str, Any]]:
    """Block public access of the whole region."""
    return "add", {"label": "AWSVpcBlockPublicAccess", "id_": "111111111111/eu-west-1",
                   "internet_gateway_block_mode": mode}  # fmt: skip


def excluded(resource: str, mode: str) -> tuple[str, dict[str, Any]]:
    """An exclusion from it."""
    return "add", {"label": "AWSVpcBlockPublicAccessExclusion", "id_": "vpcbpa-exclude-1",
                   "resource_arn": f"arn:aws:ec2:eu-west-1:111111111111:{resource}",
                   "internet_gateway_exclusion_mode": mode}  # fmt: skip


OPEN = ("tcp/443",)
V6 = {"public": None, "ipv6": "2600:1f18::5"}
ROUTES6 = {"routes": {"10.0.0.0/16": "local", "0.0.0.0/0": "igw-1", "::/0": "igw-1"}}
CLOUDFRONT = ("prefix_list", {"id_": "pl-cf", "cidrs": None, "owner": "AWS",
                              "name": "com.amazonaws.global.cloudfront.origin-facing"})  # fmt: skip
APPLIANCE = ("table", {"id_": "rtb-edge", "routes": {"10.0.1.0/24": "vpce-fw"}, "gateway": "igw-1"})

CASES = (
    # Addresses.
    Case("the standard network", EXPOSED, OPEN, "eni-1 has public address 203.0.113.5"),
    Case("no public address", CLOSED, says="eni-1 has no public address",
         changes={"interface": {"public": None}}),
    Case("an elastic address known from the address alone", EXPOSED, OPEN,
         changes={"interface": {"public": None}},
         also=(("add", {"label": "AWSElasticIPAddress", "id_": "198.51.100.7",
                        "public_ip": "198.51.100.7", "network_interface_id": "eni-1"}),)),
    Case("an IPv6 address, a route and a rule for it", EXPOSED, OPEN,
         "eni-1 has public address 2600:1f18::5",
         {"interface": V6, "table": ROUTES6, **group("tcp/443 ::/0")}),
    Case("an IPv6 address of local use", CLOSED, says="has no public address",
         changes={"interface": {"public": None, "ipv6": "fd00::5"}, "table": ROUTES6,
                  **group("tcp/443 ::/0")}),
    Case("an IPv6 address behind an IPv4 rule", CLOSED, says="no rule of sg-1",
         changes={"interface": V6, "table": ROUTES6}),
    Case("an IPv4 address behind an IPv6 rule", CLOSED, says="no rule of sg-1",
         changes=group("tcp/443 ::/0")),
    Case("an IPv6 address with an IPv4 route only", CLOSED, says="no route to an internet gateway",
         changes={"interface": V6, **group("tcp/443 ::/0")}),
    Case("an egress-only gateway lets nobody in", CLOSED, says="sends ::/0 to eigw-1",
         changes={"interface": V6, **routes(everything="igw-1", everything6="eigw-1"),
                  **group("tcp/443 ::/0")}),
    Case("an interface closed to gateways", CLOSED, says="closed to internet gateways",
         changes={"interface": {**V6, "deny_all_igw_traffic": True}, "table": ROUTES6,
                  **group("tcp/443 ::/0")}),
    Case("an interface in a subnet for IPv6 alone", EXPOSED, OPEN,
         "eni-1 has public address 2600:1f18::5",
         {"subnet": {"cidr": "", "ipv6_cidr_block_association_set":
                     '[{"Ipv6CidrBlock": "2600:1f18::/64"}]'},
          "interface": {**V6, "private": None}, "table": {"routes": {"::/0": "igw-1"}},
          **group("tcp/443 ::/0")}),
    Case("an IPv6 address that a rule lets some in to", NARROW, OPEN, "2600:9000::/28",
         {"interface": V6, "table": ROUTES6, **group("tcp/443 2600:9000::/28")}),
    Case("an IPv4 address by the IPv6 rule of another family's gateway", CLOSED,
         says="no route to an internet gateway",
         changes={"table": {"routes": {"10.0.0.0/16": "local", "::/0": "igw-1"}}}),
    Case("a NAT gateway's interface takes in answers only", CLOSED, says="NAT gateway",
         changes={"interface": {"interface_type": "natGateway", "groups": ()}}),
    # Gateways and routes.
    Case("a gateway of another VPC", CLOSED, says="igw-1 is not attached to vpc-1",
         changes={"gateway": {"vpc": "vpc-9"}}),
    Case("a gateway attached to nothing", CLOSED, says="igw-1 is not attached",
         changes={"gateway": {"vpc": None}}),
    Case("no route out", CLOSED, says="no route to an internet gateway", changes=routes()),
    Case("a route to NAT", CLOSED, says="sends 0.0.0.0/0 to nat-1",
         changes=routes(everything="nat-1")),
    Case("a route to a transit gateway", CLOSED, says="sends 0.0.0.0/0 to tgw-1",
         changes=routes(everything="tgw-1")),
    Case("a black hole", CLOSED, says="black hole",
         changes={"table": {"blackholes": ["0.0.0.0/0"]}}),
    Case("the subnet's own table instead of the main one", CLOSED, says="route table rtb-2",
         also=(("table", {"id_": "rtb-2", "routes": {"0.0.0.0/0": "nat-1"},
                          "subnets": ["subnet-1"]}),)),
    Case("the subnet's own table leads out, the main one does not", EXPOSED, OPEN,
         "route table rtb-2 sends 0.0.0.0/0 to igw-1", routes(),
         (("table", {"id_": "rtb-2", "routes": {"0.0.0.0/0": "igw-1"},
                     "subnets": ["subnet-1"]}),)),
    Case("a route out for some addresses only", NARROW, OPEN,
         "sends 203.0.113.0/24 to igw-1", routes(everything="nat-1", some="igw-1")),
    Case("a longer prefix leads elsewhere", EXPOSED, OPEN,
         changes=routes(everything="igw-1", some="tgw-1")),
    Case("two halves lead elsewhere", CLOSED, says="to tgw-1",
         changes={"table": {"routes": {"0.0.0.0/0": "igw-1", "0.0.0.0/1": "tgw-1",
                                       "128.0.0.0/1": "tgw-1"}}}),
    Case("a route by a prefix list of ours", NARROW, OPEN, "sends pl-1 to igw-1",
         {"table": {"routes": {"pl-1": "igw-1"}}},
         (("prefix_list", {"id_": "pl-1", "cidrs": ["198.51.100.0/24"]}),)),
    Case("a route by a list of AWS's does not hide the internet", EXPOSED, OPEN,
         changes={"table": {"routes": {"0.0.0.0/0": "igw-1", "pl-s3": "vpce-1"}}},
         also=(("prefix_list", {"id_": "pl-s3", "cidrs": None, "owner": "AWS"}),)),
    Case("a route by a list that was not read", UNKNOWN, OPEN, "prefix list pl-1",
         {"table": {"routes": {"0.0.0.0/0": "igw-1", "pl-1": "tgw-1"}}},
         (("prefix_list", {"id_": "pl-1", "cidrs": None}),)),
    Case("block public access", CLOSED, says="block public access of vpc-1 is block-ingress",
         changes={"subnet": {"block_public_access_states_internet_gateway_block_mode":
                             "block-ingress"}}),
    Case("block public access of the VPC, but not of the subnet", EXPOSED, OPEN,
         changes={"vpc": {"block_public_access_states_internet_gateway_block_mode":
                          "block-bidirectional"},
                  "subnet": {"block_public_access_states_internet_gateway_block_mode": "off"}}),
    Case("block public access by the region's setting", CLOSED, says="is block-ingress",
         also=(setting("block-ingress"),)),
    Case("block public access both ways by the region's setting", CLOSED,
         says="is block-bidirectional", also=(setting("block-bidirectional"),)),
    Case("the region's setting is off", EXPOSED, OPEN, also=(setting("off"),)),
    Case("a subnet's own state before the region's setting", EXPOSED, OPEN,
         changes={"subnet": {"block_public_access_states_internet_gateway_block_mode": "off"}},
         also=(setting("block-bidirectional"),)),
    Case("a VPC that is excluded from the setting", EXPOSED, OPEN,
         also=(setting("block-bidirectional"), excluded("vpc/vpc-1", "allow-bidirectional"))),
    Case("a subnet that is excluded from the setting", EXPOSED, OPEN,
         also=(setting("block-ingress"), excluded("subnet/subnet-1", "allow-bidirectional"))),
    Case("a subnet that is excluded for its way out", CLOSED, says="is block-ingress",
         also=(setting("block-bidirectional"), excluded("subnet/subnet-1", "allow-egress"))),
    Case("another subnet that is excluded", CLOSED, says="is block-bidirectional",
         also=(setting("block-bidirectional"), excluded("subnet/subnet-9", "allow-bidirectional"))),
    Case("a setting that could not be read", UNKNOWN, OPEN, "block public access settings of",
         unread=frozenset({"AWSVpcBlockPublicAccess"})),
    Case("a setting that could not be read, beside the subnet's own state", EXPOSED, OPEN,
         changes={"subnet": {"block_public_access_states_internet_gateway_block_mode": "off"}},
         unread=frozenset({"AWSVpcBlockPublicAccess"})),
    Case("exclusions that could not be read", UNKNOWN, OPEN, "exclusions from block public access",
         also=(setting("block-bidirectional"),),
         unread=frozenset({"AWSVpcBlockPublicAccessExclusion"})),
    Case("through an appliance both ways", FILTERED, OPEN, "vpce-fw",
         routes(everything="vpce-fw"), (APPLIANCE,)),
    Case("out through an appliance that nothing comes in by", CLOSED, says="to vpce-fw",
         changes=routes(everything="vpce-fw")),
    Case("out by the gateway, but in through an appliance", FILTERED, OPEN, "vpce-fw",
         also=(APPLIANCE,)),
    Case("a gateway's own table that is about other subnets", EXPOSED, OPEN,
         also=(("table", {"id_": "rtb-edge", "routes": {"10.0.9.0/24": "vpce-fw"},
                          "gateway": "igw-1"}),)),
    Case("a carrier gateway is none to the internet", CLOSED, says="sends 0.0.0.0/0 to cagw-1",
         changes=routes(everything="cagw-1")),
    Case("a local gateway is none to the internet", CLOSED, says="sends 0.0.0.0/0 to lgw-1",
         changes=routes(everything="lgw-1")),
    Case("a private gateway", CLOSED, says="sends 0.0.0.0/0 to vgw-1",
         changes=routes(everything="vgw-1")),
    Case("a peering in the way out", CLOSED, says="sends 0.0.0.0/0 to pcx-1",
         changes=routes(everything="pcx-1")),
    # Network ACLs.
    Case("an ACL that denies before it allows", CLOSED, says="acl-1 rule 90 denies tcp 443 in",
         changes=inbound("90 deny tcp/443 0.0.0.0/0", "100 allow all 0.0.0.0/0")),
    Case("an ACL that allows before it denies", EXPOSED, OPEN,
         "acl-1 rule 90 allows tcp 443 in",
         inbound("90 allow tcp/443 0.0.0.0/0", "100 deny all 0.0.0.0/0")),
    Case("an ACL without rules", CLOSED, says="has no rule that allows tcp 443 in",
         changes=inbound()),
    Case("an ACL for IPv6 only", CLOSED, says="has no rule that allows",
         changes=inbound("100 allow all ::/0")),
    Case("an ACL of another protocol", CLOSED, says="has no rule that allows",
         changes=inbound("100 allow udp 0.0.0.0/0")),
    Case("an ACL that denies a few", EXPOSED, OPEN,
         changes=inbound("90 deny all 198.51.100.0/24", "100 allow all 0.0.0.0/0")),
    Case("an ACL that allows a few", NARROW, OPEN, "rule 100 allows tcp 443 in",
         inbound("100 allow tcp/443 198.51.100.0/24")),
    Case("answers by ephemeral ports", EXPOSED, OPEN, "rule 100 allows tcp 1024-65535 out",
         outbound("100 allow tcp/1024-65535 0.0.0.0/0")),
    Case("answers by some ephemeral ports", EXPOSED, OPEN,
         "rule 100 allows tcp 32768-60999 out", outbound("100 allow tcp/32768-60999 0.0.0.0/0")),
    Case("no answers but to port 443", CLOSED, says="answers to tcp 443 out",
         changes=outbound("100 allow tcp/443 0.0.0.0/0")),
    Case("answers denied", CLOSED, says="acl-1 rule 100 denies answers to tcp 443 out",
         changes=outbound("100 deny tcp/1024-65535 0.0.0.0/0", "200 allow tcp/1-1023 0.0.0.0/0")),
    Case("answers to a few", NARROW, OPEN,
         changes=outbound("100 allow all 198.51.100.0/24")),
    Case("let in are some, answered are others", CLOSED, says="answers",
         changes={"acl": {"inbound": ["100 allow all 198.51.100.0/24"],
                          "outbound": ["100 allow all 203.0.113.0/24"]}}),
    Case("ICMP needs no port for its answer", EXPOSED, ("icmp/8",),
         changes={**group("icmp/8 0.0.0.0/0"),
                  "acl": {"inbound": ["100 allow icmp/8 0.0.0.0/0"],
                          "outbound": ["100 allow icmp/0 0.0.0.0/0"]}}),
    Case("an echo whose reply does not get out, though other ICMP does", CLOSED, says="answers",
         changes={**group("icmp/8 0.0.0.0/0"), **outbound("100 allow icmp/3 0.0.0.0/0")}),
    Case("an echo over IPv6", EXPOSED, ("icmpv6/128",),
         changes={"interface": V6, "table": ROUTES6, **group("icmpv6/128 ::/0"),
                  "acl": {"inbound": ["100 allow 58 ::/0"], "outbound": ["100 allow 58 ::/0"]}}),
    Case("ICMP answers that do not get out", CLOSED, says="answers to icmp",
         changes={**group("icmp/8 0.0.0.0/0"),
                  **outbound("100 allow tcp 0.0.0.0/0")}),
    # Security groups.
    Case("a group without rules", CLOSED, says="no rule of sg-1 lets the internet in",
         changes=group()),
    Case("a rule for private addresses", CLOSED, says="no rule of sg-1",
         changes=group("all 10.0.0.0/8", "all 172.16.0.0/12 192.168.0.0/16")),
    Case("a rule for another group", CLOSED, says="no rule of sg-1", changes=group("all sg-2")),
    Case("the default group, which lets in its own members", CLOSED, says="no rule of sg-1",
         changes=group("all sg-1")),
    Case("a rule for carrier-grade and link-local addresses alone", CLOSED,
         says="no rule of sg-1", changes=group("all 100.64.0.0/10 169.254.0.0/16")),
    Case("an empty prefix list of ours", CLOSED, says="no rule of sg-1",
         changes=group("tcp/443 pl-1"), also=(("prefix_list", {"id_": "pl-1", "cidrs": []}),)),
    Case("a protocol by its number", EXPOSED, ("protocol/50",), "allows protocol 50",
         group("50 0.0.0.0/0")),
    Case("a protocol that the ACL does not know", CLOSED, says="has no rule that allows",
         changes={**group("50 0.0.0.0/0"), **inbound("100 allow tcp 0.0.0.0/0")}),
    Case("every protocol", EXPOSED, ("all",), "sg-1 allows all from 0.0.0.0/0",
         group("all 0.0.0.0/0")),
    Case("every protocol through an ACL for TCP", EXPOSED, ("tcp",),
         changes={**group("all 0.0.0.0/0"), **inbound("100 allow tcp 0.0.0.0/0")}),
    Case("a range of ports through a narrower ACL", EXPOSED, ("tcp/8080-8100",),
         changes={**group("tcp/8000-8100 0.0.0.0/0"),
                  **inbound("100 allow tcp/8080-9000 0.0.0.0/0")}),
    Case("two halves are everything", EXPOSED, ("tcp/22",), "from 128.0.0.0/1",
         group("tcp/22 0.0.0.0/1", "tcp/22 128.0.0.0/1")),
    Case("one half is not", NARROW, ("tcp/22",), changes=group("tcp/22 0.0.0.0/1")),
    Case("two halves on different ports", NARROW, ("tcp/22-23",), "0.0.0.0/1, 128.0.0.0/1",
         group("tcp/22 0.0.0.0/1", "tcp/23 128.0.0.0/1")),
    Case("an office's block", NARROW, ("tcp/22",), "from 203.0.113.0/24",
         group("tcp/22 203.0.113.0/24")),
    Case("an eighth of the internet", NARROW, ("tcp/22",),
         changes=group("tcp/22 52.0.0.0/8")),
    Case("a second group opens", EXPOSED, ("tcp/22",), "sg-2 allows tcp 22",
         {**group(), "interface": {"groups": ["sg-1", "sg-2"], "public": "203.0.113.5"}},
         (("group", {"id_": "sg-2", "inbound": ["tcp/22 0.0.0.0/0"]}),)),
    Case("a prefix list of ours that is everything", EXPOSED, OPEN, "from pl-1",
         group("tcp/443 pl-1"), (("prefix_list", {"id_": "pl-1", "cidrs": ["0.0.0.0/0"]}),)),
    Case("a prefix list of ours", NARROW, OPEN, "from pl-1",
         group("tcp/443 pl-1"), (("prefix_list", {"id_": "pl-1", "cidrs": ["198.51.100.0/24"]}),)),
    Case("a prefix list of AWS's", NARROW, OPEN, "cloudfront.origin-facing",
         group("tcp/443 pl-cf"), (CLOUDFRONT,)),
    Case("a prefix list that was not read", UNKNOWN, OPEN,
         "the addresses of prefix list pl-1 were not read", group("tcp/443 pl-1"),
         (("prefix_list", {"id_": "pl-1", "cidrs": None}),)),
    Case("an unread list beside an open rule", EXPOSED, OPEN,
         changes=group("tcp/443 0.0.0.0/0", "tcp/443 pl-1"),
         also=(("prefix_list", {"id_": "pl-1", "cidrs": None}),)),
    # What was not read.
    Case("route tables not read", UNKNOWN, OPEN, "route tables of 111111111111",
         unread=frozenset({"AWSEC2RouteTable"})),
    Case("ACLs not read", UNKNOWN, OPEN, "network ACLs of 111111111111",
         unread=frozenset({"AWSEC2NetworkAcl"})),
    Case("groups not read", UNKNOWN, ("all",), "security groups of 111111111111",
         unread=frozenset({"AWSEC2SecurityGroup"})),
    Case("interfaces not read", UNKNOWN, (), "network interfaces of 111111111111",
         unread=frozenset({"AWSNetworkInterface"})),
    Case("a group that nobody knows", UNKNOWN, ("all",),
         "security group sg-1 is not among what was read", {"group": None}),
    Case("a subnet that nobody knows", UNKNOWN, OPEN, "subnet subnet-1 is not among",
         {"subnet": None}),
    Case("ACLs not read, and no public address", CLOSED, says="has no public address",
         changes={"interface": {"public": None}}, unread=frozenset({"AWSEC2NetworkAcl"})),
    Case("ACLs not read, and no rule", CLOSED, says="no rule of sg-1", changes=group(),
         unread=frozenset({"AWSEC2NetworkAcl"})),
    Case("groups not read, and no route", CLOSED, says="no route to an internet gateway",
         changes=routes(), unread=frozenset({"AWSEC2SecurityGroup"})),
    Case("ACLs not read, and an office's block", UNKNOWN, ("tcp/22",), "network ACLs",
         group("tcp/22 203.0.113.0/24"), unread=frozenset({"AWSEC2NetworkAcl"})),
    Case("gateways not read, but the route is active", EXPOSED, OPEN, "to igw-1",
         {"gateway": None}, unread=frozenset({"AWSInternetGateway"})),
    Case("a shared subnet of an account that was not read", UNKNOWN, OPEN,
         "route tables of 999999999999", {"subnet": {"owner_id": "999999999999"}}),
)  # fmt: skip
