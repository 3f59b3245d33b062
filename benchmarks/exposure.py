"""Exposure of a large estate: interfaces in many VPCs, groups shared and not, load balancers."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from cloudwarden.analysis.estate import Estate, EstateAsset, Listing
from cloudwarden.analysis.exposure.derive import LABELS, derive
from cloudwarden.collect.garbage import rarely_collected
from cloudwarden.schema.records import Relation, Verdict

Row = tuple[str, str, str]

_INTERFACES = 100_000
_VPCS = 200
_PER_VPC = _INTERFACES // _VPCS
_REGION = "eu-west-1"


def run() -> list[Row]:
    """Derive exposure twice: with groups that interfaces share, and with one for each."""
    rows: list[Row] = []
    for name, own in (("shared groups", False), ("a group each", True)):
        # As analysis runs: all of the estate lives until the end.
        with rarely_collected():
            estate = _estate(own=own)
            start = time.process_time()
            found = sum(len(getattr(one, "ids", ())) for one in derive(estate))
            spent = time.process_time() - start
        each = spent * 10_000 / _INTERFACES
        what = f"exposure: CPU s per 10,000 interfaces ({name}; {found:,} judged)"
        rows.append((what, f"{each:.2f}", "at most 1.5" if own else "at most 0.5"))
    return rows


def _estate(*, own: bool) -> Estate:
    accounts = [f"{number:012d}" for number in range(_VPCS)]
    listings = [
        Listing(label, account, _REGION, Verdict.COMPLETE, shows_absence=True)
        for account in accounts
        for label in LABELS
    ]
    return Estate(_assets(accounts, own=own), listings, dict.fromkeys(accounts, "a"))


def _assets(accounts: list[str], *, own: bool) -> Iterator[EstateAsset]:
    chance = random.Random(7)
    for number, account in enumerate(accounts):
        yield from _vpc(number, account, chance, own=own)


def _vpc(number: int, account: str, chance: random.Random, *, own: bool) -> Iterator[EstateAsset]:
    def asset(label: str, id_: str, *relations: Relation, **properties: object) -> EstateAsset:
        return EstateAsset(label, id_, account, _REGION, None, properties, relations=relations)

    vpc = f"vpc-{number}"
    block = f"10.{number}.0.0/16"
    yield asset("AWSVpc", vpc, primary_cidr_block=block)
    yield asset("AWSInternetGateway", f"igw-{number}", Relation("ATTACHED_TO", "AWSVpc", vpc))
    for kind, target in (("public", f"igw-{number}"), ("private", f"nat-{number}")):
        table = f"rtb-{kind}-{number}"
        yield asset("AWSEC2RouteTable", table, vpc_id=vpc, main=kind == "private")
        yield asset("AWSEC2Route", f"{table}|{block}", target="local", state="active")
        yield asset("AWSEC2Route", f"{table}|0.0.0.0/0", target=target, state="active")
    subnets = [f"subnet-{number}-{zone}" for zone in range(6)]
    acl = f"acl-{number}"
    yield asset(
        "AWSEC2NetworkAcl", acl, *(Relation("PART_OF_SUBNET", "AWSEC2Subnet", s) for s in subnets)
    )
    for egress in (False, True):
        yield asset(
            "AWSEC2NetworkAclRule", f"{acl}/{egress}/100", network_acl_id=acl, egress=egress,
            rulenumber=100, ruleaction="allow", protocol="-1", cidrblock="0.0.0.0/0",
        )  # fmt: skip
    for zone, subnet in enumerate(subnets):
        yield asset(
            "AWSEC2Subnet", subnet, vpc_id=vpc, cidr_block=f"10.{number}.{zone * 16}.0/20",
            availability_zone=f"z{zone}",
        )  # fmt: skip
        if zone < 3:
            yield asset(
                "AWSEC2RouteTableAssociation", f"rtbassoc-{subnet}",
                route_table_id=f"rtb-public-{number}", subnet_id=subnet,
            )  # fmt: skip
    groups = [f"sg-{number}-{one}" for one in range(_PER_VPC if own else 20)]
    for group in groups:
        yield asset("AWSEC2SecurityGroup", group, vpcid=vpc)
        for port in chance.sample((22, 80, 443, 3306, 5432, 8080, 8443, 9200), 3):
            source = chance.choice(("0.0.0.0/0", "10.0.0.0/8", "203.0.113.0/24", groups[0]))
            label = "AWSEC2SecurityGroup" if source.startswith("sg-") else "AWSIpRange"
            yield asset(
                "AWSIpPermissionInbound", f"{group}/{port}",
                Relation("MEMBER_OF_IP_RULE", label, source, incoming=True),
                groupid=group, protocol="tcp", fromport=port, toport=port,
            )  # fmt: skip
        yield asset(
            "AWSIpPermissionEgress", f"{group}/out",
            Relation("MEMBER_OF_IP_RULE", "AWSIpRange", "0.0.0.0/0", incoming=True),
            groupid=group, protocol="all", fromport=0, toport=65535,
        )  # fmt: skip
    pairs = [chance.sample(groups, 2) for _ in range(12)]
    for one in range(_PER_VPC):
        card, subnet = f"eni-{number}-{one}", subnets[one % 6]
        chosen = [groups[one]] if own else pairs[one % len(pairs)]
        member = [
            Relation("MEMBER_OF_EC2_SECURITY_GROUP", "AWSEC2SecurityGroup", id_) for id_ in chosen
        ]
        private = f"10.{number}.{(one % 6) * 16 + one // 1200}.{one % 200 + 10}"
        yield asset(
            "AWSNetworkInterface", card, *member, vpc_id=vpc, subnet_id=subnet,
            private_ip_address=private, public_ip=f"203.0.{one % 256}.{number}"
            if one % 6 < 3 else None, instance_id=f"i-{number}-{one}", device_index=0,
        )  # fmt: skip
        yield asset(
            "AWSEC2Instance", f"i-{number}-{one}",
            Relation("NETWORK_INTERFACE", "AWSNetworkInterface", card), state="running",
        )  # fmt: skip
    dns = f"lb-{number}.elb.amazonaws.com"
    arn = f"arn:aws:elasticloadbalancing:{_REGION}:{account}:loadbalancer/app/lb/{number}"
    yield asset(
        "AWSLoadBalancerV2", dns, Relation("MEMBER_OF_EC2_SECURITY_GROUP", "x", groups[1]),
        *(Relation("PART_OF_SUBNET", "AWSEC2Subnet", subnet) for subnet in subnets[:3]),
        scheme="internet-facing", type="application", vpcid=vpc, arn=arn,
    )  # fmt: skip
    for port in (80, 443):
        yield asset(
            "AWSELBV2Listener", f"{arn}/{port}", Relation("FORWARDS_TO", "x", f"{arn}/tg"),
            load_balancer_arn=arn, port=port, protocol="HTTP",
        )  # fmt: skip
    yield asset(
        "AWSELBV2TargetGroup", f"{arn}/tg",
        Relation("ELBV2_TARGET_GROUP", "AWSLoadBalancerV2", arn, incoming=True),
        *(Relation("TARGETS", "AWSEC2Instance", f"i-{number}-{one}", {"ports": [8080]})
          for one in range(0, _PER_VPC, 10)),
        target_type="instance", protocol="HTTP",
    )  # fmt: skip
