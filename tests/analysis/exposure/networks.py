"""Small networks as plain records, made into the assets that collection would have made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cloudwarden.analysis.estate import Estate, EstateAsset, Listing
from cloudwarden.analysis.exposure.vocabulary import LABELS
from cloudwarden.core.json import dumps
from cloudwarden.schema.records import Failure, Relation, Verdict

ACCOUNT = "111111111111"
OTHER = "222222222222"
REGION = "eu-west-1"
DENIED = Failure(Verdict.DENIED, "AccessDenied", "not allowed")
_PROTOCOLS = {"tcp": "6", "udp": "17", "icmp": "1", "all": "-1"}


@dataclass(slots=True)
class Builder:
    """Collects assets; `estate()` makes the estate, in which all but `unread` was read whole.

    Of `blind` accounts nothing was read; labels `never_asked` were not tried to read.
    """

    account: str = ACCOUNT
    region: str = REGION
    found: list[EstateAsset] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    never_asked: set[str] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)
    blind: set[str] = field(default_factory=set)

    def add(
        self,
        label: str,
        id_: str,
        relations: Iterable[Relation] = (),
        unread: Mapping[str, Failure] | None = None,
        name: str | None = None,
        **properties: Any,
    ) -> None:
        self.accounts.add(self.account)
        self.found.append(
            EstateAsset(
                label, id_, self.account, self.region, name,
                {name: value for name, value in properties.items() if value is not None},
                relations=tuple(relations), unread=unread or {},
            )
        )  # fmt: skip

    def estate(self) -> Estate:
        read = (self.accounts | {ACCOUNT}) - self.blind
        places = [(account, self.region) for account in sorted(read)]
        places += [(account, "global") for account, _ in places]
        return Estate(
            self.found,
            [
                Listing(label, account, region, Verdict.COMPLETE, shows_absence=True)
                if label not in self.unread
                else Listing(label, account, region, Verdict.DENIED, shows_absence=False,
                             reason="AccessDenied")
                for label in sorted(LABELS - self.never_asked)
                for account, region in places
            ],
            dict.fromkeys(self.accounts, "name"),
        )  # fmt: skip

    def vpc(self, id_: str = "vpc-1", cidr: str = "10.0.0.0/16", **more: Any) -> None:
        self.add("AWSVpc", id_, primary_cidr_block=cidr, owner_id=self.account, **more)
        self.add("AWSIpv4CidrBlock", f"{id_}|{cidr}", cidr_block=cidr, vpcid=id_)

    def gateway(self, id_: str = "igw-1", vpc: str | None = "vpc-1") -> None:
        self.add(
            "AWSInternetGateway", id_, [Relation("ATTACHED_TO", "AWSVpc", vpc)] if vpc else [],
            ownerid=self.account,
        )  # fmt: skip

    def subnet(
        self, id_: str = "subnet-1", vpc: str = "vpc-1", cidr: str = "10.0.1.0/24", **more: Any
    ) -> None:
        more = {"owner_id": self.account, "availability_zone": "eu-west-1a"} | more
        self.add("AWSEC2Subnet", id_, vpc_id=vpc, cidr_block=cidr, **more)

    def table(
        self,
        id_: str = "rtb-1",
        vpc: str = "vpc-1",
        routes: Mapping[str, str] | None = None,
        subnets: Sequence[str] = (),
        main: bool = False,
        blackholes: Sequence[str] = (),
        gateway: str | None = None,
    ) -> None:
        """A route table: destinations to targets."""
        self.add("AWSEC2RouteTable", id_, vpc_id=vpc, main=main)
        for destination, target in (routes or {}).items():
            self.add(
                "AWSEC2Route", f"{id_}|{destination}", target=target,
                state="blackhole" if destination in blackholes else "active",
            )  # fmt: skip
        for subnet in subnets:
            self.add(
                "AWSEC2RouteTableAssociation", f"{id_}-{subnet}", route_table_id=id_,
                subnet_id=subnet, association_state="associated", main=False,
            )  # fmt: skip
        if main:
            self.add("AWSEC2RouteTableAssociation", f"{id_}-main", route_table_id=id_, main=True)
        if gateway:
            self.add(
                "AWSEC2RouteTableAssociation", f"{id_}-edge", route_table_id=id_,
                gateway_id=gateway,
            )  # fmt: skip

    def acl(
        self,
        id_: str = "acl-1",
        subnets: Sequence[str] = ("subnet-1",),
        inbound: Sequence[str] = ("100 allow all 0.0.0.0/0", "101 allow all ::/0"),
        outbound: Sequence[str] = ("100 allow all 0.0.0.0/0", "101 allow all ::/0"),
    ) -> None:
        """A network ACL; a rule reads `number allow|deny protocol[/ports] block`."""
        self.add(
            "AWSEC2NetworkAcl",
            id_,
            [Relation("PART_OF_SUBNET", "AWSEC2Subnet", s) for s in subnets],
        )
        for egress, rules in ((False, inbound), (True, outbound)):
            for text in rules:
                number, action, what, block = text.split()
                protocol, first, last = ports(what)
                self.add(
                    "AWSEC2NetworkAclRule", f"{id_}/{egress}/{number}", network_acl_id=id_,
                    egress=egress, rulenumber=int(number), ruleaction=action,
                    protocol=_PROTOCOLS.get(protocol, protocol),
                    fromport=first if protocol in ("tcp", "udp") else None,
                    toport=last if protocol in ("tcp", "udp") else None,
                    icmptypecodetype=(first if first is not None else -1)
                    if protocol == "icmp" else None,
                    cidrblock=None if ":" in block else block,
                    ipv6cidrblock=block if ":" in block else None,
                )  # fmt: skip

    def group(
        self,
        id_: str = "sg-1",
        vpc: str = "vpc-1",
        inbound: Sequence[str] = (),
        outbound: Sequence[str] = ("all 0.0.0.0/0 ::/0",),
    ) -> None:
        """A security group; a rule reads `protocol[/ports] peer…`."""
        self.add("AWSEC2SecurityGroup", id_, vpcid=vpc, ownerid=self.account)
        for label, rules in (
            ("AWSIpPermissionInbound", inbound),
            ("AWSIpPermissionEgress", outbound),
        ):
            for number, text in enumerate(rules):
                what, *peers = text.split()
                protocol, first, last = ports(what)
                self.add(
                    label, f"{id_}/{label}/{number}", [_peer(peer) for peer in peers], groupid=id_,
                    protocol=protocol, fromport=first, toport=last,
                )  # fmt: skip

    def prefix_list(
        self, id_: str, cidrs: Sequence[str] | None, owner: str = ACCOUNT, name: str | None = None
    ) -> None:
        self.add(
            "AWSManagedPrefixList", id_, name=name or id_, owner_id=owner, cidrs=cidrs,
            unread={"ec2:GetManagedPrefixListEntries": DENIED}
            if cidrs is None and owner != "AWS" else {},
        )  # fmt: skip

    def interface(
        self,
        id_: str = "eni-1",
        subnet: str = "subnet-1",
        groups: Sequence[str] = ("sg-1",),
        vpc: str = "vpc-1",
        private: str = "10.0.1.10",
        public: str | None = None,
        ipv6: str | None = None,
        balancer: str | None = None,
        **more: Any,
    ) -> None:
        relations = [Relation("MEMBER_OF_EC2_SECURITY_GROUP", "AWSEC2SecurityGroup", g)
                     for g in groups]  # fmt: skip
        if balancer:
            relations.append(Relation("NETWORK_INTERFACE", "LoadBalancer", balancer, incoming=True))
        self.add(
            "AWSNetworkInterface", id_, relations, vpc_id=vpc, subnet_id=subnet, public_ip=public,
            private_ip_address=private, owner_id=self.account, **more,
        )  # fmt: skip
        if private:
            self.add("AWSEC2PrivateIp", f"{id_}:{private}", network_interface_id=id_,
                     private_ip_address=private, public_ip=public)  # fmt: skip
        if ipv6:
            self.add("AWSEC2Ipv6Address", f"{id_}:{ipv6}", network_interface_id=id_,
                     ipv6_address=ipv6)  # fmt: skip

    def instance(
        self, id_: str = "i-1", interfaces: Sequence[str] = ("eni-1",), state: str = "running",
        relations: Iterable[Relation] = (), **more: Any,
    ) -> None:  # fmt: skip
        cards = [Relation("NETWORK_INTERFACE", "AWSNetworkInterface", one) for one in interfaces]
        self.add("AWSEC2Instance", id_, [*cards, *relations], state=state, **more)

    def classic(
        self,
        name: str = "old",
        scheme: str = "internet-facing",
        subnets: Sequence[str] = ("subnet-1",),
        groups: Sequence[str] = ("sg-lb",),
        listeners: Mapping[int, int] | None = None,
        instances: Sequence[str] = ("i-1",),
        vpc: str = "vpc-1",
    ) -> None:
        """A classic load balancer: listeners are ports to instance ports."""
        dns = f"{name}.elb.amazonaws.com"
        self.add(
            "AWSLoadBalancer", dns,
            [
                *(Relation("EXPOSE", "AWSEC2Instance", one) for one in instances),
                *(Relation("PART_OF_SUBNET", "AWSEC2Subnet", one) for one in subnets),
                *(Relation("MEMBER_OF_EC2_SECURITY_GROUP", "AWSEC2SecurityGroup", one)
                  for one in groups),
            ],
            name=name, scheme=scheme, vpcid=vpc, dnsname=dns, arn=self.balancer_arn(name),
        )  # fmt: skip
        for port, instance_port in (listeners or {80: 8080}).items():
            self.add(
                "AWSELBListener", f"{dns}{port}TCP",
                [Relation("ELB_LISTENER", "AWSLoadBalancer", dns, incoming=True)],
                port=port, protocol="TCP", instance_port=instance_port,
            )  # fmt: skip

    def balancer_arn(self, name: str) -> str:
        where = f"{self.region}:{self.account}"
        return f"arn:aws:elasticloadbalancing:{where}:loadbalancer/{name}"

    def balancer(
        self,
        name: str = "app/new/1",
        scheme: str = "internet-facing",
        type_: str = "application",
        subnets: Sequence[str] = ("subnet-1",),
        groups: Sequence[str] = ("sg-lb",),
        listeners: Mapping[int, Sequence[str]] | None = None,
        vpc: str = "vpc-1",
        protocol: str | None = None,
        rules_unread: bool = False,
        rules: Sequence[Mapping[str, Any]] = (),
        mutual: str | None = None,
        **more: Any,
    ) -> None:
        """A newer load balancer: listeners are ports to target groups; all have the same rules."""
        dns = f"{name.split('/')[1]}.elb.eu-west-1.amazonaws.com"
        arn = self.balancer_arn(name)
        self.add(
            "AWSLoadBalancerV2", dns,
            [
                *(Relation("PART_OF_SUBNET", "AWSEC2Subnet", one) for one in subnets),
                *(Relation("MEMBER_OF_EC2_SECURITY_GROUP", "AWSEC2SecurityGroup", one)
                  for one in groups),
            ],
            name=name.split("/")[1], scheme=scheme, type=type_, vpcid=vpc, dnsname=dns, arn=arn,
            **more,
        )  # fmt: skip
        default = "HTTP" if type_ == "application" else "TCP"
        for port, targets in ({80: ("tg-1",)} if listeners is None else listeners).items():
            self.add(
                "AWSELBV2Listener", f"{arn}/listener/{port}",
                [Relation("FORWARDS_TO", "AWSELBV2TargetGroup", one) for one in targets],
                {"elbv2:DescribeRules": DENIED} if rules_unread else None,
                port=port, protocol=protocol or default, load_balancer_arn=arn,
                rules=dumps(list(rules)) if rules else None, mutual_authentication_mode=mutual,
            )  # fmt: skip

    def target_group(
        self,
        id_: str = "tg-1",
        targets: Sequence[tuple[str, str, int]] = (("AWSEC2Instance", "i-1", 8080),),
        balancers: Sequence[str] = ("app/new/1",),
        kind: str = "instance",
        protocol: str = "HTTP",
        unread: Mapping[str, Failure] | None = None,
        keeps: bool | None = None,
    ) -> None:
        self.add(
            "AWSELBV2TargetGroup", id_,
            [
                *(Relation("ELBV2_TARGET_GROUP", "AWSLoadBalancerV2", self.balancer_arn(one),
                           incoming=True) for one in balancers),
                *(Relation("TARGETS", label, target, {"port": port, "ports": [port]})
                  for label, target, port in targets),
            ],
            name=id_, target_type=kind, protocol=protocol, unread=unread,
            preserve_client_ip_enabled=keeps,
        )  # fmt: skip


def ports(what: str) -> tuple[str, int | None, int | None]:
    """`tcp/80`, `tcp/1-1024`, `icmp/8`, `all`, `tcp`: protocol, first and last port."""
    protocol, _, numbers = what.partition("/")
    if not numbers:
        return (protocol, 0, 65535) if protocol in ("tcp", "udp", "all") else (protocol, None, None)
    first, _, last = numbers.partition("-")
    return protocol, int(first), int(last or first)


def _peer(text: str) -> Relation:
    label = {"sg": "AWSEC2SecurityGroup", "pl": "AWSManagedPrefixList"}.get(
        text.partition("-")[0], "AWSIpRange"
    )
    return Relation("MEMBER_OF_IP_RULE", label, text, incoming=True)


def standard(**changes: Any) -> Builder:
    """One public subnet in one VPC with a gateway; `changes` replace its parts, None drops one."""
    made = Builder()
    made.vpc(**changes.pop("vpc", {}))
    parts: dict[str, dict[str, Any] | None] = {
        "gateway": {},
        "subnet": {},
        "table": {"routes": {"10.0.0.0/16": "local", "0.0.0.0/0": "igw-1"}, "main": True},
        "acl": {},
        "group": {"inbound": ["tcp/443 0.0.0.0/0"]},
        "interface": {"public": "203.0.113.5"},
    }
    for part, given in {**parts, **changes}.items():
        if given is not None:
            getattr(made, part)(**{**(parts.get(part) or {}), **given})
    return made
