"""Transit gateways out of assets: what is attached, which table rules it, and the routes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.exposure.facts import (
    Attachment,
    Place,
    PrefixList,
    TransitGateway,
    TransitRoute,
)
from cloudwarden.analysis.exposure.network_assets import blocks_of
from cloudwarden.analysis.exposure.readings import owner_of, unread_operations

_LIVE = frozenset({None, "available", "modifying"})
_OF_VPCS = "ec2:DescribeTransitGatewayVpcAttachments"
_ENDS = ("requester", "accepter")
Attachments = dict[tuple[str, str], Attachment]


def read_transit_gateways(estate: Estate) -> dict[str, TransitGateway]:
    """Transit gateways by id; of one that nobody collects, what its attachments tell."""
    found: dict[str, TransitGateway] = {}
    for asset in estate.assets("AWSTransitGatewayAttachment"):
        for end, owner, region in _ends_of_peering(asset):
            found.setdefault(end, TransitGateway(end, Place(owner, region)))
        gateway = str(asset.get("transit_gateway_id") or "")
        owner = str(asset.get("transit_gateway_owner_id") or asset.account)
        found.setdefault(gateway, TransitGateway(gateway, Place(owner, asset.region)))
    for asset in estate.assets("AWSTransitGateway"):
        support = asset.get("options_security_group_referencing_support")
        found[asset.id] = TransitGateway(asset.id, owner_of(asset), _enabled(support))
    return found


def read_attachments(estate: Estate) -> Attachments:
    """Attachments by gateway and id; a peering of two gateways is one of each."""
    gateways = {
        asset.id: str(asset.get("transit_gateway_id") or "")
        for asset in estate.assets("AWSTransitGatewayRouteTable")
    }
    associated: dict[tuple[str, str], str] = {}
    for asset in estate.assets("AWSTransitGatewayRouteTableAssociation"):
        if asset.get("state") in (None, "associated"):
            table = asset.id.partition("|")[0]
            associated[gateways.get(table, ""), str(asset.get("attachment_id"))] = table
    found: Attachments = {}
    for asset in estate.assets("AWSTransitGatewayAttachment"):
        for one in _sides(asset):
            key = (one.gateway, one.id)
            ruled = replace(one, table=associated.get(key) or one.table)
            found[key] = _both(found.get(key), ruled)
    return found


def _sides(asset: EstateAsset) -> Iterator[Attachment]:
    """What an attachment is to each gateway that it is one of."""
    own = _side(asset)
    ends = [end for end, _owner, _region in _ends_of_peering(asset)]
    if own.kind != "peering":
        yield own
        return
    if len(ends) < 2:
        ends = [own.gateway, own.resource]
    for gateway, peer in (ends, reversed(ends)):
        there = gateway == own.gateway
        yield replace(
            own,
            gateway=gateway,
            resource=peer,
            peer=peer,
            table=own.table if there else None,
            policy=own.policy if there else None,
        )


def _ends_of_peering(asset: EstateAsset) -> list[tuple[str, str, str]]:
    """The gateways that a peering joins, each with its owner and region, where that was read."""
    found = []
    for end in _ENDS:
        gateway = asset.get(f"peering_{end}_tgw_info_transit_gateway_id")
        owner = asset.get(f"peering_{end}_tgw_info_owner_id")
        region = asset.get(f"peering_{end}_tgw_info_region")
        if gateway and owner and region:
            found.append((str(gateway), str(owner), str(region)))
    return found


def _side(asset: EstateAsset) -> Attachment:
    kind = str(asset.get("resource_type") or "")
    resource = asset.get("resource_id") or next(iter(asset.targets("RESOURCE", incoming=True)), "")
    return Attachment(
        asset.id,
        str(asset.get("transit_gateway_id") or ""),
        kind,
        str(resource),
        asset.get("association_transit_gateway_route_table_id"),
        tuple(asset.targets("PART_OF_SUBNET")),
        asset.get("state") in _LIVE,
        None,
        asset.get("association_transit_gateway_policy_table_id"),
        _enabled(asset.get("vpc_options_ipv6_support")),
        _enabled(asset.get("vpc_options_security_group_referencing_support")),
        _enabled(asset.get("vpc_options_appliance_mode_support")),
        unread_operations(asset, (_OF_VPCS,)),
    )


def _both(known: Attachment | None, one: Attachment) -> Attachment:
    """One attachment as two accounts tell of it: the gateway's owner, and the VPC's."""
    if known is None:
        return one
    return replace(
        one,
        table=one.table or known.table,
        policy=one.policy or known.policy,
        subnets=one.subnets or known.subnets,
        version6=known.version6 if one.version6 is None else one.version6,
        members=known.members if one.members is None else one.members,
        spreads=known.spreads if one.spreads is None else one.spreads,
        gaps=() if one.subnets or known.subnets else one.gaps or known.gaps,
    )


def _enabled(value: object) -> bool | None:
    return None if value is None else value == "enable"


def read_transit_routes(
    estate: Estate, lists: dict[str, PrefixList]
) -> dict[str, tuple[TransitRoute, ...]]:
    """Routes by the id of their table; a route through a prefix list has the list's blocks."""
    routes: dict[str, dict[str, TransitRoute]] = defaultdict(dict)
    for asset in estate.assets("AWSTransitGatewayRoute"):
        table, _, destination = asset.id.partition("|")
        listed = destination.startswith("pl-")
        known = lists.get(destination)
        routes[table][destination] = TransitRoute(
            destination,
            (known.blocks if known else None) if listed else blocks_of([destination]),
            tuple(asset.targets("ROUTES_TO_TGW_ATTACHMENT")),
            asset.get("state") != "blackhole",
        )
    return {table: tuple(found.values()) for table, found in routes.items()}
