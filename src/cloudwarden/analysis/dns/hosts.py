"""Names that AWS gives to what it hosts, and what one must own for such a name to be one's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a name belongs to."""

    BUCKET = "bucket"
    BEANSTALK = "beanstalk"
    DISTRIBUTION = "distribution"
    LOAD_BALANCER = "load balancer"
    INSTANCE = "instance"


@dataclass(frozen=True, slots=True)
class Host:
    """A name that AWS hosts.

    `owner` is what tells it from others of its kind: the bucket's name, an instance's address, or
    the name itself; None for an alias to S3's own website host, whose bucket is called as the
    record is. `region` is None where the name does not tell it. A bucket's `website` is found by
    the name that the visitor typed, whatever the record says.
    """

    kind: Kind
    owner: str | None
    region: str | None = None
    website: bool = False


#: Partitions' suffixes.
_AWS = r"\.amazonaws\.com(?:\.cn)?"
_REGION = r"[a-z]{2}(?:-[a-z]+)+-\d+"

_BUCKET = re.compile(
    r"(?:(?P<bucket>.+)\.)?s3(?P<website>[.-]website)?(?:[.-](?:dualstack|fips|accelerate))*"
    rf"(?:[.-](?P<region>{_REGION}))?{_AWS}"
)
_BEANSTALK = re.compile(rf"[^.]+(?:\.(?P<region>{_REGION}))?\.elasticbeanstalk\.com(?:\.cn)?")
_DISTRIBUTION = re.compile(r"[a-z0-9]+\.cloudfront\.(?:net|cn)")
_BALANCER = re.compile(rf".+?\.(?:(?P<region>{_REGION})\.elb|elb\.(?P<later>{_REGION})){_AWS}")
_INSTANCE = re.compile(
    rf"ec2-(?P<address>\d+-\d+-\d+-\d+)(?:\.(?P<region>{_REGION}))?\.compute(?:-1)?{_AWS}"
)
_DUALSTACK = "dualstack."


def host(name: str) -> Host | None:
    """What a name belongs to; None if AWS does not host it, or not for others to claim."""
    name = name.lower().rstrip(".")
    if found := _BUCKET.fullmatch(name):
        return Host(Kind.BUCKET, found["bucket"], found["region"], website=bool(found["website"]))
    if found := _BEANSTALK.fullmatch(name):
        return Host(Kind.BEANSTALK, name, found["region"])
    if _DISTRIBUTION.fullmatch(name):
        return Host(Kind.DISTRIBUTION, name)
    if found := _INSTANCE.fullmatch(name):
        # The first region's names do not say it.
        region = found["region"] or "us-east-1"
        return Host(Kind.INSTANCE, found["address"].replace("-", "."), region)
    if found := _BALANCER.fullmatch(name):
        return Host(
            Kind.LOAD_BALANCER, name.removeprefix(_DUALSTACK), found["region"] or found["later"]
        )
    return None


def is_route53_server(name: str) -> bool:
    """Whether a name server is one of those that Route 53 gives to public zones."""
    return re.fullmatch(r"ns-\d+\.awsdns-\d+\.(?:com|net|org|co\.uk)", name.lower()) is not None
