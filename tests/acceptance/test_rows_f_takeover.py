"""Row F12 of the requirements: names that others can claim, by the command line alone."""

from __future__ import annotations

from typing import Any

from tests.support.commands import Run
from tests.support.moto import Aws
from tests.support.proxy import Proxy

from .estate import collect

_SERVICES = "route53,s3,ec2,cloudfront,elasticbeanstalk,elb,elbv2"  # what names can lead to
_WEBSITE_ZONE = "Z3AQBSTGFYJSTF"

#: What each record leads to, and how the detection is called.
_RECORDS = {
    "app.example.com": ("app.us-east-1.elasticbeanstalk.com", "beanstalk missing"),
    "www.example.com": ("www.example.com.s3-website-us-east-1.amazonaws.com", "bucket missing"),
    "img.example.com": ("assets.s3.amazonaws.com", "bucket name mismatch"),
    "host.example.com": ("ec2-198-51-100-7.compute-1.amazonaws.com", "instance missing"),
}
_ALIAS = "alias.example.com"


def judge(run: Run, *, code: int = 0) -> dict[str, dict[str, Any]]:
    """Collect, then judge names and origins; the rows by the name of what they are about."""
    collect(run, _SERVICES, code=code)
    answer = run(
        "check",
        "--check",
        "aws-dns-takeover",
        "--check",
        "aws-cloudfront-takeover",
        "--output",
        "json",
    )
    assert answer.exit_code == 0, answer.stderr
    return {row["asset"] or row["label"]: row for row in answer.json}


def build(aws: Aws) -> None:
    """One record of each kind, and a distribution, that lead to what is not there."""
    route53 = aws.client("route53")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    records: list[dict[str, Any]] = [
        {"Name": name, "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": value}]}
        for name, (value, _) in _RECORDS.items()
    ]
    target = {
        "HostedZoneId": _WEBSITE_ZONE,
        "DNSName": "s3-website-us-east-1.amazonaws.com",
        "EvaluateTargetHealth": False,
    }
    records.append({"Name": _ALIAS, "Type": "A", "AliasTarget": target})
    changes = [{"Action": "CREATE", "ResourceRecordSet": record} for record in records]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    aws.client("s3").create_bucket(Bucket="assets")
    origin = {
        "Id": "site",
        "DomainName": "site.s3.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    aws.client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": "1",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {
                "TargetOriginId": "site",
                "ViewerProtocolPolicy": "https-only",
                "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
                "TrustedSigners": {"Enabled": False, "Quantity": 0},
                "MinTTL": 0,
            },
        }
    )


def failing(judged: dict[str, dict[str, Any]]) -> dict[str, str]:
    """The detection of each failing row, by the name in its id."""
    return {
        _short(asset): row["why"].split(" (")[0]
        for asset, row in judged.items()
        if row["status"] == "fail"
    }


def _short(asset: str) -> str:
    return asset.split("/")[3] if "hostedzone" in asset else "distribution"


SIX = {
    **{name: kind for name, (_, kind) in _RECORDS.items()},
    _ALIAS: "alias without bucket",
    "distribution": "bucket origin",
}


def test_f12_each_of_six_ways_is_found_with_zone_and_record(run: Run, aws: Aws) -> None:
    build(aws)
    judged = judge(run)
    assert failing(judged) == SIX
    record = next(row for asset, row in judged.items() if "www.example.com" in asset)
    assert "/hostedzone/" in record["why"]
    assert "www.example.com leads to bucket www.example.com" in record["why"]


def test_f12_creating_the_bucket_fixes_that_one_alone(run: Run, aws: Aws) -> None:
    build(aws)
    judge(run)
    aws.client("s3").create_bucket(Bucket="www.example.com")
    assert failing(judge(run)) == {k: v for k, v in SIX.items() if k != "www.example.com"}
    (fixed,) = run("findings", "--state", "fixed", "--output", "json").json
    assert "www.example.com" in fixed["asset"]


def test_f12_buckets_that_were_not_listed_raise_no_alarm(run: Run, aws: Aws, proxy: Proxy) -> None:
    build(aws)
    proxy.fail("s3", r"GET (/|\?.*max-buckets.*|\?.*ListBuckets.*)")
    judged = judge(run, code=5)
    assert failing(judged) == {
        name: kind
        for name, kind in SIX.items()
        if kind in {"beanstalk missing", "instance missing"}
    }
    unknown = [row for row in judged.values() if row["status"] == "unknown"]
    assert {_short(row["asset"]) for row in unknown} == {
        "www.example.com", "img.example.com", _ALIAS, "distribution",
    }  # fmt: skip
    assert all("AWSS3Bucket in 123456789012" in row["why"] for row in unknown)
    assert run("findings", "--state", "fixed", "--output", "json").json == []
