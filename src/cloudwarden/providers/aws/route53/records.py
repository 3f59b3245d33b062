"""DNS records as assets, and what they point to.

A record's id is zone, name and type, as the ecosystem's graph spells it; one of several records
of the same name and type (weighted, by region, by country…) adds its set identifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from cloudwarden.schema.records import Relation

Document = Mapping[str, Any]

RECORD = "AWSDNSRecord"
NAME_SERVER = "AWSNameServer"

_ESCAPED = re.compile(r"\\([0-7]{3})")
_DUALSTACK = "dualstack."

#: `bucket.s3-website-us-east-1.amazonaws.com`, `bucket.s3.amazonaws.com`, and an alias's bare
#: `s3-website-us-east-1.amazonaws.com`, whose bucket is called as the record is.
_BUCKET_HOST = re.compile(
    r"(?:(?P<bucket>.+)\.)?s3(?:[.-](?:website|dualstack))*(?:[.-][a-z0-9-]+)?"
    r"\.amazonaws\.com(?:\.cn)?"
)

#: Names that AWS gives to what it hosts, in lower case: a pattern, the label of what has such a
#: name, and the property that holds it as its owner spells it.
HOSTS: tuple[tuple[str, str, str], ...] = (
    (r"\.elb\.", "LoadBalancer", "dnsname"),
    (r"\.cloudfront\.(net|cn)$", "AWSCloudFrontDistribution", "domain_name"),
    (r"\.(es|aos)\.amazonaws\.", "AWSESDomain", "endpoint"),
    (r"^ec2-.*\.amazonaws\.", "AWSEC2Instance", "publicdnsname"),
    (r"\.elasticbeanstalk\.", "AWSElasticBeanstalkEnvironment", "cname"),
    (r"^[^.]+\.cluster-(?!ro-|custom-)[^.]+\.[^.]+\.rds\.", "AWSRDSCluster", "endpoint"),
    (r"^[^.]+\.cluster-ro-[^.]+\.[^.]+\.rds\.", "AWSRDSCluster", "reader_endpoint"),
    (r"^[^.]+\.(?!cluster-|proxy-)[^.]+\.[^.]+\.rds\.", "AWSRDSInstance", "endpoint_address"),
    (r"\.redshift\.amazonaws\.", "AWSRedshiftCluster", "endpoint_address"),
)

#: What has a public address of its own, and the property that holds it.
ADDRESSES: Mapping[str, str] = {
    "AWSElasticIPAddress": "public_ip",
    "AWSEC2Instance": "publicipaddress",
}


@dataclass(frozen=True, slots=True)
class Record:
    """One record set of a zone."""

    zone: str
    entry: Document

    @property
    def name(self) -> str:
        """Its name without the closing dot, with Route 53's escapes undone."""
        return domain(self.entry["Name"])

    @property
    def type(self) -> str:
        """Its type as DNS knows it (an alias has one as well)."""
        return str(self.entry["Type"])

    @property
    def is_alias(self) -> bool:
        """Whether it stands for another AWS resource instead of holding values."""
        return bool(self.entry.get("AliasTarget"))

    @property
    def id(self) -> str:
        """Unique among all records."""
        kind = "ALIAS" if self.is_alias and self.type == "A" else self.type
        parts = [self.zone, self.name, kind, self.entry.get("SetIdentifier")]
        return "/".join(str(part) for part in parts if part)

    @property
    def values(self) -> list[str]:
        """What it answers, or for an alias the name that it stands for."""
        if self.is_alias:
            return [domain(self.entry["AliasTarget"]["DNSName"])]
        values = [str(entry["Value"]) for entry in self.entry.get("ResourceRecords") or ()]
        if self.type in ("CNAME", "NS", "PTR"):
            return [domain(value) for value in values]
        return values


def domain(name: str) -> str:
    r"""A domain name without its closing dot; `\052` is how Route 53 answers an asterisk."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)), str(name)).rstrip(".")


def properties_of(record: Record) -> dict[str, Any]:
    """The record's properties; an alias is of type `ALIAS`, its DNS type being `record_type`."""
    entry = record.entry
    alias = entry.get("AliasTarget") or {}
    geography = entry.get("GeoLocation") or {}
    properties = {
        "name": record.name,
        "type": "ALIAS" if record.is_alias else record.type,
        "record_type": record.type,
        "value": ",".join(record.values),
        "values": record.values,
        "ttl": entry.get("TTL"),
        "zoneid": record.zone,
        "set_identifier": entry.get("SetIdentifier"),
        "weight": entry.get("Weight"),
        "routing_region": entry.get("Region"),
        "routing_country": geography.get("CountryCode"),
        "failover": entry.get("Failover"),
        "multi_value_answer": entry.get("MultiValueAnswer"),
        "health_check_id": entry.get("HealthCheckId"),
        "alias_zone_id": alias.get("HostedZoneId"),
        "evaluate_target_health": alias.get("EvaluateTargetHealth"),
    }
    return {name: value for name, value in properties.items() if value not in (None, [])}


def relations_of(record: Record, others: Mapping[str, Iterable[str]]) -> Iterator[Relation]:
    """The record's zone, and what it points to.

    `others` are the ids of the account's records by name, in lower case.
    """
    yield Relation("MEMBER_OF_DNS_ZONE", "AWSDNSZone", record.zone)
    if record.type == "NS":
        for server in record.values:
            yield Relation("DNS_POINTS_TO", NAME_SERVER, server, implied={"name": server})
    elif record.is_alias or record.type == "CNAME":
        for host in record.values:
            yield from _to_host(record, host, others)
    elif record.type == "A":
        for address in record.values:
            if _is_public(address):
                for label, name in ADDRESSES.items():
                    yield Relation("DNS_POINTS_TO", label, address, found_by=name)


def _to_host(record: Record, name: str, others: Mapping[str, Iterable[str]]) -> Iterator[Relation]:
    host = name.lower()
    for other in others.get(host, ()):
        if other != record.id:
            yield Relation("DNS_POINTS_TO", RECORD, other)
    for pattern, label, found_by in HOSTS:
        if re.search(pattern, host):
            target = host.removeprefix(_DUALSTACK)
            yield Relation("DNS_POINTS_TO", label, target, found_by=found_by)
    bucket = _BUCKET_HOST.fullmatch(host)
    if bucket:
        yield Relation("DNS_POINTS_TO", "AWSS3Bucket", bucket["bucket"] or record.name)


def _is_public(address: str) -> bool:
    try:
        return ip_address(address).is_global
    except ValueError:
        return False
