"""Network interfaces out of assets, and what stands in for those that were not read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.exposure.addresses import is_public
from cloudwarden.analysis.exposure.facts import Interface
from cloudwarden.analysis.exposure.network_assets import json_list
from cloudwarden.analysis.exposure.readings import Readings, place_of
from cloudwarden.analysis.exposure.regions import Gap

#: Kinds that always have security groups; other kinds may have none, and nothing filters them.
_FILTERED = frozenset({"interface", "efa", "efaonly", "branch", "trunk", "lambda"})
_GROUPS = "MEMBER_OF_EC2_SECURITY_GROUP"


def read_interfaces(estate: Estate, readings: Readings) -> dict[str, Interface]:
    """Network interfaces with all their addresses, by id."""
    private: dict[str, dict[str, None]] = defaultdict(dict)
    public: dict[str, dict[str, None]] = defaultdict(dict)
    version6: dict[str, dict[str, None]] = defaultdict(dict)
    for asset in estate.assets("AWSEC2PrivateIp"):
        card = str(asset.get("network_interface_id"))
        private[card][str(asset.get("private_ip_address"))] = None
        if asset.get("public_ip"):
            public[card][str(asset.get("public_ip"))] = None
    for asset in estate.assets("AWSEC2Ipv6Address"):
        version6[str(asset.get("network_interface_id"))][str(asset.get("ipv6_address"))] = None
    for asset in estate.assets("AWSElasticIPAddress"):
        card = asset.get("network_interface_id")
        if card and asset.get("public_ip") and readings.gap(asset.label, place_of(asset)) is None:
            public[str(card)][str(asset.get("public_ip"))] = None
    found: dict[str, Interface] = {}
    for asset in estate.assets("AWSNetworkInterface"):
        identity = asset.id
        if asset.get("public_ip"):
            public[identity][str(asset.get("public_ip"))] = None
        if asset.get("private_ip_address"):
            private[identity][str(asset.get("private_ip_address"))] = None
        for prefix in json_list(asset.get("ipv6_prefixes")):
            version6[identity][str(prefix.get("Ipv6Prefix"))] = None
        if asset.get("ipv6_address"):
            version6[identity][str(asset.get("ipv6_address"))] = None
        found[identity] = _interface(
            asset,
            tuple(private.get(identity, ())),
            tuple(public.get(identity, ())),
            tuple(version6.get(identity, ())),
        )
    return found


def _interface(
    asset: EstateAsset,
    private: tuple[str, ...],
    public: tuple[str, ...],
    version6: tuple[str, ...],
) -> Interface:
    kind = str(asset.get("interface_type") or "interface").lower().replace("_", "")
    groups = frozenset(asset.targets(_GROUPS))
    gaps: tuple[Gap, ...] = ()
    if not groups and kind in _FILTERED:
        gaps = (Gap(f"no security group of {asset.id} is known"),)
    return Interface(
        asset.id,
        str(asset.get("vpc_id") or ""),
        str(asset.get("subnet_id") or asset.get("subnetid") or ""),
        groups or None,
        private,
        public,
        version6,
        kind,
        bool(asset.get("deny_all_igw_traffic")),
        tuple(asset.targets("NETWORK_INTERFACE", incoming=True)),
        asset.get("instance_id"),
        asset.get("device_index"),
        place_of(asset),
        gaps,
    )


def interface_of_instance(
    instance: EstateAsset, why: Gap, elastic: Iterable[str], *, only: bool
) -> Interface:
    """What an instance says of its primary interface, where that was not read.

    Its groups are then those of all its interfaces, so they are the primary one's own only if it
    is the `only` one.
    """
    own = instance.get("publicipaddress")
    public = dict.fromkeys([*([str(own)] if own else []), *elastic])
    version6 = instance.get("ipv6address")
    groups = frozenset(instance.targets(_GROUPS))
    gaps: tuple[Gap, ...] = () if only and groups else (why,)
    return Interface(
        f"the interface of {instance.id}",
        str(instance.get("vpcid") or ""),
        str(instance.get("subnetid") or ""),
        groups or None,
        (str(instance.get("privateipaddress")),) if instance.get("privateipaddress") else (),
        tuple(public),
        (str(version6),) if version6 else (),
        instance=instance.id,
        index=0,
        place=place_of(instance),
        gaps=gaps,
    )


def has_public6(interface: Interface) -> bool:
    """Whether one of its IPv6 addresses is of the internet, not local to networks."""
    return any(is_public(address) for address in interface.version6)
