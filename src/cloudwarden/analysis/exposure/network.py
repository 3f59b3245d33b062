"""The network of a whole estate, indexed: what stands where, and what was not read of it."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.exposure.balancer_assets import read_balancers
from cloudwarden.analysis.exposure.blocking import Blocking, Blocks
from cloudwarden.analysis.exposure.facts import (
    Acl,
    Attachment,
    Balancer,
    Group,
    Interface,
    Peering,
    Place,
    PrefixList,
    RouteTable,
    Subnet,
    TransitGateway,
    TransitRoute,
    Vpc,
)
from cloudwarden.analysis.exposure.interface_assets import interface_of_instance, read_interfaces
from cloudwarden.analysis.exposure.network_assets import (
    read_acls,
    read_associations,
    read_gateways,
    read_groups,
    read_peerings,
    read_prefix_lists,
    read_subnets,
    read_tables,
    read_vpcs,
)
from cloudwarden.analysis.exposure.readings import Readings, place_of
from cloudwarden.analysis.exposure.regions import Gap
from cloudwarden.analysis.exposure.transit_assets import (
    read_attachments,
    read_transit_gateways,
    read_transit_routes,
)


class Network:
    """Everything exposure rests on. Made once from an estate; every index when first asked."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.readings = Readings(estate)

    @cached_property
    def vpcs(self) -> dict[str, Vpc]:
        """VPCs by id."""
        return read_vpcs(self.estate)

    @cached_property
    def subnets(self) -> dict[str, Subnet]:
        """Subnets by id."""
        return read_subnets(self.estate)

    @cached_property
    def zones(self) -> dict[tuple[str, str], str]:
        """The id of each zone, by account and the name that the account has for it."""
        return {
            (asset.account, str(asset.get("availability_zone"))): str(zone)
            for asset in self.estate.assets("AWSEC2Subnet")
            if (zone := asset.get("availability_zone_id") or asset.get("availability_zone"))
        }

    @cached_property
    def lists(self) -> dict[str, PrefixList]:
        """Prefix lists by id."""
        return read_prefix_lists(self.estate)

    @cached_property
    def list_names(self) -> tuple[str, ...]:
        """Names of AWS's own prefix lists, by their index."""
        own = [one for one in self.lists.values() if one.index is not None]
        return tuple(one.name for one in sorted(own, key=lambda one: one.index or 0))

    @cached_property
    def tables(self) -> dict[str, RouteTable]:
        """Route tables by id."""
        return read_tables(self.estate, self.lists)

    @cached_property
    def tables_by_vpc(self) -> dict[str, list[RouteTable]]:
        """The route tables of each VPC."""
        found: dict[str, list[RouteTable]] = defaultdict(list)
        for table in self.tables.values():
            found[table.vpc].append(table)
        return found

    @cached_property
    def groups(self) -> dict[str, Group]:
        """Security groups by id."""
        return read_groups(self.estate)

    @cached_property
    def gateways(self) -> dict[str, frozenset[str]]:
        """The VPCs that each internet gateway is attached to."""
        return read_gateways(self.estate)

    @cached_property
    def interfaces(self) -> dict[str, Interface]:
        """Network interfaces by id."""
        return read_interfaces(self.estate, self.readings)

    @cached_property
    def peerings(self) -> dict[str, Peering]:
        """VPC peerings by id."""
        return read_peerings(self.estate)

    @cached_property
    def transit_gateways(self) -> dict[str, TransitGateway]:
        """Transit gateways by id."""
        return read_transit_gateways(self.estate)

    @cached_property
    def attachments(self) -> dict[tuple[str, str], Attachment]:
        """Attachments by transit gateway and id."""
        return read_attachments(self.estate)

    @cached_property
    def attachments_of(self) -> dict[str, list[Attachment]]:
        """The attachments of each transit gateway."""
        found: dict[str, list[Attachment]] = defaultdict(list)
        for one in self.attachments.values():
            found[one.gateway].append(one)
        return found

    @cached_property
    def transit_routes(self) -> dict[str, tuple[TransitRoute, ...]]:
        """Routes of each transit gateway route table."""
        return read_transit_routes(self.estate, self.lists)

    @cached_property
    def balancers(self) -> dict[str, Balancer]:
        """Load balancers of both kinds, by id."""
        return read_balancers(self.estate)

    @cached_property
    def balancers_by_arn(self) -> dict[str, Balancer]:
        """Load balancers of both kinds, by ARN."""
        return {one.arn: one for one in self.balancers.values()}

    @cached_property
    def interfaces_by_balancer(self) -> dict[str, list[Interface]]:
        """The interfaces of each load balancer, by its ARN."""
        found: dict[str, list[Interface]] = defaultdict(list)
        for interface in self.interfaces.values():
            for arn in interface.balancers:
                found[arn].append(interface)
        return found

    @cached_property
    def interfaces_by_address(self) -> dict[tuple[str, str], Interface]:
        """The interface that has a private address of a VPC."""
        return {
            (interface.vpc, address): interface
            for interface in self.interfaces.values()
            for address in interface.private
        }

    @cached_property
    def interfaces_by_subnet(self) -> dict[str, list[Interface]]:
        """The interfaces in each subnet."""
        found: dict[str, list[Interface]] = defaultdict(list)
        for interface in self.interfaces.values():
            found[interface.subnet].append(interface)
        return found

    @cached_property
    def subnets_by_vpc(self) -> dict[str, list[Subnet]]:
        """The subnets of each VPC."""
        found: dict[str, list[Subnet]] = defaultdict(list)
        for subnet in self.subnets.values():
            found[subnet.vpc].append(subnet)
        return found

    @cached_property
    def _associations(self) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
        return read_associations(self.estate)

    @cached_property
    def _acls(self) -> tuple[dict[str, Acl], dict[str, str]]:
        return read_acls(self.estate)

    @cached_property
    def _interfaces_by_instance(self) -> dict[str, list[Interface]]:
        found: dict[str, list[Interface]] = defaultdict(list)
        for interface in self.interfaces.values():
            if interface.instance:
                found[interface.instance].append(interface)
        return found

    @cached_property
    def _addresses_by_instance(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for asset in self.estate.assets("AWSElasticIPAddress"):
            if asset.get("instance_id"):
                found[str(asset.get("instance_id"))].append(str(asset.get("public_ip")))
        return found

    @cached_property
    def _blocking(self) -> Blocking:
        return Blocking(self.estate, self.readings)

    def blocks(self, subnet: Subnet) -> tuple[Blocks, Gap | None]:
        """How far block public access closes a subnet, and why that may not be so."""
        return self._blocking.of(subnet, self.vpcs.get(subnet.vpc))

    def table_of(self, subnet: Subnet) -> tuple[RouteTable | None, Gap | None]:
        """The route table that rules a subnet, its own or the VPC's main one."""
        gap = self.readings.gap("AWSEC2RouteTable", subnet.owner)
        if gap:
            return None, gap
        named, mains, _edges = self._associations
        table = self.tables.get(named.get(subnet.id) or mains.get(subnet.vpc, ""))
        if table is None:
            return None, Gap(f"no route table of {subnet.id} is among what was read")
        return table, None

    def is_main(self, table: RouteTable, subnet: Subnet) -> bool:
        """Whether the table rules the subnet only as the VPC's main one."""
        return self._associations[0].get(subnet.id) != table.id

    def edge_table(self, gateway: str) -> RouteTable | None:
        """The table that rules what comes in by a gateway, if it has one."""
        return self.tables.get(self._associations[2].get(gateway, ""))

    def acl_of(self, subnet: Subnet) -> tuple[Acl | None, Gap | None]:
        """The network ACL of a subnet."""
        gap = self.readings.gap("AWSEC2NetworkAcl", subnet.owner)
        if gap:
            return None, gap
        acls, subnets = self._acls
        acl = acls.get(subnets.get(subnet.id, ""))
        if acl is None:
            return None, Gap(f"no network ACL of {subnet.id} is among what was read")
        return acl, None

    def group_gap(self, group: str) -> Gap | None:
        """Why the rules of a security group are not known; None where they are."""
        known = self.groups.get(group)
        if known is None:
            return Gap(f"security group {group} is not among what was read")
        return self.readings.gap("AWSEC2SecurityGroup", known.place)

    def interfaces_of(self, instance: EstateAsset) -> tuple[list[Interface], tuple[Gap, ...]]:
        """An instance's interfaces, as far as they are known, and why there may be more."""
        named = instance.targets("NETWORK_INTERFACE")
        found = {id_: self.interfaces[id_] for id_ in named if id_ in self.interfaces}
        found |= {one.id: one for one in self._interfaces_by_instance.get(instance.id, ())}
        place = place_of(instance)
        gap = self.readings.gap("AWSNetworkInterface", place)
        if gap is None and found:
            return list(found.values()), ()
        why = gap or Gap(f"no network interface of {instance.id} is among what was read")
        # What was read of them earlier may have changed; the instance tells of its primary, and
        # addresses of whom they belong to.
        elastic = self._addresses_by_instance.get(instance.id, ())
        primary = interface_of_instance(instance, why, elastic, only=len(named) <= 1)
        unlisted = self.readings.gap("AWSElasticIPAddress", place)
        return [primary], (why,) if len(named) > 1 or unlisted else ()

    def place_of_vpc(self, vpc: str) -> Place | None:
        """Where the surroundings of a VPC are told."""
        known = self.vpcs.get(vpc)
        return known.owner if known else None
