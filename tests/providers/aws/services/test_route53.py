"""Zones, records of every kind, and where they lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.support.reading import Read, denied, read_resource

from cloudwarden.providers.aws.services.route53 import RESOURCES
from cloudwarden.schema.records import Asset, Verdict

(ZONES,) = RESOURCES
ZONE = "/hostedzone/Z1"
CHILD = "/hostedzone/Z2"


def record(name: str, kind: str, *values: str, **more: Any) -> dict[str, Any]:
    listed = [{"Value": value} for value in values]
    return {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": listed, **more}


def alias(name: str, target: str, kind: str = "A") -> dict[str, Any]:
    to = {"HostedZoneId": "ZELB", "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": name, "Type": kind, "AliasTarget": to}


def read(*records: dict[str, Any], **answers: Any) -> Read:
    given = {
        "ListHostedZones": {
            "HostedZones": [
                {"Id": ZONE, "Name": "ex.test.", "Config": {"PrivateZone": False}},
                {"Id": CHILD, "Name": "sub.ex.test."},
            ]
        },
        "ListResourceRecordSets": lambda asked: {
            "ResourceRecordSets": list(records) if asked["HostedZoneId"] == ZONE else []
        },
        "GetHostedZone": lambda asked: {
            "DelegationSet": {"NameServers": [f"ns.{asked['Id'][-2:]}.example."]},
            "VPCs": [{"VPCId": "vpc-1"}],
        },
        "ListTagsForResources": {
            "ResourceTagSets": [{"ResourceId": "Z1", "Tags": [{"Key": "team", "Value": "net"}]}]
        },
        **answers,
    }
    return read_resource(
        ZONES, {f"route53:{name}": a for name, a in given.items()}, region="global"
    )


def targets(asset: Asset, kind: str) -> set[tuple[str, str]]:
    return {(one.target_label, one.target) for one in asset.relations if one.type == kind}


def test_a_zone_has_name_servers_networks_and_tags() -> None:
    asset = read().assets[ZONE]
    assert (asset.name, asset.tags) == ("ex.test", {"team": "net"})
    assert asset.properties["privatezone"] is False
    assert asset.properties["name_servers"] == ["ns.Z1.example"]
    (server,) = [one for one in asset.relations if one.type == "NAMESERVER"]
    assert server.implied == {"name": "ns.Z1.example"}
    assert targets(asset, "ASSOCIATED_WITH") == {("AWSVpc", "vpc-1")}


def test_a_zone_delegates_to_the_zone_whose_server_its_record_names() -> None:
    found = read(record("sub.ex.test.", "NS", "ns.Z2.example."))
    assert targets(found.assets[ZONE], "SUBZONE") == {("AWSDNSZone", CHILD)}
    elsewhere = read(record("sub.ex.test.", "NS", "ns.other.example."))
    assert targets(elsewhere.assets[ZONE], "SUBZONE") == set()


def test_six_hundred_records_in_pages_are_six_hundred_assets() -> None:
    def page(asked: Mapping[str, Any]) -> dict[str, Any]:
        if asked["HostedZoneId"] != ZONE:
            return {"ResourceRecordSets": [], "IsTruncated": False}
        first = int(asked.get("StartRecordName", "h0").removeprefix("h"))
        following = {"NextRecordName": f"h{first + 300}", "NextRecordType": "A"}
        return {
            "ResourceRecordSets": [
                record(f"h{n}.ex.test.", "A", "192.0.2.1") for n in range(first, first + 300)
            ],
            "IsTruncated": first == 0,
            **(following if first == 0 else {}),
        }

    found = read(ListResourceRecordSets=page)
    assert sum(one.label == "AWSDNSRecord" for one in found.reading.assets) == 600
    assert found.reading.operations["route53:ListResourceRecordSets"] == 3


def test_an_alias_keeps_what_it_stands_for_and_points_to_the_load_balancer() -> None:
    found = read(alias("www.ex.test.", "dualstack.web-1.eu-west-1.elb.amazonaws.com."))
    asset = found.assets[f"{ZONE}/www.ex.test/ALIAS"]
    expected = {
        "type": "ALIAS",
        "record_type": "A",
        "value": "dualstack.web-1.eu-west-1.elb.amazonaws.com",
        "alias_zone_id": "ZELB",
        "evaluate_target_health": False,
    }
    assert expected.items() <= asset.properties.items()
    assert targets(asset, "DNS_POINTS_TO") == {
        ("LoadBalancer", "web-1.eu-west-1.elb.amazonaws.com")
    }


def test_aliases_of_both_address_families_stay_apart() -> None:
    host = "web-1.eu-west-1.elb.amazonaws.com."
    found = read(alias("www.ex.test.", host), alias("www.ex.test.", host, "AAAA"))
    assert {f"{ZONE}/www.ex.test/ALIAS", f"{ZONE}/www.ex.test/AAAA"} <= set(found.assets)


def test_weighted_records_of_one_name_stay_apart() -> None:
    found = read(
        record("w.ex.test.", "A", "192.0.2.1", SetIdentifier="a", Weight=10),
        record("w.ex.test.", "A", "192.0.2.2", SetIdentifier="b", Weight=20),
    )
    assert found.assets[f"{ZONE}/w.ex.test/A/a"].properties["weight"] == 10
    assert found.assets[f"{ZONE}/w.ex.test/A/b"].properties["values"] == ["192.0.2.2"]


@pytest.mark.parametrize(
    ("host", "target"),
    [
        ("b.ex.test.", ("AWSDNSRecord", f"{ZONE}/b.ex.test/A")),
        ("site.s3-website-us-east-1.amazonaws.com.", ("AWSS3Bucket", "site")),
        ("site.s3-website.eu-central-1.amazonaws.com", ("AWSS3Bucket", "site")),
        ("site.s3.eu-west-1.amazonaws.com", ("AWSS3Bucket", "site")),
        ("s3-website-us-east-1.amazonaws.com", ("AWSS3Bucket", "a.ex.test")),
        ("W.eu-west-1.elb.amazonaws.com", ("LoadBalancer", "w.eu-west-1.elb.amazonaws.com")),
        ("d1.cloudfront.net.", ("AWSCloudFrontDistribution", "d1.cloudfront.net")),
        ("s-1.eu-west-1.es.amazonaws.com", ("AWSESDomain", "s-1.eu-west-1.es.amazonaws.com")),
        ("ec2-1.compute.amazonaws.com", ("AWSEC2Instance", "ec2-1.compute.amazonaws.com")),
        ("e.eu-west-1.elasticbeanstalk.com",
         ("AWSElasticBeanstalkEnvironment", "e.eu-west-1.elasticbeanstalk.com")),
        ("db.abc.eu-west-1.rds.amazonaws.com",
         ("AWSRDSInstance", "db.abc.eu-west-1.rds.amazonaws.com")),
        ("c.cluster-abc.eu-west-1.rds.amazonaws.com",
         ("AWSRDSCluster", "c.cluster-abc.eu-west-1.rds.amazonaws.com")),
        ("c.cluster-ro-abc.eu-west-1.rds.amazonaws.com",
         ("AWSRDSCluster", "c.cluster-ro-abc.eu-west-1.rds.amazonaws.com")),
        ("r.abc.eu-west-1.redshift.amazonaws.com",
         ("AWSRedshiftCluster", "r.abc.eu-west-1.redshift.amazonaws.com")),
    ],
)  # fmt: skip
def test_a_name_leads_to_what_has_that_name(host: str, target: tuple[str, str]) -> None:
    found = read(record("a.ex.test.", "CNAME", host), record("b.ex.test.", "A", "192.0.2.1"))
    assert targets(found.assets[f"{ZONE}/a.ex.test/CNAME"], "DNS_POINTS_TO") == {target}


def test_a_host_is_found_by_the_property_that_spells_its_name() -> None:
    found = read(record("a.ex.test.", "CNAME", "c.cluster-ro-x.eu-west-1.rds.amazonaws.com"))
    (edge,) = (
        one
        for one in found.assets[f"{ZONE}/a.ex.test/CNAME"].relations
        if one.type == "DNS_POINTS_TO"
    )
    assert edge.found_by == "reader_endpoint"


@pytest.mark.parametrize("host", ["www.example.org", "p.proxy-x.eu-west-1.rds.amazonaws.com"])
def test_a_name_that_is_nobodys_leads_nowhere(host: str) -> None:
    found = read(record("a.ex.test.", "CNAME", host))
    assert targets(found.assets[f"{ZONE}/a.ex.test/CNAME"], "DNS_POINTS_TO") == set()


def test_a_public_address_leads_to_what_has_it() -> None:
    found = read(record("a.ex.test.", "A", "8.8.8.8", "10.0.0.1", "none"))
    edges = [
        (one.target_label, one.target, one.found_by)
        for one in found.assets[f"{ZONE}/a.ex.test/A"].relations
        if one.type == "DNS_POINTS_TO"
    ]
    assert edges == [
        ("AWSElasticIPAddress", "8.8.8.8", "public_ip"),
        ("AWSEC2Instance", "8.8.8.8", "publicipaddress"),
    ]


def test_an_asterisk_is_read_as_one() -> None:
    assert f"{ZONE}/*.ex.test/A" in read(record("\\052.ex.test.", "A", "192.0.2.1")).assets


def test_a_zone_whose_records_are_denied_loses_none_of_them() -> None:
    found = read(ListResourceRecordSets=denied())
    assert found.reading.verdict is Verdict.PARTIAL
    assert not found.reading.shows_absence
    assert ZONE in found.assets


def test_denied_tags_and_name_servers_are_unread() -> None:
    asset = read(ListTagsForResources=denied(), GetHostedZone=denied()).assets[ZONE]
    assert set(asset.unread) == {"route53:ListTagsForResources", "route53:GetHostedZone"}
    assert "name_servers" not in asset.properties
