"""Assets into the values of a network: VPCs, subnets, routes, filters, interfaces, peerings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.exposure.addresses import Block, block
from cloudwarden.analysis.exposure.facts import (
    Acl,
    AclRule,
    Group,
    GroupRule,
    Peering,
    PrefixList,
    Route,
    RouteTable,
    Subnet,
    Vpc,
)
from cloudwarden.analysis.exposure.readings import owner_of, place_of
from cloudwarden.analysis.exposure.regions import ICMP, ICMP6, OTHERS, PORTS, TCP, UDP
from cloudwarden.core.json import loads

_MODE = "block_public_access_states_internet_gateway_block_mode"
_PROTOCOLS = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "icmpv6": ICMP6, "all": OTHERS, "-1": OTHERS}
_GONE = frozenset({"disassociated", "failed"})
_ENTRIES = "ec2:GetManagedPrefixListEntries"
_AWS = "AWS"


def read_vpcs(estate: Estate) -> dict[str, Vpc]:
    """VPCs with all their blocks, by id."""
    blocks: dict[str, dict[str, None]] = defaultdict(dict)
    for asset in estate.assets("AWSIpv4CidrBlock", "AWSIpv6CidrBlock"):
        blocks[str(asset.get("vpcid"))][str(asset.get("cidr_block"))] = None
    found: dict[str, Vpc] = {}
    for asset in _owners_last(estate, "AWSVpc"):
        texts = dict.fromkeys([str(asset.get("primary_cidr_block") or "")]) | blocks[asset.id]
        found[asset.id] = Vpc(asset.id, owner_of(asset), blocks_of(texts), asset.get(_MODE))
    return found


def read_subnets(estate: Estate) -> dict[str, Subnet]:
    """Subnets by id."""
    found: dict[str, Subnet] = {}
    for asset in _owners_last(estate, "AWSEC2Subnet"):
        texts = [str(asset.get("cidr_block") or "")]
        texts += [
            str(one.get("Ipv6CidrBlock"))
            for one in json_list(asset.get("ipv6_cidr_block_association_set"))
            if (one.get("Ipv6CidrBlockState") or {}).get("State") != "disassociated"
        ]
        found[asset.id] = Subnet(
            asset.id,
            str(asset.get("vpc_id") or ""),
            owner_of(asset),
            blocks_of(texts),
            asset.get("availability_zone_id") or asset.get("availability_zone"),
            asset.get(_MODE),
        )
    return found


def read_prefix_lists(estate: Estate) -> dict[str, PrefixList]:
    """Prefix lists by id; AWS's own are numbered, for nobody is told their addresses."""
    found: dict[str, PrefixList] = {}
    for asset in _owners_last(estate, "AWSManagedPrefixList"):
        name = asset.name or str(asset.get("prefix_list_name") or asset.id)
        if asset.get("owner_id") == _AWS:
            known = found.get(asset.id)
            index = known.index if known else sum(one.index is not None for one in found.values())
            found[asset.id] = PrefixList(asset.id, name, None, index)
            continue
        cidrs = asset.get("cidrs")
        told = cidrs is not None and _ENTRIES not in asset.unread
        found[asset.id] = PrefixList(asset.id, name, blocks_of(cidrs) if told else None)
    return found


def read_tables(estate: Estate, lists: dict[str, PrefixList]) -> dict[str, RouteTable]:
    """Route tables with their routes, by id."""
    routes: dict[str, dict[str, Route]] = defaultdict(dict)
    for asset in estate.assets("AWSEC2Route"):
        table, _, destination = asset.id.partition("|")
        listed = destination.startswith("pl-")
        routes[table][destination] = Route(
            destination,
            _listed(lists, destination) if listed else blocks_of([destination]),
            str(asset.get("target") or asset.get("gateway_id") or ""),
            asset.get("state") != "blackhole",
            listed,
        )
    return {
        asset.id: RouteTable(
            asset.id, str(asset.get("vpc_id") or ""), tuple(routes[asset.id].values())
        )
        for asset in estate.assets("AWSEC2RouteTable")
    }


def _listed(lists: dict[str, PrefixList], id_: str) -> tuple[Block, ...] | None:
    """The blocks of a list. AWS's own hold its services' addresses, never the internet at large."""
    known = lists.get(id_)
    if known is None:
        return None
    return () if known.index is not None else known.blocks


def read_associations(estate: Estate) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """The route table of each subnet that names one, of each VPC (its main), of each gateway."""
    subnets: dict[str, str] = {}
    mains: dict[str, str] = {}
    edges: dict[str, str] = {}
    vpcs = {asset.id: str(asset.get("vpc_id") or "") for asset in estate.assets("AWSEC2RouteTable")}
    for asset in estate.assets("AWSEC2RouteTable"):
        if asset.get("main"):
            mains[vpcs[asset.id]] = asset.id
    for asset in estate.assets("AWSEC2RouteTableAssociation"):
        table = str(asset.get("route_table_id") or "")
        if asset.get("association_state") in _GONE:
            continue
        if asset.get("subnet_id"):
            subnets[str(asset.get("subnet_id"))] = table
        elif asset.get("gateway_id"):
            edges[str(asset.get("gateway_id"))] = table
        elif asset.get("main") and table in vpcs:
            mains[vpcs[table]] = table
    return subnets, mains, edges


