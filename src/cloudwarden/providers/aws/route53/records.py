"""DNS records as assets, and what they point to.

A record's id is zone, name and type, as the ecosystem's graph spells it; one of several records
of the same name and type (weighted, by region, by country…) adds its set identifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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


def _to_host(record: Record, host: str, others: Mapping[str, Iterable[str]]) -> Iterator[Relation]:
    for other in others.get(host.lower(), ()):
        if other != record.id:
            yield Relation("DNS_POINTS_TO", RECORD, other)
    if ".elb." in host:
        # Route 53 keeps names in lower case, load balancers as their owner spelled them.
        name = host.removeprefix(_DUALSTACK)
        for spelling in sorted({name, name.lower()}):
            yield Relation("DNS_POINTS_TO", "LoadBalancer", spelling)
    bucket = _BUCKET_HOST.fullmatch(host.lower())
    if bucket:
        yield Relation("DNS_POINTS_TO", "AWSS3Bucket", bucket["bucket"] or record.name)
