"""What the estate owns of what names can belong to, and whether all of it was read.

That nobody here owns a bucket may only be said where every account's buckets were listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cloudwarden.analysis.dns.hosts import Host, Kind
from cloudwarden.analysis.estate import Estate, Listing
from cloudwarden.schema.records import GLOBAL_REGION, Verdict

BUCKET, BEANSTALK = "AWSS3Bucket", "AWSElasticBeanstalkEnvironment"
DISTRIBUTION, INSTANCE = "AWSCloudFrontDistribution", "AWSEC2Instance"
BALANCERS = ("AWSLoadBalancer", "AWSLoadBalancerV2")
ADDRESS, INTERFACE, GATEWAY = "AWSElasticIPAddress", "AWSNetworkInterface", "AWSNatGateway"

#: The labels whose assets a name of each kind may belong to.
HOLDERS: dict[Kind, tuple[str, ...]] = {
    Kind.BUCKET: (BUCKET,),
    Kind.BEANSTALK: (BEANSTALK,),
    Kind.DISTRIBUTION: (DISTRIBUTION,),
    Kind.LOAD_BALANCER: BALANCERS,
    Kind.INSTANCE: (INSTANCE, ADDRESS, INTERFACE),
}

#: The properties that hold public addresses, by label.
ADDRESSES = {
    INSTANCE: ("publicipaddress",),
    ADDRESS: ("public_ip",),
    INTERFACE: ("public_ip",),
    GATEWAY: ("public_ip",),
}


@dataclass(frozen=True, slots=True)
class Owned:
    """The owners that there are, by kind."""

    estate: Estate
    names: dict[Kind, frozenset[str]]

    @classmethod
    def of(cls, estate: Estate) -> Owned:
        """Gather them from everything that was read."""
        return cls(
            estate,
            {
                Kind.BUCKET: frozenset(b.id.rpartition(":")[2] for b in estate.assets(BUCKET)),
                Kind.BEANSTALK: _texts(estate, (BEANSTALK,), ("cname",)),
                Kind.DISTRIBUTION: _texts(estate, (DISTRIBUTION,), ("domain_name",)),
                Kind.LOAD_BALANCER: _texts(estate, BALANCERS, ("dnsname",)),
                Kind.INSTANCE: frozenset(addresses(estate)),
            },
        )

    def has(self, host: Host, default: str = "") -> bool:
        """Whether something that was read owns the name; `default` where it names no owner."""
        return (host.owner or default) in self.names[host.kind]

    def unread(self, host: Host) -> str | None:
        """Why an owner may be there that nobody read; None where all were listed."""
        return unlisted(self.estate, HOLDERS[host.kind], host.region)


def addresses(estate: Estate) -> Iterator[str]:
    """Every public address that something in the estate has."""
    for label, names in ADDRESSES.items():
        for asset in estate.assets(label):
            for name in names:
                value = asset.get(name)
                yield from (value,) if isinstance(value, str) else (value or ())


def unlisted(estate: Estate, labels: Iterable[str], region: str | None = None) -> str | None:
    """Why assets of these labels may be missing; None where every account's were listed.

    With a region only that one counts. What an account or region lacks altogether has none.
    """
    for label in labels:
        for account in sorted(estate.accounts):
            places = [one for one in estate.listings(label) if one.account == account]
            if region is not None:
                places = [one for one in places if one.region in {region, GLOBAL_REGION}]
            if not places:
                where = f"{account}/{region}" if region else account
                return f"{label} was never read in {where}"
            for place in places:
                if not (place.shows_absence or place.verdict is Verdict.UNSUPPORTED):
                    return _told(place)
    return None


def _told(place: Listing) -> str:
    reason = f": {place.reason}" if place.reason else ""
    return f"{place.label} in {place.account}/{place.region} is {place.verdict.value}{reason}"


def _texts(estate: Estate, labels: Iterable[str], names: Iterable[str]) -> frozenset[str]:
    return frozenset(
        str(asset.get(name)).lower().rstrip(".")
        for asset in estate.assets(*labels)
        for name in names
        if asset.get(name)
    )