def read_acls(estate: Estate) -> tuple[dict[str, Acl], dict[str, str]]:
    """Network ACLs by id, and the one of each subnet."""
    rules: dict[tuple[str, bool], list[AclRule]] = defaultdict(list)
    for asset in estate.assets("AWSEC2NetworkAclRule"):
        rules[str(asset.get("network_acl_id")), bool(asset.get("egress"))].append(_acl_rule(asset))
    acls: dict[str, Acl] = {}
    subnets: dict[str, str] = {}
    for asset in estate.assets("AWSEC2NetworkAcl"):
        inbound, outbound = (
            tuple(sorted(rules[asset.id, egress], key=lambda rule: rule.number))
            for egress in (False, True)
        )
        acls[asset.id] = Acl(asset.id, inbound, outbound)
        subnets.update(dict.fromkeys(asset.targets("PART_OF_SUBNET"), asset.id))
    return acls, subnets


def _acl_rule(asset: EstateAsset) -> AclRule:
    protocol = protocol_of(asset.get("protocol"))
    first, last = PORTS
    if protocol in (TCP, UDP):
        first, last = asset.get("fromport", first), asset.get("toport", last)
    elif protocol in (ICMP, ICMP6) and (type_ := asset.get("icmptypecodetype", -1)) >= 0:
        first = last = type_
    text = asset.get("cidrblock") or asset.get("ipv6cidrblock") or ""
    return AclRule(
        int(asset.get("rulenumber", 0)),
        asset.get("ruleaction") == "allow",
        protocol,
        first,
        last,
        block(str(text)),
    )


def read_groups(estate: Estate) -> dict[str, Group]:
    """Security groups with their rules, by id."""
    rules: dict[tuple[str, str], dict[str, GroupRule]] = defaultdict(dict)
    for label in ("AWSIpPermissionInbound", "AWSIpPermissionEgress"):
        for asset in estate.assets(label):
            rules[label, str(asset.get("groupid"))][asset.id] = _group_rule(asset)
    return {
        asset.id: Group(
            asset.id,
            str(asset.get("vpcid") or ""),
            place_of(asset),
            tuple(rules["AWSIpPermissionInbound", asset.id].values()),
            tuple(rules["AWSIpPermissionEgress", asset.id].values()),
        )
        for asset in _owners_last(estate, "AWSEC2SecurityGroup")
    }


def _group_rule(asset: EstateAsset) -> GroupRule:
    peers: dict[str, list[str]] = defaultdict(list)
    for relation in asset.relations:
        if relation.type == "MEMBER_OF_IP_RULE" and relation.incoming:
            peers[relation.target_label].append(relation.target)
    protocol = protocol_of(asset.get("protocol"))
    first, last = PORTS
    if protocol in (TCP, UDP):
        first, last = asset.get("fromport", first), asset.get("toport", last)
        if first < 0:
            first, last = PORTS
    elif protocol in (ICMP, ICMP6) and asset.get("fromport", -1) >= 0:
        # For ICMP the first port is the type, and the last the code.
        first = last = asset.get("fromport")
    return GroupRule(
        asset.id,
        protocol,
        first,
        last,
        blocks_of(peers["AWSIpRange"]),
        tuple(peers["AWSManagedPrefixList"]),
        tuple(peers["AWSEC2SecurityGroup"]),
    )


def read_gateways(estate: Estate) -> dict[str, frozenset[str]]:
    """The VPCs that each internet gateway is attached to."""
    return {
        asset.id: frozenset(asset.targets("ATTACHED_TO"))
        for asset in _owners_last(estate, "AWSInternetGateway")
    }


def read_peerings(estate: Estate) -> dict[str, Peering]:
    """VPC peerings by id."""
    return {
        asset.id: Peering(
            asset.id,
            (str(asset.get("requester_vpc_id") or ""), str(asset.get("accepter_vpc_id") or "")),
            (asset.get("requester_region"), asset.get("accepter_region")),
            asset.get("status_code") == "active",
            (asset.get("requester_owner_id"), asset.get("accepter_owner_id")),
            (_side(asset, "REQUESTER_CIDR"), _side(asset, "ACCEPTER_CIDR")),
        )
        for asset in estate.assets("AWSPeeringConnection")
    }


def _side(asset: EstateAsset, relation: str) -> tuple[Block, ...]:
    """The address blocks of one side, which its edges name as `vpc|block`."""
    return blocks_of(dict.fromkeys(id_.rpartition("|")[2] for id_ in asset.targets(relation)))


def protocol_of(value: Any) -> int:
    """A protocol's number, from its name or number as text; `OTHERS` for all of them."""
    text = "all" if value is None else str(value).lower()
    known = _PROTOCOLS.get(text)
    if known is not None:
        return known
    return int(text) if text.isdigit() else OTHERS


def blocks_of(texts: Iterable[str]) -> tuple[Block, ...]:
    """The blocks that these texts mean; what means none is left out."""
    return tuple(found for text in texts if (found := block(text)) is not None)


def json_list(value: Any) -> list[dict[str, Any]]:
    """A list of structures that is kept as JSON text; empty where there is none."""
    if not value:
        return []
    found = loads(value) if isinstance(value, str) else value
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _owners_last(estate: Estate, label: str) -> Iterator[EstateAsset]:
    """All assets of a label, those read by their owners last, so that theirs stand."""
    for owned in (False, True):
        for asset in estate.assets(label):
            if (owner_of(asset).account == asset.account) is owned:
                yield asset
