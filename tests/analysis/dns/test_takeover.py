"""Each way a name can be taken over, what proves it, and what must be known to say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from cloudwarden.analysis.dns.resolver import Answer, Resolution
from cloudwarden.analysis.dns.takeover import Suspicion, suspicions
from cloudwarden.analysis.estate import EstateAsset, Listing
from cloudwarden.schema.derived import Certainty
from cloudwarden.schema.records import Verdict
from tests.support.estates import asset, estate, listed

EVERYTHING = (
    *listed(
        "AWSS3Bucket", "AWSElasticBeanstalkEnvironment", "AWSCloudFrontDistribution",
        "AWSLoadBalancer", "AWSLoadBalancerV2", "AWSDNSZone",
    ),
    *listed("AWSEC2Instance", "AWSElasticIPAddress", "AWSNetworkInterface", region="eu-west-1"),
)  # fmt: skip
SERVERS = ["ns-1.awsdns-01.org", "ns-2.awsdns-02.com"]
ZONE = asset("AWSDNSZone", "/hostedzone/Z1", name="example.com", name_servers=SERVERS)


@dataclass
class Dns:
    """A DNS of our own; what it does not know fails."""

    names: Mapping[tuple[str, str], Answer] = field(default_factory=dict)
    servers: Mapping[tuple[str, str], Answer] = field(default_factory=dict)

    def resolve(self, name: str, record_type: str) -> Answer:
        return self.names.get((name, record_type), Answer(Resolution.FAILED, reason="timed out"))

    def serves(self, server: str, zone: str) -> Answer:
        return self.servers.get((server, zone), Answer(Resolution.FAILED, reason="timed out"))


def record(name: str, type_: str, *values: str) -> EstateAsset:
    return asset(
        "AWSDNSRecord", f"/hostedzone/Z1/{name}/{type_}",
        name=name, type=type_, values=list(values), zoneid=ZONE.id,
    )  # fmt: skip


def judged(
    *assets: EstateAsset,
    listings: tuple[Listing, ...] = EVERYTHING,
    former: Mapping[str, str] | None = None,
    dns: Dns | None = None,
) -> list[Suspicion]:
    return list(suspicions(estate([ZONE, *assets], listings), former, dns))


SITE = "www.example.com"
GONE_BUCKET = record(SITE, "CNAME", f"{SITE}.s3-website-eu-west-1.amazonaws.com")
OLD_ENDPOINT = record(SITE, "CNAME", f"{SITE}.s3.amazonaws.com")
NEW_ENDPOINT = record(SITE, "CNAME", f"{SITE}.s3.eu-west-1.amazonaws.com")
BUCKET_ALIAS = record(SITE, "ALIAS", "s3-website.eu-central-1.amazonaws.com")
BEANSTALK = "app.eu-west-1.elasticbeanstalk.com"
TO_BEANSTALK = record("app.example.com", "CNAME", BEANSTALK)
INSTANCE = "ec2-198-51-100-7.eu-west-1.compute.amazonaws.com"
TO_INSTANCE = record("host.example.com", "CNAME", INSTANCE)
DISTRIBUTION = "d111111abcdef8.cloudfront.net"
TO_DISTRIBUTION = record("cdn.example.com", "ALIAS", DISTRIBUTION)
BALANCER = "Web-1.eu-west-1.elb.amazonaws.com"
TO_BALANCER = record("lb.example.com", "ALIAS", f"dualstack.{BALANCER}")
DELEGATION = record("sub.example.com", "NS", "ns-9.awsdns-09.net")


@pytest.mark.parametrize(
    ("suspect", "kind", "certainty"),
    [
        (GONE_BUCKET, "bucket missing", Certainty.SURE),
        (OLD_ENDPOINT, "bucket missing", Certainty.SURE),
        (NEW_ENDPOINT, "bucket missing", Certainty.SURE),
        (BUCKET_ALIAS, "alias without bucket", Certainty.SURE),
        (TO_BEANSTALK, "beanstalk missing", Certainty.CONDITIONAL),
        (TO_INSTANCE, "instance missing", Certainty.CONDITIONAL),
        (TO_DISTRIBUTION, "distribution missing", Certainty.CONDITIONAL),
        (TO_BALANCER, "load balancer missing", Certainty.CONDITIONAL),
        (DELEGATION, "lost delegation", Certainty.CONDITIONAL),
    ],
    ids=lambda value: value.id if isinstance(value, EstateAsset) else str(value),
)
def test_a_name_of_aws_that_nobody_here_owns_is_suspect(
    suspect: EstateAsset, kind: str, certainty: Certainty
) -> None:
    (found,) = judged(suspect)
    assert (found.kind, found.certainty, found.asset) == (kind, certainty, suspect)
    assert found.reason.startswith(suspect.name or "")


@pytest.mark.parametrize(
    ("suspect", "owner"),
    [
        (GONE_BUCKET, asset("AWSS3Bucket", SITE)),
        (BUCKET_ALIAS, asset("AWSS3Bucket", SITE)),
        (TO_BEANSTALK, asset("AWSElasticBeanstalkEnvironment", "e", cname=BEANSTALK)),
        (TO_INSTANCE, asset("AWSEC2Instance", "i-1", publicipaddress="198.51.100.7")),
        (TO_INSTANCE, asset("AWSElasticIPAddress", "e-1", public_ip="198.51.100.7")),
        (TO_BALANCER, asset("AWSLoadBalancerV2", "lb", dnsname=BALANCER)),
        (TO_DISTRIBUTION, asset("AWSCloudFrontDistribution", "d", domain_name=DISTRIBUTION)),
        (
            DELEGATION,
            asset(
                "AWSDNSZone",
                "/hostedzone/Z2",
                name="sub.example.com",
                name_servers=["ns-9.awsdns-09.net"],
            ),
        ),
    ],
    ids=lambda value: value.id if isinstance(value, EstateAsset) else str(value),
)
def test_what_somebody_here_owns_is_not(suspect: EstateAsset, owner: EstateAsset) -> None:
    assert judged(suspect, owner) == []


def test_a_record_that_is_not_called_as_its_bucket_serves_another() -> None:
    own = asset("AWSS3Bucket", "assets")
    suspect = record("www.example.com", "CNAME", "assets.s3.amazonaws.com")
    (found,) = judged(suspect, own)
    assert (found.kind, found.target, found.certainty) == (
        "bucket name mismatch", "bucket www.example.com", Certainty.SURE,
    )  # fmt: skip
    (found,) = judged(suspect, own, asset("AWSS3Bucket", "www.example.com"))
    assert found.certainty is Certainty.CONDITIONAL


def test_a_distribution_whose_bucket_is_gone_is_suspect() -> None:
    distribution = asset(
        "AWSCloudFrontDistribution", "arn:aws:cloudfront::111111111111:distribution/E1",
        name="d1.cloudfront.net", domain_name="d1.cloudfront.net",
        origin_domain_names=["site.s3.eu-west-1.amazonaws.com", "origin.example.net"],
    )  # fmt: skip
    (found,) = judged(distribution)
    assert (found.kind, found.asset, found.certainty) == (
        "bucket origin", distribution, Certainty.SURE,
    )  # fmt: skip
    assert judged(distribution, asset("AWSS3Bucket", "site")) == []


@pytest.mark.parametrize(
    ("suspect", "label"),
    [
        (GONE_BUCKET, "AWSS3Bucket"),
        (TO_BALANCER, "AWSLoadBalancer"),
        (TO_INSTANCE, "AWSNetworkInterface"),
        (DELEGATION, "AWSDNSZone"),
    ],
    ids=["bucket", "load balancer", "instance", "zone"],
)
def test_nothing_is_suspect_of_what_was_not_all_read(suspect: EstateAsset, label: str) -> None:
    others = tuple(one for one in EVERYTHING if one.label != label)
    (found,) = judged(suspect, listings=others)
    assert found.certainty is Certainty.UNKNOWN
    assert found.reason.startswith(f"{label} was never read in 111111111111")
    denied = listed(label, verdict=Verdict.DENIED, reason="no permission")
    (found,) = judged(suspect, listings=(*others, *denied))
    assert found.certainty is Certainty.UNKNOWN
    assert "denied: no permission" in found.reason


def test_another_account_that_was_not_read_may_own_it() -> None:
    accounts = {"111111111111": "alpha", "222222222222": "beta"}
    (found,) = suspicions(estate([ZONE, GONE_BUCKET], EVERYTHING, accounts=accounts))
    assert found.certainty is Certainty.UNKNOWN


def test_an_address_that_was_ours_is_suspect_once_it_is_not() -> None:
    suspect = record("old.example.com", "A", "198.51.100.9")
    assert judged(suspect) == []
    (found,) = judged(suspect, former={"198.51.100.9": "until 2026-03-01"})
    assert (found.kind, found.certainty) == ("released address", Certainty.CONDITIONAL)
    assert "was ours until 2026-03-01" in found.reason
    back = asset("AWSElasticIPAddress", "e", public_ip="198.51.100.9")
    assert judged(suspect, back, former={"198.51.100.9": "until 2026-03-01"}) == []


MISSING, FOUND = Answer(Resolution.MISSING), Answer(Resolution.FOUND, ("192.0.2.1",))


@pytest.mark.parametrize(
    ("answer", "certainty", "words"),
    [
        (MISSING, Certainty.SURE, "does not exist any more"),
        (FOUND, Certainty.CONDITIONAL, "somebody else has it"),
        (Answer(Resolution.FAILED, reason="no route"), Certainty.CONDITIONAL, "no route"),
    ],
)
def test_the_dns_tells_whether_a_name_is_free_or_somebody_elses(
    answer: Answer, certainty: Certainty, words: str
) -> None:
    dns = Dns({(BEANSTALK, "A"): answer})
    (found,) = judged(TO_BEANSTALK, dns=dns)
    assert found.certainty is certainty
    assert words in found.reason


def test_a_server_that_knows_no_such_zone_lets_anybody_claim_it() -> None:
    lame = Dns(servers={("ns-9.awsdns-09.net", "sub.example.com"): Answer(Resolution.LAME)})
    (found,) = judged(DELEGATION, dns=lame)
    assert (found.kind, found.certainty) == ("lost delegation", Certainty.SURE)


def test_a_delegation_to_a_domain_that_expired_is_sure() -> None:
    suspect = record("sub.example.com", "NS", "ns1.partner.example")
    dns = Dns({("ns1.partner.example", "A"): MISSING, ("partner.example", "NS"): MISSING})
    (found,) = judged(suspect, dns=dns)
    assert (found.kind, found.certainty) == ("expired name server", Certainty.SURE)
    assert "partner.example is not registered" in found.reason


def test_a_chain_of_names_is_followed_to_its_end() -> None:
    suspect = record("shop.example.com", "CNAME", "edge.partner.example")
    chain = {
        ("edge.partner.example", "CNAME"): Answer(Resolution.FOUND, ("old.partner.example",)),
        ("old.partner.example", "CNAME"): Answer(Resolution.EMPTY),
        ("old.partner.example", "A"): MISSING,
        ("partner.example", "NS"): FOUND,
    }
    (found,) = judged(suspect, dns=Dns(chain))
    assert (found.kind, found.target, found.certainty) == (
        "target missing", "old.partner.example", Certainty.CONDITIONAL,
    )  # fmt: skip
    to_bucket = Answer(Resolution.FOUND, ("static.s3.amazonaws.com",))
    (found,) = judged(suspect, dns=Dns({("edge.partner.example", "CNAME"): to_bucket}))
    assert (found.kind, found.certainty) == ("bucket missing", Certainty.SURE)


def test_names_of_others_are_left_alone_without_a_dns_to_ask() -> None:
    assert judged(record("shop.example.com", "CNAME", "shops.partner.example")) == []


def test_a_zones_own_name_servers_are_no_delegation() -> None:
    assert judged(record("example.com", "NS", "ns-7.awsdns-07.net")) == []
