"""Transit gateways out of assets: what is attached, which table rules it, and the routes."""

from __future__ import annotations

from collections import defaultdict

from cloudwarden.analysis.estate import Estate
from cloudwarden.analysis.exposure.facts import Attachment, Place, PrefixList, TransitRoute
from cloudwarden.analysis.exposure.network_assets import blocks_of

_LIVE = frozenset({None, "available", "modifying"})


def read_attachments(estate: Estate) -> dict[str, Attachment]:
    """Attachments by id, each with the route table that it is associated with."""
    associated = {
        str(asset.get("attachment_id")): asset.id.partition("|")[0]
        for asset in estate.assets("AWSTransitGatewayRouteTableAssociation")
        if asset.get("state") in (None, "associated")
    }
    found: dict[str, Attachment] = {}
    for asset in estate.assets("AWSTransitGatewayAttachment"):
        gateway_owner = str(asset.get("transit_gateway_owner_id") or asset.account)
        resource = asset.get("resource_id") or next(
            iter(asset.targets("RESOURCE", incoming=True)), ""
        )
        subnets = tuple(asset.targets("PART_OF_SUBNET"))
        known = found.get(asset.id)
        found[asset.id] = Attachment(
            asset.id,
            str(asset.get("transit_gateway_id") or ""),
            str(asset.get("resource_type") or ""),
            str(resource),
            associated.get(asset.id)
            or asset.get("association_transit_gateway_route_table_id")
            or (known.table if known else None),
            Place(gateway_owner, asset.region),
            subnets or (known.subnets if known else ()),
            asset.get("state") in _LIVE,
        )
    return found


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
