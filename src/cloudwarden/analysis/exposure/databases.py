"""Databases, caches and brokers, which have a public address only if they were told to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from cloudwarden.analysis.estate import EstateAsset
from cloudwarden.analysis.exposure.internet import Internet, Ports
from cloudwarden.analysis.exposure.network_assets import json_list
from cloudwarden.analysis.exposure.readings import place_of
from cloudwarden.analysis.exposure.regions import TCP, Gap
from cloudwarden.analysis.exposure.verdicts import (
    Exposure,
    closed,
    combine,
    provided,
    undecided,
)

_GROUPS = "MEMBER_OF_EC2_SECURITY_GROUP"
_PUBLIC_BROKERS = "SERVICE_PROVIDED_EIPS"
#: For outsiders by TLS, by SASL/SCRAM and by IAM.
_BROKER_PORTS: Ports = tuple((TCP, port, port) for port in (9194, 9196, 9198))
_STOPPED = frozenset({"stopped", "stopping", "paused"})


class Databases:
    """Answers for the databases of one network."""

    def __init__(self, internet: Internet) -> None:
        self._internet = internet
        self._network = internet.network
        self._estate = internet.network.estate

    def instance(self, asset: EstateAsset) -> Exposure:
        """An RDS instance: in one of the subnets of its group, in its zone."""
        name = asset.name or asset.id
        if not asset.get("publicly_accessible"):
            return closed(f"{name} is not publicly accessible")
        subnets: list[str] = []
        for id_ in asset.targets("MEMBER_OF_DB_SUBNET_GROUP"):
            group = self._estate.asset("AWSDBSubnetGroup", id_)
            subnets += group.targets("RESOURCE") if group is not None else []
        families = (4, 6) if asset.get("network_type") == "DUAL" else (4,)
        port = (
            asset.get("endpoint_port")
            or asset.get("db_instance_port")
            or asset.get("listener_endpoint_port")
        )
        named = asset.get("availability_zone")
        zone = self._network.zones.get((asset.account, str(named)), named)
        found = self._one_of(asset, subnets, zone, families, port)
        return _if_started(asset, found, asset.get("db_instance_status"))

    def cluster(self, asset: EstateAsset) -> Exposure:
        """An RDS cluster is as exposed as its instances."""
        members = self._members.get(asset.id, [])
        if not members:
            gap = self._network.readings.gap("AWSRDSInstance", place_of(asset))
            if gap is not None:
                return undecided("", (gap,))
            return closed(f"{asset.name or asset.id} has no instance")
        return combine(self.instance(member) for member in members)

    @cached_property
    def _members(self) -> dict[str, list[EstateAsset]]:
        found: dict[str, list[EstateAsset]] = defaultdict(list)
        for asset in self._estate.assets("AWSRDSInstance"):
            for cluster in asset.targets("IS_CLUSTER_MEMBER_OF"):
                found[cluster].append(asset)
        return found

    def warehouse(self, asset: EstateAsset) -> Exposure:
        """A Redshift cluster: where its nodes are, else in some subnet of its VPC."""
        name = asset.name or asset.id
        if not asset.get("publicly_accessible"):
            return closed(f"{name} is not publicly accessible")
        vpc = str(asset.get("vpc_id") or "")
        nodes = [
            self._network.interfaces_by_address.get((vpc, str(node.get("PrivateIPAddress"))))
            for node in json_list(asset.get("cluster_nodes"))
        ]
        subnets = [node.subnet for node in nodes if node is not None]
        found = self._one_of(asset, subnets, None, (4,), asset.get("endpoint_port"), vpc)
        return _if_started(asset, found, asset.get("cluster_status"))

    def broker(self, asset: EstateAsset) -> Exposure:
        """An MSK cluster: its brokers are in all of its subnets, on their ports for outsiders."""
        name = asset.name or asset.id
        if asset.get("public_access_type") != _PUBLIC_BROKERS:
            return closed(f"the brokers of {name} have no public address")
        first = f"the brokers of {name} have public addresses"
        groups = frozenset(asset.targets(_GROUPS)) or None
        gaps = () if groups else (Gap(f"no security group of {name} is known"),)
        subnets = asset.targets("PART_OF_SUBNET")
        if not subnets:
            return undecided("direct", (Gap(f"the subnets of {name} were not read"),), first)
        found = combine(
            self._internet.place(subnet, groups, (4,), gaps, _BROKER_PORTS) for subnet in subnets
        )
        if not found.possible:
            return closed(first, *found.steps[-1:])
        return replace(found, steps=(first, *found.steps))

    def cache(self, asset: EstateAsset) -> Exposure:
        """An ElastiCache cluster is reached from its VPC alone."""
        return closed(f"{asset.name or asset.id} is of ElastiCache, which gives no public address")

    def _one_of(
        self,
        asset: EstateAsset,
        subnets: Iterable[str],
        zone: str | None,
        families: tuple[int, ...],
        port: int | None,
        vpc: str = "",
    ) -> Exposure:
        name = asset.name or asset.id
        first = f"{name} is publicly accessible"
        groups = frozenset(asset.targets(_GROUPS))
        gaps: tuple[Gap, ...] = ()
        if not groups:
            gaps = (Gap(f"no security group of {name} is known"),)
        ports: Ports = ((TCP, port, port),) if port else None
        candidates = list(dict.fromkeys(subnets))
        if zone is not None:
            known = {id_: self._network.subnets.get(id_) for id_ in candidates}
            candidates = [
                id_
                for id_, subnet in known.items()
                if subnet is None or subnet.zone in (None, zone)
            ]
        if not candidates and vpc:
            candidates = [subnet.id for subnet in self._network.subnets_by_vpc.get(vpc, ())]
        if not candidates:
            return undecided("direct", (Gap(f"the subnets of {name} were not read"),), first)
        found = [
            self._internet.place(subnet, groups or None, families, gaps, ports)
            for subnet in candidates
        ]
        verdict = combine(found)
        if not all(one.exposed == verdict.exposed for one in found):
            gap = Gap(f"which of {', '.join(candidates)} {name} is in was not read")
            return undecided("direct", (gap,), first, ports=verdict.ports)
        if not verdict.possible:
            return closed(first, *found[0].steps[-1:])
        return replace(verdict, steps=(first, *verdict.steps))


def _if_started(asset: EstateAsset, exposure: Exposure, status: str | None) -> Exposure:
    if status in _STOPPED:
        return provided(exposure, f"{asset.name or asset.id}, now {status}, runs")
    return exposure
