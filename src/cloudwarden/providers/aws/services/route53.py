"""Amazon Route 53: hosted zones and their records.

Which zone is below which, and which record leads to which, shows only in all zones together;
hence a script of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cloudwarden.providers.aws.declarations import Produced, Resource, points_to
from cloudwarden.providers.aws.route53.records import (
    ADDRESSES,
    HOSTS,
    NAME_SERVER,
    RECORD,
    Document,
    Record,
    domain,
    properties_of,
    relations_of,
)
from cloudwarden.providers.aws.tags import read_tags
from cloudwarden.schema.labels import PropertyType
from cloudwarden.schema.records import Relation

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Request, Steps
    from cloudwarden.schema.records import Asset, Failure

ZONE = "AWSDNSZone"

_LIST = "route53:ListHostedZones"
_RECORDS = "route53:ListResourceRecordSets"
_DESCRIBE = "route53:GetHostedZone"
_TAGS = "route53:ListTagsForResources"

#: How many zones one question about tags may name.
_TAGS_AT_ONCE = 10

#: What names and addresses lead to, and the property that holds them there.
TARGETS = (*((label, name) for _, label, name in HOSTS), *ADDRESSES.items())

_TEXT, _TEXTS = PropertyType.STRING, PropertyType.STRINGS
_FLAG, _COUNT = PropertyType.BOOLEAN, PropertyType.INTEGER


def read_zones(context: ReadContext) -> Steps:
    """List zones, then for each its records, name servers and networks, and tags ten at a time."""
    listed = yield from context.paginate(_LIST)
    zones = listed.items("HostedZones")
    ids = [zone["Id"] for zone in zones]
    records = yield from context.listings(
        [context.prepare(_RECORDS, HostedZoneId=zone) for zone in ids], "ResourceRecordSets"
    )
    described = yield from context.requests([context.prepare(_DESCRIBE, Id=zone) for zone in ids])
    tags, untagged = yield from _tags(context, ids)
    servers = {
        zone["Id"]: _name_servers(answer.document or {})
        for zone, answer in zip(zones, described, strict=True)
    }
    below = _children(zones, servers, records)
    assets: list[Asset] = []
    for zone, answer in zip(zones, described, strict=True):
        unread = dict(untagged.get(zone["Id"], {}))
        if answer.failure is not None:
            unread[_DESCRIBE] = answer.failure
        assets.append(
            context.asset(
                ZONE,
                {},
                id_=zone["Id"],
                name=domain(zone["Name"]),
                properties=_zone_properties(zone, answer.document, context.partition),
                tags=tags.get(zone["Id"]),
                relations=_zone_relations(answer.document or {}, below[zone["Id"]]),
                unread=unread,
            )
        )
    assets += _record_assets(context, zones, records)
    return context.reading(assets)


def _tags(context: ReadContext, ids: Sequence[str]) -> Any:
    """The tags of each zone, and for each zone whose tags were not read the reason."""
    keys = {zone.rpartition("/")[2]: zone for zone in ids}
    names = sorted(keys)
    requests: list[Request] = [
        context.prepare(
            _TAGS, ResourceType="hostedzone", ResourceIds=names[at : at + _TAGS_AT_ONCE]
        )
        for at in range(0, len(names), _TAGS_AT_ONCE)
    ]
    answers = yield from context.requests(requests)
    tags: dict[str, dict[str, str]] = {}
    unread: dict[str, dict[str, Failure]] = {}
    for answer in answers:
        if answer.document is None:
            for name in answer.request.parameters["ResourceIds"]:
                unread[keys[name]] = {_TAGS: answer.failure}
            continue
        for found in answer.document.get("ResourceTagSets") or ():
            zone = keys[str(found["ResourceId"]).rpartition("/")[2]]
            tags[zone] = read_tags(found.get("Tags"))
    return tags, unread


def _name_servers(described: Document) -> list[str]:
    return [
        domain(name) for name in (described.get("DelegationSet") or {}).get("NameServers") or ()
    ]


def _children(
    zones: Sequence[Document],
    servers: Mapping[str, list[str]],
    records: Sequence[Sequence[Document]],
) -> Mapping[str, list[str]]:
    """The zones that each zone delegates to: one of its NS records names a server of theirs."""
    named: dict[str, list[str]] = defaultdict(list)
    for zone in zones:
        named[domain(zone["Name"])].append(zone["Id"])
    found: dict[str, list[str]] = {zone["Id"]: [] for zone in zones}
    for zone, entries in zip(zones, records, strict=True):
        for record in (Record(zone["Id"], entry) for entry in entries):
            if record.type != "NS":
                continue
            found[zone["Id"]] += [
                other
                for other in named.get(record.name, ())
                if other != zone["Id"] and not set(record.values).isdisjoint(servers[other])
            ]
    return found


def _zone_properties(zone: Document, described: Document | None, partition: str) -> dict[str, Any]:
    settings = zone.get("Config") or {}
    name = zone["Id"].rpartition("/")[2]
    properties: dict[str, Any] = {
        "arn": f"arn:{partition}:route53:::hostedzone/{name}",
        "name": domain(zone["Name"]),
        "zoneid": zone["Id"],
        "comment": settings.get("Comment"),
        "privatezone": bool(settings.get("PrivateZone")),
        "record_count": zone.get("ResourceRecordSetCount"),
        "linked_service": (zone.get("LinkedService") or {}).get("ServicePrincipal"),
    }
    if described is not None:
        properties["name_servers"] = _name_servers(described)
        properties["vpc_ids"] = [vpc["VPCId"] for vpc in described.get("VPCs") or ()]
    return {name: value for name, value in properties.items() if value is not None}


def _zone_relations(described: Document, children: Sequence[str]) -> Iterator[Relation]:
    for server in _name_servers(described):
        yield Relation("NAMESERVER", NAME_SERVER, server, implied={"name": server})
    for vpc in described.get("VPCs") or ():
        yield Relation("ASSOCIATED_WITH", "AWSVpc", vpc["VPCId"])
    for child in children:
        yield Relation("SUBZONE", ZONE, child)


def _record_assets(
    context: ReadContext, zones: Sequence[Document], records: Sequence[Sequence[Document]]
) -> Iterator[Asset]:
    every = [
        Record(zone["Id"], entry)
        for zone, entries in zip(zones, records, strict=True)
        for entry in entries
    ]
    by_name: dict[str, list[str]] = defaultdict(list)
    for record in every:
        if record.type in ("A", "AAAA", "CNAME"):
            by_name[record.name.lower()].append(record.id)
    for record in every:
        yield context.asset(
            RECORD,
            {},
            id_=record.id,
            name=record.name,
            properties=properties_of(record),
            relations=relations_of(record, by_name),
        )


RESOURCES = (
    Resource(
        label=ZONE,
        is_global=True,
        read=read_zones,
        operations=(_LIST, _RECORDS, _DESCRIBE, _TAGS),
        produces=(
            Produced(
                label=ZONE,
                aliases=("DNSZone",),
                description="A hosted zone.",
                properties={
                    "comment": (_TEXT, _LIST),
                    "linked_service": (_TEXT, _LIST),
                    "name_servers": (_TEXTS, _DESCRIBE),
                    "privatezone": (_FLAG, _LIST),
                    "record_count": (_COUNT, _LIST),
                    "vpc_ids": (_TEXTS, _DESCRIBE),
                    "zoneid": (_TEXT, _LIST),
                },
                relations=(
                    points_to(NAME_SERVER, "NAMESERVER", by="", implied={}),
                    points_to("AWSVpc", "ASSOCIATED_WITH", by=""),
                    points_to(ZONE, "SUBZONE", by=""),
                ),
            ),
            Produced(
                label=RECORD,
                groups=("DNSRecord",),
                description="A record of a hosted zone; an alias is of type `ALIAS`.",
                properties={
                    "alias_zone_id": (_TEXT, _RECORDS),
                    "evaluate_target_health": (_FLAG, _RECORDS),
                    "failover": (_TEXT, _RECORDS),
                    "health_check_id": (_TEXT, _RECORDS),
                    "multi_value_answer": (_FLAG, _RECORDS),
                    "record_type": (_TEXT, _RECORDS),
                    "routing_country": (_TEXT, _RECORDS),
                    "routing_region": (_TEXT, _RECORDS),
                    "set_identifier": (_TEXT, _RECORDS),
                    "ttl": (_COUNT, _RECORDS),
                    "type": (_TEXT, _RECORDS),
                    "value": (_TEXT, _RECORDS),
                    "values": (_TEXTS, _RECORDS),
                    "weight": (_COUNT, _RECORDS),
                    "zoneid": (_TEXT, _RECORDS),
                },
                relations=(
                    points_to(ZONE, "MEMBER_OF_DNS_ZONE", by=""),
                    points_to(RECORD, "DNS_POINTS_TO", by=""),
                    *(
                        points_to(label, "DNS_POINTS_TO", by="", found_by=name)
                        for label, name in TARGETS
                    ),
                    points_to("AWSS3Bucket", "DNS_POINTS_TO", by=""),
                    points_to(NAME_SERVER, "DNS_POINTS_TO", by="", implied={}),
                ),
            ),
            Produced(
                label=NAME_SERVER,
                aliases=("NameServer",),
                owned=False,
                description="A server that a zone is delegated to.",
                properties={},
            ),
        ),
    ),
)
